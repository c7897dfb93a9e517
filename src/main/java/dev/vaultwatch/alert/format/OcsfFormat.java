package dev.vaultwatch.alert.format;

import static dev.vaultwatch.alert.format.Objects.object;
import static dev.vaultwatch.alert.format.Objects.one;
import static dev.vaultwatch.alert.format.Objects.put;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.RuleInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Format {@code ocsf}: an alert as a Detection Finding (class 2004) of the Open Cybersecurity Schema Framework
 * {@value #SCHEMA}, with the profile {@code cloud}. Times are milliseconds since the epoch. What the schema has no place for is
 * under {@code unmapped}. Immutable.
 *
 * <p>One finding, one {@code finding_info.uid}: EARLY and ON_TIME are Create, REVISED is Update, RETRACTED is Close. A destination
 * replaces by that uid, the greater {@code metadata.sequence} last.
 */
public final class OcsfFormat implements AlertFormat {
    private static final String SCHEMA = "1.5.0";
    private static final int CLASS = 2004;

    /** The schema's numbers of observable types: IP Address, User Name, Resource UID. */
    private static final int IP_ADDRESS = 2;

    private static final int USER_NAME = 4;
    private static final int RESOURCE_UID = 10;

    private enum Activity {
        CREATE(1, "Create", 1, "New"),
        UPDATE(2, "Update", 1, "New"),
        /** The schema's nearest to "was never true": reviewed, found benign. */
        CLOSE(3, "Close", 3, "Suppressed");

        private final int id;
        private final String caption;
        private final int statusId;
        private final String status;

        Activity(int id, String caption, int statusId, String status) {
            this.id = id;
            this.caption = caption;
            this.statusId = statusId;
            this.status = status;
        }

        static Activity of(AlertStage stage) {
            return switch (stage) {
                case EARLY, ON_TIME -> CREATE;
                case REVISED -> UPDATE;
                case RETRACTED -> CLOSE;
            };
        }
    }

    /** For the service loader; {@link AlertFormats#ocsf()} is the same. */
    public OcsfFormat() {}

    @Override
    public String name() {
        return "ocsf";
    }

    @Override
    public String render(Alert alert) {
        Outputs outputs = new Outputs(alert);
        RuleInfo rule = outputs.rule();
        Activity activity = Activity.of(alert.stage());
        Severity severity = Severity.of(alert.severity());
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("activity_id", activity.id);
        root.put("activity_name", activity.caption);
        root.put("category_name", "Findings");
        root.put("category_uid", CLASS / 1000);
        root.put("class_name", "Detection Finding");
        root.put("class_uid", CLASS);
        root.put("type_name", "Detection Finding: " + activity.caption);
        root.put("type_uid", CLASS * 100L + activity.id);
        root.put("time", (alert.isOpen() ? alert.windowStart() : alert.windowEnd()).toEpochMilli());
        root.put("start_time", alert.windowStart().toEpochMilli());
        if (!alert.isOpen()) {
            root.put("end_time", alert.windowEnd().toEpochMilli());
        }
        alert.eventCount().ifPresent(count -> root.put("count", count));
        root.put("severity", severity.caption());
        root.put("severity_id", severity.ocsf());
        root.put("risk_score", alert.riskScore());
        root.put("status", activity.status);
        root.put("status_id", activity.statusId);
        root.put("status_detail", outputs.reason());
        root.put("is_alert", activity != Activity.CLOSE);
        root.put("message", outputs.sentence());
        root.put("finding_info", findingInfo(alert, outputs));
        root.put("cloud", cloud(outputs));
        put(root, "evidences", evidences(outputs));
        put(root, "resources", resources(outputs));
        put(root, "observables", observables(outputs));
        if (!rule.note().isEmpty()) {
            root.put("remediation", object("desc", rule.note(), "references", rule.references()));
        }
        root.put("metadata", metadata(alert, outputs));
        root.put("unmapped", unmapped(alert, rule));
        return Json.write(root);
    }

    private static Map<String, Object> findingInfo(Alert alert, Outputs outputs) {
        RuleInfo rule = outputs.rule();
        return object(
                "uid",
                alert.id(),
                "title",
                rule.name(),
                "desc",
                rule.description(),
                "src_url",
                rule.references().stream().findFirst().orElse(""),
                "first_seen_time",
                alert.windowStart().toEpochMilli(),
                "types",
                rule.threats().stream().map(threat -> threat.tactic().name()).toList(),
                "data_sources",
                List.of("Azure Key Vault"),
                "analytic",
                object(
                        "name",
                        rule.name(),
                        "uid",
                        rule.uuid().orElse(rule.id()),
                        "type",
                        "Rule",
                        "type_id",
                        1,
                        "version",
                        Integer.toString(rule.version()),
                        "desc",
                        rule.description()),
                "attacks",
                attacks(rule));
    }

    /** One entry per sub-technique, or per technique that has none. */
    private static List<Object> attacks(RuleInfo rule) {
        List<Object> attacks = new ArrayList<>();
        for (RuleInfo.Threat threat : rule.threats()) {
            Map<String, Object> tactic = attack(threat.tactic());
            for (RuleInfo.Technique technique : threat.techniques()) {
                Map<String, Object> upTo = object("tactic", tactic, "technique", attack(technique.attack()));
                if (technique.subtechniques().isEmpty()) {
                    attacks.add(upTo);
                }
                for (RuleInfo.Attack sub : technique.subtechniques()) {
                    Map<String, Object> entry = new LinkedHashMap<>(upTo);
                    entry.put("sub_technique", attack(sub));
                    attacks.add(entry);
                }
            }
            if (threat.techniques().isEmpty()) {
                attacks.add(object("tactic", tactic));
            }
        }
        return attacks;
    }

    private static Map<String, Object> attack(RuleInfo.Attack attack) {
        return object("uid", attack.id(), "name", attack.name(), "src_url", attack.reference());
    }

    private static Map<String, Object> cloud(Outputs outputs) {
        List<String> regions = outputs.texts("cloud.region");
        List<String> accounts = outputs.texts("cloud.account.id");
        return object(
                "provider",
                "Azure",
                "region",
                regions.size() == 1 ? regions.get(0) : "",
                "account",
                object("uid", accounts.size() == 1 ? accounts.get(0) : ""));
    }

    /**
     * One per address, since the schema has one address in each; place and network only where they can be told apart. What stood in an
     * address's place and is none is an endpoint's name. Several users stand each alone: whose address is whose can't be told.
     */
    private static List<Object> evidences(Outputs outputs) {
        Map<String, Object> user = user(outputs);
        List<String> ips = outputs.ips();
        List<String> others = outputs.otherAddresses();
        List<Object> evidences = new ArrayList<>();
        for (String ip : ips) {
            Map<String, Object> endpoint = object("ip", ip);
            if (ips.size() == 1) {
                put(endpoint, "location", location(outputs));
                put(endpoint, "autonomous_system", network(outputs));
            }
            evidences.add(object("actor", object("user", user), "src_endpoint", endpoint));
        }
        for (String other : others) {
            evidences.add(object("actor", object("user", user), "src_endpoint", object("name", other)));
        }
        if (ips.isEmpty() && others.isEmpty() && !user.isEmpty()) {
            evidences.add(object("actor", object("user", user)));
        }
        List<String> names = outputs.texts("user.name");
        if (names.size() > 1) {
            names.forEach(name -> evidences.add(object("actor", object("user", user(name, "")))));
        }
        for (String action : outputs.texts("event.action")) {
            evidences.add(object("api", object("operation", action, "service", object("name", "Azure Key Vault"))));
        }
        return evidences;
    }

    private static Map<String, Object> user(Outputs outputs) {
        List<String> names = outputs.texts("user.name");
        List<String> ids = outputs.texts("user.id");
        return user(names.size() == 1 ? names.get(0) : "", ids.size() == 1 ? ids.get(0) : "");
    }

    private static Map<String, Object> user(String name, String id) {
        Map<String, Object> user = object("name", name, "uid", id);
        if (Upn.isAddress(name)) {
            user.put("email_addr", name);
            user.put("domain", Upn.domain(name));
        }
        return user;
    }

    /** The schema's country is the ISO code; names go to the description. */
    private static Map<String, Object> location(Outputs outputs) {
        List<String> cities = outputs.texts("source.geo.city_name");
        List<String> codes = outputs.texts("source.geo.country_iso_code");
        Map<String, Object> location = object(
                "city", cities.size() == 1 ? cities.get(0) : "", "country", codes.size() == 1 ? codes.get(0) : "");
        if (!location.isEmpty()) {
            List<String> names = new ArrayList<>(outputs.texts("source.geo.region_name"));
            names.addAll(outputs.texts("source.geo.country_name"));
            put(location, "desc", String.join(", ", names));
        }
        return location;
    }

    private static Map<String, Object> network(Outputs outputs) {
        List<Object> numbers = outputs.networks();
        List<String> names = outputs.texts("source.as.organization.name");
        return object("name", names.size() == 1 ? names.get(0) : "", "number", numbers.size() == 1 ? one(numbers) : "");
    }

    private static List<Object> resources(Outputs outputs) {
        List<Object> resources = new ArrayList<>();
        for (String uid : outputs.texts("azure.resource.id")) {
            String name = uid.substring(uid.lastIndexOf('/') + 1);
            resources.add(object("uid", uid, "name", name, "type", "Azure Key Vault"));
        }
        if (resources.isEmpty()) {
            outputs.texts("azure.resource.name")
                    .forEach(name -> resources.add(object("name", name, "type", "Azure Key Vault")));
        }
        return resources;
    }

    private static List<Object> observables(Outputs outputs) {
        List<Object> observables = new ArrayList<>();
        outputs.ips()
                .forEach(
                        ip -> observables.add(observable("evidences[].src_endpoint.ip", "IP Address", IP_ADDRESS, ip)));
        outputs.texts("user.name")
                .forEach(name ->
                        observables.add(observable("evidences[].actor.user.name", "User Name", USER_NAME, name)));
        outputs.texts("azure.resource.id")
                .forEach(uid -> observables.add(observable("resources[].uid", "Resource UID", RESOURCE_UID, uid)));
        return observables;
    }

    private static Map<String, Object> observable(String name, String type, int typeId, String value) {
        return object("name", name, "type", type, "type_id", typeId, "value", value);
    }

    private static Map<String, Object> metadata(Alert alert, Outputs outputs) {
        return object(
                "version",
                SCHEMA,
                "profiles",
                List.of("cloud"),
                "uid",
                alert.id() + "-" + outputs.sequence(),
                "correlation_uid",
                alert.id(),
                "event_code",
                outputs.rule().id(),
                "sequence",
                outputs.sequence(),
                "labels",
                outputs.rule().tags(),
                "log_name",
                "vaultwatch.alerts",
                "product",
                object("name", Product.NAME, "vendor_name", Product.VENDOR, "version", Product.VERSION));
    }

    private static Map<String, Object> unmapped(Alert alert, RuleInfo rule) {
        Map<String, Object> unmapped = object(
                "stage",
                alert.stage().name(),
                "revision",
                alert.revision(),
                "window_end",
                alert.windowEnd().toEpochMilli(),
                "at_least",
                alert.isAtLeast(),
                "history_complete",
                alert.isHistoryComplete(),
                "events_without_evidence",
                alert.eventsWithoutEvidence(),
                "truncated",
                alert.truncated(),
                "false_positives",
                rule.falsePositives(),
                "setup",
                rule.setup(),
                "guide",
                rule.guide(),
                "source",
                rule.source());
        put(unmapped, "outputs", alert.outputs());
        return unmapped;
    }
}
