package dev.vaultwatch.decode;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DeadLetter.Reason;
import dev.vaultwatch.event.KeyVaultEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Turns records of Key Vault audit logs, in any of the wire shapes, into events.
 *
 * <h2>What it takes</h2>
 *
 * A record, an array, an envelope ({@code {"records":[…]}}, {@code {"value":[…]}}, whatever else stands in it), any of
 * these inside each other, and any number of these one after the other: on lines of their own, over several lines, or with
 * nothing between. The shape is told by the content of each record. What a record's fields may be called is in
 * {@link Field}; what counts as absent, in {@link RecordFields}.
 *
 * <h2>What becomes of a record</h2>
 *
 * Each ends in exactly one call of the sink. It is <em>ignored</em> if it is no audit event, an Elastic document of
 * another dataset, has no action, or has one that isn't wanted. It is a <em>dead letter</em> if it is not well-formed, too
 * large, no object, or wanted but without a readable time. Reading goes on behind a damaged record; {@link JsonBoundary}
 * says where that is. An envelope whose end is missing gives one more dead letter, unless the record it broke off in
 * was one.
 *
 * <h2>Threads and errors</h2>
 *
 * Immutable and thread-safe. No data makes it throw. What the sink or the predicate throws goes to the caller, and the
 * rest of the input is then not read.
 */
public final class KeyVaultDecoder {

    /** Real records nest 5 deep, Elastic's documents 6; this leaves room and is far from any stack's end. */
    private static final int MAX_DEPTH = 100;

    /** Objects in a damaged stretch that are tried as records: real lists in records are shorter, made-up ones cost time. */
    private static final int MAX_TRIES = 64;

    /** A power of two. */
    private static final int IDLE = 16;

    private static final String EXPECTED_RECORD =
            "One complete JSON object in UTF-8, such as {\"time\":…,\"operationName\":…}.";

    private static final String EXPECTED_OBJECT = "A JSON object, or an array or envelope of objects.";

    private final IdentityMode identity;
    private final int maxRecordBytes;
    private final boolean takesFlat;
    private final JsonFactory json;
    private final JsonFactory jsonText;

    /** Values that repeat, once for all threads. */
    private final Interned interned = new Interned();

    /** Scratch that no thread is using; a slot for some threads each, so that they seldom meet. */
    private final AtomicReferenceArray<@Nullable FlatRecord> idle = new AtomicReferenceArray<>(IDLE);

    /**
     * Makes a decoder.
     *
     * @param identity which claims name the person
     * @param maxRecordBytes the most bytes that one record may have, at least 1; an envelope may have any number
     */
    public KeyVaultDecoder(IdentityMode identity, int maxRecordBytes) {
        this(identity, maxRecordBytes, true);
    }

    /**
     * Makes a decoder that may leave every record to the parser, for comparing the two.
     *
     * @param takesFlat whether {@link FlatRecord} reads the records that it can
     */
    KeyVaultDecoder(IdentityMode identity, int maxRecordBytes, boolean takesFlat) {
        if (maxRecordBytes < 1) {
            throw new IllegalArgumentException(
                    "The most bytes of a record must be at least 1, not " + maxRecordBytes + ".");
        }
        this.identity = Objects.requireNonNull(identity, "identity");
        this.maxRecordBytes = maxRecordBytes;
        this.takesFlat = takesFlat;
        this.json = factory(maxRecordBytes).build();
        // Upstream takes single quotes in the text of properties, too.
        this.jsonText = factory(maxRecordBytes)
                .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
                .build();
    }

