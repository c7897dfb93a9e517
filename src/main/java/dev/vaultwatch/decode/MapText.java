package dev.vaultwatch.decode;

import dev.vaultwatch.api.DeadLetter;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a host's map for a dead letter: like JSON, cut at the letter's bound, safe with maps that hold themselves. */
final class MapText {

    /** As deep as anything that can be read by the decoder from a map, and a little more. */
    private static final int MAX_DEPTH = 20;

    private final StringBuilder out = new StringBuilder();

    private MapText() {}

    static String of(@Nullable Object value) {
        MapText text = new MapText();
        try {
            text.write(value, 0);
        } catch (RuntimeException hostsObjectFailed) {
            text.out.append('…');
        }
        return text.out.toString();
    }

    private void write(@Nullable Object given, int depth) {
        Object value = given instanceof Object[] array ? Arrays.asList(array) : given;
        if (depth > MAX_DEPTH || out.length() > DeadLetter.MAX_RECORD_CHARS) {
            out.append('…');
        } else if (value instanceof Map<?, ?> map) {
            String between = "{";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.append(between);
                quote(String.valueOf(entry.getKey()));
                out.append(':');
                write(entry.getValue(), depth + 1);
                between = ",";
                if (out.length() > DeadLetter.MAX_RECORD_CHARS) {
                    break;
                }
            }
            out.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof Iterable<?> list) {
            out.append('[');
            String between = "";
            for (Object element : list) {
                out.append(between);
                write(element, depth + 1);
                between = ",";
                if (out.length() > DeadLetter.MAX_RECORD_CHARS) {
                    break;
                }
            }
            out.append(']');
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            out.append(value);
        } else {
            quote(value.toString());
        }
    }

    private void quote(String text) {
        out.append('"').append(text.replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
    }
}
