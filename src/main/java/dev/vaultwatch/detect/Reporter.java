package dev.vaultwatch.detect;

import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.store.Group;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Where tracks report: findings on their way to the desk, and what an operator must know. Under the detector's lock. */
interface Reporter {

    /**
     * A finding, and what is known of how far it can be trusted.
     *
     * @param anchor what its alert is about: the window's start, the episode's first finding, the event's time
     * @param discriminator tells alerts of one key and anchor apart; "" as a rule
     * @param end of the window or episode, milliseconds, exclusive
     * @param withoutEvidence events that are in the totals and whose values are in no list
     * @param atLeast whether its totals may be too low
     * @param incomplete whether the rule's history of that time is incomplete
     */
    record Found(
            Finding finding,
            long anchor,
            String discriminator,
            long end,
            long withoutEvidence,
            boolean atLeast,
            boolean incomplete) {}

    /** An event crossed a rule's threshold while its window is open. */
    void early(Found found);

    /** The first window from the given start on of which something was said early that its close is to confirm or retract. */
    OptionalLong firstEarly(String ruleId, long from);

    /**
     * A window closed. What was said early of that anchor and is not among what was found is not true; nor is what was said of these
     * groups when it closed in an earlier run, whose input had ended.
     *
     * @param judged groups with all their events
     * @param unjudged keys at which the rule threw: what was said of them stands
     */
    void closed(
            Rule rule,
            long anchor,
            List<Found> found,
            Iterable<Group> judged,
            Collection<? extends @Nullable Object> unjudged);

    /** Some of what was found when a window closed; {@link #closed} follows with the rest. */
    void closedInPart(List<Found> found);

    /** Found at once and for good, unless late events change it. */
    void onTime(Found found);

    /** Judged again because of late events: of these keys of that anchor, this is what is true now. */
    void judgedAgain(Rule rule, long anchor, Collection<? extends @Nullable Object> keys, List<Found> found);

    /** What is true of an alert has changed. */
    void revised(Found found);

    /** An alert is not true. */
    void retracted(Rule rule, @Nullable Object key, long anchor, String discriminator);

    /** Nobody is told any more of what was found of that key and anchor. */
    void revoked(Rule rule, @Nullable Object key, long anchor);

    /** So many events of a closed window were counted, or not even that, because of a bound: all of them until now. */
    void cut(String ruleId, long window, long counted, long limited);

    /** Closed windows had to make room. */
    void madeRoom(String ruleId, long upTo);

    /** An exception of the site's kept an event from counting. */
    void excepted(String exception);

    /** A rule threw. */
    void failed(String ruleId, String problem, boolean first);

    /** A rule reached a bound of its own engine's. */
    void limited(String ruleId, String problem, boolean first);

    /** A rule is suspended until the next reload. */
    void suspended(String ruleId, String why);
}
