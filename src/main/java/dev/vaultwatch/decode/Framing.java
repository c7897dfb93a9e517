package dev.vaultwatch.decode;

import com.fasterxml.jackson.core.JsonParser;
import dev.vaultwatch.api.DeadLetter.Reason;
import dev.vaultwatch.decode.Letters.Fault;
import dev.vaultwatch.decode.envelope.AnswerMarks;
import dev.vaultwatch.decode.envelope.CsvRows;
import dev.vaultwatch.decode.envelope.Encodings;
import dev.vaultwatch.decode.envelope.FileKind;
import dev.vaultwatch.decode.envelope.LinePrefix;
import dev.vaultwatch.decode.envelope.Rows;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads bytes of any supported form value by value: a cursor, and the arrays that are open around it. What stands inside a value, as
 * text or under a member's name, is read by another of these.
 */
final class Framing {

    /** Names of columns by which a line is known to be one of names. */
    static final Set<String> COLUMNS = Set.of(
            "TimeGenerated", "OperationName", "operationName", "time", "@timestamp", "event.action", "_raw", "_source");

    private final Tools tools;
    private final Reporter reporter;
    private final FlatPath flat;
    private final byte[] bytes;
    private final int from;
    private final int end;

    /** Where all this stands in what surrounds it, and how deep. */
    private final String place;

    private final int level;

    private final RecordFields fields;
    private final JsonBoundary boundary = new JsonBoundary();
    private final Recovery recovery;
    private final Unwrapper unwrapper;

    private int at;
    private int depth;

    /** How often CSV was found behind JSON. */
    private int turns;

    private final @Nullable OpenArray[] arrays = new OpenArray[Tools.MAX_DEPTH];

    /** Whether something was damaged before: commas and closing brackets of it may lie about. */
    private boolean recovered;

    /** Whether a comma behind the damaged record is not its own. */
    private boolean betweenRecords;

    /** Starts at bytes that a host gave, or at {@code at} behind records in them that were taken already. */
    Framing(Tools tools, Reporter reporter, FlatPath flat, byte[] bytes, int from, int at, int end) {
        this(tools, reporter, flat, bytes, from, end, "", 0);
        this.at = at;
        this.recovered = flat.tookPrefixed();
    }

    private Framing(
            Tools tools, Reporter reporter, FlatPath flat, byte[] bytes, int from, int end, String place, int level) {
        this.tools = tools;
        this.reporter = reporter;
        this.flat = flat;
        this.bytes = bytes;
        this.from = from;
        this.at = from;
        this.end = end;
        this.place = place;
        this.level = level;
        this.fields = tools.newFields(reporter.order());
        this.recovery = new Recovery(tools, bytes, end, boundary);
        this.unwrapper = new Unwrapper(tools, reporter, this::inner);
    }

    /** Reads what stands inside a value; false if that is too deep. */
    static boolean inner(Tools tools, Reporter reporter, FlatPath flat, byte[] bytes, String place, int level) {
        if (level > Tools.MAX_LEVELS) {
            return false;
        }
        new Framing(tools, reporter, flat, bytes, 0, bytes.length, place, level).frame();
        return true;
    }

    private boolean inner(byte[] within, int start, int to, String pointer) {
        if (level == Tools.MAX_LEVELS) {
            return false;
        }
        int taken = flat.takeAll(within, start, to);
        if (taken < to) {
            Framing inside = new Framing(tools, reporter, flat, within, start, to, pointer, level + 1);
            inside.at = taken;
            inside.frame();
        }
        return true;
    }

    void run() {
        try {
            if (!LineShape.isBlank(bytes, from, at) || !isOtherForm()) {
                frame();
            }
        } catch (RuntimeException | StackOverflowError failure) {
            reporter.rethrowOwn(failure);
            reporter.deadLetter(Letters.internal(failure).at(pointer(), Letters.text(bytes, at, end)), true);
        }
    }

