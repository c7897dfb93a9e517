package dev.vaultwatch.decode;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the address of a secret, key or certificate says of it:
 * {@code https://contoso-pay.vault.azure.net/secrets/NAME/VERSION}, possibly with an operation and a query behind it (Azure Key Vault
 * REST API 7.4).
 *
 * @param type the collection, as the address spells it
 * @param name the object's name; absent where the address is the collection's
 * @param version the object's version; absent where the address names none
 */
record ObjectUri(
        @Nullable String type,
        @Nullable String name,
        @Nullable String version) {

    private static final ObjectUri NONE = new ObjectUri(null, null, null);

    private static final Set<String> TYPES = Set.of(
            "secrets",
            "keys",
            "certificates",
            "storage",
            "deletedsecrets",
            "deletedkeys",
            "deletedcertificates",
            "deletedstorage");

    /** Hexadecimal digits, as versions are: what else stands behind a name is an operation. */
    private static final int VERSION_LENGTH = 32;

    /** Takes what is there; all parts are absent from a text that is no such address. */
    static ObjectUri of(@Nullable String text) {
        int scheme = text == null ? -1 : text.indexOf("://");
        int path = scheme < 0 || text == null ? -1 : text.indexOf('/', scheme + 3);
        if (path < 0 || text == null) {
            return NONE;
        }
        int end = text.indexOf('?', path);
        String[] parts = text.substring(path + 1, end < 0 ? text.length() : end).split("/", 4);
        if (!TYPES.contains(parts[0])) {
            return NONE;
        }
        String name = parts.length > 1 && !parts[1].isEmpty() ? parts[1] : null;
        String version = parts.length > 2 && name != null && isVersion(parts[2]) ? parts[2] : null;
        return new ObjectUri(parts[0], name, version);
    }

    private static boolean isVersion(String text) {
        return !text.isEmpty()
                && text.length() <= VERSION_LENGTH
                && text.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128);
    }
}
