package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.KeyVaultEventBuilder;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.fuzz.Dice;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A stream's filter is looked up in Esper's index by value, and what a rule can use is read off it ({@link RuleShape}); the same
 * condition in a column is asked of each event by itself. Whatever the condition, both take the same events, once each. {@code -Dfuzz.seed=S} runs one
 * seed, {@code -Dfuzz.runs=N} and {@code -Dfuzz.from=S} others than the usual.
 */
class FilterFuzzTest {
    private static final int USUAL = 4;
    private static final int CONDITIONS = 8;
    private static final int EVENTS = 60;
    private static final long WINDOW = 60_000L * 29_900_000;

    private static final String[] ACTIONS = {"SecretGet", "SecretList", "KeyGet", "VaultGet"};
    private static final String[] USERS = {"ann@contoso.example", "bob@contoso.example", "eve@contoso.example"};
    private static final String[] VAULTS = {"KV-A", "KV-B", "KV-C"};
    private static final int[] CODES = {200, 201, 403, 404, 500};

    @Test
    @DisplayName("A filter takes the events of which its condition holds, once each")
    void random() {
        long one = Long.getLong("fuzz.seed", 0);
        long from = one != 0 ? one : Long.getLong("fuzz.from", 1);
        int runs = one != 0 ? 1 : Integer.getInteger("fuzz.runs", USUAL);
        List<String> differences = new ArrayList<>();
        for (long seed = from; seed < from + runs; seed++) {
            differences.addAll(differences(seed));
        }
        assertThat(differences).isEmpty();
    }

