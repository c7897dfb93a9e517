package dev.vaultwatch.decode;

import org.jspecify.annotations.Nullable;

/** Who called, by the claims of a record. */
final class Identity {
    private Identity() {}

    /** The field that names the user; absent if none does. */
    static @Nullable Field user(AuditFields fields, IdentityMode mode) {
        if (fields.has(Field.UPN)) {
            return Field.UPN;
        }
        if (mode == IdentityMode.UPSTREAM) {
            return null;
        }
        if (fields.has(Field.UPN_BY_URL)) {
            return Field.UPN_BY_URL;
        }
        if ("app".equals(fields.get(Field.IDENTITY_TYPE))) {
            return null;
        }
        if (fields.has(Field.UNIQUE_NAME)) {
            return Field.UNIQUE_NAME;
        }
        if (fields.has(Field.PREFERRED_USERNAME)) {
            return Field.PREFERRED_USERNAME;
        }
        String text = fields.get(Field.IDENTITY_TEXT);
        if (text != null && UserName.isUpn(text)) {
            return Field.IDENTITY_TEXT;
        }
        return isUser(fields) && fields.has(Field.OID) ? Field.OID : null;
    }

    /** Whether the token was issued for a user: it says so, or it has what an application's never has. */
    private static boolean isUser(AuditFields fields) {
        return fields.has(Field.IDENTITY_TYPE)
                ? "user".equals(fields.get(Field.IDENTITY_TYPE))
                : fields.has(Field.SCOPE)
                        || fields.has(Field.AUTH_METHODS)
                        || fields.has(Field.UNIQUE_NAME)
                        || fields.has(Field.PREFERRED_USERNAME);
    }

    /** Why a record names no user, for one that doesn't. */
    static Userless why(AuditFields fields) {
        boolean claims = fields.has(Field.APP_ID)
                || fields.has(Field.OID)
                || fields.has(Field.OBJECT_ID)
                || fields.has(Field.OBJECT_ID_BY_URL)
                || fields.has(Field.UPN_BY_URL)
                || fields.has(Field.UNIQUE_NAME)
                || fields.has(Field.PREFERRED_USERNAME)
                || fields.has(Field.IDENTITY_TYPE);
        if (!claims) {
            return fields.has(Field.IDENTITY_TEXT) ? Userless.UNREADABLE_IDENTITY : Userless.NO_IDENTITY;
        }
        return isUser(fields) || fields.has(Field.UPN_BY_URL) ? Userless.GUEST_WITHOUT_UPN : Userless.APPLICATION;
    }

    /** The name of the claim that a field holds, as tokens have it. */
    static String claim(Field user) {
        return switch (user) {
            case UPN -> "upn";
            case UPN_BY_URL -> "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";
            case UNIQUE_NAME -> "unique_name";
            case PREFERRED_USERNAME -> "preferred_username";
            case OID -> "oid";
            default -> "identity";
        };
    }
}
