package dev.vaultwatch.cli;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DeadLetterListener;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Counts the records that could not be read, by reason, and appends them to a file as lines of JSON if there is one.
 *
 * <p>When the file can't be written any more, the counting goes on; {@link #failure()} says so. Thread-safe.
 */
final class DeadLetters implements DeadLetterListener {
    private final @Nullable Writer file;
    private final Map<DeadLetter.Reason, Long> counts = new EnumMap<>(DeadLetter.Reason.class);
    private Optional<First> first = Optional.empty();
    private String reading = "";
    private @Nullable IOException failure;

    private DeadLetters(@Nullable Writer file) {
        this.file = file;
    }

    /** Only counts. */
    static DeadLetters counted() {
        return new DeadLetters(null);
    }

    /** Appends to a file, which is made if it does not exist. */
    static DeadLetters appendedTo(Path file) throws IOException {
        return new DeadLetters(new BufferedWriter(new OutputStreamWriter(
                Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                StandardCharsets.UTF_8)));
    }

    /** Where the first stood and what is wrong with it. */
    record First(String file, String problem) {}

    /** Says where what comes next is from. */
    synchronized void reading(String file) {
        reading = file;
    }

    @Override
    public synchronized void onDeadLetter(DeadLetter letter) {
        counts.merge(letter.reason(), 1L, Long::sum);
        first = first.or(() -> Optional.of(new First(reading, letter.problem())));
        write(writer -> writer.write(json(letter, reading) + "\n"));
    }

    /** Hands what is buffered to the file. */
    synchronized void flush() {
        write(Writer::flush);
    }

    synchronized void close() {
        write(Writer::close);
    }

    /** How many there were of each kind, in the order of {@link DeadLetter.Reason}; kinds that did not occur are left out. */
    synchronized Map<DeadLetter.Reason, Long> counts() {
        return new EnumMap<>(counts);
    }

    /** Whether there are records of a Key Vault among them, whose times alone are wrong. */
    synchronized boolean hasRecords() {
        return counts.containsKey(DeadLetter.Reason.BAD_TIME) || counts.containsKey(DeadLetter.Reason.FAR_FUTURE);
    }

    /** The first of them; empty if there was none. */
    synchronized Optional<First> first() {
        return first;
    }

    /** Why the file is not complete; empty if it is. */
    synchronized Optional<IOException> failure() {
        return Optional.ofNullable(failure);
    }

    private interface Step {
        void on(Writer writer) throws IOException;
    }

    private void write(Step step) {
        if (file != null && failure == null) {
            try {
                step.on(file);
            } catch (IOException e) {
                failure = e;
            }
        }
    }

    private static String json(DeadLetter letter, String file) {
        StringBuilder line = new StringBuilder(letter.record().length() + 256);
        member(line.append('{'), "file", file);
        member(line.append(','), "reason", letter.reason().name());
        member(line.append(','), "pointer", letter.pointer());
        member(line.append(','), "problem", letter.problem());
        member(line.append(','), "expected", letter.expected());
        member(line.append(','), "record", letter.record());
        return line.append('}').toString();
    }

    private static void member(StringBuilder line, String name, String value) {
        quote(line, name);
        quote(line.append(':'), value);
    }

    /** A JSON string. Half of a surrogate pair, which a cut through a record leaves, has no UTF-8 and becomes U+FFFD. */
    private static void quote(StringBuilder line, String text) {
        line.append('"');
        text.codePoints().forEach(c -> {
            switch (c) {
                case '"' -> line.append("\\\"");
                case '\\' -> line.append("\\\\");
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                case '\t' -> line.append("\\t");
                default -> {
                    if (c < ' ') {
                        line.append("\\u00").append(c < 0x10 ? "0" : "").append(Integer.toHexString(c));
                    } else if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                        line.append('\uFFFD');
                    } else {
                        line.appendCodePoint(c);
                    }
                }
            }
        });
        line.append('"');
    }
}
