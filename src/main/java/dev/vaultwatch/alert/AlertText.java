package dev.vaultwatch.alert;

import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.rule.Rule;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes an alert for a person who was asleep a minute ago. The first line says who, how much and when, so that the first lines
 * of many alerts make a list; then, a line each, from where, to which vaults, what, and what to do next. An early alert is
 * short, since the full one follows when the window closes.
 */
final class AlertText {
    private static final int SHOWN = 20;
    private static final String PREFIX = "Esql.";

    /** The columns that a label covers, by label; columns of a rule that no label covers are listed under their own name. */
    private static final Map<String, List<String>> LABELS = labels();

    private static final Set<String> NOT_SHOWN = Set.of(
            "azure.platformlogs.identity.claim.upn",
            "Esql_priv.azure_platformlogs_identity_claim_upn_values",
            "Esql.azure_platformlogs_identity_claim_upn_count_distinct",
            "Esql.event_count",
            "Esql.event_action_count_distinct",
            "Esql.azure_resource_name_count_distinct",
            // The id says vault, group and subscription once more.
            "Esql.azure_resource_id_values");

    private AlertText() {}

    private static Map<String, List<String>> labels() {
        Map<String, List<String>> labels = new LinkedHashMap<>();
        labels.put("from", List.of(PREFIX + "source_ip_values"));
        labels.put(
                "place",
                List.of(PREFIX + "geo_city_values", PREFIX + "geo_region_values", PREFIX + "geo_country_values"));
        labels.put("network", List.of(PREFIX + "source_as_organization_name_values"));
        labels.put("vaults", List.of(PREFIX + "azure_resource_name_values"));
        labels.put("did", List.of(PREFIX + "event_action_values"));
        labels.put(
                "result",
                List.of(PREFIX + "azure_platformlogs_result_type_values", "vaultwatch.result_signature_values"));
        labels.put("app", List.of(PREFIX + "azure_platformlogs_identity_claim_appid_values"));
        labels.put("object", List.of(PREFIX + "azure_platformlogs_identity_claim_objectid_values"));
        labels.put("group", List.of(PREFIX + "azure_resource_group_values"));
        labels.put("subscr.", List.of(PREFIX + "azure_subscription_id_values"));
        labels.put("region", List.of(PREFIX + "cloud_region_values"));
        labels.put("agent", List.of(PREFIX + "agent_name_values"));
        return labels;
    }

    /** One line: who, how much, when. */
    static String summary(DeskAlert alert) {
        StringBuilder text = new StringBuilder(who(alert));
        String separator = ": ";
        if (alert.eventCount().isPresent()) {
            text.append(separator).append(number(alert.eventCount().get(), "event"));
            separator = ", ";
        }
        if (alert.outputs().get(PREFIX + "event_action_count_distinct") instanceof Long actions) {
            text.append(separator).append(number(actions, "distinct action"));
            separator = ", ";
        }
        if (alert.outputs().get(PREFIX + "azure_resource_name_count_distinct") instanceof Long vaults) {
            text.append(separator).append(number(vaults, "vault"));
        }
        text.append(", ");
        if (alert.stage() == AlertStage.EARLY) {
            return text.append("since ")
                    .append(Times.minute(alert.windowStart()))
                    .append(" UTC")
                    .toString();
        }
        return text.append(Times.minute(alert.windowStart()))
                .append(" to ")
                .append(Times.timeOfDay(alert.windowEnd()))
                .append(" UTC")
                .toString();
    }

    private static String number(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    static String write(DeskAlert alert) {
        String head = "[" + alert.severity().toUpperCase(Locale.ROOT) + " " + alert.riskScore() + "] ";
        if (alert.stage() == AlertStage.EARLY) {
            return head + "EARLY " + summary(alert) + "\n" + line("rule", alert.ruleName())
                    + line("from", values(alert, PREFIX + "source_ip_values"))
                    + line("vaults", values(alert, PREFIX + "azure_resource_name_values"))
                    + line("did", values(alert, PREFIX + "event_action_values"))
                    + lastLine("alert", alert.id() + "; the totals follow when the window closes");
        }
        StringBuilder text = new StringBuilder(head)
                .append(alert.stage() == AlertStage.REVISED ? "REVISED " : "")
                .append(summary(alert))
                .append('\n');
        text.append(line("rule", alert.ruleName()));
        if (alert.stage() == AlertStage.REVISED) {
            text.append(line("note", "late events changed this alert, or raised it; revision " + alert.revision()));
        }
        if (alert.withoutEvidence() > 0) {
            text.append(line(
                    "note",
                    alert.withoutEvidence() + " of these events were counted only, because a bound was reached;"
                            + " what they hold is missing below"));
        }
        Set<String> shown = new LinkedHashSet<>(NOT_SHOWN);
        LABELS.forEach((label, columns) -> {
            shown.addAll(columns);
            text.append(line(
                    label,
                    columns.stream()
                            .map(column -> values(alert, column))
                            .filter(value -> !value.isEmpty())
                            .collect(Collectors.joining("; "))));
        });
        alert.outputs().keySet().stream()
                .filter(column -> !shown.contains(column))
                .filter(column -> !alert.groupingKey().containsKey(column))
                .forEach(column -> text.append(line(column, values(alert, column))));
        text.append(line("attack", attack(alert.rule())));
        text.append(line("next", "\"The first five minutes\" in epl/" + alert.ruleId() + "/guide.md"));
        return text.append(lastLine("alert", alert.id())).toString();
    }

    private static String who(DeskAlert alert) {
        return clean(String.join(" / ", alert.groupingKey().values()));
    }

    private static String attack(Rule rule) {
        return rule.threats().stream()
                .flatMap(threat -> threat.techniques().stream()
                        .flatMap(technique -> (technique.subtechniques().isEmpty()
                                        ? List.of(technique.attack())
                                        : technique.subtechniques())
                                .stream())
                        .map(attack -> attack.id() + " " + attack.name() + " ("
                                + threat.tactic().name() + ")"))
                .collect(Collectors.joining("; "));
    }

    /** A column as text: a list's first values, and how many more there are. */
    private static String values(DeskAlert alert, String column) {
        Object value = alert.outputs().get(column);
        if (!(value instanceof List<?> list)) {
            return value == null ? "" : clean(value.toString());
        }
        String shown =
                list.stream().limit(SHOWN).map(each -> clean(each.toString())).collect(Collectors.joining(", "));
        int total = alert.truncated().getOrDefault(column, list.size());
        int more = total - Math.min(SHOWN, list.size());
        return more > 0 ? shown + ", and " + more + " more" : shown;
    }

    /** Control characters in a log's fields must not steer the reader's terminal. */
    private static String clean(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().forEach(c -> clean.appendCodePoint(steers(c) ? 0xFFFD : c));
        return clean.toString();
    }

    /** Control characters, and the format characters that turn the direction of writing. */
    private static boolean steers(int c) {
        return Character.isISOControl(c) || Character.getType(c) == Character.FORMAT;
    }

    private static String line(String label, String text) {
        return text.isEmpty() ? "" : lastLine(label, text) + "\n";
    }

    private static String lastLine(String label, String text) {
        return String.format(Locale.ROOT, "  %-7s %s", label, text);
    }
}
