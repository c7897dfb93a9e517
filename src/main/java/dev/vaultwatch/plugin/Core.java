package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.Outbox;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth.State;
import dev.vaultwatch.detect.DeskReporter;
import dev.vaultwatch.detect.Detector;
import dev.vaultwatch.time.SourceClock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the plugin's rooms share: one lock, and what it guards. The lock is held for a batch of events at a time and never while
 * foreign code runs: neither a listener nor, since listeners of the engine only collect, anything the engine calls.
 *
 * <pre>
 *   Intake, TimeKeeper, Reloading ─▶ [ lock: log ─▶ detector ─▶ desk ─▶ outbox ] ─▶ deliver
 * </pre>
 */
final class Core {
    /** Some twenty-five microseconds: what feeding a block of lines takes. On a machine of one processor nobody moves meanwhile. */
    private static final int LOOKS = Runtime.getRuntime().availableProcessors() > 1 ? 1_000 : 0;

    /** Closed sources that are remembered: a day of forty vaults with a file an hour each. */
    static final int MOST_CLOSED = 1_000;

    /** The source that has the counters of those that are forgotten. */
    static final String FORGOTTEN = "(closed)";

    final PluginContext context;
    final PluginConfig config;
    final Outbox outbox;
    final AlertDesk desk;
    final DeskReporter reporter;
    final Durability durability;
    final Meters meters;

    private final ReentrantLock lock = new ReentrantLock();
    /** Changed under the lock; looked through without it by a look at a plugin that is busy. */
    private final Map<String, SourceState> sources = new ConcurrentSkipListMap<>();

    /** Those of them that are closed, the longest first; the default source apart, which is the plugin's own. */
    private final Set<SourceState> closed = new LinkedHashSet<>();

    /** Sources forgotten in the present step: their counters are to be logged as nothing. */
    private final Set<String> forgotten = new HashSet<>();

    private @Nullable Detector detector;
    private List<String> exceptions = List.of();

    /** What the thread that holds the lock does before it releases it, for one that could not wait any longer. */
    private volatile @Nullable Runnable beforeRelease;

    /** Rules on trial; guarded by the lock. */
    private final List<PreviewLane> previews = new ArrayList<>();

    /** Whether anybody waits for a source to be taken again. Written under the lock; read without it by those that make room. */
    private volatile boolean awaited;

    /** No source has an offset of events before it; the least of numbers if one may have. */
    private long offsetsFrom = Long.MIN_VALUE;

    /** Written under the lock; read without it by probes. */
    private volatile State state = State.NEW;

    Core(
            PluginContext context,
            PluginConfig config,
            Outbox outbox,
            AlertDesk desk,
            Durability durability,
            Meters meters) {
        this.context = context;
        this.config = config;
        this.outbox = outbox;
        this.desk = desk;
        this.durability = durability;
        this.meters = meters;
        this.reporter = new DeskReporter(desk, this::notice);
    }

    void notice(Notice notice) {
        outbox.add(notice);
    }

    // ---- the lock

    void lock() {
        lock.lock();
    }

    /**
     * Takes the lock, and looks a little longer than the lock itself would before it puts the thread to sleep: another thread
     * holds it for some microseconds, and waking takes longer than that.
     */
    void lockSoon() {
        for (int look = 0; look < LOOKS; look++) {
            if (lock.tryLock()) {
                return;
            }
            Thread.onSpinWait();
        }
        lock.lock();
    }

