package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.CapNotice;
import dev.vaultwatch.alert.CapState;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.alert.Withheld;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.detect.Candidate;
import dev.vaultwatch.detect.Detector;
import dev.vaultwatch.detect.KeptFor;
import dev.vaultwatch.detect.LateLoss;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.log.CounterPart;
import dev.vaultwatch.log.LogReader;
import dev.vaultwatch.log.LoggedBatch;
import dev.vaultwatch.log.LoggedRules;
import dev.vaultwatch.log.LoggedSource;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import dev.vaultwatch.time.SourceClock;
import dev.vaultwatch.tuning.AlertPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Takes what an earlier run wrote. Batches before the last step refill the store, and the steps' decisions the desk; batches after
 * it are fed again, one event after the other, for nobody was told what followed from them. Under the plugin's lock.
 */
final class Restart implements LogReader {
    private final Core core;
    private final Detector live;
    private final Optional<Repetitions> repetitions;

    /** What was read since the last step, in order: batches, and words about sources, whose time must not run ahead of them. */
    private final List<Entry> sinceStep = new ArrayList<>();

    /** Events of steps after which late ones still waited to be judged. */
    private final List<KeyVaultEvent> unjudged = new ArrayList<>();

    /** By source, events of batches that no counters were written after. */
    private final Map<String, Long> uncounted = new HashMap<>();

    /** What comes into the store, and out of it, in order: once all is read, the rules are known under which it was taken. */
    private final List<Consumer<Detector>> toRestore = new ArrayList<>();

    /** Gaps of the log so far, and, by source, before what was read of it last. */
    private int gaps;

    private final Map<String, Integer> gapsBefore = new HashMap<>();

    private Optional<LoggedRules> then = Optional.empty();
    private OptionalLong mark = OptionalLong.empty();
    private OptionalLong lateSince = OptionalLong.empty();
    private OptionalLong settled = OptionalLong.empty();

    /** How far event time had come, and was settled, when what is being read was taken. */
    private long mergedThen = Long.MIN_VALUE;

    private long settledThen = Long.MIN_VALUE;

    /** One of the two. */
    private record Entry(Optional<LoggedBatch> batch, Optional<LoggedSource> source) {}

    /**
     * Starts to read.
     *
     * @param repetitions those that events are to be noted in; empty if none are recognised
     */
    Restart(Core core, Detector live, Optional<Repetitions> repetitions) {
        this.core = core;
        this.live = live;
        this.repetitions = repetitions;
    }

    private long now() {
        return core.context.wallClock().millis();
    }

    @Override
    public void batch(LoggedBatch batch) {
        SourceState source = core.restored(batch.source(), batch.epoch());
        if (batch.range().isPresent()) {
            if (source.isTaken(batch.range().get().last())) {
                // Written twice: the first time the disk said that it had failed.
                return;
            }
            claim(source, batch.range().get().first(), batch.range().get().last());
        }
        sinceStep.add(new Entry(Optional.of(batch), Optional.empty()));
    }

    @Override
    public void gap() {
        gaps++;
    }

    /**
     * Believes that a range was taken. Behind a gap of the log not what lies between it and what was taken before the gap: batches
     * that were there may be lost, and a host that sends them again must find them new. What the log still has stays known.
     */
    private void claim(SourceState source, long first, long last) {
        Integer before = gapsBefore.put(source.name(), gaps);
        if (gaps > 0 && (before == null || before < gaps) && !source.isTaken(last)) {
            source.missBefore(first);
        }
        source.claim(last);
    }

    @Override
    public void step() {
        for (Entry entry : sinceStep) {
            entry.batch().ifPresent(this::refill);
            entry.source().ifPresent(this::restore);
        }
        sinceStep.clear();
        reach();
    }

    /**
     * Event time comes as far as the log says by now. A checkpoint before the step of a batch says what followed from the batch, which
     * came when less of it had passed.
     */
    private void reach() {
        mark.ifPresent(watermark -> {
            live.time().restoreMerged(watermark);
            mergedThen = Math.max(mergedThen, watermark);
        });
        settledThen = Math.max(settledThen, settled.orElse(settledThen));
    }

    private void refill(LoggedBatch batch) {
        SourceState source = core.restored(batch.source(), batch.epoch());
        for (LoggedBatch.Item item : batch.items()) {
            live.time().observe(source.clock(), item.time(), now());
            live.time().merged().ifPresent(this::settleThen);
            if (isNew(item)) {
                KeyVaultEvent event = item.event().orElseThrow();
                SourceClock clock = source.clock();
                long settledBy = settledThen;
                toRestore.add(its -> its.restore(clock, event, settledBy));
                unjudged.add(event);
                note(source, batch, item);
            }
        }
        uncounted.merge(batch.source(), (long) batch.items().size(), Long::sum);
    }

    private void settleThen(long merged) {
        if (Detector.isStep(mergedThen, merged)) {
            settledThen = Math.max(settledThen, live.time().settled().orElse(settledThen));
        }
        mergedThen = merged;
    }

