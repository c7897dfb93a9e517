package dev.vaultwatch.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is kept of windows that can still change, and what is not once a bound is reached. */
class WindowJournalTest {
    private static final int EVENT_BYTES = KeyVaultEvent.bare(0, "", null).heapBytes() + KeyEvents.SHARE_BYTES;

    private static final long MINUTE = 60_000;
    private static final int MANY = 1_000_000;
    private static final long MUCH = 1L << 40;

    private static WindowJournal journal(int minEvents, Bounds bounds) {
        WindowJournal journal = new WindowJournal(bounds, 7);
        journal.minEvents(minEvents);
        return journal;
    }

    private static WindowJournal unbounded(int minEvents) {
        return journal(minEvents, new Bounds(MANY, MANY, MANY, MANY, MUCH));
    }

    private static @Nullable KeyEvents add(WindowJournal journal, long window, String upn, String action) {
        return journal.add(window, Reads.read(window + 1, upn, action), false);
    }

    private static KeyEvents found(WindowJournal journal, long window, String upn) {
        return Objects.requireNonNull(journal.find(window, upn));
    }

    private static List<String> actions(KeyEvents key) {
        List<String> actions = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            actions.add(key.get(i).action());
        }
        return actions;
    }

    @Test
    void givenFewerEventsThanAnyRuleAsksForThenTheUserIsNoSuspectAndItsEventsAreKept() {
        WindowJournal journal = unbounded(3);

        assertThat(add(journal, 0, "a", "SecretGet")).isNull();
        assertThat(add(journal, 0, "a", "KeyGet")).isNull();
        assertThat(journal.suspects(0)).isEmpty();
        KeyEvents key = add(journal, 0, "a", "KeyList");

        assertThat(key).isNotNull().isSameAs(journal.find(0, "a"));
        assertThat(actions(found(journal, 0, "a"))).containsExactly("SecretGet", "KeyGet", "KeyList");
        assertThat(journal.suspects(0)).containsExactly(key);
    }

    @Test
    void givenTheSameUserInTwoWindowsThenEachWindowCountsForItself() {
        WindowJournal journal = unbounded(2);
        add(journal, 0, "a", "SecretGet");

        assertThat(add(journal, MINUTE, "a", "SecretGet")).isNull();
        assertThat(actions(found(journal, 0, "a"))).hasSize(1);
        assertThat(actions(found(journal, MINUTE, "a"))).hasSize(1);
    }

    @Test
    void givenEventsWithoutAUserThenTheyAreAGroupOfTheirOwn() {
        WindowJournal journal = unbounded(1);

        assertThat(journal.add(0, Reads.read(1, null, "SecretGet"), false)).isNotNull();
        assertThat(journal.find(0, null)).isNotNull();
        assertThat(journal.find(0, "a")).isNull();
    }

    @Test
    void givenARuleThatAsksForLessThenUsersWithFewerEventsAreSuspects() {
        WindowJournal journal = unbounded(10);
        add(journal, 0, "a", "SecretGet");
        add(journal, 0, "a", "SecretGet");

        journal.minEvents(2);

        assertThat(journal.suspects(0)).hasSize(1);
        assertThat(journal.keysWithAtLeast(0, 3)).isEmpty();
    }

    @Test
    void givenUsersBeyondTheBoundThenTheyAreCountedAndComeOutWithExactTotals() {
        WindowJournal journal = journal(4, new Bounds(2, MANY, MANY, MANY, MUCH));
        add(journal, 0, "a", "SecretGet");
        add(journal, 0, "b", "SecretGet");

        assertThat(add(journal, 0, "c", "SecretGet")).isNull();
        assertThat(add(journal, 0, "c", "KeyGet")).isNull();
        assertThat(add(journal, 0, "c", "SecretGet")).isNull();
        assertThat(journal.find(0, "c")).isNull();
        assertThat(journal.cut(0)).isEqualTo(3);
        KeyEvents out = Objects.requireNonNull(add(journal, 0, "c", "KeyList"));

        assertThat(actions(out)).containsExactly("SecretGet", "KeyGet", "SecretGet", "KeyList");
        assertThat(out.withoutEvidence()).isEqualTo(3);
        assertThat(out.countedOnly()).isZero();
        assertThat(out.get(0).sourceIp()).isNull();
        assertThat(out.get(0).upn()).isEqualTo("c");
        assertThat(out.get(3).sourceIp()).isEqualTo("192.0.2.7");
    }

    @Test
    void givenAUserThatCameOutThenItsFurtherEventsAreKeptInFull() {
        WindowJournal journal = journal(2, new Bounds(1, MANY, MANY, MANY, MUCH));
        add(journal, 0, "a", "SecretGet");
        add(journal, 0, "c", "SecretGet");
        add(journal, 0, "c", "SecretGet");

        KeyEvents key = Objects.requireNonNull(add(journal, 0, "c", "KeyGet"));

        assertThat(key.size()).isEqualTo(3);
        assertThat(key.withoutEvidence()).isEqualTo(1);
    }

    @Test
    void givenAUserBeyondTheBoundsThenAUserKeptBeforeIsStillKeptInFull() {
        WindowJournal journal = journal(3, new Bounds(1, MANY, MANY, MANY, MUCH));
        add(journal, 0, "a", "SecretGet");
        add(journal, 0, "b", "SecretGet");
        add(journal, 0, "a", "SecretGet");

        assertThat(Objects.requireNonNull(add(journal, 0, "a", "KeyGet")).withoutEvidence())
                .isZero();
    }

    @Test
    void givenMoreEventsOfAUserThanAreKeptThenTheyAreCountedButANewActionIsKept() {
        WindowJournal journal = journal(1, new Bounds(MANY, MANY, 3, MANY, MUCH));
        for (int i = 0; i < 5; i++) {
            add(journal, 0, "a", "SecretGet");
        }
        add(journal, 0, "a", "KeyGet");
        KeyEvents key = Objects.requireNonNull(add(journal, 0, "a", "KeyGet"));

        assertThat(actions(key)).containsExactly("SecretGet", "SecretGet", "SecretGet", "KeyGet");
        assertThat(key.size() + key.countedOnly()).isEqualTo(7);
        assertThat(key.withoutEvidence()).isEqualTo(3);
        assertThat(journal.cut(0)).isEqualTo(3);
    }

    @Test
    void givenMoreEventsOfAWindowThanAreKeptThenOnlyUsersWhoAreNoSuspectsYetAreKept() {
        WindowJournal journal = journal(2, new Bounds(MANY, 4, MANY, MANY, MUCH));
        add(journal, 0, "suspect", "SecretGet");
        add(journal, 0, "suspect", "SecretGet");
        add(journal, 0, "late", "SecretGet");
        add(journal, 0, "suspect", "SecretGet");

        KeyEvents suspect = Objects.requireNonNull(add(journal, 0, "suspect", "SecretGet"));
        KeyEvents late = Objects.requireNonNull(add(journal, 0, "late", "SecretGet"));

        assertThat(suspect.size()).isEqualTo(3);
        assertThat(suspect.countedOnly()).isEqualTo(1);
        assertThat(late.size()).isEqualTo(2);
    }

    @Test
    void givenRoomAgainThenAUserWhoWasCountedLosesNoRead() {
        long oneWindow = 60L * (WindowJournal.KEY_BYTES + EVENT_BYTES);
        WindowJournal journal = journal(3, new Bounds(MANY, MANY, MANY, MANY, 3 * oneWindow));
        for (long window = 0; window < 3 * MINUTE; window += MINUTE) {
            for (int user = 0; user < 60; user++) {
                add(journal, window, "user" + user, "SecretGet");
            }
        }
        add(journal, 2 * MINUTE, "counted", "SecretGet");
        add(journal, 2 * MINUTE, "counted", "KeyGet");
        journal.forgetBefore(2 * MINUTE);

        KeyEvents out = Objects.requireNonNull(add(journal, 2 * MINUTE, "counted", "KeyList"));

        assertThat(actions(out)).containsExactly("SecretGet", "KeyGet", "KeyList");
    }

    @Test
    void givenTooManyBytesThenTheOldestClosedWindowsGoAndTakeNoMoreLateEvents() {
        long oneWindow = 10L * (WindowJournal.KEY_BYTES + EVENT_BYTES);
        WindowJournal journal = journal(1, new Bounds(MANY, MANY, MANY, MANY, 3 * oneWindow));
        for (long window = 0; window < 5 * MINUTE; window += MINUTE) {
            for (int user = 0; user < 10; user++) {
                add(journal, window, "user" + user, "SecretGet");
            }
        }

        assertThat(journal.oldest()).hasValue(2 * MINUTE);
        assertThat(journal.canTake(MINUTE, "user1")).isFalse();
        assertThat(journal.canTake(2 * MINUTE, "user1")).isTrue();
        assertThat(journal.bytes()).isEqualTo(3 * oneWindow);
    }

    @Test
    void givenTooManyBytesInTheNewestWindowAloneThenItIsKept() {
        WindowJournal journal = journal(1, new Bounds(MANY, MANY, MANY, MANY, 1));
        for (int user = 0; user < 10; user++) {
            assertThat(add(journal, 0, "user" + user, "SecretGet")).isNotNull();
        }

        for (int user = 0; user < 10; user++) {
            assertThat(journal.find(0, "user" + user)).as("user%d", user).isNotNull();
        }
    }

    @Test
    void givenMoreUsersThanCanEvenBeCountedThenItIsOverloadedUntilTheNextWindow() {
        WindowJournal journal = journal(3, new Bounds(1, MANY, MANY, 2, MUCH));
        add(journal, 0, "kept", "SecretGet");
        add(journal, 0, "counted", "SecretGet");
        assertThat(journal.isOverloaded(0)).isFalse();
        add(journal, 0, "counted too", "SecretGet");
        assertThat(journal.isOverloaded(0)).isTrue();

        assertThat(journal.isOverloaded(MINUTE)).isFalse();
        assertThat(journal.canTake(0, "kept")).isTrue();
        assertThat(journal.canTake(0, "stranger")).isFalse();
        assertThat(journal.canTake(MINUTE, "stranger")).isTrue();
    }

    @Test
    void givenWindowsThatAreForgottenThenNothingIsLeftOfThemAndNoByteIsCounted() {
        WindowJournal journal = journal(2, new Bounds(2, MANY, 3, MANY, MUCH));
        for (long window = 0; window < 3 * MINUTE; window += MINUTE) {
            for (int i = 0; i < 50; i++) {
                add(journal, window, "user" + i % 7, "Action" + i % 3);
            }
        }

        journal.forgetBefore(2 * MINUTE);
        assertThat(journal.oldest()).hasValue(2 * MINUTE);
        assertThat(journal.find(MINUTE, "user1")).isNull();
        journal.forgetBefore(Long.MAX_VALUE);

        assertThat(journal.bytes()).isZero();
        assertThat(journal.oldest()).isEmpty();
        assertThat(journal.cut(0)).isZero();
    }

    @Test
    void givenPositionsThenTheOldestOfWhatIsNotForgottenIsToldPerSource() {
        WindowJournal journal = unbounded(1);
        journal.position(0, "left", 10);
        journal.position(0, "left", 12);
        journal.position(0, "right", 5);
        journal.position(MINUTE, "left", 11);
        assertThat(journal.oldestPositions()).isEqualTo(Map.of("left", 10L, "right", 5L));

        journal.forgetPositionsBefore(MINUTE);

        assertThat(journal.oldestPositions()).isEqualTo(Map.of("left", 11L));
    }

    @Test
    void givenWhatWasSentToALaneThenOnlyTheRestIsSentNext() {
        WindowJournal journal = unbounded(2);
        add(journal, 0, "a", "SecretGet");
        KeyEvents key = Objects.requireNonNull(add(journal, 0, "a", "KeyGet"));
        assertThat(key.sent()).isZero();
        key.allSent();
        add(journal, 0, "a", "KeyList");

        assertThat(key.sent()).isEqualTo(2);
        key.noneSent();
        assertThat(key.sent()).isZero();
    }
}