    /** Reads what isn't JSON in UTF-8 from its first byte on; false if this may be. */
    private boolean isOtherForm() {
        Optional<FileKind> kind = FileKind.of(bytes, from, end);
        if (kind.isPresent()) {
            reporter.deadLetter(
                    Letters.kind(kind.get(), Letters.text(bytes, from, Math.min(end, from + FileKind.HEAD))), true);
            return true;
        }
        Optional<Charset> utf16 = Encodings.utf16(bytes, from, end);
        if (utf16.isPresent()) {
            byte[] text = Encodings.toUtf8(bytes, from, end, utf16.get());
            new Framing(tools, reporter, flat, text, 0, 0, text.length).run();
            return true;
        }
        skipSpace();
        byte[] behind = unwrapper.csv(bytes, at, end, reporter.order());
        return behind != null && inner(tools, reporter, flat, behind, place, level);
    }

    private void frame() {
        for (skipSpace(); at < end; skipSpace()) {
            byte c = bytes[at];
            if (c == '[' && depth < Tools.MAX_DEPTH && !isPrefix()) {
                int record = LinePrefix.fluentdRecord(bytes, at, end);
                open(List.of(), at, record < 0 ? at + 1 : record);
            } else if (depth > 0 && (c == ',' || c == ']' || c == '}')) {
                at++;
                if (c == ']' || (c == '}' && endsEnvelope())) {
                    close(c == '}');
                }
            } else if (recovered && (c == ',' || c == ']' || c == '}' || (depth == 0 && (c == ')' || c == ';')))) {
                at++;
            } else if (c == ',' && at > from) {
                // An array written a line for each record, or a part of one.
                at++;
            } else if (depth == 0 && toRows()) {
                return;
            } else {
                value();
            }
        }
        while (depth > 0) {
            close(true);
        }
    }

    /** Reads rows below a line of names that stands behind JSON, and what stands behind them; false if there is no such line. */
    private boolean toRows() {
        if (turns == RowsBehind.MAX_TURNS
                || !CsvRows.mayBeHeader(bytes, at, end)
                || !CsvRows.isHeader(bytes, at, end, COLUMNS)) {
            return false;
        }
        byte[] behind = unwrapper.csv(bytes, at, end, reporter.order());
        if (behind == null) {
            return false;
        }
        Framing rest = new Framing(tools, reporter, flat, behind, 0, behind.length, place, level);
        rest.turns = turns + 1;
        rest.frame();
        at = end;
        return true;
    }

    private boolean isPrefix() {
        return depth == 0 && LinePrefix.isBracketed(bytes, at, end);
    }

    private void skipSpace() {
        while (at < end) {
            byte c = bytes[at];
            if (Recovery.isSpace(c) || (depth == 0 && LineShape.isSeparator(c))) {
                at++;
            } else if (depth == 0 && LineShape.isMark(bytes, at, end)) {
                // Where files were joined, each had its byte order mark.
                at += 3;
            } else {
                return;
            }
        }
    }

    private void open(List<String> names, int start, int first) {
        arrays[depth++] = new OpenArray(names, start, first);
        at = first;
    }

    private OpenArray innermost() {
        return array(depth - 1);
    }

    private OpenArray array(int index) {
        OpenArray array = arrays[index];
        if (array == null) {
            throw new IllegalStateException("No array is open.");
        }
        return array;
    }

    /** What is known of the values in the row at the cursor; null outside of an array in an array. */
    private @Nullable Beside beside() {
        return depth < 2 || innermost().isEnvelope() ? null : array(depth - 2).beside(reporter);
    }

    /** Whether a curly bracket where an element must stand is the envelope's own, its square one lost. */
    private boolean endsEnvelope() {
        if (!innermost().isEnvelope()) {
            return false;
        }
        int next = at;
        while (next < end && Recovery.isSpace(bytes[next])) {
            next++;
        }
        return next == end || bytes[next] == '{' || bytes[next] == '[';
    }

    private void close(boolean early) {
        OpenArray closed = innermost();
        closed.report();
        if (early) {
            depth--;
            recovered = true;
            if (!closed.broken) {
                reporter.deadLetter(
                        Letters.brokenOff(pointer() + closed.pointer(), Letters.text(bytes, closed.start, at)), true);
            }
        } else if (closed.isEnvelope()) {
            if (toNextArray(closed)) {
                return;
            }
            depth--;
            around(closed);
        } else {
            depth--;
        }
        next();
    }

