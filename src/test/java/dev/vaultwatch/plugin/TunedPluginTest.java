package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a site's tuning keeps back is counted, said, and remembered over a restart. */
class TunedPluginTest {
    private static final String RULE = "excessive-secret-retrieval";
    private static final String ANN = "ann@contoso.example";

    @TempDir
    Path folder;

    private int run;

    private Path tuning(String ofRule) throws IOException {
        return Files.writeString(folder.resolve("tuning.json"), "{\"rules\": {\"" + RULE + "\": {" + ofRule + "}}}");
    }

    private static String exception(String id, String on, String upn, String until) {
        return "{\"id\": \"" + id + "\", \"on\": \"" + on + "\", \"where\": {\"upn\": \"" + upn
                + "\"}, \"why\": \"a test\", \"by\": \"ann\", \"until\": \"" + until + "\"}";
    }

    private PluginUnderTest tuned(String ofRule) throws IOException {
        return started("rules.tuning", tuning(ofRule).toString(), "rules.watch", "false");
    }

    /** A plugin that goes on from the segments of the one before, which is killed by being left alone. */
    private PluginUnderTest onDisk() throws IOException {
        return onDisk("wanted");
    }

    private PluginUnderTest onDisk(String history) throws IOException {
        Path before = folder.resolve("run" + run++);
        Path after = Files.createDirectories(folder.resolve("run" + run));
        if (Files.isDirectory(before)) {
            try (Stream<Path> files = Files.list(before)) {
                for (Path file : files.filter(each -> each.toString().endsWith(".segment"))
                        .toList()) {
                    Files.copy(file, after.resolve(file.getFileName()));
                }
            }
        }
        return started(
                "rules.tuning",
                folder.resolve("tuning.json").toString(),
                "rules.watch",
                "false",
                "rules.history",
                history,
                "journal.dir",
                after.toString());
    }

    private static Instant minute(int minute) {
        return NOON.plusSeconds(60L * minute);
    }

    @Test
    @DisplayName("Each exception counts its hits, and one that nothing met is there with 0")
    void hits() throws IOException {
        try (PluginUnderTest test = tuned("\"except\": [" + exception("EX-1", "events", ANN, "2030-01-01") + ", "
                + exception("EX-2", "alerts", "bob@contoso.example", "2030-01-01") + ", "
                + exception("EX-3", "events", "nobody@contoso.example", "2030-01-01") + "]")) {
            test.harvest(NOON, 12, ANN);
            test.harvest(NOON.plusSeconds(1), 12, "bob@contoso.example");
            test.harvest(NOON.plusSeconds(2), 12, "eve@contoso.example");
            test.plugin.endOfInput();

            PluginHealth health = test.plugin.health();
            assertThat(test.alerts)
                    .extracting(alert -> alert.groupingKey().get("upn"))
                    .containsOnly("eve@contoso.example");
            assertThat(health.parts(Counter.EXCEPTED_EVENTS)).isEqualTo(Map.of("EX-1", 12L, "EX-2", 0L, "EX-3", 0L));
            assertThat(health.parts(Counter.EXCEPTED_ALERTS)).isEqualTo(Map.of("EX-1", 0L, "EX-2", 1L, "EX-3", 0L));
            assertThat(health.value(Counter.EXCEPTED_EVENTS)).isEqualTo(12);
        }
    }

    @Test
    @DisplayName("A reload takes an exception that is new, and drops one that is gone")
    void reloaded() throws IOException {
        try (PluginUnderTest test = tuned("\"except\": [" + exception("EX-1", "events", ANN, "2030-01-01") + "]")) {
            tuning("\"except\": [" + exception("EX-2", "events", "bob@contoso.example", "2030-01-01") + "]");
            test.plugin.reload();
            test.harvest(NOON, 12, ANN);
            test.harvest(NOON.plusSeconds(1), 12, "bob@contoso.example");
            test.plugin.endOfInput();

            assertThat(test.alerts)
                    .extracting(alert -> alert.groupingKey().get("upn"))
                    .containsOnly(ANN);
        }
    }

