package dev.vaultwatch.alert.format;

/** A user principal name, {@code name@domain}. */
final class Upn {
    private Upn() {}

    /** Whether the text has the form of an address: a guest's {@code name_home.example#EXT#@tenant} has it, too. */
    static boolean isAddress(String text) {
        int at = text.lastIndexOf('@');
        return at > 0 && at < text.length() - 1;
    }

    /** What stands after the last {@code @}, in lower case as domains are compared. */
    static String domain(String address) {
        return address.substring(address.lastIndexOf('@') + 1).toLowerCase(java.util.Locale.ROOT);
    }
}
