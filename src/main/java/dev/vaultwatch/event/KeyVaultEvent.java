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
    /** Heap of the event alone (JDK 17, compressed references): header, time and 14 references. */
    private static final int BYTES = 80;

    private static final int ORIGIN_BYTES = 48;
    private static final int REQUEST_BYTES = 72;

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
    private final @Nullable Origin origin;
    private final @Nullable Request request;

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
            @Nullable String tenant,
            @Nullable String client,
            @Nullable String correlationId,
            @Nullable String identityType,
            @Nullable String authMethods,
            @Nullable String appIdAcr,
            @Nullable Long durationMs,
            @Nullable Boolean rbacAuthorized,
            @Nullable String tlsVersion,
            @Nullable String identityClaim) {}

    private KeyVaultEvent(Builder from) {
        this.time = from.time;
        this.action = from.action;
        this.upn = from.text(Property.UPN);
        this.appId = from.text(Property.APP_ID);
        this.objectId = from.text(Property.OBJECT_ID);
        this.sourceIp = from.text(Property.SOURCE_IP);
        this.vault = from.text(Property.VAULT);
        this.resultType = from.text(Property.RESULT_TYPE);
        this.resultSignature = from.text(Property.RESULT_SIGNATURE);
        this.httpStatus = from.number(Property.HTTP_STATUS);
        this.subscriptionId = from.text(Property.SUBSCRIPTION_ID);
        this.resourceGroup = from.text(Property.RESOURCE_GROUP);
        this.resourceId = from.text(Property.RESOURCE_ID);
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
                        from.text(Property.TENANT),
                        from.text(Property.CLIENT),
                        from.text(Property.CORRELATION_ID),
                        from.text(Property.IDENTITY_TYPE),
                        from.text(Property.AUTH_METHODS),
                        from.text(Property.APP_ID_ACR),
                        from.longNumber(Property.DURATION_MS),
                        from.flag(Property.RBAC_AUTHORIZED),
                        from.text(Property.TLS_VERSION),
                        from.text(Property.IDENTITY_CLAIM))
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
            Property.TENANT,
            Property.CLIENT,
            Property.CORRELATION_ID,
            Property.IDENTITY_TYPE,
            Property.AUTH_METHODS,
            Property.APP_ID_ACR,
            Property.DURATION_MS,
            Property.RBAC_AUTHORIZED,
            Property.TLS_VERSION,
            Property.IDENTITY_CLAIM);

    private static long mask(Property... properties) {
        return Arrays.stream(properties).mapToLong(each -> 1L << each.index()).sum();
    }

    /**
     * Starts an event.
     *
     * @param time milliseconds since the epoch
     */
    public static Builder builder(long time, String action) {
        return new Builder(time, action);
    }

    /** Starts an event with the values of this one. */
    public Builder toBuilder() {
        Builder builder = new Builder(time, action);
        for (Property property : Property.all()) {
            builder.with(property, property.get(this));
        }
        return builder;
    }

    /** An event of which only the time, the action and perhaps the user are known. */
    public static KeyVaultEvent bare(long time, String action, @Nullable String upn) {
        return builder(time, action).with(Property.UPN, upn).build();
    }

    /**
     * The same event, holding the very texts of an earlier one wherever they say the same; so that the two need them once. The
     * decoder's table of texts does so for as many as it has room for.
     */
    public KeyVaultEvent sharing(KeyVaultEvent earlier) {
        Builder builder = new Builder(time, action);
        for (Property property : Property.all()) {
            Object mine = property.get(this);
            Object other = property.get(earlier);
            builder.with(property, mine != null && mine.equals(other) ? other : mine);
        }
        return builder.build();
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
        return request == null ? null : request.tenant;
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
        return request == null ? null : request.identityClaim;
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

    /** Makes events; may be used again after {@link #build}, with the values that it has. Not thread-safe. */
    public static final class Builder {
        private final @Nullable Object[] values =
                new @Nullable Object[Property.all().size()];
        private long time;
        private String action;
        private long present;

        private Builder(long time, String action) {
            this.time = time;
            this.action = action;
        }

        /**
         * Sets a property, or removes it with {@code null}.
         *
         * @throws IllegalArgumentException if the value is not of the property's type, or the time or the action is removed
         */
        public Builder with(Property property, @Nullable Object value) {
            if (value == null
                    ? property == Property.TIME || property == Property.ACTION
                    : value.getClass() != property.type()) {
                throw new IllegalArgumentException("Property " + property.epl() + " takes a "
                        + property.type().getSimpleName() + ", not "
                        + (value == null ? "null" : "a " + value.getClass().getSimpleName()) + ".");
            }
            if (property == Property.TIME && value instanceof Long number) {
                time = number;
            } else if (property == Property.ACTION && value instanceof String text) {
                action = text;
            } else {
                values[property.index()] = value;
                long bit = 1L << property.index();
                present = value == null ? present & ~bit : present | bit;
            }
            return this;
        }

        public KeyVaultEvent build() {
            return new KeyVaultEvent(this);
        }

        private boolean hasAny(long mask) {
            return (present & mask) != 0;
        }

        private @Nullable String text(Property property) {
            return (String) values[property.index()];
        }

        private @Nullable Integer number(Property property) {
            return (Integer) values[property.index()];
        }

        private @Nullable Long longNumber(Property property) {
            return (Long) values[property.index()];
        }

        private @Nullable Boolean flag(Property property) {
            return (Boolean) values[property.index()];
        }
    }
}
