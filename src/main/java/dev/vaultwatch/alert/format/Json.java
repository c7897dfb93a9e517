package dev.vaultwatch.alert.format;

import dev.vaultwatch.api.CleanText;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Writes maps, lists, texts, numbers and truth values as one line of JSON (RFC 8259). */
final class Json {
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private Json() {}

    /** Maps in their order; other values by their text. */
    static String write(Map<String, ?> object) {
        StringBuilder out = new StringBuilder(2048);
        value(out, object);
        return out.toString();
    }

    private static void value(StringBuilder out, Object value) {
        if (value instanceof Map<?, ?> map) {
            char before = '{';
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.append(before);
                text(out, String.valueOf(entry.getKey()));
                out.append(':');
                value(out, entry.getValue());
                before = ',';
            }
            out.append(before == '{' ? "{}" : "}");
        } else if (value instanceof List<?> list) {
            char before = '[';
            for (Object each : list) {
                out.append(before);
                value(out, each);
                before = ',';
            }
            out.append(before == '[' ? "[]" : "]");
        } else if (value instanceof Boolean || isFinite(value)) {
            out.append(value);
        } else if (value instanceof Instant instant) {
            text(out, Times.iso(instant));
        } else {
            text(out, value.toString());
        }
    }

    /** JSON has no NaN and no infinity: they are written as texts. */
    private static boolean isFinite(Object value) {
        return value instanceof Number number
                && (!(value instanceof Double || value instanceof Float) || Double.isFinite(number.doubleValue()));
    }

    private static void text(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (mustBeEscaped(text, i)) {
                        out.append("\\u")
                                .append(HEX[c >> 12])
                                .append(HEX[c >> 8 & 15])
                                .append(HEX[c >> 4 & 15])
                                .append(HEX[c & 15]);
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    /**
     * What JSON forbids; what a reader of lines may take for a line's end; what can't be encoded in UTF-8; and what turns the
     * direction of writing where a person looks at the raw line.
     */
    private static boolean mustBeEscaped(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        if (Character.isLowSurrogate(c)) {
            return i == 0 || !Character.isHighSurrogate(text.charAt(i - 1));
        }
        return CleanText.isHarmful(c);
    }
}
