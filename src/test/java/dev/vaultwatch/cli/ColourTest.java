package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.plugin.VaultwatchPluginFactory;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** When the command line shows colour, and what of. */
class ColourTest {

    private static Surroundings surroundings(boolean terminal) {
        return new Surroundings(
                InputStream.nullInputStream(),
                OutputStream.nullOutputStream(),
                new PrintStream(OutputStream.nullOutputStream()),
                new Terminal(terminal, terminal, OptionalInt.empty()),
                false);
    }

    @Test
    @DisplayName("Colour on a terminal, none in a pipe")
    void terminal() {
        assertThat(surroundings(true).showsColour(Map.of("TERM", "xterm"))).isTrue();
        assertThat(surroundings(false).showsColour(Map.of("TERM", "xterm"))).isFalse();
    }

    @Test
    @DisplayName("NO_COLOR is kept, unless it is empty, and so is a terminal without colour")
    void noColour() {
        assertThat(surroundings(true).showsColour(Map.of("NO_COLOR", "1"))).isFalse();
        assertThat(surroundings(true).showsColour(Map.of("NO_COLOR", ""))).isTrue();
        assertThat(surroundings(true).showsColour(Map.of("TERM", "dumb"))).isFalse();
    }

    @Test
    @DisplayName("The severity alone is coloured; without the colour it is the text form")
    void severity() throws Exception {
        List<Alert> alerts = new ArrayList<>();
        try (DetectionPlugin plugin = new VaultwatchPluginFactory()
                .create(PluginContext.builder()
                        .config("time.idle-timeout", "PT0S")
                        .onAlert(alerts::add)
                        .build())) {
            plugin.start();
            plugin.accept(Files.readAllBytes(Path.of("src/samples/quiet-hour.auditevent.ndjson")));
            plugin.advanceTo(Instant.MAX);
        }

        String shown = alerts.get(0).render(new ColouredText(AlertFormat.named("text")));

        assertThat(shown).startsWith("\u001b[33m[MEDIUM 43]\u001b[0m mallory");
        assertThat(shown.replaceAll("\u001b\\[[0-9;]*m", ""))
                .isEqualTo(alerts.get(0).toText());
    }
}
