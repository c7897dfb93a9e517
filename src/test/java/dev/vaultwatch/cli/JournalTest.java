package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.plugin.VaultwatchPluginFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
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
    @DisplayName("of a file that is new, what equals records of another is repeated, and not what an earlier run took")
    void repeatedInANewFile() throws IOException {
        Path overlapping = write("overlapping.ndjson", "\n" + Records.reads(Records.MINUTE, 12, MALLORY));

        CommandLineRun run = replay(log, overlapping);

        assertThat(run.summary("repeated")).startsWith("repeated 12 ");
        assertThat(run.err()).doesNotContain("an earlier run had taken");
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
    void givenAFileMissing_whenItIsThere_thenTheNextRunReadsBoth() throws IOException {
        Path second = folder.resolve("second.ndjson");

        CommandLineRun without = replay(log, second);
        write("second.ndjson", Records.reads(Records.MINUTE.plusSeconds(20), 5, MALLORY));
        CommandLineRun with = replay(log, second);

        assertThat(without.exitCode()).isEqualTo(1);
        assertThat(without.out()).isEmpty();
        assertThat(with.exitCode()).isZero();
        assertThat(with.outLines()).hasSize(2).last().asString().contains("\"Esql.event_count\":17,");
    }

    @Test
    void givenARunThatCameToItsEnd_whenLaterRecordsAreReadWithItsJournal_thenTheyAreJudged() throws IOException {
        Path other = write("other.ndjson", Records.reads(Records.MINUTE.plusSeconds(3600), 12, TRENT));
        replay(log);

        CommandLineRun run = replay(other);

        assertThat(run.exitCode()).isZero();
        assertThat(run.outLines()).hasSize(2).last().asString().contains(TRENT, "\"Esql.event_count\":12,");
    }

    @Test
    void givenAFileThatWasRotated_whenRunAgain_thenItIsReadFromItsStartAndTheOldOneIsNot() throws IOException {
        replay(log);
        Path old = Files.move(log, folder.resolve("log.ndjson.1"));
        write("log.ndjson", Records.reads(Records.MINUTE.plusSeconds(3600), 12, TRENT));

        CommandLineRun run = replay(old, log);

        assertThat(run.exitCode()).isZero();
        assertThat(run.outLines())
                .hasSize(2)
                .allSatisfy(line -> assertThat(line).contains(TRENT));
        assertThat(run.err()).contains("is another file than before under that name: it is read from its start");
        assertThat(run.summary("before")).startsWith("before 12 lines");
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
    void givenTheSameFileTwice_whenReplayed_thenItIsReadOnce() {
        CommandLineRun run =
                replay(log, folder.resolve("..").resolve(folder.getFileName()).resolve("log.ndjson"));

        assertThat(run.exitCode()).isZero();
        assertThat(run.summary("read")).startsWith("read 12 records");
        assertThat(run.err()).contains("is named more than once, and read once.");
    }
}
