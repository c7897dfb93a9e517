package dev.vaultwatch.tool.explain;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.Preview;
import dev.vaultwatch.api.PreviewRequest;
import dev.vaultwatch.api.PreviewResult;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.api.TracedEvent;
import dev.vaultwatch.detect.Tracer;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.engine.Lane;
import dev.vaultwatch.engine.Measures;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import dev.vaultwatch.rule.Window;
import dev.vaultwatch.tuning.Enabled;
import dev.vaultwatch.tuning.Tuning;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Answers why a rule did or did not alert: a trial of the rules in a plugin traces what becomes of each event, and a measuring
 * rule ({@link Measures}) tells the sides of the conditions. Used by one thread.
 */
public final class Explain {
    /** Of alerts that were not asked for, as many are named. */
    private static final int MOST_OTHERS = 5;

    private final Rule rule;
    private final Map<String, String> key;
    private final Instant from;
    private final Instant to;
    private final Preview preview;
    private final RuleCompiler compiler = new RuleCompiler(true);

    /**
     * What is asked.
     *
     * @param rules a folder of rules; empty for those in the jar
     * @param tuning what the site says of them; empty for nothing
     * @param rule the rule's id
     * @param key values of the grouping key, by property; of a key of one property the name may be ""
     * @param at the event time
     */
    public record Question(
            Optional<Path> rules, Optional<Path> tuning, String rule, Map<String, String> key, Instant at) {}

    /**
     * Begins to trace.
     *
     * @param plugin of this jar, which is started, runs the rule, and has no events
     * @param packed the ids of the rules in the jar
     * @throws RuleException if there is no such rule, or it has another key
     */
    public Explain(DetectionPlugin plugin, Question asked, List<String> packed) {
        List<Rule> all = asked.rules()
                .map(RuleFolder::at)
                .orElseGet(() -> RuleFolder.packed(packed))
                .read();
        Rule found = all.stream()
                .filter(each -> each.id().equals(asked.rule()))
                .findFirst()
                .orElseThrow(() -> refused("There is no rule " + asked.rule() + "; there are "
                        + String.join(", ", all.stream().map(Rule::id).toList()) + "."));
        Tuning tuning = asked.tuning().map(Tuning::read).orElse(Tuning.none());
        if (tuning.enabled(found.id()).filter(Enabled.OFF::equals).isPresent()) {
            throw refused("The tuning has \"enabled\": false for " + found.id()
                    + ", so that it runs nowhere and finds nothing.");
        }
        this.rule = tuning.apply(found);
        this.key = key(asked.key());
        long at = asked.at().toEpochMilli();
        Window window = rule.window();
        if (window instanceof Window.Tumbling tumbling) {
            long length = tumbling.length().toMillis();
            this.from = Instant.ofEpochMilli(Math.floorDiv(at, length) * length);
            this.to = from.plus(tumbling.length());
        } else if (window instanceof Window.Ordered ordered) {
            this.from = asked.at().minus(ordered.reach());
            this.to = asked.at().plusMillis(1);
        } else {
            this.from = asked.at();
            this.to = asked.at().plusSeconds(1);
        }
        this.preview = plugin.preview(PreviewRequest.builder()
                .unlimited()
                .trace(new PreviewRequest.Trace(rule.id(), key, from, to))
                .build());
    }

    private Map<String, String> key(Map<String, String> given) {
        List<String> names = rule.key().properties().stream().map(Property::epl).toList();
        Map<String, String> named = new LinkedHashMap<>();
        given.forEach((name, value) -> named.put(name.isEmpty() && names.size() == 1 ? names.get(0) : name, value));
        if (!names.containsAll(named.keySet()) || named.isEmpty()) {
            throw refused("The grouping key of " + rule.id() + " is " + String.join(", ", names)
                    + "; expected --key NAME=VALUE for each, and there is "
                    + named.keySet().stream()
                            .map(name -> name.isEmpty() ? "a value without a name" : name)
                            .collect(Collectors.joining(", "))
                    + ".");
        }
        return named;
    }

    private static RuleException refused(String problem) {
        return new RuleException(List.of(new RuleFault("", 0, 0, problem)));
    }

    private record Traced(TracedEvent told, KeyVaultEvent event) {}

