package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

/** Today's rules and changed ones over the same files: the report says what two replays say. */
class PreviewCommandTest {
    private static final Instant START = Instant.parse("2026-03-02T09:00:00Z");
    private static final long SEED = Long.getLong("fuzz.seed", new Random().nextLong());
    private static final String RULE = "excessive-secret-retrieval";

    @TempDir
    Path folder;

    private static String read(Instant time, String action, String user, String vault) {
        return "{\"time\":\"" + time + "\",\"category\":\"AuditEvent\",\"operationName\":\"" + action
                + "\",\"resultType\":\"Success\",\"callerIpAddress\":\"192.0.2.7\",\"identity\":{\"claim\":{\"upn\":\""
                + user + "\"}},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/"
                + vault + "\"}\n";
    }

    /** Bursts of 2 to 20 reads in 40 minutes. */
    private Path records(String user) throws IOException {
        Random random = new Random(SEED);
        StringBuilder text = new StringBuilder();
        for (int minute = 0; minute < 40; minute++) {
            int reads = 2 + random.nextInt(19);
            for (int i = 0; i < reads; i++) {
                text.append(read(
                        START.plusSeconds(minute * 60L + i),
                        random.nextInt(3) == 0 ? "SecretList" : "SecretGet",
                        user,
                        "KV-" + random.nextInt(2)));
            }
        }
        return Files.writeString(folder.resolve("audit.ndjson"), text);
    }

    private static JsonNode json(Object... args) throws IOException {
        CommandLineRun run = CommandLineRun.of(args);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return new ObjectMapper().readTree(run.out());
    }

    private static long alerts(Object... args) {
        List<Object> all = new ArrayList<>(List.of("replay", "--settled", "--format", "ecs"));
        all.addAll(List.of(args));
        // Without what is retracted: a replay says early what a trial waits for.
        return CommandLineRun.of(all.toArray()).outLines().stream()
                .filter(line -> !line.toUpperCase(java.util.Locale.ROOT).contains("RETRACTED"))
                .count();
    }

    private Path tuning(int minEvents) throws IOException {
        return Files.writeString(
                folder.resolve("t" + minEvents + ".json"),
                "{\"rules\": {\"" + RULE + "\": {\"cap\": {\"alerts\": 1000, \"period\": \"PT8M\"}, \"set\":"
                        + " {\"min_events\": " + minEvents + "}}}}");
    }

    @Test
    @DisplayName("One pass says for each value of a swept parameter what a replay with that value says")
    void sweep() throws IOException {
        Path records = records("ann@contoso.example");
        JsonNode report = json("preview", "--sweep", "min_events=2..22", "--format", "json", records);
        assertThat(report.at("/sweep/inOnePass").asBoolean()).isTrue();
        assertThat(report.at("/sweep/now").asLong()).isEqualTo(10);
        assertThat(report.at("/sweep/values")).hasSize(21);
        for (int value : new int[] {2, 3, 9, 10, 15, 22}) {
            assertThat(report.at("/sweep/values/" + (value - 2) + "/alerts").asLong())
                    .as("min_events %d, seed %d", value, SEED)
                    .isEqualTo(alerts("--tuning", tuning(value), records));
        }
    }

    @Test
    @DisplayName("What appears and goes adds up to two replays, and near misses lie just below the threshold")
    void compared() throws IOException {
        Path records = records("ann@contoso.example");
        long today = alerts(records);
        long changed = alerts("--tuning", tuning(6), records);
        JsonNode report = json("preview", "--set", "min_events=6", "--format", "json", records);
        assertThat(report.at("/rules/0/today").asLong()).isEqualTo(today);
        assertThat(report.at("/rules/0/changed").asLong()).isEqualTo(changed);
        assertThat(report.at("/new")).hasSize((int) (changed - today));
        assertThat(report.at("/gone")).isEmpty();
        report.at("/nearMisses")
                .forEach(each -> assertThat(each.at("/value").asLong()).isEqualTo(5));

        JsonNode stricter = json("preview", "--set", "min_events=15", "--format", "json", records);
        assertThat(stricter.at("/gone")).hasSize((int) (today - alerts("--tuning", tuning(15), records)));
        assertThat(stricter.at("/new")).isEmpty();
    }

