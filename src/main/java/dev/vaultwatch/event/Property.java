package dev.vaultwatch.event;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The schema of the event: every property that {@link KeyVaultEvent} has, in one place. The event's equality, the journal's
 * encoding, the ECS form, the properties that the EPL gate admits and the weights of texts all loop over it.
 *
 * <p>The ECS names are those of the pipeline that the default rule's source reads (elastic/integrations, azure platformlogs,
 * commit 37c97e14). What that pipeline does not have stands under {@code vaultwatch.*}.
 *
 * <p><b>The order is part of the journal's format</b>: new properties go to the end, none is removed.
 */
public enum Property {
    /** When the operation happened: milliseconds since the epoch, cut (not rounded) from the record's finer time. */
    TIME("time", "@timestamp", Long.class, KeyVaultEvent::time),
    /** The operation's name, case kept, such as {@code SecretGet}. */
    ACTION("action", "event.action", String.class, KeyVaultEvent::action),
    /** The user principal name of the caller; service principals and managed identities have none. */
    UPN("upn", "azure.platformlogs.identity.claim.upn", String.class, KeyVaultEvent::upn),
    /** The application that called. */
    APP_ID("appId", "azure.platformlogs.identity.claim.appid", String.class, KeyVaultEvent::appId),
    /** The directory object of the caller: a user, a service principal or a managed identity. */
    OBJECT_ID("objectId", "azure.platformlogs.identity.claim.objectid", String.class, KeyVaultEvent::objectId),
    /** The caller's address: an IP address literal. */
    SOURCE_IP("sourceIp", "source.ip", String.class, KeyVaultEvent::sourceIp),
    /** What stood where an IP address should have been. */
    SOURCE_ADDRESS("sourceAddress", "source.address", String.class, KeyVaultEvent::sourceAddress),
    /** City of the address ({@code geo.city_name} in older records). */
    CITY("city", "source.geo.city_name", String.class, KeyVaultEvent::city),
    /** Region of the address ({@code geo.region_name} in older records). */
    REGION("region", "source.geo.region_name", String.class, KeyVaultEvent::region),
    /** Country of the address, by name ({@code geo.country_name} in older records). */
    COUNTRY("country", "source.geo.country_name", String.class, KeyVaultEvent::country),
    /** The organization that the address belongs to. */
    ORGANIZATION("organization", "source.as.organization.name", String.class, KeyVaultEvent::organization),
    /** The vault's name. */
    VAULT("vault", "azure.resource.name", String.class, KeyVaultEvent::vault),
    /** "Success" even where the operation was denied: see {@link #HTTP_STATUS}. */
    RESULT_TYPE("resultType", "azure.platformlogs.result_type", String.class, KeyVaultEvent::resultType),
    /** The result in words, such as "OK" or "Forbidden". */
    RESULT_SIGNATURE(
            "resultSignature", "azure.platformlogs.result_signature", String.class, KeyVaultEvent::resultSignature),
    /** The HTTP status of the answer; the only sign of a denied operation that is always right. */
    HTTP_STATUS("httpStatus", "azure.platformlogs.properties.httpStatusCode", Integer.class, KeyVaultEvent::httpStatus),
    /** The Azure region. */
    CLOUD_REGION("cloudRegion", "cloud.region", String.class, KeyVaultEvent::cloudRegion),
    /** The shipper that sent the record, if one said so. */
    AGENT("agent", "agent.name", String.class, KeyVaultEvent::agent),
    /** The vault's subscription. */
    SUBSCRIPTION_ID("subscriptionId", "azure.subscription_id", String.class, KeyVaultEvent::subscriptionId),
    /** The vault's resource group. */
    RESOURCE_GROUP("resourceGroup", "azure.resource.group", String.class, KeyVaultEvent::resourceGroup),
    /** The vault's full id in Azure. */
    RESOURCE_ID("resourceId", "azure.resource.id", String.class, KeyVaultEvent::resourceId),
    /** What the operation was about: {@code secret}, {@code key}, {@code certificate} and so on, as the address spells it. */
    OBJECT_TYPE("objectType", "vaultwatch.object.type", String.class, KeyVaultEvent::objectType),
    /** The name of the secret, key or certificate. */
    OBJECT_NAME("objectName", "vaultwatch.object.name", String.class, KeyVaultEvent::objectName),
    /** The version of the secret, key or certificate, where the operation named one. */
    OBJECT_VERSION("objectVersion", "vaultwatch.object.version", String.class, KeyVaultEvent::objectVersion),
    /** The address that was called. */
    REQUEST_URI("requestUri", "azure.platformlogs.properties.requestUri", String.class, KeyVaultEvent::requestUri),
    /** The caller's directory. */
    TENANT("tenant", "azure.tenant_id", String.class, KeyVaultEvent::tenant),
    /** The caller's program: the user agent. */
    CLIENT("client", "azure.platformlogs.properties.clientInfo", String.class, KeyVaultEvent::client),
    /** Ties the records of one request together. */
    CORRELATION_ID("correlationId", "azure.correlation_id", String.class, KeyVaultEvent::correlationId),
    /** What kind of identity called: {@code app} for one without a user. */
    IDENTITY_TYPE("identityType", "azure.platformlogs.identity.claim.idtyp", String.class, KeyVaultEvent::identityType),
    /** How the user signed in, comma-separated in the record's order, such as {@code pwd,mfa}. */
    AUTH_METHODS("authMethods", "azure.platformlogs.identity.claim.amr", String.class, KeyVaultEvent::authMethods),
    /** How the application proved itself: {@code 0} not at all, {@code 1} by a secret, {@code 2} by a certificate. */
    APP_ID_ACR("appIdAcr", "azure.platformlogs.identity.claim.appidacr", String.class, KeyVaultEvent::appIdAcr),
    /** How long the operation took, in milliseconds ({@code event.duration} in ECS is in nanoseconds). */
    DURATION_MS("durationMs", "event.duration", Long.class, KeyVaultEvent::durationMs),
    /** Whether a role assignment allowed the operation; false for an access policy, and where it was denied. */
    RBAC_AUTHORIZED(
            "rbacAuthorized",
            "azure.platformlogs.properties.isRbacAuthorized",
            Boolean.class,
            KeyVaultEvent::rbacAuthorized),
    /** The version of TLS, as the record spells it, such as {@code TLS1_3}. */
    TLS_VERSION("tlsVersion", "azure.platformlogs.properties.tlsVersion", String.class, KeyVaultEvent::tlsVersion),
    /** Country of the address, ISO 3166-1 alpha-2. */
    COUNTRY_ISO("countryIso", "source.geo.country_iso_code", String.class, KeyVaultEvent::countryIso),
    /** The autonomous system that the address belongs to. */
    AS_NUMBER("asNumber", "source.as.number", Long.class, KeyVaultEvent::asNumber),
    /** The claim that {@link #UPN} was taken from. */
    IDENTITY_CLAIM("identityClaim", "vaultwatch.identity.claim", String.class, KeyVaultEvent::identityClaim);

