package dev.vaultwatch.tool.sigma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.tool.cases.RuleCases;
import dev.vaultwatch.tool.check.CheckFinding;
import dev.vaultwatch.tool.check.RuleCheck;
import dev.vaultwatch.tool.sigma.SigmaImport.Imported;
import dev.vaultwatch.tool.sigma.SigmaImport.Windows;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SigmaImportTest {
    private static final Path MANY_READS = Path.of("src/test/resources/sigma/many-reads.yml");

    /** A rule about events and a correlation of it, each line a fault can be put into. */
    private static final String WHOLE = """
            title: Reads
            name: reads
            logsource:
                product: azure
                service: keyvault
            detection:
                selection:
                    operationName: SecretGet
                condition: selection
            level: low
            ---
            title: Many reads
            correlation:
                type: event_count
                rules:
                    - reads
                group-by:
                    - upn
                timespan: 1m
                condition:
                    gte: 5
            level: medium
            """;

    @TempDir
    private Path folder;

    private Imported convert(String yaml) throws IOException {
        return convert(yaml, Windows.SLIDING);
    }

    private Imported convert(String yaml, Windows windows) throws IOException {
        Path file = Files.writeString(folder.resolve("rule.yml"), yaml);
        return SigmaImport.write(List.of(file), folder.resolve("epl"), windows);
    }

    private static List<String> errors(Path rules) {
        return RuleCheck.of(rules, Optional.empty(), Instant.parse("2026-11-25T00:00:00Z")).stream()
                .filter(finding -> finding.level() == CheckFinding.Level.ERROR)
                .map(CheckFinding::toString)
                .toList();
    }

    private static void passCasesOf(Path rules) {
        try (Stream<RuleCases.RuleTest> tests = RuleCases.in(rules).tests()) {
            List<RuleCases.RuleTest> all = tests.toList();
            assertThat(all).isNotEmpty();
            all.forEach(RuleCases.RuleTest::run);
        }
    }

    @Test
    @DisplayName("A correlation and its rule become one rule that passes check and test")
    void correlation() throws IOException {
        Imported imported = SigmaImport.write(List.of(MANY_READS), folder, Windows.SLIDING);

        assertThat(imported.folders()).containsExactly(folder.resolve("many-key-vault-reads-by-one-user"));
        assertThat(imported.warnings()).isEmpty();
        assertThat(errors(folder)).isEmpty();
        passCasesOf(folder);
    }

    @Test
    @DisplayName("docs/sigma.md shows that rule and what becomes of it")
    void page() throws IOException {
        Path rule = SigmaImport.write(List.of(MANY_READS), folder, Windows.SLIDING)
                .folders()
                .get(0);

        assertThat(Path.of("docs/sigma.md"))
                .content()
                .contains("```yaml\n" + Files.readString(MANY_READS) + "```")
                .contains("```sql\n" + Files.readString(rule.resolve("rule.epl")) + "```");
    }

    @Test
    @DisplayName("The window slides, so that a burst over the edge of a minute is found")
    void sliding() throws IOException {
        Path rule = convert(WHOLE).folders().get(0);

        assertThat(rule.resolve("rule.epl")).content().contains("#time(60 sec)", "int min_events = 5;");
        assertThat(rule.resolve("rule.json")).content().contains("\"ordered\"", "\"PT1M\"");
        Files.writeString(rule.resolve("cases/edge.json"), """
                [{"name": "Over the edge", "events": ["5 x SecretGet over 30s at 10:00:45"], "expect": {"totals": {"count": 5}}}]
                """);
        passCasesOf(rule);
    }

    @Test
    @DisplayName("Static windows are had for the asking, and warned of")
    void staticWindows() throws IOException {
        Imported imported = convert(WHOLE, Windows.STATIC);

        assertThat(imported.warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning.problem()).contains("static", "counted in two parts"));
        assertThat(imported.folders().get(0).resolve("rule.epl")).content().contains("#time_batch(60 sec, 0L)");
        assertThat(errors(folder.resolve("epl"))).isEmpty();
        passCasesOf(folder.resolve("epl"));
    }

    @Test
    @DisplayName("value_count counts distinct values; gt is one more than gte")
    void valueCount() throws IOException {
        Imported imported = convert(
                WHOLE.replace("event_count", "value_count").replace("gte: 5", "field: callerIpAddress\n        gt: 2"));

        assertThat(imported.folders().get(0).resolve("rule.epl"))
                .content()
                .contains("int min_values = 3;", "having count(distinct sourceIp) >= min_values");
        assertThat(errors(folder.resolve("epl"))).isEmpty();
        passCasesOf(folder.resolve("epl"));
    }

    @Test
    @DisplayName("A rule that no correlation names, or whose correlation generates it, finds single events")
    void singleEvents() throws IOException {
        Imported imported = convert(WHOLE.replace("    timespan", "    generate: true\n    timespan"));

        assertThat(imported.folders())
                .map(path -> path.getFileName().toString())
                .containsExactly("many-reads", "reads");
        assertThat(errors(folder.resolve("epl"))).isEmpty();
        passCasesOf(folder.resolve("epl"));
    }

    @Test
    @DisplayName("A correlation finds its rule in another file, by id")
    void severalFiles() throws IOException {
        String[] documents = WHOLE.split("---\n", -1);
        String id = "0e95725d-7320-415d-80f7-004da920fc12";
        Path base = Files.writeString(folder.resolve("base.yml"), documents[0].replace("name: reads", "id: " + id));
        Path count = Files.writeString(folder.resolve("count.yml"), documents[1].replace("- reads", "- " + id));

        Imported imported = SigmaImport.write(List.of(count, base), folder.resolve("epl"), Windows.SLIDING);

        assertThat(imported.folders()).hasSize(1);
    }

    @Test
    @DisplayName("An alias that stands for one field is that field")
    void alias() throws IOException {
        Imported imported =
                convert(WHOLE.replace("- upn", "- who\n    aliases:\n        who:\n            reads: objectId"));

        assertThat(imported.folders().get(0).resolve("rule.epl")).content().contains("group by objectId");
    }

    @Test
    @DisplayName("A folder that is there stays as it is")
    void existing() throws IOException {
        convert(WHOLE);

        assertThatThrownBy(() -> convert(WHOLE)).isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    @DisplayName("Hostile texts stay texts: in the rule's comment, its strings and its folder's name")
    void hostileTexts() throws IOException {
        Imported imported = convert(WHOLE.replace("title: Many reads", "title: \"../Ma\\nny' \\u2028 reads\"")
                .replace("operationName: SecretGet", "callerIpAddress: \"a' or upn like '%\""));

        Path rule = imported.folders().get(0);
        assertThat(rule.getParent()).isEqualTo(folder.resolve("epl"));
        assertThat(rule.resolve("rule.epl")).content().contains("lower(sourceIp) = 'a\\' or upn like \\'%'");
        assertThat(errors(folder.resolve("epl"))).isEmpty();
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                Arguments.of("operationName: SecretGet", "opertionName: SecretGet", "8:9: The field \"opertionName\""),
                Arguments.of(
                        "operationName: SecretGet",
                        "operationName|contain: Get",
                        "8:9: There is no modifier \"contain\""),
                Arguments.of(
                        "operationName: SecretGet", "operationName|base64: Get", "8:9: The modifier \"base64\" is not"),
                Arguments.of("operationName: SecretGet", "operationName|gt: 5", "8:9: \"gt\" compares numbers"),
                Arguments.of("operationName: SecretGet", "operationName|all: Get", "8:9: \"all\" needs a list"),
                Arguments.of("operationName: SecretGet", "httpStatusCode: '4*'", "8:26: httpStatus is a number"),
                Arguments.of("operationName: SecretGet", "upn|cidr: 10.0.0.0/8", "8:9: \"cidr\" compares addresses"),
                Arguments.of("operationName: SecretGet", "upn|exists: perhaps", "8:21: \"exists\" has \"perhaps\""),
                Arguments.of("operationName: SecretGet", "upn|fieldref: nobody", "8:23: \"fieldref\" names \"nobody\""),
                Arguments.of("operationName: SecretGet", "- SecretGet", "8:11: Words that are sought"),
                Arguments.of(
                        "condition: selection",
                        "condition: selektion",
                        "9:16: The condition names the selection \"selektion\", which is not there; did you mean 'selection'?"),
                Arguments.of("condition: selection", "condition: selection and", "9:29: The condition ends"),
                Arguments.of("condition: selection", "condition: (selection", "9:26: The condition lacks a closing"),
                Arguments.of(
                        "condition: selection", "condition: selection | count() > 5", "9:26: The condition has \"|\""),
                Arguments.of("condition: selection", "condition: 2 of them", "9:16: The condition has \"2 of\""),
                Arguments.of(
                        "condition: selection", "condition: 1 of filter_*", "9:21: The condition names \"filter_*\""),
                Arguments.of(
                        "condition: selection",
                        "timeframe: 5m\n    condition: selection",
                        "9:5: \"timeframe\" is of Sigma 1"),
                Arguments.of("product: azure", "product: windows", "4:14: The rule is about windows"),
                Arguments.of("service: keyvault", "service: activitylogs", "5:14: The rule is about activitylogs"),
                Arguments.of("level: medium", "level: mild", "22:8: The level is \"mild\""),
                Arguments.of("type: event_count", "type: temporal", "14:11: The type \"temporal\" is not supported"),
                Arguments.of("type: event_count", "type: event_cuont", "14:11: The type is \"event_cuont\""),
                Arguments.of("- reads", "- writes", "16:11: There is no rule with the name or id \"writes\""),
                Arguments.of("- upn", "- user", "18:11: The field \"user\""),
                Arguments.of("- upn", "- requestUri", "18:11: The field \"requestUri\" can be counted"),
                Arguments.of("    group-by:\n        - upn\n", "", "14:5: The correlation has no \"group-by\""),
                Arguments.of("timespan: 1m", "timespan: 1M", "19:15: The timespan is \"1M\""),
                Arguments.of("timespan: 1m", "timespan: 30d", "19:15: The timespan is 30d"),
                Arguments.of(
                        "timespan: 1m",
                        "timespam: 1m",
                        "19:5: A correlation has no \"timespam\"; did you mean 'timespan'?"),
                Arguments.of("gte: 5", "lte: 5", "21:9: \"lte\" is not supported"),
                Arguments.of("gte: 5", "gte: many", "21:14: \"gte\" is \"many\""),
                Arguments.of("type: event_count", "type: value_count", "21:9: A value_count counts one field"),
                Arguments.of("title: Many reads", "description: x", "12:1: The rule has no \"title\""),
                Arguments.of("title: Many reads", "title: [", ": This is no YAML"));
    }

    @ParameterizedTest
    @MethodSource
    @DisplayName("What can't be converted is said with its place, and nothing is written")
    void broken(String good, String bad, String expected) {
        String yaml = WHOLE.replace(good, bad);
        assertThat(yaml).isNotEqualTo(WHOLE);

        assertThatThrownBy(() -> convert(yaml))
                .isInstanceOfSatisfying(
                        RuleException.class,
                        e -> assertThat(e.faults())
                                .anySatisfy(
                                        fault -> assertThat(fault.toString()).contains(expected)));
        assertThat(folder.resolve("epl")).doesNotExist();
    }
}
