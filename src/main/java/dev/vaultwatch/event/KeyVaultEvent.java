package dev.vaultwatch.event;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One Key Vault audit record, reduced to the fields that rules can use. Immutable. The component names are the property
 * names in EPL; each is an ECS field of the pipeline that the rule's source reads (elastic/integrations, azure
 * platformlogs, commit 37c97e14), named beside it. Absent is {@code null} here and in EPL.
 *
 * @param time {@code @timestamp}, milliseconds since the epoch, cut (not rounded) from the record's finer time
 * @param action {@code event.action}, case kept
 * @param upn {@code azure.platformlogs.identity.claim.upn}
 * @param appId {@code azure.platformlogs.identity.claim.appid}
 * @param objectId {@code azure.platformlogs.identity.claim.objectid}
 * @param sourceIp {@code source.ip}: an IP address literal
 * @param sourceAddress {@code source.address}: what stood where an IP address should have been
 * @param city {@code geo.city_name} or {@code source.geo.city_name}
 * @param region {@code geo.region_name} or {@code source.geo.region_name}
 * @param country {@code geo.country_name} or {@code source.geo.country_name}
 * @param organization {@code source.as.organization.name}
 * @param vault {@code azure.resource.name}
 * @param resultType {@code azure.platformlogs.result_type}: "Success" even where the read was denied
 * @param resultSignature {@code azure.platformlogs.result_signature}
 * @param httpStatus {@code azure.platformlogs.properties.httpStatusCode}: tells a denied read
 * @param cloudRegion {@code cloud.region}
 * @param agent {@code agent.name}
 * @param subscriptionId {@code azure.subscription_id}
 * @param resourceGroup {@code azure.resource.group}
 * @param resourceId {@code azure.resource.id}
 */
public record KeyVaultEvent(
        long time,
        String action,
        @Nullable String upn,
        @Nullable String appId,
        @Nullable String objectId,
        @Nullable String sourceIp,
        @Nullable String sourceAddress,
        @Nullable String city,
        @Nullable String region,
        @Nullable String country,
        @Nullable String organization,
        @Nullable String vault,
        @Nullable String resultType,
        @Nullable String resultSignature,
        @Nullable Integer httpStatus,
        @Nullable String cloudRegion,
        @Nullable String agent,
        @Nullable String subscriptionId,
        @Nullable String resourceGroup,
        @Nullable String resourceId) {

    /** The length of a text, in characters, up to which it is as Azure writes it: a UPN is the longest, and rarely longer. */
    public static final int USUAL_LENGTH = 64;

    /** The same for a resource id, which has a subscription, a group and a vault in it. */
    public static final int USUAL_RESOURCE_ID_LENGTH = 256;

    /** An event of which only the time, the action and perhaps the user are known. */
    public static KeyVaultEvent bare(long time, String action, @Nullable String upn) {
        return new KeyVaultEvent(
                time, action, upn, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
                null, null, null);
    }

    /**
     * The same event, holding the very texts of an earlier one wherever they say the same; so that the two need them once. The
     * decoder's table of texts does so for as many as it has room for.
     */
    public KeyVaultEvent sharing(KeyVaultEvent earlier) {
        return new KeyVaultEvent(
                time,
                action.equals(earlier.action) ? earlier.action : action,
                shared(upn, earlier.upn),
                shared(appId, earlier.appId),
                shared(objectId, earlier.objectId),
                shared(sourceIp, earlier.sourceIp),
                shared(sourceAddress, earlier.sourceAddress),
                shared(city, earlier.city),
                shared(region, earlier.region),
                shared(country, earlier.country),
                shared(organization, earlier.organization),
                shared(vault, earlier.vault),
                shared(resultType, earlier.resultType),
                shared(resultSignature, earlier.resultSignature),
                httpStatus,
                shared(cloudRegion, earlier.cloudRegion),
                shared(agent, earlier.agent),
                shared(subscriptionId, earlier.subscriptionId),
                shared(resourceGroup, earlier.resourceGroup),
                shared(resourceId, earlier.resourceId));
    }

    private static @Nullable String shared(@Nullable String mine, @Nullable String earlier) {
        return mine != null && mine.equals(earlier) ? earlier : mine;
    }

    /** The event by ECS field name, only what it has; {@code @timestamp} in milliseconds. */
    public Map<String, String> toEcs() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("@timestamp", Long.toString(time));
        fields.put("event.action", action);
        put(fields, "azure.platformlogs.identity.claim.upn", upn);
        put(fields, "azure.platformlogs.identity.claim.appid", appId);
        put(fields, "azure.platformlogs.identity.claim.objectid", objectId);
        put(fields, "source.ip", sourceIp);
        put(fields, "source.address", sourceAddress);
        put(fields, "source.geo.city_name", city);
        put(fields, "source.geo.region_name", region);
        put(fields, "source.geo.country_name", country);
        put(fields, "source.as.organization.name", organization);
        put(fields, "azure.resource.name", vault);
        put(fields, "azure.platformlogs.result_type", resultType);
        put(fields, "azure.platformlogs.result_signature", resultSignature);
        put(fields, "azure.platformlogs.properties.httpStatusCode", httpStatus);
        put(fields, "cloud.region", cloudRegion);
        put(fields, "agent.name", agent);
        put(fields, "azure.subscription_id", subscriptionId);
        put(fields, "azure.resource.group", resourceGroup);
        put(fields, "azure.resource.id", resourceId);
        return fields;
    }

    private static void put(Map<String, String> fields, String name, @Nullable Object value) {
        if (value != null) {
            fields.put(name, value.toString());
        }
    }
}
