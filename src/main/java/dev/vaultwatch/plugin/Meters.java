package dev.vaultwatch.plugin;

import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.ReloadResult;
import dev.vaultwatch.api.WithheldAlert;
import dev.vaultwatch.detect.Detector;
import dev.vaultwatch.log.CounterPart;
import dev.vaultwatch.time.SourceClock;
import dev.vaultwatch.tuning.AlertPolicy;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Counts what no other room counts, and reads all counters together. What is counted without the lock says so; the rest is
 * guarded by it.
 */
final class Meters {
    /** Without the lock. */
    private final AtomicLong acceptNanos = new AtomicLong();

    private final AtomicLong listenerFailures = new AtomicLong();

    /** Of counters that say why; without the lock. */
    private final Map<Counter, AtomicLong> tallies = new EnumMap<>(Counter.class);

    /** Answers of enrichers that were lost; without the lock. */
    private LongSupplier enricherFailures = () -> 0;

    private long reloadNanos;
    private long userless;
    private long overloadedNanos;
    private long overloadedSince;
    /** These two are read without the lock, too. */
    private volatile OptionalLong resumeAt = OptionalLong.empty();

    private volatile OptionalLong oldestNeeded = OptionalLong.empty();
    private Optional<ReloadResult> lastReload = Optional.empty();
    private Map<String, Instant> completeSince = Map.of();

    /** What an earlier run counted, of counters that are kept over restarts. */
    private final Map<Counter, Long> carried = new EnumMap<>(Counter.class);

    /** The same of parts. */
    private final Map<CounterPart, Long> carriedParts = new HashMap<>();

    /** Of a closed plugin. */
    private Optional<PluginHealth> last = Optional.empty();

    /** What was read last; read without the lock. */
    private volatile PluginHealth seen =
            PluginHealth.builder(PluginHealth.State.NEW).build();

    void accepted(long nanos) {
        acceptNanos.addAndGet(nanos);
    }

    /** Counts a callback about records that threw; gives how many have. */
    long listenerFailed() {
        return listenerFailures.incrementAndGet();
    }

    /** Counts lost answers of enrichers by asking; once, before the plugin starts. */
    void ask(LongSupplier failuresOfEnrichers) {
        enricherFailures = failuresOfEnrichers;
    }

    void reloaded(ReloadResult result, long nanos) {
        lastReload = Optional.of(result);
        reloadNanos += nanos;
    }

    /** Since when the history of rules is complete, of those whose is not. Under the lock, as what reads it. */
    void completeSince(Map<String, Instant> byRule) {
        completeSince = byRule;
    }

    Map<String, Instant> completeSince() {
        return completeSince;
    }

    Optional<ReloadResult> lastReload() {
        return lastReload;
    }

    Meters() {
        for (Counter counter : Counter.values()) {
            tallies.put(counter, new AtomicLong());
        }
    }

    private AtomicLong tallied(Counter counter) {
        return Objects.requireNonNull(tallies.get(counter));
    }

    /** Counts what some of a call's records were; without the lock. */
    void tally(Counter counter, int records) {
        tallied(counter).addAndGet(records);
    }

    void userless(long events) {
        userless += events;
    }

    void overloaded(boolean now) {
        if (now && overloadedSince == 0) {
            overloadedSince = System.nanoTime();
        } else if (!now && overloadedSince != 0) {
            overloadedNanos += System.nanoTime() - overloadedSince;
            overloadedSince = 0;
        }
    }

    /**
     * Every alert raised so far has been delivered. Only then may a host without a log forget what they rest on: one that waits
     * behind another thread's callback would be lost with the process.
     */
    void allDelivered(Detector live) {
        resumeAt = live.settledTo();
        oldestNeeded = live.neededSince();
    }

    void carry(CounterPart part, long value) {
        if (part.part().isEmpty()) {
            carried.put(part.counter(), value);
        } else {
            carriedParts.put(part, value);
        }
    }

    /** What the site's tuning kept from counting or from being delivered, and what rules in the shadow found. */
    private Map<CounterPart, Long> kept(Core core) {
        Map<CounterPart, Long> kept = new HashMap<>(carriedParts);
        for (String exception : core.exceptions()) {
            kept.putIfAbsent(new CounterPart(Counter.EXCEPTED_EVENTS, exception), 0L);
            kept.putIfAbsent(new CounterPart(Counter.EXCEPTED_ALERTS, exception), 0L);
        }
        AlertPolicy policy = core.desk.policy();
        add(kept, Counter.EXCEPTED_EVENTS, core.reporter.excepted());
        add(kept, Counter.EXCEPTED_ALERTS, policy.hits());
        add(kept, Counter.SUPPRESSED, policy.keptBack(AlertPolicy.Outcome.SUPPRESSED));
        add(kept, Counter.SHADOWED, policy.keptBack(AlertPolicy.Outcome.SHADOW));
        return kept;
    }