    private static List<String> differences(long seed) {
        Dice dice = new Dice(seed);
        List<String> conditions = Stream.generate(() -> condition(dice, dice.below(3)))
                .limit(CONDITIONS)
                .toList();
        List<KeyVaultEvent> events =
                Stream.generate(() -> event(dice)).limit(EVENTS).toList();
        List<Map<String, Long>> expected = expected(conditions, events);
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < conditions.size(); i++) {
            String filter = dice.oneIn(3) ? conditions.get(i) + ", action is not null" : conditions.get(i);
            for (Map<String, Long> found : List.of(inWindow(filter, events), alone(filter, events))) {
                if (!found.equals(expected.get(i))) {
                    differences.add(
                            "seed " + seed + ": " + filter + " takes " + found + ", expected " + expected.get(i));
                }
            }
        }
        return differences;
    }

    // ---- events and conditions

    private static KeyVaultEvent event(Dice dice) {
        KeyVaultEventBuilder event = KeyVaultEvent.builder(WINDOW + dice.below(60_000), dice.oneOf(ACTIONS));
        if (!dice.oneIn(4)) {
            event.with(Property.UPN, dice.oneOf(USERS));
        }
        if (!dice.oneIn(4)) {
            event.with(Property.VAULT, dice.oneOf(VAULTS));
        }
        if (!dice.oneIn(4)) {
            event.with(Property.HTTP_STATUS, CODES[dice.below(CODES.length)]);
        }
        return event.build();
    }

    private static String condition(Dice dice, int depth) {
        if (depth == 0) {
            return atom(dice);
        }
        String left = condition(dice, depth - 1);
        return switch (dice.below(6)) {
            case 0, 1 -> "(" + left + " and " + condition(dice, dice.below(depth)) + ")";
            case 2, 3 -> "(" + left + " or " + condition(dice, dice.below(depth)) + ")";
            case 4 -> "not (" + left + ")";
            default -> left;
        };
    }

    private static String atom(Dice dice) {
        return switch (dice.below(4)) {
            case 0 -> ofText(dice, "action", ACTIONS);
            case 1 -> ofText(dice, "upn", USERS);
            case 2 -> ofText(dice, "vault", VAULTS);
            default -> ofNumber(dice);
        };
    }

    private static String ofText(Dice dice, String name, String[] values) {
        String value = "'" + dice.oneOf(values) + "'";
        return switch (dice.below(11)) {
            case 0 -> name + " = " + value;
            case 1 -> value + " = " + name;
            case 2 -> name + " != " + value;
            case 3 -> name + " is null";
            case 4 -> name + " is not null";
            case 5 -> name + " not in " + list(dice, () -> "'" + dice.oneOf(values) + "'");
            case 6 -> name + " like '" + dice.oneOf(values).charAt(0) + "%'";
            case 7 -> name + " >= " + value;
            case 8 -> name + " is " + value;
            case 9 -> "coalesce(" + name + ", " + value + ") = " + value;
            default -> name + " in " + list(dice, () -> "'" + dice.oneOf(values) + "'");
        };
    }

    private static String ofNumber(Dice dice) {
        int low = CODES[dice.below(CODES.length)];
        int high = CODES[dice.below(CODES.length)];
        return switch (dice.below(10)) {
            case 0 -> "httpStatus = " + low;
            case 1 -> "httpStatus " + dice.oneOf("<", "<=", ">", ">=", "!=") + " " + low;
            case 2 -> low + " " + dice.oneOf("<", "<=", ">", ">=") + " httpStatus";
            case 3 -> "httpStatus between " + low + " and " + high;
            case 4 -> "httpStatus not between " + low + " and " + high;
            // A range that is open and has one value is empty for a filter and not for Esper's expressions; nobody
            // means it.
            case 5 -> "httpStatus in [" + Math.min(low, high) + ":" + (Math.max(low, high) + 1) + dice.oneOf("]", ")");
            case 6 -> "httpStatus not in " + list(dice, () -> "" + CODES[dice.below(CODES.length)]);
            case 7 -> "httpStatus is null";
            case 8 -> "(case when httpStatus < " + low + " then 1 else 2 end) = 2";
            default -> "httpStatus in " + list(dice, () -> "" + CODES[dice.below(CODES.length)]);
        };
    }

    /** With a value twice now and then. */
    private static String list(Dice dice, java.util.function.Supplier<String> value) {
        return Stream.generate(value).limit(1 + dice.below(5)).collect(Collectors.joining(", ", "(", ")"));
    }

    // ---- both ways

    private static Rule rule(String epl, Window window) {
        return Rule.builder("filtered")
                .window(window)
                .key(GroupingKey.of(Property.ACTION))
                .epl("@name('alert') " + epl)
                .build();
    }

    private static Rule tumbling(String epl) {
        return rule(epl, new Window.Tumbling(Duration.ofMinutes(1)));
    }

    /** By condition, how many events of each action it holds for; each event is asked by itself. */
    private static List<Map<String, Long>> expected(List<String> conditions, List<KeyVaultEvent> events) {
        StringBuilder columns = new StringBuilder("select action");
        for (int i = 0; i < conditions.size(); i++) {
            columns.append(", sum(case when ")
                    .append(conditions.get(i))
                    .append(" then 1 else 0 end) as c")
                    .append(i);
        }
        List<Map<String, Long>> counts = Stream.generate(() -> (Map<String, Long>) new TreeMap<String, Long>())
                .limit(conditions.size())
                .toList();
        try (Lane lane = Rules.lane(tumbling(
                columns + " from KeyVaultEvent#time_batch(1 min, 0L) group by action having count(*) >= 1;"))) {
            for (Finding finding : lane.judge(WINDOW, events)) {
                for (int i = 0; i < conditions.size(); i++) {
                    long count = finding.columns().get("c" + i) instanceof Number some ? some.longValue() : 0;
                    if (count > 0) {
                        counts.get(i).put((String) finding.columns().get("action"), count);
                    }
                }
            }
        }
        return counts;
    }

    private static Map<String, Long> inWindow(String filter, List<KeyVaultEvent> events) {
        CompiledRule rule = compiled(tumbling("select action, count(*) as n from KeyVaultEvent(" + filter
                + ")#time_batch(1 min, 0L) group by action having count(*) >= 1;"));
        Map<String, Long> counts = new TreeMap<>();
        try (Lane lane = rule.newLane()) {
            lane.judge(WINDOW, wanted(rule, events))
                    .forEach(finding -> counts.put((String) finding.columns().get("action"), (Long)
                            finding.columns().get("n")));
        }
        return counts;
    }

    private static Map<String, Long> alone(String filter, List<KeyVaultEvent> events) {
        CompiledRule rule = compiled(rule("select action from KeyVaultEvent(" + filter + ");", new Window.Single()));
        Map<String, Long> counts = new TreeMap<>();
        try (Lane lane = rule.newLane()) {
            for (KeyVaultEvent event : wanted(rule, events)) {
                lane.send(event);
                lane.takeFindings()
                        .forEach(finding ->
                                counts.merge((String) finding.columns().get("action"), 1L, Long::sum));
            }
        }
        return counts;
    }

    private static CompiledRule compiled(Rule rule) {
        return Rules.compile(rule).rules().get(0);
    }

    /** Those that the plugin would give the rule. */
    private static List<KeyVaultEvent> wanted(CompiledRule rule, List<KeyVaultEvent> events) {
        return events.stream().filter(rule.shape()::mayMatch).toList();
    }
}
