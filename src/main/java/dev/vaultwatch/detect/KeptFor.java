package dev.vaultwatch.detect;

import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.CompiledRules;
import java.util.List;
import java.util.Map;

/**
 * The rules for which events were kept: what of an event, and which events, another rule finds there.
 *
 * @param rules those that were in force
 * @param since by rule id, how far back its own history was complete
 * @param keepAll whether every event was kept in full, whatever the rules ask for
 * @param allTook whether each of the rules has taken its events, and none was suspended
 */
public record KeptFor(CompiledRules rules, Map<String, Since> since, boolean keepAll, boolean allTook) {
    /**
     * How far back a rule's history is complete.
     *
     * @param time event time from which on every event that it asks for was kept; the least of numbers if always
     * @param isFromNext whether it is from the next event on, whose time is not known yet
     */
    public record Since(long time, boolean isFromNext) {
        /** Always. */
        public static final Since ALWAYS = new Since(Track.UNKNOWN, false);
    }

    public KeptFor {
        since = Map.copyOf(since);
    }

    /**
     * Tells a track that has taken nothing yet how far back what it finds here is complete.
     *
     * @param newest the event time up to which the rules here have kept events
     */
    void tell(Track track, long newest) {
        boolean isSame = rules.rules().stream().anyMatch(track.compiled::isSameAs);
        if (isSame && allTook) {
            tell(track, since.getOrDefault(track.ruleId(), Since.ALWAYS));
        } else if (hasAll(track.compiled)) {
            since.values().forEach(each -> tell(track, each));
        } else {
            tell(track, new Since(newest, true));
        }
    }

    private static void tell(Track track, Since since) {
        track.completeSince(Math.max(track.completeSince(), since.time()));
        if (since.isFromNext()) {
            track.completeFromNext();
        }
    }

    /** Whether every event that a rule asks for was kept, as far back as those of the rules here. */
    private boolean hasAll(CompiledRule rule) {
        return keepAll || (allTook && rules.reads().containsAll(rule.reads()) && tookAll(rule));
    }

    /** Whether a rule takes every event that the other asks for, as far as can be read off them. */
    static boolean takesAllOf(CompiledRule wide, CompiledRule rule) {
        return wide.isSameAs(rule)
                || (isAsWide(wide, rule)
                        && (wide.shape().actions().isEmpty()
                                || rule.shape().actions().stream()
                                        .anyMatch(wide.shape().actions().orElseThrow()::containsAll)));
    }

    /** As above, but for their actions. */
    private static boolean isAsWide(CompiledRule wide, CompiledRule rule) {
        return rule.shape().required().containsAll(wide.shape().required())
                && (!wide.excludesAny() || wide.excludesAs(rule));
    }

    /** Whether each event that a rule asks for was taken by one of the rules here. */
    private boolean tookAll(CompiledRule rule) {
        List<CompiledRule> wider =
                rules.rules().stream().filter(each -> isAsWide(each, rule)).toList();
        boolean anyAction =
                wider.stream().anyMatch(each -> each.shape().actions().isEmpty());
        return anyAction
                || rule.shape().actions().stream()
                        .anyMatch(actions -> actions.stream()
                                .allMatch(action -> wider.stream()
                                        .anyMatch(each -> each.shape()
                                                .actions()
                                                .orElseThrow()
                                                .contains(action))));
    }
}
