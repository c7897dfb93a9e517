package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.ReloadResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rules that change while events flow: all or nothing, and the open minute is judged by the new ones. */
class ReloadTest {
    @TempDir
    Path folder;

    private Path rule = Path.of("");

    @BeforeEach
    void shippedRuleInAFolder() throws IOException {
        rule = Rules.copyShipped(folder);
    }

    private PluginUnderTest startedFromFolder() {
        return started("rules.dir", folder.toString(), "rules.watch", "false", "alerts.early", "false");
    }

    @Test
    void givenALowerThresholdInMidMinuteThenTheWholeMinuteIsJudgedByIt() throws IOException {
        try (PluginUnderTest test = started("rules.dir", folder.toString())) {
            test.harvest(NOON.plusSeconds(10), 5, "a@contoso.example");
            assertThat(test.alerts).isEmpty();
            Rules.replace(rule, "int min_events = 10", "int min_events = 5");

            ReloadResult result = test.plugin.reload();

            assertThat(result.applied()).isTrue();
            assertThat(test.alerts).extracting(Alert::stage).containsExactly(AlertStage.EARLY);
            test.plugin.advanceTo(NOON.plusSeconds(60));
            assertThat(test.alerts).extracting(Alert::stage).containsExactly(AlertStage.EARLY, AlertStage.ON_TIME);
        }
    }

