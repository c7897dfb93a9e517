package dev.vaultwatch.alert;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.NoticeListener;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the tests of alerts share: the shipped rule, what it finds, and a host that writes down what it was given. */
final class Alerts {
    static final String UPN = "azure.platformlogs.identity.claim.upn";
    static final Instant AT_02_41 = Instant.parse("2026-11-03T02:41:00Z");
    static final Duration MINUTE = Duration.ofMinutes(1);

    private Alerts() {}

    static Rule shippedRule() {
        return RuleFolder.packed(List.of("excessive-secret-retrieval")).read().get(0);
    }

    /** The rule with another cap. */
    static Rule capped(Rule rule, int alerts) {
        return with(rule, rule.id(), new Rule.Cap(alerts, Duration.ofMinutes(8)));
    }

    static Rule capped(Rule rule, Rule.Cap cap) {
        return with(rule, rule.id(), cap);
    }

    /** The rule under another id. */
    static Rule named(Rule rule, String id) {
        return with(rule, id, rule.cap());
    }

    /** The rule with another name for a person. */
    static Rule calledBy(Rule rule, String name) {
        return with(rule, rule.id(), name, rule.cap());
    }

    private static Rule with(Rule rule, String id, Rule.Cap cap) {
        return with(rule, id, rule.name(), cap);
    }

    private static Rule with(Rule rule, String id, String name, Rule.Cap cap) {
        return rule.toBuilder().id(id).name(name).cap(cap).build();
    }

    /** The rule without its place in ATT&CK and without references. */
    static Rule bare(Rule rule) {
        return rule.toBuilder().threats(List.of()).references(List.of()).build();
    }

    /** A judgement about the minute of {@link #AT_02_41}. */
    static Judgement judgement(Rule rule, Map<String, Object> columns) {
        long start = AT_02_41.toEpochMilli();
        Object upn = columns.get(UPN);
        return Judgement.ofWindow(
                RuleEdition.of(rule, rule.json()),
                Map.of("upn", upn == null ? "" : upn.toString()),
                start,
                start + MINUTE.toMillis(),
                columns);
    }

    /** What the shipped rule puts out for one user, in its order. */
    static Map<String, Object> harvest() {
        Map<String, Object> columns = new LinkedHashMap<>();
        columns.put(UPN, "mallory@contoso.example");
        columns.put("Esql_priv.azure_platformlogs_identity_claim_upn_values", List.of("mallory@contoso.example"));
        columns.put("Esql.azure_platformlogs_identity_claim_upn_count_distinct", 1L);
        columns.put(
                "Esql.azure_platformlogs_identity_claim_appid_values", List.of("04b07795-8ddb-461a-bbee-02f9e1bf7b46"));
        columns.put("Esql.azure_platformlogs_identity_claim_objectid_values", List.of("5f1c-oid"));
        columns.put("Esql.event_count", 34L);
        columns.put("Esql.event_action_values", List.of("KeyList", "SecretGet", "SecretList"));
        columns.put("Esql.event_action_count_distinct", 3L);
        columns.put("Esql.azure_platformlogs_result_type_values", List.of("Success"));
        columns.put("Esql.source_ip_values", List.of("198.51.100.7", "203.0.113.9"));
        columns.put("Esql.geo_city_values", List.of("Lisbon"));
        columns.put("Esql.geo_region_values", List.of("Lisboa"));
        columns.put("Esql.geo_country_values", List.of("Portugal"));
        columns.put("Esql.source_as_organization_name_values", List.of("Example Hosting"));
        columns.put("Esql.azure_resource_name_values", List.of("KV-PAY", "KV-PROD"));
        columns.put("Esql.azure_resource_name_count_distinct", 2L);
        columns.put("Esql.azure_resource_group_values", List.of("RG-PAY"));
        columns.put("Esql.azure_subscription_id_values", List.of("sub-1"));
        columns.put("Esql.azure_resource_id_values", List.of("/SUBSCRIPTIONS/SUB-1/VAULTS/KV-PAY"));
        columns.put("Esql.cloud_region_values", List.of("westeurope"));
        columns.put("Esql.agent_name_values", List.of("filebeat-1"));
        return columns;
    }

    /** The alert that the desk makes of one closed window. */
    static Alert alert(Rule rule, Map<String, Object> columns, int maxValues) {
        return said(maxValues, desk -> desk.closed(List.of(judgement(rule, columns))));
    }

    /** The alert that the desk makes while the window is open. */
    static Alert early(Rule rule, Map<String, Object> columns, int maxValues) {
        return said(maxValues, desk -> desk.early(judgement(rule, columns)));
    }

    private static Alert said(int maxValues, Consumer<AlertDesk> decide) {
        Host host = new Host();
        Outbox outbox = new Outbox(Listeners.of(host, host));
        decide.accept(new AlertDesk(outbox, DecisionLog.NONE, true, true, maxValues));
        outbox.deliver();
        return host.alerts().get(0);
    }

    /** A host that writes down what it was given, in order. */
    static final class Host implements AlertListener, NoticeListener {
        private final List<Object> given = new ArrayList<>();

        @Override
        public void onAlert(Alert alert) {
            given.add(alert);
        }

        @Override
        public void onEarly(Alert alert) {
            given.add(alert);
        }

        @Override
        public void onNotice(Notice notice) {
            given.add(notice);
        }

        List<Alert> alerts() {
            return of(Alert.class).toList();
        }

        List<Notice> notices() {
            return of(Notice.class).toList();
        }

        List<AlertStage> stages() {
            return of(Alert.class).map(Alert::stage).toList();
        }

        /** Alerts as "stage user", notices as their kind; in order. */
        List<String> story() {
            return given.stream()
                    .map(each -> each instanceof Alert alert
                            ? alert.stage() + " "
                                    + String.join("/", alert.groupingKey().values())
                            : ((Notice) each).kind().toString())
                    .collect(Collectors.toList());
        }

        private <T> Stream<T> of(Class<T> type) {
            return given.stream().filter(type::isInstance).map(type::cast);
        }
    }
}
