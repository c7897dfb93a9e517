package dev.vaultwatch.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.Property;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reading rules: what is there, and every fault in it. */
class RuleFolderTest {
    private static final String EPL = "@name('alert') select upn from KeyVaultEvent;\n";

    /** The least that a rule.json holds. */
    private static final String FACTS = """
            {
              "id": "first-rule",
              "name": "First rule",
              "version": 3,
              "description": "Finds something.",
              "severity": "high",
              "riskScore": 73,
              "window": { "kind": "tumbling", "length": "PT1M" },
              "groupingKey": ["upn"],
              "eventCount": "total",
              "cap": { "alerts": 100, "period": "PT8M" },
              "tags": ["Azure"],
              "threat": [],
              "references": ["https://example.org/"],
              "falsePositives": ["A person at work."],
              "setup": "None."
            }
            """;

    @TempDir
    private Path folder = Path.of("");

    @Nested
    class Sound {

        @Test
        void givenAFolderOfRulesWhenReadThenTheyComeInTheOrderOfTheirIds() throws IOException {
            write("second-rule", EPL, FACTS.replace("first-rule", "second-rule"));
            write("first-rule", EPL, FACTS);

            assertThat(RuleFolder.at(folder).read()).extracting(Rule::id).containsExactly("first-rule", "second-rule");
        }

        @Test
        void givenTheFolderOfASingleRuleWhenReadThenItIsThatRule() throws IOException {
            write("first-rule", EPL, FACTS);

            assertThat(RuleFolder.at(folder.resolve("first-rule")).read())
                    .extracting(Rule::id)
                    .containsExactly("first-rule");
        }

        @Test
        void givenARuleWhenReadThenItCarriesWhatItsFilesSay() throws IOException {
            write("first-rule", EPL, FACTS);

            assertThat(RuleFolder.at(folder).read())
                    .containsExactly(Rule.builder("first-rule")
                            .name("First rule")
                            .version(3)
                            .description("Finds something.")
                            .severity("high")
                            .riskScore(73)
                            .window(new Window.Tumbling(Duration.ofMinutes(1)))
                            .key(GroupingKey.of(Property.UPN))
                            .eventCount(Optional.of("total"))
                            .cap(new Rule.Cap(100, Duration.ofMinutes(8)))
                            .tags(List.of("Azure"))
                            .references(List.of("https://example.org/"))
                            .falsePositives(List.of("A person at work."))
                            .setup("None.")
                            .epl(EPL)
                            .json(FACTS)
                            .file(folder.resolve("first-rule") + "/rule.epl")
                            .json(FACTS)
                            .build());
        }

        @Test
        void givenARuleWithoutAnEventCountWhenReadThenItHasNone() throws IOException {
            write("first-rule", EPL, FACTS.replace("\"eventCount\": \"total\",", ""));

            assertThat(RuleFolder.at(folder).read())
                    .singleElement()
                    .satisfies(rule -> assertThat(rule.eventCount()).isEmpty());
        }

        @Test
        void givenTextOfAnyScriptWhenReadThenItIsUtf8() throws IOException {
            write("first-rule", "// тест ü\n" + EPL, FACTS.replace("First rule", "Правило €"));

            assertThat(RuleFolder.at(folder).read()).singleElement().satisfies(rule -> {
                assertThat(rule.epl()).startsWith("// тест ü");
                assertThat(rule.name()).isEqualTo("Правило €");
            });
        }

        @Test
        void givenAFolderThatIsEditedWhenReadAgainThenTheNewTextIsThere() throws IOException {
            write("first-rule", EPL, FACTS);
            RuleFolder rules = RuleFolder.at(folder);
            rules.read();
            write("first-rule", "// edited\n" + EPL, FACTS);

            assertThat(rules.read())
                    .singleElement()
                    .satisfies(rule -> assertThat(rule.epl()).startsWith("// edited"));
        }

        @Test
        void givenOtherFilesBesideTheRulesWhenReadThenTheyArePassedOver() throws IOException {
            write("first-rule", EPL, FACTS);
            Files.writeString(folder.resolve("README.md"), "Our rules.");
            Files.createDirectories(folder.resolve("drawings"));

            assertThat(RuleFolder.at(folder).read()).hasSize(1);
        }

