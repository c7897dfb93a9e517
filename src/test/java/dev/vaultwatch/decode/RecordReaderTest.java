package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DeadLetter.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Framing of streams; {@link KeyVaultDecoderTest} reads its damaged inputs through a reader, too. */
class RecordReaderTest {

    private static final String A = record("KeyGet");
    private static final String B = record("KeyList");
    private static final String C = record("SecretGet");

    @Test
    void givenLinesInTheBufferWhenReadThenTheyComeTogether() throws IOException {
        assertThat(chunks(A + "\n" + B + "\r\n\n" + C + "\n{\"cut\""))
                .containsExactly(A + "\n" + B + "\r\n\n" + C, "{\"cut\"");
    }

    @Test
    void givenAPrettyArrayWhenReadThenEachElementIsAChunk() throws IOException {
        assertThat(chunks("[\n " + A + ",\n " + B + "\n]\n" + C + "\n")).containsExactly(A, B, C);
    }

    @Test
    void givenAnEnvelopeOverLinesWhenReadThenEachElementIsAChunk() throws IOException {
        assertThat(chunks("{\"n\":{\"x\":[1]},\"records\":[\n" + A + ",\n" + B + "\n], \"m\":[{}]}\n" + C))
                .containsExactly(A, B, C);
    }

    @Test
    void givenAnEnvelopeOnItsLineWhenReadThenItIsOneChunk() throws IOException {
        String envelope = "{\"records\":[" + A + "," + B + "]}";

        assertThat(chunks(envelope + "\n" + C)).containsExactly(envelope, C);
    }

    @Test
    void givenPrettyObjectsAndLinesMixedWhenReadThenEachIsWhole() throws IOException {
        String pretty = A.replace(",", ",\n  ").replace("{", "{\n  ").replace("}", "\n}");

        assertThat(chunks(B + "\n" + pretty + "\n" + pretty + pretty + "\n" + C + "\n"))
                .containsExactly(B, pretty, pretty, pretty, C);
    }

    @Test
    void givenACutLineFirstWhenReadThenTheNextLineIsItsOwnChunk() throws IOException {
        assertThat(chunks("{\"identity\":{\"cl\n" + A + "\n" + B + "\n")).containsExactly("{\"identity\":{\"cl", A, B);
    }

    @Test
    void givenAPipeWhenAValueIsCompleteThenItIsHandedOutBeforeMoreIsRead() throws IOException {
        for (String stream : List.of(
                A + "\n" + B + "\n" + C + "\n",
                "[" + A + "," + B + "," + C + "]",
                "[ \t" + A + "," + B + "," + C + "]",
                A + B + C)) {
            // Each read gives up to the end of one record; asking again before the record is out fails the test.
            PipeStream in = new PipeStream(stream);
            try (RecordReader reader = new RecordReader(in, 1000)) {
                for (String record : List.of(A, B, C)) {
                    in.allowed += 1;
                    assertThat(reader.next()).isTrue();
                    assertThat(text(reader).strip()).isEqualTo(record);
                }
            }
        }
    }

    @Test
    void givenChunksWhenAskedThenTheirLinesAndTheBytesReadAreKnown() throws IOException {
        String json = "\uFEFF\n" + A + "\n\n[\n" + B + "\n,\n" + C + "]\n";
        List<Long> lines = new ArrayList<>();
        try (RecordReader reader = new RecordReader(stream(json), 1000)) {
            while (reader.next()) {
                lines.add(reader.line());
            }
            assertThat(reader.bytesRead()).isEqualTo(json.getBytes(StandardCharsets.UTF_8).length);
        }
        assertThat(lines).containsExactly(2L, 5L, 7L);
    }

    @Test
    void givenARecordWithoutEndWhenReadThenItIsTooLargeOnceAndTheNextIsRead() {
        String huge = "{\"operationName\":\"KeyGet\",\"padding\":\"" + "x,{ ".repeat(500_000) + "\"}";
        for (String stream : List.of(
                A + "\n" + huge + "\n" + B + "\n",
                "[" + A + "," + huge + "," + B + "]",
                "{\"records\":[\n" + A + ",\n" + huge + ",\n" + B + "\n]}\n",
                huge + A + "\n" + B)) {
            Outcome outcome = Outcome.read(stream.getBytes(StandardCharsets.UTF_8), 200_000);

            assertThat(outcome.actions()).containsExactly("KeyGet", "KeyList");
            assertThat(outcome.letters).singleElement().satisfies(letter -> {
                assertThat(letter.reason()).isEqualTo(Reason.TOO_LARGE);
                assertThat(letter.record()).hasSize(DeadLetter.MAX_RECORD_CHARS);
            });
        }
    }