    @Test
    void givenAHigherThresholdInMidMinuteThenTheMinuteIsSilentUnlessItHasSpoken() throws IOException {
        try (PluginUnderTest test = started("rules.dir", folder.toString())) {
            test.harvest(NOON.plusSeconds(10), 12, "spoken@contoso.example");
            test.harvest(NOON.plusSeconds(11), 9, "silent@contoso.example");
            Rules.replace(rule, "int min_events = 10", "int min_events = 20");
            test.plugin.reload();

            test.harvest(NOON.plusSeconds(12), 2, "silent@contoso.example");
            test.harvest(NOON.plusSeconds(13), 9, "spoken@contoso.example");
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.alerts).extracting(Alert::stage).containsExactly(AlertStage.EARLY, AlertStage.ON_TIME);
            assertThat(test.alerts.get(1).eventCount()).contains(21L);
        }
    }

    @Test
    void givenAnAlertThatHasSpokenEarlyThenAReloadDoesNotMakeItSpeakEarlyAgain() {
        try (PluginUnderTest test = started("rules.dir", folder.toString())) {
            test.harvest(NOON.plusSeconds(10), 15, "a@contoso.example");

            test.plugin.reload();
            test.plugin.reload();
            test.harvest(NOON.plusSeconds(20), 5, "a@contoso.example");
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.alerts).extracting(Alert::stage).containsExactly(AlertStage.EARLY, AlertStage.ON_TIME);
            assertThat(test.alerts.get(1).eventCount()).contains(20L);
        }
    }

    @Test
    @Timeout(30)
    void givenAFolderThatIsWatchedThenAChangeTakesOverByItself() throws Exception {
        try (PluginUnderTest test = started("rules.dir", folder.toString())) {
            test.harvest(NOON.plusSeconds(10), 5, "a@contoso.example");
            Rules.replace(rule, "int min_events = 10", "int min_events = 5");

            while (test.alerts.isEmpty()) {
                Thread.sleep(20);
            }

            assertThat(test.notices).extracting(Notice::kind).contains(Notice.Kind.RULES_RELOADED);
        }
    }

    @Test
    @Timeout(30)
    void givenAFolderThatIsWatchedThenABrokenChangeIsToldAndTheOldRuleRunsOn() throws Exception {
        try (PluginUnderTest test = started("rules.dir", folder.toString())) {
            Rules.replace(rule, "group by upn", "group by nobody");

            while (test.notices.isEmpty()) {
                Thread.sleep(20);
            }

            assertThat(test.notices)
                    .singleElement()
                    .satisfies(notice -> assertThat(notice.message())
                            .contains("refused", "rule.epl:" + Rules.lineOf(rule, "group by nobody")));
            test.harvest(NOON.plusSeconds(10), 10, "a@contoso.example");
            assertThat(test.alerts).hasSize(1);
        }
    }

    @Test
    @Timeout(30)
    void givenAnEditorThatRenamesItsFileIntoPlaceThenTheChangeTakesOver() throws Exception {
        try (PluginUnderTest test = started("rules.dir", folder.toString())) {
            test.harvest(NOON.plusSeconds(10), 5, "a@contoso.example");
            Path draft = rule.resolveSibling(".rule.epl.swp");
            Files.copy(rule, draft);
            Rules.replace(draft, "int min_events = 10", "int min_events = 5");
            Files.move(rule, rule.resolveSibling("rule.epl~"));
            Files.move(draft, rule);

            while (test.alerts.isEmpty()) {
                Thread.sleep(20);
            }

            assertThat(test.plugin.health().lastReload())
                    .hasValueSatisfying(result -> assertThat(result.applied()).isTrue());
        }
    }

    @Test
    @Timeout(30)
    void givenAFileThatIsWrittenInPiecesThenTheWholeOfItTakesOverAndTheOldRuleRunsUntilThen() throws Exception {
        try (PluginUnderTest test = started("rules.dir", folder.toString())) {
            test.harvest(NOON.plusSeconds(10), 5, "a@contoso.example");
            String whole = Files.readString(rule).replace("int min_events = 10", "int min_events = 5");
            for (int piece = 1; piece <= 8; piece++) {
                Files.writeString(rule, whole.substring(0, whole.length() * piece / 8));
                Thread.sleep(100);
            }

            // A piece that lay still for too long is refused, and the old rule runs on: either way the end is the same.
            while (test.alerts.isEmpty()) {
                Thread.sleep(20);
            }

            assertThat(test.alerts)
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).contains(5L));
        }
    }

    @Test
    void givenNoOpenWindowThenTheNewRulesHoldAtOnce() throws IOException {
        try (PluginUnderTest test = startedFromFolder()) {
            Rules.replace(rule, "int min_events = 10", "int min_events = 3");

            test.plugin.reload();
            test.harvest(NOON, 3, "a@contoso.example");
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.alerts).hasSize(1);
        }
    }

    @Test
    void givenAnActionMoreThenItIsNoLongerIgnored() throws IOException {
        try (PluginUnderTest test = startedFromFolder()) {
            assertThat(test.accept(NOON, "SecretBackup", "a").ignored()).isEqualTo(1);
            Rules.replace(rule, "'VaultGet',", "'VaultGet', 'SecretBackup',");

            test.plugin.reload();

            assertThat(test.accept(NOON.plusSeconds(120), "SecretBackup", "a").kept())
                    .isEqualTo(1);
        }
    }

    @Test
    void givenAFaultThenTheOldRuleRunsOnAndTheResultSaysFileLineAndColumn() throws IOException {
        try (PluginUnderTest test = startedFromFolder()) {
            Rules.replace(rule, "distinct_values(city)", "distinct_values(town)");

            ReloadResult result = test.plugin.reload();
            test.harvest(NOON, 10, "a@contoso.example");
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(result.applied()).isFalse();
            assertThat(result.rules()).containsExactly("excessive-secret-retrieval");
            assertThat(result.faults()).singleElement().satisfies(fault -> {
                assertThat(fault.file()).endsWith("excessive-secret-retrieval/rule.epl");
                assertThat(fault.line()).isEqualTo(Rules.lineOf(rule, "town"));
                assertThat(fault.column()).isEqualTo(5);
                assertThat(fault.problem()).contains("town");
            });
            assertThat(test.plugin.health().lastReload()).contains(result);
            assertThat(test.alerts(AlertStage.ON_TIME)).hasSize(1);
        }
    }

    @Test
    void givenAFileThatIsGoneThenTheOldRuleRunsOn() throws IOException {
        try (PluginUnderTest test = startedFromFolder()) {
            Files.delete(rule);

            ReloadResult result = test.plugin.reload();
            test.harvest(NOON, 10, "a@contoso.example");
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(result.applied()).isFalse();
            assertThat(test.alerts(AlertStage.ON_TIME)).hasSize(1);
        }
    }

    @Test
    void givenTwoRulesOneOfThemBrokenThenNeitherTakesOver() throws IOException {
        try (PluginUnderTest test = startedFromFolder()) {
            Path other = Files.createDirectories(folder.resolve("other"));
            Files.writeString(other.resolve("rule.epl"), "select nonsense from");
            Files.writeString(
                    other.resolve("rule.json"),
                    Files.readString(rule.resolveSibling("rule.json"))
                            .replace("\"id\": \"excessive-secret-retrieval\"", "\"id\": \"other\""));
            Rules.replace(rule, "int min_events = 10", "int min_events = 3");

            ReloadResult result = test.plugin.reload();
            test.harvest(NOON, 3, "a@contoso.example");
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(result.applied()).isFalse();
            assertThat(test.alerts).isEmpty();
        }
    }
}