    private static JsonFactoryBuilder factory(int maxRecordBytes) {
        return new JsonFactoryBuilder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(maxRecordBytes)
                        .maxNameLength(maxRecordBytes)
                        .build())
                // Jackson's default pool is thread-local: in a host that unloads plugins, it would hold them.
                .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                // Names come from outside. Interned, they would outlive the plugin.
                .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
                .configure(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION, false);
    }

    /**
     * Decodes UTF-8 bytes, which are not kept.
     *
     * @param json holds the records
     * @param offset where they start in it
     * @param length how many bytes they are
     * @param wantedAction says of an action whether a rule wants it; called on this thread
     * @param sink takes the results, in the order of the records, on this thread
     * @throws IndexOutOfBoundsException if there is no such range
     */
    public void decode(byte[] json, int offset, int length, Predicate<String> wantedAction, EventSink sink) {
        Objects.checkFromIndexSize(offset, length, json.length);
        int slot = (int) Thread.currentThread().getId() & (IDLE - 1);
        FlatRecord scratch = idle.getAndSet(slot, null);
        FlatRecord flat = scratch == null ? new FlatRecord(interned) : scratch;
        int end = offset + length;
        int at = flatRecords(flat, json, offset, end, wantedAction, sink);
        if (at < end) {
            new Decoding(json, at, end, at == offset, flat, new Host(wantedAction, sink)).run();
        }
        // Not in a finally block: who throws may throw away the scratch.
        flat.release();
        idle.set(slot, flat);
    }

    /**
     * Reads the records from a place on as long as each is one that {@link FlatRecord} takes, which nearly all are.
     *
     * @return the end, or where something else is
     */
    private int flatRecords(
            FlatRecord flat, byte[] bytes, int from, int end, Predicate<String> wantedAction, EventSink sink) {
        int at = from;
        while (true) {
            while (at < end && isSpace(bytes[at])) {
                at++;
            }
            int next = at < end ? readFlat(flat, bytes, at, end) : FlatRecord.NOT_FLAT;
            if (next == FlatRecord.NOT_FLAT) {
                return at;
            }
            String action = flat.auditAction();
            if (action == null || !wantedAction.test(action)) {
                sink.ignored();
            } else {
                long time = flat.time();
                if (time == TimeText.UNREADABLE) {
                    sink.deadLetter(badTime(flat, "", text(bytes, at, next)));
                } else {
                    KeyVaultEvent event = flat.hasUpn(identity) || sink.needsAnonymous(time)
                            ? flat.event(time, action, identity)
                            : KeyVaultEvent.bare(time, action, null);
                    if (flat.hasLongTexts()) {
                        sink.longTexts();
                    }
                    sink.event(event);
                }
            }
            at = next;
        }
    }

    private int readFlat(FlatRecord flat, byte[] bytes, int start, int end) {
        return takesFlat ? flat.read(bytes, start, limit(start, end)) : FlatRecord.NOT_FLAT;
    }

    /** What is beyond the limit need not be looked at to know that it is too large. */
    private int limit(int start, int end) {
        return (int) Math.min(end, (long) start + maxRecordBytes);
    }

    /**
     * Decodes one event, or an envelope of them, that the host has as a map. Keys may be nested or dotted. Times may be
     * texts, {@link java.time.Instant}, {@link java.util.Date}, {@link java.time.OffsetDateTime},
     * {@link java.time.ZonedDateTime}, {@link java.time.LocalDateTime} (UTC) or numbers, in milliseconds since the epoch.
     * An array of objects is as good as a list.
     *
     * @param event is only read during the call
     * @param wantedAction says of an action whether a rule wants it; called on this thread
     * @param sink takes the results on this thread
     */
    public void decode(Map<String, ?> event, Predicate<String> wantedAction, EventSink sink) {
        Host host = new Host(wantedAction, sink);
        try {
            decode(event, host);
        } catch (RuntimeException | StackOverflowError failure) {
            host.rethrowOwn(failure);
            host.deadLetter(internal("", failure, MapText.of(event)));
        }
    }

    private void decode(Map<String, ?> event, Host host) {
        for (String name : new String[] {"records", "value"}) {
            Object value = event.get(name);
            if ((value instanceof Object[] array ? Arrays.asList(array) : value) instanceof Iterable<?> elements) {
                int index = 0;
                for (Object element : elements) {
                    decodeMap(element, "/" + name + "/" + index++, host);
                }
                return;
            }
        }
        decodeMap(event, "", host);
    }

    private void decodeMap(@Nullable Object event, String pointer, Host host) {
        if (!(event instanceof Map<?, ?> map)) {
            host.deadLetter(new DeadLetter(
                    Reason.NOT_A_RECORD,
                    pointer,
                    "An element of the envelope is not a map.",
                    "A map of fields.",
                    MapText.of(event)));
            return;
        }
        RecordFields fields = new RecordFields(jsonText, interned);
        try {
            fields.read(map);
        } catch (RuntimeException | StackOverflowError failure) {
            host.deadLetter(internal(pointer, failure, MapText.of(map)));
            return;
        }
        if (!judge(fields, host)) {
            host.deadLetter(badTime(fields, pointer, MapText.of(map)));
        }
    }

    /** The caller's two callbacks. Remembers whether one is running, to tell what it throws from a fault of ours. */
    private static final class Host {
        private final Predicate<String> wantedAction;
        private final EventSink sink;
        private boolean calling;

        Host(Predicate<String> wantedAction, EventSink sink) {
            this.wantedAction = wantedAction;
            this.sink = sink;
        }

        boolean wants(String action) {
            calling = true;
            boolean wants = wantedAction.test(action);
            calling = false;
            return wants;
        }

        void event(KeyVaultEvent event, boolean longTexts) {
            calling = true;
            if (longTexts) {
                sink.longTexts();
            }
            sink.event(event);
            calling = false;
        }

        void ignored() {
            calling = true;
            sink.ignored();
            calling = false;
        }

        void deadLetter(DeadLetter letter) {
            calling = true;
            sink.deadLetter(letter);
            calling = false;
        }

        void rethrowOwn(Throwable thrown) {
            if (calling && thrown instanceof RuntimeException exception) {
                throw exception;
            }
            if (calling && thrown instanceof Error error) {
                throw error;
            }
        }
    }

    /** Sends a record that was read to the host; false if that is a dead letter's business, for want of a time. */
    private boolean judge(AuditFields fields, Host host) {
        String action = fields.auditAction();
        if (action == null || !host.wants(action)) {
            host.ignored();
            return true;
        }
        long time = fields.time();
        if (time == TimeText.UNREADABLE) {
            return false;
        }
        host.event(fields.event(time, action, identity), fields.hasLongTexts());
        return true;
    }

    private static DeadLetter badTime(AuditFields fields, String pointer, String text) {
        return new DeadLetter(
                Reason.BAD_TIME,
                pointer + fields.timePointer(),
                fields.hasTime() ? "The time can't be read." : "The record has no time.",
                TimeText.EXPECTED,
                text);
    }

    private static boolean isSpace(byte c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }

    private static DeadLetter internal(String pointer, Throwable failure, String text) {
        // The class and not the message: messages quote what they stumbled over.
        return new DeadLetter(
                Reason.INTERNAL,
                pointer,
                "The decoder failed with " + failure.getClass().getName() + ".",
                "Any data at all: please report this.",
                text);
    }

    static String text(byte[] bytes, int from, int to) {
        // A character takes 4 bytes at most; the letter itself cuts to characters.
        int most = 4 * DeadLetter.MAX_RECORD_CHARS;
        return new String(bytes, from, Math.min(to - from, most), StandardCharsets.UTF_8);
    }

    static DeadLetter tooLarge(String pointer, int maxRecordBytes, String text) {
        return new DeadLetter(
                Reason.TOO_LARGE,
                pointer,
                "The record has more than " + maxRecordBytes + " bytes.",
                "A record of at most " + maxRecordBytes + " bytes (record.max-bytes).",
                text);
    }

    static DeadLetter brokenOff(String pointer, String text) {
        return new DeadLetter(
                Reason.MALFORMED,
                pointer,
                "The array of records breaks off; what was complete in it was read.",
                "A closing ']' behind the last record.",
                text);
    }

    /** Why one record could not be read. */
    private record Fault(Reason reason, String pointer, String problem, String expected) {}

    /** One call: a cursor over the bytes, and the arrays that are open around it. */
    private final class Decoding {
        private final byte[] bytes;
        private final int end;
        private final Host host;
        private final FlatRecord flat;
        private final RecordFields fields = new RecordFields(jsonText, interned);
        private final JsonBoundary boundary = new JsonBoundary();

        /** Whether the input begins at the cursor, where a byte order mark may stand. */
        private final boolean first;

        private int at;
        private int depth;
        private final @Nullable String[] arrayNames = new String[MAX_DEPTH];
        private final int[] starts = new int[MAX_DEPTH];
        private final int[] indexes = new int[MAX_DEPTH];
        private final boolean[] broken = new boolean[MAX_DEPTH];

        /** Whether something was damaged before: commas and closing brackets of it may lie about. */
        private boolean recovered;

        /** Whether a comma behind the damaged record is not its own. */
        private boolean betweenRecords;

        Decoding(byte[] bytes, int from, int end, boolean first, FlatRecord flat, Host host) {
            this.bytes = bytes;
            this.at = from;
            this.end = end;
            this.first = first;
            this.flat = flat;
            this.host = host;
        }

        void run() {
            try {
                frame();
            } catch (RuntimeException failure) {
                host.rethrowOwn(failure);
                host.deadLetter(internal(pointer(), failure, text(bytes, at, end)));
            }
        }

        private void frame() {
            if (first
                    && end - at >= 3
                    && bytes[at] == (byte) 0xEF
                    && bytes[at + 1] == (byte) 0xBB
                    && bytes[at + 2] == (byte) 0xBF) {
                at += 3;
            }
            for (skipSpace(); at < end; skipSpace()) {
                byte c = bytes[at];
                if (c == '[' && depth < MAX_DEPTH) {
                    open(null, at, at + 1);
                } else if (depth > 0 && (c == ',' || c == ']' || c == '}')) {
                    at++;
                    if (c == ']' || (c == '}' && endsEnvelope())) {
                        close(c == '}');
                    }
                } else if (recovered && (c == ',' || c == ']' || c == '}')) {
                    at++;
                } else {
                    value();
                }
            }
            while (depth > 0) {
                close(true);
            }
        }

        private void skipSpace() {
            while (at < end && isSpace(bytes[at])) {
                at++;
            }
        }

        private void open(@Nullable String name, int start, int first) {
            arrayNames[depth] = name;
            starts[depth] = start;
            indexes[depth] = 0;
            broken[depth] = false;
            depth++;
            at = first;
        }

        /** Whether a curly bracket where an element must stand is the envelope's own, its square one lost. */
        private boolean endsEnvelope() {
            if (arrayNames[depth - 1] == null) {
                return false;
            }
            int next = at;
            while (next < end && isSpace(bytes[next])) {
                next++;
            }
            return next == end || bytes[next] == '{' || bytes[next] == '[';
        }

        private void close(boolean early) {
            depth--;
            boolean envelope = arrayNames[depth] != null;
            if (early) {
                recovered = true;
                if (!broken[depth]) {
                    String pointer = pointer();
                    host.deadLetter(brokenOff(
                            envelope ? pointer + "/" + arrayNames[depth] : pointer, text(bytes, starts[depth], at)));
                }
            } else if (envelope) {
                boundary.beginInsideObject();
                recovered |= boundary.scan(bytes, at, end) == JsonBoundary.Outcome.CUT;
                at = boundary.at();
            }
            if (depth > 0) {
                indexes[depth - 1]++;
            }
        }

        private void value() {
            int start = at;
            betweenRecords = depth > 0;
            Fault fault = bytes[at] == '{' ? object() : scalar();
            if (fault == null) {
                return;
            }
            at = Math.max(at, start + 1);
            int to = at;
            while (to > start + 1 && (isSpace(bytes[to - 1]) || (bytes[to - 1] == ',' && betweenRecords))) {
                to--;
            }
            String pointer = pointer() + fault.pointer();
            next();
            if (fault.reason() == Reason.MALFORMED && at - start > maxRecordBytes) {
                host.deadLetter(tooLarge(pointer, maxRecordBytes, text(bytes, start, to)));
            } else {
                host.deadLetter(new DeadLetter(
                        fault.reason(), pointer, fault.problem(), fault.expected(), text(bytes, start, to)));
            }
        }

        private void next() {
            if (depth > 0) {
                indexes[depth - 1]++;
            }
        }

        /** Reads the object at the cursor and moves behind it; on a fault, behind the damage. */
        private @Nullable Fault object() {
            int start = at;
            int limit = limit(start, end);
            int behind = readFlat(flat, bytes, start, end);
            if (behind != FlatRecord.NOT_FLAT) {
                at = behind;
                judgeHere(flat, start);
                return null;
            }
            fields.clear();
            Fault fault;
            try (JsonParser parser = json.createParser(bytes, start, limit - start)) {
                parser.nextToken();
                String envelope = fields.read(parser);
                long offset = parser.currentLocation().getByteOffset();
                int next = start + (int) offset;
                if (offset < 0) {
                    // What looks like UTF-16 or 32 is read by characters, and nobody knows where in the bytes it ends.
                    fault = new Fault(Reason.MALFORMED, "", "The record is not in UTF-8.", EXPECTED_RECORD);
                } else if (envelope == null) {
                    at = next;
                    fault = null;
                } else if (depth < MAX_DEPTH) {
                    open(envelope, start, next);
                    return null;
                } else {
                    fault = tooDeep("");
                }
            } catch (IOException notJson) {
                fault = fault(notJson);
            } catch (RuntimeException failure) {
                DeadLetter letter = internal("", failure, "");
                fault = new Fault(letter.reason(), "", letter.problem(), letter.expected());
            }
            if (fault == null) {
                judgeHere(fields, start);
                return null;
            }
            recover(start);
            return fault;
        }

        private void judgeHere(AuditFields read, int start) {
            if (!judge(read, host)) {
                host.deadLetter(badTime(read, pointer(), text(bytes, start, at)));
            }
            next();
        }

        private Fault fault(IOException notJson) {
            String pointer = fields.pointer();
            if (notJson instanceof StreamConstraintsException) {
                return tooDeep(pointer);
            }
            long offset = notJson instanceof JsonProcessingException located && located.getLocation() != null
                    ? located.getLocation().getByteOffset()
                    : -1;
            String where = offset < 0 ? "" : " at byte " + offset + " of the record";
            return new Fault(
                    Reason.MALFORMED,
                    pointer,
                    notJson instanceof JsonEOFException
                            ? "The record breaks off" + where + "."
                            : "The record is not well-formed JSON" + where + ".",
                    EXPECTED_RECORD);
        }

        private Fault tooDeep(String pointer) {
            return new Fault(
                    Reason.TOO_LARGE,
                    pointer,
                    "The record is nested too deeply, or holds a number that is too long.",
                    "At most " + MAX_DEPTH + " levels, and numbers of at most "
                            + StreamReadConstraints.DEFAULT_MAX_NUM_LEN + " digits.");
        }

        /** Moves from a damaged object's start to where reading can go on. */
        private void recover(int start) {
            boundary.begin(depth > 0, false);
            JsonBoundary.Outcome outcome = boundary.scan(bytes, start, end);
            leaveBehind(start, outcome, boundary.at());
        }

        private void leaveBehind(int start, JsonBoundary.Outcome outcome, int boundaryAt) {
            int next = nextRecord(start, boundaryAt);
            betweenRecords |= next >= 0;
            boolean cut = next >= 0 || outcome != JsonBoundary.Outcome.END;
            recovered = true;
            at = next >= 0 ? next : depth > 0 ? leftOverInArray(boundaryAt) : leftOverOnLine(boundaryAt);
            if (depth > 0 && cut && at == end) {
                broken[depth - 1] = true;
            }
        }

        /**
         * Looks inside a damaged stretch for a whole record: where the quote that was lost was a record's last, the boundary
         * of the two went by inside what looked like a string. Only what is plainly an audit record counts, so a list of
         * objects inside the damaged record does not.
         */
        private int nextRecord(int start, int to) {
            byte before = 0;
            int tries = 0;
            for (int i = start + 1; i < to; i++) {
                byte c = bytes[i];
                if (isSpace(c)) {
                    continue;
                }
                if (c == '{' && (before == ',' || before == '}') && namesFollow(i + 1, to)) {
                    if (isWholeRecord(i, to)) {
                        return i;
                    }
                    if (++tries == MAX_TRIES) {
                        return -1;
                    }
                }
                before = c;
            }
            return -1;
        }

        private boolean namesFollow(int from, int to) {
            int next = from;
            while (next < to && isSpace(bytes[next])) {
                next++;
            }
            return next < to && bytes[next] == '"';
        }

        private boolean isWholeRecord(int from, int to) {
            RecordFields tried = new RecordFields(jsonText, interned);
            try (JsonParser parser = json.createParser(bytes, from, to - from)) {
                parser.nextToken();
                return tried.read(parser) != null || tried.isRecord();
            } catch (IOException | RuntimeException notWhole) {
                return false;
            }
        }

        /** Passes over members that the damage has put outside their object. */
        private int leftOverInArray(int from) {
            int to = from;
            while (true) {
                int next = to;
                while (next < end && (isSpace(bytes[next]) || bytes[next] == ',')) {
                    next++;
                }
                if (next == end || bytes[next] != '"') {
                    return to;
                }
                boundary.beginInsideObject();
                boundary.scan(bytes, next, end);
                to = Math.max(boundary.at(), next + 1);
            }
        }

        /** Passes over the rest of the line, unless a whole record is there. */
        private int leftOverOnLine(int from) {
            int before = from;
            while (before > 0 && isSpace(bytes[before - 1])) {
                if (bytes[--before] == '\n') {
                    return from;
                }
            }
            int line = from;
            while (line < end && bytes[line] != '\n') {
                line++;
            }
            int next = nextRecord(from - 2, line);
            return next >= from ? next : line;
        }

        /** Reads what begins like a number, text or literal, or like nothing. */
        private Fault scalar() {
            int start = at;
            if (bytes[start] == '[') {
                recover(start);
                return tooDeep("");
            }
            boundary.begin(depth > 0, false);
            boundary.scan(bytes, start, end);
            if (isScalar(start, boundary.at())) {
                at = boundary.at();
                return new Fault(Reason.NOT_A_RECORD, "", "This is JSON, but not an object.", EXPECTED_OBJECT);
            }
            if (depth > 0 || bytes[start] == '"') {
                // As if only the opening bracket were missing: to the object's end, not the member's.
                boundary.beginInsideObject();
                JsonBoundary.Outcome outcome = boundary.scan(bytes, start, end);
                leaveBehind(start, outcome, boundary.at());
            } else {
                at = boundary.at();
            }
            return new Fault(Reason.MALFORMED, "", "This is not JSON.", EXPECTED_RECORD);
        }

        private boolean isScalar(int from, int to) {
            try (JsonParser parser = json.createParser(bytes, from, to - from)) {
                JsonToken token = parser.nextToken();
                parser.finishToken();
                return token != null && token.isScalarValue() && parser.nextToken() == null;
            } catch (IOException | RuntimeException notJson) {
                return false;
            }
        }

        private String pointer() {
            StringBuilder pointer = new StringBuilder();
            for (int i = 0; i < depth; i++) {
                if (arrayNames[i] != null) {
                    pointer.append('/').append(arrayNames[i]);
                }
                pointer.append('/').append(indexes[i]);
            }
            return pointer.toString();
        }
    }
}
