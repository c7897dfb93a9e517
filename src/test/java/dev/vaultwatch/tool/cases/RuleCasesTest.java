package dev.vaultwatch.tool.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
    @DisplayName("A rule that fails at the events finds nothing, which is not the none that a case expects")
    void failing() throws IOException {
        Path logic = rule.resolve("rule.epl");
        Files.writeString(
                logic,
                Files.readString(logic)
                        .replace(
                                "having count(*)",
                                "having coalesce(sum(case when httpStatus is not null then httpStatus % (httpStatus -"
                                        + " httpStatus) end), 0) = 0 and count(*)"));
        String failing =
                "{\"name\": \"n\", \"events\": [\"12 x SecretGet,SecretList over 40s at 10:00:05\"], \"expect\":"
                        + " \"none\"";
        assertThat(explanationOf(failing + "}")).contains("straight:", "RULE_FAILED: ");
        write(failing + ", \"notices\": [\"RULE_FAILED\"]}");
        assertThat(run()).allMatch(CaseResult::passed);
    }

    @ParameterizedTest
    @CsvSource({"rules.key,vault", "rules.dir,epl/denied-burst"})
    @DisplayName("A case whose configuration keeps the rule from running tests nothing, and fails")
    void notRunning(String key, String value) throws IOException {
        assertThat(explanationOf("{\"name\": \"n\", \"events\": [\"12 x SecretGet,SecretList over 40s at 10:00:05\"],"
                        + " \"config\": {\"" + key + "\": \"" + value + "\"}, \"expect\": \"none\"}"))
                .contains("The rule does not run with this \"config\"");
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
        String xml = JUnitXml.of(
                List.of(new CaseResult(
                        "r",
                        "a <b> & \"c\"\u0001",
                        "f.json",
                        3,
                        List.of(
                                new RunResult("straight", List.of(), java.time.Duration.ofMillis(1500)),
                                new RunResult("duplicate", List.of("x < y"), java.time.Duration.ZERO)))),
                Map.of(),
                List.of());
        assertThat(xml)
                .contains("tests=\"2\" failures=\"1\" errors=\"0\"", "time=\"1.500\"")
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
                "{`name`: `n`, `name`: `m`}                                      | 1:21 | Not JSON: Duplicate",
                "[]                                                              | 1:1  | empty list, which tests nothing",
                "{`name`: `n`, `events`: [{`file`: `empty.ndjson`}], `expect`: `none`} | 1:26 | has no record",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`], `also`: [`reload at 09:00`], `expect`: `none`} | 1:58 | the first record comes at 2026-03-02T10:00:00Z",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`], `also`: [`restart at 10:00`], `expect`: `none`} | 1:58 | expected a time between the first record and the last",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`], `also`: [`reload at 11:00`], `expect`: `none`} | 1:58 | nothing follows: expected a time between",
                "{`name`: `n`, `events`: [`3 x SecretGet at 10:00`], `also`: [`4 late by 4m`], `expect`: `none`} | 1:62 | the case has 3 records",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`], `expect`: {`totals`: {`count`: {}}}} | 1:71 | has no bound",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`], `expect`: {`totals`: {`count`: {`atLeast`: 3, `atMost`: 2}}}} | 1:81 | above `atMost`",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`], `expect`: {`totals`: {`count`: `12`}}} | 1:71 | is `12`; expected a number",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`], `expect`: {`totals`: {`at least`: `true`}}} | 1:71 | expected true or false",
                "{`name`: `n`, `events`: [`SecretGet at 10:00`], `expect`: {`atMost`: 5}} | 1:49 | holds without any alert"
            })
    @DisplayName("A broken file of cases is refused with the place and what to write")
    void faults(String text, String place, String problem) throws IOException {
        Files.writeString(rule.resolve("cases/empty.ndjson"), " \n\n");
        write(text.replace('`', '"'));
        assertThat(RuleCases.readable(folder).faults())
                .extracting(RuleFault::toString)
                .anySatisfy(fault ->
                        assertThat(fault).contains("mine.json:" + place + ": ").contains(problem.replace('`', '"')));
    }

    @Test
    @DisplayName("At most so many is an expectation beside one that asks for an alert, or for a notice")
    void atMost() throws IOException {
        write("""
                [{"name": "a", "events": ["12 x SecretGet,SecretList over 40s at 10:00:05"],
                  "expect": [{"key": {"upn": "user1"}}, {"atMost": 3, "key": {"upn": "user2"}}]},
                 {"name": "b", "events": ["12 x SecretGet,SecretList over 40s at 10:00:05"],
                  "expect": {"atLeast": 1, "atMost": 2}}]
                """);
        assertThat(run()).allSatisfy(result -> assertThat(result.explanation()).isEmpty());
    }

    @Test
    @DisplayName("A text is told from a number that looks alike")
    void textOrNumber() throws IOException {
        assertThat(explanationOf("""
                {"name": "n", "events": ["12 x SecretGet,SecretList over 40s at 10:00:05"],
                 "expect": {"totals": {"Esql.distinct_actions": "2"}}}
                """)).contains("expected \"2\"");
    }

    @Test
    @DisplayName("A fault of a case's tuning is told at its place in the case")
    void faultyTuning() throws IOException {
        assertThat(explanationOf("""
                [{"name": "n", "events": ["12 x SecretGet,SecretList over 40s at 10:00:05"], "expect": "none",
                  "tuning": {"rules": {
                    "excessive-secret-retrieval": {"set": {"min_event": 15}}}}}]
                """))
                .contains("mine.json:3:44: /0/tuning/rules/excessive-secret-retrieval/set/min_event", "min_events")
                .doesNotContain("vaultwatch-cases");
    }

    @Test
    @DisplayName("The lists of a case's tuning lie beside the case")
    void listsOfACase() throws IOException {
        String one = """
                {"name": "n", "events": ["12 x SecretGet,SecretList by ann over 40s at 10:00:05"], "expect": "none",
                 "tuning": {"lists": {"deployers": "lists/deployers.txt"}, "rules": {"excessive-secret-retrieval": {
                   "except": [{"id": "EX-1", "on": "events", "where": {"upn": {"in": "deployers"}}, "why": "w", "by": "b",
                     "until": "2030-12-31"}]}}}}
                """;
        assertThat(explanationOf(one))
                .contains("mine.json:2:", "names the file " + rule.resolve("cases/lists/deployers.txt"));
        Files.writeString(
                Files.createDirectories(rule.resolve("cases/lists")).resolve("deployers.txt"), "ann@contoso.example");
        assertThat(explanationOf(one)).isEmpty();
    }

    @Test
    @DisplayName("An action that neither Key Vault nor the rule knows is warned of, at its place")
    void unknownAction() throws IOException {
        write("""
                {"name": "n", "events": ["12 x SecretGet,SecretGte over 40s at 10:00:05", "VaultGet at 10:01"], "expect": "none"}
                """);
        assertThat(RuleCases.in(folder).warnings())
                .singleElement()
                .asString()
                .contains("mine.json:1:42: /events/0 has the action \"SecretGte\"", "did you mean 'SecretGet'?");
        Files.writeString(
                rule.resolve("rule.epl"), Files.readString(rule.resolve("rule.epl")) + "\n// or \"SecretGte\"\n");
        assertThat(RuleCases.in(folder).warnings()).isEmpty();
    }

    @Test
    @DisplayName("What looks like cases and is not read is warned of, and records that a case names are not")
    void strayFiles() throws IOException {
        Files.writeString(rule.resolve("cases/empty.ndjson"), "");
        for (String file :
                List.of("late.JSON", "late.jsonc", "more/x.json", "../case/true.json", "notes.md", ".x.json")) {
            Path stray = rule.resolve("cases").resolve(file);
            Files.createDirectories(stray.getParent());
            Files.writeString(stray, "{}");
        }
        assertThat(RuleCases.readable(folder).warnings())
                .extracting(warning -> rule.relativize(Path.of(warning.file())).toString())
                .containsExactlyInAnyOrder(
                        "case", "cases/empty.ndjson", "cases/late.JSON", "cases/late.jsonc", "cases/more/x.json");
        write("{\"name\": \"n\", \"events\": [{\"file\": \"empty.ndjson\"}], \"expect\": \"none\"}");
        assertThat(RuleCases.readable(folder).warnings())
                .extracting(warning -> rule.relativize(Path.of(warning.file())).toString())
                .doesNotContain("cases/empty.ndjson");
    }

    @Test
    @DisplayName("A rule's folder that hosts refuse is a fault here, too, and the cases of others are there")
    void faultyRules() throws IOException {
        write("{\"name\": \"n\", \"events\": [\"SecretGet at 10:00\"], \"expect\": \"none\"}");
        Files.writeString(Files.createDirectories(folder.resolve("bar")).resolve("rule.json"), "{");
        Files.writeString(Files.createDirectories(folder.resolve("baz")).resolve("rule.epl"), "");
        Files.writeString(Files.createDirectories(rule.resolve("cases")).resolve("typo.json"), "{");
        RuleCases cases = RuleCases.readable(folder);
        assertThat(cases.ruleFaults())
                .extracting(RuleFault::file)
                .containsExactly(
                        folder.resolve("bar/rule.epl").toString(),
                        folder.resolve("bar/rule.json").toString(),
                        folder.resolve("baz/rule.json").toString());
        assertThat(cases.faults()).hasSize(1);
        assertThat(cases.faultsByRule()).containsOnlyKeys("bar", "baz", "excessive-secret-retrieval");
        assertThatThrownBy(() -> RuleCases.in(folder)).isInstanceOf(RuleException.class);

        String xml = JUnitXml.of(List.of(), cases.faultsByRule(), List.of());
        assertThat(xml)
                .contains("<testsuite name=\"bar\" tests=\"2\" failures=\"0\" errors=\"2\"")
                .contains("<testsuite name=\"excessive-secret-retrieval\" tests=\"1\" failures=\"0\" errors=\"1\"")
                .contains("typo.json:1:", "<error message=");
    }

    @Test
    @DisplayName("A rule without a case is refused where hosts would refuse it")
    void withoutACase() throws IOException {
        assertThat(RuleCases.in(folder).untested()).containsExactly(rule);
        Files.writeString(
                rule.resolve("rule.epl"),
                Files.readString(rule.resolve("rule.epl")).replace("group by upn", "group by upnn"));
        assertThat(RuleCases.readable(folder).tried().ruleFaults())
                .singleElement()
                .asString()
                .contains("rule.epl:", "upnn");
        assertThatThrownBy(() -> RuleCases.in(folder)).isInstanceOf(RuleException.class);
    }
}
