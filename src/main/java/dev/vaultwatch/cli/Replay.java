package dev.vaultwatch.cli;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One run of one plugin over some inputs: reads them merged by event time, and when the last one ends closes what is open and sums
 * up.
 *
 * <h2>Order</h2>
 *
 * Each input is a source of its own, and all are opened before the first record is fed. The next chunk always comes from the input
 * that was read least far in event time (a k-way merge by chunks): it is the one whose source holds the plugin's watermark back.
 * {@link ReplayPlan} says what is done with files that are not in the order of time.
 *
 * <p>Memory does not grow with the length of the inputs: a chunk is given to the plugin and forgotten. It grows with the number of
 * files that overlap in event time, by some 200 KB each.
 *
 * <h2>Interrupt</h2>
 *
 * An interrupt (Ctrl-C) ends the input where it is. The reading thread sees that after the chunk in hand; if it is
 * waiting for bytes, the thread of the shutdown hook finishes in its place.
 *
 * <h2>Journal</h2>
 *
 * With a journal, records go to the plugin one by one, each with its place in its file, and those that an earlier run had taken are
 * passed over. What is open is closed only once every file was read to its end: after an interrupt or a failure the next run goes on
 * instead. So that it can, the first failure ends the reading; without a journal, the other files are read all the same.
 */
final class Replay {
    /** The largest record that is read: the most that Event Hubs carries in a message, as the plugin has it by default. */
    static final int MAX_RECORD_BYTES = 1_048_576;

    /**
     * How late a record may come and still be counted in its minute: Key Vault logs come 10 minutes late, and a clock may be as far
     * ahead.
     */
    static final int LATENESS_MINUTES = 30;

    static final Duration LATENESS = Duration.ofMinutes(LATENESS_MINUTES);

    /**
     * When the alert of a window can't change any more: late records are judged together, at the latest when the minute closes in which they
     * came. Of alerts without a window the plugin says which go on.
     */
    static final Duration SETTLED_AFTER = LATENESS.plusMinutes(1);

    /** How often a record is offered again that the plugin has no room for, each time after twice the pause: 3 s in all. */
    private static final int OFFERS = 6;

    private static final long FIRST_PAUSE_MILLIS = 50;

    /** How often progress is shown and what has settled is printed: often enough for an eye. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** How long an interrupted process waits for its last words before it ends without them. */
    private static final long LAST_WORDS_MILLIS = 2_000;

    private final DetectionPlugin plugin;
    private final AlertPrinter alerts;
    private final DeadLetters letters;
    private final Notices notices;
    private final Screen screen;
    private final Settings settings;
    private final PluginHealth atStart;
    private final Tally tally = new Tally();
    private final TempFolder temp = new TempFolder();
    private final EventTimes times = new EventTimes();
    private final List<String> problems = new ArrayList<>();

    /** Inputs that were read to their end and had no record; written by the reading thread, read by whichever sums up. */
    private final List<Path> empty = new CopyOnWriteArrayList<>();

    private final CountDownLatch finished = new CountDownLatch(1);
    private volatile boolean interrupted;
    private volatile long begun;
    private volatile String inputs = "";
    private volatile List<Path> sorted = List.of();
    private volatile boolean complete;
    private long bytesInAll;
    private long looked;

    /**
     * What the options say.
     *
     * @param letterFile where records that can't be read are kept; empty if nowhere
     * @param journal where the plugin keeps what it has taken; empty if nowhere
     * @param assumeSorted whether files are taken to be in the order of time
     */
    record Settings(Optional<Path> letterFile, Optional<Path> journal, boolean assumeSorted) {}

    /** What listens to the plugin. */
    record Listeners(AlertPrinter alerts, DeadLetters letters, Notices notices) {}

    /** Takes over the plugin, which is started, and what listens to it. */
    Replay(DetectionPlugin plugin, Listeners listeners, Screen screen, Settings settings) {
        this.plugin = plugin;
        this.alerts = listeners.alerts();
        this.letters = listeners.letters();
        this.notices = listeners.notices();
        this.screen = screen;
        this.settings = settings;
        this.atStart = plugin.health();
    }

    /** Reads the files. */
    ExitCode run(List<Path> files, Surroundings surroundings) {
        Thread hook = new Thread(this::interrupt, "vaultwatch-interrupt");
        if (surroundings.ownsProcess()) {
            Runtime.getRuntime().addShutdownHook(hook);
        }
        begun = System.nanoTime();
        looked = begun;
        inputs = files.size() == 1 ? Input.nameOf(files.get(0)) : files.size() + " files";
        try {
            readAll(files, surroundings.in());
            complete = problems.isEmpty() && goesOn();
        } finally {
            finish();
            if (surroundings.ownsProcess()) {
                withdraw(hook);
            }
        }
        return exitCode();
    }

