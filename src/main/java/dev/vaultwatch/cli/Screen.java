package dev.vaultwatch.cli;

import dev.vaultwatch.api.CleanText;
import java.io.PrintStream;

/**
 * Standard error, as a person sees it: lines that stay, and one last line of progress that is rewritten in place.
 *
 * <p>Whoever prints elsewhere on the same terminal clears the progress first. Thread-safe.
 */
final class Screen {
    /** Fits the narrowest terminal in use; a line that wraps can't be rewritten by a carriage return. */
    private static final int WIDTH = 79;

    private final PrintStream err;
    private final boolean terminal;
    private int shown;

    Screen(PrintStream err, boolean terminal) {
        this.err = err;
        this.terminal = terminal;
    }

    /** Whether anyone sees progress. */
    boolean showsProgress() {
        return terminal;
    }

    /** Prints a text that stays, each of its lines cleaned: names of files and of what records hold may be in it. */
    synchronized void say(String text) {
        clear();
        text.lines().map(CleanText::line).forEach(err::println);
        err.flush();
    }

    /** Rewrites the line of progress. */
    synchronized void progress(String text) {
        if (terminal) {
            String line = CleanText.line(text.length() > WIDTH ? text.substring(0, WIDTH) : text);
            err.print("\r" + line + " ".repeat(Math.max(0, shown - line.length())));
            err.flush();
            shown = line.length();
        }
    }

    /** Takes the line of progress away. */
    synchronized void clear() {
        if (shown > 0) {
            err.print("\r" + " ".repeat(shown) + "\r");
            err.flush();
            shown = 0;
        }
    }
}