    private static void add(Map<CounterPart, Long> to, Counter counter, Map<String, Long> parts) {
        parts.forEach((part, value) -> to.merge(new CounterPart(counter, part), value, Long::sum));
    }

    /** The counters that are kept over restarts, as they are now. */
    Map<CounterPart, Long> persistent(Core core) {
        Map<CounterPart, Long> values = new HashMap<>();
        for (SourceState source : core.sources()) {
            source.counters().forEach((counter, value) -> values.put(new CounterPart(counter, source.name()), value));
        }
        for (String source : core.forgotten()) {
            SourceState.COUNTED.forEach(counter -> values.put(new CounterPart(counter, source), 0L));
        }
        Detector live = core.running();
        put(values, Counter.REOPENED, live.reopened());
        put(values, Counter.WITHOUT_USER, userless);
        for (Counter counter : Counter.values()) {
            if (tallied(counter).get() > 0) {
                put(values, counter, tallied(counter).get());
            }
        }
        long[] cut = {0};
        live.meter((id, its, bytes, nanos) -> cut[0] += its);
        put(values, Counter.CUT, cut[0]);
        put(values, Counter.RULE_FAILURES, core.reporter.failures());
        put(values, Counter.ENRICHER_FAILURES, enricherFailures.getAsLong());
        put(values, Counter.LISTENER_FAILURES, listenerFailures.get() + core.outbox.failures());
        values.putAll(kept(core));
        return values;
    }

    private void put(Map<CounterPart, Long> values, Counter counter, long sinceStart) {
        values.put(new CounterPart(counter, ""), carried.getOrDefault(counter, 0L) + sinceStart);
    }

    /** The plugin is closed: this is its health from now on. */
    void freeze(PluginHealth health) {
        last = Optional.of(health);
    }

    /**
     * What there is to say without the lock, while a call holds it: the counters that were read last, and what is so now of
     * state and positions. A host commits by the latter, so they may be too old but never too new.
     */
    PluginHealth healthMeanwhile(Core core) {
        PluginHealth.Builder health = copy(seen, core);
        // Positions first: a time that is later than they need makes nothing late that counts.
        Map<String, Long> positions = new HashMap<>();
        for (SourceState source : core.sources()) {
            source.oldestOffset().ifPresent(offset -> positions.put(source.name(), offset));
        }
        return health.resume(instant(resumeAt), instant(oldestNeeded), positions)
                .build();
    }

    /** What was read before, with the state and what waits as they are now; without the lock. */
    private static PluginHealth.Builder copy(PluginHealth before, Core core) {
        PluginHealth.Builder health = PluginHealth.builder(core.state())
                .rules(before.rules())
                .watermark(before.watermark())
                .lastReload(before.lastReload())
                .completeSince(before.completeSince())
                .changingSince(before.changingSince());
        for (Counter counter : Counter.values()) {
            health.value(counter, before.value(counter));
            before.parts(counter).forEach((of, value) -> health.part(counter, of, value));
        }
        return health.value(Counter.WAITING, core.outbox.waiting())
                .value(Counter.OLDEST_WAITING, core.outbox.oldestWaitingMillis());
    }

    PluginHealth health(Core core) {
        PluginHealth now = read(core);
        seen = now;
        return now;
    }

    private PluginHealth read(Core core) {
        if (core.detector().isEmpty() && last.isPresent()) {
            // Only delivering has gone on.
            return copy(last.get(), core)
                    .value(
                            Counter.LISTENER_FAILURES,
                            carried.getOrDefault(Counter.LISTENER_FAILURES, 0L)
                                    + listenerFailures.get()
                                    + core.outbox.failures())
                    .resume(
                            last.get().resumeAt(),
                            last.get().oldestNeeded(),
                            last.get().oldestPositions())
                    .build();
        }
        PluginHealth.Builder health =
                PluginHealth.builder(core.state()).lastReload(lastReload).completeSince(completeSince);
        Map<Counter, Long> totals = new EnumMap<>(Counter.class);
        carried.forEach((counter, value) -> totals.merge(counter, value, Long::sum));
        core.detector().ifPresent(live -> live(core, live, health, totals));
        totals.merge(Counter.WITHOUT_USER, userless, Long::sum);
        for (Counter counter : Counter.values()) {
            totals.merge(counter, tallied(counter).get(), Long::sum);
        }
        totals.merge(
                Counter.OVERLOADED_TIME,
                millis(overloadedNanos + (overloadedSince == 0 ? 0 : System.nanoTime() - overloadedSince)),
                Long::sum);
        totals.merge(Counter.ENRICHER_FAILURES, enricherFailures.getAsLong(), Long::sum);
        totals.merge(Counter.LISTENER_FAILURES, listenerFailures.get() + core.outbox.failures(), Long::sum);
        totals.merge(Counter.ACCEPT_TIME, millis(acceptNanos.get()), Long::sum);
        totals.merge(Counter.RELOAD_TIME, millis(reloadNanos), Long::sum);
        totals.put(Counter.WAITING, (long) core.outbox.waiting());
        totals.put(Counter.OLDEST_WAITING, core.outbox.oldestWaitingMillis());
        totals.put(Counter.LOG_BYTES, core.durability.bytes());
        totals.forEach(health::value);
        return health.build();
    }

