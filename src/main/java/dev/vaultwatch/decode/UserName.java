package dev.vaultwatch.decode;

import java.text.Normalizer;
import java.util.Locale;

/**
 * One form for each user's name, whatever form a record has: without space around it, in Unicode's form NFC, in small letters (Entra
 * compares user principal names without regard to case), and without the identity provider before it ({@code live.com#},
 * {@code mail#}, {@code guest#}), which some tokens have and others of the same user don't.
 */
final class UserName {
    private UserName() {}

    /** The folded form; the very text if it is folded. */
    static String fold(String text) {
        String name = text.strip();
        if (!isAscii(name)) {
            name = Normalizer.normalize(name, Normalizer.Form.NFC);
        }
        name = name.toLowerCase(Locale.ROOT);
        int provider = name.lastIndexOf('#');
        // A guest's UPN, such as eve_example.org#ext#@contoso.example, has its sign behind the name.
        if (provider > 0 && name.indexOf('@') > provider + 1 && name.indexOf('@') == name.lastIndexOf('@')) {
            name = name.substring(provider + 1);
        }
        return name.isEmpty() || name.equals(text) ? text : name;
    }

    /** Whether a text looks like a user principal name, possibly with a provider before it. */
    static boolean isUpn(String text) {
        String name = text.strip();
        int at = name.indexOf('@');
        return at > 0
                && at < name.length() - 1
                && name.chars().noneMatch(c -> c <= ' ' || c == '"' || c == '{' || c == ',' || c == ';');
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7f) {
                return false;
            }
        }
        return true;
    }
}