    @Test
    @DisplayName("What was said early is taken back at the input's end where an exception has since hidden all events")
    void hiddenBeforeTheEnd() throws IOException {
        try (PluginUnderTest test = tuned("")) {
            test.harvest(NOON, 12, ANN);
            hide(test);
            test.plugin.endOfInput();

            assertThat(test.alerts).extracting(Alert::stage).containsExactly(AlertStage.EARLY, AlertStage.RETRACTED);
        }
    }

    @Test
    @DisplayName("What was said early of the next minute is taken back where time goes past it without an event")
    void hiddenInTheNextMinute() throws IOException {
        try (PluginUnderTest test = tuned("")) {
            test.harvest(NOON.plusSeconds(58), 1, ANN);
            test.harvest(NOON.plusSeconds(60), 12, ANN);
            hide(test);
            test.harvest(NOON.plusSeconds(600), 1, "bob@contoso.example");

            assertThat(test.alerts).extracting(Alert::stage).containsExactly(AlertStage.EARLY, AlertStage.RETRACTED);
        }
    }

    @Test
    @DisplayName(
            "Where an exception from alerts is gone, the open window's alert is heard at the reload, and stands though another comes")
    void lifted() throws IOException {
        String hides = "\"except\": [" + exception("EX-1", "alerts", ANN, "2030-01-01") + "]";
        try (PluginUnderTest test = tuned(hides)) {
            test.harvest(NOON, 12, ANN);
            assertThat(test.alerts).isEmpty();
            tuning("");
            test.plugin.reload();
            assertThat(test.alerts).extracting(Alert::stage).containsExactly(AlertStage.EARLY);
            tuning(hides);
            test.plugin.reload();
            test.harvest(NOON.plusSeconds(1), 2, ANN);
            test.plugin.endOfInput();

            assertThat(test.alerts).extracting(Alert::stage).containsExactly(AlertStage.EARLY, AlertStage.ON_TIME);
            assertThat(test.alerts.get(1).eventCount()).contains(14L);
        }
    }

    private void hide(PluginUnderTest test) throws IOException {
        tuning("\"except\": [" + exception("EX-1", "events", ANN, "2030-01-01") + "]");
        test.plugin.reload();
    }

    @Test
    @DisplayName("After a restart without an exception that there was, alerts say that events of before may be missing")
    void droppedOverARestart() throws IOException {
        tuning("\"except\": [" + exception("EX-1", "events", ANN, "2030-01-01") + "]");
        PluginUnderTest killed = onDisk();
        killed.harvest(NOON, 12, ANN);
        tuning("");
        try (PluginUnderTest test = onDisk()) {
            test.harvest(NOON.plusSeconds(20), 12, ANN);

            assertThat(test.alerts).isNotEmpty().noneMatch(Alert::isHistoryComplete);
            test.harvest(NOON.plusSeconds(60), 12, ANN);
            assertThat(test.alerts.get(test.alerts.size() - 1).isHistoryComplete())
                    .isTrue();
        }
        killed.close();
    }

    @Test
    @DisplayName(
            "After a restart with another exception, alerts say that events which the one before left out may be missing")
    void anotherOverARestart() throws IOException {
        tuning("\"except\": [" + exception("EX-1", "events", ANN, "2030-01-01") + "]");
        PluginUnderTest killed = onDisk();
        killed.harvest(NOON, 12, ANN);
        tuning("\"except\": [" + exception("EX-1", "events", "bob@contoso.example", "2030-01-01") + "]");
        try (PluginUnderTest test = onDisk()) {
            test.harvest(NOON.plusSeconds(20), 12, ANN);

            assertThat(test.alerts).isNotEmpty().noneMatch(Alert::isHistoryComplete);
            test.harvest(NOON.plusSeconds(60), 12, ANN);
            assertThat(test.alerts.get(test.alerts.size() - 1).isHistoryComplete())
                    .isTrue();
        }
        killed.close();
    }

    @Test
    @DisplayName("After a restart with the same exceptions, in other words, nothing is missing")
    void sameOverARestart() throws IOException {
        tuning("\"except\": [" + exception("EX-1", "events", "bob@contoso.example", "2030-01-01") + "]");
        PluginUnderTest killed = onDisk();
        killed.harvest(NOON, 6, ANN);
        tuning("\"except\": [" + exception("EX-1", "events", "BOB@contoso.example", "2030-01-01") + "]");
        try (PluginUnderTest test = onDisk()) {
            test.harvest(NOON.plusSeconds(20), 6, ANN);

            assertThat(test.alerts).isNotEmpty().allMatch(Alert::isHistoryComplete);
        }
        killed.close();
    }

