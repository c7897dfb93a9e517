package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Bytes eight at a time")
class BytesTest {
    private static final long SEED = 20261126;

    /** Those at which characters begin, go on, are too long, or are half of a pair. */
    private static final int[] EDGES = {
        0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe2, 0xed, 0xef, 0xf0,
        0xf4, 0xf5, 0xff, 0x22, 0x5c
    };

    @Test
    @DisplayName("what is no UTF-8 is replaced as Java replaces it")
    void repaired() {
        Random random = new Random(SEED);
        int damaged = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = some(random);
            int from = random.nextInt(bytes.length + 1);
            int to = from + random.nextInt(bytes.length - from + 1);
            byte[] expected =
                    new String(bytes, from, to - from, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);

            byte[] repaired = Bytes.repaired(bytes, from, to);

            damaged += repaired == null ? 0 : 1;
            assertThat(repaired == null ? Arrays.copyOfRange(bytes, from, to) : repaired)
                    .as("%s from %d to %d", Arrays.toString(bytes), from, to)
                    .isEqualTo(expected);
        }
        assertThat(damaged).isBetween(20_000, 80_000);
    }

    @Test
    @DisplayName("a sign is found at its first place")
    void indexOf() {
        Random random = new Random(SEED);
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = some(random);
            int from = random.nextInt(bytes.length + 1);
            int to = from + random.nextInt(bytes.length - from + 1);
            int expected = from;
            while (expected < to && bytes[expected] != '"') {
                expected++;
            }

            assertThat(Bytes.indexOf('"', bytes, from, to))
                    .as("%s from %d to %d", Arrays.toString(bytes), from, to)
                    .isEqualTo(expected);
        }
    }

    private static byte[] some(Random random) {
        byte[] bytes = new byte[random.nextInt(40)];
        int plain = random.nextInt(3);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(3) < plain ? 0x23 : EDGES[random.nextInt(EDGES.length)]);
        }
        return bytes;
    }
}
