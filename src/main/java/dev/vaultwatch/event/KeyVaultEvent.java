package dev.vaultwatch.event;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One Key Vault audit record, reduced to what rules can use. Immutable; any thread may read. The accessors have the names that
 * the properties have in EPL, and {@link Property} says what each is; absent is {@code null} here and in EPL.
 *
 * <p>What few records have, or only enriched ones, stands in a second and a third object that other events lack: a store keeps
 * millions of these, and a field costs 4 bytes in each.
 */
public final class KeyVaultEvent {
    /** Heap of the event alone (JDK 17, compressed references): header, time, 16 references and a number. */
    private static final int BYTES = 88;

    private static final int ORIGIN_BYTES = 48;
    private static final int REQUEST_BYTES = 64;

    /** Heap of a text beside its characters (JDK 17, compressed references, Latin-1). */
    private static final int TEXT_BYTES = 56;

    private final long time;
    private final String action;
    private final @Nullable String upn;
    private final @Nullable String appId;
    private final @Nullable String objectId;
    private final @Nullable String sourceIp;
    private final @Nullable String vault;
    private final @Nullable String resultType;
    private final @Nullable String resultSignature;
    private final @Nullable Integer httpStatus;
    private final @Nullable String subscriptionId;
    private final @Nullable String resourceGroup;
    private final @Nullable String resourceId;
    private final @Nullable String identityClaim;
    private final @Nullable String tenant;
    private final @Nullable Origin origin;
    private final @Nullable Request request;

    /** That of the UPN; 0 if who made the event did not know it. */
    private final int upnHash;

    /** Where the caller is, and what an enricher or a shipper adds. */
    private record Origin(
            @Nullable String sourceAddress,
            @Nullable String city,
            @Nullable String region,
            @Nullable String country,
            @Nullable String organization,
            @Nullable String cloudRegion,
            @Nullable String agent,
            @Nullable String countryIso,
            @Nullable Long asNumber) {}

    /** What the operation was about and how the caller was known. */
    private record Request(
            @Nullable String objectType,
            @Nullable String objectName,
            @Nullable String objectVersion,
            @Nullable String requestUri,
            @Nullable String client,
            @Nullable String correlationId,
            @Nullable String identityType,
            @Nullable String authMethods,
            @Nullable String appIdAcr,
            @Nullable Long durationMs,
            @Nullable Boolean rbacAuthorized,
            @Nullable String tlsVersion) {}

    private KeyVaultEvent(long time, String action, @Nullable String upn) {
        this.time = time;
        this.action = action;
        this.upn = upn;
        this.appId = null;
        this.objectId = null;
        this.sourceIp = null;
        this.vault = null;
        this.resultType = null;
        this.resultSignature = null;
        this.httpStatus = null;
        this.subscriptionId = null;
        this.resourceGroup = null;
        this.resourceId = null;
        this.identityClaim = null;
        this.tenant = null;
        this.origin = null;
        this.request = null;
        this.upnHash = 0;
    }

    KeyVaultEvent(KeyVaultEventBuilder from) {
        this.time = from.time;
        this.action = from.action;
        this.upn = from.upn;
        this.upnHash = from.upnHash;
        this.appId = from.appId;
        this.objectId = from.objectId;
        this.sourceIp = from.sourceIp;
        this.vault = from.vault;
        this.resultType = from.resultType;
        this.resultSignature = from.resultSignature;
        this.httpStatus = from.httpStatus;
        this.subscriptionId = from.subscriptionId;
        this.resourceGroup = from.resourceGroup;
        this.resourceId = from.resourceId;
        this.identityClaim = from.identityClaim;
        this.tenant = from.tenant;
        this.origin = from.hasAny(ORIGIN)
                ? new Origin(
                        from.text(Property.SOURCE_ADDRESS),
                        from.text(Property.CITY),
                        from.text(Property.REGION),
                        from.text(Property.COUNTRY),
                        from.text(Property.ORGANIZATION),
                        from.text(Property.CLOUD_REGION),
                        from.text(Property.AGENT),
                        from.text(Property.COUNTRY_ISO),
                        from.longNumber(Property.AS_NUMBER))
                : null;
        this.request = from.hasAny(REQUEST)
                ? new Request(
                        from.text(Property.OBJECT_TYPE),
                        from.text(Property.OBJECT_NAME),
                        from.text(Property.OBJECT_VERSION),
                        from.text(Property.REQUEST_URI),
                        from.text(Property.CLIENT),
                        from.text(Property.CORRELATION_ID),
                        from.text(Property.IDENTITY_TYPE),
                        from.text(Property.AUTH_METHODS),
                        from.text(Property.APP_ID_ACR),
                        from.longNumber(Property.DURATION_MS),
                        from.flag(Property.RBAC_AUTHORIZED),
                        from.text(Property.TLS_VERSION))
                : null;
    }

