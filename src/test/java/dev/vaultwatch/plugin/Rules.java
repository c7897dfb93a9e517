package dev.vaultwatch.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Rule folders that a test may edit. */
public final class Rules {
    private static final String SHIPPED = "excessive-secret-retrieval";

    private Rules() {}

    /** Copies the shipped rule into a folder of rules and gives its EPL file. */
    public static Path copyShipped(Path folder) throws IOException {
        Path from = Path.of("epl", SHIPPED);
        Path to = Files.createDirectories(folder.resolve(SHIPPED));
        for (String file : List.of("rule.epl", "rule.json")) {
            Files.copy(from.resolve(file), to.resolve(file));
        }
        return to.resolve("rule.epl");
    }

    /** Writes a rule of minutes grouped by user. */
    static void write(Path folder, String id, String epl) throws IOException {
        write(folder, id, epl, "{\"kind\": \"tumbling\", \"length\": \"PT1M\"}");
    }

    /** Writes a rule grouped by user. */
    static void write(Path folder, String id, String epl, String window) throws IOException {
        write(folder, id, epl, window, List.of("upn"));
    }

    /** Writes a rule grouped by these properties. */
    static void write(Path folder, String id, String epl, String window, List<String> key) throws IOException {
        Path to = Files.createDirectories(folder.resolve(id));
        Files.writeString(to.resolve("rule.epl"), epl);
        Files.writeString(to.resolve("rule.json"), """
                {
                  "id": "%s", "name": "A rule of a test", "version": 1, "description": "Of a test.",
                  "severity": "low", "riskScore": 10, "window": %s, "groupingKey": %s,
                  "cap": { "alerts": 100, "period": "PT8M" }, "tags": [], "threat": [], "references": [],
                  "falsePositives": [], "setup": "Nothing."
                }
                """.formatted(
                        id, window, key.stream().map(name -> "\"" + name + "\"").toList()));
    }

    /** Edits a file as an analyst would; the text must be there. */
    static void replace(Path file, String old, String replacement) throws IOException {
        String text = Files.readString(file);
        assertThat(text).contains(old);
        Files.writeString(file, text.replace(old, replacement));
    }

    /** The line, from 1, that first holds the text. */
    static int lineOf(Path file, String text) {
        try {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).contains(text)) {
                    return i + 1;
                }
            }
            throw new AssertionError(text + " is not in " + file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
