package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.ZipException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

final class GzipMembersTest {

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static String unpack(byte[] packed) throws IOException {
        try (GzipMembers in = new GzipMembers(new ByteArrayInputStream(packed), 16)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    @DisplayName("members follow each other, with zero bytes between and behind")
    void padding() throws IOException {
        byte[] padded = join(Records.gzip("one "), new byte[513], Records.gzip(""), Records.gzip("two"), new byte[100]);

        assertThat(unpack(padded)).isEqualTo("one two");
    }

    @Test
    @DisplayName("a header with every optional part is read over")
    void header() throws IOException {
        byte[] plain = Records.gzip("text");
        byte[] full = join(
                new byte[] {0x1f, (byte) 0x8b, 8, 4 | 8 | 16 | 2, 0, 0, 0, 0, 0, 0, 3, 0, 9, 9, 9},
                "name\0comment\0".getBytes(StandardCharsets.US_ASCII),
                new byte[] {1, 2},
                Arrays.copyOfRange(plain, 10, plain.length));

        assertThat(unpack(full)).isEqualTo("text");
    }

    @Test
    @DisplayName("what follows a member and is neither gzip nor zero bytes is an error that names the member")
    void garbage() {
        byte[] garbage = join(Records.gzip("one"), "behind".getBytes(StandardCharsets.US_ASCII));

        assertThatThrownBy(() -> unpack(garbage))
                .isInstanceOf(ZipException.class)
                .hasMessageContaining("member 2");
    }

    @Test
    @DisplayName("a later member with a damaged header, body or trailer is an error, after what lies before it")
    void laterMember() throws IOException {
        byte[] first = Records.gzip("one");
        byte[] second = Records.gzip("two two two two two two");
        for (int at : new int[] {1, 2, 3, 12, second.length - 8, second.length - 1}) {
            byte[] damaged = second.clone();
            damaged[at] ^= (byte) 0xe0;
            GzipMembers in = new GzipMembers(new ByteArrayInputStream(join(first, damaged)), 16);

            assertThat(new String(in.readNBytes(3), StandardCharsets.UTF_8)).isEqualTo("one");
            assertThatThrownBy(in::readAllBytes).as("byte %d", at).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("data that ends within a member ends too early")
    void cut() {
        byte[] whole = join(Records.gzip("one"), Records.gzip("two"));
        byte[] first = Records.gzip("one");
        for (int length = first.length + 1; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);

            assertThatThrownBy(() -> unpack(cut)).as("%d bytes", length).isInstanceOf(EOFException.class);
        }
    }

    @Test
    @DisplayName("random texts in random members come back, whatever the buffer")
    void random() throws IOException {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 200; round++) {
            StringBuilder text = new StringBuilder();
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            int members = random.nextInt(1, 6);
            for (int member = 0; member < members; member++) {
                String part = random.ints(random.nextInt(2_000), 'a', 'z')
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
                text.append(part);
                packed.writeBytes(Records.gzip(part));
                packed.writeBytes(new byte[random.nextInt(40)]);
            }
            try (GzipMembers in =
                    new GzipMembers(new ByteArrayInputStream(packed.toByteArray()), random.nextInt(1, 300))) {
                assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                        .as("seed %d, round %d", seed, round)
                        .isEqualTo(text.toString());
            }
        }
    }
}
