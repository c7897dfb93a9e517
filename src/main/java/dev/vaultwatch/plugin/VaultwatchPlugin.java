package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.Fingerprint;
import dev.vaultwatch.alert.Outbox;
import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
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
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.engine.RuleFailure;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.journal.DiskJournal;
import dev.vaultwatch.journal.SegmentLog;
import dev.vaultwatch.rule.RuleFolder;
import dev.vaultwatch.time.Windows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plugin: decodes outside its lock, runs the {@link Pipeline} inside it, and delivers outside it again.
 *
 * <pre>
 *   accept ─▶ decode ─▶ [ lock: journal on disk ─▶ pipeline ─▶ outbox ] ─▶ deliver
 * </pre>
 *
 * The lock is held for a batch of events at a time and never while foreign code runs: neither a listener nor, since listeners
 * of the engine only collect, anything the engine calls.
 */
final class VaultwatchPlugin implements DetectionPlugin {
    private static final Logger LOG = LoggerFactory.getLogger(VaultwatchPlugin.class);

    /** The end of a callback is looked for so often: close() may take that much longer than it must. */
    private static final long DRAIN_LOOK_NANOS = 1_000_000;

    /** Some ten microseconds: what feeding a block of lines takes. On a machine of one processor nobody moves meanwhile. */
    private static final int LOOKS = Runtime.getRuntime().availableProcessors() > 1 ? 200 : 0;

    private final PluginContext context;
    private final PluginConfig config;
    private final Journals journals;
    private final RuleFolder rules;
    private final RuleCompiler compiler;
    private final KeyVaultDecoder decoder;
    private final Listeners listeners;
    private final long maxFutureMillis;
    private final Outbox outbox;
    private final AlertDesk desk;

    /** Guards what follows, down to the next comment that says otherwise. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Map<String, Long> positions = new HashMap<>();
    private final Repetitions repetitions = new Repetitions();
    private final Counters counters = new Counters();

    /** Counted without the lock by calls that bring nothing else. */
    private final AtomicLong ignored = new AtomicLong();

    private long lastEventAt;
    private State state = State.NEW;
    private @Nullable Pipeline pipeline;
    private @Nullable DiskJournal disk;
    private @Nullable IdleTicker ticker;
    private @Nullable RuleWatcher watcher;
    private Optional<ReloadResult> lastReload = Optional.empty();

    /** Reloads come one at a time, and compile without the lock above. */
    private final ReentrantLock reloading = new ReentrantLock();

    /** Written under the lock and read without it by decoding threads, who then look whether it changed meanwhile. */
    private volatile @Nullable CompiledRules latestRules;

    private static final class Counters {
        private long kept;
        private long late;
        private long bad;
        private long overloaded;
        private long listenerFailures;
        // Of a closed plugin; one that runs asks its pipeline.
        private long reopened;
        private long ruleFailures;
        private long cut;
        private boolean journalFailing;
        private boolean queueFull;
    }

    /** How a journal on disk is opened; a test's disk has faults. */
    interface Journals {
        DiskJournal open(Path folder, SegmentLog.FsyncPolicy fsync, DiskJournal.Reader reader) throws IOException;
    }

    VaultwatchPlugin(PluginContext context, PluginConfig config, PluginDescriptor descriptor, Journals journals) {
        this.context = context;
        this.config = config;
        this.journals = journals;
        this.rules = config.rulesFolder().map(RuleFolder::at).orElseGet(() -> RuleFolder.packed(descriptor.rules()));
        this.decoder = new KeyVaultDecoder(config.identity(), config.maxRecordBytes());
        this.maxFutureMillis = config.maxFuture().toMillis();
        this.listeners = new Listeners(context.alerts().orElseThrow(), context.notices());
        this.outbox = new Outbox(listeners, listeners, this::delivered);
        this.compiler = new RuleCompiler(config.allowUnbounded(), config.cacheFolder(), this::cacheUnfit);
        this.desk = new AlertDesk(outbox, config.early(), config.cap(), config.maxValues());
    }

