package dev.vaultwatch.api;

/**
 * Makes text from rules, records and files safe to show: it can't steer a terminal, begin a line, or reverse the direction of
 * what stands beside it (CVE-2021-42574, "Trojan Source"). Formats and notices of Vaultwatch are clean; a format of a host's own cleans
 * what it takes from an alert's outputs, key and rule.
 */
public final class CleanText {
    /** What stands in the place of a character that was taken out, so that the reader sees that something was there. */
    private static final int REPLACEMENT = 0xFFFD;

    private CleanText() {}

    /** The text as one line of harmless characters, of the same number of code points. */
    public static String line(String text) {
        if (text.codePoints().noneMatch(CleanText::isHarmful)) {
            return text;
        }
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().forEach(c -> clean.appendCodePoint(isHarmful(c) ? REPLACEMENT : c));
        return clean.toString();
    }

    /**
     * Control characters; format characters, among them those that turn the direction of writing and those without a width;
     * separators of lines and paragraphs; halves of surrogate pairs.
     */
    public static boolean isHarmful(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }
}
