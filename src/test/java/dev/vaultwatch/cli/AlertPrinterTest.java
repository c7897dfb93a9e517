package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Settled alerts of a rule over the order of events, whose episodes go on for longer than late records are waited for. */
class AlertPrinterTest {
    private static final String SLIDING = "sliding-excessive-retrieval";
    private static final int BEFORE_A_LOOK = 50;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    /** One user reads every five seconds for two hours, and then others do now and then for three. */
    private List<String> read(int mostUnsettled) {
        Screen screen = new Screen(new PrintStream(err, true, StandardCharsets.UTF_8), false);
        AlertPrinter printer = new AlertPrinter(
                out, screen, AlertFormat.named("ecs"), Optional.of(Replay.SETTLED_AFTER), mostUnsettled);
        PluginContext context = PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .config("time.lateness", Replay.LATENESS.toString())
                .config("rules.enabled", SLIDING)
                .onAlert(printer)
                .build();
        DetectionPluginFactory factory =
                ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
        try (DetectionPlugin plugin = factory.create(context)) {
            plugin.start();
            Instant time = Records.MINUTE;
            for (int i = 0; i < 2 * 60 * 12; i++, time = time.plusSeconds(5)) {
                accept(plugin, time, i, "ann@contoso.example");
                look(plugin, printer, i);
            }
            assertThat(printer.waits()).isTrue();
            for (int i = 0; i < 3 * 60; i++, time = time.plusSeconds(60)) {
                accept(plugin, time, i, "bob@contoso.example");
                look(plugin, printer, i);
            }
            assertThat(printer.waits())
                    .as("what is over is printed before the end")
                    .isFalse();
            plugin.endOfInput();
            // Of each of 120 minutes the other rule has one.
            assertThat(plugin.health().alerts()).isEqualTo(121);
            printer.settle(Instant.MAX, Map.of());
        }
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static void accept(DetectionPlugin plugin, Instant time, int number, String user) {
        String action = number % 2 == 0 ? "SecretList" : "SecretGet";
        plugin.accept(Records.record(time, action, user).getBytes(StandardCharsets.UTF_8));
    }

    private static void look(DetectionPlugin plugin, AlertPrinter printer, int number) {
        if (number % BEFORE_A_LOOK == 0) {
            PluginHealth health = plugin.health();
            health.watermark().ifPresent(time -> printer.settle(time, health.changingSince()));
        }
    }

    @Test
    @DisplayName("An alert that goes on for hours is printed once, with its end, and others in the order of time")
    void once() {
        List<String> lines = read(1_000);
        assertThat(lines)
                .filteredOn(line -> line.contains(SLIDING))
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .contains(Records.MINUTE
                                .plus(Duration.ofHours(2))
                                .minusSeconds(5)
                                .toString()
                                .substring(0, 19)));
        // Of each of the 120 minutes the other rule has one, beginning at the full minute.
        assertThat(lines).hasSize(121);
        assertThat(lines.get(1)).as("in order of their beginnings").contains(SLIDING);
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    @DisplayName("Where too many wait for it, it is printed as it is, which is said once, and again at its end")
    void bounded() {
        List<String> lines = read(10);
        assertThat(lines).filteredOn(line -> line.contains(SLIDING)).hasSize(2);
        assertThat(lines).hasSize(122);
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .singleElement()
                .asString()
                .contains("More than 10 alerts wait for one of " + SLIDING, "printed as they are now, and again");
    }
}
