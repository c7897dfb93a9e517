package dev.vaultwatch.decode.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Encodings other than UTF-8")
class EncodingsTest {
    private static final Charset LE = StandardCharsets.UTF_16LE;
    private static final Charset BE = StandardCharsets.UTF_16BE;

    private static Optional<Charset> of(byte... bytes) {
        byte[] around = new byte[bytes.length + 4];
        System.arraycopy(bytes, 0, around, 2, bytes.length);
        around[0] = '{';
        around[bytes.length + 2] = '{';
        return Encodings.utf16(around, 2, 2 + bytes.length);
    }

    @Test
    @DisplayName("a byte order mark says which UTF-16 it is, whatever follows")
    void marks() {
        assertThat(of((byte) 0xff, (byte) 0xfe)).contains(LE);
        assertThat(of((byte) 0xfe, (byte) 0xff)).contains(BE);
        assertThat(of((byte) 0xff, (byte) 0xfe, (byte) 1, (byte) 2)).contains(LE);
        assertThat(of((byte) 0xfe, (byte) 0xff, (byte) 1, (byte) 2)).contains(BE);
        assertThat(of((byte) 0xff)).isEmpty();
        assertThat(of()).isEmpty();
        assertThat(of((byte) 0xff, (byte) 0xff)).isEmpty();
        assertThat(Encodings.utf16(new byte[] {'{', (byte) 0xff, (byte) 0xfe}, 1, 2))
                .as("beyond the end")
                .isEmpty();
        assertThat(of((byte) 0xfe, (byte) 0xfe)).isEmpty();
        assertThat(of((byte) 0xef, (byte) 0xbb, (byte) 0xbf, (byte) '{')).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"", "[{", "ti", " {", "~~", "{\n", "\r\n", "\t{"})
    @DisplayName("without a mark, two signs of ASCII with zeros beside them are UTF-16")
    void signs(String text) {
        assertThat(of(text.getBytes(LE))).contains(LE);
        assertThat(of(text.getBytes(BE))).contains(BE);
        assertThat(of(text.substring(0, 1).getBytes(LE)))
                .as("one sign is not enough")
                .isEmpty();
        assertThat(of(text.substring(0, 1).getBytes(BE))).isEmpty();
        byte[] three = new byte[3];
        System.arraycopy(text.getBytes(LE), 0, three, 0, 3);
        assertThat(of(three)).isEmpty();
    }

    @Test
    @DisplayName("zeros at other places, and signs that no text begins with, are no UTF-16")
    void others() {
        assertThat(of((byte) '{', (byte) '"', (byte) 'a', (byte) '"')).isEmpty();
        assertThat(of((byte) '{', (byte) 0, (byte) 0, (byte) 0)).isEmpty();
        assertThat(of((byte) 0, (byte) 0, (byte) 0, (byte) '{')).isEmpty();
        assertThat(of((byte) '{', (byte) 0, (byte) '"', (byte) 1)).isEmpty();
        assertThat(of((byte) '{', (byte) 1, (byte) '"', (byte) 0)).isEmpty();
        assertThat(of((byte) 0, (byte) '{', (byte) 1, (byte) '"')).isEmpty();
        assertThat(of((byte) 1, (byte) '{', (byte) 0, (byte) '"')).isEmpty();
        for (byte sign : new byte[] {0x1f, 0x7f, 0x0b, 1, (byte) 0x80}) {
            assertThat(of(sign, (byte) 0, (byte) '{', (byte) 0)).as("%d", sign).isEmpty();
            assertThat(of((byte) '{', (byte) 0, sign, (byte) 0)).as("%d", sign).isEmpty();
            assertThat(of((byte) 0, sign, (byte) 0, (byte) '{')).as("%d", sign).isEmpty();
            assertThat(of((byte) 0, (byte) '{', (byte) 0, sign)).as("%d", sign).isEmpty();
        }
    }

    @Test
    @DisplayName("bytes become UTF-8 without their byte order mark")
    void bytes() {
        byte[] bytes = "x\uFEFFa\u00fc\ud83d\ude00y".getBytes(LE);

        assertThat(Encodings.toUtf8(bytes, 2, bytes.length - 2, LE))
                .isEqualTo("a\u00fc\ud83d\ude00".getBytes(StandardCharsets.UTF_8));
        assertThat(Encodings.toUtf8("abc".getBytes(BE), 2, 6, BE)).isEqualTo("bc".getBytes(StandardCharsets.UTF_8));
        assertThat(Encodings.toUtf8(bytes, 0, 0, LE)).isEmpty();
    }

    @Test
    @DisplayName("a stream becomes UTF-8, however it is read and wherever pairs are split")
    void stream() throws IOException {
        SplittableRandom random = new SplittableRandom(20261126);
        StringBuilder text = new StringBuilder();
        while (text.length() < 40_000) {
            text.append(random.nextInt(3) == 0 ? "\ud83d\ude00" : random.nextInt(3) == 0 ? "\u20ac" : "abc");
        }
        byte[] expected = text.toString().getBytes(StandardCharsets.UTF_8);
        for (Charset charset : new Charset[] {LE, BE}) {
            byte[] bytes = text.toString().getBytes(charset);
            for (int most : new int[] {1, 3, 8191, 100_000}) {
                try (InputStream in = Encodings.toUtf8(trickling(bytes, most), charset)) {
                    assertThat(in.readAllBytes()).isEqualTo(expected);
                    assertThat(in.read()).isEqualTo(-1);
                    assertThat(in.read(new byte[4], 0, 4)).isEqualTo(-1);
                }
            }
        }
    }

    private static InputStream trickling(byte[] bytes, int most) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, most));
            }
        };
    }

    @Test
    @DisplayName("a byte at a time, half of a pair at the end as U+FFFD or a question mark, and nothing for nothing")
    void oneByOne() throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (InputStream in = Encodings.toUtf8(new ByteArrayInputStream("a\u00ff\ud83d".getBytes(LE)), LE)) {
            assertThat(in.read(new byte[0], 0, 0)).isZero();
            for (int each = in.read(); each >= 0; each = in.read()) {
                read.write(each);
            }
        }
        assertThat(read.toString(StandardCharsets.UTF_8)).startsWith("a\u00ff").hasSize(3);
        try (InputStream in = Encodings.toUtf8(new ByteArrayInputStream(new byte[0]), LE)) {
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    @DisplayName("a read goes where it was asked to, no further than asked, and the source is closed with it")
    void reads() throws IOException {
        boolean[] closed = new boolean[1];
        InputStream source = new ByteArrayInputStream("abcdef".getBytes(LE)) {
            @Override
            public void close() {
                closed[0] = true;
            }
        };
        InputStream in = Encodings.toUtf8(source, LE);
        byte[] into = "........".getBytes(StandardCharsets.US_ASCII);

        assertThat(in.read(into, 2, 3)).isEqualTo(3);
        assertThat(into).isEqualTo("..abc...".getBytes(StandardCharsets.US_ASCII));
        assertThat(in.read(into, 0, 8)).isEqualTo(3);
        assertThat(into).isEqualTo("defbc...".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> in.read(into, 6, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        in.close();
        assertThat(closed[0]).isTrue();
    }
}
