package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.testkit.FakePlugin;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a replay does with the plugin that it is given. */
final class ReplayTest {
    private static final Pattern TIME = Pattern.compile("\"time\":\"([^\"]+)\"");
    private static final String TRENT = "trent@contoso.example";

    @TempDir
    private Path folder = Path.of("");

    private FakePlugin plugin = plugin();
    private Path journal = Path.of("");
    private final DeadLetters letters = DeadLetters.counted();
    private final List<Notice> told = new ArrayList<>();

    @BeforeEach
    void nameTheJournal() throws IOException {
        journal = Files.createDirectory(folder.resolve("journal"));
    }

    private static FakePlugin plugin() {
        FakePlugin plugin = FakePlugin.of(
                        PluginContext.builder().onAlert(alert -> {}).build())
                .answering(ReplayTest::kept);
        plugin.start();
        return plugin;
    }

    /** As the plugin would, of records that a rule wants. */
    private static Admission kept(FakePlugin.Feed feed) {
        List<Instant> times = times(feed);
        Admission.Builder answer = Admission.builder(Admission.Status.TAKEN).kept(times.size());
        times.stream().max(Instant::compareTo).ifPresent(answer::greatestEventTime);
        return answer.build();
    }

    private static List<Instant> times(FakePlugin.Feed feed) {
        return TIME.matcher(feed.text())
                .results()
                .map(found -> Instant.parse(found.group(1)))
                .toList();
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private CommandLineRun replay(Replay.Settings settings, InputStream in, Path... files) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Surroundings surroundings = Surroundings.of(
                in,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        Screen screen = new Screen(surroundings.err(), false);
        Notices notices = new Notices(screen, false);
        told.forEach(notices::onNotice);
        ExitCode exit = new Replay(
                        plugin,
                        new Replay.Listeners(
                                new AlertPrinter(out, screen, AlertFormat.named("ecs"), Optional.empty()),
                                letters,
                                notices),
                        screen,
                        settings)
                .run(List.of(files), surroundings);
        return new CommandLineRun(
                exit.code(), out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private CommandLineRun replay(Path... files) {
        return replay(
                new Replay.Settings(Optional.empty(), Optional.empty(), false), InputStream.nullInputStream(), files);
    }

    private CommandLineRun replayWithJournal(Path... files) {
        return replay(
                new Replay.Settings(Optional.empty(), Optional.of(journal), false),
                InputStream.nullInputStream(),
                files);
    }

    @Test
    @DisplayName("A rule that was suspended is a failure: what it would have found is missing")
    void suspended() throws IOException {
        Path log = write("a", long_(at(0), 1, 3));
        told.add(Notice.of(Notice.Kind.RULE_FAILED, "Rule a threw.", 1));
        assertThat(replay(log).exitCode()).isEqualTo(ExitCode.OK.code());
        told.add(Notice.of(Notice.Kind.RULE_SUSPENDED, "Rule a is suspended.", 1));
        plugin = plugin();

        CommandLineRun run = replay(log);

        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED.code());
        assertThat(run.err()).contains("Rule a is suspended.", "what it would have found is missing");
    }

    private List<Instant> fed() {
        return plugin.feeds().stream().flatMap(feed -> times(feed).stream()).toList();
    }

    private static Instant at(int minutes) {
        return Records.MINUTE.plusSeconds(60L * minutes);
    }

    /** More than one chunk. */
    private static String long_(Instant from, int minutesBetween, int count) {
        StringBuilder log = new StringBuilder();
        for (int i = 0; i < count; i++) {
            log.append(Records.record(from.plusSeconds(60L * minutesBetween * i), "SecretGet", TRENT))
                    .append('\n');
        }
        return log.toString();
    }

    // ---- merging

    @Test
    @DisplayName("every file is a source, opened before the first record, and says when it begins")
    void sources() throws IOException {
        Path late = write("a", Records.record(at(9), "SecretGet", TRENT));
        Path early = write("b", Records.record(at(1), "SecretGet", TRENT));
        plugin.answering(feed -> {
            assertThat(plugin.sources()).containsExactly(late.toString(), early.toString());
            return kept(feed);
        });

        CommandLineRun run = replay(late, early);

        assertThat(run.exitCode()).isZero();
        assertThat(fed()).containsExactly(at(1), at(9));
        assertThat(plugin.opened(late.toString()).orElseThrow().advancedTo()).contains(at(9));
        assertThat(plugin.opened(late.toString()).orElseThrow().isClosed()).isTrue();
        assertThat(plugin.isInputEnded()).isTrue();
    }

    @Test
    @DisplayName("of long files, the one that is least far in time is read next")
    void chunks() throws IOException {
        Path dense = write("dense", long_(at(0), 1, 2_000));
        Path sparse = write("sparse", long_(at(0), 2, 2_000));
        Map<String, Instant> reached = new HashMap<>(Map.of(dense.toString(), at(0), sparse.toString(), at(0)));
        plugin.answering(feed -> {
            assertThat(reached.get(feed.source()))
                    .as("of the source that is read, beside any that is still open")
                    .isEqualTo(Collections.min(reached.values()));
            Admission answer = kept(feed);
            reached.put(feed.source(), answer.greatestEventTime().orElseThrow());
            reached.values().removeIf(at(1_999)::equals);
            return answer;
        });

        replay(sparse, dense);

        assertThat(plugin.feeds().size()).as("chunks, not records").isBetween(10, 100);
        assertThat(fed()).hasSize(4_000);
    }

    @Test
    @DisplayName("standard input is a source beside files")
    void standardInput() throws IOException {
        Path file = write("a", Records.record(at(9), "SecretGet", TRENT));
        InputStream in = new ByteArrayInputStream(
                Records.record(at(1), "SecretGet", TRENT).getBytes(StandardCharsets.UTF_8));

        replay(new Replay.Settings(Optional.empty(), Optional.empty(), false), in, file, Path.of("-"));

        assertThat(fed()).containsExactly(at(1), at(9));
        assertThat(plugin.sources()).containsExactly(file.toString(), "standard input");
    }

    // ---- sorting

    @Test
    @DisplayName("a file that is not in the order of time is sorted, and told before and after")
    void sorted() throws IOException {
        Path newestFirst = write(
                "log",
                Records.record(at(90), "SecretGet", TRENT) + "\n" + Records.record(at(45), "SecretGet", TRENT) + "\n"
                        + Records.record(at(0), "SecretGet", TRENT) + "\n");

        CommandLineRun run = replay(newestFirst);

        assertThat(fed()).containsExactly(at(0), at(45), at(90));
        assertThat(run.exitCode()).isZero();
        assertThat(run.errLines())
                .first()
                .isEqualTo(
                        newestFirst
                                + " is not in the order of time (records lie up to 90 minutes behind earlier ones): it is sorted first.");
        assertThat(run.summary("sorted")).isEqualTo("sorted 1 not in the order of time: " + newestFirst);
    }

    @Test
    @DisplayName("disorder as a collector writes it is left to the plugin")
    void usualDisorder() throws IOException {
        Path log = write(
                "log",
                Records.record(at(10), "SecretGet", TRENT) + "\n" + Records.record(at(0), "SecretGet", TRENT) + "\n");

        CommandLineRun run = replay(log);

        assertThat(fed()).containsExactly(at(10), at(0));
        assertThat(run.err()).doesNotContain("sorted");
    }

    @Test
    @DisplayName("--assume-sorted takes files as they are")
    void assumeSorted() throws IOException {
        Path newestFirst = write(
                "log",
                Records.record(at(90), "SecretGet", TRENT) + "\n" + Records.record(at(0), "SecretGet", TRENT) + "\n");

        replay(
                new Replay.Settings(Optional.empty(), Optional.empty(), true),
                InputStream.nullInputStream(),
                newestFirst);

        assertThat(fed()).containsExactly(at(90), at(0));
    }

    // ---- exit codes

    @Test
    @DisplayName("late records are told loudly, and end with 3")
    void late() throws IOException {
        plugin.answering(feed ->
                Admission.builder(Admission.Status.TAKEN).kept(1).late(2).build());

        CommandLineRun run = replay(write("log", "{}\n"));

        assertThat(run.exitCode()).isEqualTo(3);
        assertThat(run.summary("late")).isEqualTo("late 2 too late to be judged: they are in no alert");
        assertThat(run.errLines()).last().asString().startsWith("vaultwatch: 2 records came too late to be judged");
    }

    @Test
    @DisplayName("input in which nothing is recognised ends with 4")
    void unrecognised() throws IOException {
        plugin.answering(feed ->
                Admission.builder(Admission.Status.TAKEN).unrecognised(3).bad(1).build());

        CommandLineRun run = replay(write("log", "{}\n"));

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.summary("unknown")).startsWith("unknown 3 objects without any field");
        assertThat(run.errLines()).last().asString().contains("Nothing in", "was recognised");
    }

    @Test
    @DisplayName(
            "input whose times can't be used ends with 4, though some of it was ignored, and says that it is the times")
    void badTimes() throws IOException {
        plugin.answering(feed -> {
            letters.onDeadLetter(new DeadLetter(DeadLetter.Reason.BAD_TIME, "", "The time can't be read.", "x", "{}"));
            return Admission.builder(Admission.Status.TAKEN).bad(3).ignored(2).build();
        });

        CommandLineRun run = replay(write("log", "{}\n"));

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.errLines()).last().asString().contains("Nothing in", "was kept", "the time can't be used");
    }

