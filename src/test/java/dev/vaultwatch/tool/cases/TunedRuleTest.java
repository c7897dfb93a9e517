package dev.vaultwatch.tool.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a tuning makes of a running plugin: cases of the shipped rule with a tuning in them. */
class TunedRuleTest {
    private static final String ID = "excessive-secret-retrieval";
    private static final String TWELVE = "12 x SecretGet,SecretList by user1 on kv-pay over 40s at 10:00:05";
    private static final String EXCEPTION = "\"why\": \"backup\", \"by\": \"ann\", \"until\": \"2030-01-01\"";

    @TempDir
    private Path folder;

    private Path rule = Path.of("");

    @BeforeEach
    void copyTheShippedRule() throws IOException {
        rule = folder.resolve(ID);
        Files.createDirectories(rule.resolve("cases"));
        for (String file : new String[] {"rule.epl", "rule.json"}) {
            Files.copy(Path.of("epl", ID, file), rule.resolve(file));
        }
    }

    /** What is wrong with a case under a tuning; "" if nothing is. */
    private String explanation(String tuning, String events, String also, String expect) throws IOException {
        Files.writeString(rule.resolve("cases/c.json"), """
                {"name": "n", "tuning": {"rules": {"%s": {%s}}}, "events": [%s], "also": [%s], "expect": %s}
                """.formatted(ID, tuning, events, also, expect));
        try (Stream<RuleCases.RuleTest> tests = RuleCases.in(folder).tests()) {
            return tests.findFirst().orElseThrow().result().explanation();
        }
    }

    private static String quoted(String text) {
        return "\"" + text + "\"";
    }

    @Test
    @DisplayName("A parameter is the site's, and stays so over reload and restart")
    void parameter() throws IOException {
        String disturbed = "\"reload at 10:00:30\", \"restart at 10:00:30\"";
        assertThat(explanation("\"set\": {\"min_events\": 13}", quoted(TWELVE), disturbed, "\"none\""))
                .isEmpty();
        assertThat(explanation(
                        "\"set\": {\"min_events\": 12}", quoted(TWELVE), disturbed, "{\"totals\": {\"count\": 12}}"))
                .isEmpty();
    }

    @Test
    @DisplayName("An excepted event does not count, also when it is late, reloaded or replayed after a restart")
    void exceptedEvents() throws IOException {
        String except = "\"except\": [{\"id\": \"E\", \"on\": \"events\", \"where\": {\"vault\": {\"is\": \"kv-ci\","
                + " \"case\": \"ignore\"}}, " + EXCEPTION + "}]";
        String disturbed = "\"reload at 10:00:30\", \"restart at 10:00:30\", \"3 late by 4m\", \"shuffled\"";
        String mixed = quoted("20 x SecretGet,SecretGet,SecretList,SecretList on kv-pay,kv-ci over 40s at 10:00:05");
        assertThat(explanation(except, mixed, disturbed, "{\"totals\": {\"count\": 10}}"))
                .isEmpty();
        assertThat(explanation(
                        except,
                        quoted("30 x SecretGet,SecretList on kv-ci over 40s at 10:00:05"),
                        disturbed,
                        "\"none\""))
                .isEmpty();
    }

    @Test
    @DisplayName("An excepted alert is not delivered, and another user's is, with its counts as they were")
    void exceptedAlerts() throws IOException {
        String except =
                "\"except\": [{\"id\": \"E\", \"on\": \"alerts\", \"where\": {\"upn\": \"User1@contoso.example\"}, "
                        + EXCEPTION + "}]";
        assertThat(explanation(
                        except,
                        quoted("24 x SecretGet,SecretGet,KeyList,KeyList by user1,user2 over 40s at 10:00:05"),
                        "\"restart at 10:00:30\", \"3 late by 4m\"",
                        "{\"key\": {\"upn\": \"user2\"}, \"totals\": {\"count\": 12}}"))
                .isEmpty();
    }

    @Test
    @DisplayName("In the shadow a rule runs and nothing is delivered; switched off it does not run")
    void shadow() throws IOException {
        assertThat(explanation("\"enabled\": \"shadow\"", quoted(TWELVE), "\"reload at 10:00:30\"", "\"none\""))
                .isEmpty();
    }

    @Test
    @DisplayName("Of alike alerts the first in a period goes out, and the next says how many did not")
    void suppressed() throws IOException {
        assertThat(explanation(
                        "\"suppress\": {\"by\": \"upn\", \"for\": \"PT10M\"}",
                        quoted(TWELVE) + ", " + quoted(TWELVE.replace("10:00:05", "10:03:05")) + ", "
                                + quoted(TWELVE.replace("10:00:05", "10:06:05")) + ", "
                                + quoted(TWELVE.replace("10:00:05", "10:20:05")),
                        "",
                        "[{\"window\": \"10:00\"}, {\"window\": \"10:20\","
                                + " \"totals\": {\"vaultwatch.suppressed_before\": 2}}]"))
                .isEmpty();
    }

    @Test
    @DisplayName("A cap of the site's holds")
    void cap() throws IOException {
        assertThat(explanation(
                        "\"cap\": {\"alerts\": 1, \"period\": \"PT8M\"}",
                        quoted(
                                "48 x SecretGet,SecretGet,SecretGet,SecretGet,KeyList,KeyList,KeyList,KeyList by user1..4"
                                        + " over 40s at 10:00:05"),
                        "",
                        "{\"exactly\": 1}"))
                .isEmpty();
    }

    @Test
    @DisplayName("A tuning that does not fit is refused with its place, and the rule does not run without it")
    void misfit() throws IOException {
        assertThat(explanation("\"set\": {\"min_event\": 13}", quoted(TWELVE), "", "\"none\""))
                .contains(
                        "c.json:1:75: /tuning/rules/excessive-secret-retrieval/set/min_event",
                        "did you mean \"min_events\"?");
    }
}
