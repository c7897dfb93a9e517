package dev.vaultwatch.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.Property;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

        @Test
        @DisplayName("Ordered windows have a reach, and a quiet time that is the reach unless it is given")
        void ordered() throws IOException {
            write("first-rule", EPL, FACTS.replace("\"tumbling\", \"length\"", "\"ordered\", \"reach\""));
            assertThat(theRule().window()).isEqualTo(new Window.Ordered(Duration.ofMinutes(1), Duration.ofMinutes(1)));

            write(
                    "first-rule",
                    EPL,
                    FACTS.replace("\"tumbling\", \"length\"", "\"ordered\", \"quiet\": \"PT9M\", \"reach\""));
            assertThat(theRule().window()).isEqualTo(new Window.Ordered(Duration.ofMinutes(1), Duration.ofMinutes(9)));
        }

        @Test
        @DisplayName("A rule has what it says beyond the necessary, in the file's order")
        void more() throws IOException {
            write("first-rule", EPL, FACTS.replace("\"tags\"", """
                    "parameters": {
                      "min_reads": { "type": "int", "min": 2, "max": 2, "description": "Reads." },
                      "free": { "type": "double", "description": "Any." },
                      "least": { "type": "long", "min": 1, "description": "From one." },
                      "most": { "type": "long", "max": 9, "description": "To nine." }
                    },
                    "labels": { "vaults": "vaults", "actions": "did" },
                    "authors": ["Ann"], "license": "GPL-2.0-only", "uuid": "u-1", "note": "Ask.",
                    "source": { "site": "example.org", "version": 414, "a~b/c": "d", "at": 1762000000000 },
                    "fields": { "upn": "user" },
                    "tags\""""));

            Rule rule = theRule();
            assertThat(rule.parameters())
                    .containsExactly(
                            new Rule.Parameter("min_reads", "int", number(2), number(2), "Reads."),
                            new Rule.Parameter("free", "double", Optional.empty(), Optional.empty(), "Any."),
                            new Rule.Parameter("least", "long", number(1), Optional.empty(), "From one."),
                            new Rule.Parameter("most", "long", Optional.empty(), number(9), "To nine."));
            assertThat(rule.labels()).containsExactly(Map.entry("vaults", "vaults"), Map.entry("actions", "did"));
            assertThat(rule.about())
                    .isEqualTo(new Rule.About(
                            List.of("Ann"),
                            Optional.of("GPL-2.0-only"),
                            Optional.of("u-1"),
                            "Ask.",
                            Map.of("site", "example.org", "version", "414", "a~b/c", "d", "at", "1762000000000"),
                            Map.of("upn", "user")));
        }

        @Test
        @DisplayName("A rule without authors, licence or note has none")
        void nothingMore() throws IOException {
            write("first-rule", EPL, FACTS);

            assertThat(theRule().about()).isEqualTo(Rule.About.NOTHING);
        }

        @Test
        @DisplayName("A rule is made of its two texts again")
        void ofTexts() throws IOException {
            write("first-rule", EPL, FACTS);

            assertThat(RuleFolder.ofTexts("first-rule", FACTS, EPL))
                    .isEqualTo(theRule().toBuilder()
                            .file("epl/first-rule/rule.epl")
                            .build());
        }

        @Test
        @DisplayName("A file as large as a rule's may be is read")
        void large() throws IOException {
            String epl = EPL + " ".repeat((1 << 20) - EPL.length());
            write("first-rule", epl, FACTS);

            assertThat(theRule().epl()).isEqualTo(epl);
        }

        private Rule theRule() {
            return RuleFolder.at(folder).read().get(0);
        }

        private Optional<BigDecimal> number(int value) {
            return Optional.of(BigDecimal.valueOf(value));
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
                    .contains("/id is missing; expected a text that is not blank.")
                    .contains("/severity is missing; expected one of critical, high, low, medium.")
                    .anySatisfy(problem -> assertThat(problem).startsWith("/window/kind is missing; expected one of"));
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
                        "tags":                 | "tag": 1, "tags":       | /tag is not a field of rule.json; known are $schema, authors, cap,
                        "tags":                 | "labels": {"a": 1}, "tags": | /labels/a must be a text that is not blank.
                        "tags":                 | "enabled": "no", "tags": | /enabled must be one of false, shadow, true.
                        "tags":                 | "source": {"a": true}, "tags": | /source/a must be a text or a whole number.
                        "tags":                 | "source": {"a~b/c": []}, "tags": | /source/a~0b~1c must be a text or a whole number.
                        "tags":                 | "source": {"a": 1.5}, "tags": | /source/a must be a text or a whole number.
                        "tags":                 | "source": "a", "tags":  | /source must be an object.
                        "tags":                 | "parameters": {"p": {"type": "int", "description": "d", "min": "2"}}, "tags": | /parameters/p/min must be a number.
                        "tags":                 | "parameters": {"p": {"type": "int", "description": "d", "min": 2, "max": 1.5}}, "tags": | /parameters/p/max is less than min.
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

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                "riskScore": 73   | "riskScore": 100
                "riskScore": 73   | "riskScore": 0
                "version": 3      | "version": 2147483647
                "alerts": 100     | "alerts": 1000000
                "alerts": 100     | "alerts": 1
                """)
        @DisplayName("A number may be the least and the greatest of its range")
        void ranges(String sound, String other) throws IOException {
            write("first-rule", EPL, FACTS.replace(sound, other));

            assertThat(faults(folder)).isEmpty();
        }

        @Test
        @DisplayName("A misspelt field is asked about")
        void misspelt() throws IOException {
            write("first-rule", EPL, FACTS.replace("\"tags\"", "\"tagz\""));

            assertThat(faults(folder))
                    .extracting(RuleFault::problem)
                    .anySatisfy(problem -> assertThat(problem).endsWith("; did you mean \"tags\"?"));
        }

        @Test
        @DisplayName("What is missing is missing at the start of what encloses it")
        void placeOfWhatIsMissing() throws IOException {
            write(
                    "first-rule",
                    EPL,
                    FACTS.replace("{ \"kind\": \"tumbling\", \"length\": \"PT1M\" }", "{ \"kind\": \"tumbling\"\n}")
                            .replace("\"version\": 3,", ""));

            assertThat(faults(folder))
                    .extracting(RuleFault::problem, RuleFault::line, RuleFault::column)
                    .containsExactly(
                            tuple("/window/length is missing; expected an ISO 8601 duration, such as PT1M.", 8, 13),
                            tuple("/version is missing; expected a whole number from 1 to 2147483647.", 1, 1));
        }

        @Test
        @DisplayName("Texts that are no rule are refused like files")
        void ofTexts() {
            RuleException refused =
                    catchThrowableOfType(RuleException.class, () -> RuleFolder.ofTexts("other", FACTS, EPL));

            assertThat(refused.faults())
                    .containsExactly(new RuleFault(
                            "epl/other/rule.json",
                            2,
                            9,
                            "/id is \"first-rule\", but the folder is named \"other\"; they must agree."));
        }

        @Test
        @DisplayName("A file that may not be read is said to be so")
        void notPermitted() throws IOException {
            write("first-rule", EPL, FACTS);
            Path epl = folder.resolve("first-rule/rule.epl");
            assumeTrue(Files.getFileStore(epl).supportsFileAttributeView("posix"));
            Files.setPosixFilePermissions(epl, Set.of());
            if (Files.isReadable(epl)) {
                // The user root may read every file but those that the kernel itself gives nobody.
                Files.delete(epl);
                Files.createSymbolicLink(epl, Path.of("/proc/sys/vm/compact_memory"));
            }
            assumeTrue(Files.exists(epl));

            assertThat(faults(folder))
                    .containsExactly(
                            new RuleFault(epl.toString(), 0, 0, "The file can't be read: permission is denied."));
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
