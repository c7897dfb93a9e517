package dev.vaultwatch.kafka;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.apache.kafka.common.KafkaException;

/**
 * What travels through the repartition topic and stands in the changelog: a step that a task's plugins take. Immutable, but
 * for its payload, which nobody writes to.
 *
 * <p>Form: version (byte 2) · kind (byte) · source · position (long) · time in milliseconds (long) · grouping key's property
 * names, joined by commas · payload (int length, bytes). A text is its length in bytes (short) and UTF-8. What was read keeps the
 * bytes that it was read from: they go into the log as they are, and the payload is not copied out of them.
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
    /** The payload, alone or within the form that was read. */
    private final byte[] bytes;

    private final int offset;
    private final int length;

    private Routed(
            Kind kind,
            String source,
            long position,
            Instant time,
            String grouping,
            byte[] bytes,
            int offset,
            int length) {
        this.kind = kind;
        this.source = source;
        this.position = position;
        this.time = time;
        this.grouping = grouping;
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
    }

    private Routed(Kind kind, String source, long position, Instant time, String grouping, byte[] payload) {
        this(kind, source, position, time, grouping, payload, 0, payload.length);
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

        private static final Kind[] KINDS = values();

        private static Kind of(int code) {
            if (code < 0 || code >= KINDS.length) {
                throw new KafkaException("A step is of kind " + code + "; expected 0 to 4.");
            }
            return KINDS[code];
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

    /** Where the record lies, as it came: {@link #length} bytes from {@link #offset} on; not copied. */
    byte[] array() {
        return bytes;
    }

    int offset() {
        return offset;
    }

    int length() {
        return length;
    }

    /** A {@link RuleSetChange}, or the version that takes over. */
    byte[] payload() {
        return Arrays.copyOfRange(bytes, offset, offset + length);
    }

    /** The version of a {@link Kind#CHANGE} or {@link Kind#APPLY}. */
    String version() {
        return kind == Kind.CHANGE
                ? RuleSetChange.of(payload()).version()
                : new String(bytes, offset, length, StandardCharsets.UTF_8);
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

    /** The form, behind so many bytes that are left free. */
    byte[] bytes(int free) {
        byte[] from = source.getBytes(StandardCharsets.UTF_8);
        byte[] names = grouping.getBytes(StandardCharsets.UTF_8);
        int least = 2 + 2 * Short.BYTES + 2 * Long.BYTES + Integer.BYTES;
        return ByteBuffer.allocate(free + least + from.length + names.length + length)
                .position(free)
                .put((byte) VERSION)
                .put((byte) kind.code)
                .putShort((short) from.length)
                .put(from)
                .putLong(position)
                .putLong(time.toEpochMilli())
                .putShort((short) names.length)
                .put(names)
                .putInt(length)
                .put(bytes, offset, length)
                .array();
    }

    byte[] bytes() {
        return bytes(0);
    }

    /**
     * Reads the form.
     *
     * @param stored not copied, and not to be written to
     * @param from where in it the form begins; it ends with the array
     * @throws KafkaException if it is of another version or damaged
     */
    static Routed of(byte[] stored, int from) {
        try {
            ByteBuffer in = ByteBuffer.wrap(stored).position(from);
            int version = in.get();
            if (version != VERSION) {
                throw new KafkaException("A step in the repartition topic or the changelog is of version " + version
                        + ", of another Vaultwatch; this one reads version " + VERSION
                        + ". Let that one read its records to their end, and begin anew with another 'group', or reset the"
                        + " application (kafka-streams-application-reset) and delete 'kafka.state.dir'.");
            }
            Kind kind = Kind.of(in.get());
            String source = text(in);
            long position = in.getLong();
            Instant time = Instant.ofEpochMilli(in.getLong());
            String grouping = text(in);
            int length = in.getInt();
            if (length != in.remaining()) {
                throw new KafkaException("A step in the repartition topic or the changelog says that " + length
                        + " bytes follow, and " + in.remaining() + " do.");
            }
            return new Routed(kind, source, position, time, grouping, stored, in.position(), length);
        } catch (BufferUnderflowException e) {
            throw new KafkaException("A step in the repartition topic or the changelog is cut short.", e);
        }
    }

    private static String text(ByteBuffer in) {
        int length = Short.toUnsignedInt(in.getShort());
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        String text = new String(in.array(), in.arrayOffset() + in.position(), length, StandardCharsets.UTF_8);
        in.position(in.position() + length);
        return text;
    }
}
