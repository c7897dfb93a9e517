package dev.vaultwatch.tool.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.tool.check.CheckFinding.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleCheckTest {
    private static final Instant NOW = Instant.parse("2026-11-25T00:00:00Z");
    private static final String ID = "excessive-secret-retrieval";

    @TempDir
    private Path folder;

    private Path rule = Path.of("");

    @BeforeEach
    void copyTheShippedRule() throws IOException {
        rule = folder.resolve(ID);
        Files.createDirectories(rule.resolve("cases"));
        for (String file : List.of("rule.epl", "rule.json", "guide.md", "cases/true.json", "cases/false.json")) {
            Files.copy(Path.of("epl", ID, file), rule.resolve(file));
        }
    }

    private void edit(String file, UnaryOperator<String> change) throws IOException {
        String before = Files.readString(rule.resolve(file));
        String after = change.apply(before);
        assertThat(after).isNotEqualTo(before);
        Files.writeString(rule.resolve(file), after);
    }

    private List<CheckFinding> check() {
        return RuleCheck.of(folder, Optional.empty(), NOW);
    }

    private List<String> errors() {
        return check().stream()
                .filter(finding -> finding.level() == Level.ERROR)
                .map(CheckFinding::toString)
                .toList();
    }

    @Test
    @DisplayName("A column that one index can't hold beside another rule's is a warning")
    void columns() throws IOException {
        Path other = folder.resolve("other");
        Files.createDirectories(other);
        Files.writeString(
                other.resolve("rule.json"),
                Files.readString(rule.resolve("rule.json")).replace("\"id\": \"" + ID, "\"id\": \"other"));
        Files.writeString(
                other.resolve("rule.epl"),
                Files.readString(rule.resolve("rule.epl"))
                        .replace("distinct_values(city)  ", "distinct_values(httpStatus)"));

        assertThat(check())
                .filteredOn(finding -> finding.code().equals("columns"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.WARNING);
                    assertThat(finding.fault().problem())
                            .contains("'Esql.geo_city_values'", "is a whole number here and a text in rule " + ID);
                });
    }

    @Test
    @DisplayName("What ships has no error and no warning about cases, ATT&CK or its guide")
    void shipped() {
        assertThat(RuleCheck.of(Path.of("epl"), Optional.empty(), NOW))
                .extracting(CheckFinding::level, CheckFinding::code)
                .doesNotContain(
                        org.assertj.core.groups.Tuple.tuple(Level.WARNING, "case"),
                        org.assertj.core.groups.Tuple.tuple(Level.WARNING, "guide"),
                        org.assertj.core.groups.Tuple.tuple(Level.WARNING, "reach"))
                .extracting(level -> level.toList().get(0))
                .doesNotContain(Level.ERROR);
    }

    @Test
    @DisplayName("A case that does not hold is an error at its place: a rule's cases are run")
    void runsCases() throws IOException {
        edit("rule.epl", epl -> epl.replace("min_events = 10", "min_events = 11"));
        assertThat(errors())
                .isNotEmpty()
                .allSatisfy(error -> assertThat(error)
                        .containsPattern("cases/\\w+\\.json:\\d+: error: The case \".*\" does not hold; .*\\[case]"));
    }

    @ParameterizedTest(name = "{1} for {0}")
    @DisplayName("A rule.json at fault hides nothing of the rule's logic")
    @CsvSource({"medium, }high{", "medium, middle", "tumbling, tumbeling"})
    void bothFiles(String fact, String broken) throws IOException {
        edit("rule.json", json -> json.replaceFirst(fact, broken));
        edit("rule.epl", epl -> epl.replace("group by upn", "group by upnn"));
        assertThat(errors())
                .anyMatch(error -> error.contains("rule.json:"))
                .anyMatch(error -> error.contains("rule.epl:") && error.contains("upnn"))
                .hasSize(2);
    }

    @Test
    @DisplayName("Faults of logic, metadata and cases come at once")
    void together() throws IOException {
        edit("rule.epl", epl -> epl.replace("group by upn", "group bye upn"));
        edit("rule.json", json -> json.replace("T1555.006", "T1555.066"));
        Files.writeString(rule.resolve("cases/broken.json"), "{");
        assertThat(check())
                .filteredOn(finding -> finding.level() == Level.ERROR)
                .extracting(CheckFinding::code)
                .contains("epl", "attack-id", "case");
    }

    @ParameterizedTest(name = "{3}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "rule.json | `T1555.006`         | `T1555.060`             | did you mean 'T1555.00",
                "rule.json | `TA0006`            | `TA0099`                | which ATT&CK 18.0 does not have",
                "rule.json | `T1555.006`, `name` | `T1552.005`, `name`     | which is no sub-technique of T1555",
                "rule.json | `severity`          | `severty`               | @severty",
                "rule.json | `medium`            | `hihg`                  | did you mean `high`",
                "rule.json | `riskScore`: 43     | `riskScore`: 430        | @riskScore",
                "rule.json | `PT1M`              | `1 minute`              | ISO 8601 duration",
                "rule.json | [`upn`]             | [`unp`]                 | did you mean `upn`",
                "rule.json | `tumbling`          | `tumblin`               | did you mean `tumbling`",
                "rule.json | PT1M                | PT5M                    | 5 min",
                "rule.epl  | group by upn        | group by vault          | rule.epl",
                "rule.epl  | count(*) >= min     | count(*) >= mni         | rule.epl",
                "rule.epl  | 'alert'             | 'alarm'                 | alert",
                "rule.epl  | upn is not null     | unp is not null         | upn",
                "rule.epl  | #time_batch         | #time_bacth             | rule.epl"
            })
    @DisplayName("A broken rule is refused with its place and what to write")
    void broken(String file, String from, String to, String message) throws IOException {
        edit(file, text -> text.replace(from.replace('`', '"'), to.replace('`', '"')));
        String expected = place(file, message.replace('`', '"'));
        assertThat(errors())
                .isNotEmpty()
                .anySatisfy(error -> assertThat(error).contains(file).contains(expected));
    }

    /** {@code @field} is the line of that field in the changed file. */
    private String place(String file, String message) throws IOException {
        return message.startsWith("@") ? file + ":" + lineOf(file, '"' + message.substring(1) + '"') + ":" : message;
    }

    private int lineOf(String file, String text) throws IOException {
        List<String> lines = Files.readAllLines(rule.resolve(file));
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains(text)) {
                return i + 1;
            }
        }
        throw new AssertionError(text + " is not in " + file);
    }

    @Test
    @DisplayName("A name that is not ATT&CK's is a warning with the right one")
    void attackName() throws IOException {
        edit("rule.json", json -> json.replace("Cloud Secrets Management Stores", "Cloud Secret Stores"));
        int line = lineOf("rule.json", "Cloud Secret Stores");
        assertThat(check()).anySatisfy(finding -> {
            assertThat(finding.code()).isEqualTo("attack-name");
            assertThat(finding.fault().line()).isEqualTo(line);
            assertThat(finding.fault().problem()).contains("\"Cloud Secrets Management Stores\"");
        });
    }

    @Test
    @DisplayName("A rule without guide and cases is warned of, and passes")
    void bare() throws IOException {
        Files.delete(rule.resolve("guide.md"));
        Files.delete(rule.resolve("cases/true.json"));
        Files.delete(rule.resolve("cases/false.json"));
        assertThat(errors()).isEmpty();
        assertThat(check())
                .filteredOn(finding -> finding.level() == Level.WARNING)
                .extracting(CheckFinding::code)
                .contains("guide", "case");
    }

    @Test
    @DisplayName("A text that a tuning sets is held to what events say, like one in the rule")
    void tunedText() throws IOException {
        edit(
                "rule.epl",
                text -> text.replace(
                                "create constant variable int min_events",
                                "create constant variable string its_vault = 'KV-NONE';\ncreate constant variable string its_action ="
                                        + " 'KeyDecrypt';\ncreate constant variable int min_events")
                        .replace("upn is not null)", "upn is not null, vault != its_vault, action != its_action)"));
        edit(
                "rule.json",
                text -> text.replace(
                        "\"parameters\": {",
                        "\"parameters\": { \"its_vault\": { \"type\": \"string\", \"description\": \"v\" }, \"its_action\": { \"type\":"
                                + " \"string\", \"description\": \"a\" },"));
        assertThat(errors()).isEmpty();

        Files.writeString(
                folder.resolve("tuning.json"), "{\"rules\": {\"" + ID + "\": {\"set\": {\"its_vault\": \"kv-web\"}}}}");
        assertThat(check())
                .filteredOn(finding -> finding.code().equals("tuning"))
                .singleElement()
                .asString()
                .contains("warning", "'kv-web' of the variable 'its_vault' never comes as vault");

        Files.writeString(
                folder.resolve("tuning.json"),
                "{\"rules\": {\"" + ID + "\": {\"set\": {\"its_action\": \"keyget\"}}}}");
        assertThat(errors())
                .singleElement()
                .asString()
                .contains("'keyget' of the variable 'its_action' never comes", "did you mean 'KeyGet'?");
    }

    @Test
    @DisplayName("A tuning in the folder is checked against the rules in it")
    void tuning() throws IOException {
        Files.writeString(folder.resolve("tuning.json"), "{\"rules\": {\"excessive-secret-retrival\": {}}}");
        assertThat(errors()).singleElement().asString().contains("tuning.json:1:12", "did you mean \"" + ID + "\"?");
    }

    @Test
    @DisplayName("A folder without rules is an error, and so is one that is not there")
    void nothing() {
        assertThat(RuleCheck.of(folder.resolve("nowhere"), Optional.empty(), NOW))
                .singleElement()
                .satisfies(finding -> assertThat(finding.fault().problem()).contains("There is no rule here"));
    }

    @Test
    @DisplayName("A rule whose actions can't be read off costs every event, and is warned of")
    void cost() throws IOException {
        edit("rule.epl", epl -> epl.replace("action in (", "action not in ("));
        assertThat(check())
                .filteredOn(finding -> finding.level() == Level.WARNING)
                .extracting(CheckFinding::code)
                .contains("cost");
    }

    @Test
    @DisplayName("Reports say the same for a person, a program and code scanning")
    void reports() throws IOException {
        List<CheckFinding> findings = List.of(
                new CheckFinding(Level.ERROR, "epl", new RuleFault("a/rule.epl", 3, 7, "Not so \"good\".")),
                new CheckFinding(Level.NOTE, "cost", new RuleFault("a/rule.epl", 0, 0, "Low.")));
        assertThat(CheckReport.text(findings))
                .isEqualTo("a/rule.epl:3:7: error: Not so \"good\". [epl]\na/rule.epl: note: Low. [cost]\n");
        JsonNode json = new ObjectMapper().readTree(CheckReport.json(findings));
        assertThat(json.at("/0/line").intValue()).isEqualTo(3);
        assertThat(json.at("/1/level").textValue()).isEqualTo("note");
        JsonNode sarif = new ObjectMapper().readTree(CheckReport.sarif(findings));
        assertThat(sarif.at("/version").textValue()).isEqualTo("2.1.0");
        assertThat(sarif.at("/runs/0/results/0/locations/0/physicalLocation/region/startColumn")
                        .intValue())
                .isEqualTo(7);
        assertThat(sarif.at("/runs/0/results/1/locations/0/physicalLocation").has("region"))
                .isFalse();
        assertThat(sarif.at("/runs/0/tool/driver/rules")).hasSize(2);
    }

    @Test
    @DisplayName("Code scanning is given files as references by RFC 3986")
    void uris() throws IOException {
        JsonNode sarif = new ObjectMapper()
                .readTree(CheckReport.sarif(List.of(new CheckFinding(
                        Level.ERROR, "epl", new RuleFault("my rules/ä#1%/a:b/rule.epl", 3, 7, "Not so.")))));
        String uri = sarif.at("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri")
                .textValue();
        assertThat(uri).isEqualTo("my%20rules/%C3%A4%231%25/a%3Ab/rule.epl");
        assertThat(java.net.URI.create(uri).getPath()).isEqualTo("my rules/ä#1%/a:b/rule.epl");
    }

    @Test
    @DisplayName(
            "A case with an unknown action, and a file that is not read, are warned of; a tuning's dead condition, too")
    void warnings() throws IOException {
        Files.writeString(rule.resolve("cases/late.JSON"), "{}");
        Files.writeString(
                rule.resolve("cases/mine.json"),
                "{\"name\": \"n\", \"events\": [\"12 x SecretGte at 10:00\"], \"expect\": \"none\"}");
        Files.writeString(
                folder.resolve("tuning.json"),
                "{\"rules\": {\"" + ID + "\": {\"except\": [{\"id\": \"E\", \"on\": \"events\", \"where\":"
                        + " {\"upn\": {\"like\": \"mallory*\"}}, \"why\": \"w\", \"by\": \"b\", \"until\": \"2030-01-01\"}]}}}");
        assertThat(check())
                .filteredOn(finding -> finding.level() == Level.WARNING)
                .extracting(CheckFinding::toString)
                .anySatisfy(text -> assertThat(text).contains("SecretGte", "[case]"))
                .anySatisfy(text -> assertThat(text).contains("late.JSON", "[case]"))
                .anySatisfy(text -> assertThat(text).contains("the star stands for itself", "[tuning]"));
        assertThat(errors()).isEmpty();
    }
}