    @Test
    @DisplayName("one record that is recognised is enough to end with 0")
    void recognised() throws IOException {
        plugin.answering(feed -> Admission.builder(Admission.Status.TAKEN)
                .unrecognised(3)
                .ignored(1)
                .build());

        assertThat(replay(write("log", "{}\n")).exitCode()).isZero();
    }

    @Test
    @DisplayName("a file that can't be read costs the others nothing; the exit code is 1")
    void unreadable() throws IOException {
        Path missing = folder.resolve("missing");
        Path there = write("there", Records.record(at(0), "SecretGet", TRENT));

        CommandLineRun run = replay(missing, there);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(fed()).containsExactly(at(0));
        assertThat(run.errLines())
                .last()
                .isEqualTo("vaultwatch: " + missing + " can't be read: there is no such file.");
    }

    @Test
    @DisplayName("a damaged later member of a gzip file ends with 1, after what was read of it and of the others")
    void damagedMember() throws IOException {
        byte[] good = Records.gzip(Records.reads(at(0), 3, TRENT));
        byte[] damaged = Records.gzip(Records.reads(at(1), 3, TRENT));
        damaged[2] = 9;
        Path packed = Files.write(folder.resolve("packed.gz"), good);
        Files.write(packed, damaged, StandardOpenOption.APPEND);
        Path other = write("other", Records.reads(at(2), 2, TRENT));

        CommandLineRun run = replay(packed, other);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(fed()).hasSize(5);
        assertThat(run.errLines()).last().asString().contains(packed.toString(), "gzip data is damaged", "member 2");
    }

