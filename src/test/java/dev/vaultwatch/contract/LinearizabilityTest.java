package dev.vaultwatch.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.contract.History.Model;
import dev.vaultwatch.contract.History.Step;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads that feed, close minutes and look at once: the answers, and the alerts in the end, are those of some order of the
 * same calls one after the other. The inputs are seeded; the schedule is the machine's, so another run sees other histories, and
 * each of them must pass.
 *
 * <p>Why not Lincheck: see docs/RATIONALE.md.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LinearizabilityTest {
    private static final long SEED = 20261124;
    private static final int HISTORIES = 400;
    private static final int LIVES = 6;
    private static final int THREADS = 3;
    private static final int CALLS = 5;
    private static final int MINUTES = 2;

    /** Two calls cross the rule's threshold of ten. */
    private static final int READS = 6;

    private static final Instant NOON = Instant.parse("2026-11-03T12:00:00Z");

    // ---- what is asked

    private enum Kind {
        START,
        ACCEPT,
        ACCEPT_AT,
        ADVANCE,
        HEALTH,
        VERDICT,
        CLOSE
    }

    /** What one thing means depends on the kind: minute and user, or minute and offset. */
    private record Operation(Kind kind, int minute, int which) {}

    // ---- what should be answered

    /**
     * Minutes that are open, closed or not yet begun; a person's reads in each.
     *
     * @param life NEW, STARTED or CLOSED
     * @param closed the last minute that was closed; -1 for none
     * @param offset the highest taken; -1 for none
     * @param reads by minute and user, of minutes that are not closed
     * @param verdicts by minute and user, of alerts that were raised
     */
    private record Sequential(
            PluginHealth.State life,
            int closed,
            int offset,
            int kept,
            int late,
            Map<String, Integer> reads,
            Map<String, Integer> verdicts)
            implements Model<Operation> {

        static Sequential at(PluginHealth.State life) {
            return new Sequential(life, -1, -1, 0, 0, Map.of(), Map.of());
        }

        @Override
        public Step<Operation> ask(Operation operation) {
            boolean started = life == PluginHealth.State.STARTED;
            return switch (operation.kind()) {
                case START ->
                    life == PluginHealth.State.NEW
                            ? new Step<>("ok", living(PluginHealth.State.STARTED))
                            : new Step<>("refused", this);
                case CLOSE -> new Step<>("ok", living(PluginHealth.State.CLOSED));
                case HEALTH -> new Step<>(life + " " + kept + " " + late, this);
                case VERDICT -> new Step<>(new TreeMap<>(verdicts).toString(), this);
                case ADVANCE -> started ? new Step<>("ok", closing(operation.minute())) : new Step<>("refused", this);
                case ACCEPT ->
                    started ? taking(operation.minute(), "u" + operation.which(), offset) : new Step<>("refused", this);
                case ACCEPT_AT -> {
                    if (!started) {
                        yield new Step<>("refused", this);
                    }
                    yield operation.which() <= offset
                            ? new Step<>("REPEATED 0 0", this)
                            : taking(operation.minute(), "positioned", operation.which());
                }
            };
        }

        private Sequential living(PluginHealth.State next) {
            return new Sequential(next, closed, offset, kept, late, reads, verdicts);
        }

        private Step<Operation> taking(int minute, String user, int nextOffset) {
            if (minute <= closed) {
                return new Step<>(
                        "TAKEN 0 " + READS,
                        new Sequential(life, closed, nextOffset, kept, late + READS, reads, verdicts));
            }
            Map<String, Integer> more = new TreeMap<>(reads);
            more.merge(minute + " " + user, READS, Integer::sum);
            return new Step<>(
                    "TAKEN " + READS + " 0",
                    new Sequential(life, closed, nextOffset, kept + READS, late, more, verdicts));
        }

        private Sequential closing(int minute) {
            Map<String, Integer> open = new TreeMap<>(reads);
            Map<String, Integer> said = new TreeMap<>(verdicts);
            reads.forEach((key, count) -> {
                if (Integer.parseInt(key.substring(0, key.indexOf(' '))) <= minute) {
                    open.remove(key);
                    if (count >= 10) {
                        said.put(key, count);
                    }
                }
            });
            return new Sequential(life, Math.max(closed, minute), offset, kept, late, open, said);
        }
    }

    // ---- what is answered

    /** A plugin asked about a few minutes of its own, which no other history uses. */
    private static final class Asked {
        private final DetectionPlugin plugin;
        private final ConcurrentLinkedQueue<Alert> alerts;
        private final Instant from;
        private final String source;
        private final PluginHealth before;

        Asked(DetectionPlugin plugin, ConcurrentLinkedQueue<Alert> alerts, int history) {
            this.plugin = plugin;
            this.alerts = alerts;
            this.from = NOON.plusSeconds(60L * (MINUTES + 1) * history);
            this.source = "source-" + history;
            this.before = plugin.health();
        }

        String ask(Operation operation) {
            try {
                return switch (operation.kind()) {
                    case START -> {
                        plugin.start();
                        yield "ok";
                    }
                    case CLOSE -> {
                        plugin.close();
                        yield "ok";
                    }
                    case ADVANCE -> {
                        plugin.advanceTo(from.plusSeconds(60L * (operation.minute() + 1)));
                        yield "ok";
                    }
                    case ACCEPT -> said(plugin.accept(lines(operation.minute(), "u" + operation.which())));
                    case ACCEPT_AT ->
                        said(plugin.accept(
                                new SourcePosition(source, operation.which()),
                                lines(operation.minute(), "positioned")));
                    case HEALTH -> {
                        PluginHealth now = plugin.health();
                        yield now.state() + " " + (now.kept() - before.kept()) + " " + (now.late() - before.late());
                    }
                    case VERDICT -> verdict();
                };
            } catch (IllegalStateException e) {
                return "refused";
            }
        }

        private static String said(Admission admission) {
            return admission.status() + " " + admission.kept() + " " + admission.late();
        }

        private String verdict() {
            Map<String, Long> totals = new TreeMap<>();
            for (Alert alert : alerts) {
                long minute = (alert.windowStart().getEpochSecond() - from.getEpochSecond()) / 60;
                totals.put(
                        minute + " " + alert.groupingKey().values().iterator().next(),
                        alert.eventCount().orElseThrow());
            }
            return totals.toString();
        }

        private byte[] lines(int minute, String user) {
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < READS; i++) {
                lines.append("{\"time\":\"")
                        .append(from.plusSeconds(60L * minute + i))
                        .append("\",\"category\":\"AuditEvent\",\"operationName\":\"")
                        .append(i % 2 == 0 ? "SecretGet" : "KeyGet")
                        .append("\",\"identity\":{\"claim\":{\"upn\":\"")
                        .append(user)
                        .append("\"}}}\n");
            }
            return lines.toString().getBytes(StandardCharsets.UTF_8);
        }
    }

    private static DetectionPlugin create(ConcurrentLinkedQueue<Alert> alerts) {
        return ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(PluginContext.builder()
                        .config("time.owner", "host")
                        .config("time.lateness", "PT0S")
                        .config("time.max-future", "PT0S")
                        .config("alerts.early", "false")
                        .config("alerts.cap", "false")
                        .onAlert(alerts::add)
                        .build());
    }

    private static Operation feeding(Random random) {
        int minute = random.nextInt(MINUTES);
        return switch (random.nextInt(8)) {
            case 0, 1, 2, 3 -> new Operation(Kind.ACCEPT, minute, random.nextInt(2));
            case 4, 5 -> new Operation(Kind.ACCEPT_AT, minute, random.nextInt(3));
            case 6 -> new Operation(Kind.ADVANCE, minute, 0);
            default -> new Operation(Kind.HEALTH, 0, 0);
        };
    }

    private static Operation living(Random random) {
        return switch (random.nextInt(10)) {
            case 0, 1 -> new Operation(Kind.START, 0, 0);
            case 2 -> new Operation(Kind.CLOSE, 0, 0);
            default -> feeding(random);
        };
    }

    /** Lets the threads loose on their operations and takes the verdict when they are done. */
    private static History<Operation> run(ExecutorService pool, Asked asked, List<List<Operation>> byThread)
            throws Exception {
        History<Operation> history = new History<>();
        CyclicBarrier start = new CyclicBarrier(byThread.size());
        List<Future<?>> running = new ArrayList<>();
        for (List<Operation> operations : byThread) {
            running.add(pool.submit(() -> {
                start.await();
                for (Operation operation : operations) {
                    history.call(operation, () -> asked.ask(operation));
                }
                return Optional.empty();
            }));
        }
        for (Future<?> each : running) {
            each.get();
        }
        Operation last = new Operation(Kind.ADVANCE, MINUTES - 1, 0);
        history.call(last, () -> asked.ask(last));
        Operation verdict = new Operation(Kind.VERDICT, 0, 0);
        history.call(verdict, () -> asked.ask(verdict));
        return history;
    }

    private interface Choice {
        Operation next(Random random);
    }

    private static List<List<Operation>> operations(Random random, Choice choice) {
        List<List<Operation>> byThread = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            List<Operation> operations = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) {
                operations.add(choice.next(random));
            }
            byThread.add(operations);
        }
        return byThread;
    }

    @Test
    void givenThreadsThatFeedAndCloseMinutesThenTheirAnswersAreThoseOfSomeOrderOfTheCalls() throws Exception {
        ConcurrentLinkedQueue<Alert> alerts = new ConcurrentLinkedQueue<>();
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        int raised = 0;
        try (DetectionPlugin plugin = create(alerts)) {
            plugin.start();
            for (int i = 0; i < HISTORIES; i++) {
                History<Operation> history = run(
                        pool,
                        new Asked(plugin, alerts, i),
                        operations(new Random(SEED + i), LinearizabilityTest::feeding));

                assertThat(history.isLinearizable(Sequential.at(PluginHealth.State.STARTED)))
                        .as("seed %d, history %d:%n%s", SEED, i, history)
                        .isTrue();
                raised += alerts.size();
                alerts.clear();
            }
        } finally {
            pool.shutdownNow();
        }
        assertThat(raised).as("alerts that the histories raised").isGreaterThan(HISTORIES / 10);
    }

    @Test
    void givenThreadsThatStartAndCloseBetweenThemThenTheirAnswersAreThoseOfSomeOrderOfTheCalls() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        try {
            for (int i = 0; i < LIVES; i++) {
                ConcurrentLinkedQueue<Alert> alerts = new ConcurrentLinkedQueue<>();
                try (DetectionPlugin plugin = create(alerts)) {
                    History<Operation> history = run(
                            pool,
                            new Asked(plugin, alerts, i),
                            operations(new Random(SEED - i), LinearizabilityTest::living));

                    assertThat(history.isLinearizable(Sequential.at(PluginHealth.State.NEW)))
                            .as("seed %d, life %d:%n%s", SEED, i, history)
                            .isTrue();
                }
            }
        } finally {
            pool.shutdownNow();
        }
    }

    // ---- the search itself

    @Test
    void givenAReadCountedLateBeforeAnyMinuteClosedThenTheHistoryIsRefused() {
        History<Operation> history = new History<Operation>()
                .noted(new Operation(Kind.ACCEPT, 0, 0), "TAKEN 0 6", 1, 2)
                .noted(new Operation(Kind.ADVANCE, 0, 0), "ok", 3, 4);

        assertThat(history.isLinearizable(Sequential.at(PluginHealth.State.STARTED)))
                .isFalse();
    }

    @Test
    void givenThatReadAtTheSameTimeAsTheCloseThenTheHistoryIsTakenInTheOtherOrder() {
        History<Operation> history = new History<Operation>()
                .noted(new Operation(Kind.ACCEPT, 0, 0), "TAKEN 0 6", 1, 4)
                .noted(new Operation(Kind.ADVANCE, 0, 0), "ok", 2, 3);

        assertThat(history.isLinearizable(Sequential.at(PluginHealth.State.STARTED)))
                .isTrue();
    }

    @Test
    void givenAnAlertThatMissesACallThenTheHistoryIsRefused() {
        History<Operation> history = new History<Operation>()
                .noted(new Operation(Kind.ACCEPT, 0, 0), "TAKEN 6 0", 1, 3)
                .noted(new Operation(Kind.ACCEPT, 0, 0), "TAKEN 6 0", 2, 4)
                .noted(new Operation(Kind.ACCEPT, 0, 0), "TAKEN 6 0", 5, 6)
                .noted(new Operation(Kind.ADVANCE, 0, 0), "ok", 7, 8)
                .noted(new Operation(Kind.VERDICT, 0, 0), "{0 u0=12}", 9, 10);

        assertThat(history.isLinearizable(Sequential.at(PluginHealth.State.STARTED)))
                .isFalse();
    }
}
