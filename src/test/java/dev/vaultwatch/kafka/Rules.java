package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/** Rule sets that are not the shipped one. */
final class Rules {
    private static final String RULE = "excessive-secret-retrieval";

    private Rules() {}

    /** The shipped rule with another least number of reads. */
    static RuleSetChange change(String version, Instant from, String least) throws IOException {
        String epl = Files.readString(Path.of("epl", RULE, "rule.epl"));
        assertThat(epl).contains("min_events = 10");
        return new RuleSetChange(
                version,
                from,
                Map.of(
                        "rules/" + RULE + "/rule.json",
                        Files.readString(Path.of("epl", RULE, "rule.json")),
                        "rules/" + RULE + "/rule.epl",
                        epl.replace("min_events = 10", "min_events = " + least)));
    }

    /** The files of a change in a folder: what to announce it from. */
    static Path write(RuleSetChange change, Path folder) throws IOException {
        for (Map.Entry<String, String> file : change.files().entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
        return folder.resolve("rules");
    }
}
