package dev.vaultwatch.decode;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.Date;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one record: read from JSON or a map, then asked what the record is. Used again for the next record after
 * {@link #clear()}.
 *
 * <p>An absent value is {@code null}, a missing name, an empty text or the text {@code None}, which is how some exports
 * write a null. An absent value never replaces one that is there; otherwise the last of several wins. Of a list, the first
 * value that is there counts: Elasticsearch makes no difference between a value and a list of it.
 *
 * <p>Not thread-safe.
 */
final class RecordFields extends AuditFields {

    /** Known paths are at most 7 names long, one more under {@code _source}. */
    private static final int MAX_NAMES = 16;

    private final JsonFactory jsonText;
    private final Interned interned;

    /** Texts, and times in milliseconds where a host's map had them as something else than text. */
    private Map<Field, Object> values = new EnumMap<>(Field.class);

    private final String[] names = new String[MAX_NAMES];
    private int depth;
    private boolean inText;

    /** Takes the factory that reads JSON text inside JSON, and where texts are that repeat. */
    RecordFields(JsonFactory jsonText, Interned interned) {
        this.jsonText = jsonText;
        this.interned = interned;
    }

    void clear() {
        values.clear();
        depth = 0;
        inSource(false);
        longTexts(false);
        inText = false;
    }

    /**
     * Reads the object whose opening bracket the parser has just passed, to its end. In an envelope it stops at the array:
     * the parser is then just behind its opening bracket.
     *
     * @return the name of the envelope's array, or absent for a record
     * @throws IOException if it is not well-formed; {@link #pointer} then says where, as far as names are known
     */
    @Nullable
    String read(JsonParser parser) throws IOException {
        return object(parser, FieldTree.ROOT);
    }

    private @Nullable String object(JsonParser parser, FieldTree node) throws IOException {
        boolean root = node == FieldTree.ROOT;
        for (String name = name(parser, node); name != null; name = name(parser, node)) {
            FieldTree child = node.at(name);
            if (child != null) {
                // Before the value is looked at, so that a damaged one has its name in the pointer.
                enter(name, root);
            }
            JsonToken token = parser.nextToken();
            if (child == null) {
                if (root && token == JsonToken.START_ARRAY && isEnvelope(name)) {
                    return name;
                }
                parser.skipChildren();
                continue;
            }
            value(parser, token, child);
            depth--;
        }
        return null;
    }

    /** The next member's name; absent at the object's end. */
    private @Nullable String name(JsonParser parser, FieldTree node) throws IOException {
        try {
            return parser.nextFieldName();
        } catch (IOException damaged) {
            // The parser looks at the value with the name. An unknown name may be a value in the wrong place: not told.
            String name = parser.currentName();
            if (name != null && node.at(name) != null) {
                enter(name, false);
            }
            throw damaged;
        }
    }

    private void value(JsonParser parser, JsonToken token, FieldTree node) throws IOException {
        Field field = node.field();
        switch (token) {
            case START_OBJECT -> {
                if (node.isLeaf()) {
                    parser.skipChildren();
                } else {
                    object(parser, node);
                }
            }
            case START_ARRAY -> {
                boolean found = field == null;
                for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                    if (next.isStructStart()) {
                        parser.skipChildren();
                    } else if (!found && field != null && next != JsonToken.VALUE_NULL) {
                        put(field, parser.getText());
                        found = true;
                    }
                }
            }
            case VALUE_NULL -> {}
            default -> {
                if (field != null) {
                    put(field, parser.getText());
                } else if (node.jsonText() && token == JsonToken.VALUE_STRING) {
                    text(parser.getText(), node);
                }
            }
        }
    }

    /** Reads the fields of a map, whatever its values are. */
    void read(Map<?, ?> map) {
        map(map, FieldTree.ROOT);
    }

    private void map(Map<?, ?> map, FieldTree node) {
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            FieldTree child = entry.getKey() instanceof String name ? node.at(name) : null;
            if (child != null) {
                enter((String) entry.getKey(), node == FieldTree.ROOT);
                hostValue(entry.getValue(), child);
                depth--;
            }
        }
    }

    private void hostValue(@Nullable Object given, FieldTree node) {
        Field field = node.field();
        Object value = given instanceof Object[] array ? Arrays.asList(array) : given;
        if (value instanceof Map<?, ?> map) {
            if (!node.isLeaf()) {
                map(map, node);
            }
        } else if (value instanceof Iterable<?> list) {
            for (Object element : list) {
                if (element != null && !isStruct(element)) {
                    hostValue(element, node);
                    return;
                }
            }
        } else if (value != null && field != null && !isStruct(value)) {
            Long millis = isTime(field) ? hostMillis(value) : null;
            if (millis != null) {
                values.put(field, millis);
            } else {
                put(field, value instanceof InetAddress address ? address.getHostAddress() : value.toString());
            }
        } else if (node.jsonText() && value instanceof CharSequence) {
            text(value.toString(), node);
        }
    }

    /** What has no text of its own: an array's would be its address, another at each run. */
    private static boolean isStruct(Object value) {
        return value instanceof Map
                || value instanceof Iterable
                || value.getClass().isArray();
    }

    private static boolean isTime(Field field) {
        return field == Field.TIMESTAMP || field == Field.TIME || field == Field.TIME_GENERATED;
    }

    @SuppressWarnings("JavaUtilDate") // what hosts have
    private static @Nullable Long hostMillis(Object value) {
        if (value instanceof Instant instant) {
            return TimeText.millis(instant);
        }
        if (value instanceof Date date) {
            return date.getTime();
        }
        if (value instanceof OffsetDateTime time) {
            return TimeText.millis(time.toInstant());
        }
        if (value instanceof ZonedDateTime time) {
            return TimeText.millis(time.toInstant());
        }
        if (value instanceof LocalDateTime time) {
            return TimeText.millis(time.toInstant(ZoneOffset.UTC));
        }
        if (value instanceof Long || value instanceof Integer) {
            return ((Number) value).longValue();
        }
        if (value instanceof Double number && Double.isFinite(number)) {
            return (long) Math.floor(number);
        }
        return null;
    }

    private void enter(String name, boolean root) {
        names[depth++] = name;
        if (root && name.equals("_source")) {
            inSource(true);
        }
    }

    private void put(Field field, String value) {
        if (!value.isEmpty() && !value.equals("None")) {
            values.put(field, wellFormed(value));
        }
    }

    /**
     * The text, with U+FFFD for each half of a surrogate pair that stands alone, as Elasticsearch indexes it. UTF-8 has no such
     * halves: the journal and the alert's id would take two users who differ in one for the same.
     */
    private static String wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return new String(text.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE);
            }
        }
        return text;
    }

    /** Reads an object that comes as its own JSON text; any other text names nothing we keep. */
    private void text(String text, FieldTree node) {
        if (inText || !text.stripLeading().startsWith("{")) {
            return;
        }
        Map<Field, Object> before = new EnumMap<>(values);
        int depthBefore = depth;
        inText = true;
        try (JsonParser parser = jsonText.createParser(text)) {
            parser.nextToken();
            object(parser, node);
        } catch (IOException notJson) {
            values = before;
        }
        depth = depthBefore;
        inText = false;
    }

    static boolean isEnvelope(String name) {
        return name.equals("records") || name.equals("value");
    }

    /** Where the reading stopped, or would have, as a JSON pointer of known names. */
    String pointer() {
        return pointer(Arrays.asList(names).subList(0, depth));
    }

    @Override
    boolean has(Field field) {
        return values.containsKey(field);
    }

    @Override
    @Nullable
    String get(Field field) {
        Object value = values.get(field);
        return value == null ? null : value.toString();
    }

    /** The parser makes each text anew; an event, which may be kept for long, holds those that repeat. */
    @Override
    void findAll() {
        boolean some = false;
        for (Map.Entry<Field, Object> value : values.entrySet()) {
            if (value.getValue() instanceof String text && !isTime(value.getKey())) {
                some |= text.length() > value.getKey().usualLength();
                Interned.Entry entry = interned.of(text);
                if (entry != null) {
                    value.setValue(entry.text());
                }
            }
        }
        longTexts(some);
    }

    @Override
    ResourceId resourceParts(Field field) {
        String text = get(field);
        Interned.Entry entry = text == null ? null : interned.of(text);
        return entry == null ? ResourceId.of(text) : entry.parts();
    }

    @Override
    long millis(Field field) {
        Object value = values.get(field);
        if (value instanceof Long millis) {
            return millis;
        }
        return value instanceof String text ? millis(field, text) : TimeText.UNREADABLE;
    }

    @Override
    public String toString() {
        // Never the values: they are someone's log.
        return String.format(Locale.ROOT, "RecordFields[%s]", pointer());
    }
}