    private boolean isNew(LoggedBatch.Item item) {
        return item.event().isPresent()
                && (repetitions.isEmpty() || repetitions.get().add(item.event().get()));
    }

    private static void note(SourceState source, LoggedBatch batch, LoggedBatch.Item item) {
        batch.range().ifPresent(range -> source.note(item.time(), range.first()));
    }

    @Override
    public void lateSince(long time) {
        lateSince = OptionalLong.of(time);
    }

    @Override
    public void settled(long time) {
        settled = OptionalLong.of(time);
        if (sinceStep.isEmpty()) {
            reach();
        }
    }

    @Override
    public void mark(long watermark, boolean isLateJudged) {
        if (watermark != Long.MIN_VALUE) {
            mark = OptionalLong.of(watermark);
            if (sinceStep.isEmpty()) {
                reach();
            }
        }
        if (isLateJudged) {
            unjudged.clear();
            lateSince = OptionalLong.empty();
        }
    }

    @Override
    public void inForce(LoggedRules rules) {
        then = Optional.of(rules);
    }

    @Override
    public void source(LoggedSource logged) {
        if (sinceStep.isEmpty()) {
            restore(logged);
        } else {
            // At once what tells batches that come again; the rest in its turn.
            SourceState source = core.restored(logged.name(), logged.epoch());
            logged.highest().ifPresent(highest -> claim(source, highest + 1, highest));
            sinceStep.add(new Entry(Optional.empty(), Optional.of(logged)));
        }
    }

    private void restore(LoggedSource logged) {
        SourceState source = core.restored(logged.name(), logged.epoch());
        SourceClock.Status status = switch (logged.state()) {
            case ACTIVE -> SourceClock.Status.ACTIVE;
            case IDLE -> SourceClock.Status.IDLE;
            case CLOSED, REVOKED -> SourceClock.Status.CLOSED;
        };
        SourceClock clock = live.time().restore(logged.name(), logged.greatest(), logged.watermark(), status, now());
        source.reopen(clock, logged.epoch());
        logged.highest().ifPresent(highest -> claim(source, highest + 1, highest));
        switch (logged.state()) {
            case ACTIVE, IDLE -> source.life(SourceState.Life.OPEN);
            case CLOSED -> {
                source.life(SourceState.Life.CLOSED);
                core.noteClosed(source);
            }
            case REVOKED -> {
                source.life(SourceState.Life.REVOKED);
                source.forgetOffsets();
                SourceClock revoked = source.clock();
                live.time().revoke(revoked);
                toRestore.add(its -> its.forget(revoked));
            }
        }
    }

    @Override
    public void counters(Map<CounterPart, Long> values) {
        uncounted.clear();
        values.forEach((part, value) -> {
            if (!SourceState.COUNTED.contains(part.counter())) {
                core.meters.carry(part, value);
            } else if (value > 0) {
                // Not for nothing: a source that is opened holds time back.
                core.restored(part.part(), Optional.empty()).restore(part.counter(), value);
            } else {
                core.known(part.part()).ifPresent(source -> source.restore(part.counter(), value));
            }
        });
    }

    @Override
    public void said(Said message, boolean isOwed) {
        core.desk.restore(message, isOwed);
    }

    @Override
    public void withheld(Withheld alert) {
        core.desk.restore(alert);
    }

    @Override
    public void noticed(CapNotice notice) {
        core.desk.restore(notice);
    }

    @Override
    public void decided(AlertPolicy.Memo memo) {
        core.desk.restore(memo);
    }

    @Override
    public void forgotten(String ruleId, long anchor, String id) {
        core.desk.restoreForgotten(ruleId, anchor, id);
    }

    @Override
    public void caps(CapState state) {
        core.desk.restore(state);
    }

    @Override
    public void completeFrom(long time) {
        live.completeFrom(time);
    }

    @Override
    public void lost(LateLoss loss) {
        live.lateLosses().restore(loss);
    }

    @Override
    public void lossesTold() {
        live.lateLosses().restoreDelivered();
    }

    @Override
    public Rule rule(String id, String json, String epl) {
        return RuleFolder.ofTexts(id, json, epl);
    }

    @Override
    public void damaged(String what) {
        core.notice(Notice.of(Notice.Kind.JOURNAL, what, 1));
    }

    /** Says which records a host may send again. */
    private void tellMissing() {
        for (SourceState source : core.sources()) {
            if (!source.missing().isEmpty()) {
                core.notice(Notice.of(
                        Notice.Kind.JOURNAL,
                        "Records of source " + source.name() + " at offsets " + source.missing()
                                + " may have been in the damaged part of the journal. Sent again, each of them counts once; what"
                                + " the journal still has counts as repeated.",
                        0));
            }
        }
    }

    /**
     * All has been read: judges what was not.
     *
     * @param compiler for rules that were in force and are not any more
     */
    void end(RuleCompiler compiler) {
        reach();
        tellMissing();
        uncounted.forEach(
                (name, events) -> core.restored(name, Optional.empty()).count(Counter.KEPT, events));
        core.desk.policy().resetCounts();
        core.desk.policy().promote(mark.orElse(Long.MIN_VALUE));
        CompiledRules now = live.rules();
        then.ifPresent(earlier -> takeUp(earlier, compiler));
        core.reporter.leaving(leaving(live.rules(), now), this::goOn);
        if (live.rules() != now) {
            Candidate candidate = live.prepare(now);
            candidate.fill();
            live.swap(candidate);
            candidate.close();
        }
        core.meters.completeSince(live.completeSince());
    }

