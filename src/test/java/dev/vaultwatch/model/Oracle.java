package dev.vaultwatch.model;

import dev.vaultwatch.fuzz.FuzzRule;
import dev.vaultwatch.fuzz.Group;
import dev.vaultwatch.model.Read.Totals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Says which alerts a scenario deserves, and knows nothing but the events, where they come from and the rules in force: neither
 * kills nor callbacks. It is keyed to rule, key and scope: a window of a tumbling rule, a burst of an ordered one, an event.
 *
 * <ul>
 *   <li>A window is open while it has not ended by the watermark: of each source its newest event's time less the slack, of several
 *       that are not idle the least, or the host's word.
 *   <li>When it closes, the rule then in force judges it. That verdict stands, whatever rules come, until a late event of the
 *       same key has the window judged again, by the rule then in force.
 *   <li>What was said early and is not found when the window closes is retracted. What was said of a closed window is not: a
 *       judgement that finds too little, which only other rules can do, leaves the alert as it was.
 *   <li>A window that ended a lateness ago takes nothing more; where only silence says so, a retention later. That is looked at
 *       whenever the watermark comes to another second.
 *   <li>Of ordered rules and of rules over single events, what stands in the end is what all events that were not too late
 *       deserve in the order of their times.
 * </ul>
 */
final class Oracle {
    private static final long SECOND = 1_000;
    private static final long NEVER = Long.MIN_VALUE;

    /** Ways for this oracle to be wrong; the comparison must find each. */
    enum Mistake {
        NONE,
        ONE_EVENT_LESS_IS_ENOUGH,
        ONE_ACTION_LESS_IS_ENOUGH,
        A_MINUTE_MORE_OF_LATENESS,
        A_MINUTE_LESS_OF_LATENESS,
        NO_LATE_EVENTS,
        NO_SLACK,
        THE_BOUNDARY_BELONGS_TO_THE_MINUTE_BEFORE,
        A_RELOAD_CHANGES_NOTHING,
        A_RELOAD_JUDGES_CLOSED_MINUTES,
        A_REPETITION_COUNTS_TWICE,
        A_REPETITION_NEVER_COUNTS,
        AN_EVENT_WITHOUT_A_USER_MOVES_NO_TIME,
        AN_UNWANTED_EVENT_MOVES_TIME,
        SILENCE_ENDS_NOTHING,
        SILENCE_SETTLES_AS_WELL,
        THE_FASTEST_SOURCE_LEADS,
        AN_IDLE_SOURCE_HOLDS_BACK,
        EVERY_WINDOW_IS_A_MINUTE,
        EVERY_KEY_IS_THE_USER,
        A_SECOND_LESS_OF_REACH,
        NO_QUIET
    }

    /**
     * What is to be said of a key in a scope.
     *
     * @param isRetracted whether what was said early is taken back when the minute closes
     * @param revised what may be said on the way; the last of it must be said
     * @param isStanding whether only so much is known that in the end it stands
     * @param most events that its last word says, where only that is known besides
     */
    record Expected(
            Optional<Totals> early,
            Optional<Totals> onTime,
            boolean isRetracted,
            List<Totals> revised,
            boolean isStanding,
            OptionalLong most) {
        Expected(Optional<Totals> early, Optional<Totals> onTime, boolean isRetracted, List<Totals> revised) {
            this(early, onTime, isRetracted, revised, false, OptionalLong.empty());
        }

        static Expected standing(OptionalLong most) {
            return new Expected(Optional.empty(), Optional.empty(), false, List.of(), true, most);
        }

        Totals last() {
            return revised.isEmpty() ? onTime.or(() -> early).orElseThrow() : revised.get(revised.size() - 1);
        }
    }

    private final Scenario scenario;
    private final Mistake mistake;
    private final List<RuleOracle> rules = new ArrayList<>();
    private final Set<List<Read>> seen = new HashSet<>();

    /** Of each source, how far it has come by its events or the host's word. */
    private final long[] own;

    private final boolean[] idle;

    private long newest = NEVER;
    private long watermark = NEVER;
    private long settled = NEVER;
    private long tooLate;

    Oracle(Scenario scenario, Mistake mistake) {
        this.scenario = scenario;
        this.mistake = mistake;
        this.own = new long[scenario.sources()];
        Arrays.fill(own, NEVER);
        this.idle = new boolean[scenario.sources()];
        long lateness = Math.max(
                0,
                switch (mistake) {
                    case A_MINUTE_MORE_OF_LATENESS -> scenario.lateness() + 60_000;
                    case A_MINUTE_LESS_OF_LATENESS -> scenario.lateness() - 60_000;
                    default -> scenario.lateness();
                });
        for (FuzzRule rule : scenario.rules()) {
            rules.add(
                    rule.kind() == FuzzRule.Kind.TUMBLING
                            ? new TumblingOracle(rule, lateness, mistake)
                            : new StandingOracle(rule, lateness, mistake));
        }
        scenario.steps().forEach(this::take);
    }

