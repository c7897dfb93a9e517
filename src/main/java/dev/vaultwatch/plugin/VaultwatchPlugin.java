package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.Listeners;
import dev.vaultwatch.alert.Outbox;
import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginDescriptor;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.PluginHealth.State;
import dev.vaultwatch.api.ReloadResult;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.detect.Detector;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.RuleCompiler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The plugin's face: its life, and which room serves which call. */
final class VaultwatchPlugin implements DetectionPlugin {
    private static final Logger LOG = LoggerFactory.getLogger(VaultwatchPlugin.class);

    /** The end of a callback is looked for so often: close() may take that much longer than it must. */
    private static final long DRAIN_LOOK_NANOS = 1_000_000;

    /** The source of calls that name none. */
    private static final String DEFAULT_SOURCE = "";

    private final PluginConfig config;
    private final RuleCompiler compiler;
    private final Core core;
    private final Intake intake;
    private final TimeKeeper time;
    private final Reloading reloading;
    private volatile @Nullable SourceState defaultSource;

    /** Guarded by the lock. */
    private @Nullable IdleTicker ticker;

    private @Nullable RuleWatcher watcher;

    VaultwatchPlugin(PluginContext context, PluginConfig config, PluginDescriptor descriptor, Durability.Logs logs) {

        this.config = config;
        this.compiler = config.compiler(this::cacheUnfit);
        Durability durability = new Durability(config, logs);
        Outbox outbox =
                new Outbox(Listeners.of(context), context.delivery(), durability::acknowledged, System::nanoTime);
        AlertDesk desk = new AlertDesk(outbox, durability, config.early(), config.cap(), config.maxValues());
        this.core = new Core(context, config, outbox, desk, durability, new Meters());
        durability.serve(core);
        this.intake = new Intake(core);
        this.time = new TimeKeeper(core);
        this.reloading = new Reloading(core, intake, () -> config.readRules(descriptor.rules()), compiler);
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
            core.desk.policy(ready.policy());
            try {
                core.durability.open(started, intake.repetitions());
            } catch (RuntimeException e) {
                // A later start() finds nothing of this one: neither events nor positions nor alerts.
                core.durability.abandon();
                core.detector(null);
                core.forgetSources();
                started.close(false);
                throw e;
            }
            intake.rules(compiled);
            core.state(State.STARTED);
            if (!config.hostOwnsTime() && !config.idleTimeout().isZero()) {
                ticker = new IdleTicker(time::tick);
            }
            if (config.watch() && !config.watched().isEmpty()) {
                watcher = new RuleWatcher(config.watched(), seen, reloading::reloadAndSay);
            }
        } finally {
            core.unlock();
        }
        LOG.info("Vaultwatch started with rules {}.", compiled.ids());
    }

    private void requireNew() {
        if (core.state() != State.NEW) {
            throw new IllegalStateException("The plugin is " + core.state() + "; only a NEW one can be started.");
        }
    }

    @Override
    public void close() {
        long deadline = System.nanoTime() + config.closeTimeout().toNanos();
        IdleTicker stoppingTicker;
        RuleWatcher stoppingWatcher;
        if (!core.tryLock(config.closeTimeout().toNanos())) {
            LOG.warn(
                    "Not closed: another thread has been inside the plugin for {} (close.timeout), in a rule as it seems. Its"
                            + " resources are given up when it returns.",
                    config.closeTimeout());
            core.state(State.CLOSED);
            return;
        }
        try {
            if (core.state() == State.CLOSED && core.detector().isEmpty()) {
                return;
            }
            core.state(State.CLOSED);
            intake.rules(null);
            stoppingTicker = ticker;
            stoppingWatcher = watcher;
            ticker = null;
            watcher = null;
            core.detector().ifPresent(live -> {
                live.close(core.durability.isOnDisk());
                core.durability.endStep(live);
                core.meters.freeze(core.meters.health(core));
                core.detector(null);
            });
            compiler.close();
        } finally {
            core.unlock();
        }
        if (stoppingTicker != null) {
            stoppingTicker.stop(deadline);
        }
        if (stoppingWatcher != null) {
            stoppingWatcher.stop(deadline);
        }
        // The log is open until the last alert is out: it notes what was delivered.
        core.outbox.deliver();
        if (!isDrained(deadline)) {
            LOG.warn(
                    "Closed while another thread is in a callback that has not returned within {} (close.timeout), or alerts"
                            + " are not acknowledged; {} alerts and notices wait. {}.",
                    config.closeTimeout(),
                    core.outbox.waiting(),
                    core.durability.isOnDisk()
                            ? "The next start delivers them otherwise, from the journal"
                            : "Without a journal on disk nothing else does");
        }
        core.durability.close();
    }

    /** Waits until other threads have delivered what there is; from inside a callback not at all, for it would wait for itself. */
    private boolean isDrained(long deadline) {
        boolean drained = core.outbox.isIdle() || core.outbox.isInside();
        while (!drained
                && System.nanoTime() < deadline
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(DRAIN_LOOK_NANOS);
            core.outbox.deliver();
            drained = core.outbox.isIdle();
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

    /** Called while rules are compiled, without the lock. */
    private void cacheUnfit(String complaint) {
        LOG.warn("{}", complaint);
        core.notice(Notice.of(Notice.Kind.RULE_CACHE, complaint, 0));
    }

    // ---- hand-over

    @Override
    public void snapshot(OutputStream to, KeyGroup keys) throws IOException {
        Snapshots.write(core, to, keys);
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
        core.lock();
        try {
            core.detector().ifPresent(live -> core.noteDelivered());
            return core.meters.health(core);
        } finally {
            core.unlock();
        }
    }
}
