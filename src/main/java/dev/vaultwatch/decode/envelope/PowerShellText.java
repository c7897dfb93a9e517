package dev.vaultwatch.decode.envelope;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What PowerShell's ConvertTo-Json writes for an object that lies deeper than its -Depth, 2 by default:
 * {@code @{upn=jane@contoso.example; oid=…}}. Objects and lists inside are lost.
 */
public final class PowerShellText {

    /** Between two members: a semicolon that a name follows, since values may hold semicolons. */
    private static final Pattern BETWEEN = Pattern.compile("; (?=[A-Za-z_][\\w.:/-]*=)");

    private PowerShellText() {}

    /** The members that have a value; none if the text is nothing of the kind. */
    public static Map<String, String> members(String text) {
        if (!text.startsWith("@{") || !text.endsWith("}")) {
            return Map.of();
        }
        Map<String, String> members = new LinkedHashMap<>();
        for (String pair : BETWEEN.split(text.substring(2, text.length() - 1), -1)) {
            int equals = pair.indexOf('=');
            // What is lost has its class's name, such as System.Object[].
            if (equals > 0 && equals < pair.length() - 1 && !pair.startsWith("System.", equals + 1)) {
                members.put(pair.substring(0, equals), pair.substring(equals + 1));
            }
        }
        return members;
    }
}
