package dev.vaultwatch.decode.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A stream of unknown kind as JSON text")
class SourceTextTest {
    private static final Set<String> KNOWN = Set.of("TimeGenerated", "time");
    private static final JsonFactory JSON = new JsonFactory();
    private static final int HEAD = 64 * 1024;

    private static final class Source extends ByteArrayInputStream {
        private final int most;
        private boolean closed;

        Source(byte[] bytes, int most) {
            super(bytes);
            this.most = most;
        }

        @Override
        public synchronized int read(byte[] into, int offset, int length) {
            return super.read(into, offset, Math.min(length, most));
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** What becomes of bytes: the same however many each read brings; the source is closed with the result. */
    private static byte[] bytes(byte[] bytes) throws IOException {
        byte[] result = new byte[0];
        for (int most : bytes.length < 1000 ? new int[] {HEAD, 1, 3} : new int[] {HEAD}) {
            Source source = new Source(bytes, most);
            try (InputStream in = SourceText.of(source, KNOWN, JSON, 1000)) {
                byte[] read = in.readAllBytes();
                assertThat(in.read()).isEqualTo(-1);
                if (most != HEAD) {
                    assertThat(read).as("%d bytes a read", most).isEqualTo(result);
                }
                result = read;
            }
            assertThat(source.closed).isTrue();
        }
        return result;
    }

    private static String of(String text) throws IOException {
        return new String(bytes(text.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "\r\n\t ",
                "x",
                "\uFEFF",
                "\uFEFF \uFEFF",
                "{",
                "{\"a\":1}\n{\"b\":2}",
                "[{\"columns\":[{}]}]",
                "\n {\"a\":1}",
                "no names here\n1,2",
                "time\n1",
                "{\"time\":1,\"columns\":[{}],\"rows\":[]}",
                "{\"columns\":[1],\"rows\":[[1]]}",
                "{\"columns\":[\"a\"],\"rows\":[[1]]}",
                "{\"tables\":{}}",
                "{\"other\":[{}],\"columns\":[{}]}",
                "{\"columns\":[",
                "{\"x\":tru",
                "{\"x\":{",
                "{\"columns\":",
                "{bad",
                "\u0001time,a\n1,2",
                "\"time,a\n",
                "#TYPE x",
                "sep=,"
            })
    @DisplayName("is passed on as it is where it may be JSON, or is nothing that is known")
    void same(String text) throws IOException {
        assertThat(of(text)).isEqualTo(text);
    }

    @Test
    @DisplayName("the beginning of a byte order mark is passed on where nothing follows it, or something else")
    void partOfAMark() throws IOException {
        for (String text :
                new String[] {"\u00ef", "\u00ef\u00bb", "\u00ef\u00bbx", " \u00efx", "\u00ef\u00bb\u00bf\u00ef"}) {
            byte[] part = text.getBytes(StandardCharsets.ISO_8859_1);
            assertThat(bytes(part)).isEqualTo(part);
        }
    }

    @Test
    @DisplayName("CSV becomes a line for each row, behind blank lines, byte order marks and what says how to read it")
    void csv() throws IOException {
        for (String before :
                new String[] {"", " \r\n", "\uFEFF", "\uFEFF\n\uFEFF", "#TYPE x\r\n", "sep=;\n\n#TYPE y\n"}) {
            assertThat(of(before + "time,a\r\n1,2\n3,4"))
                    .as(before)
                    .isEqualTo("{\"time\":\"1\",\"a\":\"2\"}\n{\"time\":\"3\",\"a\":\"4\"}\n");
        }
        assertThat(of("time,a")).isEmpty();
        assertThat(of("\u00dcbersicht,time\n1,2"))
                .as("a first name beyond ASCII")
                .isEqualTo("{\"\u00dcbersicht\":\"1\",\"time\":\"2\"}\n");
    }

    @Test
    @DisplayName("an answer that names its columns once becomes a line for each row, and so does one behind it")
    void table() throws IOException {
        String rows = "{\"columns\":[{\"name\":\"time\"}],\"rows\":[[1],[2]]}";
        String tables = "{\"x\":{\"y\":1},\"tables\":[" + rows + "]}";
        String fields = "{\"fields\":[\"time\"],\"rows\":[[1],[2]]}";
        String lines = "{\"time\":1}\n{\"time\":2}\n";

        assertThat(of(rows)).isEqualTo(lines);
        assertThat(of("\n\uFEFF" + tables)).isEqualTo(lines);
        assertThat(of("\n\n\n\n\uFEFF" + rows)).isEqualTo(lines);
        assertThat(of(fields + "\n" + tables)).isEqualTo(lines + lines);
        assertThat(of(rows + "\n{\"time\":3}")).isEqualTo(lines + "\n{\"time\":3}");
        assertThat(of(rows + "\ntime,a\n3,4")).as("even CSV").isEqualTo(lines + "{\"time\":\"3\",\"a\":\"4\"}\n");
    }

    @Test
    @DisplayName("a table that breaks off says so, and what follows on a line of its own is read")
    void damaged() throws IOException {
        assertThat(of("{\"columns\":[{\"name\":\"time\"}],\"rows\":[[1],[2,x]]}\n{\"time\":3}"))
                .isEqualTo("{\"time\":1}\n{\"rows\":[\n{\"time\":3}");
        assertThat(of("{\"columns\":[{\"n")).isEqualTo("{\"rows\":[\n");
    }

    @Test
    @DisplayName("UTF-16 becomes UTF-8, and is looked into like any other text")
    void utf16() throws IOException {
        assertThat(bytes("\uFEFF{\"\u00e9\":1}".getBytes(StandardCharsets.UTF_16LE)))
                .isEqualTo("\uFEFF{\"\u00e9\":1}".getBytes(StandardCharsets.UTF_8));
        assertThat(bytes("time,a\n1,2".getBytes(StandardCharsets.UTF_16BE)))
                .isEqualTo("{\"time\":\"1\",\"a\":\"2\"}\n".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    @DisplayName("of a file that is no text the first 64 bytes are passed on")
    void otherKind() throws IOException {
        assertThat(of("PAR1" + "x".repeat(100))).isEqualTo("PAR1" + "x".repeat(FileKind.HEAD - 4));
        assertThat(of("PAR1x")).isEqualTo("PAR1x");
        assertThat(of("PAR1")).isEqualTo("PAR1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}\n\n",
                "[]\n\n",
                "{\"columns\":[{",
                "{\"time\":\"",
                "time,a\n",
                "#TYPE x\ntime,a\n1",
                "no names\n"
            })
    @DisplayName("no more is waited for than it takes to know the kind")
    void waitsForNoMore(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] at = new int[1];
        InputStream one = new InputStream() {
            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                if (at[0] == bytes.length) {
                    throw new AssertionError("waited for more");
                }
                into[offset] = bytes[at[0]++];
                return 1;
            }
        };

        try (InputStream known = SourceText.of(one, KNOWN, JSON, 1000)) {
            assertThat(known).isNotNull();
        }
    }

    @Test
    @DisplayName(
            "white space and an object's first members are passed over up to 64 KiB, and a line of names may be as long")
    void bounds() throws IOException {
        String late = "{\"x\":\"" + " ".repeat(HEAD - 8) + "\",\"columns\":[{\"name\":\"time\"}],\"rows\":[[1]]}";

        assertThat(of(late)).isEqualTo(late);
        assertThat(of("{\"x\":\"" + " ".repeat(HEAD / 2) + late.substring(HEAD - 2)))
                .isEqualTo("{\"time\":1}\n");
        String csv = "time,a\n1,2\n";
        String wide = "time," + "x".repeat(HEAD - 10) + "\n1,2\n";

        assertThat(of(" ".repeat(HEAD - csv.length()) + csv)).isEqualTo("{\"time\":\"1\",\"a\":\"2\"}\n");
        assertThat(of(" ".repeat(HEAD) + csv)).isEqualTo(" ".repeat(HEAD) + csv);
        assertThat(of(" ".repeat(3 * HEAD) + csv)).isEqualTo(" ".repeat(3 * HEAD) + csv);
        assertThat(of(wide)).startsWith("{\"time\":\"1\",\"xx");
    }
}
