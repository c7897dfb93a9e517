package dev.vaultwatch.decode;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import org.jspecify.annotations.Nullable;

/**
 * The event that a record makes. Names that Azure compares without regard to case have one form each: users' as {@link UserName}
 * folds them, vaults', resource groups', subscriptions' and resource ids in capitals, as Azure itself writes them in its resource
 * logs. With {@link IdentityMode#UPSTREAM} all stay as they are.
 */
final class EventOf {
    private static final int STATUS_DIGITS = 3;

    /** Each number of three digits once: an event would hold its own. */
    private static final Integer[] STATUSES = statuses();

    private final AuditFields fields;
    private final boolean merged;

    private EventOf(AuditFields fields, boolean merged) {
        this.fields = fields;
        this.merged = merged;
    }

    private static Integer[] statuses() {
        Integer[] statuses = new Integer[1000];
        for (int i = 0; i < statuses.length; i++) {
            statuses[i] = i;
        }
        return statuses;
    }

    /** The event of a record that has the given time and action. */
    static KeyVaultEvent record(AuditFields fields, long time, String action, IdentityMode identity) {
        fields.findAll();
        KeyVaultEvent.Builder event = KeyVaultEvent.builder(time, action);
        EventOf maker = new EventOf(fields, identity == IdentityMode.MERGED);
        maker.caller(event, identity);
        maker.address(event);
        maker.resource(event);
        maker.result(event);
        return event.build();
    }

    private void caller(KeyVaultEvent.Builder event, IdentityMode identity) {
        Field user = Identity.user(fields, identity);
        if (user != null) {
            event.with(Property.UPN, merged ? fields.folded(user) : fields.get(user))
                    .with(Property.IDENTITY_CLAIM, Identity.claim(user));
        }
        event.with(Property.APP_ID, get(Field.APP_ID))
                .with(
                        Property.OBJECT_ID,
                        merged
                                ? get(firstOf(Field.OBJECT_ID, firstOf(Field.OID, Field.OBJECT_ID_BY_URL)))
                                : get(Field.OBJECT_ID));
    }

    private void address(KeyVaultEvent.Builder event) {
        boolean ecs = fields.isEcs();
        Field addressed = ecs ? Field.SOURCE_IP : firstOf(Field.CALLER_IP, Field.EVENT_IP);
        String said = get(addressed);
        String address = said == null ? null : fields.address(addressed);
        boolean plain = address != null && address.equals(said);
        event.with(Property.SOURCE_IP, merged || plain ? address : null)
                .with(
                        Property.SOURCE_ADDRESS,
                        ecs && fields.has(Field.SOURCE_ADDRESS) ? get(Field.SOURCE_ADDRESS) : plain ? null : said)
                .with(Property.CITY, first(Field.SOURCE_CITY, Field.CITY))
                .with(Property.REGION, first(Field.SOURCE_REGION, Field.REGION))
                .with(Property.COUNTRY, first(Field.SOURCE_COUNTRY, Field.COUNTRY))
                .with(Property.ORGANIZATION, get(Field.ORGANIZATION))
                .with(Property.CLOUD_REGION, get(Field.CLOUD_REGION))
                .with(Property.AGENT, get(Field.AGENT));
    }

    private void resource(KeyVaultEvent.Builder event) {
        if (fields.isEcs()) {
            event.with(Property.VAULT, name(Field.ECS_RESOURCE_NAME))
                    .with(Property.SUBSCRIPTION_ID, name(firstOf(Field.ECS_SUBSCRIPTION, Field.ECS_ACCOUNT)))
                    .with(Property.RESOURCE_GROUP, name(firstOf(Field.ECS_GROUP, Field.ECS_GROUP_NEW)))
                    .with(Property.RESOURCE_ID, name(firstOf(Field.ECS_RESOURCE_ID, Field.ECS_RESOURCE_ID_NEW)));
            return;
        }
        Field resource = firstOf(Field.RESOURCE_ID, Field.ROW_RESOURCE_ID);
        ResourceId parts = !fields.has(resource)
                ? ResourceId.of(null)
                : merged ? fields.upperParts(resource) : fields.resourceParts(resource);
        event.with(Property.VAULT, or(parts.name(), Field.ROW_RESOURCE))
                .with(Property.SUBSCRIPTION_ID, or(parts.subscription(), Field.ROW_SUBSCRIPTION))
                .with(Property.RESOURCE_GROUP, or(parts.group(), Field.ROW_GROUP))
                .with(Property.RESOURCE_ID, name(resource));
    }

    private void result(KeyVaultEvent.Builder event) {
        event.with(Property.RESULT_TYPE, get(Field.RESULT_TYPE))
                .with(Property.RESULT_SIGNATURE, get(Field.RESULT_SIGNATURE))
                .with(Property.HTTP_STATUS, status(get(Field.HTTP_STATUS)));
    }

    private @Nullable String get(Field field) {
        return fields.get(field);
    }

    /** The better of two fields if it has a value, else the other. */
    private Field firstOf(Field better, Field other) {
        return fields.has(better) ? better : other;
    }

    private @Nullable String first(Field better, Field other) {
        return get(firstOf(better, other));
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
