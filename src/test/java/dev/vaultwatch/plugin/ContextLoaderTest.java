package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A host's thread whose context class loader sees nothing of the plugin")
class ContextLoaderTest {
    @TempDir
    Path folder;

    private final Thread thread = Thread.currentThread();
    private final @Nullable ClassLoader before = thread.getContextClassLoader();

    static Stream<@Nullable ClassLoader> loaders() {
        return Stream.of(ClassLoader.getPlatformClassLoader(), null);
    }

    @AfterEach
    void putBack() {
        thread.setContextClassLoader(before);
    }

    @ParameterizedTest
    @MethodSource("loaders")
    @DisplayName(
            "starts the plugin, feeds it, reloads it and has late events judged as any other does, and keeps its loader")
    void doesAll(@Nullable ClassLoader loader) throws IOException {
        Path rule = Rules.copyShipped(folder);
        thread.setContextClassLoader(loader);
        try (PluginUnderTest test = started("rules.dir", folder.toString(), "rules.watch", "false")) {
            test.harvest(NOON, 12, "a@contoso.example");
            test.harvest(NOON.plusSeconds(60), 12, "b@contoso.example");
            test.harvest(NOON.plusSeconds(1), 12, "c@contoso.example");
            Rules.replace(rule, "int min_events = 10", "int min_events = 11");
            assertThat(test.plugin.reload().applied()).isTrue();
            test.plugin.advanceTo(NOON.plusSeconds(120));

            assertThat(test.alerts(AlertStage.ON_TIME))
                    .extracting(alert -> alert.groupingKey().get("upn"))
                    .contains("a@contoso.example", "b@contoso.example");
            assertThat(test.alerts)
                    .filteredOn(alert -> alert.stage() != AlertStage.EARLY)
                    .extracting(Alert::ruleId)
                    .hasSize(3);
            assertThat(test.notices).extracting(Notice::kind).doesNotContain(Notice.Kind.RULE_SUSPENDED);
            assertThat(thread.getContextClassLoader()).isSameAs(loader);
        }
    }
}
