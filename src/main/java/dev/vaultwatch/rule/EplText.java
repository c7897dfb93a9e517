package dev.vaultwatch.rule;

/** What of an EPL text is written for people alone. */
public final class EplText {
    private EplText() {}

    /** The text without comments, and with each run of white space outside of quotes as one blank. */
    static String withoutComments(String epl) {
        String code = blanked(epl, false);
        StringBuilder plain = new StringBuilder(code.length());
        int i = 0;
        while (i < code.length()) {
            char c = code.charAt(i);
            int end = isQuote(c) ? endOfQuote(code, i) : i + 1;
            if (!Character.isWhitespace(c)) {
                plain.append(code, i, end);
            } else if (plain.length() > 0 && plain.charAt(plain.length() - 1) != ' ') {
                plain.append(' ');
            }
            i = end;
        }
        return plain.toString().strip();
    }

    /**
     * The text with a blank for each character of a comment, so that what is left stands where it stood.
     *
     * @param texts whether what stands in quotes is blanked, too; the quotes stay
     */
    public static String blanked(String epl, boolean texts) {
        StringBuilder plain = new StringBuilder(epl);
        int i = 0;
        while (i < epl.length()) {
            char c = epl.charAt(i);
            int end = i + 1;
            if (epl.startsWith("//", i)) {
                int line = epl.indexOf('\n', i);
                end = line < 0 ? epl.length() : line;
                blank(plain, i, end);
            } else if (epl.startsWith("/*", i)) {
                int close = epl.indexOf("*/", i + 2);
                end = close < 0 ? epl.length() : close + 2;
                blank(plain, i, end);
            } else if (isQuote(c)) {
                end = endOfQuote(epl, i);
                if (texts && c != '`') {
                    blank(plain, i + 1, end - 1);
                }
            }
            i = end;
        }
        return plain.toString();
    }

    private static void blank(StringBuilder plain, int from, int to) {
        for (int i = from; i < to; i++) {
            if (plain.charAt(i) != '\n') {
                plain.setCharAt(i, ' ');
            }
        }
    }

    private static boolean isQuote(char c) {
        return c == '\'' || c == '"' || c == '`';
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
}
