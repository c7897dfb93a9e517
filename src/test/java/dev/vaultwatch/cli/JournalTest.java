package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.ReloadResult;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.plugin.VaultwatchPluginFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code replay --journal}: what a second run makes of the first one's. */
final class JournalTest {
    private static final String MALLORY = "mallory@contoso.example";
    private static final String TRENT = "trent@contoso.example";

    @TempDir
    private Path folder = Path.of("");

    private Path journal = Path.of("");
    private Path log = Path.of("");

    @BeforeEach
    void writeOneHarvest() throws IOException {
        journal = folder.resolve("journal");
        log = write("log.ndjson", Records.reads(Records.MINUTE, 12, MALLORY));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private CommandLineRun replay(Path... files) {
        Object[] args = new Object[4 + files.length];
        args[0] = "replay";
        args[1] = "--format=ecs";
        args[2] = "--journal";
        args[3] = journal;
        System.arraycopy(files, 0, args, 4, files.length);
        return CommandLineRun.of(args);
    }

    @Test
    void givenARunThatCameToItsEnd_whenRunAgain_thenNothingIsSaidTwice() {
        CommandLineRun first = replay(log);
        CommandLineRun second = replay(log);

        assertThat(first.outLines()).hasSize(2);
        assertThat(second.exitCode()).isZero();
        assertThat(second.out()).isEmpty();
        assertThat(second.summary("before")).startsWith("before 12 lines");
        assertThat(second.summary("read")).startsWith("read 0 records");
    }

    @Test
    void givenAFileThatFailsMidway_whenItIsMended_thenTheNextRunGoesOnThere() throws IOException {
        byte[] whole = Records.gzip(Records.reads(Records.MINUTE, 6, MALLORY));
        byte[] rest = Records.gzip(Records.reads(Records.MINUTE.plusSeconds(6), 6, MALLORY));
        Path packed = folder.resolve("packed.gz");
        Files.write(packed, whole);
        Files.write(packed, Arrays.copyOf(rest, 60), StandardOpenOption.APPEND);

        CommandLineRun broken = replay(packed);
        Files.write(packed, whole);
        Files.write(packed, rest, StandardOpenOption.APPEND);
        CommandLineRun mended = replay(packed);

        assertThat(broken.exitCode()).isEqualTo(1);
        assertThat(broken.out()).as("the minute is not over").isEmpty();
        assertThat(mended.exitCode()).isZero();
        assertThat(mended.summary("before")).matches("before [6-9] lines .*");
        assertThat(mended.outLines()).hasSize(2).last().asString().contains("\"Esql.event_count\":12,");
    }

    @Test
    void givenAFileMissing_whenItIsThere_thenTheNextRunGoesOnWithIt() throws IOException {
        Path second = folder.resolve("second.ndjson");

        CommandLineRun without = replay(log, second);
        write("second.ndjson", Records.reads(Records.MINUTE.plusSeconds(20), 5, MALLORY));
        CommandLineRun with = replay(log, second);

        assertThat(without.exitCode()).isEqualTo(1);
        assertThat(without.outLines()).as("early, and no more").hasSize(1);
        assertThat(with.exitCode()).isZero();
        assertThat(with.outLines()).singleElement().asString().contains("\"Esql.event_count\":17,");
    }

    @Test
    void givenARunThatCameToItsEnd_whenOtherRecordsAreReadWithItsJournal_thenTheyAreRefusedAndNotLostInSilence()
            throws IOException {
        Path other = write("other.ndjson", Records.reads(Records.MINUTE.plusSeconds(3600), 12, TRENT));
        replay(log);

        for (int i = 0; i < 2; i++) {
            CommandLineRun run = replay(other);

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.errLines())
                    .last()
                    .isEqualTo("vaultwatch: " + other + " has records that are not in the journal in " + journal
                            + ", whose run came to its end: give further input a journal of its own.");
        }
    }