    /** Moves behind an envelope, or to the first record of another array that it has. */
    private boolean toNextArray(OpenArray envelope) {
        int behind = at - 1;
        boundary.beginInsideObject(envelope.levels(), true);
        JsonBoundary.Outcome outcome = boundary.scan(bytes, at, end);
        while (outcome == JsonBoundary.Outcome.ENVELOPE && !OpenArray.mayHoldRecords(bytes[boundary.at()])) {
            outcome = boundary.scan(bytes, boundary.at(), end);
        }
        at = boundary.at();
        envelope.behind(behind, at);
        recovered |= outcome == JsonBoundary.Outcome.CUT;
        if (outcome != JsonBoundary.Outcome.ENVELOPE) {
            return false;
        }
        envelope.next(bytes, at, boundary.envelopeLevels());
        return true;
    }

    /** An envelope that names an operation of its own, behind its array, is a record as well; one that is an answer may say more. */
    private void around(OpenArray envelope) {
        byte[] emptied = envelope.emptied(bytes);
        if (emptied == null) {
            return;
        }
        RecordFields around = tools.newFields(reporter.order());
        try (JsonParser parser = tools.json.createParser(emptied)) {
            parser.nextToken();
            around.read(parser, emptied, 0, false);
        } catch (IOException damaged) {
            return;
        }
        if (around.namesOperation()) {
            around.clear();
            Read.of(tools, around, bytes, envelope.start, at, false);
            judge(around, envelope.start);
        } else {
            unwrapper.isPartial(emptied, 0, emptied.length, pointer());
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
        while (to > start + 1 && (Recovery.isSpace(bytes[to - 1]) || (bytes[to - 1] == ',' && betweenRecords))) {
            to--;
        }
        String pointer = pointer();
        next();
        byte[] replaced = fault.reason() == Reason.MALFORMED ? Bytes.repaired(bytes, start, to) : null;
        if (replaced != null) {
            reporter.invalidUtf8();
            inner(replaced, 0, replaced.length, pointer);
            return;
        }
        String text = Letters.text(bytes, start, to);
        reporter.deadLetter(
                fault.reason() == Reason.MALFORMED && at - start > tools.maxRecordBytes
                        ? Letters.tooLarge(pointer + fault.pointer(), tools.maxRecordBytes, text)
                        : fault.at(pointer, text),
                bytes[start] == '{' && fields.isAzure());
    }

    private void next() {
        if (depth > 0) {
            innermost().index++;
        }
    }

    /** Reads the object at the cursor and moves behind it; on a fault, behind the damage. */
    private @Nullable Fault object() {
        int start = at;
        int behind = flat.take(bytes, start, end);
        if (behind != FlatRecord.NOT_FLAT) {
            at = behind;
            next();
            return null;
        }
        int wrapper = flat.wrapper(fields, bytes, start, end);
        Read read = wrapper == FlatRecord.NOT_FLAT
                ? Read.of(tools, fields, bytes, start, tools.limit(start, end), true)
                : new Read(wrapper, null, null);
        RecordFields.Envelope envelope = read.envelope();
        if (read.fault() == null && envelope != null && envelope.table()) {
            Unwrapper.Table table = unwrapper.table(bytes, start, end, pointer());
            if (table.end() > start && table.columns()) {
                at = table.end();
                next();
                return null;
            }
            if (table.fault() != null) {
                recover(start);
                return table.fault();
            }
            fields.clear();
            read = Read.of(tools, fields, bytes, start, tools.limit(start, end), false);
            envelope = null;
        }
        if (read.fault() == null && envelope != null && depth == Tools.MAX_DEPTH) {
            recover(start);
            return Letters.tooDeep("", Tools.MAX_DEPTH);
        }
        if (read.fault() != null) {
            recover(start);
            return read.fault();
        }
        if (envelope != null) {
            open(envelope.names(), start, envelope.first());
            return null;
        }
        at = read.end();
        judge(fields, start);
        next();
        return null;
    }

    /** Reaches a verdict on an object that was read to its end at the cursor. */
    private void judge(RecordFields read, int start) {
        String action = read.auditAction();
        if (action != null || read.isOtherLog()) {
            if (!reporter.judge(read, action, bytes, start, at)) {
                reporter.deadLetter(Letters.badTime(read, pointer(), Letters.text(bytes, start, at)), true);
            }
        } else if (read.firstKeys().equals(Rows.DAMAGED)) {
            reporter.deadLetter(Letters.DAMAGED_ROW.at(pointer(), Letters.text(bytes, start, at)), true);
        } else if (unwrapper.members(read, bytes, at, pointer())) {
            if (read.firstKeys().contains(AnswerMarks.PARTIAL)) {
                unwrapper.isPartial(bytes, start, at, pointer());
            } else if (read.firstKeys().contains(AnswerMarks.PREVIEW) && unwrapper.isPreview(bytes, start, at)) {
                reporter.order().preview();
            }
        } else if (read.isEmptyEnvelope()) {
            unwrapper.isPartial(bytes, start, at, pointer());
        } else if (read.isUnderstood()) {
            reporter.ignored(read.whyNoAction());
        } else if (!read.firstKeys().contains(AnswerMarks.ERRORS)
                || !unwrapper.isPartial(bytes, start, at, pointer())) {
            Beside row = beside();
            if (row == null) {
                reporter.unrecognised(read.firstKeys());
            } else {
                row.hold(read.firstKeys());
            }
        }
    }

    /** Moves from a damaged object's start to where reading can go on. */
    private void recover(int start) {
        boundary.begin(depth > 0, false);
        JsonBoundary.Outcome outcome = boundary.scan(bytes, start, end);
        leaveBehind(start, outcome, boundary.at());
    }

    private void leaveBehind(int start, JsonBoundary.Outcome outcome, int boundaryAt) {
        int next = recovery.nextRecord(start, boundaryAt);
        betweenRecords |= next >= 0;
        boolean cut = next >= 0 || outcome != JsonBoundary.Outcome.END;
        recovered = true;
        at = next >= 0 ? next : depth > 0 ? recovery.leftOverInArray(boundaryAt) : recovery.leftOverOnLine(boundaryAt);
        if (depth > 0 && cut && at == end) {
            innermost().broken = true;
        }
    }

    /** Reads what begins like a number, text or literal, or like nothing. */
    private @Nullable Fault scalar() {
        int start = at;
        int taken = depth == 0 ? flat.takePrefixed(bytes, start, end) : FlatRecord.NOT_FLAT;
        if (taken != FlatRecord.NOT_FLAT) {
            recovered = true;
            at = taken;
            return null;
        }
        boolean prefix = bytes[start] == '[' && isPrefix();
        if (bytes[start] == '[' && !prefix) {
            recover(start);
            return Letters.tooDeep("", Tools.MAX_DEPTH);
        }
        boundary.begin(depth > 0, false);
        boundary.scan(bytes, start, end);
        int to = boundary.at();
        if (!prefix && recovery.isScalar(start, to)) {
            at = to;
            if (bytes[start] == '"' && unwrapper.text(bytes, start, to, pointer())) {
                Beside beside = beside();
                if (beside != null) {
                    beside.carries();
                }
                next();
                return null;
            }
            Beside row = Unwrapper.mayCarry(bytes, start, to) ? null : beside();
            if (row == null) {
                return Letters.NO_OBJECT;
            }
            row.hold(Letters.NO_OBJECT.at(pointer(), Letters.text(bytes, start, to)));
            next();
            return null;
        }
        int record = depth > 0 || bytes[start] == '"' ? -1 : recovery.prefixedRecord(start);
        if (record >= 0) {
            // A bracket of the prefix's may be closed behind the record.
            recovered = true;
            at = record;
            Fault fault = object();
            at = Math.max(at, fault == null ? LinePrefix.endBehind(bytes, at, end) : 0);
            return fault;
        }
        if (depth > 0 || (bytes[start] == '"' && LineShape.isMember(bytes, start, end))) {
            // As if only the opening bracket were missing: to the object's end, not the member's.
            boundary.beginInsideObject(1);
            JsonBoundary.Outcome outcome = boundary.scan(bytes, start, end);
            leaveBehind(start, outcome, boundary.at());
        } else {
            at = prefix ? LineShape.endOfLine(bytes, start, end) : to;
        }
        return Letters.notJson(bytes, start, end);
    }

    private String pointer() {
        StringBuilder pointer = new StringBuilder(place);
        for (int i = 0; i < depth; i++) {
            OpenArray array = array(i);
            pointer.append(array.pointer()).append('/').append(array.index);
        }
        return pointer.toString();
    }
}