    @Test
    @DisplayName("Where every event is kept, a restart without an exception that there was misses none")
    void allKeptOverARestart() throws IOException {
        tuning("\"except\": [" + exception("EX-1", "events", ANN, "2030-01-01") + "]");
        PluginUnderTest killed = onDisk("all");
        killed.harvest(NOON, 6, ANN);
        tuning("");
        try (PluginUnderTest test = onDisk("all")) {
            test.harvest(NOON.plusSeconds(20), 6, ANN);
            test.plugin.endOfInput();

            assertThat(test.alerts(AlertStage.ON_TIME)).singleElement().satisfies(alert -> {
                assertThat(alert.eventCount()).contains(12L);
                assertThat(alert.isHistoryComplete()).isTrue();
            });
        }
        killed.close();
    }

    @Test
    @DisplayName(
            "A suppression that a reload brings begins with the next alert, whether the process is killed meanwhile or not")
    void suppressionOfAReload() throws IOException {
        for (boolean dies : new boolean[] {false, true}) {
            run += 50;
            tuning("");
            PluginUnderTest test = onDisk();
            test.harvest(minute(0), 12, ANN);
            test.plugin.advanceTo(minute(1));
            tuning("\"suppress\": {\"by\": [\"upn\"], \"for\": \"PT15M\"}");
            assertThat(test.plugin.reload().applied()).isTrue();
            PluginUnderTest killed = test;
            test = dies ? onDisk() : test;
            test.harvest(minute(3), 12, ANN);
            test.harvest(minute(4), 12, ANN);
            test.plugin.advanceTo(minute(5));

            assertThat(test.alerts(AlertStage.ON_TIME))
                    .filteredOn(alert -> alert.windowStart().isAfter(minute(0)))
                    .extracting(Alert::windowStart)
                    .as("dies: " + dies)
                    .containsExactly(minute(3));
            test.close();
            killed.close();
        }
    }

    @Test
    @DisplayName("An exception that has expired is told at the start, with its place")
    void expired() throws IOException {
        try (PluginUnderTest test = tuned("\"except\": [" + exception("EX-9", "events", ANN, "2020-01-01") + "]")) {
            assertThat(test.notices)
                    .filteredOn(notice -> notice.kind() == Notice.Kind.TUNING)
                    .singleElement()
                    .satisfies(notice -> assertThat(notice.message()).contains("tuning.json:1:", "EX-9", "2020-01-02"));
        }
    }

    @Test
    @DisplayName("After a kill the hits go on from where they stood")
    void hitsOverAKill() throws IOException {
        tuning("\"except\": [" + exception("EX-1", "events", ANN, "2030-01-01") + ", "
                + exception("EX-2", "alerts", "bob@contoso.example", "2030-01-01") + "]");
        PluginUnderTest killed = onDisk();
        killed.harvest(NOON, 12, ANN);
        killed.harvest(NOON.plusSeconds(1), 12, "bob@contoso.example");
        try (PluginUnderTest test = onDisk()) {
            assertThat(test.plugin.health().parts(Counter.EXCEPTED_EVENTS)).containsEntry("EX-1", 12L);
            test.harvest(NOON.plusSeconds(2), 3, ANN);
            test.harvest(NOON.plusSeconds(3), 3, "bob@contoso.example");
            test.plugin.advanceTo(minute(2));

            assertThat(test.plugin.health().parts(Counter.EXCEPTED_EVENTS)).containsEntry("EX-1", 15L);
            assertThat(test.plugin.health().parts(Counter.EXCEPTED_ALERTS)).containsEntry("EX-2", 1L);
            assertThat(test.alerts).isEmpty();
        }
        killed.close();
    }

