package dev.vaultwatch.fuzz;

import dev.vaultwatch.fuzz.Generator.Theme;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestartFuzzTest {
    @TempDir
    Path folder;

    @Test
    @DisplayName("Whatever becomes of the process, the alerts are those of an undisturbed run")
    void random() throws IOException {
        new Fuzzing(Theme.RESTARTS, folder).run("RestartFuzzTest", 280);
    }
}
