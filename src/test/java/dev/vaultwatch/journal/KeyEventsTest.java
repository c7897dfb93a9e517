package dev.vaultwatch.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import java.lang.reflect.Field;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** One user's events in one window. */
class KeyEventsTest {
    @Test
    void givenTheFirstQuestionForAnActionThenLaterOnesDoNotLookAtTheEventsAgain() throws ReflectiveOperationException {
        KeyEvents key = new KeyEvents("a");
        for (int i = 0; i < 1_000; i++) {
            key.add(KeyVaultEvent.bare(0, "SecretGet", "a"), true);
        }
        assertThat(key.hasAction("KeyGet")).isFalse();

        // A look at any event but the last, whose texts the next one shares, would now fail.
        Field events = KeyEvents.class.getDeclaredField("events");
        events.setAccessible(true);
        Arrays.fill((KeyVaultEvent[]) events.get(key), 0, 999, null);
        key.add(KeyVaultEvent.bare(0, "KeyGet", "a"), true);

        assertThat(key.hasAction("SecretGet")).isTrue();
        assertThat(key.hasAction("KeyGet")).isTrue();
        assertThat(key.hasAction("KeyList")).isFalse();
    }

    @Test
    void givenTextsThatTheDecoderMadeAnewThenTheUsersEventsHoldThemOnce() {
        KeyEvents key = new KeyEvents("ada");
        for (int i = 0; i < 3; i++) {
            key.add(anew("ada", "vault"), true);
        }

        assertThat(key.get(2)).isEqualTo(anew("ada", "vault"));
        assertThat(key.get(2).upn()).isSameAs(key.get(0).upn());
        assertThat(key.get(2).vault()).isSameAs(key.get(0).vault());
    }

    @Test
    void givenLongTextsThenTheirHeapIsCountedAndOfTheSameOnceOnly() {
        KeyEvents key = new KeyEvents("ada");

        long first = key.add(anew("ada", "v".repeat(10_000)), true);
        long same = key.add(anew("ada", "v".repeat(10_000)), true);
        long other = key.add(anew("ada", "w".repeat(10_000)), true);

        assertThat(first).isBetween(10_000L, 10_500L);
        assertThat(same).isBetween(1L, 500L);
        assertThat(other).isBetween(10_000L, 10_500L);
        assertThat(key.bytes()).isEqualTo(first + same + other);
    }

    @Test
    void givenALongTextBesideANameThatIsHeldAlreadyThenItsHeapIsCountedToo() {
        KeyEvents key = new KeyEvents("ada");
        key.add(Reads.read(0, "ada", "SecretGet"), true);

        assertThat(key.add(Reads.read(0, "ada", "SecretGet", "v".repeat(10_000)), true))
                .isGreaterThan(9_900);
    }

    private static KeyVaultEvent anew(String upn, String vault) {
        return Reads.read(0, new String(upn.toCharArray()), "SecretGet", new String(vault.toCharArray()));
    }
}
