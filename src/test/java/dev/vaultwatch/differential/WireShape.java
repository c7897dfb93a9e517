package dev.vaultwatch.differential;

import dev.vaultwatch.differential.Fact.Column;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The shapes in which one and the same fact travels. The columns that a shape has no place for must be
 * absent from the facts that it carries.
 */
enum WireShape {
    /** The record of a diagnostic setting, as Event Hubs and Storage carry it. */
    RAW {
        @Override
        Map<String, Object> write(Fact fact, Random random) {
            Map<String, Object> record = new LinkedHashMap<>();
            record.put("time", time(fact.time(), random));
            record.put("category", "AuditEvent");
            record.put("operationName", fact.get(Column.ACTION));
            record.put("operationVersion", "7.4");
            put(record, "resultType", fact.get(Column.RESULT_TYPE), random);
            put(record, "resultSignature", fact.get(Column.RESULT_SIGNATURE), random);
            record.put("durationMs", "37");
            record.put("correlationId", "");
            putAddress(record, "callerIpAddress", fact, random);
            Map<String, Object> claims = claims(fact);
            if (!claims.isEmpty() || random.nextBoolean()) {
                record.put("identity", random.nextBoolean() || !claims.isEmpty() ? Map.of("claim", claims) : Map.of());
            }
            put(record, "resourceId", fact.get(Column.RESOURCE_ID), random);
            record.put("properties", properties(random));
            return record;
        }
    },

