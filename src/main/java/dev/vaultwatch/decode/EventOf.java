package dev.vaultwatch.decode;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.KeyVaultEventBuilder;
import dev.vaultwatch.event.Property;
import org.jspecify.annotations.Nullable;

/**
 * The event that a record makes. Names that Azure compares without regard to case have one form each: users' as {@link UserName}
 * folds them, vaults', resource groups', subscriptions' and resource ids in capitals, as Azure itself writes them in its resource
 * logs. With {@link IdentityMode#UPSTREAM} all stay as they are.
 */
final class EventOf {
    private static final int STATUS_DIGITS = 3;
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** Each number of three digits once: an event would hold its own. */
    private static final Integer[] STATUSES = statuses();

    private final AuditFields fields;
    private final boolean merged;
    private final Wanted wanted;

    private EventOf(AuditFields fields, boolean merged, Wanted wanted) {
        this.fields = fields;
        this.merged = merged;
        this.wanted = wanted;
    }

    private static Integer[] statuses() {
        Integer[] statuses = new Integer[1000];
        for (int i = 0; i < statuses.length; i++) {
            statuses[i] = i;
        }
        return statuses;
    }

    /**
     * The event of a record that has the given time and action.
     *
     * @param wanted of the properties that say how the operation was asked for, those that are of use
     */
    static KeyVaultEvent record(AuditFields fields, long time, String action, IdentityMode identity, Wanted wanted) {
        fields.findAll(wanted);
        KeyVaultEventBuilder event = KeyVaultEvent.builder(time, action);
        EventOf maker = new EventOf(fields, identity == IdentityMode.MERGED, wanted);
        maker.caller(event, identity);
        maker.place(event);
        maker.resource(event);
        maker.result(event);
        maker.request(event);
        return event.build();
    }

    private void caller(KeyVaultEventBuilder event, IdentityMode identity) {
        Field user = Identity.user(fields, identity);
        Field objectId =
                merged ? firstOf(Field.OBJECT_ID, firstOf(Field.OID, Field.OBJECT_ID_BY_URL)) : Field.OBJECT_ID;
        boolean ecs = fields.isEcs();
        Field addressed = ecs ? Field.SOURCE_IP : firstOf(Field.CALLER_IP, Field.EVENT_IP);
        Callers.Caller caller = fields.caller(user, objectId, addressed, merged);
        event.upn(caller.upn(), caller.upnHash())
                .appId(caller.appId())
                .objectId(caller.objectId())
                .sourceIp(caller.sourceIp());
        if (user != null && wants(Property.IDENTITY_CLAIM)) {
            event.identityClaim(Identity.claim(user));
        }
        String address = ecs && fields.has(Field.SOURCE_ADDRESS) ? get(Field.SOURCE_ADDRESS) : caller.sourceAddress();
        if (address != null) {
            event.with(Property.SOURCE_ADDRESS, address);
        }
    }

    private void place(KeyVaultEventBuilder event) {
        text(event, Property.CITY, firstOf(Field.SOURCE_CITY, Field.CITY));
        text(event, Property.REGION, firstOf(Field.SOURCE_REGION, Field.REGION));
        text(event, Property.COUNTRY, firstOf(Field.SOURCE_COUNTRY, Field.COUNTRY));
        text(event, Property.ORGANIZATION, Field.ORGANIZATION);
        text(event, Property.CLOUD_REGION, Field.CLOUD_REGION);
        text(event, Property.AGENT, Field.AGENT);
    }

    private void resource(KeyVaultEventBuilder event) {
        if (fields.isEcs()) {
            event.vault(name(Field.ECS_RESOURCE_NAME))
                    .subscriptionId(name(firstOf(Field.ECS_SUBSCRIPTION, Field.ECS_ACCOUNT)))
                    .resourceGroup(name(firstOf(Field.ECS_GROUP, Field.ECS_GROUP_NEW)))
                    .resourceId(name(firstOf(Field.ECS_RESOURCE_ID, Field.ECS_RESOURCE_ID_NEW)));
            return;
        }
        Field resource = firstOf(Field.RESOURCE_ID, Field.ROW_RESOURCE_ID);
        ResourceId parts = !fields.has(resource)
                ? ResourceId.of(null)
                : merged ? fields.upperParts(resource) : fields.resourceParts(resource);
        event.vault(or(parts.name(), Field.ROW_RESOURCE))
                .subscriptionId(or(parts.subscription(), Field.ROW_SUBSCRIPTION))
                .resourceGroup(or(parts.group(), Field.ROW_GROUP))
                .resourceId(name(resource));
    }

    private void result(KeyVaultEventBuilder event) {
        event.resultType(get(Field.RESULT_TYPE))
                .resultSignature(get(Field.RESULT_SIGNATURE))
                .httpStatus(status(get(Field.HTTP_STATUS)));
    }

