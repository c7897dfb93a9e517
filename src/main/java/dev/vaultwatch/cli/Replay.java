package dev.vaultwatch.cli;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.decode.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * One run of one plugin over some inputs: reads, and when the last one ends closes what is open and sums up.
 *
 * <p>Memory does not grow with the input: a record is given to the plugin and forgotten.
 *
 * <p>An interrupt (Ctrl-C) ends the input where it is. The reading thread sees that after the record in hand; if it is
 * waiting for bytes, the thread of the shutdown hook finishes in its place.
 */
final class Replay {
    /** The largest record that is read: the most that Event Hubs carries in a message, as the plugin has it by default. */
    static final int MAX_RECORD_BYTES = 1_048_576;

    /** How often progress is shown and what has settled is printed: often enough for an eye. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** How long an interrupted process waits for its last words before it ends without them. */
    private static final long LAST_WORDS_MILLIS = 2_000;

    private final DetectionPlugin plugin;
    private final AlertPrinter alerts;
    private final DeadLetters letters;
    private final Screen screen;
    private final Optional<Path> letterFile;
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile boolean interrupted;
    private volatile long begun;
    private volatile List<Path> read = List.of();

    /** Takes over the plugin, which is started, and what listens to it. */
    Replay(DetectionPlugin plugin, AlertPrinter alerts, DeadLetters letters, Screen screen, Optional<Path> letterFile) {
        this.plugin = plugin;
        this.alerts = alerts;
        this.letters = letters;
        this.screen = screen;
        this.letterFile = letterFile;
    }

    /** Reads the files in order, up to the first that fails. Returns the exit code. */
    int run(List<Path> files, Surroundings surroundings) {
        Thread hook = new Thread(this::interrupt, "vaultwatch-interrupt");
        if (surroundings.ownsProcess()) {
            Runtime.getRuntime().addShutdownHook(hook);
        }
        begun = System.nanoTime();
        Optional<String> problem;
        try {
            problem = readAll(files, surroundings.in());
        } finally {
            finish();
            if (surroundings.ownsProcess()) {
                withdraw(hook);
            }
        }
        return exitCode(problem);
    }

