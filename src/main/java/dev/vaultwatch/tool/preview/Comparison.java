package dev.vaultwatch.tool.preview;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.PreviewResult;
import dev.vaultwatch.engine.Measures.Threshold;
import dev.vaultwatch.tool.preview.PreviewReport.NearMiss;
import dev.vaultwatch.tool.preview.PreviewReport.Numbers;
import dev.vaultwatch.tool.preview.PreviewReport.Row;
import dev.vaultwatch.tool.preview.PreviewReport.RuleNumbers;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** Compares what today's rules and changed ones have said of the same events. Immutable. */
final class Comparison {
    /** Stretches of time that a chart can show side by side, and the lengths that a person reads easily. */
    private static final int MOST_STRETCHES = 96;

    private static final List<Duration> STRETCHES = List.of(
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            Duration.ofMinutes(15),
            Duration.ofHours(1),
            Duration.ofHours(6),
            Duration.ofDays(1),
            Duration.ofDays(7),
            Duration.ofDays(30),
            Duration.ofDays(365));

    private final Map<String, PreviewRun.Limit> limits;
    private final Map<String, Threshold> swept;
    private final List<String> sweptRules;
    private final Optional<PreviewRun.Sweep> sweep;
    private final boolean inOnePass;

    Comparison(
            Map<String, PreviewRun.Limit> limits,
            Map<String, Threshold> swept,
            List<String> sweptRules,
            Optional<PreviewRun.Sweep> sweep,
            boolean inOnePass) {
        this.limits = Map.copyOf(limits);
        this.swept = Map.copyOf(swept);
        this.sweptRules = List.copyOf(sweptRules);
        this.sweep = sweep;
        this.inOnePass = inOnePass;
    }

    PreviewReport report(
            List<Alert> today, PreviewResult result, Optional<PreviewResult> near, Map<Long, PreviewResult> sweeps) {
        Map<String, Alert> before = byId(today);
        Map<String, Alert> after = byId(result.alerts());
        List<Row> appeared = new ArrayList<>();
        List<Row> gone = new ArrayList<>();
        List<Row> changed = new ArrayList<>();
        after.forEach((id, alert) -> {
            Alert was = before.get(id);
            String difference = was == null ? "" : difference(was, alert);
            if (was == null) {
                appeared.add(row(alert, ""));
            } else if (!difference.isEmpty()) {
                changed.add(row(alert, difference));
            }
        });
        before.forEach((id, alert) -> {
            if (!after.containsKey(id)) {
                gone.add(row(alert, ""));
            }
        });
        Collection<Alert> now = after.values();
        Duration stretch = stretch(result);
        return new PreviewReport(
                result.since(),
                result.until(),
                rules(before.values(), result),
                appeared,
                gone,
                changed,
                count(before.values(), now, alert -> List.of(key(alert))),
                count(before.values(), now, Comparison::vaults),
                hours(before.values(), now),
                times(before.values(), now, result, stretch),
                stretch,
                near.map(each -> nearMisses(each.alerts(), after)).orElse(List.of()),
                sweep.map(asked -> sweep(asked, sweeps)));
    }

    private static Map<String, Alert> byId(Collection<Alert> alerts) {
        Map<String, Alert> byId = new LinkedHashMap<>();
        alerts.stream()
                .sorted(Comparator.comparing(Alert::windowStart).thenComparing(Alert::id))
                .forEach(alert -> byId.put(alert.id(), alert));
        return byId;
    }

    private static String difference(Alert was, Alert is) {
        List<String> differences = new ArrayList<>();
        if (!was.severity().equals(is.severity())) {
            differences.add("severity " + was.severity() + " → " + is.severity());
        }
        if (was.riskScore() != is.riskScore()) {
            differences.add("risk score " + was.riskScore() + " → " + is.riskScore());
        }
        TreeSet<String> names = new TreeSet<>(was.outputs().keySet());
        names.addAll(is.outputs().keySet());
        for (String name : names) {
            Object old = was.outputs().get(name);
            Object now = is.outputs().get(name);
            if (!Objects.equals(old, now)) {
                differences.add(name + " " + (old == null ? "absent" : old) + " → " + (now == null ? "absent" : now));
            }
        }
        return String.join("; ", differences);
    }

    private static Row row(Alert alert, String difference) {
        return new Row(
                alert.ruleId(),
                key(alert),
                alert.windowStart(),
                alert.eventCount().map(OptionalLong::of).orElse(OptionalLong.empty()),
                vaults(alert),
                difference);
    }

    private static String key(Alert alert) {
        return String.join(" / ", alert.groupingKey().values());
    }

    /** Names of vaults: of the key, or of the outputs that the rule labels so. */
    private static List<String> vaults(Alert alert) {
        TreeSet<String> vaults = new TreeSet<>();
        String ofKey = alert.groupingKey().get("vault");
        if (ofKey != null) {
            vaults.add(ofKey);
        }
        alert.ruleInfo().labels().forEach((output, label) -> {
            Object value = alert.outputs().get(output);
            if (value != null && (label.equals("vault") || label.equals("vaults"))) {
                if (value instanceof List<?> list) {
                    list.forEach(each -> vaults.add(String.valueOf(each)));
                } else {
                    vaults.add(value.toString());
                }
            }
        });
        return List.copyOf(vaults);
    }