    private static void withdraw(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ignored) {
            // The process is ending on an interrupt already; the hook will find everything done.
        }
    }

    // ---- reading

    private void readAll(List<Path> files, InputStream standardInput) {
        ReplayPlan plan = new ReplayPlan(files, settings, times, screen, this::goesOn);
        problems.addAll(plan.problems());
        if (!goesOn() || (settings.journal().isPresent() && !problems.isEmpty())) {
            return;
        }
        sorted = plan.sorted();
        bytesInAll = plan.bytes();
        List<ReplayInput> inputsInOrder = open(plan);
        PriorityQueue<ReplayInput> open = new PriorityQueue<>(inputsInOrder);
        try {
            while (goesOn() && !open.isEmpty()) {
                ReplayInput input = open.remove();
                Outcome outcome = readChunk(input, standardInput);
                if (outcome == Outcome.TAKEN) {
                    open.add(input);
                } else if (outcome == Outcome.STOP) {
                    return;
                }
                long now = System.nanoTime();
                if (now - looked >= LOOK_NANOS) {
                    looked = now;
                    look(input, inputsInOrder);
                }
            }
        } finally {
            inputsInOrder.forEach(ReplayInput::closeFeed);
        }
    }

    private List<ReplayInput> open(ReplayPlan plan) {
        List<ReplayInput> opened = new ArrayList<>();
        for (ReplayPlan.Entry entry : plan.entries()) {
            Source source = plugin.source(entry.spec());
            opened.add(new ReplayInput(entry, opened.size(), source));
        }
        if (opened.size() > 1) {
            // A source that says when it begins does not hold back what lies before that.
            for (int i = 0; i < opened.size(); i++) {
                plan.entries().get(i).earliest().ifPresent(opened.get(i).source()::advanceTo);
            }
        }
        return opened;
    }

    /** What became of an input's turn. */
    private enum Outcome {
        TAKEN,
        ENDED,
        STOP
    }

    private Outcome readChunk(ReplayInput input, InputStream standardInput) {
        try {
            Feed feed = input.feed(one -> openFeed(one, standardInput));
            if (!feed.next()) {
                if (input.isEmpty()) {
                    empty.add(input.path());
                }
                input.closeFeed();
                input.source().close();
                return Outcome.ENDED;
            }
            if (!goesOn()) {
                return Outcome.STOP;
            }
            letters.reading(Input.nameOf(input.path()));
            notices.reading(Input.nameOf(input.path()));
            Admission admission = offer(input.source(), feed);
            if (admission.status() == Admission.Status.OVERLOADED) {
                if (goesOn()) {
                    problems.add(overload(input.path()));
                }
                return Outcome.STOP;
            }
            if (input.note(admission) && settings.journal().isPresent()) {
                tally.addBefore();
            } else {
                tally.add(admission);
            }
            return Outcome.TAKEN;
        } catch (IOException e) {
            problems.add(Input.nameOf(input.path()) + " can't be read: " + Problem.of(e) + ".");
            input.closeFeed();
            if (settings.journal().isPresent()) {
                return Outcome.STOP;
            }
            input.source().close();
            return Outcome.ENDED;
        }
    }

    private Feed openFeed(ReplayInput input, InputStream standardInput) throws IOException {
        return input.isSorted()
                ? SortedFeed.of(input.path(), temp, times, this::goesOn)
                : Feed.of(input.path(), standardInput, settings.journal().isPresent());
    }

    /** Gives a chunk to the plugin, and again after a pause while a bound is reached. */
    private Admission offer(Source source, Feed feed) {
        Admission admission = accept(source, feed);
        for (int offer = 1; offer < OFFERS && admission.status() == Admission.Status.OVERLOADED && goesOn(); offer++) {
            try {
                Thread.sleep(FIRST_PAUSE_MILLIS << offer);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return admission;
            }
            admission = accept(source, feed);
        }
        return admission;
    }

    private Admission accept(Source source, Feed feed) {
        // A record that is too large comes as its beginning, which the plugin refuses as too large, too.
        return settings.journal().isPresent()
                ? source.accept(OffsetRange.at(feed.position()), feed.buffer(), feed.offset(), feed.length())
                : source.accept(feed.buffer(), feed.offset(), feed.length());
    }

    private String overload(Path file) {
        return "Reading ended in " + Input.nameOf(file) + ": "
                + settings.journal()
                        .map(folder ->
                                "the journal in " + folder + " can't be written, or a bound is reached. Once that is"
                                        + " mended, the same command goes on there.")
                        .orElse("a bound is reached, and the plugin takes no more records.");
    }

    private boolean goesOn() {
        return !interrupted && alerts.failure().isEmpty();
    }

    private void look(ReplayInput input, List<ReplayInput> all) {
        letters.flush();
        if (alerts.waits()) {
            PluginHealth health = plugin.health();
            health.watermark().ifPresent(time -> alerts.settle(time, health.changingSince()));
        }
        if (screen.showsProgress()) {
            long raised = plugin.health().value(Counter.ALERTS) - atStart.value(Counter.ALERTS);
            long bytes = all.stream().mapToLong(ReplayInput::bytesRead).sum();
            Path name = Optional.ofNullable(input.path().getFileName()).orElse(input.path());
            screen.progress(String.format(
                    Locale.ROOT,
                    "%,d records%s, %,d %s, %s%s",
                    tally.records(),
                    tally.before() == 0 ? "" : String.format(Locale.ROOT, " and %,d before", tally.before()),
                    raised,
                    raised == 1 ? "alert" : "alerts",
                    bytesInAll == 0 ? "" : Math.min(100, bytes * 100 / bytesInAll) + " %, ",
                    Input.nameOf(name)));
        }
    }

    // ---- the end

    private void interrupt() {
        interrupted = true;
        try {
            if (finished.await(LAST_WORDS_MILLIS / 4, TimeUnit.MILLISECONDS)) {
                return;
            }
            // The reading thread waits for bytes. Its work is done elsewhere, and on a thread that may be left
            // behind: whoever reads standard output may have stopped reading, and the process must end all the same.
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
        if (complete || settings.journal().isEmpty()) {
            // No further event comes, so every window is over.
            plugin.endOfInput();
        }
        plugin.close();
        temp.close();
        alerts.settle(Instant.MAX, Map.of());
        letters.close();
        screen.clear();
        if (alerts.failure().isEmpty()) {
            sumUp();
        }
        finished.countDown();
    }

    private ExitCode exitCode() {
        letters.failure()
                .ifPresent(e -> problems.add(
                        "The file for records that can't be read is not complete: " + Problem.of(e) + "."));
        alerts.failure()
                .filter(e -> !Problem.isClosedPipe(e))
                .ifPresent(e ->
                        problems.add("Alerts can't be printed any more: " + Problem.of(e) + ". Reading ended there."));
        if (notices.isAnySuspended()) {
            problems.add("A rule was suspended, as said above: what it would have found is missing.");
        }
        ExitCode exit = ExitCode.OK;
        if (tally.late() > 0) {
            exit = ExitCode.LATE;
            complain(String.format(
                    Locale.ROOT,
                    "%,d %s too late to be judged and %s in no alert: the alerts above may be too low, and some may be missing.%s",
                    tally.late(),
                    tally.late() == 1 ? "record came" : "records came",
                    tally.late() == 1 ? "is" : "are",
                    settings.assumeSorted() ? " Without --assume-sorted, files are sorted where that is needed." : ""));
        } else if (tally.isMostlyUnreadable() && letters.hasRecords()) {
            exit = ExitCode.UNRECOGNISED;
            complain("Nothing in " + inputs
                    + " was kept: of most records of a Key Vault in it the time can't be used. See \"bad\".");
        } else if (tally.isNothingRecognised()) {
            exit = ExitCode.UNRECOGNISED;
            complain("Nothing in " + inputs + " was recognised as a Key Vault record. Is it the right log?");
        }
        problems.forEach(this::complain);
        return problems.isEmpty() ? exit : ExitCode.FAILED;
    }

    private void complain(String sentence) {
        screen.say("vaultwatch: " + sentence);
    }

    private void sumUp() {
        double seconds = Math.max(1, System.nanoTime() - begun) / 1e9;
        String read = String.format(
                Locale.ROOT,
                "records of %s in %.1f s, %,.0f events/s%s",
                inputs,
                seconds,
                (tally.records() + tally.before()) / seconds,
                interrupted ? ", up to the interrupt" : "");
        if (!empty.isEmpty()) {
            screen.say(Summary.names(empty) + (empty.size() == 1 ? " holds" : " hold") + " no records.");
        }
        new Summary(tally, atStart, plugin.health(), letters, settings.letterFile())
                .lines(read, sorted, notices.firstUnrecognised())
                .forEach(screen::say);
        if (interrupted && !complete && settings.journal().isPresent()) {
            screen.say("The same command goes on there.");
        }
    }
}
