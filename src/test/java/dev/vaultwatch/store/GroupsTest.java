package dev.vaultwatch.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is kept of windows that can still change, and what is not once a bound is reached. */
class GroupsTest {
    private static final int EVENT_BYTES = KeyVaultEvent.bare(0, "", null).heapBytes() + Group.SHARE_BYTES;

    private static final long MINUTE = 60_000;
    private static final int MANY = 1_000_000;
    private static final long MUCH = 1L << 40;

    private Budget budget = new Budget(MUCH);

    private Groups groups(int minEvents, Bounds bounds, boolean countable) {
        budget = new Budget(bounds.bytes());
        return new Groups(bounds, budget, countable, List.of(Property.UPN), minEvents, true, 7);
    }

    private Groups groups(int minEvents, Bounds bounds) {
        return groups(minEvents, bounds, true);
    }

    private Groups unbounded(int minEvents) {
        return groups(minEvents, new Bounds(MANY, MANY, MANY, MANY, MUCH));
    }

    /** Adds as the detector does: closed windows make room. */
    private @Nullable Group add(Groups groups, long window, @Nullable String upn, String action) {
        Group group = groups.add(window, upn, Reads.read(window + 1, upn, action), 0, false, false);
        while (budget.isExceeded() && groups.makeRoom(window)) {
            assertThat(groups.oldest()).isPresent();
        }
        return group;
    }

    private static Group found(Groups groups, long window, String upn) {
        return Objects.requireNonNull(groups.find(window, upn));
    }

