package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.gate.Effects;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What comes of hostile rule files in a running plugin, whether they are refused or run: the processor time and heap that they
 * take, what is done outside, and that the shipped rule beside them says what it says alone. One plugin takes all files, one
 * after the other.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileRulesTest {
    /** Several times what any takes. */
    private static final Duration COMPILING = Duration.ofSeconds(12);

    /** A rule may spend 10 s within a second of event time (bounds.rule-time), and one event more. */
    private static final Duration RUNNING = Duration.ofSeconds(25);

    private static final long ALLOCATED_COMPILING = 1L << 30;
    private static final long HELD = 256L << 20;
    private static final String LONG = "a".repeat(200_000);

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private Path rules = Path.of("");
    private PluginUnderTest test;
    private int minute;
    private long heldBefore;
    private List<String> alone = List.of();

    static Stream<HostileRule> hostile() throws IOException {
        String some = System.getProperty("hostile", ".*");
        return Stream.concat(HostileRule.in("epl-resource").stream(), HostileRule.in("epl-attacks").stream())
                .filter(each -> each.name().matches(some));
    }

    @BeforeAll
    void start(@TempDir Path temp) throws IOException {
        rules = temp.resolve("rules");
        Rules.copyShipped(rules);
        test = PluginUnderTest.started("rules.dir", rules.toString(), "rules.watch", "false", "alerts.cap", "false");
        harvest();
        alone = harvest();
        assertThat(alone).hasSize(2);
        heldBefore = held();
    }

    @AfterAll
    void close() {
        test.close();
    }

    private static long held() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** A minute in which the shipped rule has something to say, and other rules much to do; what the shipped rule said. */
    private List<String> harvest() {
        minute++;
        Instant start = NOON.plusSeconds(60L * minute);
        test.wallClock.set(start);
        test.alerts.clear();
        for (int i = 0; i < 300; i++) {
            test.accept(start.plusMillis(i * 100L), i % 3 == 0 ? "SecretGet" : "SecretBackup", "user" + i % 40);
        }
        for (int i = 0; i < 3; i++) {
            test.accept(start.plusMillis(30_000 + i), "SecretGet", LONG + i);
        }
        test.harvest(start.plusMillis(31_000), 12, "mallory");
        test.plugin.advanceTo(start.plusSeconds(60));
        List<String> said = test.alerts.stream()
                .filter(alert -> alert.ruleId().equals("excessive-secret-retrieval"))
                .map(alert -> alert.stage() + " " + alert.groupingKey() + " " + alert.eventCount() + alert.isAtLeast())
                .toList();
        test.alerts.clear();
        return said;
    }

    private void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @ParameterizedTest
    @MethodSource
    @DisplayName(
            "takes little time and heap, does nothing outside, and the shipped rule beside it says what it says alone")
    void hostile(HostileRule hostile) throws Exception {
        try (Effects effects = new Effects()) {
            Rules.write(rules, "hostile", effects.aim(hostile.epl()), hostile.window());
            long allocated = threads.getCurrentThreadAllocatedBytes();
            long processor = threads.getCurrentThreadCpuTime();
            boolean runs = test.plugin.reload().applied();
            long compiling = threads.getCurrentThreadCpuTime() - processor;
            long allocatedCompiling = threads.getCurrentThreadAllocatedBytes() - allocated;
            processor = threads.getCurrentThreadCpuTime();

            List<String> beside = harvest();
            long running = threads.getCurrentThreadCpuTime() - processor;
            long held = runs ? held() - heldBefore : 0;
            remove(rules.resolve("hostile"));
            assertThat(test.plugin.reload().applied()).isTrue();

            if (Boolean.getBoolean("hostile.print")) {
                System.out.printf(
                        "%-30s %-8s compile %6d ms %6d MB  run %6d ms  held %5d MB  %s%n",
                        hostile,
                        runs ? "RUNS" : "refused",
                        compiling / 1_000_000,
                        allocatedCompiling >> 20,
                        running / 1_000_000,
                        held >> 20,
                        test.notices.stream()
                                .map(n -> n.kind().name())
                                .distinct()
                                .toList());
            }
            boolean isSuspended = test.notices.stream().anyMatch(notice -> notice.kind() == Notice.Kind.RULE_SUSPENDED);
            test.notices.clear();
            assertThat(beside).isEqualTo(alone);
            assertThat(effects.seen()).isEmpty();
            assertThat(Duration.ofNanos(compiling)).isLessThan(COMPILING);
            // With the events of the open window, which the new rule is given; one that is suspended meanwhile has
            // spent its time.
            assertThat(isSuspended || allocatedCompiling < ALLOCATED_COMPILING)
                    .as(allocatedCompiling + " bytes allocated")
                    .isTrue();
            assertThat(Duration.ofNanos(running)).isLessThan(RUNNING);
            assertThat(held).isLessThan(HELD);
        }
    }
}
