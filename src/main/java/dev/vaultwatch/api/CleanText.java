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
     * Control characters; format characters, among them those that turn the direction of writing and those without a width; what
     * else is not seen, such as variation selectors and fillers, since two names that look alike would be two; separators of lines
     * and paragraphs; halves of surrogate pairs.
     */
    public static boolean isHarmful(int codePoint) {
        if (isUnseen(codePoint)) {
            return true;
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }

    /** Unicode's Default_Ignorable_Code_Point, as far as Java counts it among letters, marks or what is not assigned. */
    private static boolean isUnseen(int codePoint) {
        return switch (codePoint) {
            case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2065, 0x3164, 0xFFA0 -> true;
            default ->
                (codePoint >= 0xFE00 && codePoint <= 0xFE0F)
                        || (codePoint >= 0xFFF0 && codePoint <= 0xFFF8)
                        || (codePoint >= 0xE0000 && codePoint <= 0xE0FFF);
        };
    }
}
