package dev.vaultwatch.tool.cases;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.vaultwatch.event.Property;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a short form says of one event, and the record that Azure would write of it: an {@code AuditEvent} of a diagnostic setting.
 *
 * @param caller the user; empty for none
 * @param application the application that called
 * @param status the HTTP status; the result type is "Success" whatever it is, as Azure writes it
 * @param others further values by event property
 */
record AuditRecord(
        Instant time,
        String action,
        Optional<String> caller,
        Optional<String> application,
        String vault,
        Optional<String> object,
        String address,
        int status,
        Map<Property, String> others,
        int number) {

    private static final String SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";

    CaseEvent event() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("time", time.toString());
        root.put("category", "AuditEvent");
        root.put("operationName", action);
        root.put(
                "resourceId",
                "/subscriptions/" + SUBSCRIPTION + "/resourceGroups/rg-" + vault
                        + "/providers/Microsoft.KeyVault/vaults/" + vault);
        root.put("resultType", "Success");
        root.put("resultSignature", signature(status));
        root.put("durationMs", "12");
        root.put("callerIpAddress", address);
        // Two events that are alike in all else are two events, as they are in Azure.
        root.put("correlationId", Names.objectId("record " + time + " " + number));
        claims(root.putObject("identity").putObject("claim"));
        ObjectNode properties = root.putObject("properties");
        properties.put("httpStatusCode", status);
        properties.put("requestUri", uri() + "?api-version=7.4");
        properties.put("id", uri());
        properties.put("clientInfo", "vaultwatch-case/1");
        others.forEach((property, value) -> put(root, property, value));
        return new CaseEvent(time, action, root.toString());
    }

    private void claims(ObjectNode claim) {
        caller.ifPresent(user -> {
            claim.put("upn", Names.upn(user));
            claim.put("oid", Names.objectId(user));
            claim.put("idtyp", "user");
        });
        application.ifPresent(app -> {
            claim.put("appid", Names.appId(app));
            if (caller.isEmpty()) {
                claim.put("oid", Names.objectId(app));
                claim.put("idtyp", "app");
            }
        });
    }

    private static void put(ObjectNode root, Property property, String value) {
        ObjectNode claim = root.withObject("/identity/claim");
        ObjectNode properties = root.withObject("/properties");
        switch (property) {
            case UPN -> claim.put("upn", value);
            case APP_ID -> claim.put("appid", value);
            case OBJECT_ID -> claim.put("oid", value);
            case IDENTITY_TYPE -> claim.put("idtyp", value);
            case AUTH_METHODS -> claim.put("amr", value);
            case APP_ID_ACR -> claim.put("appidacr", value);
            case CLIENT -> properties.put("clientInfo", value);
            case REQUEST_URI -> properties.put("requestUri", value);
            case TLS_VERSION -> properties.put("tlsVersion", value);
            case RBAC_AUTHORIZED -> properties.put("isRbacAuthorized", Boolean.valueOf(value));
            case RESULT_TYPE -> root.put("resultType", value);
            case RESULT_SIGNATURE -> root.put("resultSignature", value);
            case DURATION_MS -> root.put("durationMs", value);
            case CORRELATION_ID -> root.put("correlationId", value);
            case TENANT -> root.put("tenantId", value);
            // What an enrichment adds stands under its ECS name.
            default -> root.put(property.ecs(), value);
        }
    }

    private String uri() {
        String host = "https://" + vault.toLowerCase(Locale.ROOT) + ".vault.azure.net/";
        String kind = action.startsWith("Secret")
                ? "secrets"
                : action.startsWith("Key") ? "keys" : action.startsWith("Certificate") ? "certificates" : "";
        boolean lists = action.contains("List") || kind.isEmpty();
        return host + kind + (lists ? "" : "/" + object.orElse("object1"));
    }

    private static String signature(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "NotFound";
            case 429 -> "TooManyRequests";
            default -> Integer.toString(status);
        };
    }
}
