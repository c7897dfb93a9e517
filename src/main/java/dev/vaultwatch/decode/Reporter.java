package dev.vaultwatch.decode;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.event.KeyVaultEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Between a decoder and its caller, for one call: judges records and hands results on, each once. It knows whether one of the
 * caller's two callbacks is running, to tell what they throw from a fault of ours. While something is looked into that may hold
 * records or nothing of the kind, what was not recognised is held back until a record is. Not thread-safe.
 */
final class Reporter {

    /** Takes the bytes of records beside their events. */
    interface RecordBytes {
        /** Comes before each event. */
        void bytes(byte[] bytes, int from, int to);
    }

    private final IdentityMode identity;
    private final Predicate<String> wantedAction;
    private final EventSink sink;
    private final DayOrder order;
    private final @Nullable RecordBytes recordBytes;
    private final Wanted wantedProperties;
    private boolean calling;
    private @Nullable Probe probe;

    /** Set while records are compared with others of one document: only what is no copy is reported then. */
    private @Nullable Copies copies;

    Reporter(
            IdentityMode identity,
            Predicate<String> wantedAction,
            EventSink sink,
            Wanted wantedProperties,
            DayOrder order,
            @Nullable RecordBytes recordBytes) {
        this.identity = identity;
        this.wantedAction = wantedAction;
        this.sink = sink;
        this.order = order;
        this.recordBytes = recordBytes;
        this.wantedProperties = wantedProperties;
    }

    /** A look into something that may hold records. */
    static final class Probe {
        private final @Nullable Probe outer;
        private final List<Held> held = new ArrayList<>();
        private boolean recognised;

        /** The correlation id of the first record in it that has one; empty if none has. */
        private String correlation = "";

        /** How many records were judged in it. */
        private int records;

        private Probe(@Nullable Probe outer) {
            this.outer = outer;
        }
    }

    /** A result that counts only if there are records beside it: a letter, or an unrecognised object's first keys. */
    private record Held(@Nullable DeadLetter letter, List<String> keys) {}

    DayOrder order() {
        return order;
    }

    /** Starts a look; what is reported until {@link #end} is what was found. */
    Probe probe() {
        Probe started = new Probe(probe);
        probe = started;
        return started;
    }

    /** Ends a look; whether anything in it was recognised. If not, nothing of it was reported. */
    boolean end(Probe ended) {
        probe = ended.outer;
        if (probe != null) {
            probe.records += ended.records;
            if (probe.correlation.isEmpty()) {
                probe.correlation = ended.correlation;
            }
        }
        return ended.recognised;
    }

    /** The correlation id of the first record that was found in a look; empty if it has none. */
    static String correlation(Probe ended) {
        return ended.correlation;
    }

    /** Whether one record alone was found in a look. */
    static boolean isSingle(Probe ended) {
        return ended.records == 1;
    }

    /** Whether records are being compared with others. */
    boolean isComparing() {
        return copies != null;
    }

    /** Reports nothing until the next call but records that are no copies by that judgement; null to report all again. */
    void compare(@Nullable Copies by) {
        copies = by;
    }

    private void recognise(@Nullable Probe current) {
        if (current == null || current.recognised) {
            return;
        }
        recognise(current.outer);
        current.recognised = true;
        for (Held held : current.held) {
            if (held.letter() == null) {
                sinkUnrecognised(held.keys());
            } else {
                sinkLetter(held.letter());
            }
        }
        current.held.clear();
    }

    /**
     * Judges a record that has an action, or is plainly another log's.
     *
     * @param action by {@link AuditFields#auditAction}
     * @return false if it is for want of a good time nothing but a dead letter
     */
    boolean judge(AuditFields fields, @Nullable String action, byte[] bytes, int from, int to) {
        if (probe != null) {
            probe.records++;
            if (probe.correlation.isEmpty()) {
                String correlation = fields.get(Field.CORRELATION_ID);
                probe.correlation = correlation == null ? "" : correlation;
            }
        }
        if (copies != null) {
            recognise(probe);
            if (!copies.isOther(fields, action)) {
                return true;
            }
        }
        if (action == null) {
            ignored(fields.whyNoAction());
            return true;
        }
        calling = true;
        boolean wanted = wantedAction.test(action);
        calling = false;
        if (!wanted) {
            recognise(probe);
            sinkIgnored(Ignored.ACTION);
            return true;
        }
        long time = fields.time();
        if (time < TimeText.EARLIEST) {
            return false;
        }
        event(fields, time, action, bytes, from, to);
        return true;
    }

    private void event(AuditFields fields, long time, String action, byte[] bytes, int from, int to) {
        recognise(probe);
        boolean named = Identity.user(fields, identity) != null;
        calling = true;
        boolean whole = named || sink.needsAnonymous(time);
        calling = false;
        KeyVaultEvent event = whole
                ? EventOf.record(fields, time, action, identity, wantedProperties)
                : KeyVaultEvent.bare(time, action, null);
        calling = true;
        if (!named) {
            sink.userless(Identity.why(fields));
        }
        if (whole && fields.hasLongTexts()) {
            sink.longTexts();
        }
        if (recordBytes != null) {
            recordBytes.bytes(bytes, from, to);
        }
        sink.event(event);
        calling = false;
    }

    void ignored(Ignored reason) {
        recognise(probe);
        if (copies == null) {
            sinkIgnored(reason);
        }
    }

    private void sinkIgnored(Ignored reason) {
        calling = true;
        sink.ignored(reason);
        calling = false;
    }

    /** An object without any field of ours. */
    void unrecognised(List<String> firstKeys) {
        if (copies != null) {
            return;
        }
        if (probe != null && !probe.recognised) {
            probe.held.add(new Held(null, firstKeys));
        } else {
            sinkUnrecognised(firstKeys);
        }
    }

    private void sinkUnrecognised(List<String> firstKeys) {
        calling = true;
        sink.unrecognised(firstKeys);
        calling = false;
    }

    /**
     * Something that can't be read.
     *
     * @param record whether it is a record for all that could be read of it
     */
    void deadLetter(DeadLetter letter, boolean record) {
        if (copies != null) {
            return;
        }
        if (record) {
            recognise(probe);
        }
        if (probe != null && !probe.recognised) {
            probe.held.add(new Held(letter, List.of()));
        } else {
            sinkLetter(letter);
        }
    }

    private void sinkLetter(DeadLetter letter) {
        calling = true;
        sink.deadLetter(letter);
        calling = false;
    }

    void invalidUtf8() {
        if (copies != null) {
            return;
        }
        calling = true;
        sink.invalidUtf8();
        calling = false;
    }

    /** Ends the call: says what is to be said of the input as a whole. */
    void finish() {
        order.release();
        if (order.takeNote()) {
            note(
                    "Dates such as 4/2/2025 were read with the month first; no date of the source shows which of the two is"
                            + " the day.");
        }
        if (order.takePreviewNote()) {
            note(
                    "Rows of a search that had not ended were read (\"preview\": true, as Splunk's export writes them). The final"
                            + " rows say the same records again, and each counts as often as it stands there: export with"
                            + " preview=false, or have repetitions left out (dedupe content).");
        }
        if (order.takeLocalNote()) {
            note(
                    "Times in a column of local time were read as UTC: the export does not say whose local time it is. Export"
                            + " them in UTC to have them right.");
        }
    }

    private void note(String sentence) {
        calling = true;
        sink.note(sentence);
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
