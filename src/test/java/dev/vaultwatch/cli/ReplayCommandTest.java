package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReplayCommandTest {
    private static final String MALLORY = "mallory@contoso.example";
    private static final String TRENT = "trent@contoso.example";

    @TempDir
    private Path folder = Path.of("");

    private Path harvest = Path.of("");

    @BeforeEach
    void writeOneHarvest() throws IOException {
        harvest = write("harvest.ndjson", Records.reads(Records.MINUTE, 12, MALLORY));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Nested
    class Alerts {

        @Test
        @DisplayName("--geo says where an address lies that a record only names")
        void geo(@TempDir Path folder) throws IOException {
            String records = Files.readString(Path.of("src/samples/quiet-hour.auditevent.ndjson"));
            Path from =
                    Files.writeString(folder.resolve("london.ndjson"), records.replace("203.0.113.66", "81.2.69.160"));

            CommandLineRun run = CommandLineRun.of(
                    "replay",
                    "--settled",
                    "--format",
                    "ecs",
                    "--geo",
                    "src/test/resources/maxmind/GeoLite2-City-Test.mmdb",
                    from.toString());

            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).contains("\"London\"", "\"GB\"");
        }

        @Test
        void givenAHarvest_whenReplayed_thenItIsToldWhenItCrossesTheThresholdAndWhenItsMinuteCloses() {
            CommandLineRun run = CommandLineRun.of("replay", harvest);

            assertThat(run.exitCode()).isZero();
            assertThat(run.out().split("\n\n"))
                    .as("blocks with an empty line between")
                    .hasSize(2)
                    .allSatisfy(block -> assertThat(block).contains(MALLORY))
                    .satisfies(blocks -> assertThat(blocks[0]).contains("EARLY", "10 events"))
                    .satisfies(blocks ->
                            assertThat(blocks[1]).contains("12 events").doesNotContain("EARLY"));
            assertThat(run.out()).endsWith("\n").doesNotEndWith("\n\n");
        }

        @Test
        void givenEcs_whenReplayed_thenEachAlertIsOneLineOfJson() {
            CommandLineRun run = CommandLineRun.of("replay", "--format", "ecs", harvest);

            assertThat(run.exitCode()).isZero();
            assertThat(run.outLines())
                    .hasSize(2)
                    .allSatisfy(line ->
                            assertThat(line).startsWith("{").endsWith("}").contains(MALLORY));
        }

        @Test
        void givenSettled_whenReplayed_thenEachAlertIsPrintedOnceWithItsTotals() {
            CommandLineRun run = CommandLineRun.of("replay", "--settled", harvest);

            assertThat(run.exitCode()).isZero();
            assertThat(run.out().split("\n\n")).hasSize(1);
            assertThat(run.out()).contains("12 events").doesNotContain("EARLY");
        }

        @Test
        void givenSettled_whenSeveralMinutesCloseTogether_thenTheOlderComesFirst() throws IOException {
            Path minutes = write(
                    "minutes.ndjson",
                    Records.reads(Records.MINUTE.plusSeconds(60), 10, TRENT)
                            + Records.reads(Records.MINUTE.plusSeconds(120), 10, MALLORY));

            CommandLineRun run = CommandLineRun.of("replay", "--settled", "--format=ecs", minutes);

            assertThat(run.outLines()).hasSize(2);
            assertThat(run.outLines().get(0)).contains(TRENT);
            assertThat(run.outLines().get(1)).contains(MALLORY);
        }

        @Test
        void givenAQuietLog_whenReplayed_thenNothingIsPrintedAndAllIsWell() throws IOException {
            CommandLineRun run = CommandLineRun.of("replay", write("quiet", Records.reads(Records.MINUTE, 9, TRENT)));

            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).isEmpty();
            assertThat(run.summary("alerts")).isEqualTo("alerts 0");
        }

        @Test
        void givenAnEmptyFile_whenReplayed_thenAllIsWell() throws IOException {
            CommandLineRun run = CommandLineRun.of("replay", write("empty", ""));

            assertThat(run.exitCode()).isZero();
            assertThat(run.summary("read")).startsWith("read 0 records of ");
        }

        @Test
        @DisplayName("a file without a record is named, and the others count")
        void withoutRecords() throws IOException {
            Path empty = write("a-empty", "");
            Path blank = write("b-blank", " \r\n\n");
            Path none = write("c-none", "{\"records\":[]}\n");
            Path full = write("d-full", Records.reads(Records.MINUTE, 12, MALLORY));

            CommandLineRun run = CommandLineRun.of("replay", folder);

            assertThat(run.exitCode()).isZero();
            assertThat(run.errLines()).contains(empty + ", " + blank + ", " + none + " hold no records.");
            assertThat(run.summary("kept")).startsWith("kept 12 ");
            assertThat(run.err()).doesNotContain(full + " hold");
            assertThat(CommandLineRun.of("replay", blank).errLines()).contains(blank + " holds no records.");
        }
    }

    @Nested
    class Inputs {

        @Test
        void givenGzipByAnyName_whenReplayed_thenItIsUnpacked() throws IOException {
            Path packed =
                    Files.write(folder.resolve("packed.log"), Records.gzip(Records.reads(Records.MINUTE, 12, MALLORY)));

            CommandLineRun run = CommandLineRun.of("replay", "--settled", packed);

            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).contains("12 events");
        }

        @Test
        void givenSeveralGzipFilesInOne_whenTheyComeDownASlowPipe_thenAllAreRead() {
            byte[] first = Records.gzip(Records.reads(Records.MINUTE, 6, MALLORY));
            byte[] second = Records.gzip(Records.reads(Records.MINUTE.plusSeconds(6), 6, MALLORY));
            byte[] both = Arrays.copyOf(first, first.length + second.length);
            System.arraycopy(second, 0, both, first.length, second.length);

            CommandLineRun run = CommandLineRun.withInput(new Dribble(both), "replay", "--settled", "-");

            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).contains("12 events");
        }

        @Test
        void givenAFileNamedLikeGzipThatIsNot_whenReplayed_thenItIsReadAsItIs() throws IOException {
            Path plain = write("plain.ndjson.gz", Records.reads(Records.MINUTE, 12, MALLORY));

            assertThat(CommandLineRun.of("replay", plain).summary("read")).startsWith("read 12 records");
        }

        @Test
        void givenADash_whenReplayed_thenStandardInputIsRead() {
            CommandLineRun run =
                    CommandLineRun.withInput(Records.reads(Records.MINUTE, 12, MALLORY), "replay", "--settled", "-");

            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).contains("12 events");
            assertThat(run.summary("read")).startsWith("read 12 records of standard input in ");
        }

        @Test
        void givenAMinuteOverTwoFiles_whenReplayed_thenItIsOneMinute() throws IOException {
            Path first = write("1.ndjson", Records.reads(Records.MINUTE, 6, MALLORY));
            Path second = write("2.ndjson", Records.reads(Records.MINUTE.plusSeconds(6), 6, MALLORY));

            CommandLineRun run = CommandLineRun.of("replay", "--settled", first, second);

            assertThat(run.out()).contains("12 events");
            assertThat(run.summary("read")).startsWith("read 12 records of 2 files in ");
        }

        @Test
        void givenRecordsThatComeMinutesLate_whenReplayed_thenTheyAreCountedInTheirMinuteAndTheSummarySaysHowMany()
                throws IOException {
            Path log = write(
                    "log.ndjson",
                    Records.reads(Records.MINUTE, 12, MALLORY)
                            + Records.reads(Records.MINUTE.plusSeconds(300), 3, TRENT)
                            + Records.reads(Records.MINUTE.plusSeconds(12), 5, MALLORY));

            CommandLineRun each = CommandLineRun.of("replay", "--format=ecs", log);
            CommandLineRun settled = CommandLineRun.of("replay", "--format=ecs", "--settled", log);

            assertThat(each.outLines())
                    .hasSize(3)
                    .last()
                    .asString()
                    .contains("\"stage\":\"REVISED\"", "\"Esql.event_count\":17,");
            assertThat(settled.outLines())
                    .as("each id once, with its latest totals")
                    .singleElement()
                    .asString()
                    .contains("\"Esql.event_count\":17,");
            assertThat(settled.summary("reopened")).startsWith("reopened 5 of the kept");
            assertThat(settled.summary("late")).isEqualTo("late 0");
        }

        @Test
        void givenFilesAgainstTheOrderOfTime_whenReplayed_thenTheyAreMerged() throws IOException {
            Path later = write("later.ndjson", Records.reads(Records.MINUTE.plusSeconds(7200), 3, TRENT));

            CommandLineRun run = CommandLineRun.of("replay", "--settled", later, harvest);

            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).contains(MALLORY, "12 events");
            assertThat(run.summary("late")).isEqualTo("late 0");
        }

        @Test
        void givenTheFolderThatAzureWrites_whenReplayed_thenASweepOverTwoVaultsIsSeen() throws IOException {
            for (String vault : new String[] {"KV-B", "KV-A"}) {
                Path hour =
                        Files.createDirectories(folder.resolve("container/" + vault + "/y=2026/m=11/d=03/h=02/m=00"));
                Files.writeString(
                        hour.resolve("PT1H.json"),
                        Records.reads(Records.MINUTE.plusSeconds(vault.equals("KV-A") ? 0 : 20), 6, MALLORY)
                                + Records.reads(Records.MINUTE.plusSeconds(1_000), 2, TRENT));
            }

            CommandLineRun run = CommandLineRun.of("replay", "--settled", folder.resolve("container"));

            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).contains(MALLORY, "12 events");
        }

        @Test
        void givenAnExportNewestFirst_whenReplayed_thenItIsSortedAndSaidSo() throws IOException {
            StringBuilder newestFirst = new StringBuilder();
            for (int hour = 5; hour > 0; hour--) {
                newestFirst.append(Records.reads(Records.MINUTE.plusSeconds(3600L * hour), 1, TRENT));
            }
            Path export = write("export.ndjson", newestFirst + Records.reads(Records.MINUTE, 12, MALLORY));

            CommandLineRun run = CommandLineRun.of("replay", "--settled", export);
            CommandLineRun assumed = CommandLineRun.of("replay", "--settled", "--assume-sorted", export);

            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).contains(MALLORY, "12 events");
            assertThat(run.err()).contains("is not in the order of time");
            assertThat(assumed.exitCode()).isEqualTo(3);
            assertThat(assumed.errLines()).last().asString().contains("Without --assume-sorted");
        }
    }

    @Nested
    class UnreadableInputs {

        @Test
        void givenAMissingFileBetweenGoodOnes_whenReplayed_thenTheGoodOnesAreReported() throws IOException {
            Path missing = folder.resolve("missing.ndjson");
            Path after = write("after.ndjson", Records.reads(Records.MINUTE.plusSeconds(60), 12, TRENT));

            CommandLineRun run = CommandLineRun.of("replay", "--settled", harvest, missing, after);

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.out()).contains(MALLORY, "12 events", TRENT);
            assertThat(run.summary("read")).startsWith("read 24 records");
            assertThat(run.errLines())
                    .last()
                    .isEqualTo("vaultwatch: " + missing + " can't be read: there is no such file.");
        }

        @Test
        void givenAFolderWithoutFiles_whenReplayed_thenItIsRefusedByName() throws IOException {
            Path empty = Files.createDirectory(folder.resolve("empty"));

            CommandLineRun run = CommandLineRun.of("replay", empty);

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.errLines())
                    .last()
                    .isEqualTo("vaultwatch: " + empty
                            + " can't be read: no file lies in it or below it. Nothing was read.");
        }

        @Test
        void givenGzipThatIsCutShort_whenReplayed_thenWhatWasReadBeforeIsReported() throws IOException {
            byte[] whole = Records.gzip(Records.reads(Records.MINUTE, 12, MALLORY)
                    + Records.reads(Records.MINUTE.plusSeconds(60), 2_000, TRENT));
            Path cut = Files.write(folder.resolve("cut.gz"), Arrays.copyOf(whole, whole.length - 200));

            CommandLineRun run = CommandLineRun.of("replay", "--settled", cut);

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.out()).contains(MALLORY);
            assertThat(run.errLines()).last().asString().contains(cut.toString(), "gzip", "cut short");
        }

        @Test
        void givenGzipThatIsDamaged_whenReplayed_thenItSaysSo() throws IOException {
            byte[] bytes = Records.gzip(Records.reads(Records.MINUTE, 12, MALLORY));
            Arrays.fill(bytes, 20, 60, (byte) 0xff);
            Path damaged = Files.write(folder.resolve("damaged.gz"), bytes);

            CommandLineRun run = CommandLineRun.of("replay", damaged);

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.errLines()).last().asString().contains(damaged.toString(), "gzip", "damaged");
        }

        @Test
        void givenAReadThatFailsMidway_whenReplayed_thenWhatWasReadBeforeIsReported() {
            InputStream failing = new SequenceInputStream(
                    new ByteArrayInputStream(
                            Records.reads(Records.MINUTE, 12, MALLORY).getBytes(StandardCharsets.UTF_8)),
                    new InputStream() {
                        @Override
                        public int read() throws IOException {
                            throw new IOException("Input/output error");
                        }

                        @Override
                        public int read(byte[] target, int offset, int length) throws IOException {
                            throw new IOException("Input/output error");
                        }
                    });

            CommandLineRun run = CommandLineRun.withInput(failing, "replay", "--settled", "-");

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.out()).contains("12 events");
            assertThat(run.errLines())
                    .last()
                    .isEqualTo("vaultwatch: standard input can't be read: Input/output error.");
        }
    }

    @Nested
    @DisplayName("the summary says")
    class SaidOfRecords {

        @Test
        @DisplayName("of objects that are no records how many, what the first has, and what was expected")
        void unrecognised() throws IOException {
            CommandLineRun run = CommandLineRun.of("replay", write("udm.ndjson", "{\"udm\":{}}\n{\"x\":1}\n"));

            assertThat(run.exitCode()).isEqualTo(4);
            assertThat(run.summary("unknown")).isEqualTo("unknown 2 objects without any field of a Key Vault record");
            assertThat(run.errLines())
                    .filteredOn(line -> line.contains("not recognised"))
                    .singleElement()
                    .asString()
                    .contains("its first members are udm", "Expected a Key Vault record");
        }

        @Test
        @DisplayName("the same of standard input")
        void live() {
            CommandLineRun run = CommandLineRun.withInput("{\"udm\":{}}\n", "replay", "-");

            assertThat(run.exitCode()).isEqualTo(4);
            assertThat(run.errLines()
                            .subList(
                                    run.errLines().indexOf(line(run, "read ")),
                                    run.errLines().size()))
                    .anyMatch(line -> line.contains("its first members are udm"));
        }

        @Test
        @DisplayName("why records are ignored, and why kept ones name no user")
        void reasons() throws IOException {
            String time = "{\"time\":\"" + Records.MINUTE + "\",\"category\":";
            String read = time + "\"AuditEvent\",\"operationName\":\"SecretGet\"";
            CommandLineRun run = CommandLineRun.of(
                    "replay",
                    write(
                            "mixed.ndjson",
                            time + "\"Administrative\",\"operationName\":\"x\"}\n" + time
                                    + "\"AuditEvent\",\"operationName\":\"KeySign\"}\n" + read + "}\n" + read
                                    + ",\"identity\":{\"claim\":{\"appid\":\"1\",\"idtyp\":\"app\"}}}\n" + read
                                    + ",\"identity\":\"@{claim=}\"}\n"));

            assertThat(run.summary("ignored"))
                    .isEqualTo("ignored 2 that no rule looks at (1 of another log, 1 of an action that no rule wants)");
            assertThat(run.summary("no user"))
                    .isEqualTo("no user 3 of the kept, which name no user: no count of one has them (1 no identity,"
                            + " 1 an application, 1 an identity that can't be read)");
        }

        private static String line(CommandLineRun run, String start) {
            return run.errLines().stream()
                    .filter(line -> line.startsWith(start))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Nested
    class BadRecords {

        @Test
        void givenBadRecords_whenReplayed_thenTheSummarySaysHowManyOfWhichKindAndHowToSeeThem() throws IOException {
            Path mixed = write("mixed.ndjson", "{\"cut\": \n" + Records.reads(Records.MINUTE, 12, MALLORY));

            CommandLineRun run = CommandLineRun.of("replay", mixed);

            assertThat(run.exitCode()).isZero();
            assertThat(run.summary("bad"))
                    .isEqualTo("bad 1 (MALFORMED 1), which --dead-letters FILE keeps with what is wrong");
            assertThat(run.err()).containsPattern("The first, in .*: The record breaks off at byte");
        }

        @Test
        void givenARecordThatIsTooLarge_whenReplayed_thenItIsOneBadRecordAndTheNextOnesAreRead() throws IOException {
            String large = Records.record(Records.MINUTE, "SecretGet", "x".repeat(Replay.MAX_RECORD_BYTES));
            Path mixed = write("mixed.ndjson", large + "\n" + Records.reads(Records.MINUTE, 12, MALLORY));

            CommandLineRun run = CommandLineRun.of("replay", mixed);

            assertThat(run.summary("bad")).startsWith("bad 1 (TOO_LARGE 1)");
            assertThat(run.summary("kept")).startsWith("kept 12 ");
        }

        @Test
        void givenADeadLetterFile_whenReplayedTwice_thenLinesOfJsonAreAppended() throws IOException {
            Path mixed = write("mixed.ndjson", "{\"cut\\\t\u00e9\u0001: \n" + Records.reads(Records.MINUTE, 2, TRENT));
            Path letters = folder.resolve("letters.ndjson");

            CommandLineRun.of("replay", "--dead-letters", letters, mixed);
            CommandLineRun run = CommandLineRun.of("replay", "--dead-letters", letters, mixed);

            assertThat(run.summary("bad")).isEqualTo("bad 1 (MALFORMED 1), kept in " + letters);
            List<String> lines = Files.readAllLines(letters);
            assertThat(lines).hasSize(2);
            assertThat(new HashSet<>(lines)).as("both runs say the same").hasSize(1);
            assertThat(lines.get(0))
                    .startsWith("{\"file\":\"" + mixed + "\",\"reason\":\"MALFORMED\",\"pointer\":\"")
                    .contains("\"problem\":\"", "\"expected\":\"")
                    .contains("\"record\":\"{\\\"cut\\\\\\t\u00e9\\u0001:")
                    .endsWith("\"}");
        }

        @Test
        void givenADeadLetterFileThatCannotBeWritten_whenReplayed_thenNothingIsRead() {
            Path impossible = folder.resolve("no-such-folder").resolve("letters.ndjson");

            CommandLineRun run = CommandLineRun.of("replay", "--dead-letters", impossible, harvest);

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.errLines()).singleElement().asString().contains(impossible.toString(), "Nothing was read.");
        }

        @Test
        void givenTheInputAsDeadLetterFile_whenReplayed_thenItIsRefused() throws IOException {
            CommandLineRun run = CommandLineRun.of("replay", "--dead-letters", harvest, harvest);

            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(Files.readString(harvest)).isEqualTo(Records.reads(Records.MINUTE, 12, MALLORY));
        }
    }

    @Nested
    class Rules {

        private Path copyOfTheRule(String from, String to) throws IOException {
            Path source = Path.of("epl", "excessive-secret-retrieval");
            Path rule = Files.createDirectories(folder.resolve("epl").resolve("excessive-secret-retrieval"));
            Files.copy(source.resolve("rule.json"), rule.resolve("rule.json"));
            String epl = Files.readString(source.resolve("rule.epl"));
            assertThat(epl).contains(from);
            Files.writeString(rule.resolve("rule.epl"), epl.replace(from, to));
            return folder.resolve("epl");
        }

        @Test
        void givenAChangedRule_whenReplayedWithIt_thenItIsTheOneThatRuns() throws IOException {
            Path rules = copyOfTheRule("int min_events = 10", "int min_events = 13");

            CommandLineRun run = CommandLineRun.of("replay", "--epl", rules, harvest);

            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).isEmpty();
        }

        @Test
        void givenABrokenRule_whenReplayed_thenTheFaultIsNamedByFileAndLineAndNothingIsRead() throws IOException {
            Path rules = copyOfTheRule("group by upn", "grup by upn");

            CommandLineRun run = CommandLineRun.of("replay", "--epl", rules, harvest);

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.out()).isEmpty();
            assertThat(run.errLines()).first().asString().matches(".*rule\\.epl:\\d+(:\\d+)?: .+");
            assertThat(run.errLines()).last().asString().endsWith("can't run. Nothing was read.");
            assertThat(run.err()).doesNotContain("\tat ");
        }

        @Test
        void givenAFolderOfRulesThatIsMissing_whenReplayed_thenItIsNamed() {
            Path missing = folder.resolve("missing");

            CommandLineRun run = CommandLineRun.of("replay", "--epl", missing, harvest);

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains(missing.toString());
        }
    }

    @Nested
    class Usage {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "replay",
                    "repaly x",
                    "replay --sorted x",
                    "replay --format xml x",
                    "replay --identity both x",
                    "replay - -",
                    "replay --epl"
                })
        @DisplayName("a command typed wrongly ends with 2, says what was wrong, how it is typed, and reads nothing")
        void givenAMistake_whenRun_thenTwo(String typed) {
            CommandLineRun run = CommandLineRun.of((Object[]) (typed.isEmpty() ? new String[0] : typed.split(" ")));

            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.out()).isEmpty();
            assertThat(run.errLines()).hasSizeLessThanOrEqualTo(4);
            assertThat(run.errLines()).first().asString().startsWith("vaultwatch: ");
            assertThat(run.err())
                    .contains(
                            typed.startsWith("replay")
                                    ? "Usage: java -jar vaultwatch.jar replay [OPTION]... FILE|DIR..."
                                    : "Usage: java -jar vaultwatch.jar COMMAND [OPTION]... [ARGUMENT]...",
                            "--help");
        }

        @Test
        void givenABadChoice_whenRun_thenTheChoicesAreThoseThatAreTyped() {
            CommandLineRun run = CommandLineRun.of("replay", "--format", "xml", "x");

            assertThat(run.errLines())
                    .first()
                    .isEqualTo(
                            "vaultwatch: Invalid value for option '--format': expected cef or ecs or ocsf or text, but was 'xml'.");
        }

        @Test
        void givenHelp_whenAsked_thenItGoesToStandardOutputAndHasExamples() {
            CommandLineRun run = CommandLineRun.of("replay", "--help");

            assertThat(run.exitCode()).isZero();
            assertThat(run.err()).isEmpty();
            assertThat(run.out())
                    .contains(
                            "--format",
                            "--settled",
                            "--assume-sorted",
                            "--enable",
                            "--dedupe",
                            "--identity",
                            "--epl",
                            "--dead-letters",
                            "--journal",
                            "--verbose")
                    .contains("tail -F audit.ndjson | java -jar vaultwatch.jar replay -");
            assertThat(run.outLines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
        }

        @Test
        void givenVersion_whenAsked_thenItIsOneLine() {
            CommandLineRun run = CommandLineRun.of("--version");

            assertThat(run.exitCode()).isZero();
            assertThat(run.outLines()).singleElement().asString().startsWith("vaultwatch ");
        }
    }

    @Nested
    class StandardOutput {

        private CommandLineRun runInto(String failure) {
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            OutputStream out = new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    throw new IOException(failure);
                }
            };
            Surroundings surroundings = new Surroundings(
                    InputStream.nullInputStream(),
                    out,
                    new PrintStream(err, true, StandardCharsets.UTF_8),
                    Terminal.none(),
                    false);
            int exitCode = Main.run(new String[] {"replay", harvest.toString()}, surroundings);
            return new CommandLineRun(exitCode, "", err.toString(StandardCharsets.UTF_8));
        }

        @Test
        void givenAReaderThatHasHadEnough_whenReplayed_thenItEndsQuietly() {
            CommandLineRun run = runInto("Broken pipe");

            assertThat(run.exitCode()).isZero();
            assertThat(run.err()).isEmpty();
        }

        @Test
        void givenAFullDisk_whenReplayed_thenItIsNotTakenForAllIsWell() {
            CommandLineRun run = runInto("No space left on device");

            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.errLines())
                    .singleElement()
                    .isEqualTo(
                            "vaultwatch: Alerts can't be printed any more: No space left on device. Reading ended there.");
        }
    }

    /** Gives one byte a time and never says that more is there: the slowest pipe. */
    private static final class Dribble extends InputStream {
        private final byte[] bytes;
        private int position;

        Dribble(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public int read() {
            return position < bytes.length ? bytes[position++] & 0xff : -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            int next = read();
            if (next < 0) {
                return -1;
            }
            target[offset] = (byte) next;
            return 1;
        }
    }
}
