package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.Listeners;
import dev.vaultwatch.alert.Outbox;
import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.Enricher;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginDescriptor;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.PluginHealth.State;
import dev.vaultwatch.api.Preview;
import dev.vaultwatch.api.PreviewRequest;
import dev.vaultwatch.api.ReloadResult;
import dev.vaultwatch.api.Snapshot;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.detect.Detector;
import dev.vaultwatch.engine.Compilations;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.enrich.Enrichment;
import dev.vaultwatch.enrich.GeoEnricher;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The plugin's face: its life, and which room serves which call. */
final class VaultwatchPlugin implements DetectionPlugin {
    private static final Logger LOG = LoggerFactory.getLogger(VaultwatchPlugin.class);

    /** The end of a callback is looked for so often: close() may take that much longer than it must. */
    private static final long DRAIN_LOOK_NANOS = 1_000_000;

    /** Callbacks begin on a closing thread for so long beyond close.timeout, which may be 0 with a listener that is quick. */
    private static final long LAST_CALLBACKS_NANOS = 300_000_000;

    /** Longer than any call but a restore, a large block or a reload's swap holds the lock, and short for a probe. */
    private static final long HEALTH_WAIT_NANOS = 100_000_000;

    /** The source of calls that name none. */
    private static final String DEFAULT_SOURCE = "";

    private final PluginConfig config;
    private final RuleCompiler compiler;
    private final Core core;
    private final Intake intake;
    private final TimeKeeper time;
    private final Reloading reloading;
    private volatile @Nullable SourceState defaultSource;

    /** Whether anything was logged about the rules' cache: every rule and every reload would say it again. */
    private final AtomicBoolean toldOfCache = new AtomicBoolean();

    /** Guarded by the lock. */
    private @Nullable IdleTicker ticker;

    private @Nullable RuleWatcher watcher;

    /** Until when close() waits, as {@link System#nanoTime}; written before the ticker is stopped, which reads it. */
    private volatile long closeBy = System.nanoTime();

    VaultwatchPlugin(
            PluginContext context,
            PluginConfig config,
            PluginDescriptor descriptor,
            Compilations compilations,
            Durability.Logs logs,
            LongSupplier nanoTime) {
        this.config = config;
        this.compiler = config.compiler(this::cacheUnfit, compilations);
        Durability durability = new Durability(config, logs);
        Outbox outbox = new Outbox(
                Listeners.of(context), context.delivery(), durability::acknowledged, this::tellReady, nanoTime);
        AlertDesk desk = new AlertDesk(outbox, durability, config.early(), config.cap(), config.maxValues());
        this.core = new Core(context, config, outbox, desk, durability, new Meters());
        durability.serve(core);
        this.intake = new Intake(core, enrichment(context));
        this.time = new TimeKeeper(core);
        this.reloading = new Reloading(core, intake, descriptor.rules(), compiler);
    }

    private void tellReady() {
        core.tellReady();
    }

    private Enrichment enrichment(PluginContext context) {
        Consumer<String> notices = problem -> {
            LOG.warn("{}", problem);
            core.notice(Notice.of(Notice.Kind.ENRICHMENT, problem, 0));
        };
        List<Enricher> enrichers = new ArrayList<>();
        if (!config.enrichFiles().isEmpty()) {
            enrichers.add(GeoEnricher.of(config.enrichFiles(), notices));
        }
        enrichers.addAll(context.enrichers());
        return new Enrichment(enrichers, notices);
    }

    // ---- life

    @Override
    public void start() {
        reloading.alone(this::startAlone);
        core.outbox.deliver();
    }

    private void startAlone() {
        requireNew();
        Map<String, String> seen = RuleWatcher.look(config.watched());
        RuleSet.Compiled ready = reloading.compile();
        CompiledRules compiled = ready.rules();
        core.lock();
        try {
            requireNew();
            Detector started = new Detector(config.detection(), core.reporter, core::notice, compiled);
            core.detector(started);
            core.inForce(ready);
            try {
                core.durability.open(started, intake.repetitions(), compiler);
            } catch (RuntimeException e) {
                // A later start() finds nothing of this one: neither events nor positions nor alerts.
                core.durability.abandon();
                core.detector(null);
                core.forgetSources();
                intake.repetitions().clear();
                started.close(false);
                throw e;
            }
            intake.rules(compiled);
            if (core.state() != State.NEW) {
                throw new IllegalStateException("The plugin was closed while it started.");
            }
            reloading.warn(compiled);
            core.meters.completeSince().forEach(this::incomplete);
            core.state(State.STARTED);
            core.meters.health(core);
            if (config.hasTicker()) {
                ticker = new IdleTicker(time::tick, this::deliverLast);
            }
            if (config.watch() && !config.watched().isEmpty()) {
                watcher = new RuleWatcher(config.watched(), seen, reloading::reloadAndSay);
            }
        } finally {
            core.unlock();
        }
        LOG.info("Vaultwatch started with rules {}.", compiled.ids());
    }

