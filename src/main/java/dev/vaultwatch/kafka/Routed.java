package dev.vaultwatch.kafka;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/**
 * What travels through the repartition topic and stands in the changelog: a step that a task's plugins take. Immutable, but
 * for its payload, which nobody writes to.
 *
 * <p>Form: version (byte 1) · kind (byte) · source · position (long) · time in milliseconds (long) · grouping key's property
 * names · rule ids · payload (int length, bytes). Texts are as {@link DataOutputStream#writeUTF} writes them, lists joined by
 * commas.
 */
final class Routed {
    private static final int VERSION = 1;
    private static final byte[] NONE = {};

    private final Kind kind;
    private final String source;
    private final long position;
    private final Instant time;
    private final String grouping;
    private final Set<String> rules;
    private final byte[] payload;

    private Routed(
            Kind kind, String source, long position, Instant time, String grouping, Set<String> rules, byte[] payload) {
        this.kind = kind;
        this.source = source;
        this.position = position;
        this.time = time;
        this.grouping = grouping;
        this.rules = rules;
        this.payload = payload;
    }

    /** What the step is. */
    enum Kind {
        /** One record. */
        RECORD(0),
        /** The source brings nothing before a time. */
        WATERMARK(1),
        /** The source is silent. */
        IDLE(2);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        private static Kind of(int code) throws IOException {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            throw new IOException("A routed record is of kind " + code + "; expected 0, 1 or 2.");
        }
    }

    Kind kind() {
        return kind;
    }

    /** The raw partition that it comes from; empty for all. */
    String source() {
        return source;
    }

    /** Its place in that source; 0 for what is no record. */
    long position() {
        return position;
    }

    /** What a {@link Kind#WATERMARK} says; the epoch otherwise. */
    Instant time() {
        return time;
    }

    /** The property names of the key that it is partitioned by, sorted; empty for what is no record. */
    String grouping() {
        return grouping;
    }

    /** Ids of the rules with that key that may use it. */
    Set<String> rules() {
        return rules;
    }

    /** The record as it came; not copied. */
    byte[] payload() {
        return payload;
    }

    static Routed record(String source, long position, String grouping, Set<String> rules, byte[] payload) {
        return new Routed(Kind.RECORD, source, position, Instant.EPOCH, grouping, rules, payload);
    }

    static Routed watermark(String source, Instant time) {
        return new Routed(Kind.WATERMARK, source, 0, time, "", Set.of(), NONE);
    }

    static Routed idle(String source) {
        return new Routed(Kind.IDLE, source, 0, Instant.EPOCH, "", Set.of(), NONE);
    }

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 + payload.length);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeByte(kind.code);
            out.writeUTF(source);
            out.writeLong(position);
            out.writeLong(time.toEpochMilli());
            out.writeUTF(grouping);
            out.writeUTF(String.join(",", new TreeSet<>(rules)));
            out.writeInt(payload.length);
            out.write(payload);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** @throws UncheckedIOException if it is of another version or damaged */
    static Routed of(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int version = in.readByte();
            if (version != VERSION) {
                throw new IOException("A routed record is of version " + version + "; expected " + VERSION + ".");
            }
            Kind kind = Kind.of(in.readByte());
            String source = in.readUTF();
            long position = in.readLong();
            Instant time = Instant.ofEpochMilli(in.readLong());
            String grouping = in.readUTF();
            String rules = in.readUTF();
            byte[] payload = in.readNBytes(in.readInt());
            return new Routed(
                    kind,
                    source,
                    position,
                    time,
                    grouping,
                    rules.isEmpty() ? Set.of() : Set.copyOf(Arrays.asList(rules.split(",", -1))),
                    payload);
        } catch (IOException e) {
            throw new UncheckedIOException("What stands in the repartition topic or the changelog can't be read.", e);
        }
    }
}
