package dev.vaultwatch.alert.format;

import static dev.vaultwatch.alert.format.Objects.object;
import static dev.vaultwatch.alert.format.Objects.one;
import static dev.vaultwatch.alert.format.Objects.put;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.RuleInfo;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Format {@code ecs}: an alert as one document in the shape of the Elastic Common Schema {@value #ECS_VERSION}; every field used
 * here is in ECS 9 with the same type. {@code @timestamp} is the window's start, which a replay finds again.
 *
 * <p>The rule's outputs stand flat under their own names, so that queries written for the upstream rule's columns find what they
 * look for. One whose name would clash with a field of the document stands under {@code vaultwatch.output}. What ECS has no field
 * for is under {@code vaultwatch} and {@code rule.severity}. Immutable.
 */
public final class EcsFormat implements AlertFormat {
    /** ECS asks for it in every document, so that a reader knows which fields to expect. */
    private static final String ECS_VERSION = "8.17.0";

    /** The upstream query's name for the window's start. */
    private static final String WINDOW = "Esql.time_window_date_trunc";

    private static final String OURS = "vaultwatch";
    private static final String CLASHING = "output";

    /**
     * What the document has at its top, in this alert or in another: the mappings declare each, so that a value in an object's place
     * would make Elasticsearch refuse the alert, whether or not the alert has that object itself.
     */
    private static final Set<String> FIELDS = Set.of(
            "@timestamp",
            "agent",
            "cloud",
            "ecs",
            "event",
            "labels",
            "message",
            "observer",
            "related",
            "rule",
            "source",
            "tags",
            "threat",
            "user");

    /** Names of shipped rules' outputs that the mappings declare: none may be the beginning of one, or go on below it. */
    private static final List<String> DECLARED =
            List.of("azure.platformlogs.identity.claim.upn", "Esql.source_ip_values", WINDOW);

    /** For the service loader; {@link AlertFormats#ecs()} is the same. */
    public EcsFormat() {}

    @Override
    public String name() {
        return "ecs";
    }

    @Override
    public String render(Alert alert) {
        Outputs outputs = new Outputs(alert);
        RuleInfo rule = outputs.rule();
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("@timestamp", alert.windowStart());
        root.put("ecs", Map.of("version", ECS_VERSION));
        root.put("message", outputs.sentence());
        root.put("event", event(alert, outputs));
        root.put("rule", rule(rule));
        put(root, "tags", rule.tags());
        put(root, "threat", threat(rule.threats()));
        put(root, "user", user(outputs));
        put(root, "source", source(outputs));
        put(root, "cloud", cloud(outputs));
        put(root, "agent", object("name", one(outputs.texts("agent.name"))));
        put(root, "related", related(outputs));
        root.put(
                "observer",
                object("vendor", Product.VENDOR, "product", Product.NAME, "type", "ids", "version", Product.VERSION));
        root.put("labels", object("vaultwatch_stage", stage(alert), "vaultwatch_rule", rule.id()));
        Map<String, Object> ours = new LinkedHashMap<>();
        ours.put("alert", ours(alert, outputs));
        ours.put("rule", oursOfTheRule(rule));
        root.put(WINDOW, alert.windowStart());
        put(ours, CLASHING, addOutputs(root, ours, alert.outputs()));
        root.put(OURS, ours);
        return Json.write(root);
    }

    private static String stage(Alert alert) {
        return alert.stage().name();
    }

    // ---- what ECS names

    private static Map<String, Object> event(Alert alert, Outputs outputs) {
        Map<String, Object> event = new LinkedHashMap<>();
        // What is taken back is no alert: a rule that promotes event.kind:alert must not raise it anew.
        event.put("kind", alert.stage() == AlertStage.RETRACTED ? "event" : "alert");
        event.put("category", List.of("intrusion_detection"));
        event.put("type", List.of("info"));
        event.put("module", "vaultwatch");
        event.put("dataset", "vaultwatch.alerts");
        event.put("provider", "vaultwatch");
        event.put("id", alert.id());
        put(event, "action", one(outputs.texts("event.action")));
        event.put("start", alert.windowStart());
        if (!alert.isOpen()) {
            // An open window's end lies in the future; vaultwatch.alert says that it is open, and its end.
            event.put("end", alert.windowEnd());
            event.put("created", alert.windowEnd());
            event.put("duration", nanos(alert));
        }
        event.put("severity", Severity.of(alert.severity()).elastic());
        event.put("risk_score", alert.riskScore());
        event.put("sequence", outputs.sequence());
        event.put("reason", outputs.reason());
        put(event, "reference", outputs.rule().references().stream().findFirst().orElse(""));
        return event;
    }

    private static long nanos(Alert alert) {
        return Duration.between(alert.windowStart(), alert.windowEnd()).toNanos();
    }

    private static Map<String, Object> rule(RuleInfo rule) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("id", rule.id());
        put(object, "uuid", rule.uuid().orElse(""));
        object.put("name", rule.name());
        put(object, "author", rule.authors());
        put(
                object,
                "category",
                rule.threats().stream()
                        .findFirst()
                        .map(threat -> threat.tactic().name())
                        .orElse(""));
        put(object, "description", rule.description());
        put(object, "license", rule.license().orElse(""));
        put(object, "reference", rule.references().stream().findFirst().orElse(""));
        object.put("ruleset", "vaultwatch");
        object.put("version", Integer.toString(rule.version()));
        object.put("severity", rule.severity());
        return object;
    }

    private static Map<String, Object> threat(List<RuleInfo.Threat> threats) {
        Map<String, Object> object = new LinkedHashMap<>();
        if (threats.isEmpty()) {
            return object;
        }
        List<RuleInfo.Technique> techniques =
                threats.stream().flatMap(threat -> threat.techniques().stream()).toList();
        object.put("framework", "MITRE ATT&CK");
        object.put(
                "tactic", attacks(threats.stream().map(RuleInfo.Threat::tactic).toList()));
        Map<String, Object> technique =
                attacks(techniques.stream().map(RuleInfo.Technique::attack).toList());
        put(
                technique,
                "subtechnique",
                attacks(techniques.stream()
                        .flatMap(each -> each.subtechniques().stream())
                        .toList()));
        put(object, "technique", technique);
        return object;
    }

    private static Map<String, Object> attacks(List<RuleInfo.Attack> attacks) {
        Map<String, Object> object = new LinkedHashMap<>();
        put(object, "id", attacks.stream().map(RuleInfo.Attack::id).toList());
        put(object, "name", attacks.stream().map(RuleInfo.Attack::name).toList());
        put(
                object,
                "reference",
                attacks.stream().map(RuleInfo.Attack::reference).toList());
        return object;
    }

    private static Map<String, Object> user(Outputs outputs) {
        List<String> names = outputs.texts("user.name");
        List<String> addresses = names.stream().filter(Upn::isAddress).toList();
        return object(
                "name",
                one(names),
                "email",
                one(addresses),
                "domain",
                one(addresses.stream().map(Upn::domain).distinct().toList()),
                "id",
                one(outputs.texts("user.id")));
    }

    private static Map<String, Object> source(Outputs outputs) {
        List<String> ips = outputs.ips();
        Set<String> addresses = new LinkedHashSet<>(ips);
        addresses.addAll(outputs.otherAddresses());
        return object(
                "ip",
                one(ips),
                "address",
                one(List.copyOf(addresses)),
                "geo",
                object(
                        "city_name",
                        one(outputs.texts("source.geo.city_name")),
                        "region_name",
                        one(outputs.texts("source.geo.region_name")),
                        "country_name",
                        one(outputs.texts("source.geo.country_name")),
                        "country_iso_code",
                        one(outputs.texts("source.geo.country_iso_code"))),
                "as",
                object(
                        "number",
                        one(outputs.networks()),
                        "organization",
                        object("name", one(outputs.texts("source.as.organization.name")))));
    }

    /** Every event that a rule sees is one of Azure Key Vault. */
    private static Map<String, Object> cloud(Outputs outputs) {
        return object(
                "provider",
                "azure",
                "service",
                object("name", "Key Vault"),
                "region",
                one(outputs.texts("cloud.region")),
                "account",
                object("id", one(outputs.texts("cloud.account.id"))));
    }

    private static Map<String, Object> related(Outputs outputs) {
        Set<String> users = new LinkedHashSet<>(outputs.texts("user.name"));
        users.addAll(outputs.texts("user.id"));
        return object("user", List.copyOf(users), "ip", outputs.ips());
    }

    // ---- what is ours

    private static Map<String, Object> ours(Alert alert, Outputs outputs) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("id", alert.id());
        object.put("stage", stage(alert));
        object.put("revision", alert.revision());
        object.put("sequence", outputs.sequence());
        object.put("severity", alert.severity());
        object.put("open", alert.isOpen());
        object.put("window_end", alert.windowEnd());
        if (alert.isAtLeast()) {
            object.put("at_least", true);
        }
        if (!alert.isHistoryComplete()) {
            object.put("history_incomplete", true);
        }
        if (alert.eventsWithoutEvidence() > 0) {
            object.put("events_without_evidence", alert.eventsWithoutEvidence());
        }
        put(object, "truncated", alert.truncated());
        return object;
    }

    private static Map<String, Object> oursOfTheRule(RuleInfo rule) {
        return object(
                "note",
                rule.note(),
                "setup",
                rule.setup(),
                "false_positives",
                rule.falsePositives(),
                "guide",
                rule.guide(),
                "references",
                rule.references(),
                "source",
                rule.source());
    }

    // ---- the rule's outputs

    /**
     * Adds the outputs under their own names, those that begin with {@code vaultwatch.} inside our object, and returns those that
     * can't stand there: their name is a field of the document or of another alert's, lies on the way to one, or has an empty part,
     * so that Elasticsearch would reject the whole document.
     */
    private static Map<String, Object> addOutputs(
            Map<String, Object> root, Map<String, Object> ours, Map<String, Object> outputs) {
        Set<String> own = new LinkedHashSet<>(FIELDS);
        own.addAll(root.keySet());
        Map<String, Object> clashing = new LinkedHashMap<>();
        outputs.forEach((name, value) -> {
            String inOurs = name.startsWith(OURS + ".") ? name.substring(OURS.length() + 1) : "";
            if (!inOurs.isEmpty() && inOurs.indexOf('.') < 0 && !inOurs.equals(CLASHING) && !ours.containsKey(inOurs)) {
                ours.put(inOurs, value);
            } else if (isIndexable(name, own, root, outputs)) {
                root.put(name, value);
            } else if (!value.equals(nested(root, name))) {
                clashing.put(name, value);
            }
        });
        return clashing;
    }

    private static boolean isIndexable(
            String name, Set<String> own, Map<String, Object> root, Map<String, Object> outputs) {
        List<String> parts = List.of(name.split("\\.", -1));
        if (parts.contains("") || name.startsWith("_") || root.containsKey(name)) {
            return false;
        }
        if (own.contains(parts.get(0)) || parts.get(0).equals(OURS)) {
            return false;
        }
        if (DECLARED.stream().anyMatch(field -> field.startsWith(name + ".") || name.startsWith(field + "."))) {
            return false;
        }
        // A name that is also the beginning of another one would be a value and an object at once.
        String below = name + ".";
        return outputs.keySet().stream().noneMatch(other -> other.startsWith(below))
                && root.keySet().stream().noneMatch(other -> other.startsWith(below));
    }

    /** What stands at the path, or an empty object if nothing does. */
    private static Object nested(Map<String, Object> root, String path) {
        Object at = root;
        for (String part : path.split("\\.", -1)) {
            at = at instanceof Map<?, ?> map && map.get(part) != null ? map.get(part) : Map.of();
        }
        return at;
    }
}