    /** A row of AzureDiagnostics: flat, each name suffixed with its type. It has no column for the claim objectid. */
    AZURE_DIAGNOSTICS {
        @Override
        Map<String, Object> write(Fact fact, Random random) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("TimeGenerated", time(fact.time(), random));
            row.put("Category", "AuditEvent");
            row.put("OperationName", fact.get(Column.ACTION));
            put(row, "ResultType", fact.get(Column.RESULT_TYPE), random);
            put(row, "ResultSignature", fact.get(Column.RESULT_SIGNATURE), random);
            putAddress(row, "CallerIPAddress", fact, random);
            row.put("DurationMs", 37);
            put(row, "identity_claim_upn_s", fact.get(Column.CLAIM_UPN), random);
            put(row, "identity_claim_oid_g", fact.get(Column.CLAIM_OID), random);
            put(row, "identity_claim_appid_g", fact.get(Column.APP_ID), random);
            put(row, "identity_claim_" + columnName(URL_UPN) + "_s", fact.get(Column.CLAIM_URL_UPN), random);
            put(row, "identity_claim_" + columnName(URL_OID) + "_g", fact.get(Column.CLAIM_URL_OID), random);
            put(row, "ResourceId", fact.get(Column.RESOURCE_ID), random);
            put(row, "Resource", fact.get(Column.VAULT), random);
            put(row, "ResourceGroup", fact.get(Column.RESOURCE_GROUP), random);
            put(row, "SubscriptionId", fact.get(Column.SUBSCRIPTION_ID), random);
            row.put("httpStatusCode_d", 200);
            row.put("clientInfo_s", clientInfo(random));
            return row;
        }
    },

    /** A row of AZKVAuditLogs; {@code Identity} is an object, or that object as JSON text. */
    AUDIT_LOGS {
        @Override
        Map<String, Object> write(Fact fact, Random random) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("TimeGenerated", time(fact.time(), random));
            row.put("OperationName", fact.get(Column.ACTION));
            put(row, "ResultType", fact.get(Column.RESULT_TYPE), random);
            put(row, "ResultSignature", fact.get(Column.RESULT_SIGNATURE), random);
            putAddress(row, "CallerIpAddress", fact, random);
            Map<String, Object> identity = Map.of("claim", claims(fact));
            row.put("Identity", random.nextBoolean() ? identity : new JsonText(identity));
            row.put("HttpStatusCode", 200);
            row.put("ClientInfo", clientInfo(random));
            put(row, "_ResourceId", fact.get(Column.RESOURCE_ID), random);
            return row;
        }
    },

    /** The document that the Elastic pipeline makes, objects in objects. */
    ECS_NESTED {
        @Override
        Map<String, Object> write(Fact fact, Random random) {
            Map<String, Object> document = new LinkedHashMap<>();
            ecs(fact, random).forEach((path, value) -> nest(document, path, value));
            return document;
        }
    },

    /** The same document with dotted names. */
    ECS_DOTTED {
        @Override
        Map<String, Object> write(Fact fact, Random random) {
            Map<String, Object> document = new LinkedHashMap<>();
            ecs(fact, random).forEach((path, value) -> document.put(String.join(".", path), value));
            return document;
        }
    };

    /** A value to be written as a string that holds JSON. */
    record JsonText(Object value) {}

    private static final String URL_UPN = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
    private static final String URL_OID = "http://schemas.microsoft.com/identity/claims/objectidentifier";
    private static final List<String> CLAIM = List.of("azure", "platformlogs", "identity", "claim");

    /** What Elastic's agent and pipeline add to a record. */
    private static final Set<Column> ADDED =
            Set.of(Column.CITY, Column.REGION, Column.COUNTRY, Column.ORGANIZATION, Column.AGENT, Column.CLOUD_REGION);

    /** The columns that records of this shape have no place for. */
    Set<Column> unfit() {
        return switch (this) {
            case ECS_NESTED, ECS_DOTTED -> Set.of();
            case RAW, AUDIT_LOGS -> ADDED;
            case AZURE_DIAGNOSTICS -> {
                Set<Column> unfit = new HashSet<>(ADDED);
                unfit.add(Column.CLAIM_OBJECTID);
                yield unfit;
            }
        };
    }

    /** Whether the resource's name, group and subscription are read off its id, so that they can't differ from it. */
    boolean derivesResource() {
        return this != ECS_NESTED && this != ECS_DOTTED;
    }

    /** The fact as a tree of maps, lists and plain values. Absent columns are left out, or null. */
    abstract Map<String, Object> write(Fact fact, Random random);

    private static Map<List<String>, Object> ecs(Fact fact, Random random) {
        Map<List<String>, Object> document = new LinkedHashMap<>();
        document.put(List.of("@timestamp"), time(fact.time(), random));
        document.put(List.of(random.nextBoolean() ? "event" : "data_stream", "dataset"), fact.get(Column.DATASET));
        document.put(List.of("event", "action"), fact.get(Column.ACTION));
        claims(fact).forEach((name, value) -> document.put(under(CLAIM, name), value));
        put(document, List.of("azure", "platformlogs", "result_type"), fact.get(Column.RESULT_TYPE), random);
        put(document, List.of("azure", "platformlogs", "result_signature"), fact.get(Column.RESULT_SIGNATURE), random);
        put(document, List.of("azure", "resource", "name"), fact.get(Column.VAULT), random);
        put(document, List.of("azure", "resource", "group"), fact.get(Column.RESOURCE_GROUP), random);
        put(document, List.of("azure", "resource", "id"), fact.get(Column.RESOURCE_ID), random);
        put(document, List.of("azure", "subscription_id"), fact.get(Column.SUBSCRIPTION_ID), random);
        put(document, List.of("source", "ip"), fact.get(Column.SOURCE_IP), random);
        put(document, List.of("source", "as", "organization", "name"), fact.get(Column.ORGANIZATION), random);
        // Older pipelines say geo, newer ones source.geo.
        List<String> geo = random.nextBoolean() ? List.of("geo") : List.of("source", "geo");
        put(document, under(geo, "city_name"), fact.get(Column.CITY), random);
        put(document, under(geo, "region_name"), fact.get(Column.REGION), random);
        put(document, under(geo, "country_name"), fact.get(Column.COUNTRY), random);
        put(document, List.of("cloud", "region"), fact.get(Column.CLOUD_REGION), random);
        put(document, List.of("agent", "name"), fact.get(Column.AGENT), random);
        document.put(List.of("event", "duration"), 37_000_000L);
        document.put(List.of("tags"), List.of("azure-platformlogs", "forwarded"));
        return document;
    }

    private static Map<String, Object> claims(Fact fact) {
        Map<String, Object> claims = new LinkedHashMap<>();
        putIfPresent(claims, URL_OID, fact.get(Column.CLAIM_URL_OID));
        putIfPresent(claims, URL_UPN, fact.get(Column.CLAIM_URL_UPN));
        putIfPresent(claims, "oid", fact.get(Column.CLAIM_OID));
        putIfPresent(claims, "objectid", fact.get(Column.CLAIM_OBJECTID));
        putIfPresent(claims, "appid", fact.get(Column.APP_ID));
        putIfPresent(claims, "upn", fact.get(Column.CLAIM_UPN));
        if (claims.containsKey("oid")) {
            claims.put("xms_az_nwperimid", List.of());
            boolean person = claims.containsKey("upn") || claims.containsKey(URL_UPN);
            claims.put(person ? "scp" : "idtyp", person ? "user_impersonation" : "app");
        }
        return claims;
    }

    private static Map<String, Object> properties(Random random) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("clientInfo", clientInfo(random));
        properties.put("requestUri", "https://vault.vault.azure.net/secrets/?api-version=7.4");
        properties.put("httpStatusCode", 200);
        properties.put("isRbacAuthorized", true);
        return properties;
    }

    /** Now and then longer than any buffer one would think of, with what needs escaping. */
    private static String clientInfo(Random random) {
        return random.nextInt(50) == 0 ? "\"quoted\" \\ {upn} \u2028 \uD83D\uDD11 ".repeat(800) : "azsdk-net/4.6.0";
    }

    /** Azure writes seven fraction digits and Z, the Elastic pipeline three; no text stands for another instant. */
    private static String time(Instant time, Random random) {
        int nanos = time.get(ChronoField.NANO_OF_SECOND);
        String pattern;
        if (nanos == 0 && random.nextInt(3) == 0) {
            pattern = "uuuu-MM-dd'T'HH:mm:ss";
        } else if (nanos % 1_000_000 == 0 && random.nextBoolean()) {
            pattern = "uuuu-MM-dd'T'HH:mm:ss.SSS";
        } else {
            pattern = "uuuu-MM-dd'T'HH:mm:ss.SSSSSSS";
        }
        ZoneOffset zone = random.nextInt(10) > 0 ? ZoneOffset.UTC : ZoneOffset.ofHoursMinutes(5, 30);
        return DateTimeFormatter.ofPattern(pattern + "XXX", Locale.ROOT)
                .withZone(zone)
                .format(time);
    }

    /** Without a source IP the field is missing, null, or holds what is no IP address. */
    private static void putAddress(Map<String, Object> record, String name, Fact fact, Random random) {
        String ip = fact.get(Column.SOURCE_IP);
        put(record, name, ip != null || random.nextBoolean() ? ip : "redacted", random);
    }

    /** What is absent is left out, or null, or what exports write for null. */
    private static <K> void put(Map<K, Object> record, K name, @Nullable String value, Random random) {
        if (value != null) {
            record.put(name, value);
            return;
        }
        switch (random.nextInt(8)) {
            case 0 -> record.put(name, null);
            case 1 -> record.put(name, "");
            case 2 -> record.put(name, "None");
            default -> {}
        }
    }

    private static void putIfPresent(Map<String, Object> record, String name, @Nullable String value) {
        if (value != null) {
            record.put(name, value);
        }
    }

    private static List<String> under(List<String> path, String name) {
        return Stream.concat(path.stream(), Stream.of(name)).toList();
    }

    private static void nest(Map<String, Object> document, List<String> path, Object value) {
        Map<String, Object> at = document;
        for (String name : path.subList(0, path.size() - 1)) {
            @SuppressWarnings("unchecked") // every inner map is made here
            Map<String, Object> inner = (Map<String, Object>) at.computeIfAbsent(name, n -> new LinkedHashMap<>());
            at = inner;
        }
        at.put(path.get(path.size() - 1), value);
    }

    /** Log Analytics turns every character that no column name may have into an underscore. */
    private static String columnName(String claim) {
        return claim.replaceAll("[^A-Za-z0-9]+", "_");
    }
}
