package dev.vaultwatch.alert;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What was said last of each alert, by rule, anchor and id. Not thread-safe. */
final class SaidIndex {
    private final Map<String, TreeMap<Long, Map<String, Said>>> byRule = new TreeMap<>();

    @Nullable
    Said find(String ruleId, long anchor, String id) {
        return at(ruleId, anchor).get(id);
    }

    /** Whether the message is unknown, and was said after the one that is known of its alert. */
    boolean isNews(Said message) {
        Said known = find(message.rule().id(), message.anchor(), message.id());
        return known == null || message.isAfter(known);
    }

    /** Puts a message in the place of the one before; gives that. */
    @Nullable
    Said put(Said message) {
        return byRule.computeIfAbsent(message.rule().id(), id -> new TreeMap<>())
                .computeIfAbsent(message.anchor(), anchor -> new HashMap<>())
                .put(message.id(), message);
    }

    /** Whether there was one. */
    boolean remove(String ruleId, long anchor, String id) {
        TreeMap<Long, Map<String, Said>> byAnchor = byRule.get(ruleId);
        Map<String, Said> at = byAnchor == null ? null : byAnchor.get(anchor);
        return at != null && at.remove(id) != null;
    }

    /** Removes what ends at or before the given time. */
    void removeBefore(String ruleId, long time) {
        TreeMap<Long, Map<String, Said>> byAnchor = byRule.get(ruleId);
        if (byAnchor != null) {
            byAnchor.headMap(time, false).values().removeIf(at -> {
                at.values().removeIf(message -> message.end() <= time);
                return at.isEmpty();
            });
            if (byAnchor.isEmpty()) {
                byRule.remove(ruleId);
            }
        }
    }

    List<Said> all(String ruleId, long anchor) {
        return List.copyOf(at(ruleId, anchor).values());
    }

    /** Anchors from the first, inclusive, to the second, exclusive; the oldest first. */
    List<Said> all(String ruleId, long from, long to) {
        TreeMap<Long, Map<String, Said>> byAnchor = byRule.get(ruleId);
        return byAnchor == null || from >= to
                ? List.of()
                : byAnchor.subMap(from, to).values().stream()
                        .flatMap(at -> at.values().stream())
                        .toList();
    }

    Stream<Said> all() {
        return byRule.values().stream()
                .flatMap(byAnchor -> byAnchor.values().stream())
                .flatMap(at -> at.values().stream());
    }

    Set<String> ruleIds() {
        return byRule.keySet();
    }

    private Map<String, Said> at(String ruleId, long anchor) {
        TreeMap<Long, Map<String, Said>> byAnchor = byRule.get(ruleId);
        Map<String, Said> at = byAnchor == null ? null : byAnchor.get(anchor);
        return at == null ? Map.of() : at;
    }
}
