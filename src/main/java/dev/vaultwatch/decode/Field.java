package dev.vaultwatch.decode;

import dev.vaultwatch.event.Property;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the decoder keeps of a record, each with the paths under which the wire shapes carry it. A path is dotted; a record
 * may spell each dot as nesting or as a dot inside a name. Where one shape has two names for a thing, one of which is the
 * better, they are two fields. The names are those of records seen in the wild, and of elastic/integrations 37c97e14 (old ECS
 * names) and 813e7076 (new ones).
 */
enum Field {
    TIMESTAMP("@timestamp"),
    TIME("time", "time_t", "time_s", "Time"),
    TIME_GENERATED("TimeGenerated", "TimeGenerated [UTC]"),

    EVENT_ACTION("event.action"),
    OPERATION_NAME("operationName", "OperationName", "operationName_s", "OperationName_s"),

    EVENT_DATASET("event.dataset"),
    DATA_STREAM_DATASET("data_stream.dataset"),
    CATEGORY("category", "Category", "category_s", "Category_s"),

    UPN(claim("upn", "upn_s")),
    UPN_BY_URL(claim(
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
            // Managed HSM has turned the URL's signs into underscores and its last dots into nesting.
            "http_schemas_xmlsoap_org_ws_2005_05_identity.claims.upn",
            "http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn_s")),
    UNIQUE_NAME(claim("unique_name", "unique_name_s")),
    PREFERRED_USERNAME(claim("preferred_username", "preferred_username_s")),
    /** What stands where an object of claims is due. */
    IDENTITY_TEXT,
    APP_ID(claim("appid", "appid_g", "appid_s")),
    OBJECT_ID(claim("objectid", "objectid_g", "objectid_s")),
    OID(claim("oid", "oid_g", "oid_s")),
    OBJECT_ID_BY_URL(claim(
            "http://schemas.microsoft.com/identity/claims/objectidentifier",
            "http_schemas_microsoft_com_identity.claims.objectidentifier",
            "http_schemas_microsoft_com_identity_claims_objectidentifier_g",
            "http_schemas_microsoft_com_identity_claims_objectidentifier_s")),
    IDENTITY_TYPE(claim("idtyp", "idtyp_s")),
    SCOPE(claim("scp", "scp_s")),
    AUTH_METHODS(claim("amr", "amr_s")),
    APP_ID_ACR(claim("appidacr", "appidacr_s")),
    TENANT_CLAIM(claim("tid", "tid_g", "tid_s")),
    ISSUER(claim("iss", "iss_s")),

    SOURCE_IP("source.ip"),
    SOURCE_ADDRESS("source.address"),
    CALLER_IP(
            "callerIpAddress",
            "CallerIPAddress",
            "CallerIpAddress",
            "callerIPAddress",
            "callerIpAddress_s",
            "CallerIPAddress_s",
            "CallerIpAddress_s",
            "callerIPAddress_s"),
    EVENT_IP("EventIpAddress"),

    SOURCE_CITY("source.geo.city_name"),
    SOURCE_REGION("source.geo.region_name"),
    SOURCE_COUNTRY("source.geo.country_name"),
    CITY("geo.city_name"),
    REGION("geo.region_name"),
    COUNTRY("geo.country_name"),
    ORGANIZATION("source.as.organization.name"),

    RESULT_TYPE("resultType", "ResultType", "resultType_s", "ResultType_s", "azure.platformlogs.result_type"),
    RESULT_SIGNATURE(
            "resultSignature",
            "ResultSignature",
            "resultSignature_s",
            "ResultSignature_s",
            "azure.platformlogs.result_signature"),
    HTTP_STATUS(
            "properties.httpStatusCode",
            "httpStatusCode",
            "httpStatusCode_d",
            "HttpStatusCode",
            "HttpStatusCode_d",
            "httpStatusCode_s",
            "properties_httpStatusCode",
            "properties_httpStatusCode_d",
            "azure.platformlogs.properties.httpStatusCode"),

    OBJECT_URI(property("id", "id_s", "Id")),
    REQUEST_URI(property("requestUri", "requestUri_s", "requestUri", "RequestUri")),
    CLIENT(property("clientInfo", "clientInfo_s", "clientInfo", "ClientInfo")),
    RBAC_AUTHORIZED(property(
            "isRbacAuthorized", "isRbacAuthorized_b", "isRbacAuthorized_s", "isRbacAuthorized", "IsRbacAuthorized")),
    TLS_VERSION(property("tlsVersion", "tlsVersion_s", "tlsVersion", "Tlsversion", "TlsVersion")),
    CORRELATION_ID(
            "correlationId",
            "CorrelationId",
            "correlationId_g",
            "CorrelationId_g",
            "correlationId_s",
            "azure.correlation_id",
            "azure.correlation.id"),
    DURATION_MS("durationMs", "DurationMs", "durationMs_d", "DurationMs_d", "durationMs_s"),
    DURATION_NANOS("event.duration"),
    TENANT("tenantId", "azure.tenant_id", "azure.tenant.id"),
    /** In a row this is the workspace's id; in a record of Managed HSM, the tenant's. */
    ROW_TENANT("TenantId"),
    COUNTRY_ISO("source.geo.country_iso_code", "geo.country_iso_code"),
    AS_NUMBER("source.as.number"),