    private void incomplete(String ruleId, Instant since) {
        core.notice(Notice.of(
                Notice.Kind.HISTORY_INCOMPLETE,
                "Rule " + ruleId + " asks for more than was kept before this start; its history is complete from "
                        + since
                        + " on, and alerts about earlier times say that it is not (rules.history=all keeps every event).",
                0));
    }

    private void requireNew() {
        if (core.state() != State.NEW) {
            throw new IllegalStateException("The plugin is " + core.state() + "; only a NEW one can be started.");
        }
    }

    @Override
    public void close() {
        close(config.closeTimeout());
    }

    @Override
    public void close(Duration most) {
        Duration timeout = most.compareTo(config.closeTimeout()) < 0 ? most : config.closeTimeout();
        long deadline = System.nanoTime() + timeout.toNanos();
        if (!core.tryLock(timeout.toNanos())) {
            core.state(State.CLOSED);
            LOG.warn(
                    "Not closed yet: another thread has been inside the plugin for {} (close.timeout). It closes the plugin when"
                            + " it comes out.",
                    timeout);
            core.leaveToHolder(this::closeForAnother);
            return;
        }
        Optional<IdleTicker> stoppingTicker;
        Optional<RuleWatcher> stoppingWatcher;
        try {
            if (core.state() == State.CLOSED && core.detector().isEmpty()) {
                return;
            }
            stoppingTicker = Optional.ofNullable(ticker);
            stoppingWatcher = Optional.ofNullable(watcher);
            closeBy = deadline;
            closeEngine();
        } finally {
            core.unlock();
        }
        // The ticker's last deed is to deliver: a callback that hangs holds it up and not this thread.
        stoppingTicker.ifPresent(each -> each.await(deadline));
        stoppingWatcher.ifPresent(each -> each.await(deadline));
        // The log is open until the last alert is out: it notes what was delivered.
        if (!isDrained(deadline) || isLosing()) {
            LOG.warn(
                    "Closed while a callback has not returned within {} (close.timeout), or alerts are not acknowledged; {}"
                            + " alerts and notices wait. {}.",
                    timeout,
                    core.outbox.waiting(),
                    core.durability.isOnDisk()
                            ? "The next start delivers them otherwise, from the journal"
                            : "Without a journal on disk nothing else does");
        }
        core.durability.close();
    }

    /** Ends the engine and asks the threads to end; under the lock. */
    private void closeEngine() {
        core.state(State.CLOSED);
        List.copyOf(core.previews()).forEach(PreviewLane::end);
        intake.rules(null);
        core.detector().ifPresent(live -> {
            live.close(core.durability.isOnDisk());
            core.durability.endStep(live);
            core.meters.freeze(core.meters.health(core));
            core.detector(null);
        });
        compiler.close();
        if (ticker != null) {
            ticker.stop();
        }
        if (watcher != null) {
            watcher.stop();
        }
        ticker = null;
        watcher = null;
    }

    /** What {@link #close} could not wait for, by the thread that it waited for; under the lock. */
    private void closeForAnother() {
        try {
            closeEngine();
            core.durability.close();
        } catch (RuntimeException e) {
            LOG.error("The plugin was not closed properly.", e);
        }
    }

    /** The ticker's last deed: of two threads that deliver it is the one that a callback may hold. */
    private void deliverLast() {
        core.outbox.deliver();
        while (isOwing() && System.nanoTime() - closeBy < 0) {
            LockSupport.parkNanos(DRAIN_LOOK_NANOS);
            core.outbox.deliverUntil(closeBy);
        }
    }

    /** Whether the listener is to be tried again, since no journal has what it did not take. */
    private boolean isOwing() {
        return !core.durability.isOnDisk() && core.outbox.isBackingOff();
    }

