package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.CallbackFailure;
import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.LateEvent;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.decode.ContentIdentity;
import dev.vaultwatch.decode.DayOrder;
import dev.vaultwatch.decode.EventSink;
import dev.vaultwatch.decode.KeyVaultDecoder;
import dev.vaultwatch.detect.Detector;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.enrich.Enrichment;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes records: decodes outside the lock, feeds inside it, delivers outside it again. Thread-safe. */
final class Intake {
    private static final Logger LOG = LoggerFactory.getLogger(Intake.class);

    /** Kinds of unknown objects that are told; more would be a flood of notices. */
    private static final int MOST_TOLD = 20;

    /** Calls of so many bytes are all timed. Of smaller ones, which two looks at the clock cost some percent, one in {@link #TIMED_ONE_IN}. */
    private static final int LARGE = 16 * 1024;

    /** Drawn at random, so that what comes at regular distances is met as often as all else. */
    private static final int TIMED_ONE_IN = 16;

    private final Core core;
    private final KeyVaultDecoder decoder;
    private final Enrichment enrichment;
    private final long maxFutureMillis;
    private final Repetitions repetitions = new Repetitions();

    /** Written under the lock and read without it by decoding threads, who then look whether it changed meanwhile. */
    private volatile Batch.@Nullable InForce latestRules;

    /** First members of objects that were no records, as far as they were told. */
    private final Set<List<String>> toldKeys = ConcurrentHashMap.newKeySet();

    private boolean queueFullTold;

    /** What was worked out for these rules, kept because the decoder knows the set by its identity. */
    private record Needed(CompiledRules rules, Set<Property> properties) {}

    private volatile @Nullable Needed needed;

    Intake(Core core, Enrichment enrichment) {
        this.core = core;
        this.enrichment = enrichment;
        core.meters.ask(enrichment::failures);
        this.decoder = new KeyVaultDecoder(core.config.identity(), core.config.maxRecordBytes());
        this.maxFutureMillis = core.config.maxFuture().toMillis();
    }

    /** Decodes for these rules from now on; under the lock. */
    void rules(@Nullable CompiledRules now) {
        latestRules = now == null
                ? null
                : new Batch.InForce(
                        now,
                        core.previews().stream().map(PreviewLane::rules).toList(),
                        core.previews().stream().anyMatch(PreviewLane::wantsAll),
                        core.config.keepAll());
    }

    Repetitions repetitions() {
        return repetitions;
    }

    Admission accept(SourceState source, Optional<OffsetRange> range, byte[] json, int offset, int length) {
        return take(source, range, json, offset, length, Map.of());
    }

    Admission accept(SourceState source, Optional<OffsetRange> range, Map<String, ?> event) {
        return take(source, range, null, 0, 0, event);
    }

    private void decode(SourceState source, byte[] json, int offset, int length, Batch batch) {
        DayOrder order = source.borrowDayOrder();
        try {
            decoder.decode(json, offset, length, batch, batch, order);
        } finally {
            source.giveBack(order);
        }
    }

    /** Takes bytes, or a map if there are none. */
    private Admission take(
            SourceState source,
            Optional<OffsetRange> range,
            byte @Nullable [] json,
            int offset,
            int length,
            Map<String, ?> event) {
        int timedFor = timedFor(length);
        long before = timedFor == 0 ? 0 : System.nanoTime();
        Batch batch;
        do {
            long skip = range.isPresent() ? takenOf(source, range.get()) : 0;
            Batch.InForce rules = rulesInForce();
            batch = new Batch(rules, propertiesFor(rules), core.context.wallClock(), maxFutureMillis, skip);
            if (core.outbox.waiting() < core.config.alertQueue()) {
                if (json == null) {
                    decoder.decode(event, batch, batch);
                } else {
                    decode(source, json, offset, length, batch);
                }
                if (!enrichment.isEmpty()) {
                    batch.enrich(enrichment);
                }
            } else {
                noticeFullQueue();
                batch.refuse(Admission.Status.OVERLOADED);
            }
        } while (!feed(source, range, batch));
        if (timedFor > 0) {
            core.meters.accepted((System.nanoTime() - before) * timedFor);
        }
        if (batch.isTaken()) {
            tell(batch);
        }
        if (batch.isAllIgnored() && core.outbox.waiting() == 0) {
            return batch.admission();
        }
        if (batch.isTaken()) {
            for (DeadLetter letter : batch.letters()) {
                callBack("dead-letter", () -> core.context.deadLetters().onDeadLetter(letter));
            }
            for (LateEvent late : batch.lateEvents()) {
                callBack("late-event", () -> core.context.lateEvents().onLateEvent(late));
            }
        }
        core.outbox.deliver();
        return batch.admission();
    }