    /** The final messages of a suppressed key over 21 minutes; a kill after the given minutes. */
    private List<Map<String, Object>> suppressed(List<Integer> killsAfter) throws IOException {
        tuning("\"suppress\": {\"by\": [\"upn\"], \"for\": \"PT15M\"}");
        List<PluginUnderTest> lives = new java.util.ArrayList<>(List.of(onDisk()));
        for (int minute : List.of(0, 3, 6, 16, 20, 40)) {
            PluginUnderTest test = lives.get(lives.size() - 1);
            test.harvest(minute(minute), 12, ANN);
            test.plugin.advanceTo(minute(minute + 1));
            if (killsAfter.contains(minute)) {
                lives.add(onDisk());
            }
        }
        long suppressed = lives.get(lives.size() - 1).plugin.health().value(Counter.SUPPRESSED);
        assertThat(suppressed).isEqualTo(3);
        List<Map<String, Object>> said = lives.stream()
                .flatMap(each -> each.alerts(AlertStage.ON_TIME).stream())
                .map(TunedPluginTest::brief)
                .toList();
        lives.forEach(PluginUnderTest::close);
        return said;
    }

    private static Map<String, Object> brief(Alert alert) {
        return Map.of(
                "at", alert.windowStart(), "before", alert.outputs().getOrDefault("vaultwatch.suppressed_before", 0L));
    }

    @Test
    @DisplayName("The next alert after a suppression carries the number kept back, the same after a kill in its middle")
    void suppressionOverAKill() throws IOException {
        List<Map<String, Object>> undisturbed = suppressed(List.of());
        assertThat(undisturbed)
                .containsExactly(
                        Map.of("at", minute(0), "before", 0L),
                        Map.of("at", minute(16), "before", 2L),
                        Map.of("at", minute(40), "before", 1L));
        run = 100;
        assertThat(suppressed(List.of(3))).isEqualTo(undisturbed);
        run = 200;
        assertThat(suppressed(List.of(0, 6, 20))).isEqualTo(undisturbed);
    }

    @Test
    @DisplayName("What a suppression kept back and no later alert told of is told in a notice")
    void untold() throws IOException {
        try (PluginUnderTest test = tuned("\"suppress\": {\"by\": [\"upn\"], \"for\": \"PT5M\"}")) {
            test.harvest(minute(0), 12, ANN);
            test.harvest(minute(2), 12, ANN);
            test.plugin.advanceTo(minute(120));

            assertThat(test.notices)
                    .filteredOn(notice -> notice.kind() == Notice.Kind.ALERTS_SUPPRESSED)
                    .singleElement()
                    .satisfies(notice -> {
                        assertThat(notice.count()).isEqualTo(1);
                        assertThat(notice.message()).contains(ANN);
                    });
        }
    }

    @Test
    @DisplayName(
            "Of a rule that is switched off, a notice says how many early alerts will be neither confirmed nor retracted")
    void switchedOff() throws IOException {
        try (PluginUnderTest test = tuned("")) {
            test.harvest(NOON, 12, ANN);
            test.harvest(NOON.plusSeconds(20), 12, "bob@contoso.example");
            test.plugin.advanceTo(minute(1));
            test.harvest(NOON.plusSeconds(70), 12, ANN);
            int said = test.alerts.size();

            tuning("\"enabled\": false");
            test.plugin.reload();
            test.plugin.endOfInput();

            assertThat(test.alerts).hasSize(said);
            assertThat(test.notices)
                    .filteredOn(notice -> notice.kind() == Notice.Kind.EARLY_UNCONFIRMED)
                    .containsExactly(Notice.of(
                            Notice.Kind.EARLY_UNCONFIRMED,
                            "Rule excessive-secret-retrieval is in force no longer; 1 alert that it raised before a window's"
                                    + " close will be neither confirmed nor retracted.",
                            1));
        }
    }

    @Test
    @DisplayName("A rule in the shadow runs and is counted, and says nothing")
    void shadow() throws IOException {
        try (PluginUnderTest test = tuned("\"enabled\": \"shadow\"")) {
            test.harvest(minute(0), 12, ANN);
            test.harvest(minute(1), 12, ANN);
            test.plugin.advanceTo(minute(3));

            assertThat(test.alerts).isEmpty();
            assertThat(test.plugin.health().rules()).contains(RULE);
            assertThat(test.plugin.health().parts(Counter.SHADOWED)).isEqualTo(Map.of(RULE, 2L));
            assertThat(test.plugin.health().alerts()).isZero();
        }
    }

