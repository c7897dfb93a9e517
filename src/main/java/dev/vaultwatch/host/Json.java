package dev.vaultwatch.host;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads one JSON text as RFC 8259 has it, and nothing beside: no comments, no duplicate names, no trailing text, at most
 * {@value #MAX_DEPTH} levels. Small because a descriptor is: a host must not need a JSON library to read it.
 *
 * <p>An object is an unmodifiable {@link Map} in the order of the text, an array an unmodifiable {@link List}; the rest is
 * {@link String}, {@link Long} (an integer that fits), {@link Double} (any other number), {@link Boolean} and
 * {@link Null}. One instance reads one text; not thread-safe.
 */
final class Json {
    private static final int MAX_DEPTH = 32;

    /** The literal {@code null}. */
    enum Null {
        NULL
    }

    /** What was wrong with a text, with line and column, both from 1. */
    static final class Fault extends Exception {
        private static final long serialVersionUID = 1L;

        private Fault(int line, int column, String problem) {
            super(line + ":" + column + ": " + problem);
        }
    }

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /**
     * Reads UTF-8.
     *
     * @throws Fault at the first thing that is wrong
     */
    static Object read(byte[] utf8) throws Fault {
        try {
            return read(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString());
        } catch (CharacterCodingException e) {
            throw new Fault(1, 1, "The text is not UTF-8.");
        }
    }

    static Object read(String text) throws Fault {
        Json json = new Json(text);
        json.space();
        Object value = json.value(0);
        json.space();
        if (json.at < text.length()) {
            throw json.fault("There is text after the end of the value.");
        }
        return value;
    }

    private Object value(int depth) throws Fault {
        if (depth > MAX_DEPTH) {
            throw fault("Values are nested more than " + MAX_DEPTH + " levels deep.");
        }
        return switch (peek()) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case 't' -> literal("true", true);
            case 'f' -> literal("false", false);
            case 'n' -> literal("null", Null.NULL);
            default -> number();
        };
    }

    private Map<String, Object> object(int depth) throws Fault {
        at++;
        Map<String, Object> members = new LinkedHashMap<>();
        space();
        if (peek() == '}') {
            at++;
            return members;
        }
        while (true) {
            if (peek() != '"') {
                throw fault("A name in double quotes was expected.");
            }
            int start = at;
            String name = string();
            space();
            expect(':');
            space();
            if (members.put(name, value(depth + 1)) != null) {
                at = start;
                throw fault("The name \"" + name + "\" occurs twice in one object.");
            }
            space();
            if (peek() == '}') {
                at++;
                return Collections.unmodifiableMap(members);
            }
            expect(',');
            space();
        }
    }

    private List<Object> array(int depth) throws Fault {
        at++;
        List<Object> items = new ArrayList<>();
        space();
        if (peek() == ']') {
            at++;
            return items;
        }
        while (true) {
            items.add(value(depth + 1));
            space();
            if (peek() == ']') {
                at++;
                return Collections.unmodifiableList(items);
            }
            expect(',');
            space();
        }
    }

    private String string() throws Fault {
        at++;
        StringBuilder chars = new StringBuilder();
        while (true) {
            char c = peek();
            if (c == '"') {
                at++;
                return chars.toString();
            }
            if (c < ' ') {
                throw fault("A control character stands in a string; write it as \\u00XX.");
            }
            at++;
            chars.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() throws Fault {
        char c = peek();
        int code = "\"\\/bfnrt".indexOf(c);
        if (code >= 0) {
            at++;
            return "\"\\/\b\f\n\r\t".charAt(code);
        }
        if (c != 'u') {
            throw fault("\\" + c + " is not an escape of JSON.");
        }
        at++;
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(peek(), 16);
            if (digit < 0 || peek() > 'f') {
                throw fault("Four hexadecimal digits were expected after \\u.");
            }
            unit = unit * 16 + digit;
            at++;
        }
        return (char) unit;
    }

    private Object literal(String word, Object value) throws Fault {
        if (!text.startsWith(word, at)) {
            throw fault("A value was expected; did you mean " + word + "?");
        }
        at += word.length();
        return value;
    }

    private Object number() throws Fault {
        int start = at;
        skip('-');
        int whole = at;
        if (digits() == 0) {
            at = start;
            throw fault("A value was expected.");
        }
        if (text.charAt(whole) == '0' && at - whole > 1) {
            at = whole;
            throw fault("A number must not begin with a zero.");
        }
        boolean integer = true;
        if (skip('.')) {
            integer = false;
            requireDigits();
        }
        if (skip('e') || skip('E')) {
            integer = false;
            if (!skip('+')) {
                skip('-');
            }
            requireDigits();
        }
        String digits = text.substring(start, at);
        if (integer) {
            try {
                return Long.valueOf(digits);
            } catch (NumberFormatException e) {
                // An integer beyond 64 bits is a number still.
                return Double.valueOf(digits);
            }
        }
        return Double.valueOf(digits);
    }

    private void requireDigits() throws Fault {
        if (digits() == 0) {
            throw fault("A digit was expected.");
        }
    }

    private int digits() {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at - start;
    }

    private boolean skip(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() throws Fault {
        if (at >= text.length()) {
            throw fault("The text ends too early.");
        }
        return text.charAt(at);
    }

    private void expect(char c) throws Fault {
        if (peek() != c) {
            throw fault("'" + c + "' was expected.");
        }
        at++;
    }

    private Fault fault(String problem) {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < at && i < text.length(); i++) {
            if (text.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        return new Fault(line, at - lineStart + 1, problem);
    }
}
