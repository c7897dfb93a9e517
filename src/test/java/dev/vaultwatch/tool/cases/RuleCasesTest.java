package dev.vaultwatch.tool.cases;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.RuleFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleCasesTest {
    private static final Path SHIPPED = Path.of("epl/excessive-secret-retrieval");

    @TempDir
    private Path folder;

    private Path rule = Path.of("");

    @BeforeEach
    void copyTheShippedRule() throws IOException {
        rule = Files.createDirectories(folder.resolve("excessive-secret-retrieval"));
        Files.createDirectories(rule.resolve("cases"));
        for (String file : List.of("rule.epl", "rule.json")) {
            Files.copy(SHIPPED.resolve(file), rule.resolve(file));
        }
    }

    private void write(String cases) throws IOException {
        Files.writeString(rule.resolve("cases/mine.json"), cases);
    }

    private List<CaseResult> run() {
        try (Stream<RuleCases.RuleTest> tests = RuleCases.in(folder).tests()) {
            return tests.map(RuleCases.RuleTest::result).toList();
        }
    }

    private String explanationOf(String cases) throws IOException {
        write(cases);
        return run().get(0).explanation();
    }

    @Test
    @DisplayName("A total that differs is named with what it is and what was expected")
    void differentTotal() throws IOException {
        assertThat(explanationOf("""
                {"name": "n", "events": ["12 x SecretGet,SecretList over 40s at 10:00:05"],
                 "expect": {"key": {"upn": "user1"}, "totals": {"count": 13}}}
                """))
                .contains("straight:", "user1@contoso.example", "count is 12, expected 13", "mine.json:1");
    }

    @Test
    @DisplayName("An alert that is not found is named with its key")
    void missing() throws IOException {
        assertThat(explanationOf("""
                {"name": "n", "events": ["5 x SecretGet,SecretList over 40s at 10:00:05"],
                 "expect": {"key": {"upn": "user1"}}}
                """)).contains("expected exactly 1 alert for upn=user1", "found    no alert");
    }

    @Test
    @DisplayName("An alert that nobody expects fails the case")
    void unexpected() throws IOException {
        assertThat(explanationOf("""
                {"name": "n", "events": ["12 x SecretGet,SecretList over 40s at 10:00:05"], "expect": "none"}
                """)).contains("not expected: alert for", "12 events");
    }

    @Test
    @DisplayName("An outcome that late records change is a difference from the straight run")
    void differsWhenDisturbed() throws IOException {
        assertThat(explanationOf("""
                {"name": "n", "events": ["12 x SecretGet,SecretList over 40s at 10:00:05"],
                 "also": ["3 late by 10h"], "expect": {"totals": {"count": 12}}}
                """))
                .doesNotContain("straight:")
                .contains("3 late by 10h:", "dropped as late", "lost: alert for");
    }

    @Test
    @DisplayName("A reload behind the last record would test nothing, and is a fault")
    void pointlessReload() throws IOException {
        assertThat(explanationOf("""
                {"name": "n", "events": ["12 x SecretGet,SecretList over 40s at 10:00:05"],
                 "also": ["reload at 11:00"], "expect": {"totals": {"count": 12}}}
                """)).contains("expected a time between the first record and the last");
    }

    @Test
    @DisplayName("Records stand in the case, or in a file beside it")
    void recordsOfFiles() throws IOException {
        String record =
                "{\"time\":\"2026-03-02T10:00:00Z\",\"category\":\"AuditEvent\",\"operationName\":\"SecretGet\","
                        + "\"resourceId\":\"/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv\","
                        + "\"identity\":{\"claim\":{\"upn\":\"ann@contoso.example\"}}}";
        Files.writeString(rule.resolve("cases/records.ndjson"), (record + "\n").repeat(8));
        write("""
                {"name": "n", "events": [{"file": "records.ndjson"}, %s, "SecretList by ann at 10:00:30"],
                 "expect": {"key": {"upn": "ann"}, "totals": {"count": 10}}}
                """.formatted(record));
        assertThat(run()).allSatisfy(result -> assertThat(result.explanation()).isEmpty());
    }

    @Test
    @DisplayName("The report of JUnit names each run, and quotes what XML can't have")
    void junitXml() {
        String xml = JUnitXml.of(List.of(new CaseResult(
                "r",
                "a <b> & \"c\"\u0001",
                "f.json",
                3,
                List.of(
                        new RunResult("straight", List.of(), java.time.Duration.ofMillis(1500)),
                        new RunResult("duplicate", List.of("x < y"), java.time.Duration.ZERO)))));
        assertThat(xml)
                .contains("tests=\"2\" failures=\"1\"", "time=\"1.500\"")
                .contains("name=\"a &lt;b&gt; &amp; &quot;c&quot;? (straight)\"")
                .contains("<failure message=\"x &lt; y\">x &lt; y</failure>");
    }

    @ParameterizedTest(name = "{2}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{`name`: `n`}                                                   | 1:1  | has no `events`",
                "{`events`: [`SecretGet at 10:00`], `expect`: `none`}            | 1:1  | has no `name`",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`]}                 | 1:1  | has no `expect`",
                "{`name`: `n`, `events`: [], `expect`: `none`}                   | 1:15 | is empty",
                "{`name`: `n`, `events`: `SecretGet`, `expect`: `none`}          | 1:15 | must be a list",
                "{`name`: `n`, `events`: [`SecretGet at 9`], `expect`: `none`}   | 1:40 | expected a time of day",
                "{`name`: `n`, `events`: [7], `expect`: `none`}                  | 1:26 | must be a text such as",
                "{`name`: `n`, `events`: [{`a`: 1}], `expect`: `none`}           | 1:26 | is no record of Key Vault",
                "{`name`: `n`, `events`: [{`file`: `x`}], `expect`: `none`}      | 1:26 | can't be read",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`], `expect`: `nothing`} | 1:49 | expected `none`",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`], `expcet`: `none`} | 1:49 | did you mean `expect`?",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`], `also`: [`relod at 10:00`], `expect`: `none`} | 1:58 | expected `reload at",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`], `expect`: {`stage`: `LATE`}} | 1:60 | expected EARLY",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`], `expect`: {`exactly`: 1, `atLeast`: 1}} | 1:60 | one or the other",
                "{`name`: `n`, `name`: `m`}                                      | 1:21 | Not JSON: Duplicate"
            })
    @DisplayName("A broken file of cases is refused with the place and what to write")
    void faults(String text, String place, String problem) throws IOException {
        write(text.replace('`', '"'));
        assertThat(RuleCases.readable(folder).faults())
                .extracting(RuleFault::toString)
                .anySatisfy(fault ->
                        assertThat(fault).contains("mine.json:" + place + ": ").contains(problem.replace('`', '"')));
    }
}