    /** For how many calls of its kind a call's time stands; 0 if it isn't timed. */
    private static int timedFor(int length) {
        if (length >= LARGE) {
            return 1;
        }
        return ThreadLocalRandom.current().nextInt(TIMED_ONE_IN) == 0 ? TIMED_ONE_IN : 0;
    }

    /** What of the input a person should know; what is said of objects that are no records is said once for each kind of them. */
    private void tell(Batch batch) {
        batch.tallies(core.meters::tally);
        for (String note : batch.notes()) {
            core.notice(Notice.of(Notice.Kind.INPUT, note, 0));
        }
        List<String> keys = batch.firstUnrecognised();
        if (!keys.isEmpty() && toldKeys.size() < MOST_TOLD && toldKeys.add(keys)) {
            core.notice(Notice.of(
                    Notice.Kind.UNRECOGNISED,
                    "An object was not recognised: its first members are " + String.join(", ", keys)
                            + ". Expected a Key Vault record (time, category, operationName, resourceId …), a row of a Log"
                            + " Analytics table, an ECS document, or a known wrapper around one.",
                    1));
        }
    }

    /** How many records of a range were taken before, if it holds as many as offsets; all of them if the whole range was. */
    private static long takenOf(SourceState source, OffsetRange range) {
        long taken = source.takenBelow(range.last());
        return !source.isTaken(range.first()) || source.isTaken(range.last()) ? 0 : taken - range.first() + 1;
    }

    /**
     * What events are to have: what a rule in force may look at, and what tells one operation from others if that is asked for. An
     * enricher may look at anything.
     */
    private Set<Property> propertiesFor(Batch.InForce inForce) {
        CompiledRules rules = inForce.live();
        if (core.config.keepAll() || !enrichment.isEmpty() || !inForce.liveReadsAll()) {
            return EventSink.ALL_PROPERTIES;
        }
        if (!core.config.dedupe()) {
            return rules.reads();
        }
        Needed known = needed;
        if (known == null || known.rules != rules) {
            Set<Property> properties = EnumSet.copyOf(ContentIdentity.PROPERTIES);
            properties.addAll(rules.reads());
            known = new Needed(rules, Set.copyOf(properties));
            needed = known;
        }
        return known.properties;
    }

    private Batch.InForce rulesInForce() {
        Batch.InForce rulesNow = latestRules;
        if (rulesNow != null) {
            return rulesNow;
        }
        core.lock();
        try {
            return Batch.InForce.of(core.running().rules(), core.config.keepAll());
        } finally {
            core.unlock();
        }
    }

    /** Says once that the queue is full; again when it has been so after calls were taken. */
    private void noticeFullQueue() {
        core.lock();
        try {
            core.running();
            if (!queueFullTold) {
                queueFullTold = true;
                core.notice(Notice.of(
                        Notice.Kind.OVERLOADED,
                        core.config.alertQueue()
                                + " alerts and notices wait for the host's listener (bounds.alert-queue);"
                                + " calls are rejected until it has taken some.",
                        0));
            }
        } finally {
            core.unlock();
        }
    }

    /** False if what the batch was decoded for has changed meanwhile: it must be decoded again. */
    // Whether it was replaced is asked; equal ones decode alike anyway.
    @SuppressWarnings("ReferenceEquality")
    private boolean feed(SourceState source, Optional<OffsetRange> range, Batch batch) {
        if (batch.isAllIgnored()
                && range.isEmpty()
                && batch.rules() == latestRules
                && source.life() == SourceState.Life.OPEN) {
            // Nothing that the lock guards depends on it.
            source.countIgnored(batch.admission());
            return true;
        }
        core.lockSoon();
        try {
            Detector live = core.running();
            if (batch.rules() != latestRules) {
                return false;
            }
            TimeKeeper.requireOpen(source);
            if (range.isPresent() && batch.isTaken() && !placeIn(source, range.get(), batch)) {
                return false;
            }
            if (batch.isTaken()) {
                feed(live, source, range, batch);
            }
            count(source, range, batch);
            if (!core.config.hasTicker()) {
                live.lookForStall(batch.now(), TimeKeeper.STALL_MILLIS);
            }
            core.endStep();
            return true;
        } finally {
            core.unlock();
        }
    }