    @Test
    @DisplayName("rule.json may put a rule into the shadow, and the site's tuning takes it out")
    void shadowOfTheRule() throws IOException {
        Path rule = Rules.copyShipped(folder);
        Rules.replace(rule.resolveSibling("rule.json"), "\"version\": 1,", "\"version\": 1, \"enabled\": \"shadow\",");
        try (PluginUnderTest test = started("rules.dir", folder.toString(), "rules.watch", "false")) {
            test.harvest(minute(0), 12, ANN);
            test.plugin.advanceTo(minute(1));
            assertThat(test.alerts).isEmpty();
            assertThat(test.plugin.health().value(Counter.SHADOWED)).isEqualTo(1);
        }
        String tuning = tuning("\"enabled\": true").toString();
        try (PluginUnderTest test =
                started("rules.dir", folder.toString(), "rules.watch", "false", "rules.tuning", tuning)) {
            test.harvest(minute(0), 12, ANN);
            test.plugin.advanceTo(minute(1));
            assertThat(test.alerts(AlertStage.ON_TIME)).hasSize(1);
        }
    }

    @Test
    @DisplayName("Out of the shadow over a restart a rule speaks of the open window, and of what was closed never")
    void promotedOverARestart() throws IOException {
        tuning("\"enabled\": \"shadow\"");
        PluginUnderTest killed = onDisk();
        killed.harvest(minute(0), 12, ANN);
        killed.plugin.advanceTo(minute(1));
        killed.harvest(minute(1), 12, ANN);
        killed.plugin.advanceTo(minute(1).plusSeconds(1));
        tuning("\"enabled\": true");
        try (PluginUnderTest test = onDisk()) {
            test.accept(minute(0).plusSeconds(30), "SecretGet", ANN);
            test.plugin.advanceTo(minute(2));

            assertThat(test.alerts(AlertStage.EARLY)).hasSameSizeAs(test.alerts(AlertStage.ON_TIME));
            assertThat(test.alerts(AlertStage.ON_TIME))
                    .extracting(Alert::windowStart)
                    .containsExactly(minute(1));
        }
        killed.close();
    }

    @Test
    @DisplayName(
            "Out of the shadow and with other numbers over a restart, it says of the open window what those numbers find")
    void promotedAndTunedOverARestart() throws IOException {
        tuning("\"enabled\": \"shadow\", \"set\": {\"min_events\": 4}");
        PluginUnderTest killed = onDisk();
        killed.harvest(minute(0), 6, ANN);
        killed.harvest(minute(0), 12, "bob@contoso.example");
        tuning("\"enabled\": true");
        try (PluginUnderTest test = onDisk()) {
            test.plugin.advanceTo(minute(1));

            assertThat(test.alerts)
                    .extracting(
                            alert -> alert.stage() + " " + alert.groupingKey().get("upn"))
                    .containsExactly("EARLY bob@contoso.example", "ON_TIME bob@contoso.example");
        }
        killed.close();
    }

    @Test
    @DisplayName("Out of the shadow a rule speaks of the open window, and of what was closed never, late events or not")
    void promoted() throws IOException {
        try (PluginUnderTest test = tuned("\"enabled\": \"shadow\"")) {
            test.harvest(minute(0), 12, ANN);
            test.plugin.advanceTo(minute(1));
            test.harvest(minute(1), 12, ANN);
            tuning("\"enabled\": true");
            assertThat(test.plugin.reload().applied()).isTrue();
            assertThat(test.alerts).extracting(Alert::stage).containsExactly(AlertStage.EARLY);

            test.accept(minute(0).plusSeconds(30), "SecretGet", ANN);
            test.plugin.advanceTo(minute(2));
            assertThat(test.alerts)
                    .extracting(alert -> alert.stage() + " " + alert.windowStart())
                    .containsExactly("EARLY " + minute(1), "ON_TIME " + minute(1));
        }
    }

