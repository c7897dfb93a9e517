package dev.vaultwatch.alert;

import dev.vaultwatch.api.AlertStage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What was said last of each alert, by rule, anchor and id. Not thread-safe. */
final class SaidIndex {
    private final Map<String, TreeMap<Long, At>> byRule = new TreeMap<>();

    /** Never changed. */
    private static final At NOTHING = new At();

    /** What was said of one anchor, by id, and how much of it can still be confirmed or be taken back: a window may close with a hundred thousand. */
    private static final class At {
        private final Map<String, Said> byId = new HashMap<>();
        private int early;
        private int standing;

        private void count(@Nullable Said message, int more) {
            if (message != null && message.stage() == AlertStage.EARLY) {
                early += more;
            } else if (message != null && message.stage() != AlertStage.RETRACTED) {
                standing += more;
            }
        }
    }

    @Nullable
    Said find(String ruleId, long anchor, String id) {
        return at(ruleId, anchor).byId.get(id);
    }

    /** Whether the message is unknown, and was said after the one that is known of its alert. */
    boolean isNews(Said message) {
        Said known = find(message.rule().id(), message.anchor(), message.id());
        return known == null || message.isAfter(known);
    }

    /** Puts a message in the place of the one before; gives that. */
    @Nullable
    Said put(Said message) {
        At at = byRule.computeIfAbsent(message.rule().id(), id -> new TreeMap<>())
                .computeIfAbsent(message.anchor(), anchor -> new At());
        Said before = at.byId.put(message.id(), message);
        at.count(before, -1);
        at.count(message, 1);
        return before;
    }

    /** Whether there was one. */
    boolean remove(String ruleId, long anchor, String id) {
        At at = at(ruleId, anchor);
        Said gone = at.byId.remove(id);
        at.count(gone, -1);
        return gone != null;
    }

    /** Removes what ends at or before the given time, but for anchors that go on. */
    void removeBefore(String ruleId, long time, Supplier<Set<Long>> goOn) {
        TreeMap<Long, At> byAnchor = byRule.get(ruleId);
        if (byAnchor != null) {
            Map<Long, At> before = byAnchor.headMap(time, false);
            Set<Long> kept = before.isEmpty() ? Set.of() : goOn.get();
            before.values().removeIf(at -> {
                at.byId.values().removeIf(message -> {
                    boolean isOver = message.end() <= time && !kept.contains(message.anchor());
                    at.count(message, isOver ? -1 : 0);
                    return isOver;
                });
                return at.byId.isEmpty();
            });
            if (byAnchor.isEmpty()) {
                byRule.remove(ruleId);
            }
        }
    }

    List<Said> all(String ruleId, long anchor) {
        return List.copyOf(at(ruleId, anchor).byId.values());
    }

    /** Of how many alerts of the rule and anchor EARLY was said last. */
    int early(String ruleId, long anchor) {
        return at(ruleId, anchor).early;
    }

    /** The first anchor from the given one on of which EARLY was said last of some alert. */
    OptionalLong firstEarly(String ruleId, long from) {
        TreeMap<Long, At> byAnchor = byRule.get(ruleId);
        return byAnchor == null
                ? OptionalLong.empty()
                : byAnchor.tailMap(from, true).entrySet().stream()
                        .filter(anchor -> anchor.getValue().early > 0)
                        .mapToLong(Map.Entry::getKey)
                        .findFirst();
    }

    /** Of how many alerts of the rule and anchor ON_TIME or REVISED was said last. */
    int standing(String ruleId, long anchor) {
        return at(ruleId, anchor).standing;
    }

    /** Anchors from the first, inclusive, to the second, exclusive; the oldest first. */
    List<Said> all(String ruleId, long from, long to) {
        TreeMap<Long, At> byAnchor = byRule.get(ruleId);
        return byAnchor == null || from >= to
                ? List.of()
                : byAnchor.subMap(from, to).values().stream()
                        .flatMap(at -> at.byId.values().stream())
                        .toList();
    }

    Stream<Said> all() {
        return byRule.values().stream()
                .flatMap(byAnchor -> byAnchor.values().stream())
                .flatMap(at -> at.byId.values().stream());
    }

    Set<String> ruleIds() {
        return byRule.keySet();
    }

    private At at(String ruleId, long anchor) {
        TreeMap<Long, At> byAnchor = byRule.get(ruleId);
        return byAnchor == null ? NOTHING : byAnchor.getOrDefault(anchor, NOTHING);
    }
}
