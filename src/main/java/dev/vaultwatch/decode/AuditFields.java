package dev.vaultwatch.decode;

import dev.vaultwatch.decode.Callers.Caller;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the fields of one record say, however they were read: which kind of record it is, its action and its time. One judgement
 * for all ways of reading, so that a faster way can't come to another.
 */
abstract class AuditFields {

    private static final String DATASET = "azure.platformlogs";
    private static final String AUDIT = "AuditEvent";

    /** Set by {@link #findAll}; each record starts without. */
    private boolean longTexts;

    /** The category asked about last, which nearly all records of a source have in common. */
    private @Nullable String lastCategory;

    private boolean lastIsAudit;

    /** The text put in small letters last, and what came of it: a directory's name, of which a source has few. */
    private @Nullable String lastText;

    private String lastSmall = "";

    /** Whether the field has a value. */
    abstract boolean has(Field field);

    /** The field's value as text; absent if it has none. */
    abstract @Nullable String get(Field field);

    /** The value of a time's field in milliseconds since the epoch, or {@link TimeText#UNREADABLE}. */
    abstract long millis(Field field);

    /** The field's value, for one of which there is no use in keeping it for other records. */
    @Nullable
    String unique(Field field) {
        return get(field);
    }

    /** The whole number in a field; absent if there is none. */
    @Nullable
    Long whole(Field field) {
        String text = unique(field);
        if (text == null) {
            return null;
        }
        int dot = text.indexOf('.');
        try {
            return Long.valueOf(dot < 0 ? text : text.substring(0, dot));
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }

    /** What the address in a field that has a value says of an object. */
    ObjectUri object(Field field) {
        return ObjectUri.of(get(field));
    }

    /** The parts of the resource id in a field that has a value. */
    ResourceId resourceParts(Field field) {
        return ResourceId.of(get(field));
    }

    /** The same in capitals. */
    ResourceId upperParts(Field field) {
        return ResourceId.of(upper(field));
    }

    /**
     * Who called, from where.
     *
     * @param user the field that names the user; absent if none does
     * @param objectId the field that is the directory's id of the caller
     * @param addressed the field that is the address
     * @param merged whether names and addresses have one form each
     */
    Caller caller(@Nullable Field user, Field objectId, Field addressed, boolean merged) {
        String said = get(addressed);
        String address = said == null ? null : address(addressed);
        boolean plain = address != null && address.equals(said);
        return new Caller(
                user == null ? null : merged ? folded(user) : get(user),
                get(Field.APP_ID),
                get(objectId),
                merged || plain ? address : null,
                plain ? null : said);
    }

    /** A text in small letters. */
    @SuppressWarnings("ReferenceEquality") // another text that says the same is only read again
    final String small(String text) {
        if (text != lastText) {
            lastText = text;
            lastSmall = text.toLowerCase(Locale.ROOT);
        }
        return lastSmall;
    }

    /** Gets ready for an event to be made, which asks for nearly all fields; by default there is nothing to do. */
    void findAll(Wanted wanted) {}

    /** The IP address in a field that has a value, whatever else stands beside it; absent if there is none. */
    @Nullable
    String address(Field field) {
        String text = get(field);
        return text == null ? null : IpLiteral.in(text);
    }

    /** The directory that a field names as the token's issuer; absent if it names none. */
    @Nullable
    String issuer(Field field) {
        String text = get(field);
        return text == null ? null : directory(text);
    }

    /** The tenant in an issuer such as {@code https://sts.windows.net/TENANT/}; absent in any other text. */
    static @Nullable String directory(String issuer) {
        int scheme = issuer.indexOf("://");
        int path = scheme < 0 ? -1 : issuer.indexOf('/', scheme + 3);
        if (path < 0) {
            return null;
        }
        int end = issuer.indexOf('/', path + 1);
        String tenant = issuer.substring(path + 1, end < 0 ? issuer.length() : end);
        return tenant.isEmpty() ? null : tenant;
    }

    /** A user's name in its folded form; absent if the field has no value. */
    @Nullable
    String folded(Field field) {
        String text = get(field);
        return text == null ? null : UserName.fold(text);
    }

    /** A name in Azure's resource tree in capitals, as Azure writes it; absent if the field has no value. */
    @Nullable
    String upper(Field field) {
        String text = get(field);
        return text == null ? null : text.toUpperCase(Locale.ROOT);
    }

    /** Whether a text of the event made last is longer than its field's texts usually are. */
    final boolean hasLongTexts() {
        return longTexts;
    }

    final void longTexts(boolean some) {
        longTexts = some;
    }

    /** A JSON pointer by the names of members. */
    static String pointer(String... names) {
        StringBuilder pointer = new StringBuilder();
        for (String name : names) {
            pointer.append('/').append(name.replace("~", "~0").replace("/", "~1"));
        }
        return pointer.toString();
    }

    /**
     * Whether this is a document of an Elastic pipeline. Log shippers add {@code @timestamp} to raw records too, so beside
     * an operation name that alone is no sign. Nor is a data set or an action that an agent adds to a record which says itself that it
     * is an audit event: Elastic Agent names a data set in whatever it ships.
     */
    final boolean isEcs() {
        if (has(Field.EVENT_ACTION) || has(Field.EVENT_DATASET) || has(Field.DATA_STREAM_DATASET)) {
            return isPlatformLogs() || !isRawAudit();
        }
        return has(Field.TIMESTAMP) && !has(Field.OPERATION_NAME);
    }

    private boolean isRawAudit() {
        return has(Field.OPERATION_NAME) && has(Field.CATEGORY) && isAudit(get(Field.CATEGORY));
    }

    /** Whether there is anything by which to know an audit record of Azure. */
    final boolean isRecord() {
        return has(Field.OPERATION_NAME) || has(Field.EVENT_ACTION) || has(Field.CATEGORY) || timeField() != null;
    }

    /** Whether this names an operation, so that it is a record whatever else stands in it. */
    final boolean namesOperation() {
        return has(Field.OPERATION_NAME) || has(Field.EVENT_ACTION);
    }

    /** Whether this is plainly a record of another of Azure's logs. */
    final boolean isOtherLog() {
        return has(Field.OPERATION_NAME) && has(Field.CATEGORY) && auditAction() == null && !isEcs();
    }

    /** Whether any field is Azure's own: a time, a place or an agent alone may be anyone's. */
    final boolean isAzure() {
        return namesOperation()
                || has(Field.EVENT_DATASET)
                || has(Field.DATA_STREAM_DATASET)
                || has(Field.TIME_GENERATED)
                || has(Field.RESOURCE_ID)
                || has(Field.ROW_RESOURCE_ID)
                || has(Field.ECS_RESOURCE_ID)
                || has(Field.CALLER_IP)
                || has(Field.UPN)
                || (has(Field.CATEGORY) && timeField() != null);
    }

    /** Whether this is of Azure and was understood; an audit record whose operation nobody can find was not. */
    final boolean isUnderstood() {
        return isAzure() && (namesOperation() || whyNoAction() != Ignored.ACTION);
    }

    /** Why no rule can want this, for what has no action by {@link #auditAction}. */
    final Ignored whyNoAction() {
        boolean audit = isEcs() ? isPlatformLogs() : isAudit(get(Field.CATEGORY));
        return audit ? Ignored.ACTION : Ignored.CATEGORY;
    }

    private boolean isPlatformLogs() {
        return DATASET.equals(get(Field.EVENT_DATASET)) || DATASET.equals(get(Field.DATA_STREAM_DATASET));
    }

    /** The action, if this is a Key Vault audit record, or may be one, and has it. */
    final @Nullable String auditAction() {
        if (isEcs()) {
            return isPlatformLogs() ? get(Field.EVENT_ACTION) : null;
        }
        return isAudit(get(Field.CATEGORY)) ? get(Field.OPERATION_NAME) : null;
    }

    @SuppressWarnings("ReferenceEquality") // another text that says the same is only compared again
    private boolean isAudit(@Nullable String category) {
        if (category == null) {
            return true;
        }
        if (category != lastCategory) {
            lastCategory = category;
            lastIsAudit = category.equalsIgnoreCase(AUDIT);
        }
        return lastIsAudit;
    }

    /** The field that is the record's time; absent if it has none. */
    final @Nullable Field timeField() {
        if (isEcs()) {
            return has(Field.TIMESTAMP) ? Field.TIMESTAMP : null;
        }
        // A raw record's @timestamp is when a shipper took it: no stand-in for the operation's time.
        return has(Field.TIME) ? Field.TIME : has(Field.TIME_GENERATED) ? Field.TIME_GENERATED : null;
    }

    /** Where the time stands, as a JSON pointer; empty if that is not known, or there is none. */
    String timePointer() {
        return "";
    }

    final boolean hasTime() {
        return timeField() != null;
    }

    /** Milliseconds since the epoch, or {@link TimeText#UNREADABLE}. */
    final long time() {
        Field field = timeField();
        return field == null ? TimeText.UNREADABLE : millis(field);
    }
}
