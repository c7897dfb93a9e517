package dev.vaultwatch.detect;

import java.util.TreeMap;

/** From when until when an event can be missed that a limit kept a lane from using. Not thread-safe. */
final class LimitedSpans {
    private final TreeMap<Long, Long> untilBySince = new TreeMap<>();

    void add(long since, long until) {
        untilBySince.merge(since, until, Math::max);
    }

    /** Whether what was found from the first time to the second may be less than there was. */
    boolean meet(long from, long to) {
        return untilBySince.headMap(to, true).values().stream().anyMatch(until -> until > from);
    }

    void forgetBefore(long time) {
        untilBySince.values().removeIf(until -> until < time);
    }
}