    /**
     * The answer, once the plugin has been fed and its input has ended.
     *
     * @param delivered the alerts that stand
     */
    public Explanation answer(Collection<Alert> delivered) {
        PreviewResult result = preview.result();
        List<KeyVaultEvent> inFull = ((Tracer.Traces) preview).tracedEvents();
        List<Traced> traced = new ArrayList<>();
        for (int i = 0; i < inFull.size(); i++) {
            traced.add(new Traced(result.traced().get(i), inFull.get(i)));
        }
        traced.sort(Comparator.comparing(each -> each.told().time()));
        Optional<Alert> found = result.alerts().stream().filter(this::isMeant).findFirst();
        Optional<Alert> said = delivered.stream().filter(this::isMeant).findFirst();
        Optional<Alert> alert = said.or(() -> found);
        Optional<Measures.Measuring> measuring = compiler.measuring(rule);
        List<KeyVaultEvent> counting = new ArrayList<>();
        Set<KeyVaultEvent> filtered = identities();
        try (Lane lane =
                compiled(measuring.map(Measures.Measuring::rule).orElse(rule)).newLane()) {
            boolean probes = measuring.isPresent() || rule.window() instanceof Window.Single;
            for (Traced each : traced) {
                boolean given = each.told().fate() == TracedEvent.Fate.GIVEN
                        || each.told().fate() == TracedEvent.Fate.GIVEN_LATE
                        || each.told().fate() == TracedEvent.Fate.CUT;
                boolean counts = given && (!probes || passes(lane, each.event()));
                if (counts) {
                    counting.add(each.event());
                } else if (given) {
                    filtered.add(each.event());
                }
            }
        }
        Measured measured = measuring
                .map(each -> measured(each, counting))
                .orElse(new Measured(List.of(), counting, Optional.empty()));
        List<Explanation.Condition> conditions = measured.conditions();
        Set<KeyVaultEvent> within = identities();
        within.addAll(measured.within());
        Set<KeyVaultEvent> outside = identities();
        outside.addAll(counting);
        outside.removeAll(within);
        List<Explanation.Event> events = new ArrayList<>();
        for (Traced each : traced) {
            String why = filtered.contains(each.event())
                    ? "does not meet the rule's own filter"
                    : outside.contains(each.event())
                            ? "not in the window that ends at " + measured.end().orElse(to) + ", which is told of here"
                            : why(each.told());
            events.add(new Explanation.Event(
                    each.told().time(), each.event().action(), within.contains(each.event()), why));
        }
        preview.close();
        compiler.close();
        return new Explanation(
                rule.id(),
                key,
                from,
                to,
                alert.isPresent(),
                said.isPresent(),
                alert.map(each -> each.id() + ", severity " + each.severity()
                        + each.eventCount()
                                .map(count -> ", " + count + " events")
                                .orElse("")),
                events,
                conditions,
                note(
                        measuring.isPresent(),
                        alert.isPresent(),
                        conditions,
                        result,
                        delivered,
                        before(delivered, result)));
    }

    private Optional<String> note(
            boolean measured,
            boolean found,
            List<Explanation.Condition> conditions,
            PreviewResult result,
            Collection<Alert> delivered,
            Optional<Alert> before) {
        if (result.notTraced() > 0) {
            return Optional.of(result.notTraced() + " more events are left out.");
        }
        // What lacks a part of the key may be of any.
        if (!found && result.traced().stream().allMatch(each -> each.fate() == TracedEvent.Fate.INCOMPLETE)) {
            String others = Stream.concat(delivered.stream(), result.alerts().stream())
                    .filter(alert -> alert.ruleId().equals(rule.id()))
                    .map(alert -> String.join(", ", alert.groupingKey().values()) + " at " + alert.windowStart())
                    .distinct()
                    .sorted()
                    .limit(MOST_OTHERS)
                    .collect(Collectors.joining("; "));
            return Optional.of(
                    "No event of this key lies in that time: is it written as the records have it, and the time in UTC? "
                            + (others.isEmpty()
                                    ? "The rule has no alert in this input."
                                    : "Alerts of the rule in this input: " + others + "."));
        }
        if (!measured && !(rule.window() instanceof Window.Single)) {
            return Optional.of(
                    "The rule is a pattern over the order of events: which of its steps is missing can't be read off"
                            + " it. \"counts\" means that the rule was given the event.");
        }
        if (!found && !conditions.isEmpty() && conditions.stream().allMatch(Explanation.Condition::holds)) {
            String keptBack = "an exception on alerts, or the shadow, keeps it back.";
            if (rule.window() instanceof Window.Ordered ordered && before.isPresent()) {
                Alert earlier = before.orElseThrow();
                return Optional.of("The conditions hold, and no alert begins here. What is found no more than "
                        + ordered.quiet() + " apart is one alert, and that of " + earlier.windowStart() + " ("
                        + earlier.id() + ") began before; if it had ended, " + keptBack);
            }
            return Optional.of("The conditions hold, and there is no alert: " + keptBack);
        }
        return Optional.empty();
    }

    /** The last alert that began before what is looked at: an ordered rule says an episode once, and it may have gone on. */
    private Optional<Alert> before(Collection<Alert> delivered, PreviewResult result) {
        return Stream.concat(delivered.stream(), result.alerts().stream())
                .filter(alert -> isOfKey(alert) && alert.windowStart().isBefore(from))
                .max(Comparator.comparing(Alert::windowStart));
    }