    private void request(KeyVaultEventBuilder event) {
        Field addressed = fields.has(Field.OBJECT_URI) ? Field.OBJECT_URI : Field.REQUEST_URI;
        if (fields.has(addressed) && wants(Property.OBJECT_NAME)) {
            ObjectUri object = fields.object(addressed);
            if (object.type() == null && fields.has(Field.REQUEST_URI)) {
                object = fields.object(Field.REQUEST_URI);
            }
            event.with(Property.OBJECT_TYPE, object.type())
                    .with(Property.OBJECT_NAME, object.name())
                    .with(Property.OBJECT_VERSION, object.version());
        }
        if (wants(Property.REQUEST_URI)) {
            event.with(Property.REQUEST_URI, fields.unique(Field.REQUEST_URI));
        }
        if (wants(Property.CORRELATION_ID)) {
            event.with(Property.CORRELATION_ID, fields.unique(Field.CORRELATION_ID));
        }
        if (wants(Property.DURATION_MS)) {
            event.with(Property.DURATION_MS, duration());
        }
        if (wants(Property.TENANT)) {
            event.tenant(tenant());
        }
        text(event, Property.CLIENT, Field.CLIENT);
        text(event, Property.IDENTITY_TYPE, Field.IDENTITY_TYPE);
        text(event, Property.APP_ID_ACR, Field.APP_ID_ACR);
        text(event, Property.TLS_VERSION, Field.TLS_VERSION);
        text(event, Property.COUNTRY_ISO, Field.COUNTRY_ISO);
        if (fields.has(Field.AUTH_METHODS) && wants(Property.AUTH_METHODS)) {
            event.with(Property.AUTH_METHODS, list(get(Field.AUTH_METHODS)));
        }
        if (fields.has(Field.RBAC_AUTHORIZED) && wants(Property.RBAC_AUTHORIZED)) {
            event.with(Property.RBAC_AUTHORIZED, flag(get(Field.RBAC_AUTHORIZED)));
        }
        if (fields.has(Field.AS_NUMBER) && wants(Property.AS_NUMBER)) {
            event.with(Property.AS_NUMBER, fields.whole(Field.AS_NUMBER));
        }
    }

    private boolean wants(Property property) {
        return wanted.has(property);
    }

    private void text(KeyVaultEventBuilder event, Property property, Field field) {
        if (fields.has(field) && wants(property)) {
            event.with(property, get(field));
        }
    }

    private @Nullable Long duration() {
        Long millis = fields.whole(Field.DURATION_MS);
        Long nanos = millis != null ? null : fields.whole(Field.DURATION_NANOS);
        return nanos == null ? millis : (Long) (nanos / NANOS_PER_MILLI);
    }

    /** The directory that issued the token; a row's own TenantId is its workspace's. */
    private @Nullable String tenant() {
        String tenant = get(Field.TENANT_CLAIM);
        if (tenant == null) {
            tenant = fields.issuer(Field.ISSUER);
        }
        if (tenant == null) {
            tenant = get(Field.TENANT);
        }
        if (tenant == null && fields.has(Field.TIME) && !fields.has(Field.TIME_GENERATED)) {
            tenant = get(Field.ROW_TENANT);
        }
        return tenant == null || !merged ? tenant : fields.small(tenant);
    }

    /** A list as JSON text, which is how columns hold one, with commas alone between. */
    private static @Nullable String list(@Nullable String text) {
        return text == null || !text.startsWith("[") ? text : text.replaceAll("[\\[\\]\"\\s]", "");
    }

    private static @Nullable Boolean flag(@Nullable String text) {
        return "true".equalsIgnoreCase(text) ? Boolean.TRUE : "false".equalsIgnoreCase(text) ? Boolean.FALSE : null;
    }

    private @Nullable String get(Field field) {
        return fields.get(field);
    }

    /** The better of two fields if it has a value, else the other. */
    private Field firstOf(Field better, Field other) {
        return fields.has(better) ? better : other;
    }

    private @Nullable String or(@Nullable String part, Field otherwise) {
        return part != null ? part : name(otherwise);
    }

    private @Nullable String name(Field field) {
        return merged ? fields.upper(field) : get(field);
    }

    /** Log Analytics keeps numbers as doubles, and exports write either as text: 200, "200", 200.0. */
    private static @Nullable Integer status(@Nullable String text) {
        if (text == null) {
            return null;
        }
        int dot = text.indexOf('.');
        String whole = dot < 0 ? text : text.substring(0, dot);
        try {
            if (dot >= 0 && !text.substring(dot + 1).chars().allMatch(c -> c == '0')) {
                return null;
            }
            int status = Integer.parseInt(whole);
            return whole.length() <= STATUS_DIGITS && status >= 0 ? STATUSES[status] : Integer.valueOf(status);
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }
}
