package dev.vaultwatch.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a command runs in, so that a test can be the surroundings, too.
 *
 * @param in standard input
 * @param out standard output, for alerts alone. Unlike a {@link PrintStream} it throws when nobody reads it any more: a
 *     replay into {@code head} must end then
 * @param err standard error, for everything else
 * @param terminal which of the streams a person watches
 * @param ownsProcess whether the process is the command's own: only then does it touch logging and listen for an interrupt
 */
record Surroundings(InputStream in, OutputStream out, PrintStream err, Terminal terminal, boolean ownsProcess) {

    /** The process's own. Everything is written in UTF-8: the output of one replay is the same bytes wherever it runs. */
    static Surroundings ofProcess() {
        return new Surroundings(
                System.in,
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                Terminal.ofProcess(),
                true);
    }

    /** Streams that somebody else owns. */
    static Surroundings of(InputStream in, PrintStream out, PrintStream err) {
        return new Surroundings(in, new Outspoken(out), err, Terminal.none(), false);
    }

    /**
     * Whether standard output may have colour: it is a terminal that has any, and the person has not asked for none
     * (https://no-color.org).
     *
     * @param environment of the process
     */
    boolean showsColour(Map<String, String> environment) {
        return terminal.out()
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "").equals("dumb");
    }

    /** A print stream that says so when it fails. */
    private static final class Outspoken extends FilterOutputStream {
        private final PrintStream stream;

        Outspoken(PrintStream stream) {
            super(stream);
            this.stream = stream;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            stream.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            if (stream.checkError()) {
                throw new IOException("Broken pipe, or another failure that a PrintStream keeps to itself");
            }
        }
    }
}
