package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The queue of docs/embedding.md, compiled from the page, in a process that is killed with signal 9 again and again.
 * {@code -Dfuzz.kills=N} kills it another number of times, {@code -Dfuzz.seed=N} at other moments.
 */
class QueueKillTest {
    /** The host sends for at least this long after its start. */
    private static final int MOST_MILLIS = 500;

    private static final String CLASS_PATH =
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    @TempDir
    Path temp;

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @DisplayName("No alert is lost, and none comes that an undisturbed run has not")
    void killed() throws Exception {
        long seed = Long.getLong("fuzz.seed", 1);
        int kills = Integer.getInteger("fuzz.kills", 4);
        Path classes = EmbeddingDoc.compile(
                temp.resolve("host"),
                CLASS_PATH,
                EmbeddingDoc.block("QueuedAlerts"),
                Files.readString(Path.of("src/test/resources/embedding/QueueHost.java")));
        Path undisturbed = Files.createDirectories(temp.resolve("undisturbed"));
        assertThat(run(classes, undisturbed, 0)).isZero();
        SplittableRandom random = new SplittableRandom(seed);
        int killed = 0;
        for (int round = 0; killed < kills; round++) {
            Path folder = Files.createDirectories(temp.resolve("killed" + round));
            while (!Files.exists(folder.resolve("ended"))) {
                int after = random.nextInt(10) == 0 ? -random.nextInt(1, MOST_MILLIS) : random.nextInt(1, MOST_MILLIS);
                if (killed >= kills) {
                    after = 0;
                }
                killed += run(classes, folder, after) == 0 ? 0 : 1;
            }
            assertThat(arrived(folder))
                    .as("seed " + seed + ", " + killed + " kills")
                    .isEqualTo(arrived(undisturbed));
        }
        assertThat(arrived(undisturbed)).hasSize(80);
    }

    /** Alerts by id, stage, revision and count. */
    private static Set<String> arrived(Path folder) throws IOException {
        return new HashSet<>(Files.readAllLines(folder.resolve("arrived")));
    }

    /** Runs the host, and kills it so many milliseconds after it has started, or after its process has if negative; its exit code. */
    private int run(Path classes, Path folder, int millis) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-cp",
                        classes + System.getProperty("path.separator") + CLASS_PATH,
                        "QueueHost",
                        folder.toString(),
                        temp.resolve("cache").toString()))
                .redirectError(folder.resolve("errors").toFile())
                .start();
        if (millis < 0) {
            // From the very start of the process.
            if (!process.waitFor(-millis, TimeUnit.MILLISECONDS)) {
                process.toHandle().destroyForcibly();
            }
            return exit(process, folder);
        }
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            String line = lines.readLine();
            while (line != null && !line.equals("started")) {
                line = lines.readLine();
            }
            assertThat(line).as(() -> errors(folder)).isNotNull();
            if (millis > 0 && !process.waitFor(millis, TimeUnit.MILLISECONDS)) {
                process.toHandle().destroyForcibly();
            }
        }
        return exit(process, folder);
    }

    private static int exit(Process process, Path folder) throws InterruptedException {
        int exit = process.waitFor();
        // 137: killed by signal 9.
        assertThat(exit).as(() -> errors(folder)).isIn(0, 137);
        return exit;
    }

    private static String errors(Path folder) {
        try {
            return Files.readString(folder.resolve("errors"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
