package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.gate.EplGate;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** A rule file costs its host neither minutes, nor the heap, nor the disk that its log is on, whatever stands in it. */
class CompileCostTest {
    /** As measured, 2.5 s at most; without bounds 26 s and more than 1 GB. */
    private static final Duration PROCESSOR = Duration.ofSeconds(15);

    private static final long ALLOCATED = 3L << 30;

    static Stream<Arguments> costly() {
        return Stream.of(
                Arguments.of("3000 aggregations", columns(3_000, "distinct_values(city, filter: httpStatus in (%d))")),
                Arguments.of("280 aggregations", columns(280, "distinct_values(city, filter: httpStatus in (%d))")),
                Arguments.of("coalesce of 8000", filter("coalesce(" + list(8_000, "httpStatus") + ") = 1")),
                Arguments.of("max of 3900", filter("max(" + list(3_900, "httpStatus") + ") = 1")),
                Arguments.of("in 3900 names", filter("upn in (" + list(3_900, "city") + ")")),
                Arguments.of("in 30000 numbers", filter("httpStatus in (" + list(30_000, "%d") + ")")),
                Arguments.of("an array of 20000", columns(1, "{" + list(20_000, "%d") + "}")),
                Arguments.of(
                        "a case of 3000",
                        filter("(case "
                                + list(3_000, "when httpStatus in (%d) then true")
                                        .replace(",", " ") + " else false end)")),
                Arguments.of("200 subqueries", columns(200, "(select count(*) from KeyVaultEvent#length(%d) as k)")),
                Arguments.of(
                        "49 statements",
                        IntStream.range(0, 49)
                                        .mapToObj(i -> "insert into S" + i + " select " + list(900, "httpStatus + 1")
                                                + " from KeyVaultEvent;\n")
                                        .collect(Collectors.joining())
                                + filter("true")));
    }

    private static String list(int count, String each) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> each.replace("%d", String.valueOf(i)))
                .collect(Collectors.joining(","));
    }

    private static String filter(String condition) {
        return "@name('alert') select upn, count(*) as n from KeyVaultEvent(" + condition
                + ")#time_batch(1 min, 0L) group by upn having count(*) >= 3;";
    }

    private static String columns(int count, String each) {
        return "@name('alert') select upn, count(*) as n, "
                + IntStream.rangeClosed(1, count)
                        .mapToObj(i -> each.replace("%d", String.valueOf(i)) + " as c" + i)
                        .collect(Collectors.joining(", "))
                + " from KeyVaultEvent(action = 'SecretGet')#time_batch(1 min, 0L) group by upn having count(*) >= 3;";
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    @DisplayName("is refused or compiled in little processor time and heap, and prints nothing")
    void costly(String name, String epl) {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(log);
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long processor = threads.getCurrentThreadCpuTime();
        try {
            Rules.faults(Rules.of("costly", epl))
                    .forEach(fault -> assertThat(fault.problem()).isNotBlank().matches("(?s).*[.?]"));
        } finally {
            root.detachAppender(log);
        }

        assertThat(Duration.ofNanos(threads.getCurrentThreadCpuTime() - processor))
                .isLessThan(PROCESSOR);
        assertThat(threads.getCurrentThreadAllocatedBytes() - allocated).isLessThan(ALLOCATED);
        assertThat(log.list.stream().filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO)))
                .isEmpty();
    }

    @Test
    @DisplayName("that takes more than its budget is refused with a sentence that says both times")
    void overBudget() {
        try (RuleCompiler compiler = new RuleCompiler(
                new EplGate.Permissions(false, false),
                Optional.empty(),
                complaint -> {},
                new Compilations(),
                Duration.ZERO)) {
            RuleException refused =
                    catchThrowableOfType(RuleException.class, () -> compiler.compile(List.of(Rules.shipped())));

            assertThat(refused.faults())
                    .isNotEmpty()
                    .allSatisfy(fault -> assertThat(fault.problem())
                            .matches("Compiling the rule has taken \\d+ ms of processor time, and may take 0 ms; .*"));
        }
    }
}
