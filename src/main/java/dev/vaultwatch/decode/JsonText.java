package dev.vaultwatch.decode;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a text of JSON says, from bytes to bytes: records that are carried as text are all quotes and escapes, and no string of them is
 * needed. Runs between escapes are copied eight bytes at a time.
 */
final class JsonText {
    private static final long BACKSLASHES = '\\' * Bytes.EACH;
    private static final long QUOTES = '"' * Bytes.EACH;
    private static final long SPACES = ' ' * Bytes.EACH;

    /** Room for the usual record, and for the eight bytes that are written at once. */
    private static final int ROOM = 2048;

    /** What Java writes for half of a pair. */
    private static final byte REPLACEMENT = '?';

    /** More room is not kept from call to call. */
    private static final int MOST_KEPT = 1 << 16;

    private byte[] json;
    private int limit;
    private byte[] text;
    private int length;
    private int end;
    private boolean strict;
    private boolean beyondAscii;

    /** Whether half of a surrogate pair stood alone. */
    private boolean halves;

    /** Without any text: see {@link #append}. */
    JsonText() {
        this.json = Bytes.NONE;
        this.text = Bytes.NONE;
    }

    private JsonText(byte[] json, int from, int limit) {
        this.json = json;
        this.limit = limit;
        this.text = new byte[Math.min(limit - from, ROOM) + Long.BYTES];
    }

    /**
     * Reads a text.
     *
     * @param from its opening quote; a parser has found the text well-formed
     * @param limit where it ends at the latest
     * @return null if no text begins there, or it does not end
     */
    static @Nullable JsonText of(byte[] json, int from, int limit) {
        if (from >= limit || json[from] != '"') {
            return null;
        }
        JsonText read = new JsonText(json, from, limit);
        return read.read(from + 1) ? read : null;
    }

    /**
     * Reads a text of which nothing is known, in the same way.
     *
     * @return null if none begins there, or it is not well-formed, or that takes a parser to tell
     */
    static @Nullable JsonText wellFormed(byte[] json, int from, int limit) {
        JsonText read = new JsonText(json, from, limit);
        return read.isWellFormed(from) ? read : null;
    }

    /**
     * Reads a text of which nothing is known, and has what it says stand behind what was read before.
     *
     * @param from its opening quote
     * @return false if it is not well-formed, or that takes a parser to tell, or it has half of a surrogate pair; then nothing is added
     */
    boolean append(byte[] json, int from, int limit) {
        if (this.json != json) {
            this.json = json;
        }
        this.limit = limit;
        halves = false;
        int before = length;
        if (isWellFormed(from) && !halves) {
            return true;
        }
        length = before;
        return false;
    }

    /** Forgets what was read. */
    void clear() {
        length = 0;
    }

    /** Forgets it, and lets go of what it was read from and of unusual room. */
    void release() {
        length = 0;
        if (json != Bytes.NONE) {
            json = Bytes.NONE;
            text = text.length > MOST_KEPT ? Bytes.NONE : text;
        }
    }

    /** Where it ends, behind the closing quote. */
    int end() {
        return end;
    }

    /** The content in UTF-8, and room behind it. */
    byte[] bytes() {
        return text;
    }

    /** How much of {@link #bytes} is content. */
    int length() {
        return length;
    }

    /** Reads a text of which nothing is known, and says whether it is well-formed. */
    private boolean isWellFormed(int from) {
        strict = true;
        beyondAscii = false;
        return read(from + 1) && (!beyondAscii || Bytes.isUtf8(json, from, end));
    }

    private boolean read(int from) {
        int at = from;
        while (at < limit) {
            makeRoom();
            if (at <= limit - Long.BYTES) {
                long word = Bytes.word(json, at);
                long hits = Bytes.zeros(word ^ BACKSLASHES) | Bytes.zeros(word ^ QUOTES);
                if (strict) {
                    hits |= ((word - SPACES) & ~word & Bytes.HIGH);
                    beyondAscii |= (word & Bytes.HIGH) != 0;
                }
                Bytes.put(text, length, word);
                int plain = hits == 0 ? Long.BYTES : Long.numberOfTrailingZeros(hits) >>> 3;
                at += plain;
                length += plain;
                if (hits == 0) {
                    continue;
                }
            }
            byte c = json[at++];
            if (c == '"') {
                end = at;
                return true;
            }
            if (c != '\\') {
                if (strict && c >= 0 && c < ' ') {
                    return false;
                }
                beyondAscii |= c < 0;
                text[length++] = c;
                continue;
            }
            if (at == limit) {
                return false;
            }
            c = json[at++];
            if (c == 'u') {
                at = characters(at);
                if (at < 0) {
                    return false;
                }
            } else if (strict && "\"\\/bfnrt".indexOf(c) < 0) {
                return false;
            } else {
                text[length++] = plain(c);
            }
        }
        return false;
    }

    private void makeRoom() {
        if (length + 2 * Long.BYTES > text.length) {
            text = Arrays.copyOf(text, Math.max(2 * text.length + Long.BYTES, 4 * Long.BYTES));
        }
    }

    private static byte plain(byte escaped) {
        return switch (escaped) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            default -> escaped;
        };
    }

    /** Takes the digits of an escape, and the escapes that follow it at once; where they end, or below zero if one is none. */
    private int characters(int start) {
        int at = character(start);
        while (at >= 0 && at + 1 < limit && json[at] == '\\' && json[at + 1] == 'u') {
            makeRoom();
            at = character(at + 2);
        }
        return at;
    }

    /** Takes the digits of an escape, and the other half of a pair; where it ends, or below zero if there are none. */
    private int character(int at) {
        int unit = unit(at);
        int behind = at + 4;
        if (unit < 0) {
            return -1;
        }
        if (unit < 0x80) {
            text[length++] = (byte) unit;
            return behind;
        }
        if (Character.isHighSurrogate((char) unit)
                && behind + 1 < limit
                && json[behind] == '\\'
                && json[behind + 1] == 'u') {
            int low = unit(behind + 2);
            if (low >= 0 && Character.isLowSurrogate((char) low)) {
                put(Character.toCodePoint((char) unit, (char) low));
                return behind + 6;
            }
        }
        put(unit);
        return behind;
    }

    private int unit(int at) {
        return at + 4 > limit ? -1 : Bytes.hex(json, at);
    }

    private void put(int point) {
        if (point < 0x800) {
            text[length++] = (byte) (0xc0 | (point >> 6));
            text[length++] = (byte) (0x80 | (point & 0x3f));
        } else if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
            text[length++] = REPLACEMENT;
            halves = true;
        } else if (point < 0x10000) {
            text[length++] = (byte) (0xe0 | (point >> 12));
            text[length++] = (byte) (0x80 | ((point >> 6) & 0x3f));
            text[length++] = (byte) (0x80 | (point & 0x3f));
        } else {
            text[length++] = (byte) (0xf0 | (point >> 18));
            text[length++] = (byte) (0x80 | ((point >> 12) & 0x3f));
            text[length++] = (byte) (0x80 | ((point >> 6) & 0x3f));
            text[length++] = (byte) (0x80 | (point & 0x3f));
        }
    }
}
