package dev.vaultwatch.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A host whose process is killed with signal 9 again and again, wherever it stands. {@code -Dfuzz.kills=N} kills it another number
 * of times.
 *
 * <p>Most of a child's life is loading classes: the first child, which is not killed, leaves them behind for the others (an archive for
 * class data sharing).
 */
class KillTest {
    /** What a child needs for its start; a kill comes at random within this time after it. */
    private static final int MOST_MILLIS = 400;

    @TempDir
    Path folder;

    private int kills;
    private String classPath = "";

    @Test
    @DisplayName(
            "Whenever the process is killed, the alerts are those of an undisturbed run, by id, stage and revision, and by totals")
    void killed() throws Exception {
        long seed = Long.getLong("fuzz.seed", 1);
        int wanted = Integer.getInteger("fuzz.kills", 100);
        SplittableRandom random = new SplittableRandom(seed);
        classPath = jars();
        for (; kills < wanted; seed++) {
            Path undisturbed = prepare("undisturbed" + seed);
            if (Files.exists(archive())) {
                KillChild.undisturbed(undisturbed, seed);
            } else {
                run(undisturbed, seed, 0);
            }
            Path disturbed = prepare("disturbed" + seed);
            while (!Files.exists(disturbed.resolve("ended"))) {
                runAndKill(disturbed, seed, random, kills < wanted);
            }
            compare(seed, undisturbed, disturbed);
        }
    }

    private Path prepare(String name) throws IOException {
        Path own = Files.createDirectories(folder.resolve(name));
        Folders.writeRules(own.resolve("rules"), List.of(KillChild.RULE), "");
        Path cache = folder.resolve("cache");
        if (Files.exists(cache)) {
            Folders.copy(cache, own.resolve("cache"));
        }
        return own;
    }

    /** The class path, with each folder as a jar: an archive holds none of folders. */
    private String jars() throws IOException {
        List<String> entries = new ArrayList<>();
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        for (String entry : all.split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                path = jar(path, folder.resolve(entries.size() + ".jar"));
            }
            entries.add(path.toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    private static Path jar(Path classes, Path to) throws IOException {
        try (ZipOutputStream jar = new ZipOutputStream(Files.newOutputStream(to));
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                jar.putNextEntry(
                        new ZipEntry(classes.relativize(file).toString().replace(File.separatorChar, '/')));
                Files.copy(file, jar);
            }
        }
        return to;
    }

    private Path archive() {
        return folder.resolve("classes.jsa");
    }

    private Process start(Path own, long seed, int pauseMicros) throws IOException {
        Path archive = archive();
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-Xlog:cds=off",
                        (Files.exists(archive) ? "-XX:SharedArchiveFile=" : "-XX:ArchiveClassesAtExit=") + archive,
                        "-cp",
                        classPath,
                        KillChild.class.getName(),
                        own.toString(),
                        Long.toString(seed),
                        Integer.toString(pauseMicros))
                .redirectErrorStream(true)
                .start();
    }

    private void run(Path own, long seed, int pauseMicros) throws Exception {
        Process process = start(own, seed, pauseMicros);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        if (!Files.exists(folder.resolve("cache"))) {
            Folders.copy(own.resolve("cache"), folder.resolve("cache"));
        }
    }

    private void runAndKill(Path own, long seed, SplittableRandom random, boolean kill) throws Exception {
        Process process = start(own, seed, 150);
        List<String> output = new ArrayList<>();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            // A tenth is killed while it starts.
            boolean early = kill && random.nextInt(10) == 0;
            String line = early ? "started" : lines.readLine();
            while (line != null && !line.equals("started")) {
                output.add(line);
                line = lines.readLine();
            }
            if (kill && line != null && !process.waitFor(random.nextInt(1, MOST_MILLIS), TimeUnit.MILLISECONDS)) {
                // Not the process itself, which would close its output, too.
                process.toHandle().destroyForcibly();
                kills++;
            }
            while (line != null) {
                line = lines.readLine();
                if (line != null) {
                    output.add(line);
                }
            }
        }
        int exit = process.waitFor();
        // 137: killed by signal 9.
        assertThat(exit)
                .as(() -> "seed " + seed + ": " + String.join("\n", output))
                .isIn(0, 137);
    }

    private static void compare(long seed, Path undisturbed, Path disturbed) throws IOException {
        assertThat(names(disturbed)).as("killed, seed " + seed).isEqualTo(names(undisturbed));
        assertThat(lastWords(undisturbed)).as("undisturbed, seed " + seed).isEqualTo(deserved(seed));
        assertThat(lastWords(disturbed)).as("killed, seed " + seed).isEqualTo(deserved(seed));
    }

    /** What was heard: id, stage and revision, each once. */
    private static Set<String> names(Path own) throws IOException {
        return Files.readAllLines(own.resolve("heard")).stream()
                .map(line -> String.join(" ", List.of(line.split(" ", -1)).subList(0, 3)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Per window and user, the greatest revision's count of events. */
    private static Map<String, Integer> lastWords(Path own) throws IOException {
        TreeMap<String, Integer> counts = new TreeMap<>();
        TreeMap<String, Integer> revisions = new TreeMap<>();
        for (String line : Files.readAllLines(own.resolve("heard"))) {
            String[] words = line.split(" ", -1);
            String group = words[3] + " " + words[4];
            int revision = Integer.parseInt(words[2]);
            if (!words[1].equals("EARLY") && revision >= revisions.getOrDefault(group, -1)) {
                revisions.put(group, revision);
                counts.put(group, Integer.parseInt(words[5]));
            }
        }
        return counts;
    }

    private static Map<String, Integer> deserved(long seed) {
        TreeMap<String, List<Item>> groups = new TreeMap<>();
        KillChild.calls(seed).forEach(call -> {
            Group group = KillChild.RULE.group(call.item());
            groups.computeIfAbsent(group.start() + " " + group.key(), none -> new ArrayList<>())
                    .add(call.item());
        });
        TreeMap<String, Integer> deserved = new TreeMap<>();
        groups.forEach((group, events) -> {
            if (KillChild.RULE.isAlert(events)) {
                deserved.put(group, events.size());
            }
        });
        return deserved;
    }
}
