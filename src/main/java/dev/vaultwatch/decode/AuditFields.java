package dev.vaultwatch.decode;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the fields of one record say, however they were read: which kind of record it is, its action and time, and the event
 * that it makes. One judgement for all ways of reading, so that a faster way can't come to another.
 */
abstract class AuditFields {

    private static final String DATASET = "azure.platformlogs";
    private static final String AUDIT = "AuditEvent";
    private static final int STATUS_DIGITS = 3;

    /** Each number of three digits once: an event would hold its own. */
    private static final Integer[] STATUSES = statuses();

    private boolean inSource;

    /** Set by {@link #findAll}; each record starts without. */
    private boolean longTexts;

    private static Integer[] statuses() {
        Integer[] statuses = new Integer[1000];
        for (int i = 0; i < statuses.length; i++) {
            statuses[i] = i;
        }
        return statuses;
    }

    /** Whether the field has a value. */
    abstract boolean has(Field field);

    /** The field's value as text; absent if it has none. */
    abstract @Nullable String get(Field field);

    /** The value of a time's field in milliseconds since the epoch, or {@link TimeText#UNREADABLE}. */
    abstract long millis(Field field);

    /** The parts of the resource id in a field that has a value. */
    ResourceId resourceParts(Field field) {
        return ResourceId.of(get(field));
    }

    /** Gets ready for an event to be made, which asks for nearly all fields; by default there is nothing to do. */
    void findAll() {}

    /** Whether a field that has a value holds an IP address. */
    boolean isIp(Field field) {
        String text = get(field);
        return text != null && IpLiteral.isIp(text);
    }

    /** Whether a text of the event made last is longer than its field's texts usually are. */
    final boolean hasLongTexts() {
        return longTexts;
    }

    final void longTexts(boolean some) {
        longTexts = some;
    }

    /** Says whether the record stands one level down, in a hit of Elasticsearch's. */
    final void inSource(boolean below) {
        inSource = below;
    }

    /** Where the time stands, or the record if it has none. */
    final String timePointer() {
        Field field = timeField();
        if (field == null) {
            return "";
        }
        // A time's paths are single names, and each has one.
        String name = field.paths().get(0);
        return pointer(inSource ? List.of("_source", name) : List.of(name));
    }

    static String pointer(List<String> names) {
        StringBuilder pointer = new StringBuilder();
        for (String name : names) {
            pointer.append('/').append(name.replace("~", "~0").replace("/", "~1"));
        }
        return pointer.toString();
    }

    /**
     * Whether this is a document of an Elastic pipeline. Log shippers add {@code @timestamp} to raw records too, so beside
     * an operation name that alone is no sign.
     */
    private boolean isEcs() {
        return has(Field.EVENT_ACTION)
                || has(Field.EVENT_DATASET)
                || has(Field.DATA_STREAM_DATASET)
                || (has(Field.TIMESTAMP) && !has(Field.OPERATION_NAME));
    }

    /** Whether there is anything by which to know an audit record of Azure. */
    final boolean isRecord() {
        return has(Field.OPERATION_NAME) || has(Field.EVENT_ACTION) || has(Field.CATEGORY) || timeField() != null;
    }

    /** The action, if this is a Key Vault audit record, or may be one, and has it. */
    final @Nullable String auditAction() {
        if (isEcs()) {
            boolean platformLogs =
                    DATASET.equals(get(Field.EVENT_DATASET)) || DATASET.equals(get(Field.DATA_STREAM_DATASET));
            return platformLogs ? get(Field.EVENT_ACTION) : null;
        }
        String category = get(Field.CATEGORY);
        return category == null || category.equalsIgnoreCase(AUDIT) ? get(Field.OPERATION_NAME) : null;
    }

    private @Nullable Field timeField() {
        if (isEcs()) {
            return has(Field.TIMESTAMP) ? Field.TIMESTAMP : null;
        }
        // A raw record's @timestamp is when a shipper took it: no stand-in for the operation's time.
        return has(Field.TIME) ? Field.TIME : has(Field.TIME_GENERATED) ? Field.TIME_GENERATED : null;
    }

    final boolean hasTime() {
        return timeField() != null;
    }