        @Test
        void givenThePackedRuleWhenReadThenItsPlaceInAttackIsRead() {
            Rule rule = RuleFolder.packed(List.of("excessive-secret-retrieval"))
                    .read()
                    .get(0);

            assertThat(rule.threats())
                    .containsExactly(
                            new Rule.Threat(
                                    new Rule.Attack("TA0006", "Credential Access"),
                                    List.of(new Rule.Technique(
                                            new Rule.Attack("T1555", "Credentials from Password Stores"),
                                            List.of(new Rule.Attack("T1555.006", "Cloud Secrets Management Stores"))))),
                            new Rule.Threat(
                                    new Rule.Attack("TA0009", "Collection"),
                                    List.of(new Rule.Technique(
                                            new Rule.Attack("T1213", "Data from Information Repositories"),
                                            List.of()))));
        }

        @Test
        void givenThePackedRuleWhenReadThenItHasTheFactsOfItsSource() {
            Rule rule = RuleFolder.packed(List.of("excessive-secret-retrieval"))
                    .read()
                    .get(0);

            assertThat(rule.severity()).isEqualTo("medium");
            assertThat(rule.riskScore()).isEqualTo(43);
            assertThat(rule.window()).isEqualTo(new Window.Tumbling(Duration.ofMinutes(1)));
            assertThat(rule.cap()).isEqualTo(new Rule.Cap(100, Duration.ofMinutes(8)));
            assertThat(rule.file()).isEqualTo("epl/excessive-secret-retrieval/rule.epl");
        }

        @ParameterizedTest
        @CsvSource({
            "TA0006, https://attack.mitre.org/tactics/TA0006/",
            "T1555, https://attack.mitre.org/techniques/T1555/",
            "T1555.006, https://attack.mitre.org/techniques/T1555/006/"
        })
        void givenAnAttackIdWhenAskedThenItsPageIsNamed(String id, String page) {
            assertThat(new Rule.Attack(id, "any").reference()).isEqualTo(page);
        }
    }

    @Nested
    class Faults {

        @Test
        void givenAnEmptyFolderWhenReadThenItSaysWhatWasExpected() {
            assertThat(faults(folder))
                    .containsExactly(new RuleFault(
                            folder.toString(),
                            0,
                            0,
                            "There is no rule here: expected one folder per rule, each with rule.epl and rule.json."));
        }

        @Test
        void givenAFolderThatIsMissingWhenReadThenItIsNamed() {
            Path missing = folder.resolve("nowhere");

            assertThat(faults(missing)).singleElement().satisfies(fault -> {
                assertThat(fault.file()).isEqualTo(missing.toString());
                assertThat(fault.problem()).isEqualTo("The rules' folder can't be read: there is none.");
            });
        }

        @Test
        void givenARuleWithoutFactsWhenReadThenTheMissingFileIsNamed() throws IOException {
            Files.createDirectories(folder.resolve("first-rule"));
            Files.writeString(folder.resolve("first-rule/rule.epl"), EPL);

            assertThat(faults(folder)).singleElement().satisfies(fault -> {
                assertThat(fault.file()).isEqualTo(file("first-rule", "rule.json"));
                assertThat(fault.problem()).isEqualTo("The file can't be read: there is none.");
            });
        }

        @Test
        void givenAFileForAFolderWhenReadThenItSaysSo() throws IOException {
            Path file = Files.writeString(folder.resolve("rules.txt"), EPL);

            assertThat(faults(file))
                    .singleElement()
                    .satisfies(fault ->
                            assertThat(fault.problem()).isEqualTo("The rules' folder can't be read: it is a file."));
        }

        @Test
        void givenARuleThatIsNotUtf8WhenReadThenItSaysSo() throws IOException {
            Files.createDirectories(folder.resolve("first-rule"));
            Files.write(folder.resolve("first-rule/rule.epl"), new byte[] {(byte) 0xff});

            assertThat(faults(folder))
                    .singleElement()
                    .satisfies(
                            fault -> assertThat(fault.problem()).isEqualTo("The file can't be read: it is not UTF-8."));
        }

        @Test
        void givenARuleWithoutLogicBesideASoundOneWhenReadThenItIsNotPassedOverInSilence() throws IOException {
            write("first-rule", EPL, FACTS);
            Files.createDirectories(folder.resolve("second-rule"));
            Files.writeString(folder.resolve("second-rule/rule.json"), FACTS.replace("first-rule", "second-rule"));

            assertThat(faults(folder))
                    .singleElement()
                    .satisfies(fault -> assertThat(fault.file()).isEqualTo(file("second-rule", "rule.epl")));
        }

        @Test
        void givenAnUnknownPackedRuleWhenReadThenItIsNamed() {
            RuleException refused = catchThrowableOfType(
                    RuleException.class,
                    () -> RuleFolder.packed(List.of("no-such-rule")).read());

            assertThat(refused.faults())
                    .containsExactly(new RuleFault(
                            "epl/no-such-rule/rule.epl", 0, 0, "The file can't be read: not packed in the jar."));
        }

