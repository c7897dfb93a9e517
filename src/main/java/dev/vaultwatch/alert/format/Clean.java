package dev.vaultwatch.alert.format;

import dev.vaultwatch.api.CleanText;

/** Values as text alerts show them: clean, and not longer than a person reads. */
final class Clean {
    /** Characters of one value that are shown: longer than any resource id that Azure makes; a record's field may hold a megabyte. */
    static final int LONGEST = 400;

    private Clean() {}

    /** One line of harmless characters, cut at {@value #LONGEST}. */
    static String line(String text) {
        int length = text.codePointCount(0, text.length());
        if (length <= LONGEST) {
            return CleanText.line(text);
        }
        return CleanText.line(text.substring(0, text.offsetByCodePoints(0, LONGEST))) + "… (" + length + " characters)";
    }
}
