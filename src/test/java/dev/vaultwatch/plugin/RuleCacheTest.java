package dev.vaultwatch.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.Notice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code rules.cache-dir}, as an operator sees it. */
class RuleCacheTest {
    @TempDir
    Path temp;

    @Test
    void givenAFolderForCompiledRulesThenTheAlertsOfTheSecondStartAreThoseOfTheFirst() throws IOException {
        List<String> first = alerts(List.of());
        assertThat(files()).hasSize(1);

        assertThat(alerts(List.of())).isEqualTo(first).hasSize(2);
    }

    @Test
    void givenADamagedFileThenTheOperatorIsToldAndTheAlertsComeAllTheSame() throws IOException {
        List<String> first = alerts(List.of());
        Files.writeString(files().get(0), "damaged");

        assertThat(alerts(List.of(Notice.Kind.RULE_CACHE))).isEqualTo(first);
    }

    private List<String> alerts(List<Notice.Kind> notices) throws IOException {
        byte[] records = Files.readAllBytes(Path.of("src/samples/quiet-hour.auditevent.ndjson"));
        try (PluginUnderTest host = PluginUnderTest.started(
                // What this process has compiled before is no start's.
                new VaultwatchPluginFactory(),
                "rules.cache-dir",
                temp.resolve("cache").toString())) {
            host.wallClock.set(Instant.parse("2026-11-04T00:00:00Z"));
            host.plugin.accept(records);
            host.plugin.advanceTo(Instant.parse("2026-11-04T00:00:00Z"));
            assertThat(host.notices).extracting(Notice::kind).isEqualTo(notices);
            return host.alerts.stream().map(Alert::toEcsJson).toList();
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(temp.resolve("cache"))) {
            return files.toList();
        }
    }
}
