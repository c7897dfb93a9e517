package dev.vaultwatch.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Writes what a command found to standard output. A reader that has had enough, such as {@code head}, is no failure: what is left is
 * not written, and the exit code is that of what was found. Not thread-safe.
 */
final class Answered {
    private final OutputStream out;
    private final Screen screen;
    private Optional<IOException> failure = Optional.empty();

    Answered(OutputStream out, Screen screen) {
        this.out = out;
        this.screen = screen;
    }

    /** Writes a text, unless an earlier one could not be written. */
    void write(String text) {
        if (failure.isPresent()) {
            return;
        }
        try {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            failure = Optional.of(e);
            if (!Problem.isClosedPipe(e)) {
                screen.say("vaultwatch: What was found can't be printed: " + Problem.of(e) + ".");
            }
        }
    }

    /** The exit code, given that of what was found. */
    int exitCode(int found) {
        return failure.filter(e -> !Problem.isClosedPipe(e)).isPresent() ? ExitCode.FAILED.code() : found;
    }
}
