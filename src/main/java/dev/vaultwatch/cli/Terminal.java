package dev.vaultwatch.cli;

import java.io.Console;
import java.util.Locale;
import java.util.OptionalInt;
import org.jline.nativ.CLibrary;
import org.jline.nativ.Kernel32;
import org.jspecify.annotations.Nullable;

/**
 * Which of a process's streams are terminals, and how wide. The system is asked through jline-native: before Java 22, Java has a console
 * only where standard input and output are both a terminal, and so shows no progress beside {@code > alerts.ndjson}.
 *
 * @param out whether standard output is one
 * @param err whether standard error is one
 * @param columns how wide standard output's is; empty where it is none, or does not tell
 */
record Terminal(boolean out, boolean err, OptionalInt columns) {
    private static final int OUT = 1;
    private static final int ERR = 2;

    /** Numbers that Windows gives to {@code GetStdHandle}. */
    private static final int WINDOWS_OUT = -11;

    private static final int WINDOWS_ERR = -12;

    /** Where nobody watches. */
    static Terminal none() {
        return new Terminal(false, false, OptionalInt.empty());
    }

    /** The process's. */
    static Terminal ofProcess() {
        try {
            return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows")
                    ? windows()
                    : posix();
        } catch (LinkageError | RuntimeException e) {
            // No library for this system, or none may be unpacked: what Java itself knows.
            boolean console = isTerminal(System.console());
            return new Terminal(console, console, OptionalInt.empty());
        }
    }

    private static Terminal posix() {
        boolean out = CLibrary.isatty(OUT) == 1;
        OptionalInt columns = OptionalInt.empty();
        if (out) {
            CLibrary.WinSize size = new CLibrary.WinSize();
            if (CLibrary.ioctl(OUT, CLibrary.TIOCGWINSZ, size) == 0 && size.ws_col > 0) {
                columns = OptionalInt.of(size.ws_col);
            }
        }
        return new Terminal(out, CLibrary.isatty(ERR) == 1, columns);
    }

    private static Terminal windows() {
        long out = Kernel32.GetStdHandle(WINDOWS_OUT);
        int[] mode = new int[1];
        boolean outIsOne = Kernel32.GetConsoleMode(out, mode) != 0;
        OptionalInt columns = OptionalInt.empty();
        if (outIsOne) {
            Kernel32.CONSOLE_SCREEN_BUFFER_INFO buffer = new Kernel32.CONSOLE_SCREEN_BUFFER_INFO();
            if (Kernel32.GetConsoleScreenBufferInfo(out, buffer) != 0) {
                columns = OptionalInt.of(buffer.windowWidth());
            }
        }
        return new Terminal(outIsOne, Kernel32.GetConsoleMode(Kernel32.GetStdHandle(WINDOWS_ERR), mode) != 0, columns);
    }

    /** Since Java 22 there is a console even where there is no terminal, and a method that tells; before, none. */
    private static boolean isTerminal(@Nullable Console console) {
        if (console == null) {
            return false;
        }
        try {
            return Boolean.TRUE.equals(Console.class.getMethod("isTerminal").invoke(console));
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
