package dev.vaultwatch.fuzz;

import dev.vaultwatch.fuzz.Generator.Theme;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourcesFuzzTest {
    @TempDir
    Path folder;

    @Test
    @DisplayName("Whatever sources bring, in whatever order, the alerts are those of one ordered stream")
    void random() throws IOException {
        new Fuzzing(Theme.SOURCES, folder).run("SourcesFuzzTest", 420);
    }
}