    private static void withdraw(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ignored) {
            // The process is ending on an interrupt already; the hook will find everything done.
        }
    }

    /** Empty if all went well, or else what did not, in a sentence. */
    private Optional<String> readAll(List<Path> files, InputStream standardInput) {
        for (int i = 0; i < files.size() && goesOn(); i++) {
            Path file = files.get(i);
            read = files.subList(0, i + 1);
            try (Input input = Input.open(file, standardInput);
                    RecordReader records = new RecordReader(input.stream(), MAX_RECORD_BYTES)) {
                read(records, file, input);
            } catch (IOException e) {
                int left = files.size() - i - 1;
                return Optional.of(Input.nameOf(file) + " can't be read: " + Problem.of(e) + "."
                        + (left == 0
                                ? ""
                                : " The " + (left == 1 ? "file" : left + " files") + " after it "
                                        + (left == 1 ? "was" : "were") + " not read."));
            }
        }
        return Optional.empty();
    }

    private void read(RecordReader records, Path file, Input input) throws IOException {
        long looked = System.nanoTime();
        while (goesOn() && records.next()) {
            if (!goesOn()) {
                return;
            }
            // A record that is too large comes as its beginning, which the plugin refuses as too large, too.
            Admission admission = plugin.accept(
                    Arrays.copyOfRange(records.buffer(), records.offset(), records.offset() + records.length()));
            if (admission.status() != Admission.Status.TAKEN) {
                throw new IOException("the plugin takes no more records (" + admission.status() + ")");
            }
            long now = System.nanoTime();
            if (now - looked >= LOOK_NANOS) {
                looked = now;
                look(file, input);
            }
        }
    }

    private boolean goesOn() {
        return !interrupted && alerts.failure().isEmpty();
    }

    private void look(Path file, Input input) {
        letters.flush();
        if (alerts.waits()) {
            plugin.health().watermark().ifPresent(alerts::settle);
        }
        if (screen.showsProgress()) {
            PluginHealth health = plugin.health();
            Path name = Optional.ofNullable(file.getFileName()).orElse(file);
            screen.progress(String.format(
                    Locale.ROOT,
                    "%,d records, %,d %s, %s%s",
                    health.records(),
                    health.alerts(),
                    health.alerts() == 1 ? "alert" : "alerts",
                    Input.nameOf(name),
                    input.percent().isPresent() ? " " + input.percent().getAsInt() + " %" : ""));
        }
    }

    // ---- the end

    private void interrupt() {
        interrupted = true;
        try {
            if (finished.await(LAST_WORDS_MILLIS / 4, TimeUnit.MILLISECONDS)) {
                return;
            }
            // The reading thread waits for bytes. Its work is done elsewhere, and on a thread that may be left behind:
            // whoever reads
            // standard output may have stopped reading, and the process must end all the same.
            Thread lastWords = new Thread(this::finish, "vaultwatch-last-words");
            lastWords.setDaemon(true);
            lastWords.start();
            lastWords.join(LAST_WORDS_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Closes what is open and sums up. The second call does nothing. */
    private synchronized void finish() {
        if (finished.getCount() == 0) {
            return;
        }
        // No further event comes, so every minute is over.
        plugin.advanceTo(Instant.MAX);
        plugin.close();
        alerts.settle(Instant.MAX);
        letters.close();
        screen.clear();
        if (alerts.failure().isEmpty()) {
            sumUp();
        }
        finished.countDown();
    }

    private int exitCode(Optional<String> problem) {
        problem.ifPresent(this::complain);
        Optional<String> unwritten = letters.failure()
                .map(e -> "The file for records that can't be read is not complete: " + Problem.of(e) + ".");
        unwritten.ifPresent(this::complain);
        Optional<String> unprinted = alerts.failure()
                .filter(e -> !Problem.isClosedPipe(e))
                .map(e -> "Alerts can't be printed any more: " + Problem.of(e) + ". Reading ended there.");
        unprinted.ifPresent(this::complain);
        return problem.or(() -> unwritten).or(() -> unprinted).isPresent() ? Main.FAILED : Main.OK;
    }

    private void complain(String sentence) {
        screen.say("vaultwatch: " + sentence);
    }

    private void sumUp() {
        PluginHealth health = plugin.health();
        double seconds = (System.nanoTime() - begun) / 1e9;
        // No other number is greater than that of the records, so its width is theirs.
        int width = count(health.records()).length();
        line(
                "read",
                health.records(),
                width,
                String.format(
                        Locale.ROOT,
                        "records of %s in %.1f s, %,.0f events/s%s",
                        inputs(),
                        seconds,
                        health.records() / seconds,
                        interrupted ? ", up to the interrupt" : ""));
        line("kept", health.kept(), width, "that a rule looks at");
        line("ignored", health.ignored(), width, "that no rule looks at");
        line("late", health.late(), width, lateness(health));
        line("bad", health.bad(), width, badness());
        line("alerts", health.alerts(), width, "");
        if (health.withheld() > 0) {
            line("withheld", health.withheld(), width, "alerts beyond a rule's cap");
        }
        if (health.ruleFailures() > 0) {
            line("failed", health.ruleFailures(), width, "times that a rule failed on an event");
        }
    }

    private void line(String label, long number, int width, String rest) {
        String padded = " ".repeat(Math.max(0, width - count(number).length())) + count(number);
        screen.say(
                String.format(Locale.ROOT, "%-8s  %s  %s", label, padded, rest).stripTrailing());
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private String inputs() {
        return read.size() == 1 ? Input.nameOf(read.get(0)) : read.size() + " files";
    }

    private String lateness(PluginHealth health) {
        if (health.late() == 0) {
            return "";
        }
        return "came after their minute had closed and are in no alert"
                + (read.size() > 1 ? "; are the files in the order of time?" : "");
    }

    private String badness() {
        String reasons = letters.counts().entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "%s %,d", entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(", "));
        if (reasons.isEmpty()) {
            return "";
        }
        return "(" + reasons + "), "
                + letterFile
                        .map(file -> "kept in " + file)
                        .orElse("which --dead-letters FILE keeps with what is wrong");
    }
}
