package dev.vaultwatch.flink;

import dev.vaultwatch.api.DeadLetter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * One record on its way to the owner of its key. A record that rules with several grouping keys want travels once for each.
 *
 * @param key what the stream is keyed by: the names of the grouping key's properties and their values
 * @param grouping the names of the grouping key's properties, sorted, comma-separated; empty for a record that can't be read
 * @param time its event time in milliseconds since 1970; {@link Long#MIN_VALUE} for a record that can't be read
 * @param json the record alone, as the plugin takes it; nobody writes to it
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares them, and Flink's serializers want the fields themselves.
public record RoutedRecord(String key, String grouping, long time, byte[] json) {
    private static final String AFTER_NAMES = "\u0002";
    private static final String BETWEEN_VALUES = "\u0001";

    /** Records that can't be read have no key; they are spread over so many. */
    private static final int DEAD_KEYS = 256;

    static RoutedRecord of(Map<String, String> key, long time, byte[] json) {
        Map<String, String> sorted = new TreeMap<>(key);
        return new RoutedRecord(keyOf(sorted), groupingOf(sorted), time, json);
    }

    static RoutedRecord dead(DeadLetter letter) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(letter.reason().name());
            for (String text : new String[] {letter.pointer(), letter.problem(), letter.expected(), letter.record()}) {
                write(out, text.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int spread = Math.floorMod(letter.record().hashCode(), DEAD_KEYS);
        return new RoutedRecord(AFTER_NAMES + spread, "", Long.MIN_VALUE, bytes.toByteArray());
    }

    boolean isDead() {
        return grouping.isEmpty();
    }

    /** What {@link #dead} was made of. */
    DeadLetter letter() {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(json))) {
            DeadLetter.Reason reason = DeadLetter.Reason.valueOf(in.readUTF());
            return new DeadLetter(reason, text(in), text(in), text(in), text(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes what {@link #readFrom} reads: whoever made the record may have made its key as long as the record. */
    void writeTo(DataOutputStream out) throws IOException {
        write(out, key.getBytes(StandardCharsets.UTF_8));
        out.writeUTF(grouping);
        out.writeLong(time);
        write(out, json);
    }

    static RoutedRecord readFrom(DataInputStream in) throws IOException {
        return new RoutedRecord(text(in), in.readUTF(), in.readLong(), in.readNBytes(in.readInt()));
    }

    private static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }

    /** The same for equal keys, on every machine. */
    static String keyOf(Map<String, String> key) {
        Map<String, String> sorted = new TreeMap<>(key);
        return groupingOf(sorted) + AFTER_NAMES + String.join(BETWEEN_VALUES, sorted.values());
    }

    private static String groupingOf(Map<String, String> sorted) {
        return String.join(",", sorted.keySet());
    }
}
