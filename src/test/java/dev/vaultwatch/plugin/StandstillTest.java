package dev.vaultwatch.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

@DisplayName("A process that stands still")
@DisabledOnOs(OS.WINDOWS)
class StandstillTest {
    private static final int STOPS = 15;

    @Test
    @DisplayName("suspends no rule, however long it was stopped inside one")
    void suspendsNoRule() throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Xmx200m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            while (line != null && !line.equals("fed")) {
                line = out.readLine();
            }
            for (int i = 0; i < STOPS; i++) {
                signal("-STOP", child);
                Thread.sleep(150);
                signal("-CONT", child);
                Thread.sleep(20);
            }
            child.getOutputStream().write('\n');
            child.getOutputStream().flush();
            List<String> said = new ArrayList<>();
            for (line = out.readLine(); line != null; line = out.readLine()) {
                said.add(line);
            }

            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(said).last().asString().startsWith("alerts ").isNotEqualTo("alerts 0");
            assertThat(said).noneMatch(each -> each.contains("RULE_SUSPENDED"));
        } finally {
            child.destroyForcibly();
        }
    }

    private static void signal(String which, Process to) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", which, Long.toString(to.pid()))
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
    }

    /** Feeds one minute's reads without an end, so that it is inside the engine most of the time; ends with its first input. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws IOException {
            long[] alerts = {0};
            try (DetectionPlugin plugin = new VaultwatchPluginFactory()
                    .create(PluginContext.builder()
                            .config("bounds.rule-time", "PT0.1S")
                            .config("time.idle-timeout", "PT0S")
                            .config("time.max-future", "PT0S")
                            .config("rules.watch", "false")
                            .onAlert(alert -> alerts[0] += alert.stage() == AlertStage.ON_TIME ? 1 : 0)
                            .onNotice(Child::tell)
                            .build())) {
                plugin.start();
                Instant minute = Instant.parse("2026-11-03T12:00:00Z");
                for (int i = 0; System.in.available() == 0; i++) {
                    // A second of event time every 100 reads, of ten people.
                    Instant at = minute.plusMillis(10L * i);
                    plugin.accept(PluginUnderTest.read(at, i % 20 < 10 ? "SecretGet" : "KeyGet", "u" + i % 10));
                    if (i == 20_000) {
                        System.out.println("fed");
                    }
                }
                plugin.endOfInput();
            }
            System.out.println("alerts " + alerts[0]);
        }

        private static void tell(Notice notice) {
            System.out.println(notice.kind() + " " + notice.message());
        }
    }
}