    @Test
    @DisplayName("A parameter in which the rule is not monotone is said to be none, and each value is run")
    void notMonotone() throws IOException {
        Path rule = Files.createDirectories(folder.resolve("epl").resolve(RULE));
        for (String file : List.of("rule.epl", "rule.json")) {
            Files.copy(Path.of("epl", RULE, file), rule.resolve(file));
        }
        Path epl = rule.resolve("rule.epl");
        Files.writeString(
                epl, Files.readString(epl).replace("having count(*) >= min_events", "having count(*) = min_events"));
        Path records = records("ann@contoso.example");
        JsonNode report = json(
                "preview", "--epl", folder.resolve("epl"), "--sweep", "min_events=9..11", "--format", "json", records);
        assertThat(report.at("/sweep/inOnePass").asBoolean()).isFalse();
        assertThat(report.at("/sweep/values/1/alerts").asLong())
                .isEqualTo(alerts("--epl", folder.resolve("epl"), records));
    }

    @Test
    @DisplayName("The page is well-formed, has no script and nothing from elsewhere, whatever a record says")
    void page() throws Exception {
        Path records = records("<script>alert(1)</script>&'x@contoso.example");
        CommandLineRun run = CommandLineRun.of(
                "preview", "--set", "min_events=6", "--sweep", "min_events=2..12", "--format", "html", records);
        assertThat(run.exitCode()).as(run.err()).isZero();
        String page = run.out();
        assertThat(page).contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;x@contoso.example");
        assertThat(page).doesNotContain("<script").doesNotContain("http://").doesNotContain("https://");
        assertThat(page).contains("default-src 'none'", "prefers-color-scheme:dark", "@media print");
        assertThat(page.split("<rect class=\"sweep\"", -1).length + page.split("<rect class=\"now\"", -1).length - 2)
                .isEqualTo(11);
        javax.xml.parsers.DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(
                        page.replaceFirst("<!DOCTYPE html>", "").replaceAll("<meta ([^>]*)>", "<meta $1/>"))));
    }

    @Test
    @DisplayName("The summary's reasons for records without a user add up, whatever else is looked at")
    void withoutUser() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            String action = i < 5 ? "SecretGet" : i < 9 ? "SecretSet" : "Authentication";
            text.append(read(START.plusSeconds(i), action, "x", "KV-1")
                    .replace("\"upn\":\"x\"", i == 1 ? "" : "\"appid\":\"a\",\"idtyp\":\"app\""));
        }
        Path records = Files.writeString(folder.resolve("apps.ndjson"), text);
        for (CommandLineRun run : List.of(
                CommandLineRun.of("explain", "--rule", RULE, "--key", "a@x.example", "--at", START, records),
                CommandLineRun.of("preview", "--set", "min_events=6", records))) {
            assertThat(run.exitCode()).as(run.err()).isZero();
            assertThat(run.summary("no user"))
                    .startsWith("no user 5 of the kept")
                    .endsWith("(4 an application, 1 no identity)");
        }
    }

    @Test
    @DisplayName("What is asked and can't be is said, and nothing is read")
    void mistakes() throws IOException {
        Path records = records("ann@contoso.example");
        assertThat(CommandLineRun.of("preview", "--set", "min_event=6", records).err())
                .contains("No rule that runs has a parameter \"min_event\"", "min_events of " + RULE)
                .doesNotContain(": No rule");
        CommandLineRun twice = CommandLineRun.of("preview", "--set", "min_events=6", "--set", "min_events=7", records);
        assertThat(twice.exitCode()).isEqualTo(ExitCode.USAGE.code());
        assertThat(twice.err()).contains("expected min_events once, but was given [min_events=6, min_events=7]");
        assertThat(CommandLineRun.of("preview", "--set", "min_events", records).exitCode())
                .isEqualTo(ExitCode.USAGE.code());
        CommandLineRun keys = CommandLineRun.of(
                "explain", "--rule", RULE, "--key", "upn=a", "--key", "upn=b", "--at", START, records);
        assertThat(keys.exitCode()).isEqualTo(ExitCode.USAGE.code());
        assertThat(keys.err()).contains("expected upn once");
        CommandLineRun key = CommandLineRun.of("explain", "--rule", RULE, "--key", "unp=a", "--at", START, records);
        assertThat(key.errLines()).anyMatch(line -> line.startsWith("The grouping key of " + RULE));
        assertThat(CommandLineRun.of("preview", "--sweep", "min_events", records)
                        .exitCode())
                .isEqualTo(ExitCode.USAGE.code());
        assertThat(CommandLineRun.of("preview", "--format", "xml", records).exitCode())
                .isEqualTo(ExitCode.USAGE.code());
        assertThat(CommandLineRun.of("preview", "--tuning", folder.resolve("none.json"), records)
                        .exitCode())
                .isEqualTo(ExitCode.FAILED.code());
    }
}