    private static final long ORIGIN = mask(
            Property.SOURCE_ADDRESS,
            Property.CITY,
            Property.REGION,
            Property.COUNTRY,
            Property.ORGANIZATION,
            Property.CLOUD_REGION,
            Property.AGENT,
            Property.COUNTRY_ISO,
            Property.AS_NUMBER);
    private static final long REQUEST = mask(
            Property.OBJECT_TYPE,
            Property.OBJECT_NAME,
            Property.OBJECT_VERSION,
            Property.REQUEST_URI,
            Property.CLIENT,
            Property.CORRELATION_ID,
            Property.IDENTITY_TYPE,
            Property.AUTH_METHODS,
            Property.APP_ID_ACR,
            Property.DURATION_MS,
            Property.RBAC_AUTHORIZED,
            Property.TLS_VERSION);

    private static final long TIME_BIT = mask(Property.TIME);
    private static final long ACTION_BIT = mask(Property.ACTION);
    private static final long UPN_BIT = mask(Property.UPN);
    private static final long APP_ID_BIT = mask(Property.APP_ID);
    private static final long OBJECT_ID_BIT = mask(Property.OBJECT_ID);
    private static final long SOURCE_IP_BIT = mask(Property.SOURCE_IP);
    private static final long VAULT_BIT = mask(Property.VAULT);
    private static final long RESULT_TYPE_BIT = mask(Property.RESULT_TYPE);
    private static final long RESULT_SIGNATURE_BIT = mask(Property.RESULT_SIGNATURE);
    private static final long HTTP_STATUS_BIT = mask(Property.HTTP_STATUS);
    private static final long SUBSCRIPTION_ID_BIT = mask(Property.SUBSCRIPTION_ID);
    private static final long RESOURCE_GROUP_BIT = mask(Property.RESOURCE_GROUP);
    private static final long RESOURCE_ID_BIT = mask(Property.RESOURCE_ID);
    private static final long TENANT_BIT = mask(Property.TENANT);
    private static final long IDENTITY_CLAIM_BIT = mask(Property.IDENTITY_CLAIM);

    private static long mask(Property... properties) {
        return Arrays.stream(properties).mapToLong(each -> 1L << each.index()).sum();
    }

    /**
     * Starts an event.
     *
     * @param time milliseconds since the epoch
     */
    public static KeyVaultEventBuilder builder(long time, String action) {
        return new KeyVaultEventBuilder(time, action);
    }

    /** Starts an event with the values of this one. */
    public KeyVaultEventBuilder toBuilder() {
        KeyVaultEventBuilder builder = new KeyVaultEventBuilder(time, action);
        for (Property property : Property.all()) {
            builder.with(property, property.get(this));
        }
        return builder;
    }

    /** An event of which only the time, the action and perhaps the user are known. */
    public static KeyVaultEvent bare(long time, String action, @Nullable String upn) {
        return new KeyVaultEvent(time, action, upn);
    }

    /**
     * The same event, holding the very texts of an earlier one wherever they say the same; so that the two need them once. The
     * decoder's table of texts does so for as many as it has room for.
     */
    public KeyVaultEvent sharing(KeyVaultEvent earlier) {
        KeyVaultEventBuilder builder = new KeyVaultEventBuilder(time, action);
        for (Property property : Property.all()) {
            Object mine = property.get(this);
            Object other = property.get(earlier);
            builder.with(property, mine != null && mine.equals(other) ? other : mine);
        }
        return builder.build();
    }

    /**
     * The properties whose value is another object than in another event, a bit each by {@link Property#index}; all others are equal.
     * Events of one caller mostly hold the very same texts.
     */
    @SuppressWarnings({"ReferenceEquality", "BoxedPrimitiveEquality"}) // said above
    public long differing(KeyVaultEvent other) {
        return (time == other.time ? 0 : TIME_BIT)
                | (action == other.action ? 0 : ACTION_BIT)
                | (upn == other.upn ? 0 : UPN_BIT)
                | (appId == other.appId ? 0 : APP_ID_BIT)
                | (objectId == other.objectId ? 0 : OBJECT_ID_BIT)
                | (sourceIp == other.sourceIp ? 0 : SOURCE_IP_BIT)
                | (vault == other.vault ? 0 : VAULT_BIT)
                | (resultType == other.resultType ? 0 : RESULT_TYPE_BIT)
                | (resultSignature == other.resultSignature ? 0 : RESULT_SIGNATURE_BIT)
                | (httpStatus == other.httpStatus ? 0 : HTTP_STATUS_BIT)
                | (subscriptionId == other.subscriptionId ? 0 : SUBSCRIPTION_ID_BIT)
                | (resourceGroup == other.resourceGroup ? 0 : RESOURCE_GROUP_BIT)
                | (resourceId == other.resourceId ? 0 : RESOURCE_ID_BIT)
                | (identityClaim == other.identityClaim ? 0 : IDENTITY_CLAIM_BIT)
                | (tenant == other.tenant ? 0 : TENANT_BIT)
                | (origin == other.origin ? 0 : ORIGIN)
                | (request == other.request ? 0 : REQUEST);
    }