    @Test
    void givenAJournalThatIsInUse_whenReplayed_thenItSaysSoAndReadsNothing() {
        try (DetectionPlugin holder = new VaultwatchPluginFactory()
                .create(PluginContext.builder()
                        .config("journal.dir", journal.toString())
                        .onAlert(alert -> {})
                        .build())) {
            holder.start();

            CommandLineRun run = replay(log);

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.errLines())
                    .singleElement()
                    .asString()
                    .contains(journal.toString(), "in use", "Nothing was read.");
        }
    }

    @Test
    void givenAFileForAFolderWhenRunThenItSaysSo() throws IOException {
        Files.writeString(journal, "not a folder");

        CommandLineRun run = CommandLineRun.of("replay", "--journal", journal, log);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errLines())
                .last()
                .isEqualTo("vaultwatch: The journal in " + journal
                        + " can't be used: there is a file of that name, and a folder was expected. Nothing was read.");
    }

    @Test
    void givenStandardInput_whenAJournalIsAsked_thenItIsRefused() {
        CommandLineRun run = CommandLineRun.of("replay", "--journal", journal, "-");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errLines())
                .first()
                .isEqualTo("vaultwatch: --journal goes on in files that can be read again, which standard input can't:"
                        + " write it to a file first.");
        assertThat(journal).doesNotExist();
    }

    @Test
    void givenSettled_whenAJournalIsAsked_thenItIsRefused() {
        CommandLineRun run = CommandLineRun.of("replay", "--settled", "--journal", journal, log);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errLines()).first().asString().contains("--settled", "the last line of each alert id");
    }

    @Test
    void givenTheSameFileTwice_whenAJournalIsAsked_thenItIsRefused() {
        CommandLineRun run =
                replay(log, folder.resolve("..").resolve(folder.getFileName()).resolve("log.ndjson"));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errLines()).first().asString().contains("is given twice");
    }

    @Test
    void givenAPluginThatIsOverloadedForAWhile_whenReplayed_thenTheRecordIsOfferedAgain() {
        Overloaded plugin = new Overloaded(2);

        CommandLineRun run = replayOn(plugin);

        assertThat(run.exitCode()).isZero();
        assertThat(plugin.taken).isEqualTo(12);
        assertThat(plugin.advanced).isTrue();
    }

    @Test
    void givenAPluginThatStaysOverloaded_whenReplayed_thenItGivesUpAndLeavesTheMinuteOpenForTheNextRun() {
        Overloaded plugin = new Overloaded(Integer.MAX_VALUE);

        CommandLineRun run = replayOn(plugin);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(plugin.advanced).isFalse();
        assertThat(run.errLines())
                .last()
                .isEqualTo(
                        "vaultwatch: Reading ended in " + log + ": the journal in " + journal
                                + " can't be written, or a bound is reached. Once that is mended, the same command goes on there.");
    }

    private CommandLineRun replayOn(DetectionPlugin plugin) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Surroundings surroundings =
                new Surroundings(System.in, out, new PrintStream(err, true, StandardCharsets.UTF_8), false, false);
        Screen screen = new Screen(surroundings.err(), false);
        int exitCode = new Replay(
                        plugin,
                        new AlertPrinter(out, screen, AlertFormat.named("ecs"), Optional.empty()),
                        DeadLetters.counted(),
                        screen,
                        Optional.empty(),
                        Optional.of(journal))
                .run(List.of(log), surroundings);
        return new CommandLineRun(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Has no room for the first records that it is given. */
    private static final class Overloaded implements DetectionPlugin {
        private int refusals;
        private int taken;
        private boolean advanced;

        Overloaded(int refusals) {
            this.refusals = refusals;
        }

        @Override
        public Admission accept(SourcePosition at, byte[] json) {
            if (refusals > 0) {
                refusals--;
                return Admission.builder(Admission.Status.OVERLOADED).build();
            }
            taken++;
            return Admission.builder(Admission.Status.TAKEN).kept(1).build();
        }

        @Override
        public Admission accept(byte[] json) {
            throw new AssertionError("with a journal, records have positions");
        }

        @Override
        public Admission accept(Map<String, ?> event) {
            throw new AssertionError("records come as bytes");
        }

        @Override
        public void advanceTo(Instant watermark) {
            advanced = true;
        }

        @Override
        public PluginHealth health() {
            return PluginHealth.builder(PluginHealth.State.STARTED)
                    .value(Counter.RECORDS, taken)
                    .value(Counter.KEPT, taken)
                    .build();
        }

        @Override
        public ReloadResult reload() {
            throw new AssertionError("nobody asks for it");
        }

        @Override
        public Admission accept(byte[] json, int offset, int length) {
            throw new AssertionError("records come as whole arrays");
        }

        @Override
        public void endOfInput() {
            advanced = true;
        }

        @Override
        public Source source(SourceSpec spec) {
            throw new AssertionError("one file needs no source of its own");
        }

        @Override
        public void snapshot(OutputStream to, KeyGroup keys) {
            throw new AssertionError("nobody asks for it");
        }

        @Override
        public void restore(InputStream from) {
            throw new AssertionError("nobody asks for it");
        }

        @Override
        public PluginHealth.State state() {
            return PluginHealth.State.STARTED;
        }

        @Override
        public boolean isReady() {
            return refusals == 0;
        }

        @Override
        public void start() {}

        @Override
        public void close() {}
    }
}
