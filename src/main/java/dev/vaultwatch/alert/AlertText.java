package dev.vaultwatch.alert;

import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.rule.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes an alert for a person who was asleep a minute ago: who, when, what, from where, to which vaults, in that order, each
 * on a line that begins with the question it answers. An early alert is short, since the full one follows within the
 * window.
 */
final class AlertText {
    private static final int SHOWN = 12;
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
        labels.put("did", List.of(PREFIX + "event_action_values"));
        labels.put("from", List.of(PREFIX + "source_ip_values"));
        labels.put("place", List.of(PREFIX + "geo_city_values", PREFIX + "geo_region_values", PREFIX + "geo_country_values"));
        labels.put("network", List.of(PREFIX + "source_as_organization_name_values"));
        labels.put("vaults", List.of(PREFIX + "azure_resource_name_values"));
        labels.put("group", List.of(PREFIX + "azure_resource_group_values"));
        labels.put("subscr.", List.of(PREFIX + "azure_subscription_id_values"));
        labels.put("region", List.of(PREFIX + "cloud_region_values"));
        labels.put("app", List.of(PREFIX + "azure_platformlogs_identity_claim_appid_values"));
        labels.put("object", List.of(PREFIX + "azure_platformlogs_identity_claim_objectid_values"));
        labels.put("result", List.of(PREFIX + "azure_platformlogs_result_type_values", "vaultwatch.result_signature_values"));
        labels.put("agent", List.of(PREFIX + "agent_name_values"));
        return labels;
    }

    /** One line. */
    static String summary(DeskAlert alert) {
        String who = who(alert);
        StringBuilder text = new StringBuilder(who);
        alert.eventCount().ifPresent(count -> text.append(": ").append(count).append(" events"));
        if (alert.outputs().get("Esql.event_action_count_distinct") instanceof Long actions) {
            text.append(", ").append(actions).append(" distinct actions");
        }
        Object vaults = alert.outputs().get("Esql.azure_resource_name_count_distinct");
        if (vaults instanceof Long count) {
            text.append(", ").append(count).append(count == 1 ? " vault" : " vaults");
        }
        return text.append(alert.stage() == AlertStage.EARLY ? ", so far in the minute of " : ", in the minute of ")
                .append(Times.minute(alert.windowStart()))
                .append(" UTC")
                .toString();
    }

    static String write(DeskAlert alert) {
        String head = "[" + alert.severity().toUpperCase(Locale.ROOT) + " " + alert.riskScore() + "] ";
        if (alert.stage() == AlertStage.EARLY) {
            return head + "EARLY " + summary(alert) + "\n" + line("rule", alert.ruleName())
                    + line("did", values(alert, PREFIX + "event_action_values"))
                    + line("from", values(alert, PREFIX + "source_ip_values"))
                    + lastLine("alert", alert.id() + "; the totals follow when the minute closes");
        }
        StringBuilder text = new StringBuilder(head).append(alert.ruleName()).append('\n');
        text.append(line("who", who(alert)));
        text.append(line(
                "when",
                Times.minute(alert.windowStart()) + " to " + Times.timeOfDay(alert.windowEnd()) + " UTC"
                        + (alert.stage() == AlertStage.REVISED
                                ? ", revised after late events (revision " + alert.revision() + ")"
                                : "")));
        alert.eventCount().ifPresent(count -> text.append(line("count", count(alert, count))));
        Set<String> labelled = new LinkedHashSet<>(NOT_SHOWN);
        LABELS.forEach((label, columns) -> {
            List<String> parts = new ArrayList<>();
            for (String column : columns) {
                labelled.add(column);
                String shown = values(alert, column);
                if (!shown.isEmpty()) {
                    parts.add(shown);
                }
            }
            text.append(line(label, String.join("; ", parts)));
        });
        alert.outputs().keySet().stream()
                .filter(column -> !labelled.contains(column))
                .filter(column -> !alert.groupingKey().containsKey(column))
                .forEach(column -> text.append(line(column, values(alert, column))));
        text.append(line("attack", attack(alert.rule())));
        text.append(line("guide", "epl/" + alert.ruleId() + "/guide.md"));
        return text.append(lastLine("alert", alert.id())).toString();
    }

    private static String who(DeskAlert alert) {
        return clean(String.join(" / ", alert.groupingKey().values()));
    }

    private static String count(DeskAlert alert, long count) {
        String text = count + (count == 1 ? " event" : " events");
        if (alert.outputs().get("Esql.event_action_count_distinct") instanceof Long actions) {
            text += ", " + actions + (actions == 1 ? " distinct action" : " distinct actions");
        }
        if (alert.outputs().get("Esql.azure_resource_name_count_distinct") instanceof Long vaults) {
            text += ", " + vaults + (vaults == 1 ? " vault" : " vaults");
        }
        return text;
    }

    private static String attack(Rule rule) {
        return rule.threats().stream()
                .flatMap(threat -> threat.techniques().stream()
                        .flatMap(technique -> (technique.subtechniques().isEmpty()
                                        ? List.of(technique.attack())
                                        : technique.subtechniques())
                                .stream())
                        .map(attack -> attack.id() + " " + attack.name() + " (" + threat.tactic().name() + ")"))
                .collect(Collectors.joining("; "));
    }

    /** A column as text: a list's first values, and how many more there are. */
    private static String values(DeskAlert alert, String column) {
        Object value = alert.outputs().get(column);
        if (!(value instanceof List<?> list)) {
            return value == null ? "" : clean(value.toString());
        }
        String shown = list.stream().limit(SHOWN).map(each -> clean(each.toString())).collect(Collectors.joining(", "));
        int total = alert.truncated().getOrDefault(column, list.size());
        return total > SHOWN ? shown + ", and " + (total - SHOWN) + " more" : shown;
    }

    /** Control characters in a log's fields must not steer the reader's terminal. */
    private static String clean(String text) {
        return text.chars().anyMatch(Character::isISOControl)
                ? text.replaceAll("\\p{Cntrl}", "\uFFFD")
                : text;
    }

    private static String line(String label, String text) {
        return text.isEmpty() ? "" : lastLine(label, text) + "\n";
    }

    private static String lastLine(String label, String text) {
        return String.format(Locale.ROOT, "  %-7s %s", label, text);
    }
}
