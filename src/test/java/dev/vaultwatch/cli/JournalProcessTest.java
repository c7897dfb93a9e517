package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.samples.ExpectedAlert;
import dev.vaultwatch.samples.RecordGenerator;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code replay --journal} in processes of their own, which end by SIGKILL: no shutdown hook, no last words. */
@Timeout(value = 240, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class JournalProcessTest {
    private static final int RECORDS = 100_000;
    private static final int PERSONS = 20_000;
    private static final int HARVESTS = 12;

    /** Records in a second of event time: the log spans some 17 minutes. */
    private static final int RATE = 100;

    private static final int KILLS = 4;

    private static final long FILE_LIMIT_BYTES = 128 * 1024;

    private static final Pattern LINE = Pattern.compile("\\{\"@timestamp\":\"([^\"]+)\".*\"Esql.event_count\":(\\d+).*"
            + "\"alert\":\\{\"id\":\"([0-9a-f]{32})\",\"stage\":\"(\\w+)\",\"revision\":(\\d+).*}");
    private static final Pattern UPN = Pattern.compile("\"azure.platformlogs.identity.claim.upn\":\"([^\"]+)\"");

    @TempDir
    private Path folder = Path.of("");

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endWhatWasStarted() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void givenALogWithLateRecords_whenItsReplayIsKilledAgainAndAgain_thenTheOutputsTogetherAreThatOfOneRun()
            throws IOException, InterruptedException {
        Path log = folder.resolve("audit.ndjson");
        List<ExpectedAlert> expected = writeLog(log, RECORDS);
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        List<Path> outputs = new ArrayList<>();

        for (int kill = 0; kill < KILLS; kill++) {
            outputs.add(folder.resolve("out" + kill));
            long before = journalBytes();
            Process process = start(log, outputs.get(kill));
            // At any moment, or at the most delicate one: just when an alert is being written.
            if (kill % 2 == 0) {
                long growth = random.nextLong(50_000, 400_000);
                while (process.isAlive() && journalBytes() < before + growth) {
                    Thread.sleep(1);
                }
            } else {
                while (process.isAlive() && Files.size(outputs.get(kill)) == 0) {
                    Thread.onSpinWait();
                }
            }
            assertThat(process.isAlive()).as("the run that is to be killed").isTrue();
            process.destroyForcibly().waitFor();
        }
        outputs.add(folder.resolve("last"));
        Process last = start(log, outputs.get(KILLS));
        assertThat(last.waitFor()).as(Files.readString(folder.resolve("err"))).isZero();

        List<Line> undisturbed =
                lines(CommandLineRun.of("replay", "--format=ecs", log).out());
        List<Line> together = new ArrayList<>();
        for (Path output : outputs) {
            together.addAll(lines(Files.readString(output)));
        }
        assertThat(latest(undisturbed).values())
                .extracting(line -> line.minute + " " + line.upn + " " + line.events)
                .containsExactlyInAnyOrderElementsOf(expected.stream()
                        .map(alert -> alert.minute().toString().replace("Z", ".000Z") + " " + alert.upn() + " "
                                + alert.eventCount())
                        .toList());
        assertThat(undisturbed).extracting(Line::stage).contains("REVISED");
        assertThat(latest(together).values())
                .as("seed %d", seed)
                .extracting(Line::text)
                .containsExactlyInAnyOrderElementsOf(
                        latest(undisturbed).values().stream().map(Line::text).toList());
        assertThat(byStage(together).values())
                .as("what is said twice is the same; seed %d", seed)
                .allSatisfy(same -> assertThat(same).extracting(Line::text).containsOnly(same.get(0).text));
        assertThat(Files.readString(folder.resolve("err"))).contains("before ", "an earlier run had taken");
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "takes bash, and a limit on the size of files")
    void givenAJournalThatCannotGrow_whenReplayed_thenItSaysSoAndTheNextRunGoesOnThere()
            throws IOException, InterruptedException {
        Path log = folder.resolve("audit.ndjson");
        writeLog(log, RECORDS / 4);

        Process limited = start(
                log,
                folder.resolve("out0"),
                "bash",
                "-c",
                "ulimit -S -f " + FILE_LIMIT_BYTES / 1024 + "; exec \"$@\"",
                "limited");
        assertThat(limited.waitFor()).isEqualTo(ExitCode.FAILED.code());
        assertThat(Files.readString(folder.resolve("err")))
                .contains("can't be written", "the same command goes on there");
        // What does not fit is cut off again: a record's batch has some 400 bytes, a step that raises an alert less
        // than 4 KB.
        assertThat(Files.size(folder.resolve("journal").resolve("0000000001.segment")))
                .isBetween(FILE_LIMIT_BYTES - 4_096, FILE_LIMIT_BYTES);

        Process unlimited = start(log, folder.resolve("out1"));
        assertThat(unlimited.waitFor()).isZero();
        assertThat(Files.readString(folder.resolve("err"))).contains("an earlier run had taken");
        List<Line> together = lines(Files.readString(folder.resolve("out0")));
        together.addAll(lines(Files.readString(folder.resolve("out1"))));
        assertThat(latest(together).values())
                .extracting(Line::text)
                .containsExactlyInAnyOrderElementsOf(
                        latest(lines(CommandLineRun.of("replay", "--format=ecs", log)
                                        .out()))
                                .values()
                                .stream()
                                .map(Line::text)
                                .toList());
    }

    /** A log with harvests; one in four of their records comes two to eight minutes late. */
    private static List<ExpectedAlert> writeLog(Path log, int records) throws IOException {
        RecordGenerator generator = new RecordGenerator(RecordGenerator.Options.parse(
                "--records",
                Integer.toString(records),
                "--upns",
                Integer.toString(PERSONS),
                "--rate",
                Integer.toString(RATE),
                "--harvests",
                Integer.toString(HARVESTS)));
        List<byte[]> harvesters = new ArrayList<>();
        for (int i = 0; i < HARVESTS; i++) {
            harvesters.add("user%07d@".formatted(PERSONS + i).getBytes(StandardCharsets.US_ASCII));
        }
        TreeMap<Long, byte[]> late = new TreeMap<>();
        SplittableRandom random = new SplittableRandom(20261124);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(log), 1 << 20)) {
            for (long i = 0; generator.hasNext(); i++) {
                byte[] record = generator.next();
                if (harvesters.stream().anyMatch(upn -> contains(record, upn)) && random.nextInt(4) == 0) {
                    late.put((i + RATE * random.nextLong(120, 480)) << 20 | late.size(), record);
                } else {
                    write(out, record);
                }
                while (!late.isEmpty() && late.firstKey() >> 20 <= i) {
                    write(out, late.pollFirstEntry().getValue());
                }
            }
            for (byte[] record : late.values()) {
                write(out, record);
            }
        }
        return generator.expected();
    }

    private static void write(OutputStream out, byte[] record) throws IOException {
        out.write(record);
        out.write('\n');
    }

    private static boolean contains(byte[] record, byte[] sought) {
        for (int at = 0; at <= record.length - sought.length; at++) {
            int length = 0;
            while (length < sought.length && record[at + length] == sought[length]) {
                length++;
            }
            if (length == sought.length) {
                return true;
            }
        }
        return false;
    }

    private Process start(Path log, Path out, String... by) throws IOException {
        List<String> command = new ArrayList<>(List.of(by));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", // a short life: half the start-up
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "replay",
                "--journal",
                folder.resolve("journal").toString(),
                "--format=ecs",
                log.toString()));
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(folder.resolve("err").toFile())
                .start();
        started.add(process);
        return process;
    }

    private long journalBytes() throws IOException {
        Path journal = folder.resolve("journal");
        if (!Files.exists(journal)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(journal)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    private record Line(String text, String id, String stage, int revision, String minute, String upn, long events) {}

    /** The whole lines; a kill may leave half of one. */
    private static List<Line> lines(String output) {
        List<Line> lines = new ArrayList<>();
        for (String text :
                output.substring(0, output.lastIndexOf('\n') + 1).lines().toList()) {
            if (text.isEmpty()) {
                continue;
            }
            Matcher line = LINE.matcher(text);
            Matcher upn = UPN.matcher(text);
            assertThat(line.matches() && upn.find()).as(text).isTrue();
            lines.add(new Line(
                    text,
                    line.group(3),
                    line.group(4),
                    Integer.parseInt(line.group(5)),
                    line.group(1),
                    upn.group(1),
                    Long.parseLong(line.group(2))));
        }
        return lines;
    }

    private static Map<String, Line> latest(Collection<Line> lines) {
        Map<String, Line> latest = new TreeMap<>();
        lines.forEach(line -> latest.put(line.id, line));
        return latest;
    }

    private static Map<String, List<Line>> byStage(Collection<Line> lines) {
        Map<String, List<Line>> byStage = new TreeMap<>();
        lines.forEach(line -> byStage.computeIfAbsent(line.id + line.stage + line.revision, same -> new ArrayList<>())
                .add(line));
        return byStage;
    }
}
