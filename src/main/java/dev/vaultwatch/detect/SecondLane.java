package dev.vaultwatch.detect;

import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.engine.Lane;
import dev.vaultwatch.engine.RuleFailure;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.store.Directories;
import dev.vaultwatch.store.Group;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    /** What groups are found to be; what is missing is not to be relied on if the rule threw, or had no lane. */
    record Judged(List<Verdict> verdicts, boolean threw) {}

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

    Judged judge(long window, List<Group> some) {
        Lane judge = lane == null ? maker.get().orElse(null) : lane;
        lane = judge;
        if (judge == null) {
            return new Judged(List.of(), true);
        }
        List<KeyVaultEvent> events = new ArrayList<>();
        List<Verdict> verdicts = new ArrayList<>();
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
        boolean threw = failures.test(judge.takeFailures());
        if (judge.isDamaged()) {
            nanosOfOthers += judge.nanos();
            judge.close();
            lane = null;
        }
        return new Judged(verdicts, threw);
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