    private static List<String> actions(Group key) {
        List<String> actions = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            actions.add(key.get(i).action());
        }
        return actions;
    }

    @Test
    void givenFewerEventsThanAnyRuleAsksForThenTheUserIsNoSuspectAndItsEventsAreKept() {
        Groups groups = unbounded(3);

        assertThat(add(groups, 0, "a", "SecretGet")).isNull();
        assertThat(add(groups, 0, "a", "KeyGet")).isNull();
        assertThat(groups.suspects(0)).isEmpty();
        Group key = add(groups, 0, "a", "KeyList");

        assertThat(key).isNotNull().isSameAs(groups.find(0, "a"));
        assertThat(actions(found(groups, 0, "a"))).containsExactly("SecretGet", "KeyGet", "KeyList");
        assertThat(groups.suspects(0)).containsExactly(key);
    }

    @Test
    void givenTheSameUserInTwoWindowsThenEachWindowCountsForItself() {
        Groups groups = unbounded(2);
        add(groups, 0, "a", "SecretGet");

        assertThat(add(groups, MINUTE, "a", "SecretGet")).isNull();
        assertThat(actions(found(groups, 0, "a"))).hasSize(1);
        assertThat(actions(found(groups, MINUTE, "a"))).hasSize(1);
    }

    @Test
    void givenEventsWithoutAUserThenTheyAreAGroupOfTheirOwn() {
        Groups groups = unbounded(1);

        assertThat(add(groups, 0, null, "SecretGet")).isNotNull();
        assertThat(groups.find(0, null)).isNotNull();
        assertThat(groups.find(0, "a")).isNull();
    }

    @Test
    void givenARuleThatAsksForLessThenUsersWithFewerEventsAreSuspects() {
        Groups groups = unbounded(10);
        add(groups, 0, "a", "SecretGet");
        add(groups, 0, "a", "SecretGet");

        groups.minEvents(2);

        assertThat(groups.suspects(0)).hasSize(1);
    }

    @Test
    void givenUsersBeyondTheBoundThenTheyAreCountedAndComeOutWithExactTotals() {
        Groups groups = groups(4, new Bounds(2, MANY, MANY, MANY, MUCH));
        add(groups, 0, "a", "SecretGet");
        add(groups, 0, "b", "SecretGet");

        assertThat(add(groups, 0, "c", "SecretGet")).isNull();
        assertThat(add(groups, 0, "c", "KeyGet")).isNull();
        assertThat(add(groups, 0, "c", "SecretGet")).isNull();
        assertThat(groups.find(0, "c")).isNull();
        assertThat(groups.cut(0)).isEqualTo(3);
        Group out = Objects.requireNonNull(add(groups, 0, "c", "KeyList"));

        assertThat(actions(out)).containsExactly("SecretGet", "KeyGet", "SecretGet", "KeyList");
        assertThat(out.withoutEvidence()).isEqualTo(3);
        assertThat(out.countedOnly()).isZero();
        assertThat(out.get(0).sourceIp()).isNull();
        assertThat(out.get(0).upn()).isEqualTo("c");
        assertThat(out.get(3).sourceIp()).isEqualTo("192.0.2.7");
    }

    @Test
    void givenAUserThatCameOutThenItsFurtherEventsAreKeptInFull() {
        Groups groups = groups(2, new Bounds(1, MANY, MANY, MANY, MUCH));
        add(groups, 0, "a", "SecretGet");
        add(groups, 0, "c", "SecretGet");
        add(groups, 0, "c", "SecretGet");

        Group key = Objects.requireNonNull(add(groups, 0, "c", "KeyGet"));

        assertThat(key.size()).isEqualTo(3);
        assertThat(key.withoutEvidence()).isEqualTo(1);
    }

    @Test
    void givenAUserBeyondTheBoundsThenAUserKeptBeforeIsStillKeptInFull() {
        Groups groups = groups(3, new Bounds(1, MANY, MANY, MANY, MUCH));
        add(groups, 0, "a", "SecretGet");
        add(groups, 0, "b", "SecretGet");
        add(groups, 0, "a", "SecretGet");

        assertThat(Objects.requireNonNull(add(groups, 0, "a", "KeyGet")).withoutEvidence())
                .isZero();
    }

    @Test
    void givenMoreEventsOfAUserThanAreKeptThenTheyAreCountedButANewActionIsKept() {
        Groups groups = groups(1, new Bounds(MANY, MANY, 3, MANY, MUCH));
        for (int i = 0; i < 5; i++) {
            add(groups, 0, "a", "SecretGet");
        }
        add(groups, 0, "a", "KeyGet");
        Group key = Objects.requireNonNull(add(groups, 0, "a", "KeyGet"));

        assertThat(actions(key)).containsExactly("SecretGet", "SecretGet", "SecretGet", "KeyGet");
        assertThat(key.size() + key.countedOnly()).isEqualTo(7);
        assertThat(key.withoutEvidence()).isEqualTo(3);
        assertThat(groups.cut(0)).isEqualTo(3);
    }

    @Test
    void givenMoreEventsOfAWindowThanAreKeptThenOnlyUsersWhoAreNoSuspectsYetAreKept() {
        Groups groups = groups(2, new Bounds(MANY, 4, MANY, MANY, MUCH));
        add(groups, 0, "suspect", "SecretGet");
        add(groups, 0, "suspect", "SecretGet");
        add(groups, 0, "late", "SecretGet");
        add(groups, 0, "suspect", "SecretGet");

        Group suspect = Objects.requireNonNull(add(groups, 0, "suspect", "SecretGet"));
        Group late = Objects.requireNonNull(add(groups, 0, "late", "SecretGet"));

        assertThat(suspect.size()).isEqualTo(3);
        assertThat(suspect.countedOnly()).isEqualTo(1);
        assertThat(late.size()).isEqualTo(2);
    }

    @Test
    void givenRoomAgainThenAUserWhoWasCountedLosesNoRead() {
        long oneWindow = 60L * (Groups.KEY_BYTES + EVENT_BYTES);
        Groups groups = groups(3, new Bounds(MANY, MANY, MANY, MANY, 3 * oneWindow));
        for (long window = 0; window < 3 * MINUTE; window += MINUTE) {
            for (int user = 0; user < 60; user++) {
                add(groups, window, "user" + user, "SecretGet");
            }
        }
        add(groups, 2 * MINUTE, "counted", "SecretGet");
        add(groups, 2 * MINUTE, "counted", "KeyGet");
        groups.forgetBefore(2 * MINUTE);

        Group out = Objects.requireNonNull(add(groups, 2 * MINUTE, "counted", "KeyList"));

        assertThat(actions(out)).containsExactly("SecretGet", "KeyGet", "KeyList");
    }

    @Test
    void givenTooManyBytesThenTheOldestClosedWindowsGoAndTakeNoMoreLateEvents() {
        long oneWindow = 10L * (Groups.KEY_BYTES + EVENT_BYTES);
        Groups groups = groups(1, new Bounds(MANY, MANY, MANY, MANY, 3 * oneWindow));
        for (long window = 0; window < 5 * MINUTE; window += MINUTE) {
            for (int user = 0; user < 10; user++) {
                add(groups, window, "user" + user, "SecretGet");
            }
        }

        assertThat(groups.oldest()).hasValue(2 * MINUTE);
        assertThat(groups.canTake(MINUTE, "user1")).isFalse();
        assertThat(groups.canTake(2 * MINUTE, "user1")).isTrue();
        assertThat(groups.bytes()).isEqualTo(3 * oneWindow);
    }

    @Test
    void givenTooManyBytesInTheNewestWindowAloneThenItIsKept() {
        Groups groups = groups(1, new Bounds(MANY, MANY, MANY, MANY, 1));
        for (int user = 0; user < 10; user++) {
            assertThat(add(groups, 0, "user" + user, "SecretGet")).isNotNull();
        }

        for (int user = 0; user < 10; user++) {
            assertThat(groups.find(0, "user" + user)).as("user%d", user).isNotNull();
        }
    }

    @Test
    @DisplayName("More users than may be counted: it is overloaded until the next window, and goes on counting")
    void countedMany() {
        Groups groups = groups(3, new Bounds(1, MANY, MANY, 2, MUCH));
        add(groups, 0, "kept", "SecretGet");
        add(groups, 0, "counted", "SecretGet");
        assertThat(groups.isOverloaded(0)).isFalse();
        add(groups, 0, "counted too", "SecretGet");

        assertThat(groups.isOverloaded(0)).isTrue();
        assertThat(groups.isOverloaded(MINUTE)).isFalse();
        add(groups, 0, "stranger", "SecretGet");
        add(groups, 0, "stranger", "KeyGet");
        assertThat(add(groups, 0, "stranger", "SecretGet")).isNotNull();
        assertThat(groups.canTake(0, "another")).isTrue();
    }

    @Test
    @DisplayName("More users than may be counted, and no heap left: of further ones nothing is kept, and that is said")
    void noHeapToCount() {
        Groups groups = groups(3, new Bounds(1, MANY, MANY, 2, 1));
        add(groups, 0, "kept", "SecretGet");
        add(groups, 0, "counted", "SecretGet");
        add(groups, 0, "counted too", "SecretGet");
        add(groups, 0, "stranger", "SecretGet");

        assertThat(groups.taken()).isEqualTo(Groups.Taken.LIMITED);
        assertThat(groups.limited(0)).isEqualTo(1);
        add(groups, 0, "counted", "KeyGet");
        assertThat(groups.taken()).isEqualTo(Groups.Taken.COUNTED);
        assertThat(add(groups, 0, "counted", "SecretGet")).isNull();
        assertThat(groups.taken()).isEqualTo(Groups.Taken.LIMITED);

        assertThat(groups.canTake(0, "kept")).isTrue();
        assertThat(groups.canTake(0, "another")).isFalse();
        assertThat(groups.canTake(MINUTE, "another")).isTrue();
    }

    @Test
    @DisplayName("No heap left, and as many users with enough events as the engine may hold: no further one comes out")
    void noHeapToComeOut() {
        Groups groups = groups(2, new Bounds(4, MANY, MANY, MANY, 1));
        add(groups, 0, "first", "SecretGet");
        assertThat(add(groups, 0, "first", "SecretGet")).isNotNull();
        add(groups, 0, "second", "SecretGet");

        assertThat(add(groups, 0, "second", "SecretGet")).isNull();
        assertThat(groups.taken()).isEqualTo(Groups.Taken.LIMITED);
    }

    @Test
    void givenWindowsThatAreForgottenThenNothingIsLeftOfThemAndNoByteIsCounted() {
        Groups groups = groups(2, new Bounds(2, MANY, 3, MANY, MUCH));
        for (long window = 0; window < 3 * MINUTE; window += MINUTE) {
            for (int i = 0; i < 50; i++) {
                add(groups, window, "user" + i % 7, "Action" + i % 3);
            }
        }

        groups.forgetBefore(2 * MINUTE);
        assertThat(groups.oldest()).hasValue(2 * MINUTE);
        assertThat(groups.find(MINUTE, "user1")).isNull();
        groups.forgetBefore(Long.MAX_VALUE);

        assertThat(groups.bytes()).isZero();
        assertThat(groups.oldest()).isEmpty();
        assertThat(groups.cut(0)).isZero();
    }

    @Test
    void givenWhatWasSentToALaneThenOnlyTheRestIsSentNext() {
        Groups groups = unbounded(2);
        add(groups, 0, "a", "SecretGet");
        Group key = Objects.requireNonNull(add(groups, 0, "a", "KeyGet"));
        assertThat(key.sent()).isZero();
        key.sentTo(key.size());
        add(groups, 0, "a", "KeyList");

        assertThat(key.sent()).isEqualTo(2);
        key.noneSent();
        assertThat(key.sent()).isZero();
    }

    @Test
    @DisplayName("A rule that is not countable is given no event that was made up: beyond a bound its group is limited")
    void notCountable() {
        Groups groups = groups(2, new Bounds(1, MANY, 2, MANY, MUCH), false);
        add(groups, 0, "kept", "SecretGet");
        add(groups, 0, "beyond", "SecretGet");
        assertThat(groups.taken()).isEqualTo(Groups.Taken.LIMITED);
        add(groups, 0, "kept", "SecretGet");

        Group kept = Objects.requireNonNull(add(groups, 0, "kept", "KeyGet"));

        assertThat(groups.taken()).isEqualTo(Groups.Taken.LIMITED);
        assertThat(kept.isLimited()).isTrue();
        assertThat(kept.size()).isEqualTo(2);
        assertThat(groups.find(0, "beyond")).isNull();
        assertThat(groups.limited(0)).isEqualTo(2);
        assertThat(groups.cut(0)).isZero();
    }

    @Test
    @DisplayName("A threshold above the bound on events of a key does not silence the rule")
    void thresholdAboveTheBound() {
        Groups groups = groups(15, new Bounds(MANY, MANY, 10, MANY, MUCH));
        Group group = null;
        for (int i = 0; i < 15; i++) {
            group = add(groups, 0, "a", "SecretGet");
        }

        assertThat(Objects.requireNonNull(group).size()).isEqualTo(15);
    }

    @Test
    @DisplayName("A revoked source takes the groups along that it alone brought, and no other")
    void revoke() {
        Groups groups = unbounded(1);
        groups.add(0, "alone", Reads.read(1, "alone", "SecretGet"), 1, false, false);
        groups.add(0, "both", Reads.read(1, "both", "SecretGet"), 1, false, false);
        groups.add(0, "both", Reads.read(2, "both", "SecretGet"), 2, false, false);
        long before = groups.bytes();
        List<Object> gone = new ArrayList<>();

        groups.revoke(1, (window, key) -> gone.add(key));

        assertThat(gone).containsExactly("alone");
        assertThat(groups.find(0, "alone")).isNull();
        assertThat(groups.find(0, "both")).isNotNull();
        assertThat(groups.bytes()).isEqualTo(before - Groups.KEY_BYTES - EVENT_BYTES);
        groups.revoke(2, (window, key) -> gone.add(key));
        assertThat(gone).containsExactly("alone", "both");
    }

    private Groups bounded(int minEvents, int keys, int events, int eventsPerKey, int counted, boolean countable) {
        return groups(minEvents, new Bounds(keys, events, eventsPerKey, counted, MUCH), countable);
    }

    @Test
    @DisplayName(
            "Two rules with different thresholds: tuned to fewer and to more events, each window says whom it suspects")
    void thresholds() {
        Groups groups = unbounded(3);
        for (int i = 0; i < 4; i++) {
            add(groups, 0, "four", "SecretGet");
        }
        add(groups, 0, "two", "SecretGet");
        add(groups, 0, "two", "KeyGet");
        assertThat(groups.suspectCount(0)).isEqualTo(1);

        groups.minEvents(2);
        assertThat(groups.suspectCount(0)).isEqualTo(2);
        assertThat(add(groups, 0, "two", "KeyGet")).isNotNull();
        assertThat(groups.suspectCount(0)).isEqualTo(2);

        groups.minEvents(4);
        assertThat(groups.suspectCount(0)).isEqualTo(1);
        assertThat(found(groups, 0, "two").isSuspect()).isFalse();
        assertThat(found(groups, 0, "four").isSuspect()).isTrue();
        groups.minEvents(0);
        assertThat(groups.suspectCount(0)).isEqualTo(2);
        assertThat(groups.suspectCount(MINUTE)).isZero();
    }

    @Test
    @DisplayName(
            "Tuned to more events than a bound had let it keep, a group has as many as it was counted for, and no more evidence")
    void tunedBeyondTheBound() {
        Groups groups = bounded(2, MANY, MANY, 3, MANY, true);
        for (int i = 0; i < 5; i++) {
            add(groups, 0, "a", i == 0 ? "KeyGet" : "SecretGet");
        }
        Group group = found(groups, 0, "a");
        assertThat(group.size()).isEqualTo(3);

        groups.minEvents(4);
        assertThat(group.isSuspect()).isTrue();
        assertThat(group.size() + group.countedOnly()).isEqualTo(5);
        assertThat(group.withoutEvidence()).isEqualTo(2);
        assertThat(actions(group)).containsOnly("KeyGet", "SecretGet");

        groups.minEvents(6);
        assertThat(group.isSuspect()).isFalse();
        assertThat(group.countedOnly()).isZero();
        assertThat(group.size()).isEqualTo(5);
    }

    @Test
    @DisplayName("The last event that fits is kept, the next one is counted, or limits a rule that can't be counted")
    void edgeOfAKey() {
        for (boolean countable : new boolean[] {true, false}) {
            Groups groups = bounded(2, MANY, MANY, 3, MANY, countable);
            for (int i = 0; i < 3; i++) {
                add(groups, 0, "a", "SecretGet");
                assertThat(groups.taken()).isEqualTo(Groups.Taken.KEPT);
            }
            add(groups, 0, "a", "SecretGet");
            assertThat(groups.taken()).isEqualTo(countable ? Groups.Taken.COUNTED : Groups.Taken.LIMITED);
            assertThat(groups.cut()).isEqualTo(countable ? 1 : 0);
            assertThat(groups.cut(0)).isEqualTo(countable ? 1 : 0);
            assertThat(groups.limited(0)).isEqualTo(countable ? 0 : 1);
            assertThat(found(groups, 0, "a").isLimited()).isNotEqualTo(countable);
            add(groups, 0, "a", "KeyGet");
            assertThat(groups.taken()).isEqualTo(countable ? Groups.Taken.KEPT : Groups.Taken.LIMITED);
        }
    }

    @Test
    @DisplayName("The window's bound on events lets its last one in and no new key after it")
    void edgeOfAWindow() {
        Groups groups = bounded(2, MANY, 4, MANY, MANY, true);
        for (int i = 0; i < 4; i++) {
            add(groups, 0, "a", "SecretGet");
        }
        assertThat(groups.taken()).isEqualTo(Groups.Taken.KEPT);
        add(groups, 0, "a", "SecretGet");
        assertThat(groups.taken()).isEqualTo(Groups.Taken.COUNTED);
        add(groups, 0, "b", "SecretGet");
        assertThat(groups.taken()).isEqualTo(Groups.Taken.COUNTED);
        assertThat(groups.find(0, "b")).isNull();
        add(groups, MINUTE, "b", "SecretGet");
        assertThat(groups.taken()).isEqualTo(Groups.Taken.KEPT);
    }

    @Test
    @DisplayName("Keys that are counted and have enough events are told; with their next one they come out")
    void countedSuspects() {
        Groups groups = bounded(3, 1, MANY, MANY, MANY, true);
        add(groups, 0, "a", "SecretGet");
        add(groups, 0, "b", "SecretGet");
        add(groups, 0, "b", "KeyGet");
        assertThat(groups.countedSuspects(0)).isZero();
        assertThat(groups.countedSuspects(MINUTE)).isZero();
        groups.minEvents(2);
        assertThat(groups.countedSuspects(0)).isEqualTo(1);

        Group out = Objects.requireNonNull(add(groups, 0, "b", "KeyList"));

        assertThat(actions(out)).containsExactly("SecretGet", "KeyGet", "KeyList");
        assertThat(out.withoutEvidence()).isEqualTo(2);
        assertThat(groups.suspectCount(0)).isEqualTo(1);
        assertThat(out.get(2)).isEqualTo(Reads.read(1, "b", "KeyList"));
    }

    @Test
    @DisplayName(
            "A window is full for sources that are ahead when as many keys are counted as may be, or suspects fill the engine")
    void overloaded() {
        Groups counted = bounded(3, 1, MANY, MANY, 2, true);
        add(counted, 0, "a", "SecretGet");
        add(counted, 0, "b", "SecretGet");
        assertThat(counted.isOverloaded(0)).isFalse();
        add(counted, 0, "c", "SecretGet");
        assertThat(counted.isOverloaded(0)).isTrue();
        assertThat(counted.isOverloaded(MINUTE)).isFalse();

        Groups suspects = bounded(1, 8, MANY, MANY, MANY, true);
        add(suspects, 0, "a", "SecretGet");
        assertThat(suspects.engineKeys()).isEqualTo(2);
        assertThat(suspects.isOverloaded(0)).isFalse();
        add(suspects, 0, "b", "SecretGet");
        assertThat(suspects.isOverloaded(0)).isTrue();
    }

    @Test
    @DisplayName("What is let go of gives back what it took: windows, keys that are counted, a source's groups")
    void heap() {
        Groups groups = bounded(3, 2, MANY, MANY, MANY, true);
        for (String user : List.of("a", "a", "a", "b", "c", "d", "d", "d")) {
            add(groups, 0, user, "SecretGet");
        }
        groups.add(MINUTE, "e", Reads.read(MINUTE, "e", "SecretGet"), 5, false, false);
        assertThat(groups.bytes()).isGreaterThan(budget.used());
        assertThat(budget.used()).isPositive();
        assertThat(groups.firstFrom(1)).hasValue(MINUTE);
        assertThat(groups.firstFrom(MINUTE + 1)).isEmpty();
        assertThat(groups.all(0)).hasSize(3);
        assertThat(groups.all(7)).isEmpty();

        List<Object> gone = new ArrayList<>();
        groups.revoke(5, (window, key) -> gone.add(window + " " + key));
        assertThat(gone).containsExactly(MINUTE + " e");
        assertThat(groups.suspectCount(0)).isEqualTo(2);
        groups.revoke(0, (window, key) -> gone.add(window + " " + key));
        assertThat(groups.suspectCount(0)).isZero();

        groups.clear();
        assertThat(groups.bytes()).isZero();
        assertThat(budget.used()).isZero();
        assertThat(groups.oldest()).isEmpty();
    }

    @Test
    @DisplayName("A window that had to make room takes nothing more; the one that is asked about never goes")
    void room() {
        Groups groups = unbounded(2);
        add(groups, 0, "a", "SecretGet");
        add(groups, MINUTE, "a", "SecretGet");
        assertThat(groups.forgottenUpTo()).isEmpty();
        assertThat(groups.makeRoom(0)).isFalse();
        assertThat(groups.makeRoom(MINUTE)).isTrue();
        assertThat(groups.makeRoom(MINUTE)).isFalse();

        assertThat(groups.forgottenUpTo()).hasValue(0);
        assertThat(groups.canTake(0, "a")).isFalse();
        assertThat(groups.canTake(MINUTE, "new")).isTrue();
        assertThat(groups.canTake(2 * MINUTE, "new")).isTrue();
        groups.forgetBefore(MINUTE + 1);
        assertThat(groups.makeRoom(10 * MINUTE)).isFalse();
    }

    @Test
    @DisplayName("The heap of texts is charged to the budget, and given back")
    void budgets() {
        Budget spent = new Budget(100);
        spent.charge(99);
        assertThat(spent.isSpent()).isFalse();
        assertThat(spent.isExceeded()).isFalse();
        spent.charge(1);
        assertThat(spent.isSpent()).isTrue();
        assertThat(spent.isExceeded()).isFalse();
        spent.charge(1);
        assertThat(spent.isExceeded()).isTrue();
        spent.charge(-2);
        assertThat(spent.used()).isEqualTo(99);
    }
}