    /** Whether alerts wait that nothing will deliver. */
    private boolean isLosing() {
        return !core.durability.isOnDisk() && core.outbox.waiting() > 0 && !core.outbox.isInside();
    }

    /** Waits until all is delivered; from inside a callback not at all, for it would wait for itself. */
    private boolean isDrained(long deadline) {
        long until = deadline + LAST_CALLBACKS_NANOS;
        core.outbox.deliverUntil(until);
        boolean drained = (core.outbox.isIdle() && !isOwing()) || core.outbox.isInside();
        while (!drained
                && System.nanoTime() < deadline
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(DRAIN_LOOK_NANOS);
            core.outbox.deliverUntil(until);
            drained = core.outbox.isIdle() && !isOwing();
        }
        return drained;
    }

    // ---- events in

    private SourceState defaultSource() {
        SourceState known = defaultSource;
        if (known == null || known.life() != SourceState.Life.OPEN || core.state() != State.STARTED) {
            known = named(DEFAULT_SOURCE, Optional.empty());
            defaultSource = known;
        }
        return known;
    }

    private SourceState named(String name, Optional<String> epoch) {
        core.lock();
        try {
            core.running();
            SourceState source = core.source(name, epoch);
            // A restart must know at once whom the watermark waits for.
            core.endStep();
            return source;
        } finally {
            core.unlock();
        }
    }

    @Override
    public Source source(SourceSpec spec) {
        return new PluginSource(intake, time, named(spec.name(), spec.epoch()));
    }

    @Override
    public Admission accept(byte[] json) {
        Objects.requireNonNull(json, "json");
        return intake.accept(defaultSource(), Optional.empty(), json, 0, json.length);
    }

    @Override
    public Admission accept(byte[] json, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, json.length);
        return intake.accept(defaultSource(), Optional.empty(), json, offset, length);
    }

    @Override
    public Admission accept(Map<String, ?> event) {
        Objects.requireNonNull(event, "event");
        return intake.accept(defaultSource(), Optional.empty(), event);
    }

    @Override
    public Admission accept(SourcePosition at, byte[] json) {
        Objects.requireNonNull(json, "json");
        return intake.accept(
                named(at.source(), Optional.empty()), Optional.of(OffsetRange.at(at.offset())), json, 0, json.length);
    }

    // ---- time

    @Override
    public void advanceTo(Instant watermark) {
        time.advanceAll(watermark);
    }

    @Override
    public void endOfInput() {
        time.endOfInput();
    }

    /** Looks whether sources have fallen silent; for tests that own the wall clock. */
    void tick() {
        time.tick();
    }

    // ---- rules

    @Override
    public ReloadResult reload() {
        return reloading.reload();
    }

    @Override
    public ReloadResult reload(Map<String, String> rulesConfig) {
        return reloading.reload(rulesConfig);
    }

    @Override
    public Preview preview(PreviewRequest request) {
        return reloading.preview(request);
    }

    /** Called while rules are compiled, without the lock. */
    private void cacheUnfit(String complaint) {
        if (toldOfCache.compareAndSet(false, true)) {
            LOG.warn("{} Whatever follows about rules.cache-dir is a notice, too, and is logged at DEBUG.", complaint);
        } else {
            LOG.debug("{}", complaint);
        }
        core.notice(Notice.of(Notice.Kind.RULE_CACHE, complaint, 0));
    }

    // ---- hand-over

    @Override
    public void snapshot(OutputStream to, KeyGroup keys) throws IOException {
        Snapshots.write(core, to, keys);
    }

    @Override
    public Map<Integer, Snapshot> snapshots(ToIntFunction<Map<String, String>> groupOf) {
        return Snapshots.take(core, groupOf);
    }

    @Override
    public void restore(InputStream from) throws IOException {
        Snapshots.read(core, from);
        core.outbox.deliver();
    }

    // ---- looking

    @Override
    public State state() {
        return core.state();
    }

    @Override
    public boolean isReady() {
        return core.state() == State.STARTED && core.outbox.waiting() < config.alertQueue();
    }

    @Override
    public PluginHealth health() {
        if (!core.tryLock(HEALTH_WAIT_NANOS)) {
            return core.meters.healthMeanwhile(core);
        }
        try {
            core.detector().ifPresent(live -> core.noteDelivered());
            return core.meters.health(core);
        } finally {
            core.unlock();
        }
    }
}
