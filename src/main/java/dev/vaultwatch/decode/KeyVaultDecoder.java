package dev.vaultwatch.decode;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Turns records of Key Vault audit logs, in any of the wire shapes, into events.
 *
 * <h2>What it takes</h2>
 *
 * A record, an array, an envelope ({@code {"records":[…]}}, {@code {"value":[…]}}, whatever else stands in it), any of
 * these inside each other, and any number of these one after the other: on lines of their own, over several lines, with commas
 * or nothing between. CSV, and answers that name their columns once. All of these in what shippers put around them: under a
 * member's name, as JSON text or Base64 in it, behind a line's prefix, {@value #LEVELS} deep. UTF-8 with a byte order mark
 * wherever a file may begin, and UTF-16. The shape is told by the content. What a record's fields may be called is in
 * {@link Field}; what counts as absent, in {@link RecordFields}.
 *
 * <h2>What becomes of a record</h2>
 *
 * Each ends in exactly one call of the sink. It is <em>ignored</em> if it is no audit event, an Elastic document of
 * another dataset, or has an action that isn't wanted. It is <em>unrecognised</em> if it has no field of Key Vault or Azure
 * and carries nothing that has, or is an audit record that names no action. It is a <em>dead letter</em> if it is not well-formed,
 * too large, no object, or wanted but without a readable time since 2014. Reading goes on behind a damaged record; {@link JsonBoundary}
 * says where that is. An envelope whose end is missing gives one more dead letter, unless the record it broke off in
 * was one. An envelope without records counts as none; one that says that it is partial gives a dead letter beside its records. Of a
 * wrapper that carries a record twice, the better copy counts. Of a file
 * of another kind there is one dead letter, with a sentence of its own.
 *
 * <h2>Threads and errors</h2>
 *
 * Immutable and thread-safe. No data makes it throw. What the sink or the predicate throws goes to the caller, and the
 * rest of the input is then not read.
 */
public final class KeyVaultDecoder {

    /** How many names of an unrecognised object's members are told. */
    public static final int FIRST_KEYS = 8;

    /** How many characters of each. */
    public static final int MAX_KEY = 60;

    static final int LEVELS = Tools.MAX_LEVELS;

    /** A power of two. */
    private static final int SCRATCHES = 16;

    private static final int NONE_FREE = -1;

    private final IdentityMode identity;
    private final boolean takesFlat;
    private final Tools tools;

    /** What the last call wanted, which the next one nearly always wants, too. */
    private volatile Wanted wanted = Wanted.ALL;

    /** A scratch for some threads each, so that they seldom meet; made when first needed. */
    private final @Nullable FlatRecord[] scratches = new FlatRecord[SCRATCHES];

    /** 1 where a thread is using the scratch; a number, since a reference stored twice a call would keep the collector busy. */
    private final AtomicIntegerArray inUse = new AtomicIntegerArray(SCRATCHES);

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
        this.tools = new Tools(maxRecordBytes);
        this.identity = Objects.requireNonNull(identity, "identity");
        this.takesFlat = takesFlat;
    }

    /**
     * Decodes the bytes of a source of which nothing else is known.
     *
     * @see #decode(byte[], int, int, Predicate, EventSink, DayOrder)
     */
    public void decode(byte[] json, int offset, int length, Predicate<String> wantedAction, EventSink sink) {
        decode(json, offset, length, wantedAction, sink, new DayOrder());
    }

    /**
     * Decodes bytes, which are not kept.
     *
     * @param json holds the records
     * @param offset where they start in it
     * @param length how many bytes they are
     * @param wantedAction says of an action whether a rule wants it; called on this thread
     * @param sink takes the results, in the order of the records, on this thread
     * @param order what is known of the source's dates; learns from the bytes
     * @throws IndexOutOfBoundsException if there is no such range
     */
    public void decode(
            byte[] json, int offset, int length, Predicate<String> wantedAction, EventSink sink, DayOrder order) {
        decode(json, offset, length, new Reporter(identity, wantedAction, sink, wanted(sink), order, null));
    }

    private Wanted wanted(EventSink sink) {
        Set<Property> properties = sink.properties();
        Wanted known = wanted;
        if (!known.isOf(properties)) {
            known = new Wanted(properties);
            wanted = known;
        }
        return known;
    }

    /** Takes the records of a payload one by one. */
    public interface RecordSink extends EventSink {
        /**
         * A record that makes an event. What is not an event ends in the other methods, without its bytes.
         *
         * @param event what {@link EventSink#event} would be given
         * @param record the record's own JSON, without what was around it: decoded again, it gives an equal event
         */
        void record(KeyVaultEvent event, byte[] record);

        /** Not called: {@link #record} is. */
        @Override
        default void event(KeyVaultEvent event) {}
    }

    /**
     * Takes a payload apart, for a host that sends each record on by the key that its event has: envelopes and wrappers are split,
     * rows become objects.
     *
     * @throws IndexOutOfBoundsException if there is no such range
     * @see #decode(byte[], int, int, Predicate, EventSink, DayOrder)
     */
    public void split(
            byte[] json, int offset, int length, Predicate<String> wantedAction, RecordSink sink, DayOrder order) {
        Splitter splitter = new Splitter(sink);
        decode(json, offset, length, new Reporter(identity, wantedAction, splitter, wanted(sink), order, splitter));
    }

    private void decode(byte[] json, int offset, int length, Reporter reporter) {
        Objects.checkFromIndexSize(offset, length, json.length);
        int slot = freeScratch();
        if (slot == NONE_FREE) {
            decode(json, offset, offset + length, reporter, new FlatRecord(tools.interned, tools.callers));
            return;
        }
        boolean whole = false;
        try {
            decode(json, offset, offset + length, reporter, scratch(slot));
            whole = true;
        } finally {
            if (!whole) {
                // What was being learned when something was thrown is not to be trusted.
                scratches[slot] = null;
            }
            inUse.setRelease(slot, 0);
        }
    }

    /** A scratch for this thread alone until it is given back: mostly the one that it had before. */
    private int freeScratch() {
        int usual = (int) Thread.currentThread().getId();
        for (int i = 0; i < SCRATCHES; i++) {
            int slot = (usual + i) & (SCRATCHES - 1);
            if (inUse.compareAndSet(slot, 0, 1)) {
                return slot;
            }
        }
        return NONE_FREE;
    }

    private FlatRecord scratch(int slot) {
        FlatRecord scratch = scratches[slot];
        if (scratch == null) {
            scratch = new FlatRecord(tools.interned, tools.callers);
            scratches[slot] = scratch;
        }
        return scratch;
    }

    private void decode(byte[] json, int offset, int end, Reporter reporter, FlatRecord flat) {
        flat.source(reporter.order(), offset, end);
        FlatPath path = new FlatPath(tools, flat, reporter, takesFlat);
        int at = path.takeLines(json, offset, end);
        if (at < end) {
            flat.source(reporter.order(), 0, 0);
            reporter.order().ahead(json, offset, end);
            new Framing(tools, reporter, path, json, offset, at, end).run();
        }
        reporter.finish();
        flat.release();
    }

    /**
     * Decodes one event, an envelope of them, or a wrapper around them, that the host has as a map. Keys may be nested or dotted.
     * Times may be texts, {@link java.time.Instant}, {@link java.util.Date}, {@link java.time.OffsetDateTime},
     * {@link java.time.ZonedDateTime}, {@link java.time.LocalDateTime} (UTC) or numbers since 1970, in seconds, milliseconds,
     * microseconds or nanoseconds by their magnitude. An array of objects is as good as a list.
     *
     * @param event is only read during the call
     * @param wantedAction says of an action whether a rule wants it; called on this thread
     * @param sink takes the results on this thread
     */
    public void decode(Map<String, ?> event, Predicate<String> wantedAction, EventSink sink) {
        Reporter reporter = new Reporter(identity, wantedAction, sink, wanted(sink), new DayOrder(), null);
        FlatRecord flat = new FlatRecord(tools.interned, tools.callers);
        flat.source(reporter.order(), 0, 0);
        new MapDecoding(tools, reporter, new FlatPath(tools, flat, reporter, takesFlat)).run(event);
        reporter.finish();
    }

    /** Puts a record's bytes beside its event. */
    private static final class Splitter implements EventSink, Reporter.RecordBytes {
        private final RecordSink sink;
        private byte[] record = new byte[0];

        Splitter(RecordSink sink) {
            this.sink = sink;
        }

        @Override
        public void bytes(byte[] bytes, int from, int to) {
            record = Arrays.copyOfRange(bytes, from, to);
        }

        @Override
        public void event(KeyVaultEvent event) {
            sink.record(event, record);
        }

        @Override
        public void longTexts() {
            sink.longTexts();
        }

        @Override
        public void userless(Userless cause) {
            sink.userless(cause);
        }

        @Override
        public boolean needsAnonymous(long time) {
            return sink.needsAnonymous(time);
        }

        @Override
        public void ignored() {
            sink.ignored();
        }

        @Override
        public void ignored(Ignored reason) {
            sink.ignored(reason);
        }

        @Override
        public void unrecognised(List<String> firstKeys) {
            sink.unrecognised(firstKeys);
        }

        @Override
        public void invalidUtf8() {
            sink.invalidUtf8();
        }

        @Override
        public void note(String sentence) {
            sink.note(sentence);
        }

        @Override
        public void deadLetter(DeadLetter letter) {
            sink.deadLetter(letter);
        }
    }
}