    /**
     * The event by ECS field name, only what it has; {@code @timestamp} in milliseconds, {@code event.duration} in nanoseconds.
     * Without confidential values, since it goes into dead letters and to listeners.
     */
    public Map<String, String> toEcs() {
        Map<String, String> fields = new LinkedHashMap<>();
        for (Property property : Property.all()) {
            String text = property.isConfidential() ? null : property.ecsText(this);
            if (text != null) {
                fields.put(property.ecs(), text);
            }
        }
        return fields;
    }

    /**
     * Heap of this event in bytes, by estimate: without its texts, which are shared with other events wherever the decoder's
     * table has room, but with the correlation id, which is another in each record.
     */
    public int heapBytes() {
        String unique = correlationId();
        return BYTES
                + (origin == null ? 0 : ORIGIN_BYTES)
                + (request == null ? 0 : REQUEST_BYTES)
                + (unique == null ? 0 : TEXT_BYTES + unique.length());
    }

    /** Whether a text of it is longer than Azure writes it, so that whoever keeps it must count it. */
    public boolean hasLongTexts() {
        return Property.all().stream()
                .anyMatch(property ->
                        property.get(this) instanceof String text && text.length() > property.usualLength());
    }

    public long time() {
        return time;
    }

    public String action() {
        return action;
    }

    public @Nullable String upn() {
        return upn;
    }

    /** The hash of {@link #upn()}, which is mostly known without a look at the text; 0 without one. */
    public int upnHash() {
        return upnHash == 0 && upn != null ? upn.hashCode() : upnHash;
    }

    public @Nullable String appId() {
        return appId;
    }

    public @Nullable String objectId() {
        return objectId;
    }

    public @Nullable String sourceIp() {
        return sourceIp;
    }

    public @Nullable String sourceAddress() {
        return origin == null ? null : origin.sourceAddress;
    }

    public @Nullable String city() {
        return origin == null ? null : origin.city;
    }

    public @Nullable String region() {
        return origin == null ? null : origin.region;
    }

    public @Nullable String country() {
        return origin == null ? null : origin.country;
    }

    public @Nullable String organization() {
        return origin == null ? null : origin.organization;
    }

    public @Nullable String vault() {
        return vault;
    }

    public @Nullable String resultType() {
        return resultType;
    }

    public @Nullable String resultSignature() {
        return resultSignature;
    }

    public @Nullable Integer httpStatus() {
        return httpStatus;
    }

    public @Nullable String cloudRegion() {
        return origin == null ? null : origin.cloudRegion;
    }

    public @Nullable String agent() {
        return origin == null ? null : origin.agent;
    }

    public @Nullable String subscriptionId() {
        return subscriptionId;
    }

    public @Nullable String resourceGroup() {
        return resourceGroup;
    }

    public @Nullable String resourceId() {
        return resourceId;
    }

    public @Nullable String objectType() {
        return request == null ? null : request.objectType;
    }

    public @Nullable String objectName() {
        return request == null ? null : request.objectName;
    }

    public @Nullable String objectVersion() {
        return request == null ? null : request.objectVersion;
    }

    public @Nullable String requestUri() {
        return request == null ? null : request.requestUri;
    }

    public @Nullable String tenant() {
        return tenant;
    }

    public @Nullable String client() {
        return request == null ? null : request.client;
    }

    public @Nullable String correlationId() {
        return request == null ? null : request.correlationId;
    }

    public @Nullable String identityType() {
        return request == null ? null : request.identityType;
    }

    public @Nullable String authMethods() {
        return request == null ? null : request.authMethods;
    }

    public @Nullable String appIdAcr() {
        return request == null ? null : request.appIdAcr;
    }

    public @Nullable Long durationMs() {
        return request == null ? null : request.durationMs;
    }

    public @Nullable Boolean rbacAuthorized() {
        return request == null ? null : request.rbacAuthorized;
    }

    public @Nullable String tlsVersion() {
        return request == null ? null : request.tlsVersion;
    }

    public @Nullable String countryIso() {
        return origin == null ? null : origin.countryIso;
    }

    public @Nullable Long asNumber() {
        return origin == null ? null : origin.asNumber;
    }

    public @Nullable String identityClaim() {
        return identityClaim;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeyVaultEvent that
                && Property.all().stream().allMatch(property -> Objects.equals(property.get(this), property.get(that)));
    }

    @Override
    public int hashCode() {
        int hash = 0;
        for (Property property : Property.all()) {
            Object value = property.get(this);
            hash = 31 * hash + (value == null ? 0 : value.hashCode());
        }
        return hash;
    }

    /** The properties that it has, by their names in EPL; with confidential values, so not for logs. */
    @Override
    public String toString() {
        Map<String, Object> values = new LinkedHashMap<>();
        for (Property property : Property.all()) {
            Object value = property.get(this);
            if (value != null) {
                values.put(property.epl(), value);
            }
        }
        return "KeyVaultEvent" + values;
    }
}