        @Test
        void givenBrokenJsonWhenReadThenLineAndColumnAreNamed() throws IOException {
            write("first-rule", EPL, "{\n  \"id\": \"first-rule\",\n  \"version\": 01\n}");

            assertThat(faults(folder)).singleElement().satisfies(fault -> {
                assertThat(fault.file()).isEqualTo(file("first-rule", "rule.json"));
                assertThat(fault.line()).isEqualTo(3);
                assertThat(fault.column()).isEqualTo(15);
                assertThat(fault.problem()).startsWith("Not JSON: ");
            });
        }

        @Test
        void givenJsonThatIsCutShortWhenReadThenTheLineOfTheEndIsNamed() throws IOException {
            write("first-rule", EPL, "{\n  \"id\": \"first-rule\",\n");

            assertThat(faults(folder))
                    .singleElement()
                    .satisfies(fault -> assertThat(fault.line()).isEqualTo(3));
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "null", "[]", "\"first-rule\"", "{}"})
        void givenJsonWithoutFactsWhenReadThenEveryFactIsMissed(String json) throws IOException {
            write("first-rule", EPL, json);

            assertThat(faults(folder))
                    .extracting(RuleFault::problem)
                    .contains("/id must be a text that is not blank.")
                    .contains("/severity must be one of critical, high, low, medium.")
                    .anySatisfy(problem -> assertThat(problem).startsWith("/window/kind must be one of"));
        }

