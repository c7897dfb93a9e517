package dev.vaultwatch.tool.cases;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** What the short names in a case stand for, so that a case can say {@code user1} and a record has what Azure writes. */
final class Names {
    private static final String DOMAIN = "@contoso.example";

    /** The user of an event that names none. */
    static final String NOBODY = "nobody";

    private Names() {}

    /** {@code user1} is {@code user1@contoso.example}; a name with an @ is itself. */
    static String upn(String name) {
        return name.contains("@") ? name : name + DOMAIN;
    }

    /** The object id of a user or an application: a UUID made of the name, the same each time; a UUID is itself. */
    static String objectId(String name) {
        return uuid("object " + name, name);
    }

    /** The application id, likewise; never the object id of the same name. */
    static String appId(String name) {
        return uuid("application " + name, name);
    }

    /** Whether an alert's value of a property is what a case means by a name. */
    static boolean means(String name, String value) {
        return value.equalsIgnoreCase(name)
                || value.equals(upn(name))
                || value.equals(objectId(name))
                || value.equals(appId(name));
    }

    private static String uuid(String seed, String name) {
        return name.matches("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}")
                ? name
                : UUID.nameUUIDFromBytes(seed.getBytes(StandardCharsets.UTF_8)).toString();
    }
}
