package dev.vaultwatch.kafka;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * What travels through the repartition topic and stands in the changelog: a step that a task's plugins take. Immutable, but
 * for its payload, which nobody writes to.
 *
 * <p>Form: version (byte 2) · kind (byte) · source · position (long) · time in milliseconds (long) · grouping key's property
 * names, joined by commas · payload (int length, bytes). Texts are as {@link DataOutputStream#writeUTF} writes them.
 */
final class Routed {
    private static final int VERSION = 2;
    private static final byte[] NONE = {};

    /** The source of what concerns rules; no partition has that name. */
    static final String CONTROL = "control";

    private final Kind kind;
    private final String source;
    private final long position;
    private final Instant time;
    private final String grouping;
    private final byte[] payload;

    private Routed(Kind kind, String source, long position, Instant time, String grouping, byte[] payload) {
        this.kind = kind;
        this.source = source;
        this.position = position;
        this.time = time;
        this.grouping = grouping;
        this.payload = payload;
    }

    /** What the step is. */
    enum Kind {
        /** One record. */
        RECORD(0),
        /** The source brings nothing before a time. */
        WATERMARK(1),
        /** The source is silent. */
        IDLE(2),
        /** Other rules are announced, for a time to come. */
        CHANGE(3),
        /** The announced rules of a version take over. */
        APPLY(4);

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
            throw new IOException("A routed record is of kind " + code + "; expected 0 to 4.");
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

    /** What a {@link Kind#WATERMARK} says, or from when on a {@link Kind#CHANGE} holds; the epoch otherwise. */
    Instant time() {
        return time;
    }

    /** The property names of the key that it is partitioned by, sorted; empty for what is no record. */
    String grouping() {
        return grouping;
    }

    /** The record as it came, a {@link RuleSetChange}, or the version that takes over; not copied. */
    byte[] payload() {
        return payload;
    }

    /** The version of a {@link Kind#CHANGE} or {@link Kind#APPLY}. */
    String version() {
        return kind == Kind.CHANGE ? RuleSetChange.of(payload).version() : new String(payload, StandardCharsets.UTF_8);
    }

    static Routed record(String source, long position, String grouping, byte[] payload) {
        return new Routed(Kind.RECORD, source, position, Instant.EPOCH, grouping, payload);
    }

    static Routed watermark(String source, Instant time) {
        return new Routed(Kind.WATERMARK, source, 0, time, "", NONE);
    }

    static Routed idle(String source) {
        return new Routed(Kind.IDLE, source, 0, Instant.EPOCH, "", NONE);
    }

    static Routed change(RuleSetChange change) {
        return new Routed(Kind.CHANGE, CONTROL, 0, change.from(), "", change.bytes());
    }

    static Routed apply(String version) {
        return new Routed(Kind.APPLY, CONTROL, 0, Instant.EPOCH, "", version.getBytes(StandardCharsets.UTF_8));
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
            byte[] payload = in.readNBytes(in.readInt());
            return new Routed(kind, source, position, time, grouping, payload);
        } catch (IOException e) {
            throw new UncheckedIOException("What stands in the repartition topic or the changelog can't be read.", e);
        }
    }
}