        @Test
        void givenBytesThatAreNotUtf8WhenReadThenTheFileIsNamed() throws IOException {
            write("first-rule", EPL, FACTS);
            Files.write(folder.resolve("first-rule/rule.epl"), "// caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));

            assertThat(faults(folder))
                    .singleElement()
                    .satisfies(fault -> assertThat(fault.file()).isEqualTo(file("first-rule", "rule.epl")));
        }

        /** One thing changed in a sound rule.json, and what is said about it. */
        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                        "tags":                 | "tagz":                 | /tagz is not a field of rule.json; known are $schema, authors,
                        "tags": ["Azure"]       | "tags": "Azure"         | /tags must be a list of texts.
                        "tags": ["Azure"]       | "tags": [7]             | /tags/0 must be a text that is not blank.
                        "high"                  | "urgent"                | /severity must be one of critical, high, low, medium.
                        "high"                  | "High"                  | /severity must be one of critical, high, low, medium; did you mean "high"?
                        "First rule"            | "  "                    | /name must be a text that is not blank.
                        "first-rule"            | "other"                 | /id is "other", but the folder is named "first-rule"; they must agree.
                        "version": 3            | "version": 0            | /version must be a whole number from 1 to 2147483647.
                        "version": 3            | "version": 1.5          | /version must be a whole number from 1 to 2147483647.
                        "riskScore": 73         | "riskScore": 101        | /riskScore must be a whole number from 0 to 100.
                        "riskScore": 73         | "riskScore": "73"       | /riskScore must be a whole number from 0 to 100.
                        "tumbling"              | "tumblin"               | /window/kind must be one of tumbling, ordered, event; did you mean "tumbling"?
                        "tumbling"              | "ordered"               | /window/length is not a field of rule.json under /window; known are kind, quiet, reach
                        "tumbling"              | "event"                 | /window/length is not a field of rule.json under /window; known are kind
                        "PT1M"                  | "1 min"                 | /window/length must be an ISO 8601 duration, such as PT1M.
                        "PT1M"                  | "PT0.5S"                | /window/length must be whole seconds from PT1S to PT24H.
                        "PT1M"                  | "PT1.5S"                | /window/length must be whole seconds from PT1S to PT24H.
                        "PT1M"                  | "PT24H1S"               | /window/length must be whole seconds from PT1S to PT24H.
                        "PT1M"                  | "PT0S"                  | /window/length must be positive.
                        "PT1M"                  | "PT-1M"                 | /window/length must be positive.
                        "PT8M"                  | "eight"                 | /cap/period must be an ISO 8601 duration, such as PT1M.
                        "alerts": 100           | "alerts": 0             | /cap/alerts must be a whole number from 1 to 1000000.
                        ["upn"]                 | []                      | /groupingKey must have at least 1 of groupingKey.
                        ["upn"]                 | ["upm"]                 | /groupingKey/0 must be one of
                        ["upn"]                 | ["upn", "upn"]          | /groupingKey/1 stands in the list twice.
                        "eventCount": "total"   | "eventCount": 7         | /eventCount must be a text that is not blank.
                        "threat": []            | "threat": [{}]          | /threat/0/tactic is missing; expected an object.
                        """)
        void givenOneWrongFactWhenReadThenItIsPointedAt(String sound, String wrong, String expected)
                throws IOException {
            assertThat(FACTS).contains(sound);
            write("first-rule", EPL, FACTS.replace(sound, wrong));

            assertThat(faults(folder))
                    .allSatisfy(fault -> assertThat(fault.file()).isEqualTo(file("first-rule", "rule.json")))
                    .extracting(RuleFault::problem)
                    .anySatisfy(problem -> assertThat(problem).startsWith(expected));
        }

        @Test
        void givenAWindowLongerThanAnyClockWhenReadThenItIsAFaultLikeAnother() throws IOException {
            write("first-rule", EPL, FACTS.replace("PT1M", "PT2562047788015215H"));

            assertThat(faults(folder))
                    .extracting(RuleFault::problem)
                    .anySatisfy(problem -> assertThat(problem).startsWith("/window/length "));
        }

        @Test
        void givenARenamedFolderWhenReadThenItMustAgreeWithTheId() throws IOException {
            write("renamed", EPL, FACTS);

            assertThat(faults(folder))
                    .containsExactly(new RuleFault(
                            file("renamed", "rule.json"),
                            2,
                            9,
                            "/id is \"first-rule\", but the folder is named \"renamed\"; they must agree."));
        }

        @Test
        @DisplayName("A fault in rule.json has the line and column of its place")
        void placeOfAFact() throws IOException {
            write("first-rule", EPL, FACTS.replace("\"high\"", "\"hihg\""));

            assertThat(faults(folder))
                    .containsExactly(new RuleFault(
                            file("first-rule", "rule.json"),
                            6,
                            15,
                            "/severity must be one of critical, high, low, medium; did you mean \"high\"?"));
        }

        @Test
        @DisplayName("A file that is a pipe, a device or a folder is refused and not read")
        void notRegular() throws IOException {
            write("first-rule", EPL, FACTS);
            Files.delete(folder.resolve("first-rule/rule.epl"));
            Files.createSymbolicLink(folder.resolve("first-rule/rule.epl"), Path.of("/dev/zero"));

            assertThat(faults(folder))
                    .singleElement()
                    .satisfies(fault ->
                            assertThat(fault.problem()).isEqualTo("The file can't be read: it is no regular file."));
        }

        @Test
        @DisplayName("A file of gigabytes is refused after its first megabyte")
        void tooLarge() throws IOException {
            write("first-rule", EPL, FACTS);
            try (RandomAccessFile file =
                    new RandomAccessFile(folder.resolve("first-rule/rule.json").toFile(), "rw")) {
                file.setLength(3L << 30);
            }

            assertThat(faults(folder))
                    .singleElement()
                    .satisfies(fault -> assertThat(fault.problem())
                            .isEqualTo("The file can't be read: it has more than 1048576 bytes."));
        }

        @Test
        void givenSeveralFaultsInSeveralRulesWhenReadThenAllAreTold() throws IOException {
            write("first-rule", EPL, FACTS.replace("\"high\"", "\"urgent\"").replace("73", "1000"));
            write("second-rule", EPL, "{");
            write("third-rule", EPL, FACTS);

            assertThat(faults(folder))
                    .extracting(RuleFault::file)
                    .containsExactly(
                            file("first-rule", "rule.json"),
                            file("first-rule", "rule.json"),
                            file("second-rule", "rule.json"),
                            file("third-rule", "rule.json"));
        }

        @Test
        void givenSeveralFaultsWhenThrownThenTheMessageHasOneALine() throws IOException {
            write("first-rule", EPL, FACTS.replace("\"high\"", "\"urgent\"").replace("73", "1000"));

            RuleException refused = catchThrowableOfType(
                    RuleException.class, () -> RuleFolder.at(folder).read());

            assertThat(refused)
                    .message()
                    .isEqualTo(String.join(
                            "\n",
                            file("first-rule", "rule.json")
                                    + ":6:15: /severity must be one of critical, high, low, medium.",
                            file("first-rule", "rule.json")
                                    + ":7:16: /riskScore must be a whole number from 0 to 100."));
        }

        private List<RuleFault> faults(Path at) {
            try {
                RuleFolder.at(at).read();
                return List.of();
            } catch (RuleException e) {
                return e.faults();
            }
        }

        private String file(String rule, String name) {
            return folder.resolve(rule) + "/" + name;
        }
    }

    private void write(String rule, String epl, String facts) throws IOException {
        Path at = Files.createDirectories(folder.resolve(rule));
        Files.writeString(at.resolve("rule.epl"), epl);
        Files.writeString(at.resolve("rule.json"), facts);
    }
}
