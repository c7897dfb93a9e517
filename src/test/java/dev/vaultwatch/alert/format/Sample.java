package dev.vaultwatch.alert.format;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.RuleInfo;
import dev.vaultwatch.rule.RuleFolder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An alert as any host could make one: from the api alone, with the shipped rule's own description. Immutable. */
record Sample(
        AlertStage stage,
        int revision,
        RuleInfo ruleInfo,
        Map<String, String> groupingKey,
        Map<String, Object> outputs,
        Map<String, Integer> truncated,
        long eventsWithoutEvidence,
        boolean isAtLeast,
        boolean isHistoryComplete)
        implements Alert {
    static final String UPN = "azure.platformlogs.identity.claim.upn";
    private static final Instant START = Instant.parse("2026-11-03T02:41:00Z");

    /** What the shipped rule says of one user's harvest, at that stage. */
    static Sample of(AlertStage stage) {
        boolean late = stage == AlertStage.REVISED || stage == AlertStage.RETRACTED;
        return new Sample(
                stage,
                late ? 1 : 0,
                shipped(),
                Map.of(UPN, "mallory@contoso.example"),
                harvest(stage == AlertStage.EARLY ? 10 : 34),
                Map.of(),
                0,
                false,
                true);
    }

    static RuleInfo shipped() {
        return RuleFolder.at(Path.of("epl/excessive-secret-retrieval"))
                .read()
                .get(0)
                .info();
    }

    static Map<String, Object> harvest(long events) {
        Map<String, Object> outputs = new LinkedHashMap<>();
        outputs.put(UPN, "mallory@contoso.example");
        outputs.put("Esql_priv.azure_platformlogs_identity_claim_upn_values", List.of("mallory@contoso.example"));
        outputs.put("Esql.azure_platformlogs_identity_claim_upn_count_distinct", 1L);
        outputs.put(
                "Esql.azure_platformlogs_identity_claim_appid_values", List.of("04b07795-8ddb-461a-bbee-02f9e1bf7b46"));
        outputs.put(
                "Esql.azure_platformlogs_identity_claim_objectid_values",
                List.of("00000000-0000-4000-8000-0000000f4057"));
        outputs.put("Esql.event_count", events);
        outputs.put("Esql.event_action_values", List.of("KeyList", "SecretGet", "SecretList"));
        outputs.put("Esql.event_action_count_distinct", 3L);
        outputs.put("Esql.azure_platformlogs_result_type_values", List.of("Success"));
        outputs.put("vaultwatch.result_signature_values", List.of("Forbidden", "OK"));
        outputs.put("Esql.source_ip_values", List.of("2001:db8::7", "203.0.113.9"));
        outputs.put("vaultwatch.source_address_values", List.of());
        outputs.put("Esql.geo_city_values", List.of("Lisbon"));
        outputs.put("Esql.geo_region_values", List.of("Lisboa"));
        outputs.put("Esql.geo_country_values", List.of("Portugal"));
        outputs.put("Esql.source_as_organization_name_values", List.of("Example Hosting"));
        outputs.put("vaultwatch.source_geo_country_iso_code_values", List.of("PT"));
        outputs.put("vaultwatch.source_as_number_values", List.of(64_500L));
        outputs.put("Esql.azure_resource_name_values", List.of("KV-PAY", "KV-PROD"));
        outputs.put("Esql.azure_resource_name_count_distinct", 2L);
        outputs.put("Esql.azure_resource_group_values", List.of("RG-PAY"));
        outputs.put("Esql.azure_subscription_id_values", List.of("00000000-0000-4000-8000-0000000005B1"));
        String vaults = "/SUBSCRIPTIONS/00000000-0000-4000-8000-0000000005B1/RESOURCEGROUPS/RG-PAY/PROVIDERS"
                + "/MICROSOFT.KEYVAULT/VAULTS/";
        outputs.put("Esql.azure_resource_id_values", List.of(vaults + "KV-PAY", vaults + "KV-PROD"));
        outputs.put("Esql.cloud_region_values", List.of("westeurope"));
        outputs.put("Esql.agent_name_values", List.of("filebeat-1"));
        return outputs;
    }

    /** The same alert with one output changed, or added. */
    Sample with(String output, Object value) {
        Map<String, Object> changed = new LinkedHashMap<>(outputs);
        changed.put(output, value);
        Map<String, String> key = new LinkedHashMap<>(groupingKey);
        key.computeIfPresent(output, (name, before) -> value.toString());
        return new Sample(
                stage,
                revision,
                ruleInfo,
                key,
                changed,
                truncated,
                eventsWithoutEvidence,
                isAtLeast,
                isHistoryComplete);
    }

    /** The same alert of another group and with other outputs, as an own rule has them. */
    Sample about(Map<String, String> key, Map<String, Object> columns) {
        return new Sample(
                stage,
                revision,
                RuleInfo.builder("own", "An own rule", 1, "high", 70).build(),
                key,
                columns,
                truncated,
                eventsWithoutEvidence,
                isAtLeast,
                isHistoryComplete);
    }

    /** The same alert of a rule with another description. */
    Sample of(RuleInfo rule) {
        return new Sample(
                stage,
                revision,
                rule,
                groupingKey,
                outputs,
                truncated,
                eventsWithoutEvidence,
                isAtLeast,
                isHistoryComplete);
    }

    /** The same alert, cut and counted only in part because bounds were reached. */
    Sample bounded() {
        return new Sample(
                stage, revision, ruleInfo, groupingKey, outputs, Map.of("Esql.source_ip_values", 250), 12, true, false);
    }

    @Override
    public String id() {
        return "11b0b374c0a615ff5c7e1ce4923b575e";
    }

    @Override
    public String ruleId() {
        return ruleInfo.id();
    }

    @Override
    public String ruleName() {
        return ruleInfo.name();
    }

    @Override
    public int ruleVersion() {
        return ruleInfo.version();
    }

    @Override
    public String severity() {
        return ruleInfo.severity();
    }

    @Override
    public int riskScore() {
        return ruleInfo.riskScore();
    }

    @Override
    public Instant windowStart() {
        return START;
    }

    @Override
    public Instant windowEnd() {
        return START.plusSeconds(60);
    }

    @Override
    public Optional<Long> eventCount() {
        return Optional.ofNullable(outputs.get("Esql.event_count")).map(Long.class::cast);
    }

    @Override
    public String toEcsJson() {
        return AlertFormat.named("ecs").render(this);
    }

    @Override
    public String toText() {
        return AlertFormat.named("text").render(this);
    }
}