    private void take(Step step) {
        if (step instanceof Step.Send send) {
            send(send.source(), send.reads());
        } else if (step instanceof Step.Advance advance) {
            for (int i = 0; i < own.length; i++) {
                own[i] = Math.max(own[i], advance.to());
            }
            advance(advance.to());
        } else if (step instanceof Step.Idle quiet) {
            idle[quiet.source()] = mistake != Mistake.AN_IDLE_SOURCE_HOLDS_BACK;
            advance(least());
        } else if (step instanceof Step.Silence silence) {
            silent(silence.millis());
        } else if (step instanceof Step.Reload reload && mistake != Mistake.A_RELOAD_CHANGES_NOTHING) {
            for (int i = 0; i < rules.size(); i++) {
                rules.get(i).reload(reload.rules().get(i), watermark);
            }
        }
    }

    /** Events that came too late for anything. */
    long tooLate() {
        return tooLate;
    }

    Map<Group, Expected> expected() {
        Map<Group, Expected> expected = new HashMap<>();
        rules.forEach(rule -> rule.expect(scenario.early(), watermark, expected));
        return expected;
    }

    private void send(int source, List<Read> reads) {
        boolean repeated = !seen.add(reads);
        if (mistake != Mistake.A_REPETITION_COUNTS_TWICE
                && repeated
                && (scenario.source() == Scenario.Source.CONTENT || mistake == Mistake.A_REPETITION_NEVER_COUNTS)) {
            return;
        }
        for (Read read : reads) {
            if (rules.stream().anyMatch(rule -> rule.rule().wantsAction(read))
                    || mistake == Mistake.AN_UNWANTED_EVENT_MOVES_TIME) {
                observe(source, read);
            }
            boolean late = false;
            boolean taken = false;
            for (RuleOracle rule : rules) {
                if (rule.rule().wants(read)) {
                    boolean its = rule.isTooLate(read, settled);
                    late |= its;
                    taken |= !its;
                    if (!its) {
                        rule.take(read, watermark);
                    }
                }
            }
            tooLate += late && !taken ? 1 : 0;
        }
    }

    /** Time has gone on at the wall clock's pace since the newest event, and no source has spoken. */
    private void silent(long millis) {
        if (!scenario.hostOwnsTime() && mistake != Mistake.SILENCE_ENDS_NOTHING && newest != NEVER) {
            Arrays.fill(idle, mistake != Mistake.AN_IDLE_SOURCE_HOLDS_BACK);
            advance(newest + millis - scenario.slack());
        }
    }

    private void observe(int source, Read read) {
        if (read.upn() == null && mistake == Mistake.AN_EVENT_WITHOUT_A_USER_MOVES_NO_TIME) {
            return;
        }
        newest = Math.max(newest, read.time());
        idle[source] = false;
        if (!scenario.hostOwnsTime()) {
            own[source] = Math.max(own[source], read.time() - (mistake == Mistake.NO_SLACK ? 0 : scenario.slack()));
            advance(least());
        }
    }

    /** How far those sources have come that are waited for; where none is, the furthest. */
    private long least() {
        long least = Long.MAX_VALUE;
        long most = NEVER;
        for (int i = 0; i < own.length; i++) {
            most = Math.max(most, own[i]);
            least = idle[i] ? least : Math.min(least, own[i]);
        }
        return least == Long.MAX_VALUE || mistake == Mistake.THE_FASTEST_SOURCE_LEADS ? most : least;
    }

    private void advance(long to) {
        long before = watermark;
        watermark = Math.max(watermark, to);
        if (watermark == NEVER) {
            return;
        }
        if (before == NEVER || Math.floorDiv(before, SECOND) != Math.floorDiv(watermark, SECOND)) {
            settled = Math.max(settled, settledNow());
        }
        rules.forEach(rule -> rule.advance(watermark));
    }

    /** How far no source is expected to bring anything: idle ones may bring what is older, but not by more than the retention. */
    private long settledNow() {
        long retention = mistake == Mistake.SILENCE_SETTLES_AS_WELL ? 0 : scenario.retention();
        long least = watermark;
        for (int i = 0; i < own.length; i++) {
            if (own[i] != NEVER || idle[i]) {
                least = Math.min(least, Math.max(own[i], watermark - retention));
            }
        }
        return least;
    }
}
