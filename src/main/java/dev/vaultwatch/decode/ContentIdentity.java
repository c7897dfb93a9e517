package dev.vaultwatch.decode;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What tells one operation from all others, whatever shape its record came in: two diagnostic settings, or two exports that overlap,
 * give records of equal identity. It is made of the correlation id, the operation, the time and the object; of a record without a
 * correlation id, of the caller, the address and the result as well; of one that names no object, of the request's address. Two halves of a SHA-256, so that no two operations meet by chance.
 *
 * <p>The time counts in milliseconds, the finest that all shapes have. An export that cuts times to seconds gives its records
 * identities of their own.
 *
 * @param high the first 64 bits
 * @param low the next 64 bits
 */
public record ContentIdentity(long high, long low) {

    /** What {@link EventSink#properties} must name beside what every event has. */
    public static final Set<Property> PROPERTIES = Set.of(
            Property.CORRELATION_ID,
            Property.OBJECT_TYPE,
            Property.OBJECT_NAME,
            Property.OBJECT_VERSION,
            Property.REQUEST_URI);

    /** The identity of an event that has {@link #PROPERTIES} as far as its record does. */
    public static ContentIdentity of(KeyVaultEvent event) {
        MessageDigest digest = sha256();
        String correlation = event.correlationId();
        put(digest, event.action());
        put(digest, Long.toString(event.time()));
        put(digest, correlation == null ? null : correlation.toLowerCase(Locale.ROOT));
        put(digest, event.vault() == null ? null : event.vault().toUpperCase(Locale.ROOT));
        put(digest, event.objectType());
        put(digest, event.objectName());
        put(digest, event.objectVersion());
        // A client may choose the correlation id, and write an address so that no object's name is found in it.
        if (correlation != null && event.objectName() == null) {
            put(digest, event.requestUri());
        }
        if (correlation == null) {
            put(digest, event.upn());
            put(digest, event.objectId());
            put(digest, event.appId());
            put(digest, event.sourceIp());
            put(digest, event.sourceAddress());
            put(digest, event.requestUri());
            put(digest, event.httpStatus() == null ? null : event.httpStatus().toString());
            put(digest, upper(event.subscriptionId()));
            put(digest, upper(event.resourceGroup()));
            put(digest, upper(event.resourceId()));
            put(digest, event.resultSignature());
        }
        ByteBuffer hash = ByteBuffer.wrap(digest.digest());
        return new ContentIdentity(hash.getLong(), hash.getLong());
    }

    private static @Nullable String upper(@Nullable String text) {
        return text == null ? null : text.toUpperCase(Locale.ROOT);
    }

    private static void put(MessageDigest digest, @Nullable String text) {
        // A length in front: no two lists of texts run together to the same bytes.
        byte[] bytes = text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES)
                .putInt(text == null ? -1 : bytes.length)
                .flip());
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }
}