    // ---- with a journal

    @Test
    @DisplayName("with a journal, records come one by one, with the end of each as its place")
    void positions() throws IOException {
        Path log = write("log", Records.reads(at(0), 2, TRENT));

        replayWithJournal(log);

        long length = Files.size(log) / 2;
        assertThat(plugin.feeds())
                .extracting(feed -> feed.range().orElseThrow().last())
                .containsExactly(length, 2 * length);
        assertThat(plugin.opened(log.toString()).orElseThrow().spec().epoch()).isPresent();
    }

    @Test
    @DisplayName("places in a sorted file are numbers in the order of time")
    void sortedPositions() throws IOException {
        Path log = write(
                "log",
                Records.record(at(90), "SecretGet", TRENT) + "\n" + Records.record(at(0), "SecretGet", TRENT) + "\n");

        replayWithJournal(log);

        assertThat(plugin.feeds())
                .extracting(FakePlugin.Feed::range)
                .containsExactly(Optional.of(OffsetRange.at(1)), Optional.of(OffsetRange.at(2)));
    }

    @Test
    @DisplayName("a sorted file that has grown is refused: its places would name other records")
    void sortedAndGrown() throws IOException {
        Path log = write(
                "log",
                Records.record(at(90), "SecretGet", TRENT) + "\n" + Records.record(at(0), "SecretGet", TRENT) + "\n");
        replayWithJournal(log);
        Files.writeString(log, Records.record(at(91), "SecretGet", TRENT) + "\n", StandardOpenOption.APPEND);
        plugin = plugin();

        CommandLineRun run = replayWithJournal(log);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(plugin.feeds()).isEmpty();
        assertThat(plugin.isInputEnded()).as("the next run goes on").isFalse();
        assertThat(run.errLines()).last().asString().contains("has grown since", "Nothing was read.");
    }

