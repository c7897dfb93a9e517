package dev.vaultwatch.event;

import org.jspecify.annotations.Nullable;

/**
 * Makes events; may be used again after {@link #build}, with the values that it has. What nearly every event has, it has a field for;
 * a decoder makes a builder an event, and one of few fields costs nothing. Not thread-safe.
 */
public final class KeyVaultEventBuilder {
    long time;
    String action;

    @Nullable
    String upn;

    int upnHash;

    @Nullable
    String appId;

    @Nullable
    String objectId;

    @Nullable
    String sourceIp;

    @Nullable
    String vault;

    @Nullable
    String resultType;

    @Nullable
    String resultSignature;

    @Nullable
    Integer httpStatus;

    @Nullable
    String subscriptionId;

    @Nullable
    String resourceGroup;

    @Nullable
    String resourceId;

    @Nullable
    String identityClaim;

    @Nullable
    String tenant;

    /** What few events have, by {@link Property#index}; absent while there is nothing. */
    private @Nullable Object @Nullable [] others;

    private long present;

    KeyVaultEventBuilder(long time, String action) {
        this.time = time;
        this.action = action;
    }

    public KeyVaultEventBuilder upn(@Nullable String value) {
        return upn(value, 0);
    }

    /** Sets the UPN with its hash, 0 if it is not known. */
    public KeyVaultEventBuilder upn(@Nullable String value, int hash) {
        upn = value;
        upnHash = hash;
        return this;
    }

    public KeyVaultEventBuilder appId(@Nullable String value) {
        appId = value;
        return this;
    }

    public KeyVaultEventBuilder objectId(@Nullable String value) {
        objectId = value;
        return this;
    }

    public KeyVaultEventBuilder sourceIp(@Nullable String value) {
        sourceIp = value;
        return this;
    }

    public KeyVaultEventBuilder vault(@Nullable String value) {
        vault = value;
        return this;
    }

    public KeyVaultEventBuilder resultType(@Nullable String value) {
        resultType = value;
        return this;
    }

    public KeyVaultEventBuilder resultSignature(@Nullable String value) {
        resultSignature = value;
        return this;
    }

    public KeyVaultEventBuilder httpStatus(@Nullable Integer value) {
        httpStatus = value;
        return this;
    }

    public KeyVaultEventBuilder subscriptionId(@Nullable String value) {
        subscriptionId = value;
        return this;
    }

    public KeyVaultEventBuilder resourceGroup(@Nullable String value) {
        resourceGroup = value;
        return this;
    }

    public KeyVaultEventBuilder resourceId(@Nullable String value) {
        resourceId = value;
        return this;
    }

    public KeyVaultEventBuilder identityClaim(@Nullable String value) {
        identityClaim = value;
        return this;
    }

    public KeyVaultEventBuilder tenant(@Nullable String value) {
        tenant = value;
        return this;
    }

    /**
     * Sets a property, or removes it with {@code null}.
     *
     * @throws IllegalArgumentException if the value is not of the property's type, or the time or the action is removed
     */
    public KeyVaultEventBuilder with(Property property, @Nullable Object value) {
        if (value == null
                ? property == Property.TIME || property == Property.ACTION
                : value.getClass() != property.type()) {
            throw new IllegalArgumentException("Property " + property.epl() + " takes a "
                    + property.type().getSimpleName() + ", not "
                    + (value == null ? "null" : "a " + value.getClass().getSimpleName()) + ".");
        }
        switch (property) {
            case TIME -> time = value == null ? time : (Long) value;
            case ACTION -> action = value == null ? action : (String) value;
            case UPN -> upn((String) value);
            case APP_ID -> appId = (String) value;
            case OBJECT_ID -> objectId = (String) value;
            case SOURCE_IP -> sourceIp = (String) value;
            case VAULT -> vault = (String) value;
            case RESULT_TYPE -> resultType = (String) value;
            case RESULT_SIGNATURE -> resultSignature = (String) value;
            case HTTP_STATUS -> httpStatus = (Integer) value;
            case SUBSCRIPTION_ID -> subscriptionId = (String) value;
            case RESOURCE_GROUP -> resourceGroup = (String) value;
            case RESOURCE_ID -> resourceId = (String) value;
            case IDENTITY_CLAIM -> identityClaim = (String) value;
            case TENANT -> tenant = (String) value;
            default -> other(property, value);
        }
        return this;
    }

    private void other(Property property, @Nullable Object value) {
        long bit = 1L << property.index();
        if (value == null && (present & bit) == 0) {
            return;
        }
        @Nullable Object[] values = others;
        if (values == null) {
            values = new @Nullable Object[Property.all().size()];
            others = values;
        }
        values[property.index()] = value;
        present = value == null ? present & ~bit : present | bit;
    }

    public KeyVaultEvent build() {
        return new KeyVaultEvent(this);
    }

    boolean hasAny(long mask) {
        return (present & mask) != 0;
    }

    private @Nullable Object get(Property property) {
        return others == null ? null : others[property.index()];
    }

    @Nullable
    String text(Property property) {
        return (String) get(property);
    }

    @Nullable
    Long longNumber(Property property) {
        return (Long) get(property);
    }

    @Nullable
    Boolean flag(Property property) {
        return (Boolean) get(property);
    }
}
