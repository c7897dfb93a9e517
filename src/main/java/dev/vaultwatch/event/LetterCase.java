package dev.vaultwatch.event;

import java.util.Locale;

/** The case that letters of a property have, whatever case they had in the record. */
public enum LetterCase {
    /** As in the record. */
    KEPT,
    /** Small letters. */
    SMALL,
    /** Capitals. */
    CAPITAL;

    /** A text in that case. */
    public String of(String text) {
        return switch (this) {
            case KEPT -> text;
            case SMALL -> text.toLowerCase(Locale.ROOT);
            case CAPITAL -> text.toUpperCase(Locale.ROOT);
        };
    }
}
