package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.Outbox;
import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.LateEvent;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginDescriptor;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.PluginHealth.State;
import dev.vaultwatch.api.ReloadResult;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.decode.KeyVaultDecoder;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.Lane;
import dev.vaultwatch.engine.Row;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.rule.RuleFolder;
import dev.vaultwatch.time.EventTime;
import dev.vaultwatch.time.Windows;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plugin: decodes outside its lock, keeps time and feeds the lane inside it, and delivers outside it again.
 *
 * <pre>
 *   accept ─▶ decode ─▶ [ lock: event time ─▶ lane ─▶ desk ─▶ outbox ] ─▶ deliver
 * </pre>
 *
 * The lock is held for a batch of events at a time and never while foreign code runs: neither a listener nor, since listeners
 * of the engine only collect, anything the engine calls.
 */
final class VaultwatchPlugin implements DetectionPlugin {
    private static final Logger LOG = LoggerFactory.getLogger(VaultwatchPlugin.class);

    private final PluginContext context;
    private final PluginConfig config;
    private final RuleFolder rules;
    private final RuleCompiler compiler = new RuleCompiler();
    private final KeyVaultDecoder decoder;
    private final Outbox outbox;
    private final AlertDesk desk;

    /** Guards what follows, down to the counters. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<String, Long> positions = new HashMap<>();
    private final Counters counters = new Counters();
    private long lastEventAt;
    private State state = State.NEW;
    private @Nullable Running running;
    private @Nullable IdleTicker ticker;
    private Optional<ReloadResult> lastReload = Optional.empty();

    /** Reloads come one at a time, and compile without the lock above. */
    private final ReentrantLock reloading = new ReentrantLock();

    /** Read without the lock by decoding threads: a stale answer lets an event through that the rule's own filter refuses. */
    private volatile Wanted wanted = action -> true;

    private interface Wanted extends java.util.function.Predicate<String> {}

    /** What exists between start and close. */
    private static final class Running {
        private final Windows windows;
        private final EventTime<KeyVaultEvent> time;
        private CompiledRules rules;
        private Lane lane;
        private @Nullable CompiledRules nextRules;
        private @Nullable Lane nextLane;

        Running(CompiledRules rules, PluginConfig config) {
            this.rules = rules;
            this.lane = rules.newLane();
            this.windows = Windows.of(rules.window());
            this.time = new EventTime<>(windows, config.slack(), config.hostOwnsTime());
        }
    }

    private static final class Counters {
        private long records;
        private long kept;
        private long ignored;
        private long late;
        private long bad;
        private long ruleFailures;
        private long listenerFailures;
    }

    VaultwatchPlugin(PluginContext context, PluginConfig config, PluginDescriptor descriptor) {
        this.context = context;
        this.config = config;
        this.rules = config.rulesFolder().map(RuleFolder::at).orElseGet(() -> RuleFolder.packed(descriptor.rules()));
        this.decoder = new KeyVaultDecoder(config.identity(), config.maxRecordBytes());
        this.outbox = new Outbox(context.alerts(), context.notices());
        this.desk = new AlertDesk(outbox, config.early(), config.cap(), config.maxValues());
    }

    // ---- life

    @Override
    public void start() {
        reloading.lock();
        try {
            lock.lock();
            try {
                if (state != State.NEW) {
                    throw new IllegalStateException("The plugin is " + state + "; only a NEW one can be started.");
                }
            } finally {
                lock.unlock();
            }
            CompiledRules compiled = compiler.compile(rules.read());
            Running started = new Running(compiled, config);
            lock.lock();
            try {
                if (state != State.NEW) {
                    started.lane.close();
                    throw new IllegalStateException("The plugin was closed while it started.");
                }
                running = started;
                wanted = compiled::wants;
                state = State.STARTED;
                if (!config.hostOwnsTime() && !config.idleTimeout().isZero()) {
                    ticker = new IdleTicker(this::tick);
                }
            } finally {
                lock.unlock();
            }
            LOG.info("Vaultwatch started with rules {}.", compiled.ids());
        } finally {
            reloading.unlock();
        }
    }

    @Override
    public void close() {
        IdleTicker stopping;
        lock.lock();
        try {
            if (state == State.CLOSED) {
                return;
            }
            state = State.CLOSED;
            stopping = ticker;
            ticker = null;
            if (running != null) {
                desk.finish();
                running.lane.close();
                if (running.nextLane != null) {
                    running.nextLane.close();
                }
                running = null;
            }
        } finally {
            lock.unlock();
        }
        if (stopping != null) {
            stopping.stop();
        }
        outbox.deliverAndWait();
    }

    private Running running() {
        if (running == null) {
            throw new IllegalStateException(
                    "The plugin is " + state + "; events are taken between start() and close().");
        }
        return running;
    }