    private static final List<Property> ALL = List.of(values());
    private static final Map<String, Property> BY_EPL =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Property::epl, Function.identity()));
    private static final Map<String, Property> BY_ECS =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Property::ecs, Function.identity()));

    /** Length of a text, in characters, up to which it is as Azure writes it: a UPN is rarely longer. */
    private static final int USUAL_LENGTH = 64;

    /** The same for what contains a subscription, a group and a vault, or a whole address. */
    private static final int USUAL_LONG_LENGTH = 256;

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final String epl;
    private final String ecs;
    private final Class<?> type;

    @SuppressWarnings("ImmutableEnumChecker") // method references without state
    private final Function<KeyVaultEvent, @Nullable Object> getter;

    Property(String epl, String ecs, Class<?> type, Function<KeyVaultEvent, @Nullable Object> getter) {
        this.epl = epl;
        this.ecs = ecs;
        this.type = type;
        this.getter = getter;
    }

    /** All properties, in the journal's order; immutable, and made once. */
    public static List<Property> all() {
        return ALL;
    }

    /** The property of that name in EPL, case-sensitive. */
    public static Optional<Property> named(String epl) {
        return Optional.ofNullable(BY_EPL.get(epl));
    }

    /** The property whose ECS field has that name, case-sensitive. */
    public static Optional<Property> ofEcs(String ecs) {
        return Optional.ofNullable(BY_ECS.get(ecs));
    }

    /** The name in EPL and in {@code rule.json}; also the name of the event's accessor. */
    public String epl() {
        return epl;
    }

    /** The name of the ECS field. */
    public String ecs() {
        return ecs;
    }

    /** {@code String}, {@code Integer}, {@code Long} or {@code Boolean}. */
    public Class<?> type() {
        return type;
    }

    /**
     * Whether the value itself can be sensitive: names of secrets, and texts that a caller chooses freely. Rules may count and
     * compare it; they show it only if the site has said so.
     */
    public boolean isConfidential() {
        return this == OBJECT_NAME || this == REQUEST_URI || this == CLIENT;
    }

    /**
     * How Azure's names that have no case are written in an event: users and tenants in small letters, vaults and what they lie in in
     * capitals. With {@code identity=upstream} events have them as the records do.
     */
    public LetterCase letterCase() {
        return switch (this) {
            case UPN, TENANT -> LetterCase.SMALL;
            case VAULT, RESOURCE_GROUP, SUBSCRIPTION_ID, RESOURCE_ID -> LetterCase.CAPITAL;
            default -> LetterCase.KEPT;
        };
    }

    /** The event's value; {@code null} if it has none. */
    public @Nullable Object get(KeyVaultEvent event) {
        return getter.apply(event);
    }

    /** The value as the ECS field has it: as text, a duration in nanoseconds; {@code null} if the event has none. */
    public @Nullable String ecsText(KeyVaultEvent event) {
        Object value = get(event);
        if (value == null) {
            return null;
        }
        return this == DURATION_MS ? Long.toString((Long) value * NANOS_PER_MILLI) : value.toString();
    }

    /**
     * A value of this property's type from what {@code toString} gives for it.
     *
     * @throws NumberFormatException if the property is a number and the text is not
     */
    public Object parse(String text) {
        if (type == Integer.class) {
            return Integer.valueOf(text);
        }
        if (type == Long.class) {
            return Long.valueOf(text);
        }
        return type == Boolean.class ? Boolean.valueOf(text) : text;
    }

    /** Length of a text, in characters, up to which it is as Azure writes it; longer texts must be counted by whoever keeps them. */
    public int usualLength() {
        return switch (this) {
            case RESOURCE_ID, REQUEST_URI, CLIENT -> USUAL_LONG_LENGTH;
            default -> USUAL_LENGTH;
        };
    }

    /** The place in an array or a mask of all properties; part of the journal's format. */
    @SuppressWarnings("EnumOrdinal") // the order is kept, see above
    public int index() {
        return ordinal();
    }
}
