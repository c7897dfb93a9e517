package dev.vaultwatch.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.lang.reflect.Field;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** One user's events in one window. */
class GroupTest {
    @Test
    void givenTheFirstQuestionForAnActionThenLaterOnesDoNotLookAtTheEventsAgain() throws ReflectiveOperationException {
        Group key = new Group("a");
        for (int i = 0; i < 1_000; i++) {
            key.add(KeyVaultEvent.bare(0, "SecretGet", "a"), "a", true, false);
        }
        assertThat(key.hasAction("KeyGet")).isFalse();

        // A look at any event but the last, whose texts the next one shares, would now fail.
        Field events = Group.class.getDeclaredField("events");
        events.setAccessible(true);
        Arrays.fill((KeyVaultEvent[]) events.get(key), 0, 999, null);
        key.add(KeyVaultEvent.bare(0, "KeyGet", "a"), "a", true, false);

        assertThat(key.hasAction("SecretGet")).isTrue();
        assertThat(key.hasAction("KeyGet")).isTrue();
        assertThat(key.hasAction("KeyList")).isFalse();
    }

    @Test
    void givenTextsThatTheDecoderMadeAnewThenTheUsersEventsHoldThemOnce() {
        Group key = new Group("ada");
        for (int i = 0; i < 3; i++) {
            add(key, anew("ada", "vault"));
        }

        assertThat(key.get(2)).isEqualTo(anew("ada", "vault"));
        assertThat(key.get(2).upn()).isSameAs(key.get(0).upn());
        assertThat(key.get(2).vault()).isSameAs(key.get(0).vault());
    }

    @Test
    void givenLongTextsThenTheirHeapIsCountedAndOfTheSameOnceOnly() {
        Group key = new Group("ada");

        long first = add(key, anew("ada", "v".repeat(10_000)));
        long same = add(key, anew("ada", "v".repeat(10_000)));
        long other = add(key, anew("ada", "w".repeat(10_000)));

        assertThat(first).isBetween(10_000L, 10_500L);
        assertThat(same).isBetween(1L, 500L);
        assertThat(other).isBetween(10_000L, 10_500L);
        assertThat(key.bytes()).isEqualTo(first + same + other);
    }

    @Test
    void givenALongTextBesideANameThatIsHeldAlreadyThenItsHeapIsCountedToo() {
        Group key = new Group("ada");
        add(key, Reads.read(0, "ada", "SecretGet"));

        assertThat(add(key, Reads.read(0, "ada", "SecretGet", "v".repeat(10_000))))
                .isGreaterThan(9_900);
    }

    @Test
    @DisplayName(
            "Of a text that others are taken to share, what is beyond the usual length counts; of any other, all of it")
    void texts() {
        KeyVaultEvent usual = Reads.read(0, "ada", "SecretGet");
        int alone = usual.heapBytes() + Group.SHARE_BYTES;
        assertThat(add(new Group(usual.upn()), usual)).isEqualTo(alone);
        String vault = "v".repeat(Property.VAULT.usualLength() + 5);
        Group wide = new Group(usual.upn());
        assertThat(add(wide, Reads.read(0, "ada", "SecretGet", vault))).isEqualTo(alone + 5);
        assertThat(wide.texts()).isEqualTo(5);

        Group key = new Group("ada");
        add(key, anew("ada", "vault"));
        long more = add(key, anew("ada", "other"));
        assertThat(add(key, anew("ada", "others")) - more).isOne();
        assertThat(add(key, anew("ada", "others"))).isLessThan(more - 6);
    }

    private static long add(Group group, KeyVaultEvent event) {
        return group.add(event, event.upn(), true, false);
    }

    private static KeyVaultEvent anew(String upn, String vault) {
        return Reads.read(0, new String(upn.toCharArray()), "SecretGet", new String(vault.toCharArray()));
    }

