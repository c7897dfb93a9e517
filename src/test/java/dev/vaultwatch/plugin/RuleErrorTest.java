package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.read;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Notice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Error in one rule is that rule's failure: the others, the ticker, the accounting and a restart go on. */
class RuleErrorTest {
    private static final String SHIPPED = "excessive-secret-retrieval";

    @TempDir
    Path temp;

    @Test
    @DisplayName(
            "A rule that runs out of heap is suspended; others alert with exact totals, before and after a restart")
    void heap() throws IOException, InterruptedException {
        Path rules = temp.resolve("rules");
        Rules.copyShipped(rules);
        String doubled = "t" + " || t".repeat(19);
        Rules.write(
                rules,
                "hungry",
                "@name('alert') select upn, count(*) as n, window(upn).selectFrom(t => " + doubled
                        + ").countOf() as m from KeyVaultEvent(action = 'KeySign')#time_batch(1 min, 0L) group by upn"
                        + " having count(*) >= " + (SmallHeapHost.HUNGRY - 2) + ";");

        List<String> lines = run(rules, temp.resolve("journal"));

        assertThat(lines)
                .contains("kept " + (SmallHeapHost.HUNGRY + 3), "restarted", "end")
                .anyMatch(
                        line -> line.startsWith("notice RULE_FAILED Rule hungry") && line.contains("OutOfMemoryError"))
                .anyMatch(line -> line.startsWith("notice RULE_SUSPENDED Rule hungry"))
                .noneMatch(line -> line.startsWith("notice") && line.contains("Rule " + SHIPPED));
        assertThat(lines.stream().filter(line -> line.startsWith("alert")))
                .containsExactly(
                        "alert " + SHIPPED + " EARLY 10",
                        "alert " + SHIPPED + " ON_TIME 15",
                        "alert " + SHIPPED + " EARLY 10",
                        "alert " + SHIPPED + " ON_TIME 11");
    }

