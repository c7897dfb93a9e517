package dev.vaultwatch.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** In a process of its own, a plugin with every part switched on leaves the host as it was. */
class FootprintTest {

    @Test
    @Timeout(120)
    void givenAWholeLifeThenNothingOfTheHostIsTouchedButTheTwoNamedThreads(@TempDir Path temp) throws Exception {
        Path rules = temp.resolve("epl");
        try (Stream<Path> files = Files.walk(Path.of("epl"))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, rules.resolve(Path.of("epl").relativize(file)));
            }
        }

        List<String> said = run(rules, temp.resolve("journal"));

        assertThat(said).as("alerts").anyMatch(line -> line.startsWith("alert "));
        assertThat(said).as("the looks").anyMatch(line -> line.startsWith("looked at ") && line.contains("JMX beans"));
        // The file system's is the JDK's own, of its watch service.
        assertThat(said)
                .filteredOn(line -> line.startsWith("touched "))
                .singleElement()
                .asString()
                .startsWith("touched running threads: ")
                .matches(
                        ".*added \\[((Thread-n|FileSystemWatchService), )?vaultwatch-idle-ticker, vaultwatch-rule-watcher\\], gone \\[\\]");
    }

    private static List<String> run(Path rules, Path journal) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-opens",
                        "java.base/java.lang=ALL-UNNAMED",
                        "--add-opens",
                        "java.base/java.net=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FootprintHost.class.getName(),
                        rules.toString(),
                        journal.toString())
                .redirectErrorStream(true)
                .start();
        List<String> lines = process.inputReader().lines().toList();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
        return lines;
    }
}