    private boolean isMeant(Alert alert) {
        return isOfKey(alert)
                && alert.windowStart().isBefore(to)
                && alert.windowEnd().isAfter(from);
    }

    private boolean isOfKey(Alert alert) {
        return alert.ruleId().equals(rule.id())
                && key.entrySet().stream()
                        .allMatch(each -> each.getValue()
                                .equalsIgnoreCase(alert.groupingKey().getOrDefault(each.getKey(), "")));
    }

    private static String why(TracedEvent event) {
        return switch (event.fate()) {
            case GIVEN -> "";
            case GIVEN_LATE -> "late; the window was judged again";
            case CUT -> "without its values: a bound was reached";
            case OTHER_ACTION -> "the rule does not look at this action";
            case INCOMPLETE -> Explanation.LACKING + event.reason();
            case EXCEPTED -> "excepted by " + event.reason();
            case LATE -> "too late: the window could not change any more";
            case REPEATED -> "equals a record that came before";
        };
    }

    private CompiledRule compiled(Rule its) {
        return compiler.compile(List.of(its)).rules().get(0);
    }

    private boolean passes(Lane lane, KeyVaultEvent event) {
        if (rule.window() instanceof Window.Tumbling tumbling) {
            long length = tumbling.length().toMillis();
            return !lane.judge(Math.floorDiv(event.time(), length) * length, List.of(event))
                    .isEmpty();
        }
        lane.send(event);
        return !lane.takeFindings().isEmpty();
    }

    private static Set<KeyVaultEvent> identities() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    /**
     * What was measured.
     *
     * @param conditions and their sides
     * @param within the events that they are about
     * @param end the time of the last of them, where others count in other windows
     */
    private record Measured(
            List<Explanation.Condition> conditions, List<KeyVaultEvent> within, Optional<Instant> end) {}

    /** The sides of the conditions over the events that count; of an ordered rule, of the window in which most of them hold. */
    private Measured measured(Measures.Measuring measuring, List<KeyVaultEvent> counting) {
        Measured best = new Measured(List.of(), counting, Optional.empty());
        try (Lane lane = compiled(measuring.rule()).newLane()) {
            if (rule.window() instanceof Window.Tumbling) {
                List<Finding> findings = counting.isEmpty() ? List.of() : lane.judge(from.toEpochMilli(), counting);
                return findings.stream()
                        .map(finding -> new Measured(conditions(measuring, finding), counting, Optional.empty()))
                        .reduce(best, Explain::better);
            }
            for (int i = 0; i < counting.size(); i++) {
                lane.send(counting.get(i));
                for (Finding finding : lane.takeFindings()) {
                    // Events leave a window in the order in which they came: the last so many are in it.
                    int inWindow = finding.columns().get(Measures.COUNTED) instanceof Number number
                            ? Math.min(number.intValue(), i + 1)
                            : i + 1;
                    best = better(
                            best,
                            new Measured(
                                    conditions(measuring, finding),
                                    counting.subList(i + 1 - inWindow, i + 1),
                                    Optional.of(
                                            Instant.ofEpochMilli(counting.get(i).time()))));
                }
            }
        }
        return best;
    }

    /** Of two the one with more that holds; of two alike the later. */
    private static Measured better(Measured one, Measured next) {
        return one.conditions().isEmpty() || held(next.conditions()) >= held(one.conditions()) ? next : one;
    }

    private static List<Explanation.Condition> conditions(Measures.Measuring measuring, Finding finding) {
        return measuring.conditions().stream()
                .map(each -> condition(each, finding.columns()))
                .toList();
    }

    private static long held(List<Explanation.Condition> conditions) {
        return conditions.stream().filter(Explanation.Condition::holds).count();
    }

    private static Explanation.Condition condition(Measures.Condition condition, Map<String, Object> columns) {
        Object left = columns.get(condition.left());
        if (condition.operator().isEmpty()) {
            return new Explanation.Condition(condition.text(), String.valueOf(left), "", Boolean.TRUE.equals(left));
        }
        Object right = columns.get(condition.right());
        return new Explanation.Condition(
                condition.text(),
                left == null ? "nothing" : left.toString(),
                right == null ? "nothing" : right.toString(),
                holds(condition.operator(), left, right));
    }

    private static boolean holds(
            String operator,
            @org.jspecify.annotations.Nullable Object left,
            @org.jspecify.annotations.Nullable Object right) {
        if (left == null || right == null) {
            return false;
        }
        int order = left instanceof Number && right instanceof Number
                ? new BigDecimal(left.toString()).compareTo(new BigDecimal(right.toString()))
                : left.toString().compareTo(right.toString());
        return switch (operator) {
            case ">=" -> order >= 0;
            case ">" -> order > 0;
            case "<=" -> order <= 0;
            case "<" -> order < 0;
            case "=" -> order == 0;
            default -> order != 0;
        };
    }
}
