package dev.vaultwatch.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.event.KeyVaultEvent;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Events as bytes and back. */
class EventCodecTest {
    private static final KeyVaultEvent FULL = new KeyVaultEvent(
            1_793_707_200_123L,
            "SecretGet",
            "a@contoso.example",
            "app",
            "object",
            "192.0.2.7",
            "proxy:443",
            "Oslo",
            "Viken",
            "Norway",
            "Example AS",
            "vault",
            "Success",
            "OK",
            200,
            "westeurope",
            "agent",
            "subscription",
            "group",
            "/subscriptions/s");

    private static final KeyVaultEvent BARE = event(-1, "", null, null);

    private static KeyVaultEvent event(long time, String action, @Nullable String upn, @Nullable Integer httpStatus) {
        return new KeyVaultEvent(
                time,
                action,
                upn,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                httpStatus,
                null,
                null,
                null,
                null,
                null);
    }

    private static byte[] written(KeyVaultEvent... events) {
        EventCodec codec = new EventCodec();
        codec.reset();
        for (KeyVaultEvent event : events) {
            codec.putEvent(event);
        }
        return Arrays.copyOf(codec.bytes(), codec.size());
    }

    private static KeyVaultEvent readBack(KeyVaultEvent event) {
        ByteBuffer buffer = ByteBuffer.wrap(written(event));
        KeyVaultEvent read = EventCodec.event(buffer, text -> text);
        assertThat(buffer.hasRemaining()).isFalse();
        return read;
    }

    @Test
    void givenEveryFieldThenEachComesBackInItsPlace() {
        assertThat(readBack(FULL)).isEqualTo(FULL);
    }

    @Test
    void givenOnlyTimeAndActionThenTheOthersAreAbsentAndNotEmpty() {
        assertThat(readBack(BARE)).isEqualTo(BARE);
        assertThat(readBack(event(0, "KeyGet", "", null)).upn()).isEmpty();
    }

    @Test
    void givenTextsOfAllKindsThenTheyComeBackAsTheyWere() {
        for (String text : new String[] {"ü@contoso.example", "名前", "😀", "\u0000\n\"\\", "x".repeat(200_000)}) {
            assertThat(readBack(event(1, text, text, null))).isEqualTo(event(1, text, text, null));
        }
    }

    @Test
    void givenTheLeastAndTheGreatestNumbersThenTheyComeBackAsTheyWere() {
        for (long time : new long[] {Long.MIN_VALUE, 0, 0xFFFF_FFFFL, Long.MAX_VALUE}) {
            assertThat(readBack(event(time, "KeyGet", null, null)).time()).isEqualTo(time);
        }
        for (int status : new int[] {Integer.MIN_VALUE, 0, Integer.MAX_VALUE}) {
            assertThat(readBack(event(0, "KeyGet", null, status)).httpStatus()).isEqualTo(status);
        }
    }

    @Test
    void givenSeveralEventsThenEachEndsWhereTheNextBegins() {
        ByteBuffer buffer = ByteBuffer.wrap(written(FULL, BARE, FULL));

        assertThat(EventCodec.event(buffer, text -> text)).isEqualTo(FULL);
        assertThat(EventCodec.event(buffer, text -> text)).isEqualTo(BARE);
        assertThat(EventCodec.event(buffer, text -> text)).isEqualTo(FULL);
    }

    @Test
    void givenACodecThatIsUsedAgainThenNothingOfTheEntryBeforeIsLeft() {
        EventCodec codec = new EventCodec();
        codec.putEvent(FULL);
        codec.reset();
        codec.putEvent(BARE);

        assertThat(Arrays.copyOf(codec.bytes(), codec.size())).isEqualTo(written(BARE));
    }

    @Test
    void givenAnEntryThatEndsTooSoonThenItIsRefusedWhereverItEnds() {
        byte[] whole = written(FULL);
        for (int length = 0; length < whole.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(whole, 0, length);
            assertThatThrownBy(() -> EventCodec.event(cut, text -> text)).isInstanceOf(RuntimeException.class);
        }
    }

    @Test
    void givenBytesThatAreNoEventThenTheyAreRefusedOrReadAndAskForNoGigabytes() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            byte[] bytes = written(FULL);
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            ByteBuffer damaged = ByteBuffer.wrap(bytes);
            try {
                EventCodec.event(damaged, text -> text);
            } catch (RuntimeException e) {
                assertThat(e).isNotNull();
            }
            assertThat(damaged.position()).isLessThanOrEqualTo(bytes.length);
        }
    }
}
