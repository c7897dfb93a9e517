package dev.vaultwatch.detect;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** By key, from which to which time late events wait to be judged. Not thread-safe. */
final class LateSpans {
    private final Map<@Nullable Object, Span> byKey = new HashMap<>();

    /** From the first time to the last, both inclusive. */
    record Span(long from, long to) {
        private Span with(Span other) {
            return new Span(Math.min(from, other.from), Math.max(to, other.to));
        }
    }

    void add(@Nullable Object key, long time) {
        byKey.merge(key, new Span(time, time), Span::with);
    }

    boolean isEmpty() {
        return byKey.isEmpty();
    }

    void remove(@Nullable Object key) {
        byKey.remove(key);
    }

    /** Gives all, and keeps none. */
    Map<@Nullable Object, Span> takeAll() {
        Map<@Nullable Object, Span> all = new HashMap<>(byKey);
        byKey.clear();
        return all;
    }

    /** The least span that has these in it; there must be one. */
    static Span whole(Iterable<Span> spans) {
        Span whole = new Span(Long.MAX_VALUE, Long.MIN_VALUE);
        for (Span each : spans) {
            whole = whole.with(each);
        }
        return whole;
    }

    void clear() {
        byKey.clear();
    }
}
