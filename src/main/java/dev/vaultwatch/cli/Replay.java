package dev.vaultwatch.cli;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.decode.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * One run of one plugin over some inputs: reads, and when the last one ends closes what is open and sums up.
 *
 * <p>Memory does not grow with the input: a record is given to the plugin and forgotten.
 *
 * <p>An interrupt (Ctrl-C) ends the input where it is. The reading thread sees that after the record in hand; if it is
 * waiting for bytes, the thread of the shutdown hook finishes in its place.
 *
 * <p>With a journal, records go to the plugin one by one, each with its file and its place there, and those that an earlier run
 * had taken are passed over. What is open is closed only once every file was read to its end: after an interrupt or a failure
 * the next run goes on instead.
 */
final class Replay {
    /** The largest record that is read: the most that Event Hubs carries in a message, as the plugin has it by default. */
    static final int MAX_RECORD_BYTES = 1_048_576;

    /** How late a record may come and still be counted in its minute. 10: Key Vault logs come that late. */
    static final int LATENESS_MINUTES = 10;

    static final Duration LATENESS = Duration.ofMinutes(LATENESS_MINUTES);

    /**
     * When an alert can't change any more: late records are judged together, at the latest when the minute closes in which they
     * came.
     */
    static final Duration SETTLED_AFTER = LATENESS.plusMinutes(1);

    /** How often a record is offered again that the plugin has no room for, each time after twice the pause: 3 s in all. */
    private static final int OFFERS = 6;

    private static final long FIRST_PAUSE_MILLIS = 50;

    /** The end of an input is the end of time; no record is so late. */
    private static final Instant END_OF_TIME = Instant.parse("9999-12-31T23:59:59Z");

    /** How often progress is shown and what has settled is printed: often enough for an eye. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** How long an interrupted process waits for its last words before it ends without them. */
    private static final long LAST_WORDS_MILLIS = 2_000;

    private final DetectionPlugin plugin;
    private final AlertPrinter alerts;
    private final DeadLetters letters;
    private final Screen screen;
    private final Optional<Path> letterFile;
    private final Optional<Path> journal;
    private final boolean endedBefore;
    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile boolean interrupted;
    private volatile long begun;
    private volatile List<Path> read = List.of();
    private volatile boolean complete;
    /** Records that an earlier run had taken. */
    private final AtomicLong before = new AtomicLong();

    /**
     * Takes over the plugin, which is started, and what listens to it.
     *
     * @param journal where the plugin keeps what it has taken; empty if nowhere
     */
    Replay(
            DetectionPlugin plugin,
            AlertPrinter alerts,
            DeadLetters letters,
            Screen screen,
            Optional<Path> letterFile,
            Optional<Path> journal) {
        this.plugin = plugin;
        this.alerts = alerts;
        this.letters = letters;
        this.screen = screen;
        this.letterFile = letterFile;
        this.journal = journal;
        this.endedBefore = journal.isPresent()
                && plugin.health().watermark().filter(END_OF_TIME::isBefore).isPresent();
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
            complete = problem.isEmpty() && goesOn();
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
                    RecordReader records = journal.isPresent()
                            ? RecordReader.oneByOne(input.stream(), MAX_RECORD_BYTES)
                            : new RecordReader(input.stream(), MAX_RECORD_BYTES)) {
                Optional<String> problem = read(records, file, input);
                if (problem.isPresent()) {
                    return problem;
                }
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

    private Optional<String> read(RecordReader records, Path file, Input input) throws IOException {
        // The journal knows the file by this name, whatever folder the command runs in the next time.
        String source = file.toAbsolutePath().normalize().toString();
        long looked = System.nanoTime();
        while (goesOn() && records.next()) {
            if (!goesOn()) {
                return Optional.empty();
            }
            Admission admission = offer(source, records);
            if (admission.status() == Admission.Status.OVERLOADED) {
                return goesOn() ? Optional.of(overload(file)) : Optional.empty();
            }
            if (admission.status() == Admission.Status.REPEATED) {
                before.incrementAndGet();
            }
            if (endedBefore && admission.late() > 0) {
                return Optional.of(Input.nameOf(file) + " has records that are not in the journal in " + journal.get()
                        + ", whose run came to its end: give further input a journal of its own.");
            }
            long now = System.nanoTime();
            if (now - looked >= LOOK_NANOS) {
                looked = now;
                look(file, input);
            }
        }
        return Optional.empty();
    }

    /** Gives a record to the plugin, and again after a pause while a bound is reached. */
    private Admission offer(String source, RecordReader records) {
        // A record that is too large comes as its beginning, which the plugin refuses as too large, too.
        byte[] record = Arrays.copyOfRange(records.buffer(), records.offset(), records.offset() + records.length());
        SourcePosition at = new SourcePosition(source, records.position());
        Admission admission = accept(at, record);
        for (int offer = 1; offer < OFFERS && admission.status() == Admission.Status.OVERLOADED && goesOn(); offer++) {
            try {
                Thread.sleep(FIRST_PAUSE_MILLIS << offer);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return admission;
            }
            admission = accept(at, record);
        }
        return admission;
    }

    private Admission accept(SourcePosition at, byte[] record) {
        return journal.isPresent() ? plugin.accept(at, record) : plugin.accept(record);
    }

    private String overload(Path file) {
        return "Reading ended in " + Input.nameOf(file) + ": "
                + journal.map(folder ->
                                "the journal in " + folder + " can't be written, or a bound is reached. Once that is"
                                        + " mended, the same command goes on there.")
                        .orElse("a bound is reached, and the plugin takes no more records.");
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
                    "%,d records%s, %,d %s, %s%s",
                    health.records(),
                    before.get() == 0 ? "" : String.format(Locale.ROOT, " and %,d before", before.get()),
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
        if (complete || journal.isEmpty()) {
            // No further event comes, so every minute is over.
            plugin.advanceTo(Instant.MAX);
        }
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
        // No other number is greater than these two, so its width is theirs.
        int width = count(Math.max(health.records(), before.get())).length();
        line(
                "read",
                health.records(),
                width,
                String.format(
                        Locale.ROOT,
                        "records of %s in %.1f s, %,.0f events/s%s",
                        inputs(),
                        seconds,
                        (health.records() + before.get()) / seconds,
                        interrupted ? ", up to the interrupt" : ""));
        if (before.get() > 0) {
            line("before", before.get(), width, "lines or elements that an earlier run had taken, passed over");
        }
        line("kept", health.kept(), width, "that a rule looks at");
        line("ignored", health.ignored(), width, "that no rule looks at");
        if (health.reopened() > 0) {
            line(
                    "reopened",
                    health.reopened(),
                    width,
                    "of the kept, after their minute had closed; it was judged again");
        }
        line("late", health.late(), width, lateness(health));
        line("bad", health.bad(), width, badness());
        line("alerts", health.alerts(), width, "");
        if (health.withheld() > 0) {
            line("withheld", health.withheld(), width, "alerts beyond a rule's cap");
        }
        if (health.ruleFailures() > 0) {
            line("failed", health.ruleFailures(), width, "times that a rule failed on an event");
        }
        if (interrupted && !complete && journal.isPresent()) {
            screen.say("The same command goes on there.");
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
        return "came more than " + LATENESS_MINUTES + " minutes after their minute and are in no alert"
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