    /** Finds the part of a range that was not taken before; false if another thread took some of it meanwhile. */
    private boolean placeIn(SourceState source, OffsetRange range, Batch batch) {
        if (source.isTaken(range.last())) {
            batch.refuse(Admission.Status.REPEATED);
            if (batch.latest() > source.clock().greatest().orElse(Long.MAX_VALUE) && source.tellRecreated()) {
                core.notice(Notice.of(
                        Notice.Kind.SOURCE_RECREATED,
                        "Source " + source.name() + " brings newer events at offsets up to " + range.last()
                                + ", which lie at or below the highest one taken, " + source.highest()
                                + ": its offsets seem to have begun anew. They count as repeated until the source is opened"
                                + " with another epoch (SourceSpec.epoch).",
                        0));
            }
            return true;
        }
        long taken = takenOf(source, range);
        if (taken != batch.skipped()) {
            return false;
        }
        if (taken > 0 && batch.records() != range.last() - range.first() + 1) {
            // Which records the offsets are of can't be told.
            batch.refuse(Admission.Status.REPEATED);
        }
        return true;
    }

    private void feed(Detector live, SourceState source, Optional<OffsetRange> range, Batch batch) {
        if (core.config.dedupe()) {
            batch.removeRepeated(repetitions, event -> core.previews().forEach(preview -> preview.repeated(event)));
            if (batch.isAllRepeated()) {
                batch.refuse(Admission.Status.REPEATED);
                range.ifPresent(taken -> source.claim(taken.last()));
                return;
            }
        }
        boolean hasEvents = !batch.events().isEmpty();
        if (hasEvents && core.isOverloaded(source)) {
            refuse(batch);
            return;
        }
        if ((hasEvents || (range.isPresent() && !batch.letters().isEmpty()))
                && !core.durability.batch(live, source, range, batch.events())) {
            refuse(batch);
            return;
        }
        queueFullTold = false;
        for (KeyVaultEvent event : batch.all()) {
            if (!batch.isLive(event)) {
                follow(source, event, batch);
                continue;
            }
            Detector.Taken taken = live.feed(source.clock(), event, batch.hasLongTexts(), batch.now());
            follow(source, event, batch);
            if (taken == Detector.Taken.LATE) {
                batch.late(new LateEvent(
                        source.name(),
                        Instant.ofEpochMilli(event.time()),
                        Instant.ofEpochMilli(live.time().merged().orElse(event.time())),
                        event.toEcs()));
            } else if (range.isPresent()) {
                core.note(source, event.time(), range.get().first());
            }
        }
        if (core.config.dedupe()) {
            live.neededSince().ifPresent(repetitions::forgetBefore);
        }
        range.ifPresent(taken -> source.claim(taken.last()));
    }

    private void follow(SourceState source, KeyVaultEvent event, Batch batch) {
        if (!core.previews().isEmpty()) {
            for (PreviewLane preview : List.copyOf(core.previews())) {
                preview.take(source.clock(), event, batch.hasLongTexts());
            }
        }
    }

    private void refuse(Batch batch) {
        batch.refuse(Admission.Status.OVERLOADED);
        if (core.config.dedupe()) {
            batch.all().forEach(repetitions::remove);
        }
    }

    private void count(SourceState source, Optional<OffsetRange> range, Batch batch) {
        Admission admission = batch.admission();
        source.count(Counter.KEPT, admission.kept());
        source.count(Counter.IGNORED, admission.ignored());
        source.count(Counter.UNRECOGNISED, admission.unrecognised());
        source.count(Counter.REPEATED, admission.repeated());
        source.count(Counter.LATE, admission.late());
        if (admission.late() > 0 || core.reporter.takeExcepted()) {
            core.durability.note();
        }
        source.count(Counter.BAD, admission.bad());
        if (batch.isOverloaded()) {
            source.count(Counter.OVERLOADED, 1);
            core.meters.overloaded(true);
        } else {
            core.meters.overloaded(false);
            core.meters.userless(batch.userless());
        }
        if (range.isPresent()) {
            // Often enough that offsets do not pile up if nobody asks for health().
            core.noteDelivered();
            batch.places(
                    source.clock().greatest(),
                    core.durability.isOnDisk() ? source.position(range.get().last()) : source.safeOffset());
        }
    }

    CompletionStage<Void> ready(SourceState source) {
        core.lock();
        try {
            if (core.detector().isEmpty() || !core.isOverloaded(source)) {
                return CompletableFuture.completedFuture(null);
            }
            // What one who waits does with his own, be it a time-out, is nothing to the others.
            return core.awaitReady(source).minimalCompletionStage();
        } finally {
            core.unlock();
        }
    }

    private void callBack(String which, Runnable callback) {
        try {
            callback.run();
        } catch (Throwable e) {
            if (core.meters.listenerFailed() == 1) {
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
