package dev.vaultwatch.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.KeyVaultEventBuilder;
import dev.vaultwatch.event.Property;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Events as bytes and back. */
class EventCodecTest {
    private static final KeyVaultEvent FULL = full();

    private static KeyVaultEvent full() {
        KeyVaultEventBuilder event = KeyVaultEvent.builder(1_793_707_200_123L, "SecretGet");
        for (Property property : Property.all()) {
            if (property.type() == String.class) {
                event.with(property, property.epl() + " value");
            } else if (property != Property.TIME) {
                event.with(property, property.parse(property.type() == Boolean.class ? "true" : "200"));
            }
        }
        return event.build();
    }

    private static final KeyVaultEvent BARE = event(-1, "", null, null);

    private static KeyVaultEvent event(long time, String action, @Nullable String upn, @Nullable Integer httpStatus) {
        return KeyVaultEvent.builder(time, action)
                .with(Property.UPN, upn)
                .with(Property.HTTP_STATUS, httpStatus)
                .build();
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
    @DisplayName("An entry written before there were more than 31 fields is read as it is")
    void entryOfThePreviousFormat() {
        ByteBuffer old = ByteBuffer.allocate(100).putLong(7).putInt(0b10_0000_0000_0011);
        for (String text : new String[] {"KeyGet", "a", "403"}) {
            old.putInt(text.length()).put(text.getBytes(StandardCharsets.UTF_8));
        }

        assertThat(EventCodec.event(old.flip(), text -> text)).isEqualTo(event(7, "KeyGet", "a", 403));
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
    @DisplayName("Bytes and numbers stand one behind the other, big-endian, however many there are")
    void numbers() {
        EventCodec codec = new EventCodec();
        ByteBuffer expected = ByteBuffer.allocate(10_000);
        for (int i = 0; i < 1_030; i++) {
            codec.putByte(i);
            expected.put((byte) i);
        }
        byte[] some = "0123456789".repeat(300).getBytes(StandardCharsets.UTF_8);
        codec.putBytes(some, 2_999);
        expected.put(some, 0, 2_999);
        codec.putInt(0x8010_2030);
        codec.putLong(0x8010_2030_4050_6070L);
        codec.putText("\u00fc");
        expected.putInt(0x8010_2030)
                .putLong(0x8010_2030_4050_6070L)
                .putInt(2)
                .put("\u00fc".getBytes(StandardCharsets.UTF_8));

        assertThat(Arrays.copyOf(codec.bytes(), codec.size()))
                .isEqualTo(Arrays.copyOf(expected.array(), expected.position()));
    }

    @Test
    @DisplayName("An entry without an action, or with a field that this version does not know, is refused")
    void noEvent() {
        ByteBuffer none =
                ByteBuffer.allocate(100).putLong(7).putInt(0b10).putInt(1).put((byte) 'a');
        assertThatThrownBy(() -> EventCodec.event(none.flip(), text -> text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("An event without an action.");

        ByteBuffer later =
                ByteBuffer.allocate(100).putLong(7).putInt(0x8000_0001).putInt(0x4000_0000);
        later.putInt(1).put((byte) 'a').putInt(1).put((byte) 'b');
        assertThatThrownBy(() -> EventCodec.event(later.flip(), text -> text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("An event with a field of a later version.");
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