    // ---- life

    @Override
    public void start() {
        reloading.lock();
        try {
            requireNew();
            Map<String, String> seen =
                    config.rulesFolder().map(RuleWatcher::look).orElse(Map.of());
            CompiledRules compiled = compiler.compile(rules.read());
            lock.lock();
            try {
                requireNew();
                Pipeline started = new Pipeline(config, desk, outbox, compiled, new SecureRandom().nextLong());
                if (config.journalFolder().isPresent()) {
                    try {
                        disk = restore(started);
                    } catch (RuntimeException e) {
                        started.close();
                        throw e;
                    }
                }
                pipeline = started;
                latestRules = compiled;
                state = State.STARTED;
                lastEventAt = context.wallClock().millis();
                if (!config.hostOwnsTime() && !config.idleTimeout().isZero()) {
                    ticker = new IdleTicker(this::tick);
                }
                if (config.watch() && config.rulesFolder().isPresent()) {
                    watcher = new RuleWatcher(config.rulesFolder().get(), seen, this::reloadAndSay);
                }
            } finally {
                lock.unlock();
            }
            LOG.info("Vaultwatch started with rules {}.", compiled.ids());
        } finally {
            reloading.unlock();
        }
        outbox.deliver();
    }

    private void requireNew() {
        lock.lock();
        try {
            if (state != State.NEW) {
                throw new IllegalStateException("The plugin is " + state + "; only a NEW one can be started.");
            }
        } finally {
            lock.unlock();
        }
    }

