package dev.vaultwatch.alert.format;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Small JSON objects, in which what is empty is left out. */
final class Objects {
    private Objects() {}

    /** Pairs of name and value. */
    static Map<String, Object> object(Object... pairs) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            put(object, (String) pairs[i], pairs[i + 1]);
        }
        return object;
    }

    /** Adds the value, unless it is an empty text, list or object. */
    static void put(Map<String, Object> object, String name, Object value) {
        boolean empty = (value instanceof List<?> list && list.isEmpty())
                || (value instanceof Map<?, ?> map && map.isEmpty())
                || (value instanceof String text && text.isEmpty());
        if (!empty) {
            object.put(name, value);
        }
    }

    /** A single value by itself, several as a list. */
    static Object one(List<?> values) {
        return values.size() == 1 ? values.iterator().next() : values;
    }
}