    @Test
    void givenAnyReadSizesWhenReadOneByOneThenChunksAndTheirPositionsAreTheSame() throws IOException {
        SplittableRandom random = new SplittableRandom(20261125);
        String json = "\uFEFF" + A + "\n" + B + "\r\n\n" + A + B + "\n{\"cut\":\n" + B + "\n{\"records\":[\n" + A
                + ",{\"x\":bad}," + C + "]}\n[" + A + "," + B + "]\n" + B + "\n[" + C + ",";
        List<String> whole = oneByOne(stream(json));
        assertThat(whole).hasSizeGreaterThan(10).last().asString().endsWith(" [");
        for (int i = 0; i < 300; i++) {
            assertThat(oneByOne(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)) {
                        @Override
                        public synchronized int read(byte[] buffer, int offset, int length) {
                            return super.read(buffer, offset, Math.min(length, 1 + random.nextInt(20)));
                        }
                    }))
                    .isEqualTo(whole);
        }
    }

    @Test
    void givenLinesInTheBufferWhenReadOneByOneThenEachIsAChunkThatEndsAtItsPosition() throws IOException {
        String json = A + "\n" + B + "\r\n\n" + C + "\n";

        assertThat(oneByOne(stream(json)))
                .containsExactly(
                        A.length() + " " + A, (A.length() + 1 + B.length()) + " " + B, (json.length() - 1) + " " + C);
    }

    /** Each chunk with its position before it. */
    private static List<String> oneByOne(InputStream in) throws IOException {
        List<String> chunks = new ArrayList<>();
        long last = 0;
        try (RecordReader reader = RecordReader.oneByOne(in, 1 << 20)) {
            while (reader.next()) {
                assertThat(reader.position()).isGreaterThan(last);
                last = reader.position();
                chunks.add(last + " " + text(reader));
            }
        }
        return chunks;
    }

    @Test
    void givenAnEndlessStreamWhenReadThenMemoryIsBounded() throws IOException {
        long bytes = 64L << 20;
        InputStream endless = new InputStream() {
            private long left = bytes;

            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                if (left <= 0) {
                    return -1;
                }
                for (int i = offset; i < offset + length; i++) {
                    buffer[i] = '[';
                }
                left -= length;
                return length;
            }
        };
        try (RecordReader reader = new RecordReader(endless, 1 << 20)) {
            int chunks = 0;
            while (reader.next()) {
                assertThat(reader.buffer().length).isLessThanOrEqualTo((1 << 20) + 1);
                chunks++;
            }
            assertThat(chunks).isLessThan(3);
        }
    }

    @Test
    void givenALargeOneLineEnvelopeWhenReadThenElementsComeOneByOne() throws IOException {
        StringBuilder json = new StringBuilder("{\"records\":[");
        int count = 5000;
        for (int i = 0; i < count; i++) {
            json.append(i == 0 ? "" : ",").append(i % 2 == 0 ? A : B);
        }
        json.append("]}\n").append(C).append('\n');

        List<String> chunks = chunks(json.toString());

        assertThat(chunks).hasSize(count + 1);
        assertThat(chunks.get(count)).isEqualTo(C);
    }

    @Test
    void givenAnyReadSizesWhenReadThenTheRecordsAreTheSame() {
        SplittableRandom random = new SplittableRandom(20261124);
        String json = "\uFEFF" + A + "\n{\"cut\":\n" + B + "\n{\"records\":[\n" + A + ",{\"x\":bad}," + C + "]}\n[" + A
                + "]\n" + B;
        Outcome whole = Outcome.read(json);
        assertThat(whole.actions()).hasSize(6);
        assertThat(whole.letters).hasSize(2);
        for (int i = 0; i < 300; i++) {
            Outcome inPieces = Outcome.read(
                    new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)) {
                        @Override
                        public synchronized int read(byte[] buffer, int offset, int length) {
                            return super.read(buffer, offset, Math.min(length, 1 + random.nextInt(20)));
                        }
                    },
                    Outcome.MAX_BYTES);
            assertThat(inPieces.events).isEqualTo(whole.events);
            assertThat(inPieces.letters).isEqualTo(whole.letters);
        }
    }

    /** Gives one record a read, and only those that were allowed. */
    private static final class PipeStream extends InputStream {
        private final byte[] bytes;
        private int at;
        private int given;
        private int allowed;

        PipeStream(String text) {
            bytes = text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            if (given == allowed) {
                throw new AssertionError("a complete record was held back");
            }
            given++;
            int start = at;
            while (at < bytes.length) {
                byte c = bytes[at++];
                buffer[offset + at - 1 - start] = c;
                // Records here are flat.
                if (c == '}') {
                    break;
                }
            }
            return at - start;
        }
    }

    private static List<String> chunks(String json) throws IOException {
        List<String> chunks = new ArrayList<>();
        try (RecordReader reader = new RecordReader(stream(json), 1 << 20)) {
            while (reader.next()) {
                chunks.add(text(reader));
            }
        }
        return chunks;
    }

    private static String text(RecordReader reader) {
        return new String(reader.buffer(), reader.offset(), reader.length(), StandardCharsets.UTF_8);
    }

    private static InputStream stream(String json) {
        return new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String record(String action) {
        return "{\"time\":\"2026-11-03T02:09:00Z\",\"category\":\"AuditEvent\",\"operationName\":\"" + action + "\"}";
    }
}
