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
            key.add(KeyVaultEvent.bare(0, "SecretGet", "a"));
        }
        assertThat(key.hasAction("KeyGet")).isFalse();

        // A look at any event would now fail.
        Field events = KeyEvents.class.getDeclaredField("events");
        events.setAccessible(true);
        Arrays.fill((KeyVaultEvent[]) events.get(key), null);
        key.add(KeyVaultEvent.bare(0, "KeyGet", "a"));

        assertThat(key.hasAction("SecretGet")).isTrue();
        assertThat(key.hasAction("KeyGet")).isTrue();
        assertThat(key.hasAction("KeyList")).isFalse();
    }
}
