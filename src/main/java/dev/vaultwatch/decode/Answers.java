package dev.vaultwatch.decode;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.vaultwatch.decode.envelope.AnswerMarks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What stands around the arrays of envelopes that a stream is in, and that nobody else reads: whether an answer says that it is partial.
 * Bounded: of much that stands before or behind an array, the beginning is looked at. Not thread-safe.
 */
final class Answers {
    private static final int MOST = 64 * 1024;

    /** What stands before the rest of an object, and of one inside another, so that it can be read. */
    private static final byte[] IN_OBJECT = {'{'};

    private static final byte[] IN_HITS = "{\"hits\":{".getBytes(StandardCharsets.UTF_8);

    private final JsonFactory json;
    private final @Nullable AnswerMarks[] marks;

    /** How many objects of an envelope are around each array. */
    private final int[] objects;

    private final ByteArrayOutputStream rest = new ByteArrayOutputStream();

    /** Makes one for so many arrays inside each other. */
    Answers(JsonFactory json, int depth) {
        this.json = json;
        this.marks = new AnswerMarks[depth];
        this.objects = new int[depth];
    }

    /** Notes an array that is entered. */
    void enter(int depth, int around) {
        objects[depth] = around;
    }

    /** How many objects of an envelope are around an array; 0 if it is none's. */
    int objects(int depth) {
        return objects[depth];
    }

    /** Takes what stands before an envelope's array. */
    void before(int depth, byte[] bytes, int from, int to) {
        AnswerMarks read = new AnswerMarks();
        read(read, bytes, from, Math.min(to, from + MOST));
        marks[depth] = read.isPartial() ? read : null;
    }

    /** Takes a part of what stands behind it. */
    void behind(int depth, byte[] bytes, int from, int to) {
        int begin = from;
        if (rest.size() == 0) {
            while (begin < to && (LineShape.isSpace(bytes[begin]) || bytes[begin] == ',')) {
                begin++;
            }
            if (begin == to) {
                return;
            }
            rest.writeBytes(objects[depth] > 1 ? IN_HITS : IN_OBJECT);
        }
        rest.write(bytes, begin, Math.max(0, Math.min(to - begin, MOST - rest.size())));
    }

    /** Starts with what stands behind another array of the envelope; what was behind the first is looked at. */
    void next(int depth) {
        AnswerMarks before = marks[depth];
        AnswerMarks read = before == null ? new AnswerMarks() : before;
        if (rest.size() > 0) {
            read(read, rest.toByteArray(), 0, rest.size());
        }
        rest.reset();
        marks[depth] = read.isPartial() ? read : null;
    }

    /** Ends an envelope: what it says, as an envelope without records; absent if it does not say that it is partial. */
    byte @Nullable [] end(int depth) {
        next(depth);
        AnswerMarks said = marks[depth];
        marks[depth] = null;
        try {
            return said == null ? null : said.toJson(json);
        } catch (IOException neverInMemory) {
            throw new UncheckedIOException(neverInMemory);
        }
    }

    private void read(AnswerMarks into, byte[] bytes, int from, int to) {
        try (JsonParser parser = json.createParser(bytes, from, to - from)) {
            into.read(parser);
        } catch (IOException damaged) {
            // What breaks off was read as far as it goes; records are none of it.
        }
    }
}
