package dev.vaultwatch.decode;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.vaultwatch.api.DeadLetter.Reason;
import dev.vaultwatch.decode.Letters.Fault;
import dev.vaultwatch.decode.envelope.AnswerMarks;
import dev.vaultwatch.decode.envelope.Carriers;
import dev.vaultwatch.decode.envelope.CsvRows;
import dev.vaultwatch.decode.envelope.Rows;
import dev.vaultwatch.decode.envelope.TableRows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Looks into what is no record itself for the records that it carries, and has each decoded. */
final class Unwrapper {

    /** Decodes bytes that stand inside others. */
    interface Inner {
        /**
         * Decodes.
         *
         * @param pointer where the bytes stand, as a JSON pointer
         * @return false if they lie too deep; nothing was reported then
         */
        boolean decode(byte[] bytes, int from, int to, String pointer);
    }

    private final Tools tools;
    private final Reporter reporter;
    private final Inner inner;

    Unwrapper(Tools tools, Reporter reporter, Inner inner) {
        this.tools = tools;
        this.reporter = reporter;
        this.inner = inner;
    }

    /**
     * Decodes the best member of an object that carries records.
     *
     * @param bytes what the fields were read from
     * @param end where the object ends
     * @return false if none does; nothing was reported then
     */
    boolean members(RecordFields fields, byte[] bytes, int end, String pointer) {
        for (RecordFields.Member member : fields.members()) {
            Reporter.Probe probe = reporter.probe();
            member(member, bytes, end, pointer);
            if (reporter.end(probe)) {
                others(
                        fields.members(),
                        member,
                        Reporter.correlation(probe),
                        Reporter.isSingle(probe),
                        bytes,
                        end,
                        pointer);
                if (fields.hasMoreMembers() && !Carriers.isKnown(member.name())) {
                    // Beside a record under a known name, what has other names is no record but what describes it.
                    reporter.deadLetter(Letters.MORE_MEMBERS.at(pointer, ""), false);
                }
                return true;
            }
        }
        return false;
    }

    private void member(RecordFields.Member member, byte[] bytes, int end, String pointer) {
        String place = pointer + AuditFields.pointer(member.name());
        if (member.to() > member.from()) {
            inner.decode(bytes, member.from(), member.to(), place);
            return;
        }
        Carried payload = member.value() instanceof JsonText read ? carried(read) : text(bytes, member.from(), end);
        if (payload != null) {
            inner.decode(payload.bytes, 0, payload.length, place);
        }
    }

    /** Decodes what stands beside the member in which a record was found, where it is no copy of the record. */
    private void others(
            List<RecordFields.Member> members,
            RecordFields.Member read,
            String correlation,
            boolean single,
            byte[] bytes,
            int end,
            String pointer) {
        boolean rows = !Carriers.isKnown(read.name()) && read.to() > read.from() && bytes[read.from()] == '{';
        List<Runnable> known = new ArrayList<>();
        known.add(() -> member(read, bytes, end, pointer));
        List<Runnable> unsure = new ArrayList<>();
        for (RecordFields.Member other : members.subList(members.indexOf(read) + 1, members.size())) {
            Runnable decode = () -> member(other, bytes, end, pointer);
            boolean row = rows && isSibling(bytes, read, other);
            boolean one = row || (single && known.size() == 1);
            report(
                    reporter,
                    SecondRecord.of(correlation, one, read.name(), bytes, other, end),
                    row,
                    decode,
                    known,
                    unsure);
        }
        compare(reporter, known, unsure);
    }

    /**
     * Reports what stands beside a record, or leaves it for {@link #compare}.
     *
     * @param row whether it is one of the rows of which the record is one, and so counts for itself where nothing speaks against it
     * @param known takes it once it is reported
     * @param unsure takes it if it is to be compared
     */
    static void report(
            Reporter reporter,
            SecondRecord.Verdict verdict,
            boolean row,
            Runnable decode,
            List<Runnable> known,
            List<Runnable> unsure) {
        if (verdict == SecondRecord.Verdict.UNSURE) {
            unsure.add(decode);
        } else if (row) {
            decode.run();
            known.add(decode);
        } else if (verdict == SecondRecord.Verdict.OTHER) {
            look(reporter, decode);
            known.add(decode);
        }
    }

    /**
     * Reports of what may hold copies the records that are none.
     *
     * @param known each decodes what was reported already
     * @param unsure decode the others, one each
     */
    static void compare(Reporter reporter, List<Runnable> known, List<Runnable> unsure) {
        if (unsure.isEmpty() || reporter.isComparing()) {
            return;
        }
        Copies copies = new Copies();
        reporter.compare(copies);
        try {
            known.forEach(decode -> look(reporter, decode));
            for (Runnable other : unsure) {
                copies.next();
                look(reporter, other);
            }
        } finally {
            reporter.compare(null);
        }
    }

    private static void look(Reporter reporter, Runnable decode) {
        Reporter.Probe probe = reporter.probe();
        decode.run();
        reporter.end(probe);
    }

    /**
     * Whether what stands beside a record that was found under a name of nobody's begins with the same field and says something else:
     * rows by their number, as pandas writes them, or by an id. Copies of one record stand under names that are known, or differ
     * in form.
     */
    private static boolean isSibling(byte[] bytes, RecordFields.Member read, RecordFields.Member other) {
        return other.to() > other.from()
                && beginAlike(bytes, read, other)
                && !Arrays.equals(bytes, read.from(), read.to(), bytes, other.from(), other.to());
    }

