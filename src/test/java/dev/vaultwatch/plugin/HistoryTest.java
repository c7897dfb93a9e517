package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.ReloadResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a rule that comes while events flow knows of the events before it: {@code rules.history}. */
class HistoryTest {
    private static final String TUMBLING = "{\"kind\": \"tumbling\", \"length\": \"PT1M\"}";
    private static final String ORDERED = "{\"kind\": \"ordered\", \"reach\": \"PT1M\", \"quiet\": \"PT1M\"}";

    @TempDir
    Path folder;

    private final VaultwatchPluginFactory factory = new VaultwatchPluginFactory();

    /** A rule about other events, in force from the start. */
    private Path rulesBefore() throws IOException {
        Path rules = folder.resolve("rules");
        Rules.write(
                rules,
                "about-keys",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'KeyGet', upn is not null)"
                        + "#time_batch(1 min, 0L) group by upn having count(*) >= 2;",
                TUMBLING);
        return rules;
    }

    /** One that asks for another action, for another key, and for events without a user, too. */
    private static void addRule(Path rules, String kind, int least) throws IOException {
        String window = kind.equals("tumbling") ? "#time_batch(1 min, 0L)" : "#time(1 min)";
        Rules.write(
                rules,
                "about-vaults",
                "@name('alert') select vault, count(*) as n, count(distinct sourceIp) as ips from"
                        + " KeyVaultEvent(action = 'SecretGet')" + window + " group by vault having count(*) >= "
                        + least + ";",
                kind.equals("tumbling") ? TUMBLING : ORDERED,
                List.of("vault"));
    }

    private static void readThree(PluginUnderTest test) {
        test.accept(NOON.plusSeconds(1), "SecretGet", "ann");
        test.accept(NOON.plusSeconds(2), "SecretGet", "");
        test.accept(NOON.plusSeconds(3), "SecretGet", "bob");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tumbling", "ordered"})
    @DisplayName("With rules.history=all a rule that asks for new events has their past, over a restart, too")
    void all(String kind) throws IOException {
        Path rules = rulesBefore();
        String[] config = {
            "rules.dir",
            rules.toString(),
            "rules.watch",
            "false",
            "rules.history",
            "all",
            "journal.dir",
            folder.resolve("journal").toString(),
            "journal.fsync",
            "never"
        };
        try (PluginUnderTest test = started(factory, config)) {
            readThree(test);
        }
        try (PluginUnderTest test = started(factory, config)) {
            addRule(rules, kind, 4);

            ReloadResult result = test.plugin.reload();
            test.accept(NOON.plusSeconds(4), "SecretGet", "eve");
            test.plugin.endOfInput();

            assertThat(result.completeSince()).isEmpty();
            assertThat(test.alerts).isNotEmpty().allSatisfy(alert -> {
                assertThat(alert.outputs()).containsEntry("n", 4L);
                assertThat(alert.isHistoryComplete()).isTrue();
                assertThat(alert.isAtLeast()).isFalse();
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tumbling", "ordered"})
    @DisplayName(
            "By default it has not: the reload says since when its history is complete, and its alerts say that they are not")
    void wanted(String kind) throws IOException {
        Path rules = rulesBefore();
        try (PluginUnderTest test = started(factory, "rules.dir", rules.toString(), "rules.watch", "false")) {
            test.accept(NOON, "KeyGet", "ann");
            readThree(test);
            addRule(rules, kind, 1);

            ReloadResult result = test.plugin.reload();
            test.accept(NOON.plusSeconds(4), "SecretGet", "eve");
            test.plugin.endOfInput();

            assertThat(result.completeSince()).containsOnlyKeys("about-vaults");
            assertThat(test.alerts).isNotEmpty().allSatisfy(alert -> {
                assertThat(alert.outputs()).containsEntry("n", 1L);
                assertThat(alert.isHistoryComplete()).isFalse();
            });
        }
    }

    @Test
    @DisplayName("With rules.history=all events that no rule wants are counted as kept, and move time")
    void moved() throws IOException {
        Path rules = rulesBefore();
        try (PluginUnderTest test =
                started(factory, "rules.dir", rules.toString(), "rules.watch", "false", "rules.history", "all")) {
            test.accept(NOON, "KeyGet", "ann");
            test.accept(NOON.plusSeconds(1), "KeyGet", "ann");

            assertThat(test.accept(NOON.plusSeconds(90), "SecretGet", "").kept())
                    .isEqualTo(1);

            assertThat(test.alerts).extracting(alert -> alert.stage().name()).containsExactly("EARLY", "ON_TIME");
        }
    }
}
