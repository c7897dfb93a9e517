package dev.vaultwatch.decode;

import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the fields of a record say: texts, the entries of those that repeat, and times in milliseconds where a host's map had them as
 * something else than text. A text is made well-formed when somebody first asks for it: of a record that is damaged or that no rule wants
 * hardly any is. Not thread-safe.
 */
final class FieldValues {
    private final Interned interned;
    private Map<Field, Object> values = new EnumMap<>(Field.class);

    /** The fields whose texts were found to be, or made, well-formed, a bit each. */
    private long wellFormed;

    /** Without values; takes where texts are that repeat. */
    FieldValues(Interned interned) {
        this.interned = interned;
    }

    void clear() {
        values.clear();
        wellFormed = 0;
    }

    /** Notes a text, or a time in milliseconds. */
    void put(Field field, Object value) {
        values.put(field, value);
        wellFormed &= ~(1L << field.index());
    }

    /** What there is now, for {@link #restore}. */
    Map<Field, Object> copy() {
        return new EnumMap<>(values);
    }

    /** Puts what there was in the place of what there is, and keeps the map. */
    void restore(Map<Field, Object> before) {
        values = before;
        wellFormed = 0;
    }

    boolean has(Field field) {
        return values.containsKey(field);
    }

    /** The text; absent if there is no value. */
    @Nullable
    String text(Field field) {
        Object value = values.get(field);
        if (value instanceof String text) {
            return wellFormed(field, text);
        }
        return value instanceof Interned.Entry entry ? entry.text() : value == null ? null : value.toString();
    }

    /** The time, of a value that has come as one. */
    @Nullable
    Long millis(Field field) {
        return values.get(field) instanceof Long millis ? millis : null;
    }

    /** The entry of the text; absent if there is no value, or one that is too long to be kept. */
    Interned.@Nullable Entry entry(Field field) {
        if (values.get(field) instanceof Interned.Entry entry) {
            return entry;
        }
        String text = text(field);
        return text == null ? null : interned.of(text);
    }

    /**
     * Finds the entries of the texts that are wanted: the parser makes each text anew; an event, which may be kept for long, holds those
     * that repeat.
     *
     * @return whether any of them is longer than usual
     */
    boolean findAll(Wanted wanted) {
        boolean some = false;
        for (Map.Entry<Field, Object> value : values.entrySet()) {
            Field field = value.getKey();
            boolean useful = (wanted.useless() >>> field.index() & 1) == 0;
            if (useful && value.getValue() instanceof String said && !RecordFields.isTime(field)) {
                String text = wellFormed(field, said);
                some |= text.length() > field.usualLength();
                Interned.Entry entry = field.isUnique() ? null : interned.of(text);
                if (entry != null) {
                    value.setValue(entry);
                }
            }
        }
        return some;
    }

    private String wellFormed(Field field, String text) {
        long bit = 1L << field.index();
        if ((wellFormed & bit) != 0) {
            return text;
        }
        wellFormed |= bit;
        String good = wellFormed(text);
        values.put(field, good);
        return good;
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
}
