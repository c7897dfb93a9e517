package dev.vaultwatch.detect;

import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.engine.Lane;
import dev.vaultwatch.engine.RuleFailure;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.store.Directories;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The lane of an ordered rule, and lanes beside it for the people who share a key.
 *
 * <p>Keys are judged apart within a lane, but the people of one key are not: the rule does not know them. So the first of each
 * divided key has a lane with the first ones of all others, the second with the second ones, and so on; as good as always there is
 * the one lane. What holds of a key at a time follows from the directories that its events name within the rule's reach before it: where
 * they are two, what the people's lanes found is true, and what was found of all together is not.
 *
 * <p>Good for as long as the {@linkplain Histories#division() division} of keys stands. Not thread-safe.
 */
final class OrderedLanes implements AutoCloseable {
    /** The most people of one key who are judged apart; each costs a lane. Nobody was seen in more than three directories. */
    static final int MOST_PEOPLE = 16;

    private final Lane all;
    private final List<Lane> ofPeople = new ArrayList<>();
    private final Supplier<Optional<Lane>> maker;
    private final long mostEvents;
    private final Histories histories;
    private final long reach;
    private final long division;
    private OptionalLong tooManySince = OptionalLong.empty();
    private long tooManyUntil;
    private boolean tooManyTold;

    /**
     * Takes a lane into use.
     *
     * @param maker gives a lane more, empty where the rule can't have one
     * @param mostEvents that each lane may hold
     * @param reach milliseconds
     */
    OrderedLanes(Lane all, Supplier<Optional<Lane>> maker, long mostEvents, Histories histories, long reach) {
        this.all = all;
        this.maker = maker;
        this.mostEvents = mostEvents;
        this.histories = histories;
        this.reach = reach;
        this.division = histories.division();
        all.limitTo(mostEvents);
    }

    /** The lane for all. */
    Lane all() {
        return all;
    }

    /** Whether keys are divided otherwise by now: what comes needs other lanes. */
    boolean isStale() {
        return division != histories.division();
    }

    /** Takes an event, in the order of time. */
    void send(@Nullable Object key, KeyVaultEvent event) {
        all.send(event);
        SortedSet<String> people = histories.people(key);
        if (people.isEmpty()) {
            return;
        }
        String named = Directories.of(event);
        int at = 0;
        for (String person : people) {
            if (at == MOST_PEOPLE) {
                tooManySince = OptionalLong.of(tooManySince.orElse(event.time()));
                tooManyUntil = event.time() + 2 * reach;
                return;
            }
            if (named == null || named.equals(person)) {
                Lane lane = ofPerson(at);
                if (lane == null) {
                    return;
                }
                lane.send(event);
            }
            at++;
        }
    }

    private @Nullable Lane ofPerson(int at) {
        while (ofPeople.size() <= at) {
            Lane another = maker.get().orElse(null);
            if (another == null) {
                return null;
            }
            another.limitTo(mostEvents);
            ofPeople.add(another);
        }
        return ofPeople.get(at);
    }

    /** Lets time pass. */
    void advanceTo(long time) {
        all.advanceTo(time);
        ofPeople.forEach(lane -> lane.advanceTo(time));
    }

    boolean hasOutput() {
        return all.hasOutput()
                || (tooManySince.isPresent() && !tooManyTold)
                || ofPeople.stream().anyMatch(Lane::hasOutput);
    }

    /** What has come out since the last call and is true. */
    List<Finding> takeFindings() {
        if (histories.dividesNone()) {
            return all.takeFindings();
        }
        List<Finding> taken = new ArrayList<>();
        for (Finding finding : all.takeFindings()) {
            if (directories(finding).size() < 2) {
                taken.add(finding);
            }
        }
        for (int at = 0; at < ofPeople.size(); at++) {
            for (Finding finding : ofPeople.get(at).takeFindings()) {
                SortedSet<String> named = directories(finding);
                String person = histories.people(finding.key()).stream()
                        .skip(at)
                        .findFirst()
                        .orElse("");
                if (named.size() > 1 && named.contains(person)) {
                    taken.add(finding.of(person));
                }
            }
        }
        return taken;
    }

    private SortedSet<String> directories(Finding finding) {
        return histories.people(finding.key(), finding.time() - reach, finding.time());
    }

    /** What the rule threw, and which bounds were reached, since the last call. */
    List<RuleFailure> takeFailures() {
        List<RuleFailure> failures = new ArrayList<>(all.takeFailures());
        ofPeople.forEach(lane -> failures.addAll(lane.takeFailures()));
        if (tooManySince.isPresent() && !tooManyTold) {
            tooManyTold = true;
            failures.add(
                    new RuleFailure(
                            all.rule().id(),
                            RuleFailure.Kind.LIMITED,
                            "A user name stands for people of more than " + MOST_PEOPLE
                                    + " directories at once; of these, the last ones are not judged apart, nor at all meanwhile."));
        }
        return failures;
    }

    /** As {@link Lane#incompleteSince()} and {@link Lane#incompleteUntil()}, of each lane that reached a limit. */
    void limits(BiConsumer<Long, Long> sinceAndUntil) {
        all.incompleteSince().ifPresent(since -> sinceAndUntil.accept(since, all.incompleteUntil()));
        ofPeople.forEach(
                lane -> lane.incompleteSince().ifPresent(since -> sinceAndUntil.accept(since, lane.incompleteUntil())));
        tooManySince.ifPresent(since -> sinceAndUntil.accept(since, tooManyUntil));
    }

    boolean isDamaged() {
        return all.isDamaged() || ofPeople.stream().anyMatch(Lane::isDamaged);
    }

    boolean isBroken() {
        return all.isBroken() || ofPeople.stream().anyMatch(Lane::isBroken);
    }

    /** Time spent in the rule so far, in nanoseconds. */
    long nanos() {
        long nanos = all.nanos();
        for (Lane lane : ofPeople) {
            nanos += lane.nanos();
        }
        return nanos;
    }

    @Override
    public void close() {
        all.close();
        ofPeople.forEach(Lane::close);
    }
}