    @Test
    @DisplayName(
            "An alert that only the next process delivers has the severity and the risk score that the site gave it")
    void severityOverAKill() throws IOException {
        tuning("\"severity\": [{\"where\": {\"upn\": \"" + ANN + "\"}, \"is\": \"critical\"}], \"riskScore\": 90");
        DetectionPlugin killed = new VaultwatchPluginFactory()
                .create(PluginContext.builder()
                        .config("time.idle-timeout", "PT0S")
                        .config("rules.tuning", folder.resolve("tuning.json").toString())
                        .config("rules.watch", "false")
                        .config("journal.dir", folder.resolve("run0").toString())
                        .config("close.timeout", "PT0.1S")
                        .wallClock(() -> NOON.plusSeconds(3600))
                        .onAlert(alert -> {})
                        .deliverOn(task -> {})
                        .build());
        killed.start();
        for (int i = 0; i < 12; i++) {
            killed.accept(PluginUnderTest.read(minute(0).plusMillis(i), i % 2 == 0 ? "SecretGet" : "KeyGet", ANN));
        }
        killed.advanceTo(minute(1));
        try (PluginUnderTest test = onDisk()) {
            assertThat(test.alerts)
                    .hasSize(2)
                    .allMatch(alert -> alert.severity().equals("critical") && alert.riskScore() == 90);
        }
        killed.close();
    }

    private PluginUnderTest heir(PluginUnderTest before, String history) throws IOException {
        ByteArrayOutputStream state = new ByteArrayOutputStream();
        before.plugin.snapshot(state, KeyGroup.all());
        before.close();
        PluginUnderTest heir = started(
                "rules.tuning",
                folder.resolve("tuning.json").toString(),
                "rules.watch",
                "false",
                "rules.history",
                history);
        heir.plugin.restore(new ByteArrayInputStream(state.toByteArray()));
        return heir;
    }

    @Test
    @DisplayName("Where every event is kept, what an exception left out is handed over, too")
    void allKeptOverAHandOver() throws IOException {
        tuning("\"except\": [" + exception("EX-1", "events", ANN, "2030-01-01") + "]");
        PluginUnderTest first = onDisk("all");
        first.harvest(NOON, 6, ANN);
        try (PluginUnderTest test = heir(first, "all")) {
            tuning("");
            assertThat(test.plugin.reload().applied()).isTrue();
            test.harvest(NOON.plusSeconds(20), 6, ANN);
            test.plugin.endOfInput();

            assertThat(test.alerts(AlertStage.ON_TIME))
                    .extracting(Alert::eventCount)
                    .containsExactly(Optional.of(12L));
        }
    }

    @Test
    @DisplayName("An alert whose events another instance may have left out says so, whoever dropped the exception")
    void incompleteOverAHandOver() throws IOException {
        for (boolean reloads : new boolean[] {true, false}) {
            run += 50;
            tuning("\"except\": [" + exception("EX-1", "events", ANN, "2030-01-01") + "]");
            PluginUnderTest first = onDisk();
            first.harvest(NOON, 6, ANN);
            tuning("");
            if (reloads) {
                assertThat(first.plugin.reload().applied()).isTrue();
            }
            try (PluginUnderTest test = heir(first, "wanted")) {
                test.harvest(NOON.plusSeconds(20), 12, ANN);

                assertThat(test.alerts).as("reloads: " + reloads).isNotEmpty().noneMatch(Alert::isHistoryComplete);
                assertThat(test.plugin.health().completeSince()).containsKey(RULE);
                test.harvest(NOON.plusSeconds(60), 12, ANN);
                assertThat(test.alerts.get(test.alerts.size() - 1).isHistoryComplete())
                        .isTrue();
            }
        }
    }

    @Test
    @DisplayName("A tuning that stays broken hides no fault of a rule, and the other way round")
    void bothBroken() throws IOException {
        Path rule = Rules.copyShipped(folder);
        String tuning = tuning("\"riskScore\": 50").toString();
        try (PluginUnderTest test =
                started("rules.dir", folder.toString(), "rules.watch", "false", "rules.tuning", tuning)) {
            Files.delete(Path.of(tuning));
            assertThat(test.plugin.reload().faults())
                    .singleElement()
                    .satisfies(fault -> assertThat(fault.file()).endsWith("tuning.json"));
            Rules.replace(rule, "group by upn", "group bye upn");
            assertThat(test.plugin.reload().faults())
                    .extracting(fault -> Path.of(fault.file()).getFileName().toString())
                    .containsExactly("tuning.json", "rule.epl");
            Files.writeString(rule.resolveSibling("rule.json"), "{");
            assertThat(test.plugin.reload().faults())
                    .extracting(fault -> Path.of(fault.file()).getFileName().toString())
                    .containsExactly("rule.json", "rule.epl", "tuning.json");
        }
    }
}
