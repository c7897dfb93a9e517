package dev.vaultwatch.fuzz;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which alerts stand in the end, and with which severity, if one source brings its events in order: exceptions, suppressions, caps and
 * the shadow, as the site says at the time.
 */
final class SiteOracle {
    /** An event as the rules see it. */
    record Seen(Item item, String country) implements FuzzRule.Event {
        @Override
        public long time() {
            return item.time();
        }

        @Override
        public String value(String property) {
            return property.equals("country") ? country : item.value(property);
        }
    }

    /**
     * What was said of a group last.
     *
     * @param marks the events that count
     * @param least those of them that were certainly kept
     * @param certain whether these alone are an alert
     * @param before how many suppressed alerts it tells of
     */
    record Standing(Set<Integer> marks, Set<Integer> least, boolean certain, String severity, long before) {}

    private record Period(long start, long length, long withheld) {}

    /** One rule. */
    private final class Track {
        private FuzzRule rule;
        private SiteTuning.OfRule site;
        private final TreeMap<Long, Map<Group, List<Seen>>> open = new TreeMap<>();
        private final Map<Group, Standing> said = new HashMap<>();
        private final List<Group> spoken = new ArrayList<>();
        private final Map<Group, Long> decided = new HashMap<>();
        private final Map<List<String>, Period> periods = new HashMap<>();

        /** Events that were left out at some time: whether they were kept for later is nobody's promise. */
        private final Set<Integer> lost = new HashSet<>();

        Track(FuzzRule rule, SiteTuning.OfRule site) {
            this.rule = tuned(rule, site);
            this.site = site;
        }

        void reload(FuzzRule original, SiteTuning.OfRule next) {
            rule = tuned(original, next);
            site = next;
            open.values().forEach(groups -> groups.values().forEach(events -> events.forEach(this::leaveOut)));
            if (site.off()) {
                return;
            }
            if (early) {
                open.forEach((start, groups) -> {
                    if (start <= watermark) {
                        groups.keySet().forEach(this::early);
                    }
                });
            }
        }

        void take(Seen event) {
            if (rule.wants(event)) {
                site.leavesOut(event)
                        .filter(each -> !site.off())
                        .ifPresent(each -> excepted.merge(each.id(), 1L, Long::sum));
                leaveOut(event);
                Group group = rule.group(event);
                open.computeIfAbsent(group.start(), start -> new TreeMap<>(Group.ORDER))
                        .computeIfAbsent(group, each -> new ArrayList<>())
                        .add(event);
                if (early && !site.off() && group.start() <= watermark) {
                    early(group);
                }
            }
        }

        private void leaveOut(Seen event) {
            if (!keepsAll && (site.off() || site.leavesOut(event).isPresent())) {
                lost.add(event.item().number());
            }
        }

        private Set<Integer> numbers(List<Seen> events) {
            return events.stream().map(each -> each.item().number()).collect(Collectors.toCollection(TreeSet::new));
        }

        private Set<Group> groups(long start) {
            return open.getOrDefault(start, Map.of()).keySet();
        }

        private List<Seen> events(Group group) {
            return open.getOrDefault(group.start(), Map.of()).getOrDefault(group, List.of());
        }

        private List<Seen> counted(Group group) {
            return events(group).stream()
                    .filter(event -> site.leavesOut(event).isEmpty())
                    .toList();
        }

        private void early(Group group) {
            List<Seen> events = counted(group);
            for (int i = 1; i <= events.size(); i++) {
                if (rule.isAlert(events.subList(0, i))) {
                    if (!said.containsKey(group)) {
                        judge(group, events.subList(0, i));
                    }
                    return;
                }
            }
        }

        void advance(List<Runnable> early, List<Due> due) {
            for (long start : List.copyOf(open.headMap(watermark, true).keySet())) {
                if (SiteOracle.this.early && !site.off()) {
                    early.add(() -> groups(start).forEach(this::early));
                }
                if (start + rule.length() <= watermark) {
                    groups(start).forEach(group -> due.add(new Due(this, group)));
                }
            }
        }

        /** The window has closed. */
        void close(Group group) {
            if (site.off()) {
                unjudged.add(group);
                return;
            }
            List<Seen> events = counted(group);
            if (rule.isAlert(events)) {
                judge(group, events);
            } else {
                said.remove(group);
            }
        }