    @Test
    void givenSourcesThenTheGroupIsGoneWithTheLastOfThem() {
        Group key = new Group("a");
        key.from(1);
        key.from(2);
        key.from(2);
        key.from(3);
        key.from(1);

        assertThat(key.revoke(9)).isFalse();
        assertThat(key.revoke(2)).isFalse();
        assertThat(key.revoke(2)).isFalse();
        assertThat(key.revoke(1)).isFalse();
        assertThat(key.revoke(3)).isTrue();
    }

    @Test
    void givenASourceOfTwoThatIsRevokedThenTheOtherIsStillKnown() {
        Group key = new Group("a");
        key.from(1);
        key.from(2);

        assertThat(key.revoke(1)).isFalse();
        assertThat(key.revoke(1)).isFalse();
        assertThat(key.revoke(2)).isTrue();
    }

    @Test
    void givenEventsThenTheyAreKeptInOrderAndCountedAsTheyAre() {
        Group key = new Group("a");
        KeyVaultEvent first = KeyVaultEvent.bare(1, "SecretGet", "a");
        KeyVaultEvent second = KeyVaultEvent.bare(2, "KeyGet", "a");
        add(key, first);
        add(key, second);

        assertThat(key.key()).isEqualTo("a");
        assertThat(key.events()).containsExactly(first, second);
        assertThat(key.last()).isEqualTo(second);
        assertThat(key.size()).isEqualTo(2);
        assertThat(key.sent()).isZero();
        key.sentTo(key.size());
        assertThat(key.sent()).isEqualTo(2);
        key.noneSent();
        assertThat(key.sent()).isZero();
        assertThat(key.isLimited()).isFalse();
        assertThat(key.isSuspect()).isFalse();
        key.limit();
        key.suspect(true);
        assertThat(key.isLimited()).isTrue();
        assertThat(key.isSuspect()).isTrue();
        key.countOnly();
        key.addWithoutEvidence(KeyVaultEvent.bare(3, "KeyGet", "a"));
        assertThat(key.countedOnly()).isEqualTo(1);
        assertThat(key.withoutEvidence()).isEqualTo(2);
    }

    @Test
    void givenAnEventThenItsShareIsTheGroupsOwnAndOfOneThatIsInNoStoreAll() {
        Group key = new Group("a");
        KeyVaultEvent event = KeyVaultEvent.bare(1, "SecretGet", "a");
        int all = Group.SHARE_BYTES + event.heapBytes();

        assertThat(key.add(event, "a", true, true)).isEqualTo(all);
        assertThat(key.own()).isEqualTo(Group.SHARE_BYTES);
        assertThat(key.addWithoutEvidence(event)).isEqualTo(all);
        assertThat(key.own()).isEqualTo(Group.SHARE_BYTES + all);
    }

    @Test
    @DisplayName("is disordered once an event lies before the one that came before it, and stays so")
    void disordered() {
        Group key = new Group("ada");
        for (long time : new long[] {5, 5, 7}) {
            add(key, Reads.read(time, "ada", "SecretGet"));
            assertThat(key.isDisordered()).as("%s", time).isFalse();
        }
        for (long time : new long[] {6, 8}) {
            add(key, Reads.read(time, "ada", "SecretGet"));
            assertThat(key.isDisordered()).as("%s", time).isTrue();
        }
    }

    @Test
    @DisplayName("is of several people once its events name two directories, and stays so")
    void divided() {
        Group key = new Group("ada");
        assertThat(key.isDivided()).isFalse();
        for (String tenant : Arrays.asList(ONE, null, "contoso", ONE)) {
            key.directory(of(tenant));
            assertThat(key.isDivided()).as("%s", tenant).isFalse();
        }

        key.directory(of(OTHER));
        assertThat(key.isDivided()).isTrue();

        key.directory(of(ONE));
        assertThat(key.isDivided()).isTrue();
    }

    private static final String ONE = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
    private static final String OTHER = "1a1b2c3d-4e5f-6789-abcd-ef0123456789";

    private static KeyVaultEvent of(@Nullable String tenant) {
        return KeyVaultEvent.builder(0, "SecretGet").tenant(tenant).build();
    }
}
