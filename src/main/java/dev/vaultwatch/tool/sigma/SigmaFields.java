package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.event.Property;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The names under which Sigma rules know the properties of a Key Vault record: the record's own, the columns of Log Analytics, ECS
 * names, and ours. Sigma's taxonomy has none for Key Vault.
 */
final class SigmaFields {
    private static final Map<String, Property> KNOWN = known();

    private SigmaFields() {}

    private static Map<String, Property> known() {
        Map<String, Property> known = new HashMap<>();
        for (Property property : Property.all()) {
            known.put(key(property.epl()), property);
            known.put(key(property.ecs()), property);
        }
        Map<Property, List<String>> others = Map.ofEntries(
                Map.entry(Property.ACTION, List.of("operationName")),
                Map.entry(Property.UPN, List.of("identity.claim.upn", "identity_claim_upn_s", "userPrincipalName")),
                Map.entry(Property.APP_ID, List.of("identity.claim.appid", "identity_claim_appid_g")),
                Map.entry(
                        Property.OBJECT_ID,
                        List.of(
                                "identity.claim.oid",
                                "identity_claim_oid_g",
                                "identity_claim_http_schemas_microsoft_com_identity_claims_objectidentifier_g")),
                Map.entry(Property.SOURCE_IP, List.of("callerIpAddress", "CallerIPAddress")),
                Map.entry(Property.VAULT, List.of("Resource", "vaultName")),
                Map.entry(
                        Property.HTTP_STATUS,
                        List.of("httpStatusCode", "httpStatusCode_d", "properties.httpStatusCode")),
                Map.entry(Property.REQUEST_URI, List.of("requestUri_s", "properties.requestUri")),
                Map.entry(Property.CLIENT, List.of("clientInfo", "clientInfo_s", "properties.clientInfo")),
                Map.entry(Property.TLS_VERSION, List.of("tlsVersion_s", "properties.tlsVersion")),
                Map.entry(Property.RBAC_AUTHORIZED, List.of("isRbacAuthorized", "properties.isRbacAuthorized")),
                Map.entry(Property.IDENTITY_TYPE, List.of("identity.claim.idtyp")),
                Map.entry(Property.AUTH_METHODS, List.of("identity.claim.amr")),
                Map.entry(Property.RESOURCE_ID, List.of("_ResourceId")),
                Map.entry(Property.TENANT, List.of("tenantId")),
                Map.entry(Property.CLOUD_REGION, List.of("location")));
        others.forEach((property, names) -> names.forEach(name -> known.put(key(name), property)));
        // Whose unit is another than ours.
        known.remove(key(Property.DURATION_MS.ecs()));
        return Map.copyOf(known);
    }

    private static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** The property of a field, whatever its case. */
    static Optional<Property> property(String field) {
        return Optional.ofNullable(KNOWN.get(key(field)));
    }

    /** All names, in lower case. */
    static Collection<String> names() {
        return KNOWN.keySet();
    }
}
