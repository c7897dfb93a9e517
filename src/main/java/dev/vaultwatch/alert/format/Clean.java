package dev.vaultwatch.alert.format;

/**
 * Makes text from rules, records and files safe to show: it can't steer a terminal, begin a line, or reverse the direction of
 * what stands beside it (CVE-2021-42574, "Trojan Source").
 */
final class Clean {
    /** What stands in the place of a character that was taken out, so that the reader sees that something was there. */
    private static final int REPLACEMENT = 0xFFFD;

    /** Characters of one value that are shown: longer than any resource id that Azure makes; a record's field may hold a megabyte. */
    static final int LONGEST = 400;

    private Clean() {}

    /** One line of harmless characters, cut at {@value #LONGEST}. */
    static String line(String text) {
        int length = text.codePointCount(0, text.length());
        StringBuilder clean = new StringBuilder(Math.min(text.length(), LONGEST) + 32);
        text.codePoints().limit(LONGEST).forEach(c -> clean.appendCodePoint(isHarmful(c) ? REPLACEMENT : c));
        if (length > LONGEST) {
            clean.append("… (").append(length).append(" characters)");
        }
        return clean.toString();
    }

    /**
     * Control characters; format characters, among them those that turn the direction of writing and those without a width;
     * separators of lines and paragraphs; halves of surrogate pairs.
     */
    static boolean isHarmful(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }
}