    // ---- events in

    @Override
    public Admission accept(byte[] json) {
        Objects.requireNonNull(json, "json");
        return take(Optional.empty(), batch -> decoder.decode(json, 0, json.length, wanted, batch));
    }

    @Override
    public Admission accept(Map<String, ?> event) {
        Objects.requireNonNull(event, "event");
        return take(Optional.empty(), batch -> decoder.decode(event, wanted, batch));
    }

    @Override
    public Admission accept(SourcePosition at, byte[] json) {
        Objects.requireNonNull(json, "json");
        return take(Optional.of(at), batch -> decoder.decode(json, 0, json.length, wanted, batch));
    }

    private Admission take(Optional<SourcePosition> at, Consumer<Batch> decode) {
        if (at.isPresent() && wasTaken(at.get())) {
            return new Admission(Admission.Status.REPEATED, 0, 0, 0, 0);
        }
        long now = context.wallClock().millis();
        Batch batch = new Batch(now, config.maxFuture().toMillis());
        decode.accept(batch);
        lock.lock();
        try {
            Running live = running();
            if (at.isPresent() && !claim(at.get())) {
                return new Admission(Admission.Status.REPEATED, 0, 0, 0, 0);
            }
            if (!batch.events().isEmpty()) {
                lastEventAt = now;
                for (KeyVaultEvent event : batch.events()) {
                    feed(live, event, batch);
                }
            }
            count(batch);
        } finally {
            lock.unlock();
        }
        batch.letters().forEach(letter -> callBack("dead-letter", () -> context.deadLetters().onDeadLetter(letter)));
        batch.lateEvents().forEach(event -> callBack("late-event", () -> context.lateEvents().onLateEvent(event)));
        outbox.deliver();
        return batch.admission();
    }

    private void feed(Running live, KeyVaultEvent event, Batch batch) {
        EventTime<KeyVaultEvent> time = live.time;
        time.observe(event.time());
        closeDue(live);
        switch (time.place(event.time())) {
            case OPEN -> {
                live.lane.send(live.windows.startOf(event.time()), event);
                raise(live);
            }
            case HELD -> time.hold(event.time(), event);
            case LATE -> batch.late(new LateEvent(
                    Instant.ofEpochMilli(event.time()),
                    Instant.ofEpochMilli(time.watermark().orElseThrow()),
                    event.toEcs()));
        }
    }

    private boolean wasTaken(SourcePosition at) {
        lock.lock();
        try {
            Long highest = positions.get(at.source());
            return highest != null && at.offset() <= highest;
        } finally {
            lock.unlock();
        }
    }

    private boolean claim(SourcePosition at) {
        Long highest = positions.get(at.source());
        if (highest != null && at.offset() <= highest) {
            return false;
        }
        positions.put(at.source(), at.offset());
        return true;
    }

    private void count(Batch batch) {
        Admission admission = batch.admission();
        counters.records += admission.records();
        counters.kept += admission.kept();
        counters.ignored += admission.ignored();
        counters.late += admission.late();
        counters.bad += admission.bad();
    }

    // ---- time

    @Override
    public void advanceTo(Instant watermark) {
        long millis = toMillis(watermark);
        lock.lock();
        try {
            Running live = running();
            live.time.advanceTo(millis);
            closeDue(live);
        } finally {
            lock.unlock();
        }
        outbox.deliverAndWait();
    }

    /** Milliseconds, for instants of any distance. */
    private static long toMillis(Instant instant) {
        try {
            return instant.toEpochMilli();
        } catch (ArithmeticException e) {
            return instant.isAfter(Instant.EPOCH) ? Long.MAX_VALUE : Long.MIN_VALUE + 1;
        }
    }

    private void tick() {
        lock.lock();
        try {
            if (running == null) {
                return;
            }
            long silent = context.wallClock().millis() - lastEventAt;
            boolean anythingToClose = running.lane.hasOpenWindow() || running.time.heldCount() > 0;
            if (anythingToClose && silent >= config.idleTimeout().toMillis()) {
                running.time.silentFor(silent);
                closeDue(running);
            }
        } finally {
            lock.unlock();
        }
        outbox.deliver();
    }

    /**
     * Closes every window that the watermark has passed, feeding each next one what was held for it. What comes out is raised
     * together, so that the desk sees which windows closed in one step.
     */
    private void closeDue(Running live) {
        EventTime<KeyVaultEvent> time = live.time;
        List<KeyVaultEvent> firstHeld = time.takeHeld();
        if (firstHeld.isEmpty() && !time.closeDue()) {
            return;
        }
        sendHeld(live, firstHeld);
        List<Row> rows = new ArrayList<>(take(live.lane));
        while (time.closeDue()) {
            live.lane.closeWindow();
            rows.addAll(take(live.lane));
            swapIfWaiting(live);
            sendHeld(live, time.close());
            rows.addAll(take(live.lane));
        }
        desk.raise(rows);
        time.openWindow().ifPresent(desk::closedBefore);
    }

