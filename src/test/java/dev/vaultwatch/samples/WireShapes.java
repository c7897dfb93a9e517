package dev.vaultwatch.samples;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a {@link Fact} in each shape in which a host may meet it: as a map, which {@link #json} turns into bytes. The
 * shapes, their field names and their order follow records seen in the wild (Microsoft's documentation, the Sentinel and
 * SDK repositories) and the Elastic Azure pipelines at elastic/integrations 37c97e14.
 *
 * <p>Every map is fresh, mutable and the caller's own. Thread-safe: the one field is a mapper that is never configured
 * after construction.
 */
public final class WireShapes {

    /** One invented tenant owns all. */
    static final String TENANT = "00000000-0000-4000-8000-00000000007e";

    static final String UPN_BY_URL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
    static final String OID_BY_URL = "http://schemas.microsoft.com/identity/claims/objectidentifier";

    /** Azure writes 100 ns. */
    private static final DateTimeFormatter TICKS = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    /** Elasticsearch's date processor keeps milliseconds. */
    private static final DateTimeFormatter MILLIS = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final String DATA_PLANE_VERSION = "7.4";
    private static final String CONTROL_PLANE_VERSION = "2023-07-01";

    /** Names of the pipelines before 1.41.0 have no counterpart of these. */
    private static final List<String> ONLY_NEW_NAMES = List.of(
            "data_stream.",
            "source.geo.",
            "azure.resource_group.",
            "azure.resource_provider.",
            "azure.resource_id",
            "azure.correlation.",
            "cloud.resource_id",
            "cloud.account.");

    private final JsonMapper mapper = new JsonMapper();

    /** The record that a vault's diagnostic setting sends, category {@code AuditEvent}. */
    public Map<String, Object> raw(Fact fact) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("time", ticks(fact.time()));
        record.put("category", "AuditEvent");
        record.put("operationName", fact.operation());
        record.put("resultType", "Success");
        putIfPresent(record, "resultDescription", resultDescription(fact));
        record.put("correlationId", fact.correlationId());
        record.put("callerIpAddress", fact.caller().ip());
        record.put("identity", identity(fact));
        record.put("properties", properties(fact));
        record.put("resourceId", fact.vault().resourceId());
        record.put("operationVersion", version(fact));
        record.put("resultSignature", fact.resultSignature());
        record.put("durationMs", Integer.toString(fact.durationMs()));
        return record;
    }

    /** An Event Hubs message. */
    public Map<String, Object> envelope(List<Fact> facts) {
        Map<String, Object> envelope = new LinkedHashMap<>();
        envelope.put("records", facts.stream().map(this::raw).toList());
        return envelope;
    }

    /** A row of the Log Analytics table AzureDiagnostics: flat, each name suffixed with its type. */
    public Map<String, Object> azureDiagnostics(Fact fact) {
        Fact.Vault vault = fact.vault();
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("TenantId", TENANT);
        row.put("TimeGenerated", ticks(fact.time()));
        row.put("ResourceId", vault.resourceId());
        row.put("Category", "AuditEvent");
        row.put("ResourceGroup", vault.resourceGroup().toUpperCase(Locale.ROOT));
        row.put("SubscriptionId", vault.subscription());
        row.put("ResourceProvider", "MICROSOFT.KEYVAULT");
        row.put("Resource", vault.name().toUpperCase(Locale.ROOT));
        row.put("ResourceType", "VAULTS");
        row.put("OperationName", fact.operation());
        row.put("ResultType", "Success");
        row.put("CorrelationId", fact.correlationId());
        String description = resultDescription(fact);
        row.put("ResultDescription", description == null ? "" : description);
        row.put("requestUri_s", requestUri(fact));
        row.put("DurationMs", fact.durationMs());
        row.put("CallerIPAddress", fact.caller().ip());
        row.put("OperationVersion", version(fact));
        row.put("ResultSignature", fact.resultSignature());
        putIfPresent(row, "id_s", objectUrl(fact));
        row.put("clientInfo_s", fact.caller().clientInfo());
        row.put("httpStatusCode_d", fact.httpStatus());
        if (!fact.isAnonymous()) {
            claims(fact).forEach((name, value) -> row.put(diagnosticsColumn(name), columnValue(value)));
        }
        if (isAuthorized(fact) != null) {
            row.put("isRbacAuthorized_b", isAuthorized(fact));
        }
        row.put("tlsVersion_s", "TLS1_3");
        putIfPresent(row, "subnetId_s", fact.caller().subnetId());
        row.put("Type", "AzureDiagnostics");
        row.put("_ResourceId", vault.resourceId().toLowerCase(Locale.ROOT));
        return row;
    }

    /** A row of the newer table AZKVAuditLogs, the column {@code Identity} an object, as the query API answers it. */
    public Map<String, Object> auditLogs(Fact fact) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("TimeGenerated", ticks(fact.time()));
        row.put("OperationName", fact.operation());
        row.put("ResultType", "Success");
        row.put("ResultSignature", fact.resultSignature());
        String description = resultDescription(fact);
        row.put("ResultDescription", description == null ? "" : description);
        row.put("HttpStatusCode", fact.httpStatus());
        row.put("CorrelationId", fact.correlationId());
        row.put("CallerIpAddress", fact.caller().ip());
        row.put("ClientInfo", fact.caller().clientInfo());
        row.put("Identity", identity(fact));
        String id = objectUrl(fact);
        row.put("Id", id == null ? "" : id);
        row.put("RequestUri", requestUri(fact));
        row.put("DurationMs", fact.durationMs());
        row.put("OperationVersion", version(fact));
        row.put("IsRbacAuthorized", isAuthorized(fact));
        row.put("IsAccessPolicyMatch", null);
        row.put("Tlsversion", "TLS1_3");
        String subnet = fact.caller().subnetId();
        row.put("SubnetId", subnet == null ? "" : subnet);
        row.put("TenantId", TENANT);
        row.put("Type", "AZKVAuditLogs");
        row.put("_ResourceId", fact.vault().resourceId().toLowerCase(Locale.ROOT));
        return row;
    }

    /** The same row, the column {@code Identity} that object's JSON text, as exports write it. */
    public Map<String, Object> auditLogsWithTextIdentity(Fact fact) {
        Map<String, Object> row = auditLogs(fact);
        row.put("Identity", text(identity(fact)));
        return row;
    }

    /** What Log Analytics answers around rows. */
    public Map<String, Object> value(List<Map<String, Object>> rows) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("value", rows);
        return answer;
    }

    /** The document that the Elastic pipelines of today make of the raw record: new names beside the old ones. */
    public Map<String, Object> ecs(Fact fact) {
        Fact.Caller caller = fact.caller();
        Fact.Vault vault = fact.vault();
        String group = vault.resourceGroup().toUpperCase(Locale.ROOT);
        String subscription = vault.subscription().toUpperCase(Locale.ROOT);

        Map<String, Object> platformlogs = new LinkedHashMap<>();
        platformlogs.put("category", "AuditEvent");
        platformlogs.put("event_category", "Administrative");
        platformlogs.put("identity", identity(fact));
        platformlogs.put("operationVersion", version(fact));
        platformlogs.put("operation_name", fact.operation());
        platformlogs.put("properties", properties(fact));
        putIfPresent(platformlogs, "result_description", resultDescription(fact));
        platformlogs.put("result_signature", fact.resultSignature());
        platformlogs.put("result_type", "Success");

        Map<String, Object> resource = new LinkedHashMap<>();
        resource.put("group", group);
        resource.put("id", vault.resourceId());
        resource.put("name", vault.name().toUpperCase(Locale.ROOT));
        resource.put("provider", "MICROSOFT.KEYVAULT/VAULTS");

        Map<String, Object> azure = new LinkedHashMap<>();
        azure.put("correlation", object("id", fact.correlationId()));
        azure.put("correlation_id", fact.correlationId());
        azure.put("platformlogs", platformlogs);
        azure.put("resource", resource);
        azure.put("resource_group", object("name", group));
        azure.put("resource_id", vault.resourceId());
        azure.put("resource_provider", object("namespace", "MICROSOFT.KEYVAULT/VAULTS"));
        azure.put("subscription_id", subscription);

        Map<String, Object> cloud = new LinkedHashMap<>();
        cloud.put("account", object("id", subscription));
        cloud.put("provider", "azure");
        cloud.put("resource_id", vault.resourceId());

        Map<String, Object> dataStream = new LinkedHashMap<>();
        dataStream.put("dataset", "azure.platformlogs");
        dataStream.put("namespace", "default");
        dataStream.put("type", "logs");

        Map<String, Object> event = new LinkedHashMap<>();
        event.put("action", fact.operation());
        event.put("dataset", "azure.platformlogs");
        // Nanoseconds.
        event.put("duration", fact.durationMs() * 1_000_000L);
        event.put("kind", "event");
        // The pipeline reads resultType, which says Success of a denied read too.
        event.put("outcome", "success");

        Map<String, Object> as = new LinkedHashMap<>();
        as.put("number", caller.place().asNumber());
        as.put("organization", object("name", caller.place().organization()));
        Map<String, Object> source = new LinkedHashMap<>();
        source.put("as", as);
        source.put("geo", geo(caller.place()));
        source.put("ip", caller.ip());

        Map<String, Object> document = new LinkedHashMap<>();
        document.put("@timestamp", MILLIS.format(fact.time()));
        document.put("agent", object("name", "eventhub-reader-01"));
        document.put("azure", azure);
        document.put("client", object("ip", caller.ip()));
        document.put("cloud", cloud);
        document.put("data_stream", dataStream);
        document.put("ecs", object("version", "8.11.0"));
        document.put("event", event);
        document.put("geo", geo(caller.place()));
        document.put("related", object("ip", List.of(caller.ip())));
        document.put("source", source);
        return document;
    }

    /**
     * The document of older pipelines with dotted names at the top level: {@code event.dataset} where newer ones have
     * {@code data_stream.dataset}, {@code geo.*} where they have {@code source.geo.*}.
     */
    public Map<String, Object> ecsDotted(Fact fact) {
        Map<String, Object> flat = new LinkedHashMap<>();
        flatten("", ecs(fact), flat);
        flat.keySet().removeIf(name -> ONLY_NEW_NAMES.stream().anyMatch(name::startsWith));
        return flat;
    }

    /** One line of UTF-8, no line end. */
    public byte[] json(Object value) {
        try {
            return mapper.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Indented UTF-8 with one {@code \n} a line on every system, and one at the end. */
    public byte[] pretty(Object value) {
        DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer =
                new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            out.writeBytes(mapper.writer(printer).writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
        out.write('\n');
        return out.toByteArray();
    }

    /** One JSON value a line, each ended by {@code \n}. */
    public byte[] lines(List<? extends Object> values) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Object value : values) {
            out.writeBytes(json(value));
            out.write('\n');
        }
        return out.toByteArray();
    }

    private String text(Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Object> identity(Fact fact) {
        return fact.isAnonymous() ? new LinkedHashMap<>() : object("claim", claims(fact));
    }

    private static Map<String, Object> claims(Fact fact) {
        Fact.Caller caller = fact.caller();
        Map<String, Object> claims = new LinkedHashMap<>();
        if (fact.isControlPlane()) {
            claims.put(OID_BY_URL, caller.oid());
            putIfPresent(claims, UPN_BY_URL, caller.upn());
            claims.put("appid", caller.appId());
            return claims;
        }
        claims.put("oid", caller.oid());
        claims.put("appid", caller.appId());
        if (caller.isPerson()) {
            claims.put("scp", "user_impersonation");
            claims.put("appidacr", "0");
            claims.put("xms_az_nwperimid", new ArrayList<>());
            putIfPresent(claims, "upn", caller.upn());
            claims.put("ipaddr", caller.ip());
            putIfPresent(claims, "unique_name", caller.uniqueName());
            claims.put("amr", "pwd");
        } else {
            claims.put("appidacr", caller.managedIdentity() == null ? "1" : "2");
            putIfPresent(claims, "xms_mirid", caller.managedIdentity());
            claims.put("xms_az_nwperimid", new ArrayList<>());
            claims.put("idtyp", "app");
        }
        return claims;
    }

    private static Map<String, Object> properties(Fact fact) {
        Map<String, Object> properties = new LinkedHashMap<>();
        putIfPresent(properties, "id", objectUrl(fact));
        properties.put("clientInfo", fact.caller().clientInfo());
        properties.put("httpStatusCode", fact.httpStatus());
        properties.put("requestUri", requestUri(fact));
        putIfPresent(properties, "isRbacAuthorized", isAuthorized(fact));
        if (fact.caller().subnetId() != null && Boolean.TRUE.equals(isAuthorized(fact))) {
            properties.put("appliedAssignmentId", "0123456789abcdef0123456789abcd01");
        }
        properties.put("tlsVersion", "TLS1_3");
        putIfPresent(properties, "subnetId", fact.caller().subnetId());
        return properties;
    }

    /** Absent where nobody asked: at the challenge, and at the control plane, which Resource Manager has let through. */
    private static @Nullable Boolean isAuthorized(Fact fact) {
        return (fact.isAnonymous() || fact.isControlPlane()) ? null : (Boolean) (fact.httpStatus() != 403);
    }

    private static @Nullable String resultDescription(Fact fact) {
        return fact.httpStatus() == 403 ? "Caller is not authorized to perform action on resource." : null;
    }

    private static String version(Fact fact) {
        return fact.isControlPlane() ? CONTROL_PLANE_VERSION : DATA_PLANE_VERSION;
    }

    private static @Nullable String objectUrl(Fact fact) {
        if (fact.isControlPlane()) {
            return fact.vault().url();
        }
        if (fact.objectName() == null) {
            return null;
        }
        String url = fact.vault().url() + collection(fact.operation()) + "/" + fact.objectName();
        return fact.objectVersion() == null ? url : url + "/" + fact.objectVersion();
    }

    private static String requestUri(Fact fact) {
        Fact.Vault vault = fact.vault();
        if (fact.isControlPlane()) {
            return "https://management.azure.com/subscriptions/" + vault.subscription() + "/resourceGroups/"
                    + vault.resourceGroup() + "/providers/Microsoft.KeyVault/vaults/" + vault.name() + "?api-version="
                    + CONTROL_PLANE_VERSION;
        }
        return vault.url() + path(fact) + "?api-version=" + DATA_PLANE_VERSION;
    }

    private static String path(Fact fact) {
        String operation = fact.operation();
        String collection = collection(operation);
        if (operation.startsWith("CertificateContacts")) {
            return "certificates/contacts";
        }
        if (operation.equals("CertificateIssuersList")) {
            return "certificates/issuers";
        }
        if (operation.startsWith("CertificateIssuer")) {
            return "certificates/issuers/" + fact.objectName();
        }
        if (operation.startsWith("CertificatePolicy")) {
            return "certificates/" + fact.objectName() + "/policy";
        }
        if (operation.startsWith("CertificatePending")) {
            return "certificates/" + fact.objectName() + "/pending";
        }
        String one = collection + "/" + fact.objectName() + "/";
        return switch (operation.replaceFirst("^(Key|Secret|Certificate)", "")) {
            // The challenge is met by a call for one secret; which one, the record of that call says.
            case "Authentication" -> "secrets/";
            case "List" -> collection;
            case "ListDeleted" -> "deleted" + collection;
            case "ListVersions" -> one + "versions";
            case "GetDeleted", "Purge" -> "deleted" + one;
            case "Recover" -> "deleted" + one + "recover";
            case "Backup" -> one + "backup";
            case "Restore" -> collection + "/restore";
            case "Sign", "Verify", "Encrypt", "Decrypt" ->
                one + fact.objectVersion() + "/"
                        + operation.substring("Key".length()).toLowerCase(Locale.ROOT);
            case "Wrap", "Unwrap" ->
                one + fact.objectVersion() + "/"
                        + operation.substring("Key".length()).toLowerCase(Locale.ROOT) + "key";
            case "RotationPolicyGet", "RotationPolicySet" -> one + "rotationpolicy";
            default -> one;
        };
    }

    private static String collection(String operation) {
        if (operation.startsWith("Key")) {
            return "keys";
        }
        return operation.startsWith("Certificate") ? "certificates" : "secrets";
    }

    private static Map<String, Object> geo(Fact.Place place) {
        Map<String, Object> location = new LinkedHashMap<>();
        location.put("lat", place.latitude());
        location.put("lon", place.longitude());
        Map<String, Object> geo = new LinkedHashMap<>();
        geo.put("city_name", place.city());
        geo.put("continent_name", place.continent());
        geo.put("country_iso_code", place.countryIso());
        geo.put("country_name", place.country());
        geo.put("location", location);
        geo.put("region_name", place.region());
        return geo;
    }

    /** Log Analytics turns every character that no column name may have into an underscore and adds a type. */
    private static String diagnosticsColumn(String claim) {
        String suffix = claim.equals("oid") || claim.equals("appid") || claim.equals(OID_BY_URL) ? "_g" : "_s";
        return "identity_claim_" + claim.replaceAll("[^A-Za-z0-9]+", "_") + suffix;
    }

    private static Object columnValue(Object claim) {
        return claim instanceof List<?> list ? list.toString() : claim;
    }

    private static void flatten(String prefix, Map<String, ?> from, Map<String, Object> to) {
        from.forEach((name, value) -> {
            if (value instanceof Map<?, ?> nested) {
                @SuppressWarnings("unchecked") // every map here is made above, keyed by name
                Map<String, ?> named = (Map<String, ?>) nested;
                flatten(prefix + name + ".", named, to);
            } else {
                to.put(prefix + name, value);
            }
        });
    }

    private static Map<String, Object> object(String name, Object value) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put(name, value);
        return object;
    }

    private static void putIfPresent(Map<String, Object> map, String name, @Nullable Object value) {
        if (value != null) {
            map.put(name, value);
        }
    }

    private static String ticks(Instant time) {
        return TICKS.format(time);
    }
}
