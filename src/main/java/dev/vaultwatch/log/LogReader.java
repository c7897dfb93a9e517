package dev.vaultwatch.log;

import dev.vaultwatch.alert.CapNotice;
import dev.vaultwatch.alert.CapState;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.alert.Withheld;
import dev.vaultwatch.detect.LateLoss;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.tuning.AlertPolicy;
import java.util.Map;

/**
 * Takes what an earlier run wrote, in its order: events refill the store, decisions the desk; nothing is judged meanwhile. What
 * a checkpoint says again was perhaps told before: each method takes the same thing twice without harm. Must not throw, but for
 * {@link #rule}; may not call the log.
 */
public interface LogReader {
    /** A batch that was taken. */
    void batch(LoggedBatch batch);

    /** The batches before were fed, and what is told up to the next {@link #mark} is what followed from them. */
    void step();

    /**
     * All that follows from the batches before the last {@link #step} is logged and was told, too.
     *
     * @param watermark the plugin's; {@code Long.MIN_VALUE} if there was none
     * @param isLateJudged whether the late events of the batches before were judged
     */
    void mark(long watermark, boolean isLateJudged);

    /** How far event time had come when the first of the late events came that the next {@link #mark} says are not judged. */
    void lateSince(long time);

    /** How far event time was settled: what is older was dropped as late. */
    void settled(long time);

    /** These rules are in force from here on. */
    void inForce(LoggedRules rules);

    /** A source was opened, or changed its state. */
    void source(LoggedSource source);

    /** Counters that have changed since the last time. */
    void counters(Map<CounterPart, Long> values);

    /**
     * A message was raised, or was known.
     *
     * @param isOwed whether this plugin raised it and may owe it to the host: {@link StoreLog#takeOwed} says in the end
     */
    void said(Said message, boolean isOwed);

    /** An alert was withheld. */
    void withheld(Withheld alert);

    /** An operator was told of a cap. */
    void noticed(CapNotice notice);

    /** The site's tuning decided about an alert. */
    void decided(AlertPolicy.Memo memo);

    /** An alert was given up to another instance. */
    void forgotten(String ruleId, long anchor, String id);

    /** Counters and caps of a rule as they stood; takes the place of what was told of them before. */
    void caps(CapState state);

    /** Batches with events before that time may be missing: their space was given back, since they were settled. */
    void completeFrom(long time);

    /** Events were dropped as late, and nobody was told yet. */
    void lost(LateLoss loss);

    /** Everybody was told of the losses before. */
    void lossesTold();

    /**
     * Makes a rule of its texts, for alerts that it raised: it need not be in force, nor compile.
     *
     * @throws RuntimeException if this version can't read it; alerts of it are lost then, and told as damage
     */
    Rule rule(String id, String json, String epl);

    /** Entries may be missing between those that were told before and those that follow. */
    void gap();

    /** Something of the log is lost or can't be read; a sentence for a person. */
    void damaged(String what);
}