    /** Does again what the journal on disk says was done, and takes back the alerts that were delivered. */
    private DiskJournal restore(Pipeline restored) {
        Set<String> delivered = new HashSet<>();
        String[] inForce = {restored.rules().fingerprint()};
        try {
            DiskJournal journal =
                    journals.open(config.journalFolder().orElseThrow(), config.fsync(), new DiskJournal.Reader() {
                        @Override
                        public void batch(
                                long watermark,
                                Optional<SourcePosition> at,
                                byte[] hash,
                                List<DiskJournal.Entry> events) {
                            if (watermark != Long.MIN_VALUE) {
                                restored.restoreTo(watermark);
                            }
                            if (isRepetition(at, hash)) {
                                return;
                            }
                            at.ifPresent(VaultwatchPlugin.this::claim);
                            long latest = Long.MIN_VALUE;
                            for (DiskJournal.Entry entry : events) {
                                if (entry.event().isPresent()) {
                                    restored.feed(entry.event().get(), true);
                                    at.ifPresent(position ->
                                            restored.position(entry.time(), position.source(), position.offset()));
                                } else {
                                    restored.observe(entry.time());
                                }
                                latest = Math.max(latest, entry.time());
                            }
                            repetitions.add(hash, latest);
                        }

                        @Override
                        public void watermark(long watermark) {
                            restored.advanceTo(watermark);
                        }

                        @Override
                        public void delivered(DiskJournal.Delivered alert) {
                            delivered.add(alert.fingerprint());
                            restored.delivered(
                                    alert.windowStart(),
                                    alert.id(),
                                    AlertStage.valueOf(alert.stage()),
                                    alert.revision());
                        }

                        @Override
                        public void positions(Map<String, Long> offsets) {
                            offsets.forEach((source, offset) -> claim(new SourcePosition(source, offset)));
                        }

                        @Override
                        public void forgotten(long time) {
                            long settled = restored.windowOf(time);
                            outbox.takeBack(alert -> alert.windowStart().toEpochMilli() < settled);
                        }

                        @Override
                        public void rules(String fingerprint) {
                            keepVerdicts(restored, inForce[0]);
                            inForce[0] = fingerprint;
                        }

                        @Override
                        public void damaged(String what) {
                            outbox.add(Notice.of(Notice.Kind.JOURNAL, what, 1));
                        }
                    });
            keepVerdicts(restored, inForce[0]);
            restored.judgeLate();
            outbox.takeBackDelivered(alert -> delivered.contains(Fingerprint.of(alert)));
            noteRules(journal, restored);
            return journal;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "The journal in " + config.journalFolder().get() + " can't be used: " + problem(e), e);
        }
    }

    /** A sentence: Java's own messages about folders are the path alone, which is said already. */
    private static String problem(IOException failure) {
        if (failure instanceof FileAlreadyExistsException) {
            return "there is a file of that name, and a folder was expected.";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission is denied.";
        }
        if (failure instanceof NoSuchFileException) {
            return "it is not there and can't be made.";
        }
        return failure.getMessage() == null ? failure + "." : failure.getMessage();
    }

    /** Windows that closed under other rules keep the verdict they were given then; today's rules do not judge them again. */
    private void keepVerdicts(Pipeline restored, String rulesThen) {
        if (!rulesThen.equals(restored.rules().fingerprint())) {
            restored.judgeLate();
            long open = restored.openWindow();
            outbox.takeBack(alert -> alert.windowStart().toEpochMilli() < open);
        }
    }

    @Override
    public void close() {
        long deadline = System.nanoTime() + config.closeTimeout().toNanos();
        IdleTicker stoppingTicker;
        RuleWatcher stoppingWatcher;
        DiskJournal closing;
        lock.lock();
        try {
            if (state == State.CLOSED) {
                return;
            }
            state = State.CLOSED;
            latestRules = null;
            stoppingTicker = ticker;
            stoppingWatcher = watcher;
            closing = disk;
            ticker = null;
            watcher = null;
            if (pipeline != null) {
                pipeline.close();
                counters.reopened = pipeline.lateTaken();
                counters.ruleFailures = pipeline.ruleFailures();
                counters.cut = pipeline.journal().cut();
                pipeline = null;
            }
            compiler.close();
        } finally {
            lock.unlock();
        }
        if (stoppingTicker != null) {
            stoppingTicker.stop(deadline);
        }
        if (stoppingWatcher != null) {
            stoppingWatcher.stop(deadline);
        }
        // The journal is open until the last alert is out: it notes what was delivered.
        outbox.deliver();
        if (!isDrained(deadline)) {
            LOG.warn(
                    "Closed while another thread is in a callback that has not returned within {} (close.timeout), and {} alerts"
                            + " and notices wait behind it. It delivers them if it returns; {}.",
                    config.closeTimeout(),
                    outbox.waiting(),
                    closing == null
                            ? "without a journal on disk nothing else does"
                            : "the next start delivers them otherwise, from the journal");
        }
        if (closing != null) {
            lock.lock();
            try {
                disk = null;
                closing.close();
            } catch (IOException e) {
                LOG.warn("The journal could not be closed properly; what it holds is read again at the next start.", e);
            } finally {
                lock.unlock();
            }
        }
    }

    /** Waits until other threads have delivered what there is; from inside a callback not at all, for it would wait for itself. */
    private boolean isDrained(long deadline) {
        boolean drained = outbox.isIdle() || listeners.isInside();
        while (!drained
                && System.nanoTime() < deadline
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(DRAIN_LOOK_NANOS);
            drained = outbox.isIdle();
        }
        return drained;
    }

    private Pipeline running() {
        if (pipeline == null) {
            throw new IllegalStateException(
                    "The plugin is " + state + "; events are taken between start() and close().");
        }
        return pipeline;
    }

    // ---- events in

    @Override
    public Admission accept(byte[] json) {
        Objects.requireNonNull(json, "json");
        return take(Optional.empty(), hash(json), batch -> decoder.decode(json, 0, json.length, batch, batch));
    }

    @Override
    public Admission accept(Map<String, ?> event) {
        Objects.requireNonNull(event, "event");
        return take(Optional.empty(), Repetitions.NONE, batch -> decoder.decode(event, batch, batch));
    }

    @Override
    public Admission accept(SourcePosition at, byte[] json) {
        Objects.requireNonNull(json, "json");
        return take(Optional.of(at), hash(json), batch -> decoder.decode(json, 0, json.length, batch, batch));
    }

    private byte[] hash(byte[] json) {
        return config.dedupe() ? Repetitions.hash(json) : Repetitions.NONE;
    }

    private Admission take(Optional<SourcePosition> at, byte[] hash, Consumer<Batch> decode) {
        Batch batch;
        do {
            batch = new Batch(rulesInForce(), context.wallClock(), maxFutureMillis);
            if (outbox.waiting() < config.alertQueue()) {
                decode.accept(batch);
            } else {
                noticeFullQueue();
                batch.refuse(Admission.Status.OVERLOADED);
            }
        } while (!feed(at, hash, batch));
        if (batch.isAllIgnored()) {
            return batch.admission();
        }
        if (batch.isTaken()) {
            for (DeadLetter letter : batch.letters()) {
                callBack("dead-letter", () -> context.deadLetters().onDeadLetter(letter));
            }
            for (LateEvent event : batch.lateEvents()) {
                callBack("late-event", () -> context.lateEvents().onLateEvent(event));
            }
        }
        outbox.deliver();
        return batch.admission();
    }

    /** Says once that the queue is full; again when it has been so after calls were taken. */
    private void noticeFullQueue() {
        lock.lock();
        try {
            running();
            if (!counters.queueFull) {
                counters.queueFull = true;
                outbox.add(Notice.of(
                        Notice.Kind.OVERLOADED,
                        config.alertQueue() + " alerts and notices wait for the host's listener (bounds.alert-queue);"
                                + " calls are answered with OVERLOADED until it has taken some.",
                        0));
            }
        } finally {
            lock.unlock();
        }
    }

    private CompiledRules rulesInForce() {
        CompiledRules rulesNow = latestRules;
        if (rulesNow != null) {
            return rulesNow;
        }
        lock.lock();
        try {
            return running().rules();
        } finally {
            lock.unlock();
        }
    }

    /** False if a reload changed what is wanted while the batch was decoded: it must be decoded again. */
    private boolean feed(Optional<SourcePosition> at, byte[] hash, Batch batch) {
        if (batch.isAllIgnored() && at.isEmpty() && hash.length == 0 && batch.rules() == latestRules) {
            // Nothing that the lock guards depends on it.
            ignored.addAndGet(batch.admission().ignored());
            return true;
        }
        lockSoon();
        try {
            Pipeline live = running();
            if (batch.rules() != live.rules()) {
                return false;
            }
            if (batch.isTaken()) {
                feed(live, at, hash, batch);
            }
            if (batch.isTaken()) {
                count(batch);
            } else if (batch.isOverloaded()) {
                counters.overloaded++;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the lock, and looks a little longer than the lock itself would before it puts the thread to sleep: another thread
     * holds it for some microseconds, and waking takes longer than that.
     */
    private void lockSoon() {
        for (int look = 0; look < LOOKS; look++) {
            if (lock.tryLock()) {
                return;
            }
            Thread.onSpinWait();
        }
        lock.lock();
    }

    private void feed(Pipeline live, Optional<SourcePosition> at, byte[] hash, Batch batch) {
        if (isRepetition(at, hash)) {
            batch.refuse(Admission.Status.REPEATED);
            return;
        }
        if (at.isPresent()) {
            // Often enough that positions do not pile up if nobody asks for health().
            noteDelivered(live);
        }
        if (!batch.events().isEmpty()) {
            if (live.isOverloaded() || !journal(live, at, hash, batch.events())) {
                batch.refuse(Admission.Status.OVERLOADED);
                return;
            }
            lastEventAt = batch.now();
            long latest = Long.MIN_VALUE;
            for (KeyVaultEvent event : batch.events()) {
                live.feed(event, batch.hasLongTexts()).ifPresent(batch::late);
                if (at.isPresent()) {
                    live.position(event.time(), at.get().source(), at.get().offset());
                }
                latest = Math.max(latest, event.time());
            }
            repetitions.add(hash, latest);
            repetitions.forgetBefore(live.horizon());
        }
        at.ifPresent(this::claim);
    }

    private void noteDelivered(Pipeline live) {
        if (outbox.isIdle()) {
            live.allDelivered();
        }
    }

    private boolean isRepetition(Optional<SourcePosition> at, byte[] hash) {
        if (at.isPresent()) {
            Long highest = positions.get(at.get().source());
            if (highest != null && at.get().offset() <= highest) {
                return true;
            }
        }
        return repetitions.has(hash);
    }

    private void claim(SourcePosition at) {
        positions.merge(at.source(), at.offset(), Math::max);
    }

    private void count(Batch batch) {
        Admission admission = batch.admission();
        counters.queueFull = false;
        counters.kept += admission.kept();
        ignored.addAndGet(admission.ignored());
        counters.late += admission.late();
        counters.bad += admission.bad();
    }

    // ---- the journal on disk

    /** Writes a batch before it is fed. False if it can't be written: then it must not be fed, for a restart would not know it. */
    private boolean journal(Pipeline live, Optional<SourcePosition> at, byte[] hash, List<KeyVaultEvent> events) {
        if (disk == null) {
            return true;
        }
        try {
            disk.batch(live.watermark().orElse(Long.MIN_VALUE), at, hash, live.forJournal(events));
        } catch (IOException e) {
            journalFailed(e, "the batch is answered with OVERLOADED, to be sent again");
            giveBackSpace(live);
            return false;
        }
        boolean safe = false;
        try {
            disk.commit();
            safe = true;
        } catch (IOException e) {
            journalFailed(e, "what was written may not survive a power loss");
        }
        if (giveBackSpace(live) && safe) {
            counters.journalFailing = false;
        }
        return true;
    }

    /** Removes from the disk what no window needs. False if that failed; it is tried again with the next batch. */
    private boolean giveBackSpace(Pipeline live) {
        if (disk != null && outbox.isIdle()) {
            try {
                disk.forgetBefore(live.horizon());
            } catch (IOException e) {
                journalFailed(e, "the space of settled windows is not given back yet");
                return false;
            }
        }
        return true;
    }

    private void journalWatermark(Pipeline live, OptionalLong before) {
        if (disk == null || live.watermark().isEmpty() || live.watermark().equals(before)) {
            return;
        }
        try {
            disk.watermark(live.watermark().getAsLong());
        } catch (IOException e) {
            journalFailed(
                    e, "after a crash before the next batch the windows that closed now are closed a little later");
        }
        // Time alone may free what a full disk lacks; no batch would.
        giveBackSpace(live);
    }

    private void journalRules(Pipeline live) {
        if (disk != null) {
            noteRules(disk, live);
        }
    }

    private void noteRules(DiskJournal journal, Pipeline live) {
        try {
            journal.rules(live.rules().fingerprint());
        } catch (IOException e) {
            journalFailed(
                    e,
                    "after a crash before the next batch, windows that closed under the new rules keep the verdict of the"
                            + " old ones");
        }
    }

    /** Called by the outbox after a callback, without the lock. */
    private void delivered(Alert alert) {
        if (config.journalFolder().isEmpty()) {
            return;
        }
        lock.lock();
        try {
            if (disk != null) {
                disk.delivered(new DiskJournal.Delivered(
                        alert.id(),
                        alert.stage().name(),
                        alert.revision(),
                        alert.windowStart().toEpochMilli(),
                        Fingerprint.of(alert)));
            }
        } catch (IOException e) {
            journalFailed(
                    e,
                    "after a crash before the next batch the alert may be delivered again, under the same id and stage");
        } finally {
            lock.unlock();
        }
    }

    private void journalFailed(IOException thrown, String consequence) {
        if (!counters.journalFailing) {
            counters.journalFailing = true;
            String message = "The journal in "
                    + config.journalFolder().map(Object::toString).orElse("") + " can't be written ("
                    + thrown.getMessage() + "); " + consequence + ".";
            LOG.error("{} Further failures in a row are logged at DEBUG.", message, thrown);
            outbox.add(Notice.of(Notice.Kind.JOURNAL, message, 1));
        } else {
            LOG.debug("The journal still can't be written; {}.", consequence, thrown);
        }
    }

    // ---- time

    @Override
    public void advanceTo(Instant watermark) {
        long millis = toMillis(watermark);
        lock.lock();
        try {
            Pipeline live = running();
            OptionalLong before = live.watermark();
            live.advanceTo(millis);
            journalWatermark(live, before);
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

    /** Looks whether the source has fallen silent; the ticker's, or that of a test that owns the wall clock. */
    void tick() {
        lock.lock();
        try {
            if (pipeline == null) {
                return;
            }
            long silent = context.wallClock().millis() - lastEventAt;
            if (silent >= config.idleTimeout().toMillis() && pipeline.hasUnfinished()) {
                OptionalLong before = pipeline.watermark();
                pipeline.silentFor(silent);
                journalWatermark(pipeline, before);
            } else if (pipeline.hasLate()) {
                pipeline.judgeLate();
            }
        } finally {
            lock.unlock();
        }
        outbox.deliver();
    }

    // ---- rules

    @Override
    public ReloadResult reload() {
        ReloadResult result;
        reloading.lock();
        try {
            result = tryReload();
            boolean repeated;
            lock.lock();
            try {
                repeated = lastReload.isPresent() && lastReload.get().faults().equals(result.faults());
                lastReload = Optional.of(result);
            } finally {
                lock.unlock();
            }
            if (result.applied()) {
                LOG.info("Rules reloaded: {}.", result.rules());
            } else if (repeated) {
                LOG.debug("Rules not reloaded, for the same reason as before. {}", result.faults());
            } else {
                LOG.warn("Rules not reloaded; the old ones go on running. {}", result.faults());
            }
        } finally {
            reloading.unlock();
        }
        outbox.deliver();
        return result;
    }

    /** For the watcher, which has nobody to answer to but the operator. */
    private void reloadAndSay() {
        ReloadResult result;
        try {
            result = reload();
        } catch (IllegalStateException e) {
            // Closed meanwhile.
            return;
        }
        outbox.add(Notice.of(
                Notice.Kind.RULES_RELOADED,
                result.applied()
                        ? "The rules' folder changed; in force are " + result.rules() + "."
                        : "The rules' folder changed and was refused; the old rules go on running. "
                                + String.join(
                                        " ",
                                        result.faults().stream()
                                                .map(RuleFault::toString)
                                                .toList()),
                result.applied() ? 0 : result.faults().size()));
        outbox.deliver();
    }

    private ReloadResult tryReload() {
        List<String> inForce;
        Windows windows;
        lock.lock();
        try {
            inForce = running().rules().ids();
            windows = Windows.of(RuleLanes.window(running().rules()));
        } finally {
            lock.unlock();
        }
        Pipeline.Candidate candidate;
        try {
            CompiledRules compiled = compiler.compile(rules.read());
            if (!Windows.of(RuleLanes.window(compiled)).equals(windows)) {
                throw new RuleException(List.of(new RuleFault(
                        compiled.rules().get(0).rule().file(),
                        0,
                        0,
                        "The windows' length changes from " + windows.lengthMillis() / 1000 + " s to "
                                + RuleLanes.window(compiled).toSeconds()
                                + " s, which a restart takes over and a reload does not.")));
            }
            candidate = new Pipeline.Candidate(compiled);
        } catch (RuleException e) {
            return ReloadResult.refused(inForce, e.faults());
        }
        try {
            return warmAndSwap(candidate, inForce);
        } finally {
            candidate.close();
        }
    }

    private ReloadResult warmAndSwap(Pipeline.Candidate candidate, List<String> inForce) {
        lock.lock();
        try {
            if (pipeline != null) {
                pipeline.note(candidate);
            }
        } finally {
            lock.unlock();
        }
        candidate.fill();
        Optional<RuleFailure> failure = candidate.failure();
        lock.lock();
        try {
            if (pipeline == null || failure.isPresent()) {
                return ReloadResult.refused(
                        inForce,
                        List.of(new RuleFault(
                                failure.map(RuleFailure::ruleId).orElse(""),
                                0,
                                0,
                                failure.map(f -> "The rule fails on the events of the open window: " + f.problem())
                                        .orElse("The plugin was closed while it reloaded."))));
            }
            pipeline.swap(candidate);
            latestRules = pipeline.rules();
            journalRules(pipeline);
            return ReloadResult.applied(pipeline.rules().ids(), Map.of());
        } finally {
            lock.unlock();
        }
    }

    /** Called while rules are compiled, without the lock. */
    private void cacheUnfit(String complaint) {
        LOG.warn("{}", complaint);
        outbox.add(Notice.of(Notice.Kind.RULE_CACHE, complaint, 0));
    }

    // ---- health

    @Override
    public PluginHealth health() {
        lock.lock();
        try {
            Optional<Pipeline> live = Optional.ofNullable(pipeline);
            live.ifPresent(this::noteDelivered);
            long ignoredSoFar = ignored.get();
            return PluginHealth.builder(state)
                    .rules(live.map(p -> p.rules().ids()).orElse(List.of()))
                    .watermark(live.flatMap(p -> instant(p.watermark())))
                    .lastReload(lastReload)
                    .value(Counter.RECORDS, counters.kept + ignoredSoFar + counters.late + counters.bad)
                    .value(Counter.KEPT, counters.kept)
                    .value(Counter.IGNORED, ignoredSoFar)
                    .value(Counter.REOPENED, live.map(Pipeline::lateTaken).orElse(counters.reopened))
                    .value(Counter.LATE, counters.late)
                    .value(Counter.BAD, counters.bad)
                    .value(Counter.OVERLOADED, counters.overloaded)
                    .value(Counter.CUT, live.map(p -> p.journal().cut()).orElse(counters.cut))
                    .value(Counter.HELD, live.map(Pipeline::heldCount).orElse(0L))
                    .value(Counter.ALERTS, desk.alerts())
                    .value(Counter.WITHHELD, desk.withheld())
                    .value(
                            Counter.RULE_FAILURES,
                            live.map(Pipeline::ruleFailures).orElse(counters.ruleFailures))
                    .value(Counter.LISTENER_FAILURES, counters.listenerFailures + outbox.failures())
                    .value(
                            Counter.STORE_BYTES,
                            live.map(p -> p.journal().bytes()).orElse(0L))
                    .value(Counter.LOG_BYTES, disk == null ? 0 : disk.bytes())
                    .resume(
                            live.flatMap(p -> instant(p.resumeAt())),
                            live.flatMap(p -> instant(p.oldestNeeded())),
                            live.map(p -> p.journal().oldestPositions()).orElse(Map.of()))
                    .build();
        } finally {
            lock.unlock();
        }
    }

    private static Optional<Instant> instant(OptionalLong millis) {
        return millis.isPresent() ? Optional.of(Instant.ofEpochMilli(millis.getAsLong())) : Optional.empty();
    }

    // ---- to come with the redesign of the core

    private static UnsupportedOperationException toCome() {
        return new UnsupportedOperationException("Not built yet.");
    }

    @Override
    public Admission accept(byte[] json, int offset, int length) {
        throw toCome();
    }

    @Override
    public void endOfInput() {
        throw toCome();
    }

    @Override
    public dev.vaultwatch.api.Source source(dev.vaultwatch.api.SourceSpec spec) {
        throw toCome();
    }

    @Override
    public void snapshot(java.io.OutputStream to, dev.vaultwatch.api.KeyGroup keys) {
        throw toCome();
    }

    @Override
    public void restore(java.io.InputStream from) {
        throw toCome();
    }

    @Override
    public State state() {
        throw toCome();
    }

    @Override
    public boolean isReady() {
        throw toCome();
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
                        new CallbackFailure(e));
            } else {
                LOG.debug("The host's {} callback threw.", which, new CallbackFailure(e));
            }
        }
    }
}