        private void judge(Group group, List<Seen> events) {
            boolean delivered = spoken.contains(group);
            List<String> alike = site.suppress()
                    .map(its -> its.by().stream().map(events.get(0)::value).toList())
                    .orElse(List.of());
            long before = 0;
            if (!delivered) {
                if (site.shadow() || isExcepted(group, events)) {
                    return;
                }
                if (site.suppress().isPresent() && !decided.containsKey(group)) {
                    Period period = periods.get(alike);
                    if (period != null && group.start() < period.start() + period.length()) {
                        periods.put(alike, new Period(period.start(), period.length(), period.withheld() + 1));
                        decided.put(group, -1L);
                    }
                }
                if (site.suppress().isPresent() && decided.getOrDefault(group, 0L) < 0) {
                    return;
                }
                if (!admits(group)) {
                    return;
                }
                spoken.add(group);
            }
            if (site.suppress().isPresent()) {
                if (!decided.containsKey(group)) {
                    Period period = periods.get(alike);
                    boolean runs = period != null && group.start() < period.start() + period.length();
                    decided.put(group, period == null || runs ? 0 : period.withheld());
                    if (!runs) {
                        periods.put(
                                alike,
                                new Period(group.start(), site.suppress().get().length(), 0));
                    }
                }
                before = Math.max(0, decided.getOrDefault(group, 0L));
            }
            List<Seen> kept = events.stream()
                    .filter(each -> !lost.contains(each.item().number()))
                    .toList();
            said.put(group, new Standing(numbers(events), numbers(kept), rule.isAlert(kept), severity(events), before));
        }

        private boolean isExcepted(Group group, List<Seen> events) {
            return site.excepts().stream()
                    .anyMatch(each -> !each.onEvents() && group.start() < each.until() && hold(each.where(), events));
        }

        private boolean hold(List<SiteTuning.Where> where, List<Seen> events) {
            return where.stream().allMatch(each -> {
                String property = rule.key().contains(each.name())
                        ? each.name()
                        : List.of("action", "vault", "sourceIp").stream()
                                .filter(name -> rule.valuesOutput(name).equals(each.name()))
                                .findFirst()
                                .orElseThrow();
                return events.stream().map(event -> event.value(property)).allMatch(each::holds);
            });
        }

        private String severity(List<Seen> events) {
            return site.severities().stream()
                    .filter(each -> hold(each.where(), events))
                    .findFirst()
                    .map(SiteTuning.Severity::is)
                    .orElse("medium");
        }

        private boolean admits(Group group) {
            SiteTuning.Cap cap = site.cap().orElse(new SiteTuning.Cap(100, 480_000));
            long period = Math.floorDiv(group.start(), cap.period());
            return spoken.stream()
                            .filter(each -> Math.floorDiv(each.start(), cap.period()) == period)
                            .count()
                    < cap.alerts();
        }
    }

    private static FuzzRule tuned(FuzzRule rule, SiteTuning.OfRule site) {
        return site.set().map(set -> rule.with(set.get(0), set.get(1))).orElse(rule);
    }

    private record Due(Track track, Group group) {
        String text() {
            Seen any = track.events(group).get(0);
            return track.rule.key().stream().sorted().map(any::value).toList().toString();
        }
    }

    private final boolean early;
    private final boolean keepsAll;
    private final long slack;
    private final List<FuzzRule> rules;
    private final List<Track> tracks = new ArrayList<>();
    private final Map<String, Long> excepted = new TreeMap<>();
    private final Set<Group> unjudged = new HashSet<>();
    private long watermark = Long.MIN_VALUE;

    SiteOracle(List<FuzzRule> rules, boolean early, boolean keepsAll, long slack, SiteTuning site) {
        this.rules = rules;
        this.early = early;
        this.keepsAll = keepsAll;
        this.slack = slack;
        rules.forEach(rule -> tracks.add(new Track(rule, site.of(rule))));
    }

    void take(Seen event) {
        advance(event.time() - slack);
        tracks.forEach(track -> track.take(event));
    }

    private void advance(long to) {
        if (to <= watermark) {
            return;
        }
        watermark = to;
        List<Runnable> early = new ArrayList<>();
        List<Due> due = new ArrayList<>();
        tracks.forEach(track -> track.advance(early, due));
        early.forEach(Runnable::run);
        close(due);
    }

    private static void close(List<Due> due) {
        due.sort(Comparator.comparingLong((Due each) -> each.group().start())
                .reversed()
                .thenComparing(each -> each.group().rule())
                .thenComparing(Due::text));
        due.forEach(each -> each.track().close(each.group()));
        due.forEach(each -> each.track().open.remove(each.group().start()));
    }

    /** Groups whose window closed while their rule was off. */
    Set<Group> unjudged() {
        return unjudged;
    }

    /** How far event time has come. */
    long watermark() {
        return watermark;
    }

    void reload(SiteTuning site) {
        for (int i = 0; i < rules.size(); i++) {
            tracks.get(i).reload(rules.get(i), site.of(rules.get(i)));
        }
    }

    void end() {
        List<Due> due = new ArrayList<>();
        tracks.forEach(track -> track.open
                .values()
                .forEach(groups -> groups.keySet().forEach(group -> due.add(new Due(track, group)))));
        close(due);
    }

    Map<Group, Standing> standing() {
        Map<Group, Standing> standing = new TreeMap<>(Group.ORDER);
        tracks.forEach(track -> standing.putAll(track.said));
        return standing;
    }

    /** How many events each exception left out, by its id. */
    Map<String, Long> excepted() {
        return excepted;
    }
}