    /** Goes on by the rules of then, up to where the log ends. */
    private void goOn() {
        // What the desk had to forget is in the log.
        core.reporter.silently(this::refill);
        live.said(core.desk.said(key -> true));
        live.resume(mark, settled, unjudged, lateSince);
        for (Entry entry : sinceStep) {
            entry.batch().ifPresent(batch -> feed(core.restored(batch.source(), batch.epoch()), batch));
            entry.source().ifPresent(this::restore);
            core.reporter.silently(this::refill);
        }
        live.time().restored();
        live.advance();
    }

    /** The ids of the rules that do not stay as they are. */
    private static Set<String> leaving(CompiledRules then, CompiledRules now) {
        return then.rules().stream()
                .filter(rule -> now.rules().stream().noneMatch(rule::isSameAs))
                .map(rule -> rule.rule().id())
                .collect(Collectors.toSet());
    }

    private void refill() {
        toRestore.forEach(step -> step.accept(live));
        toRestore.clear();
    }

    /**
     * Goes on with the rules that were in force then, so that what was taken under them is judged by them; those of now take over
     * as in a reload. Rules that find the same are the same.
     */
    private void takeUp(LoggedRules earlier, RuleCompiler compiler) {
        Map<String, CompiledRule> now = new HashMap<>();
        live.rules().rules().forEach(rule -> now.put(rule.rule().id(), rule));
        boolean isSame = earlier.rules().size() == now.size()
                && earlier.rules().stream()
                        .allMatch(each -> isSame(each, now.get(each.edition().id())));
        if (!isSame) {
            try {
                live.begin(asThen(earlier, compiler, now));
            } catch (RuleException e) {
                core.notice(Notice.of(
                        Notice.Kind.JOURNAL,
                        "The rules that were in force when the plugin stopped can't be compiled any more: "
                                + e.getMessage()
                                + " What was taken then is judged by the rules of now, whose history counts as incomplete.",
                        0));
                live.restoredFrom(new KeptFor(compiler.compile(List.of()), Map.of(), false, true), newest());
                return;
            }
        }
        live.restoredFrom(new KeptFor(live.rules(), since(earlier, now), earlier.keepAll(), true), newest());
    }

    /** By what the site excluded events then is logged as a hash alone: its exceptions of now stand for them. */
    private static CompiledRules asThen(LoggedRules earlier, RuleCompiler compiler, Map<String, CompiledRule> now) {
        Set<String> excluding = earlier.rules().stream()
                .filter(LoggedRules.One::excludes)
                .map(each -> each.edition().id())
                .collect(Collectors.toSet());
        return compiler.compile(earlier.rules().stream()
                        .map(each -> each.edition().rule())
                        .toList())
                .each(rule -> {
                    CompiledRule sameId = now.get(rule.rule().id());
                    return !excluding.contains(rule.rule().id()) || sameId == null ? rule : rule.excludingAs(sameId);
                });
    }

    /** The newest event time that was read. */
    private long newest() {
        long newest = live.time().greatest().orElse(Long.MIN_VALUE);
        for (Entry entry : sinceStep) {
            for (LoggedBatch.Item item : entry.batch().map(LoggedBatch::items).orElse(List.of())) {
                newest = Math.max(newest, item.time());
            }
        }
        return newest;
    }

    private Map<String, KeptFor.Since> since(LoggedRules earlier, Map<String, CompiledRule> now) {
        return earlier.rules().stream()
                .collect(Collectors.toMap(each -> each.edition().id(), each -> {
                    CompiledRule sameId = now.get(each.edition().id());
                    // What was left out then and would count now was not kept.
                    boolean excludedMore = each.excludes()
                            && !earlier.keepAll()
                            && (sameId == null || !sameId.exclusions().equals(each.exclusions()));
                    return new KeptFor.Since(
                            excludedMore ? Math.max(each.completeSince(), newest()) : each.completeSince(),
                            excludedMore || each.isCompleteFromNext());
                }));
    }

    private static boolean isSame(LoggedRules.One then, @Nullable CompiledRule now) {
        return now != null
                && now.rule().fingerprint().equals(then.edition().rule().fingerprint());
    }

    private void feed(SourceState source, LoggedBatch batch) {
        for (LoggedBatch.Item item : batch.items()) {
            Detector.Taken taken = Detector.Taken.KEPT;
            if (item.event().isEmpty()) {
                live.observe(source.clock(), item.time(), now());
            } else if (isNew(item)) {
                taken = live.feed(source.clock(), item.event().get(), true, now());
                if (taken == Detector.Taken.KEPT) {
                    note(source, batch, item);
                }
            }
            source.count(taken == Detector.Taken.KEPT ? Counter.KEPT : Counter.LATE, 1);
        }
    }
}