    CLOUD_REGION("Region", "cloud.region"),
    AGENT("agent.name"),

    RESOURCE_ID("resourceId", "ResourceId", "resourceId_s", "ResourceId_s"),
    ROW_RESOURCE_ID("_ResourceId"),
    ROW_SUBSCRIPTION("SubscriptionId"),
    ROW_GROUP("ResourceGroup", "resourceGroup"),
    ROW_RESOURCE("Resource", "resource"),
    ECS_RESOURCE_ID("azure.resource.id"),
    ECS_RESOURCE_ID_NEW("cloud.resource_id", "azure.resource_id"),
    ECS_RESOURCE_NAME("azure.resource.name"),
    ECS_GROUP("azure.resource.group"),
    ECS_GROUP_NEW("azure.resource_group.name"),
    ECS_SUBSCRIPTION("azure.subscription_id"),
    ECS_ACCOUNT("cloud.account.id");

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> paths;

    Field(String... paths) {
        this.paths = List.of(paths);
    }

    /** Every path, dotted. */
    List<String> paths() {
        return paths;
    }

    /** Whether nearly every record says something else here: such texts are not worth a place in the table of those that repeat. */
    boolean isUnique() {
        return this == CORRELATION_ID || this == REQUEST_URI || this == DURATION_MS || this == DURATION_NANOS;
    }

    /**
     * The property for which alone this field is read; absent for a field that every event needs, or several properties. A field whose
     * property nobody wants need not become a text.
     */
    @Nullable
    Property only() {
        return switch (this) {
            case CLIENT -> Property.CLIENT;
            case REQUEST_URI -> Property.REQUEST_URI;
            case CORRELATION_ID -> Property.CORRELATION_ID;
            case DURATION_MS, DURATION_NANOS -> Property.DURATION_MS;
            case RBAC_AUTHORIZED -> Property.RBAC_AUTHORIZED;
            case TLS_VERSION -> Property.TLS_VERSION;
            case AUTH_METHODS -> Property.AUTH_METHODS;
            case APP_ID_ACR -> Property.APP_ID_ACR;
            case IDENTITY_TYPE -> Property.IDENTITY_TYPE;
            case TENANT_CLAIM, ISSUER, TENANT, ROW_TENANT -> Property.TENANT;
            case COUNTRY_ISO -> Property.COUNTRY_ISO;
            case AS_NUMBER -> Property.AS_NUMBER;
            case OBJECT_URI -> Property.OBJECT_NAME;
            default -> null;
        };
    }

    /** How many characters a text of this field has at most, as Azure writes it. */
    int usualLength() {
        return switch (this) {
            case RESOURCE_ID, ROW_RESOURCE_ID, ECS_RESOURCE_ID, ECS_RESOURCE_ID_NEW ->
                Property.RESOURCE_ID.usualLength();
            case OBJECT_URI, REQUEST_URI, CLIENT -> Property.REQUEST_URI.usualLength();
            default -> Property.UPN.usualLength();
        };
    }

    /** The place of the field in an array or a mask of all, within one process. */
    @SuppressWarnings("EnumOrdinal") // never kept or sent
    int index() {
        return ordinal();
    }

    /** Paths of one of the record's {@code properties}: nested, flattened with underscores, and as columns. */
    private static String[] property(String name, String... columns) {
        return Stream.concat(
                        Stream.of(
                                "properties." + name,
                                "properties_" + name,
                                "properties_" + name + "_s",
                                "azure.platformlogs.properties." + name),
                        Stream.of(columns))
                .distinct()
                .toArray(String[]::new);
    }

    /**
     * Paths of a claim: a name with one of AzureDiagnostics' type endings as its column, others nested, and flattened with
     * underscores as Graylog and others do where a name has no sign of its own.
     */
    private static String[] claim(String... names) {
        return List.of(names).stream()
                .flatMap(name -> {
                    Stream<String> nested = Stream.of(
                                    "identity.claim.", "Identity.claim.", "azure.platformlogs.identity.claim.")
                            .map(prefix -> prefix + name);
                    Stream<String> flat = Stream.of("identity_claim_" + name, "Identity_claim_" + name);
                    return name.endsWith("_s") || name.endsWith("_g")
                            ? flat
                            : name.matches("[a-z_]+") ? Stream.concat(nested, flat) : nested;
                })
                .toArray(String[]::new);
    }
}