    private static List<RuleNumbers> rules(Collection<Alert> today, PreviewResult result) {
        double days = PreviewReport.days(result.since(), result.until());
        TreeMap<String, long[]> byRule = new TreeMap<>();
        today.forEach(alert -> byRule.computeIfAbsent(alert.ruleId(), id -> new long[2])[0]++);
        result.counts().forEach((rule, count) -> byRule.computeIfAbsent(rule, id -> new long[2])[1] += count);
        List<RuleNumbers> numbers = new ArrayList<>();
        byRule.forEach(
                (rule, each) -> numbers.add(new RuleNumbers(rule, each[0], each[1], each[0] / days, each[1] / days)));
        return numbers;
    }

    private static List<Numbers> count(
            Collection<Alert> today, Collection<Alert> now, Function<Alert, List<String>> names) {
        TreeMap<String, long[]> byName = new TreeMap<>();
        today.forEach(alert ->
                names.apply(alert).forEach(name -> byName.computeIfAbsent(name, each -> new long[2])[0]++));
        now.forEach(alert ->
                names.apply(alert).forEach(name -> byName.computeIfAbsent(name, each -> new long[2])[1]++));
        return byName.entrySet().stream()
                .map(each -> new Numbers(each.getKey(), each.getValue()[0], each.getValue()[1]))
                .sorted(Comparator.comparingLong((Numbers each) -> -Math.abs(each.changed() - each.today()))
                        .thenComparing(each -> -Math.max(each.today(), each.changed()))
                        .thenComparing(Numbers::name))
                .toList();
    }

    private static List<Numbers> hours(Collection<Alert> today, Collection<Alert> now) {
        List<Numbers> hours = new ArrayList<>();
        for (int hour = 0; hour < 24; hour++) {
            int its = hour;
            hours.add(new Numbers(
                    String.format(java.util.Locale.ROOT, "%02d", hour),
                    today.stream().filter(alert -> hour(alert) == its).count(),
                    now.stream().filter(alert -> hour(alert) == its).count()));
        }
        return hours;
    }

    private static int hour(Alert alert) {
        return alert.windowStart().atOffset(ZoneOffset.UTC).getHour();
    }

    private static Duration stretch(PreviewResult result) {
        Duration span = Duration.between(
                result.since().orElse(Instant.EPOCH), result.until().orElse(Instant.EPOCH));
        return STRETCHES.stream()
                .filter(each -> span.toMillis() / each.toMillis() < MOST_STRETCHES)
                .findFirst()
                .orElse(STRETCHES.get(STRETCHES.size() - 1));
    }

    private static List<Numbers> times(
            Collection<Alert> today, Collection<Alert> now, PreviewResult result, Duration stretch) {
        TreeMap<Long, long[]> byTime = new TreeMap<>();
        long length = stretch.toMillis();
        if (result.since().isPresent() && result.until().isPresent()) {
            long last = result.until().get().toEpochMilli() / length;
            for (long at = result.since().get().toEpochMilli() / length; at <= last && byTime.size() < 1000; at++) {
                byTime.put(at, new long[2]);
            }
        }
        today.forEach(
                alert -> byTime.computeIfAbsent(alert.windowStart().toEpochMilli() / length, at -> new long[2])[0]++);
        now.forEach(
                alert -> byTime.computeIfAbsent(alert.windowStart().toEpochMilli() / length, at -> new long[2])[1]++);
        return byTime.entrySet().stream()
                .map(each -> new Numbers(
                        Instant.ofEpochMilli(each.getKey() * length).toString(),
                        each.getValue()[0],
                        each.getValue()[1]))
                .toList();
    }

    private List<NearMiss> nearMisses(List<Alert> looser, Map<String, Alert> after) {
        List<NearMiss> near = new ArrayList<>();
        for (Alert alert : looser) {
            PreviewRun.Limit limit = limits.get(alert.ruleId());
            if (limit == null
                    || after.containsKey(alert.id())
                    || !(alert.outputs().get(limit.threshold().column()) instanceof Long value)
                    || limit.threshold().reaches(value, limit.threshold().value())) {
                continue;
            }
            near.add(new NearMiss(
                    alert.ruleId(),
                    key(alert),
                    alert.windowStart(),
                    limit.parameter(),
                    value,
                    limit.threshold().value()));
        }
        near.sort(Comparator.comparingLong((NearMiss each) -> each.threshold() - each.value())
                .thenComparing(NearMiss::at)
                .thenComparing(NearMiss::key));
        return near;
    }

    private PreviewReport.Sweep sweep(PreviewRun.Sweep asked, Map<Long, PreviewResult> runs) {
        Map<Long, Long> values = new TreeMap<>();
        for (long value = asked.from(); value <= asked.to(); value++) {
            PreviewResult run = runs.get(inOnePass ? asked.from() : value);
            long at = value;
            values.put(
                    value,
                    run == null
                            ? 0
                            : run.alerts().stream()
                                    .filter(alert -> isOfSweep(alert, at))
                                    .count());
        }
        List<Long> now =
                swept.values().stream().map(Threshold::value).distinct().toList();
        return new PreviewReport.Sweep(
                asked.parameter(),
                values,
                now.size() == 1 ? OptionalLong.of(now.get(0)) : OptionalLong.empty(),
                inOnePass);
    }

    private boolean isOfSweep(Alert alert, long value) {
        if (!inOnePass) {
            return sweptRules.contains(alert.ruleId());
        }
        Threshold threshold = swept.get(alert.ruleId());
        return threshold != null
                && alert.outputs().get(threshold.column()) instanceof Long output
                && threshold.reaches(output, value);
    }
}
