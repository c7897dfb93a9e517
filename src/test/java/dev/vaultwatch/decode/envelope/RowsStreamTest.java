package dev.vaultwatch.decode.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Rows as a stream of lines")
class RowsStreamTest {

    /** Gives these rows, then the end; at {@code "!"} it finds damage. */
    private record Given(Iterator<String> rows, String behind) implements Rows {
        @Override
        public byte @Nullable [] next() throws IOException {
            String row = rows.hasNext() ? rows.next() : null;
            if ("!".equals(row)) {
                throw new JsonParseException((JsonParser) null, "damaged");
            }
            return row == null ? null : row.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public InputStream rest() {
            return new ByteArrayInputStream(behind.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static RowsStream stream(String behind, String... rows) {
        return new RowsStream(new Given(List.of(rows).iterator(), behind), rest -> rest, () -> {});
    }

    private static String text(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    @DisplayName("each row is a line, and what stands behind the rows follows")
    void lines() throws IOException {
        assertThat(text(stream("rest\n", "{\"a\":1}", "", "{}"))).isEqualTo("{\"a\":1}\n\n{}\nrest\n");
        assertThat(text(stream("rest"))).isEqualTo("rest");
        assertThat(text(stream("", "{}"))).isEqualTo("{}\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 100})
    @DisplayName("any size of read gives the same bytes, nothing beyond what was asked for, and 0 for none")
    void sizes(int size) throws IOException {
        RowsStream in = stream("rest", "abc", "\u00e9\u20ac", "");
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        byte[] into = new byte[size + 2];
        assertThat(in.read(into, 1, 0)).isZero();
        for (int count = in.read(into, 1, size); count >= 0; count = in.read(into, 1, size)) {
            assertThat(count).isBetween(1, size);
            read.write(into, 1, count);
            assertThat(into[0]).isZero();
            assertThat(into[size + 1]).isZero();
        }
        assertThat(read.toString(StandardCharsets.UTF_8)).isEqualTo("abc\n\u00e9\u20ac\n\nrest");
        assertThatThrownBy(() -> in.read(into, 3, size)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    @DisplayName("a byte at a time: those beyond ASCII are not taken for the end")
    void single() throws IOException {
        RowsStream in = stream("", "\u00ff");

        assertThat(List.of(in.read(), in.read(), in.read(), in.read())).containsExactly(0xc3, 0xbf, (int) '\n', -1);
    }

    @Test
    @DisplayName("of a damaged row it says that it breaks off, and goes on where a line begins with a bracket")
    void damaged() throws IOException {
        assertThat(text(stream("x {1}\n y\n\n{\"b\":2}\n{3}", "{}", "!", "{}")))
                .isEqualTo("{}\n{\"rows\":[\n{\"b\":2}\n{3}");
        assertThat(text(stream("{x\n[1]", "!"))).isEqualTo("{\"rows\":[\n[1]");
        assertThat(text(stream("x\ny{\n", "!"))).isEqualTo("{\"rows\":[\n");
        assertThat(text(stream("\u0000\n{}", "!"))).isEqualTo("{\"rows\":[\n{}");
        RowsStream in = stream("\n{}", "!");
        assertThat(in.readNBytes("{\"rows\":[".length())).asString().isEqualTo("{\"rows\":[");
        assertThat(text(in)).as("read to just its end before").isEqualTo("\n{}");
    }

    @Test
    @DisplayName("the source is closed with it")
    void closes() throws IOException {
        int[] closed = new int[1];

        new RowsStream(new Given(List.<String>of().iterator(), ""), rest -> rest, () -> closed[0]++).close();

        assertThat(closed[0]).isEqualTo(1);
    }
}
