package dev.vaultwatch.fuzz;

import dev.vaultwatch.fuzz.Generator.Theme;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RulesFuzzTest {
    @TempDir
    Path folder;

    @Test
    @DisplayName("Whatever the rules, the alerts are those that their events deserve")
    void random() throws IOException {
        new Fuzzing(Theme.RULES, folder).run("RulesFuzzTest", 220);
    }
}
