package dev.vaultwatch.detect;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The keys, by window, of which late events wait to be judged: each once, in order of arrival. Not thread-safe. */
final class LateKeys {
    private TreeMap<Long, Set<@Nullable Object>> byWindow = new TreeMap<>();
    private int size;

    void add(long window, @Nullable Object key) {
        if (byWindow.computeIfAbsent(window, start -> new LinkedHashSet<>()).add(key)) {
            size++;
        }
    }

    /** As many pairs of window and key. */
    int size() {
        return size;
    }

    boolean has(long window) {
        return byWindow.containsKey(window);
    }

    void remove(long window, @Nullable Object key) {
        Set<@Nullable Object> keys = byWindow.get(window);
        if (keys != null && keys.remove(key)) {
            size--;
        }
    }

    /** Gives all, the oldest window first, and keeps none. */
    SortedMap<Long, Set<@Nullable Object>> takeAll() {
        SortedMap<Long, Set<@Nullable Object>> all = byWindow;
        clear();
        return all;
    }

    void clear() {
        byWindow = new TreeMap<>();
        size = 0;
    }
}
