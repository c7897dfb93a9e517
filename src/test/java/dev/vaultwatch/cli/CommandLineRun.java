package dev.vaultwatch.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * What one run of the command line left behind.
 *
 * @param exitCode what the process would have ended with
 * @param out standard output
 * @param err standard error
 */
record CommandLineRun(int exitCode, String out, String err) {

    /** Runs in this process with an empty standard input. */
    static CommandLineRun of(Object... args) {
        return withInput(InputStream.nullInputStream(), args);
    }

    static CommandLineRun withInput(String input, Object... args) {
        return withInput(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), args);
    }

    static CommandLineRun withInput(InputStream input, Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = Main.run(
                Arrays.stream(args).map(Object::toString).toArray(String[]::new),
                input,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new CommandLineRun(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    List<String> outLines() {
        return out.lines().toList();
    }

    List<String> errLines() {
        return err.lines().toList();
    }

    /** The line of the summary that begins with a label, with its runs of blanks made one. */
    String summary(String label) {
        return err.lines()
                .filter(line -> line.startsWith(label + " "))
                .map(line -> line.replaceAll(" +", " "))
                .findFirst()
                .orElseThrow(() -> new AssertionError("No line '" + label + "' in:\n" + err));
    }
}