    private void live(Core core, Detector live, PluginHealth.Builder health, Map<Counter, Long> totals) {
        health.rules(live.rules().ids())
                .watermark(instant(live.time().merged()))
                .changingSince(live.changingSince());
        Map<String, Long> positions = new HashMap<>();
        long now = core.context.wallClock().millis();
        for (SourceState source : core.sources()) {
            SourceClock clock = source.clock();
            source.counters().forEach((counter, value) -> {
                totals.merge(counter, value, Long::sum);
                health.part(counter, source.name(), value);
            });
            long records = records(source.counters());
            totals.merge(Counter.RECORDS, records, Long::sum);
            health.part(Counter.RECORDS, source.name(), records).part(Counter.HELD, source.name(), clock.held());
            clock.watermark().ifPresent(at -> health.part(Counter.WATERMARK_LAG, source.name(), now - at));
            source.oldestOffset().ifPresent(offset -> positions.put(source.name(), offset));
        }
        live.time().merged().ifPresent(at -> totals.put(Counter.WATERMARK_LAG, now - at));
        totals.merge(Counter.REOPENED, live.reopened(), Long::sum);
        totals.put(Counter.HELD, live.time().held());
        totals.put(Counter.STORE_BYTES, live.bytes());
        totals.merge(Counter.CLOSE_TIME, millis(live.closeNanos()), Long::sum);
        totals.merge(Counter.RULE_FAILURES, core.reporter.failures(), Long::sum);
        core.reporter.failuresByRule().forEach((rule, value) -> health.part(Counter.RULE_FAILURES, rule, value));
        live.meter((id, cut, bytes, nanos) -> {
            totals.merge(Counter.CUT, cut, Long::sum);
            totals.merge(Counter.RULE_TIME, millis(nanos), Long::sum);
            health.part(Counter.CUT, id, cut)
                    .part(Counter.STORE_BYTES, id, bytes)
                    .part(Counter.RULE_TIME, id, millis(nanos));
        });
        for (String rule : core.desk.ruleIds()) {
            totals.merge(Counter.ALERTS, core.desk.alerts(rule), Long::sum);
            totals.merge(Counter.WITHHELD, core.desk.withheld(rule), Long::sum);
            totals.merge(Counter.RETRACTED, core.desk.retracted(rule), Long::sum);
            health.part(Counter.ALERTS, rule, core.desk.alerts(rule))
                    .part(Counter.WITHHELD, rule, core.desk.withheld(rule))
                    .part(Counter.RETRACTED, rule, core.desk.retracted(rule));
        }
        health.withheldAlerts(core.desk.withheld().stream()
                .map(alert -> WithheldAlert.of(
                        alert.ruleId(), alert.id(), alert.key(), Instant.ofEpochMilli(alert.anchor()), alert.events()))
                .toList());
        kept(core).forEach((part, value) -> {
            totals.merge(part.counter(), value, Long::sum);
            health.part(part.counter(), part.part(), value);
        });
        health.resume(instant(resumeAt), instant(oldestNeeded), positions);
    }

    /** All that was read of a source, whatever became of it. */
    static long records(Map<Counter, Long> of) {
        return of.getOrDefault(Counter.KEPT, 0L)
                + of.getOrDefault(Counter.IGNORED, 0L)
                + of.getOrDefault(Counter.UNRECOGNISED, 0L)
                + of.getOrDefault(Counter.REPEATED, 0L)
                + of.getOrDefault(Counter.LATE, 0L)
                + of.getOrDefault(Counter.BAD, 0L);
    }

    private static long millis(long nanos) {
        return nanos / 1_000_000;
    }

    private static Optional<Instant> instant(OptionalLong millis) {
        return millis.isPresent() && Math.abs(millis.getAsLong()) < Long.MAX_VALUE / 4
                ? Optional.of(Instant.ofEpochMilli(millis.getAsLong()))
                : Optional.empty();
    }
}