    /** Whether two objects are the same up to their first colon. */
    private static boolean beginAlike(byte[] bytes, RecordFields.Member one, RecordFields.Member other) {
        int length = 0;
        while (one.from() + length < one.to() && bytes[one.from() + length] != ':') {
            length++;
        }
        int end = other.from() + length;
        return end < other.to()
                && Arrays.equals(bytes, one.from(), one.from() + length + 1, bytes, other.from(), end + 1);
    }

    /**
     * Decodes what a JSON text carries, if it is an object or a record's line.
     *
     * @return false if it is neither; nothing was reported then
     */
    boolean text(byte[] bytes, int from, int to, String pointer) {
        Carried payload = text(bytes, from, to);
        if (payload == null) {
            return false;
        }
        if (Carriers.isObject(payload.bytes)) {
            return inner.decode(payload.bytes, 0, payload.length, pointer);
        }
        Reporter.Probe probe = reporter.probe();
        inner.decode(payload.bytes, 0, payload.length, pointer);
        return reporter.end(probe);
    }

    /** Whether a value that stands between two places has a bracket in it, so that a record may have been meant. */
    static boolean mayCarry(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '{') {
                return true;
            }
        }
        return false;
    }

    /** What a text carries, at the start of an array. */
    @SuppressWarnings("ArrayRecordComponent") // on its way from one method to the next, and never compared
    private record Carried(byte[] bytes, int length) {}

    private static @Nullable Carried text(byte[] bytes, int from, int to) {
        JsonText text = JsonText.of(bytes, from, to);
        return text == null ? null : carried(text);
    }

    private static @Nullable Carried carried(JsonText text) {
        if (!Carriers.isLongEnough(text.length())) {
            return null;
        }
        if (Carriers.isText(text.bytes(), text.length())) {
            return new Carried(text.bytes(), text.length());
        }
        byte[] decoded = Carriers.base64(text.bytes(), text.length());
        return decoded == null ? null : new Carried(decoded, decoded.length);
    }

    /** Tells of an answer that says that it is partial; false if it does not. */
    boolean isPartial(byte[] answer, int from, int to, String pointer) {
        AnswerMarks marks = new AnswerMarks();
        try (JsonParser parser = tools.json.createParser(answer, from, to - from)) {
            marks.read(parser);
        } catch (IOException damaged) {
            return false;
        }
        if (marks.isPartial()) {
            reporter.deadLetter(Letters.partial(marks.sentence()).at(pointer, Letters.text(answer, from, to)), false);
        }
        return marks.isPartial();
    }

    /** Whether an object says that it is a row of a search that had not ended. */
    boolean isPreview(byte[] answer, int from, int to) {
        AnswerMarks marks = new AnswerMarks();
        try (JsonParser parser = tools.json.createParser(answer, from, to - from)) {
            marks.read(parser);
        } catch (IOException damaged) {
            return false;
        }
        return marks.has(AnswerMarks.PREVIEW);
    }

    /** What reading a table came to. */
    record Table(int end, boolean columns, @Nullable Fault fault) {}

    /** Decodes the rows of an answer that names its columns once, from its opening bracket on. */
    Table table(byte[] bytes, int from, int to, String pointer) {
        try (JsonParser parser = tools.json.createParser(bytes, from, to - from)) {
            parser.nextToken();
            TableRows rows = new TableRows(parser, tools.json, tools.maxRecordBytes);
            try {
                for (byte[] row = rows.next(); row != null; row = rows.next()) {
                    inner.decode(row, 0, row.length, pointer + rows.pointer());
                }
            } catch (IOException damaged) {
                return new Table(
                        from,
                        true,
                        new Fault(
                                Reason.MALFORMED,
                                "",
                                "The table of records breaks off or is damaged; the rows before that were read.",
                                "Columns and rows as Log Analytics or ES|QL answer them."));
            }
            boolean whole = parser.currentToken() == JsonToken.END_OBJECT;
            int end = from + (int) parser.currentLocation().getByteOffset();
            return new Table(whole ? end : from, rows.isTable(), null);
        } catch (IOException damaged) {
            return new Table(from, false, null);
        }
    }

    /** Decodes rows that follow a line of column names; gives what stands behind them, and null if no such line comes first. */
    byte @Nullable [] csv(byte[] bytes, int from, int to, DayOrder order) {
        Supplier<Optional<Rows>> rows =
                () -> CsvRows.of(bytes, from, to, Framing.COLUMNS, tools.json, tools.maxRecordBytes);
        Optional<Rows> first = rows.get();
        if (first.isEmpty()) {
            return null;
        }
        order.ahead(learning ->
                rows.get().ifPresent(again -> each(again, (row, number) -> learning.look(row, 0, row.length))));
        return each(first.get(), (row, number) -> inner.decode(row, 0, row.length, "/" + number));
    }

    /** Goes through rows that are read from bytes; gives what stands behind them. */
    private static byte[] each(Rows rows, RowSink sink) {
        try {
            int number = 0;
            for (byte[] row = rows.next(); row != null; row = rows.next()) {
                sink.row(row, number++);
            }
            return rows.rest().readAllBytes();
        } catch (IOException neverFromBytes) {
            throw new IllegalStateException(neverFromBytes);
        }
    }

    /** Takes a row, and the number of rows before it. */
    private interface RowSink {
        void row(byte[] row, int number);
    }
}
