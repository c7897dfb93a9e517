package dev.vaultwatch.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.log.SegmentLogTest.Found;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Other processes, that are killed or want the same directory. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SegmentProcessTest {
    private static final int LIVES = 4;
    private static final int SEGMENT_BYTES = 20_000;

    @TempDir
    private Path folder = Path.of("");

    private final List<Process> started = new ArrayList<>();
    private final Found found = new Found();

    @AfterEach
    void endWhatWasStarted() {
        started.forEach(Process::destroyForcibly);
    }

    private Process start(Class<?> main, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName(),
                folder.toString()));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        started.add(process);
        return process;
    }

    private static BufferedReader output(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"each batch", "never"})
    void givenAProcessThatAppends_whenItIsKilledAgainAndAgain_thenAllThatItSaidItAppendedIsThereInOrder(String policy)
            throws IOException, InterruptedException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int next = 0;
        for (int life = 0; life < LIVES; life++) {
            Process process = start(Appender.class, Integer.toString(next), policy);
            int said = next - 1;
            BufferedReader output = output(process);
            int killAfter = next + 1 + random.nextInt(policy.equals("never") ? 20_000 : 200);
            String line;
            while ((line = output.readLine()) != null) {
                if (!line.endsWith(".")) {
                    break; // The kill came in the middle of the line.
                }
                said = Integer.parseInt(line.substring(0, line.length() - 1));
                if (said == killAfter) {
                    // Not Process.destroyForcibly, which closes the streams, too: what was said is still to be read.
                    process.toHandle().destroyForcibly();
                }
            }
            assertThat(process.waitFor()).as("killed; seed %s", seed).isNotZero();
            found.clear();

            SegmentLog.open(folder, FsyncPolicy.NEVER, SEGMENT_BYTES, found).close();

            List<String> there = found.texts();
            assertThat(there.size()).as("seed %s, life %s", seed, life).isGreaterThan(said);
            for (int i = 0; i < there.size(); i++) {
                assertThat(there.get(i)).as("seed %s, life %s", seed, life).isEqualTo(Appender.entry(i));
            }
            assertThat(found.reports).as("seed %s, life %s", seed, life).allMatch(report -> report.startsWith("torn"));
            next = there.size();
        }
    }

    @Test
    void givenALogThatIsOpenElsewhere_whenOpened_thenItIsRefused_whoeverTriedBefore()
            throws IOException, InterruptedException {
        SegmentLog mine = SegmentLog.open(folder, FsyncPolicy.NEVER, SEGMENT_BYTES, found);
        assertThatThrownBy(() -> SegmentLog.open(folder, FsyncPolicy.NEVER, SEGMENT_BYTES, found))
                .isInstanceOf(IOException.class);

        assertThat(output(start(Holder.class)).readLine())
                .as("the attempt in this process has not broken the lock")
                .contains("in use by another process")
                .contains(folder.toString());
        mine.close();

        Process holder = start(Holder.class);
        assertThat(output(holder).readLine()).isEqualTo("open");
        assertThatThrownBy(() -> SegmentLog.open(folder, FsyncPolicy.NEVER, SEGMENT_BYTES, found))
                .hasMessageContaining("in use by another process");

        holder.destroyForcibly().waitFor();
        SegmentLog.open(folder, FsyncPolicy.NEVER, SEGMENT_BYTES, found).close();
    }

    /** Appends numbered entries and says each number when it is in, for ever. */
    static final class Appender {
        private Appender() {}

        public static void main(String[] args) throws IOException {
            FsyncPolicy policy = args[2].equals("never") ? FsyncPolicy.NEVER : FsyncPolicy.EACH_BATCH;
            PrintStream out = new PrintStream(System.out, true, UTF_8);
            try (SegmentLog log = SegmentLog.open(Path.of(args[0]), policy, SEGMENT_BYTES, new Found())) {
                for (int i = Integer.parseInt(args[1]); i < Integer.MAX_VALUE; i++) {
                    byte[] entry = entry(i).getBytes(UTF_8);
                    log.append(entry, 0, entry.length);
                    log.commit();
                    out.print(i + ".\n");
                    out.flush();
                }
            }
        }

        static String entry(int number) {
            return number + " " + "x".repeat(number % 700);
        }
    }

    /** Opens the log, says so or why not, and holds it. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws InterruptedException {
            PrintStream out = new PrintStream(System.out, true, UTF_8);
            try (SegmentLog log = SegmentLog.open(Path.of(args[0]), FsyncPolicy.NEVER, SEGMENT_BYTES, new Found())) {
                out.println(log.bytes() == 0 ? "open" : "open, and not empty");
                Thread.sleep(60_000);
            } catch (IOException e) {
                out.println(e.getMessage());
            }
        }
    }
}
