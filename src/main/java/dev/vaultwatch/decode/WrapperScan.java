package dev.vaultwatch.decode;

import dev.vaultwatch.decode.envelope.Carriers;
import org.jspecify.annotations.Nullable;

/**
 * Reads the members of an object that is a wrapper and no record, eight bytes at a time and without the parser: each wrapper's text
 * is passed over once for every level, and records inside three of them would cost more for that than for themselves. Whatever is not
 * plainly so is left to the parser: members that may be a record's, what may make an envelope, what is odd or damaged.
 */
final class WrapperScan {
    /** The fewest bytes of an object that carries a record. */
    private static final int SHORTEST = 20;

    private final byte[] bytes;
    private final int limit;

    /** What the text that was read last says; null for one in which there can be no record. */
    private @Nullable JsonText said;

    private WrapperScan(byte[] bytes, int limit) {
        this.bytes = bytes;
        this.limit = limit;
    }

    /**
     * Reads the object at a place as {@link RecordFields#read} would.
     *
     * @param into cleared; it is so again if this is left to the parser
     * @return where the object ends, or {@link FlatRecord#NOT_FLAT} if it is left to the parser
     */
    static int read(RecordFields into, byte[] bytes, int start, int limit) {
        WrapperScan scan = new WrapperScan(bytes, limit);
        int end = scan.peek(start) == '{' ? scan.members(start + 1, into, 1) : FlatRecord.NOT_FLAT;
        if (end == FlatRecord.NOT_FLAT) {
            into.clear();
        }
        return end;
    }

    /** Whether the object at a place begins as wrappers do and records don't: to be asked first, of every record, and so in haste. */
    static boolean isLikely(byte[] bytes, int at, int limit) {
        if (limit - at < SHORTEST || bytes[at + 1] != '"') {
            return false;
        }
        switch (bytes[at + 2]) {
            case 'm', '_', 'p', 'd', 'r', 'B', 'b', 'f', 'l', 'o' -> {
                int nameEnd = Bytes.endOfPlain(bytes, at + 2, limit);
                if (nameEnd + 3 >= limit || bytes[nameEnd + 1] != ':') {
                    return false;
                }
                boolean text = bytes[nameEnd + 2] == '"' && bytes[nameEnd + 3] == '{';
                return (text || bytes[nameEnd + 2] == '{')
                        && FieldTree.ROOT.at(bytes, at + 2, nameEnd) == null
                        && Carriers.isKnown(Bytes.text(bytes, at + 2, nameEnd));
            }
            default -> {
                return false;
            }
        }
    }

    /**
     * Passes over members from behind the opening bracket.
     *
     * @param into takes them; null for those of an object inside
     */
    private int members(int start, @Nullable RecordFields into, int depth) {
        int at = space(start);
        if (peek(at) == '}') {
            return at + 1;
        }
        while (peek(at) == '"') {
            int name = at + 1;
            int nameEnd = Bytes.endOfPlain(bytes, name, limit);
            at = space(nameEnd + 1);
            if (peek(nameEnd) != '"' || peek(at) != ':') {
                return FlatRecord.NOT_FLAT;
            }
            int value = space(at + 1);
            if (into != null && isTheParsers(name, nameEnd, peek(value))) {
                return FlatRecord.NOT_FLAT;
            }
            said = null;
            at = into != null && peek(value) == '"' ? carrier(value) : value(value, depth);
            if (at == FlatRecord.NOT_FLAT || (into != null && !take(into, name, nameEnd, value, at))) {
                return FlatRecord.NOT_FLAT;
            }
            at = space(at);
            int c = peek(at);
            if (c == '}') {
                return at + 1;
            }
            if (c != ',') {
                return FlatRecord.NOT_FLAT;
            }
            at = space(at + 1);
        }
        return FlatRecord.NOT_FLAT;
    }

    /** Whether a member may be a record's, or make an envelope; a shipper's time of its own stands beside most records. */
    private boolean isTheParsers(int name, int nameEnd, int first) {
        FieldTree child = FieldTree.ROOT.at(bytes, name, nameEnd);
        if (child == null) {
            return FieldTree.mayBeEnvelope(first, bytes, name, nameEnd);
        }
        Field field = child.field();
        return first != '"' || (field == null ? child.jsonText() : !RecordFields.isTime(field));
    }

    /** Notes a member; false if it is the parser's. */
    private boolean take(RecordFields into, int name, int nameEnd, int value, int end) {
        FieldTree child = FieldTree.ROOT.at(bytes, name, nameEnd);
        Field field = child == null ? null : child.field();
        if (field == null) {
            int first = peek(value);
            boolean inside = first == '{' || first == '[';
            String text = Bytes.text(bytes, name, nameEnd);
            into.key(text);
            if (inside || first == '"') {
                into.member(text, value, inside ? end : value, said);
            }
            return true;
        }
        if (Bytes.endOfPlain(bytes, value + 1, limit) != end - 1) {
            return false;
        }
        into.time(Bytes.text(bytes, name, nameEnd), field, Bytes.text(bytes, value + 1, end - 1));
        return true;
    }

    /** Reads a text that may carry a record, and what it says with it. */
    private int carrier(int at) {
        if (peek(at + 1) != '{' && peek(at + 1) != '[') {
            return text(at + 1);
        }
        said = JsonText.wellFormed(bytes, at, limit);
        return said == null ? FlatRecord.NOT_FLAT : said.end();
    }

    private int value(int at, int depth) {
        switch (peek(at)) {
            case '"' -> {
                return text(at + 1);
            }
            case '{' -> {
                return depth == Tools.MAX_DEPTH ? FlatRecord.NOT_FLAT : members(at + 1, null, depth + 1);
            }
            case '[' -> {
                return depth == Tools.MAX_DEPTH ? FlatRecord.NOT_FLAT : elements(at + 1, depth + 1);
            }
            default -> {
                int end = Bytes.endOfWord(bytes, at, limit);
                return end == 0 ? FlatRecord.NOT_FLAT : end;
            }
        }
    }

    private int elements(int start, int depth) {
        int at = space(start);
        if (peek(at) == ']') {
            return at + 1;
        }
        while (true) {
            at = value(at, depth);
            if (at == FlatRecord.NOT_FLAT) {
                return FlatRecord.NOT_FLAT;
            }
            at = space(at);
            int c = peek(at);
            if (c == ']') {
                return at + 1;
            }
            if (c != ',') {
                return FlatRecord.NOT_FLAT;
            }
            at = space(at + 1);
        }
    }

    private int text(int start) {
        int end = Bytes.endOfText(bytes, start, limit);
        return end == limit ? FlatRecord.NOT_FLAT : end + 1;
    }

    private int space(int start) {
        int at = start;
        while (at < limit && Recovery.isSpace(bytes[at])) {
            at++;
        }
        return at;
    }

    private int peek(int at) {
        return at < limit ? bytes[at] : 0;
    }
}
