package dev.vaultwatch.detect;

import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.engine.Lane;
import dev.vaultwatch.engine.RuleFailure;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.store.Directories;
import dev.vaultwatch.store.Group;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Judges groups of a window apart from what a track's own lane is at: its clock does not matter. Made when it is first needed. The
 * groups whose events are of several people are judged here alone, one person after the other.
 */
final class SecondLane {
    private final Supplier<Optional<Lane>> maker;
    private final Predicate<List<RuleFailure>> failures;
    private @Nullable Lane lane;
    private long nanosOfOthers;

    /**
     * A finding of a group.
     *
     * @param directory of the one person whom it is about, where the group's events are of several; else ""
     * @param incomplete whether the lane reached a bound
     */
    record Verdict(Finding finding, String directory, boolean incomplete) {}

    /**
     * What groups are found to be.
     *
     * @param unjudged those at which the rule threw, or for which it had no lane: nothing is known of them
     */
    record Judged(List<Verdict> verdicts, Set<Group> unjudged) {
        Judged() {
            this(new ArrayList<>(), Collections.newSetFromMap(new IdentityHashMap<>()));
        }
    }

    /**
     * Makes none yet.
     *
     * @param maker gives a lane, empty where the rule can't have one
     * @param failures takes what went wrong and says whether the rule threw
     */
    SecondLane(Supplier<Optional<Lane>> maker, Predicate<List<RuleFailure>> failures) {
        this.maker = maker;
        this.failures = failures;
    }

    /** Judges groups of a window; where the rule throws, it is found out by halving at which of them. */
    Judged judge(long window, List<Group> some) {
        Judged judged = new Judged();
        judge(window, some, judged);
        return judged;
    }

    private void judge(long window, List<Group> some, Judged into) {
        List<Verdict> verdicts = new ArrayList<>();
        if (succeeds(window, some, verdicts)) {
            into.verdicts().addAll(verdicts);
        } else if (some.size() == 1) {
            into.unjudged().addAll(some);
        } else {
            int half = some.size() / 2;
            judge(window, some.subList(0, half), into);
            judge(window, some.subList(half, some.size()), into);
        }
    }

    private boolean succeeds(long window, List<Group> some, List<Verdict> verdicts) {
        Lane judge = lane == null ? maker.get().orElse(null) : lane;
        lane = judge;
        if (judge == null) {
            return some.isEmpty();
        }
        List<KeyVaultEvent> events = new ArrayList<>();
        for (Group group : some) {
            if (group.isDivided()) {
                for (Map.Entry<String, List<KeyVaultEvent>> person :
                        Directories.divide(group.events()).entrySet()) {
                    judge(judge, window, person.getValue(), person.getKey(), verdicts);
                }
            } else {
                events.addAll(group.events());
            }
        }
        judge(judge, window, events, "", verdicts);
        List<RuleFailure> its = judge.takeFailures();
        // What a group alone is at fault for is told once, of that group.
        boolean isToldLater = some.size() > 1 && its.stream().allMatch(each -> each.kind() == RuleFailure.Kind.THREW);
        boolean threw = isToldLater ? !its.isEmpty() : failures.test(its);
        if (judge.isDamaged()) {
            nanosOfOthers += judge.nanos();
            judge.close();
            lane = null;
        }
        return !threw;
    }

    private static void judge(
            Lane judge, long window, List<KeyVaultEvent> events, String directory, List<Verdict> into) {
        for (Finding finding : judge.judge(window, events)) {
            into.add(new Verdict(finding, directory, judge.isIncomplete()));
        }
    }

    /** Time spent in it so far, in nanoseconds. */
    long nanos() {
        return nanosOfOthers + (lane == null ? 0 : lane.nanos());
    }

    void close() {
        if (lane != null) {
            lane.close();
        }
    }
}