    private static List<String> run(Path rules, Path journal) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx72m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SmallHeapHost.class.getName(),
                        rules.toString(),
                        journal.toString())
                .redirectErrorStream(true)
                .start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
        return lines;
    }

    @Test
    @DisplayName("A rule that overflows the stack fails alone, whatever little stack the caller has left")
    void stack() throws IOException, InterruptedException {
        Path rules = temp.resolve("rules");
        Rules.copyShipped(rules);
        Rules.write(
                rules,
                "deep",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(httpStatus" + " + durationMs".repeat(380)
                        + " > 5 or action = 'SecretGet')#time_batch(1 min, 0L) group by upn having count(*) >= 5;");
        try (PluginUnderTest test = started("rules.dir", rules.toString(), "rules.watch", "false")) {
            // What is loaded and linked at first use is deep, too.
            test.harvest(NOON.plusSeconds(10), 12, "warm@contoso.example");
            assertThat(test.alerts).isNotEmpty();
            test.alerts.clear();

            int reads = 0;
            int frames = 0;
            for (int attempt = 0; failures(test) == 0 && attempt < 4_000; attempt++) {
                byte[] record =
                        read(NOON.plusSeconds(20).plusMillis(reads), reads % 2 == 0 ? "SecretGet" : "KeyGet", "m");
                int deep = frames;
                boolean fits = onThread(() -> descend(
                        deep,
                        () -> assertThat(test.plugin.accept(record).kept()).isEqualTo(1)));
                reads += fits ? 1 : 0;
                // What a frame takes changes while Java compiles; where the way down takes all, it begins anew.
                frames = fits ? frames + 100 : attempt % 100;
            }

            assertThat(failures(test)).as("failures after %s reads", reads).isPositive();
            assertThat(test.notices)
                    .anySatisfy(notice ->
                            assertThat(notice.message()).contains("Rule deep", "java.lang.StackOverflowError"));
            test.plugin.advanceTo(NOON.plusSeconds(60));
            long expected = reads;
            assertThat(test.alerts.stream().filter(alert -> alert.ruleId().equals(SHIPPED)))
                    .anySatisfy(alert -> assertThat(alert.eventCount()).contains(expected));
        }
    }

    private static long failures(PluginUnderTest test) {
        return test.notices.stream()
                .filter(notice -> notice.kind() == Notice.Kind.RULE_FAILED)
                .count();
    }

    /** Runs a step on a thread with little stack; whether it got to the plugin, from which nothing may come out. */
    private static boolean onThread(Runnable step) throws InterruptedException {
        Throwable[] thrown = {null};
        Thread thread = new Thread(null, step, "little stack", 256 * 1024L);
        thread.setUncaughtExceptionHandler((which, throwable) -> thrown[0] = throwable);
        thread.start();
        thread.join();
        if (thrown[0] instanceof StackOverflowError && isOfTheWayDown(thrown[0].getStackTrace())) {
            return false;
        }
        assertThat(thrown[0]).isNull();
        return true;
    }

    private static boolean isOfTheWayDown(StackTraceElement[] frames) {
        return Arrays.stream(frames).allMatch(frame -> frame.getMethodName().equals("descend"));
    }

    private static int descend(int frames, Runnable bottom) {
        if (frames == 0) {
            bottom.run();
            return 0;
        }
        return 1 + descend(frames - 1, bottom);
    }

    @Test
    @DisplayName("A rule that spends more than its budget is suspended within its window, and the others alert")
    void budget() throws IOException {
        Path rules = temp.resolve("rules");
        Rules.copyShipped(rules);
        Rules.write(
                rules,
                "slow",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'KeySign', upn regexp '((a|b)|x)*y')"
                        + "#time_batch(1 min, 0L) group by upn having count(*) >= 1;");
        try (PluginUnderTest test =
                started("rules.dir", rules.toString(), "rules.watch", "false", "bounds.rule-time", "PT0.1S")) {
            int fed = 0;
            while (test.notices.stream().noneMatch(RuleErrorTest::isSuspension) && fed < 4_000) {
                test.accept(NOON.plusSeconds(10).plusMillis(fed % 900), "KeySign", fed + "x".repeat(5_000));
                fed++;
            }
            assertThat(fed).isLessThan(4_000);
            test.harvest(NOON.plusSeconds(11), 12, "mallory@contoso.example");
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.notices.stream().filter(RuleErrorTest::isSuspension))
                    .singleElement()
                    .extracting(Notice::message)
                    .asString()
                    .contains("Rule slow spent", "bounds.rule-time");
            assertThat(test.alerts.stream().filter(alert -> alert.ruleId().equals(SHIPPED)))
                    .extracting(alert -> alert.stage().name())
                    .containsExactly("EARLY", "ON_TIME");

            assertThat(test.plugin.reload().completeSince()).containsKey("slow");
        }
    }

    private static boolean isSuspension(Notice notice) {
        return notice.kind() == Notice.Kind.RULE_SUSPENDED;
    }

    @Test
    @DisplayName("What compiles and is probably not meant is told at the start and at a reload, once")
    void warnings() throws IOException {
        Path rules = temp.resolve("rules");
        Path shipped = Rules.copyShipped(rules);
        Rules.replace(shipped, "'VaultGet',", "'VaultGet', 'SecretGrab',");
        try (PluginUnderTest test = started("rules.dir", rules.toString(), "rules.watch", "false")) {
            test.plugin.reload();

            assertThat(test.notices).singleElement().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.RULE_WARNING);
                assertThat(notice.message()).contains("rule.epl:" + Rules.lineOf(shipped, "SecretGrab"), "SecretGrab");
            });

            Rules.replace(shipped, "SecretGrab", "SecretGrub");
            test.plugin.reload();

            assertThat(test.notices).hasSize(2);
        }
    }

    @Test
    @DisplayName(
            "A column that no index holds beside another rule's is told at the start and at the reload that brings it, once")
    void clashes() throws IOException {
        Path rules = temp.resolve("rules");
        Rules.copyShipped(rules);
        String other = "@name('alert') select upn, %s as `Esql.event_count` from KeyVaultEvent(action = 'KeySign')"
                + "#time_batch(1 min, 0L) group by upn having count(*) >= 5;";
        Rules.write(rules, "other", other.formatted("count(*)"));
        try (PluginUnderTest test = started("rules.dir", rules.toString(), "rules.watch", "false")) {
            assertThat(test.notices).isEmpty();

            Rules.write(rules, "other", other.formatted("max(vault)"));
            test.plugin.reload();
            test.plugin.reload();

            assertThat(test.notices).singleElement().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.RULE_WARNING);
                assertThat(notice.message())
                        .contains("other/rule.epl:1:", "'Esql.event_count' is a text here", "in rule " + SHIPPED);
            });
        }
        try (PluginUnderTest test = started("rules.dir", rules.toString(), "rules.watch", "false")) {
            assertThat(test.notices).hasSize(1);
        }
    }

    @Test
    @DisplayName("Another severity is that of what is said from the reload on, and nothing is said for its sake")
    void otherSeverity() throws IOException {
        Path rules = temp.resolve("rules");
        Path facts = Rules.copyShipped(rules).resolveSibling("rule.json");
        try (PluginUnderTest test = started("rules.dir", rules.toString(), "rules.watch", "false")) {
            test.harvest(NOON.plusSeconds(10), 12, "warm@contoso.example");
            Rules.replace(facts, "\"severity\": \"medium\"", "\"severity\": \"high\"");
            test.plugin.reload();

            assertThat(test.alerts)
                    .extracting(alert -> alert.stage() + " " + alert.severity())
                    .containsExactly("EARLY medium");

            test.plugin.advanceTo(NOON.plusSeconds(300));
            Rules.replace(facts, "\"riskScore\": 43", "\"riskScore\": 12");
            test.plugin.reload();

            assertThat(test.alerts)
                    .extracting(alert -> alert.stage() + " " + alert.severity())
                    .containsExactly("EARLY medium", "ON_TIME high");

            test.harvest(NOON.plusSeconds(20), 3, "warm@contoso.example");
            test.plugin.advanceTo(NOON.plusSeconds(3_600));

            assertThat(test.alerts)
                    .last()
                    .satisfies(alert -> assertThat(alert.stage() + " " + alert.severity() + " " + alert.riskScore())
                            .isEqualTo("REVISED high 12"));
        }
    }

    @Test
    @DisplayName(
            "What was said before a reload that changes the severity alone is taken back by late events all the same")
    void retractedAfterIt() throws IOException {
        Path rules = temp.resolve("rules");
        Rules.write(
                rules,
                "few",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(action in ('SecretGet', 'KeyGet'))"
                        + "#time_batch(1 min, 0L) group by upn having count(*) >= 3 and count(*) < 6;");
        try (PluginUnderTest test = started("rules.dir", rules.toString(), "rules.watch", "false")) {
            test.harvest(NOON.plusSeconds(10), 4, "warm@contoso.example");
            test.plugin.advanceTo(NOON.plusSeconds(300));
            Rules.replace(rules.resolve("few/rule.json"), "\"severity\": \"low\"", "\"severity\": \"high\"");
            test.plugin.reload();
            test.harvest(NOON.plusSeconds(20), 4, "warm@contoso.example");
            test.plugin.advanceTo(NOON.plusSeconds(3_600));

            assertThat(test.alerts)
                    .extracting(alert -> alert.stage() + " " + alert.severity())
                    .containsExactly("EARLY low", "ON_TIME low", "RETRACTED low");
        }
    }

    @Test
    @DisplayName("An ordered rule with more begun matches than it may have says \"at least\"")
    void beyondItsBound() throws IOException {
        Path rules = temp.resolve("rules");
        Rules.write(
                rules,
                "waiting",
                "@name('alert') select a.upn as upn from pattern [every a=KeyVaultEvent(action = 'SecretList') ->"
                        + " (b=KeyVaultEvent(action = 'KeySign', upn = a.upn) where timer:within(1 min))];",
                "{\"kind\": \"ordered\", \"reach\": \"PT1M\", \"quiet\": \"PT1M\"}");
        try (PluginUnderTest test = started("rules.dir", rules.toString(), "rules.watch", "false")) {
            for (int i = 0; i <= 100_010; i++) {
                test.accept(NOON.plusMillis(i / 10), "SecretList", "u" + i % 50);
            }
            test.accept(NOON.plusSeconds(12), "KeySign", "u7");
            test.plugin.advanceTo(NOON.plusSeconds(300));

            assertThat(test.notices).anySatisfy(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.RULE_LIMITED);
                assertThat(notice.message()).contains("Rule waiting", "at least");
            });
            assertThat(test.alerts).isNotEmpty();
            assertThat(test.alerts.get(0).toEcsJson()).contains("at_least");
        }
    }
}