    boolean tryLock(long nanos) {
        try {
            return lock.tryLock(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return lock.tryLock();
        }
    }

    /** Has the step done under the lock by whichever thread holds it now, or by this one if none does any more. */
    void leaveToHolder(Runnable step) {
        beforeRelease = step;
        if (lock.tryLock()) {
            unlock();
        }
    }

    /**
     * Releases the lock, and tells those who wait for a source that it is taken again. Delivering what was raised is the
     * caller's next step.
     */
    void unlock() {
        if (beforeRelease != null && lock.getHoldCount() == 1) {
            Runnable step = beforeRelease;
            beforeRelease = null;
            step.run();
        }
        List<CompletableFuture<Void>> ready = awaited && lock.getHoldCount() == 1 ? takeReady() : List.of();
        lock.unlock();
        for (CompletableFuture<Void> waiting : ready) {
            waiting.complete(null);
        }
    }

    /** Tells those who wait for a source that it is taken again, after room was made without the lock. */
    void tellReady() {
        if (awaited) {
            lock();
            unlock();
        }
    }

    private List<CompletableFuture<Void>> takeReady() {
        List<CompletableFuture<Void>> ready = new ArrayList<>();
        // True until the end: room that is made meanwhile without the lock must find it so, and look again.
        boolean isLeft = false;
        for (SourceState source : sources.values()) {
            if (!source.isAwaited()) {
                continue;
            }
            CompletableFuture<Void> waiting = detector == null || !isOverloaded(source) ? source.takeReady() : null;
            if (waiting == null) {
                isLeft = true;
            } else {
                ready.add(waiting);
            }
        }
        awaited = isLeft;
        return ready;
    }

    /** Completed when the source would be taken again; under the lock. */
    CompletableFuture<Void> awaitReady(SourceState source) {
        awaited = true;
        return source.awaitReady();
    }

    boolean isOverloaded(SourceState source) {
        return outbox.waiting() >= config.alertQueue() || running().isOverloaded(source.clock());
    }

    // ---- life

    State state() {
        return state;
    }

    void state(State now) {
        state = now;
    }

    Detector running() {
        if (detector == null) {
            throw new IllegalStateException(
                    "The plugin is " + state + "; events are taken between start() and close().");
        }
        return detector;
    }

    Optional<Detector> detector() {
        return Optional.ofNullable(detector);
    }

    /** What the site says of rules that are about to take over. */
    void inForce(RuleSet.Compiled rules) {
        desk.policy(rules.policy(), running().closedTo().orElse(Long.MIN_VALUE));
        exceptions = rules.exceptions();
        for (String warning : rules.warnings()) {
            notice(Notice.of(Notice.Kind.TUNING, warning, 0));
        }
    }

    /** Rules on trial, under the lock; to be changed by those who begin and end trials. */
    List<PreviewLane> previews() {
        return previews;
    }

    /** Lets each trial go the step that the plugin's own detector went. */
    void follow(Consumer<Detector> step) {
        if (!previews.isEmpty()) {
            List.copyOf(previews).forEach(preview -> preview.step(step));
        }
    }

    /** Ids of the site's exceptions in force. */
    List<String> exceptions() {
        return exceptions;
    }

    void detector(@Nullable Detector now) {
        detector = now;
    }

    // ---- sources, under the lock

    SourceState source(String name, Optional<String> epoch) {
        SourceState known = sources.get(name);
        long now = context.wallClock().millis();
        if (known == null) {
            known = new SourceState(name, running().time().open(name, now), epoch);
            sources.put(name, known);
            durability.changed(known);
        } else if (known.life() != SourceState.Life.OPEN || epoch.isPresent()) {
            SourceClock clock = running().time().open(name, now);
            known.reopen(clock, epoch);
            closed.remove(known);
            durability.changed(known);
        }
        return known;
    }

    /** A source that an earlier run knew. */
    SourceState restored(String name, Optional<String> epoch) {
        SourceState known = sources.computeIfAbsent(
                name,
                each -> new SourceState(
                        each, running().time().open(each, context.wallClock().millis()), epoch));
        if (epoch.isPresent() && !epoch.equals(known.epoch())) {
            known.reopen(known.clock(), epoch);
        }
        return known;
    }

    /** The source that counts as having brought events of another owner; one that is not open holds time back for nobody. */
    SourceState lender(String name) {
        SourceState known = sources.get(name);
        if (known == null) {
            known = restored(name, Optional.empty());
            known.life(SourceState.Life.CLOSED);
            running().time().close(known.clock());
        } else if (known.life() == SourceState.Life.REVOKED) {
            known.reopen(running().time().open(name, context.wallClock().millis()), known.epoch());
            known.life(SourceState.Life.CLOSED);
            running().time().close(known.clock());
        }
        return known;
    }

    /** Notes that a source is closed; {@link #forgetClosed} is to follow. */
    void close(SourceState source) {
        source.life(SourceState.Life.CLOSED);
        noteClosed(source);
        durability.changed(source);
    }

    /** The same of a source that an earlier run closed. */
    void noteClosed(SourceState source) {
        closed.remove(source);
        if (!source.name().isEmpty() && !source.name().equals(FORGOTTEN)) {
            closed.add(source);
        }
    }

    /**
     * Forgets the sources that were closed first, beyond {@value #MOST_CLOSED}, once nothing that they brought can change any more: what
     * is brought again under such a name is late. Their counters become one source's, so that no sum grows less.
     */
    void forgetClosed() {
        OptionalLong settled = running().neededSince();
        for (Iterator<SourceState> each = closed.iterator(); closed.size() > MOST_CLOSED && each.hasNext(); ) {
            SourceState source = each.next();
            OptionalLong greatest = source.clock().greatest();
            if (greatest.isPresent() && greatest.getAsLong() >= settled.orElse(Long.MIN_VALUE)) {
                return;
            }
            each.remove();
            sources.remove(source.name());
            running().time().revoke(source.clock());
            SourceState rest = lender(FORGOTTEN);
            source.counters().forEach(rest::count);
            // A restart must know that it is closed: it would wait for it.
            durability.changed(rest);
            forgotten.add(source.name());
        }
    }

    /** A source that is open, closed or revoked, if it is known. */
    Optional<SourceState> known(String name) {
        return Optional.ofNullable(sources.get(name));
    }

    Iterable<SourceState> sources() {
        return sources.values();
    }

    /** The names of those that were forgotten in the present step. */
    Set<String> forgotten() {
        return forgotten;
    }

    void forgetSources() {
        sources.clear();
        closed.clear();
        forgotten.clear();
    }

    /** The end of a step under the lock: what was decided is marked as logged, and what is delivered is noted. */
    void endStep() {
        Detector live = running();
        boolean hasClosed = live.takeClosed();
        if (hasClosed || durability.hasNews()) {
            durability.endStep(live);
            forgotten.clear();
            noteDelivered();
        }
    }

    /** Notes that a source's events of that time lie at that offset or behind it. */
    void note(SourceState source, long eventTime, long offset) {
        source.note(eventTime, offset);
        offsetsFrom = eventTime < offsetsFrom ? Long.MIN_VALUE : offsetsFrom;
    }

    /** There may be tens of thousands of sources: they are asked when there is something to forget. */
    private void forgetOffsetsBefore(long time) {
        if (time != offsetsFrom) {
            offsetsFrom = time;
            sources.values().forEach(source -> source.forgetOffsetsBefore(time));
        }
    }

    /** Takes note if every alert raised so far has been delivered; under the lock. */
    void noteDelivered() {
        if (outbox.isIdle()) {
            Detector live = running();
            meters.allDelivered(live);
            live.lateLosses().delivered();
            live.neededSince().ifPresent(this::forgetOffsetsBefore);
        }
    }
}
