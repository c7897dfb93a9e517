package dev.vaultwatch.tool.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.tool.check.CheckFinding.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that somebody got wrong in one place, and every word that {@code check} says of each. {@code expected.txt} has for each file
 * its name, and below it the errors with file, line and column. Whoever changes a sentence reads them all.
 */
@DisplayName("Each of the broken files is refused at its place, with what to write")
class BrokenFilesTest {
    private static final Path FILES = Path.of("src/test/resources/broken-files");
    private static final Path RULE = Path.of("epl/excessive-secret-retrieval");
    private static final Instant NOW = Instant.parse("2026-11-25T00:00:00Z");

    @TempDir
    private Path folder;

    @Test
    @DisplayName("There are more than thirty of them: rules, tunings and cases")
    void enough() throws IOException {
        assertThat(expected()).hasSizeGreaterThan(30).containsOnlyKeys(broken());
        for (String kind : List.of("json-", "epl-", "case-", "tuning-")) {
            assertThat(broken()).filteredOn(name -> name.startsWith(kind)).hasSizeGreaterThan(7);
        }
    }

    @Test
    @DisplayName("What they were before has no error")
    void unbroken() throws IOException {
        assertThat(errors("good-tuning.txt")).isEmpty();
    }

    @TestFactory
    @DisplayName("Every word")
    Stream<DynamicTest> words() throws IOException {
        return expected().entrySet().stream()
                .map(each -> DynamicTest.dynamicTest(
                        each.getKey(), () -> assertThat(errors(each.getKey())).isEqualTo(each.getValue())));
    }

    private static List<String> broken() throws IOException {
        try (Stream<Path> files = Files.list(FILES)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".txt"))
                    .sorted()
                    .toList();
        }
    }

    private static Map<String, List<String>> expected() throws IOException {
        Map<String, List<String>> expected = new LinkedHashMap<>();
        List<String> errors = new ArrayList<>();
        for (String line : Files.readAllLines(FILES.resolve("expected.txt"))) {
            if (line.startsWith("  ")) {
                errors.add(line.strip());
            } else if (!line.isBlank()) {
                errors = new ArrayList<>();
                expected.put(line.strip(), errors);
            }
        }
        return expected;
    }

    private List<String> errors(String broken) throws IOException {
        Path rule = Files.createDirectories(Files.createTempDirectory(folder, "check")
                .resolve(RULE.getFileName().toString()));
        Files.createDirectories(rule.resolve("cases"));
        Files.copy(RULE.resolve("rule.epl"), rule.resolve("rule.epl"));
        Files.copy(RULE.resolve("rule.json"), rule.resolve("rule.json"));
        Files.copy(FILES.resolve("good-case.txt"), rule.resolve("cases/case.json"));
        Path tuning = rule.resolve("tuning.json");
        Files.copy(FILES.resolve("good-tuning.txt"), tuning);
        String text = Files.readString(FILES.resolve(broken));
        Path target = broken.startsWith("json-")
                ? rule.resolve("rule.json")
                : broken.startsWith("epl-")
                        ? rule.resolve("rule.epl")
                        : broken.startsWith("case-") ? rule.resolve("cases/case.json") : tuning;
        Files.writeString(target, text);
        return RuleCheck.of(rule, Optional.of(tuning), NOW).stream()
                .filter(finding -> finding.level() == Level.ERROR)
                .map(finding -> finding.toString()
                        .replace(rule + "/", "")
                        .lines()
                        .findFirst()
                        .orElse(""))
                .toList();
    }
}
