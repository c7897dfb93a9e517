package dev.vaultwatch.fuzz;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HandOverFuzzTest {
    @TempDir
    Path folder;

    @Test
    @DisplayName(
            "Partitions that move between two plugins and back, resent or as a snapshot, give the alerts of one plugin")
    void random() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (long seed : Fuzzing.seeds("HANDOVER", 160).toArray()) {
            List<String> differences = run(seed);
            if (!differences.isEmpty()) {
                wrong.add("seed " + seed + " (-Dtest=HandOverFuzzTest -Dfuzz.seed=" + seed + "): "
                        + String.join("\n    ", differences));
            }
        }
        Assertions.assertThat(wrong).isEmpty();
    }

    private List<String> run(long seed) throws Exception {
        Path own = Files.createDirectories(folder.resolve("run" + seed));
        Path cache = Files.createDirectories(folder.resolve("cache"));
        try {
            return new HandOver(seed, own, cache).differences();
        } finally {
            Folders.remove(own);
        }
    }
}
