package dev.vaultwatch.kafka;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes the little JSON of this adapter: one flat object of texts. */
final class JsonText {
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private JsonText() {}

    /** The value of a record; JSON's null for one that has none, which is a dead letter where no bytes would be no record at all. */
    static byte[] of(byte @Nullable [] value) {
        return value == null ? NULL : value;
    }

    static String object(Map<String, String> fields) {
        StringBuilder json = new StringBuilder("{");
        fields.forEach((name, value) -> {
            if (json.length() > 1) {
                json.append(',');
            }
            quote(json, name);
            json.append(':');
            quote(json, value);
        });
        return json.append('}').toString();
    }

    private static void quote(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }
}
