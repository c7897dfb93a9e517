package dev.vaultwatch.rule;

/** What of an EPL text is written for people alone. */
final class EplText {
    private EplText() {}

    /** The text without comments, and with each run of white space outside of quotes as one blank. */
    static String withoutComments(String epl) {
        StringBuilder plain = new StringBuilder(epl.length());
        int i = 0;
        while (i < epl.length()) {
            char c = epl.charAt(i);
            int end;
            if (epl.startsWith("//", i)) {
                end = epl.indexOf('\n', i);
                // The end of the line is white space, and stands for the comment.
                end = end < 0 ? epl.length() : end;
            } else if (epl.startsWith("/*", i)) {
                end = epl.indexOf("*/", i + 2);
                end = end < 0 ? epl.length() : end + 2;
                blank(plain);
            } else if (c == '\'' || c == '"' || c == '`') {
                end = endOfQuote(epl, i);
                plain.append(epl, i, end);
            } else {
                end = i + 1;
                if (Character.isWhitespace(c)) {
                    blank(plain);
                } else {
                    plain.append(c);
                }
            }
            i = end;
        }
        return plain.toString().strip();
    }

    private static int endOfQuote(String epl, int start) {
        char quote = epl.charAt(start);
        for (int i = start + 1; i < epl.length(); i++) {
            if (epl.charAt(i) == '\\') {
                i++;
            } else if (epl.charAt(i) == quote) {
                return i + 1;
            }
        }
        return epl.length();
    }

    private static void blank(StringBuilder plain) {
        if (plain.length() > 0 && plain.charAt(plain.length() - 1) != ' ') {
            plain.append(' ');
        }
    }
}