    /** Milliseconds since the epoch, or {@link TimeText#UNREADABLE}. */
    final long time() {
        Field field = timeField();
        return field == null ? TimeText.UNREADABLE : millis(field);
    }

    /** A time's text in milliseconds since the epoch, or {@link TimeText#UNREADABLE}. */
    static long millis(Field field, String text) {
        long millis = TimeText.millis(text);
        // Elasticsearch's date fields take epoch milliseconds beside ISO 8601; Azure never writes them.
        return millis == TimeText.UNREADABLE && field == Field.TIMESTAMP ? TimeText.epochMillis(text) : millis;
    }

    /** Whether the event names a user. */
    final boolean hasUpn(IdentityMode identity) {
        return has(Field.UPN) || (identity == IdentityMode.MERGED && has(Field.UPN_BY_URL));
    }

    /** The event, for a record that has the given time and action. */
    final KeyVaultEvent event(long time, String action, IdentityMode identity) {
        findAll();
        boolean ecs = isEcs();
        boolean merged = identity == IdentityMode.MERGED;
        Field addressed = ecs ? Field.SOURCE_IP : firstOf(Field.CALLER_IP, Field.EVENT_IP);
        String address = get(addressed);
        boolean isIp = address != null && isIp(addressed);
        Field resource = ecs
                ? firstOf(Field.ECS_RESOURCE_ID, Field.ECS_RESOURCE_ID_NEW)
                : firstOf(Field.RESOURCE_ID, Field.ROW_RESOURCE_ID);
        ResourceId parts = ecs || !has(resource) ? ResourceId.of(null) : resourceParts(resource);
        return KeyVaultEvent.builder(time, action)
                .with(Property.UPN, merged ? first(Field.UPN, Field.UPN_BY_URL) : get(Field.UPN))
                .with(Property.APP_ID, get(Field.APP_ID))
                .with(
                        Property.OBJECT_ID,
                        merged
                                ? get(firstOf(Field.OBJECT_ID, firstOf(Field.OID, Field.OBJECT_ID_BY_URL)))
                                : get(Field.OBJECT_ID))
                .with(Property.SOURCE_IP, isIp ? address : null)
                .with(
                        Property.SOURCE_ADDRESS,
                        ecs && has(Field.SOURCE_ADDRESS) ? get(Field.SOURCE_ADDRESS) : isIp ? null : address)
                .with(Property.CITY, first(Field.SOURCE_CITY, Field.CITY))
                .with(Property.REGION, first(Field.SOURCE_REGION, Field.REGION))
                .with(Property.COUNTRY, first(Field.SOURCE_COUNTRY, Field.COUNTRY))
                .with(Property.ORGANIZATION, get(Field.ORGANIZATION))
                .with(Property.VAULT, ecs ? get(Field.ECS_RESOURCE_NAME) : or(parts.name(), Field.ROW_RESOURCE))
                .with(Property.RESULT_TYPE, get(Field.RESULT_TYPE))
                .with(Property.RESULT_SIGNATURE, get(Field.RESULT_SIGNATURE))
                .with(Property.HTTP_STATUS, status(get(Field.HTTP_STATUS)))
                .with(Property.CLOUD_REGION, get(Field.CLOUD_REGION))
                .with(Property.AGENT, get(Field.AGENT))
                .with(
                        Property.SUBSCRIPTION_ID,
                        ecs
                                ? first(Field.ECS_SUBSCRIPTION, Field.ECS_ACCOUNT)
                                : or(parts.subscription(), Field.ROW_SUBSCRIPTION))
                .with(
                        Property.RESOURCE_GROUP,
                        ecs ? first(Field.ECS_GROUP, Field.ECS_GROUP_NEW) : or(parts.group(), Field.ROW_GROUP))
                .with(Property.RESOURCE_ID, get(resource))
                .build();
    }

    /** The better of two fields if it has a value, else the other. */
    private Field firstOf(Field better, Field other) {
        return has(better) ? better : other;
    }

    private @Nullable String first(Field better, Field other) {
        return get(firstOf(better, other));
    }

    private @Nullable String or(@Nullable String part, Field otherwise) {
        return part != null ? part : get(otherwise);
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