    private static void sendHeld(Running live, List<KeyVaultEvent> events) {
        for (KeyVaultEvent event : events) {
            live.lane.send(live.windows.startOf(event.time()), event);
        }
    }

    private void raise(Running live) {
        if (live.lane.hasOutput()) {
            desk.raise(take(live.lane));
        }
    }

    /** The lane's rows; what its rules threw becomes notices. */
    private List<Row> take(Lane lane) {
        lane.takeFailures().forEach(failure -> {
            counters.ruleFailures++;
            outbox.add(new Notice(
                    Notice.Kind.RULE_FAILED,
                    "Rule " + failure.ruleId() + " failed on an event and goes on without it: " + failure.problem(),
                    1));
        });
        return lane.takeRows();
    }

    // ---- rules

    @Override
    public ReloadResult reload() {
        reloading.lock();
        try {
            ReloadResult result = tryReload();
            lock.lock();
            try {
                lastReload = Optional.of(result);
            } finally {
                lock.unlock();
            }
            if (result.applied()) {
                LOG.info("Rules reloaded: {}.", result.rules());
            } else {
                LOG.warn("Rules not reloaded; the old ones go on running. {}", result.faults());
            }
            return result;
        } finally {
            reloading.unlock();
        }
    }

    private ReloadResult tryReload() {
        List<String> inForce;
        Windows windows;
        lock.lock();
        try {
            Running live = running();
            inForce = live.nextRules == null ? live.rules.ids() : live.nextRules.ids();
            windows = live.windows;
        } finally {
            lock.unlock();
        }
        CompiledRules compiled;
        Lane lane;
        try {
            compiled = compiler.compile(rules.read());
            if (!Windows.of(compiled.window()).equals(windows)) {
                throw new RuleException(List.of(new RuleFault(
                        compiled.rules().get(0).file(),
                        0,
                        0,
                        "The windows' length changes from " + windows.lengthMillis() / 1000 + " s to "
                                + compiled.window().toSeconds() + " s, which a restart takes over and a reload does not.")));
            }
            lane = compiled.newLane();
        } catch (RuleException e) {
            return new ReloadResult(false, inForce, e.faults());
        }
        lock.lock();
        try {
            if (running == null) {
                lane.close();
                return new ReloadResult(
                        false, inForce, List.of(new RuleFault("", 0, 0, "The plugin was closed while it reloaded.")));
            }
            if (running.nextLane != null) {
                running.nextLane.close();
            }
            running.nextRules = compiled;
            running.nextLane = lane;
            CompiledRules old = running.rules;
            wanted = action -> old.wants(action) || compiled.wants(action);
            if (!running.lane.hasOpenWindow()) {
                swapIfWaiting(running);
            }
        } finally {
            lock.unlock();
        }
        return new ReloadResult(true, compiled.ids(), List.of());
    }

    /** Lets rules that wait for the window's end take over. Called only while no window is open in the lane. */
    private void swapIfWaiting(Running live) {
        if (live.nextLane == null || live.nextRules == null) {
            return;
        }
        live.lane.close();
        live.lane = live.nextLane;
        live.rules = live.nextRules;
        live.nextLane = null;
        live.nextRules = null;
        wanted = live.rules::wants;
    }

    // ---- health

    @Override
    public PluginHealth health() {
        lock.lock();
        try {
            return new PluginHealth(
                    state,
                    running == null ? List.of() : running.rules.ids(),
                    running == null || running.time.watermark().isEmpty()
                            ? Optional.empty()
                            : Optional.of(Instant.ofEpochMilli(
                                    running.time.watermark().getAsLong())),
                    lastReload,
                    counters.records,
                    counters.kept,
                    counters.ignored,
                    counters.late,
                    counters.bad,
                    running == null ? 0 : running.time.heldCount(),
                    desk.alerts(),
                    desk.withheld(),
                    counters.ruleFailures,
                    counters.listenerFailures + outbox.failures());
        } finally {
            lock.unlock();
        }
    }

    private void callBack(String which, Runnable callback) {
        try {
            callback.run();
        } catch (Throwable e) {
            long failures;
            lock.lock();
            try {
                failures = ++counters.listenerFailures;
            } finally {
                lock.unlock();
            }
            if (failures == 1) {
                LOG.warn(
                        "The host's {} callback threw; what it was given counts as delivered. Further failures are counted"
                                + " in health() and logged at DEBUG.",
                        which,
                        e);
            } else {
                LOG.debug("The host's {} callback threw.", which, e);
            }
        }
    }
}