    @Test
    @DisplayName("a rotated file is another source, under its name with a number, and that is told")
    void rotated() throws IOException {
        Path log = write("log", Records.reads(at(0), 2, TRENT));
        replayWithJournal(log);
        Files.move(log, folder.resolve("log.1"));
        write("log", Records.reads(at(60), 2, TRENT));
        plugin = plugin();

        CommandLineRun run = replayWithJournal(folder.resolve("log.1"), log);

        assertThat(plugin.sources()).containsExactly(log.toString(), log + "#2");
        assertThat(run.err()).contains("under another name", "it is read from its start");
    }

    @Test
    @DisplayName("a missing file ends the run before it begins: the next one reads all")
    void missingWithJournal() throws IOException {
        Path there = write("there", Records.reads(at(0), 2, TRENT));

        CommandLineRun run = replayWithJournal(there, folder.resolve("missing"));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(plugin.feeds()).isEmpty();
        assertThat(plugin.isInputEnded()).isFalse();
        assertThat(run.errLines()).last().asString().endsWith("there is no such file. Nothing was read.");
    }

    @Test
    @DisplayName("what an earlier run had taken is told apart from repetitions")
    void before() throws IOException {
        Path log = write("log", Records.reads(at(0), 4, TRENT));
        FileLedger ledger = FileLedger.in(journal);
        ledger.find(log, false);
        ledger.save();
        plugin.answering(feed -> Admission.builder(
                        feed.range().orElseThrow().last() < 1_500 ? Admission.Status.REPEATED : Admission.Status.TAKEN)
                .kept(1)
                .build());

        CommandLineRun run = replayWithJournal(log);

        assertThat(run.summary("before")).matches("before [12] lines or elements .*");
        assertThat(run.summary("read")).matches("read [23] records .*");
    }

    // ---- a plugin without room

    @Test
    @DisplayName("a record is offered again while the plugin has no room")
    void overloadedForAWhile() throws IOException {
        int[] refusals = {2};
        plugin.answering(feed -> refusals[0]-- > 0 ? FakePlugin.overloaded() : kept(feed));

        CommandLineRun run = replayWithJournal(write("log", Records.reads(at(0), 3, TRENT)));

        assertThat(run.exitCode()).isZero();
        assertThat(run.summary("kept")).startsWith("kept 3 ");
        assertThat(plugin.isInputEnded()).isTrue();
    }

    @Test
    @DisplayName("a plugin that stays without room ends the run, and leaves the minute open for the next one")
    void overloadedForGood() throws IOException {
        plugin.answering(feed -> FakePlugin.overloaded());
        Path log = write("log", Records.reads(at(0), 3, TRENT));

        CommandLineRun run = replayWithJournal(log);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(plugin.isInputEnded()).isFalse();
        assertThat(run.errLines())
                .last()
                .isEqualTo(
                        "vaultwatch: Reading ended in " + log + ": the journal in " + journal
                                + " can't be written, or a bound is reached. Once that is mended, the same command goes on there.");
    }

    @Test
    @DisplayName("the summary has fewer than 20 lines, whatever happened")
    void summaryLength() throws IOException {
        plugin.answering(feed -> {
            for (dev.vaultwatch.api.Counter counter : dev.vaultwatch.api.Counter.values()) {
                plugin.counter(counter, 7);
            }
            return Admission.builder(Admission.Status.TAKEN)
                    .kept(1)
                    .ignored(1)
                    .unrecognised(1)
                    .repeated(1)
                    .late(1)
                    .bad(1)
                    .build();
        });
        Path[] files = new Path[20];
        for (int i = 0; i < files.length; i++) {
            files[i] = write("log" + i, long_(at(0), -60, 3));
        }

        CommandLineRun run = replay(files);

        List<String> summary = run.errLines();
        summary = summary.subList(
                (int) summary.stream()
                        .takeWhile(line -> !line.startsWith("read "))
                        .count(),
                summary.size());
        assertThat(summary).hasSizeLessThan(20);
        assertThat(run.summary("sorted"))
                .startsWith("sorted 20 not in the order of time: ")
                .endsWith(" and 17 more");
    }
}
