package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.read;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.engine.Compilations;
import dev.vaultwatch.log.DiskUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a restart and a bound must not cost, each as it once happened. */
@DisplayName("Recovery")
class RecoveryTest {
    @TempDir
    Path folder;

    private String journal(String name) {
        return folder.resolve(name).toString();
    }

    /** What a kill leaves, in a folder of its own: the segments, and no owner. */
    private String killed(String name) throws IOException {
        Path after = Files.createDirectories(folder.resolve(name + "-killed"));
        try (Stream<Path> files = Files.list(folder.resolve(name))) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".segment")).toList()) {
                Files.copy(file, after.resolve(file.getFileName()));
            }
        }
        return after.toString();
    }

    private static DetectionPlugin neverAcknowledging(String... config) {
        PluginContext.Builder context = PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .config("alerts.early", "false")
                .wallClock(() -> NOON.plusSeconds(3600))
                .onAlertToAcknowledge((alert, receipt) -> {});
        for (int i = 0; i < config.length; i += 2) {
            context.config(config[i], config[i + 1]);
        }
        return new VaultwatchPluginFactory().create(context.build());
    }

    private static void harvest(DetectionPlugin plugin, int reads, String upn) {
        for (int i = 0; i < reads; i++) {
            plugin.accept(read(NOON.plusMillis(i), i % 2 == 0 ? "SecretGet" : "KeyGet", upn));
        }
    }

    @Test
    @DisplayName(
            "A comment that was put into the rule while the plugin was down costs no alert that was owed, nor a revision")
    void owed() throws IOException {
        Path rules = folder.resolve("rules");
        Path rule = Rules.copyShipped(rules);
        DetectionPlugin first = neverAcknowledging("journal.dir", journal("a"), "rules.dir", rules.toString());
        first.start();
        for (String user : List.of("a", "b", "c")) {
            harvest(first, 12, user);
        }
        first.advanceTo(NOON.plusSeconds(60));
        assertThat(first.accept(read(NOON.plusSeconds(1), "CertificateGet", "a"))
                        .kept())
                .isEqualTo(1);
        Files.writeString(rule, "// tuned\n" + Files.readString(rule));

        try (PluginUnderTest test = started("journal.dir", killed("a"), "rules.dir", rules.toString())) {
            test.plugin.advanceTo(NOON.plusSeconds(120));

            assertThat(test.alerts(AlertStage.ON_TIME))
                    .extracting(alert -> alert.groupingKey().values().iterator().next())
                    .containsExactly("a", "b", "c");
            assertThat(test.alerts(AlertStage.REVISED))
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).contains(13L));
        }
        first.close();
    }

    @Test
    @DisplayName("A late event that waited at a kill is judged by the rules of then, as before a reload, and only once")
    void lateOfThen() throws IOException {
        Path rules = folder.resolve("rules");
        Path rule = Rules.copyShipped(rules);
        PluginUnderTest first = started("journal.dir", journal("a"), "rules.dir", rules.toString());
        first.harvest(NOON, 12, "a");
        first.harvest(NOON, 9, "b");
        first.plugin.advanceTo(NOON.plusSeconds(60));
        first.accept(NOON.plusSeconds(1), "CertificateGet", "a");
        first.accept(NOON.plusSeconds(1), "CertificateGet", "b");
        first.accept(NOON.plusSeconds(70), "SecretSet", "a");
        Rules.replace(rule, "int min_events = 10", "int min_events = 20");

        try (PluginUnderTest test = started("journal.dir", killed("a"), "rules.dir", rules.toString())) {
            test.plugin.advanceTo(NOON.plusSeconds(120));

            assertThat(test.alerts)
                    .extracting(Alert::stage, alert -> alert.eventCount().orElseThrow())
                    .containsExactlyInAnyOrder(tuple(AlertStage.REVISED, 13L), tuple(AlertStage.REVISED, 10L));
            assertThat(test.plugin.health().completeSince()).isEmpty();
        }
        first.close();
    }

    @Test
    @DisplayName("The same of a rule that is gone with the start")
    void lateOfTheGone() throws IOException {
        Path rules = folder.resolve("rules");
        Path rule = Rules.copyShipped(rules);
        PluginUnderTest first = started("journal.dir", journal("a"), "rules.dir", rules.toString());
        first.harvest(NOON, 12, "a");
        first.plugin.advanceTo(NOON.plusSeconds(60));
        first.accept(NOON.plusSeconds(1), "CertificateGet", "a");
        Rules.write(
                rules,
                "another",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(upn is not null)"
                        + "#time_batch(1 min, 0L) group by upn having count(*) >= 100;");
        Files.delete(rule.resolveSibling("rule.json"));
        Files.delete(rule);
        Files.delete(rule.getParent());

        try (PluginUnderTest test = started("journal.dir", killed("a"), "rules.dir", rules.toString())) {
            test.plugin.advanceTo(NOON.plusSeconds(120));

            assertThat(test.alerts)
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).contains(13L));
        }
        first.close();
    }

    @Test
    @DisplayName("A rule that a start brings in says since when its history is complete, and goes on saying it")
    void history() throws IOException {
        Path rules = folder.resolve("rules");
        Rules.copyShipped(rules);
        String[] config = {"journal.dir", journal("a"), "rules.dir", rules.toString(), "rules.watch", "false"};
        try (PluginUnderTest first = started(config)) {
            first.harvest(NOON, 9, "a");
            assertThat(first.plugin.health().completeSince()).isEmpty();
        }
        Rules.write(
                rules,
                "by-version",
                "@name('alert') select upn, count(*) as n, count(distinct tlsVersion) as versions"
                        + " from KeyVaultEvent(upn is not null, action in ('SecretGet', 'KeyGet'))#time_batch(1 min, 0L)"
                        + " group by upn having count(*) >= 10;");
        Instant since = NOON.plusMillis(8);
        try (PluginUnderTest test = started(config)) {
            assertThat(test.plugin.health().completeSince()).containsExactly(Map.entry("by-version", since));
            assertThat(test.notices)
                    .filteredOn(notice -> notice.kind() == Notice.Kind.HISTORY_INCOMPLETE)
                    .singleElement()
                    .satisfies(notice -> assertThat(notice.message()).contains("by-version", since.toString()));
            test.accept(NOON.plusSeconds(2), "SecretGet", "a");
        }
        try (PluginUnderTest test = started(config)) {
            assertThat(test.plugin.health().completeSince())
                    .containsExactly(Map.entry("by-version", NOON.plusSeconds(2)));
            test.harvest(NOON.plusSeconds(60), 10, "b");
            test.plugin.advanceTo(NOON.plusSeconds(120));

            assertThat(test.alerts(AlertStage.ON_TIME))
                    .filteredOn(alert -> alert.ruleId().equals("by-version"))
                    .extracting(alert -> alert.windowStart(), Alert::isHistoryComplete)
                    .containsExactlyInAnyOrder(tuple(NOON, false), tuple(NOON.plusSeconds(60), true));
        }
    }

    @Test
    @DisplayName("Windows that closed in silence use up nothing of the cap, whatever threshold comes later")
    void cap() throws IOException {
        Path rules = folder.resolve("rules");
        Path rule = Rules.copyShipped(rules);
        String[] config = {"journal.dir", journal("a"), "rules.dir", rules.toString(), "rules.watch", "false"};
        try (PluginUnderTest first = started(config)) {
            for (int user = 0; user < 120; user++) {
                first.harvest(NOON, 6, "user" + user);
            }
            first.plugin.advanceTo(NOON.plusSeconds(60));
            Rules.replace(rule, "int min_events = 10", "int min_events = 5");
            assertThat(first.plugin.reload().applied()).isTrue();
            assertThat(first.alerts).isEmpty();
        }

        try (PluginUnderTest test = started(config)) {
            test.harvest(NOON.plusSeconds(120), 12, "thief");
            test.plugin.advanceTo(NOON.plusSeconds(180));

            assertThat(test.alerts(AlertStage.ON_TIME)).hasSize(1);
            assertThat(test.plugin.health().withheld()).isZero();
        }
    }

    @Test
    @DisplayName("A reload while alerts are owed costs none of them, nor does a kill after it")
    void owedOverAReload() throws IOException {
        Path rules = folder.resolve("rules");
        Path rule = Rules.copyShipped(rules);
        DetectionPlugin first =
                neverAcknowledging("journal.dir", journal("a"), "rules.dir", rules.toString(), "rules.watch", "false");
        first.start();
        harvest(first, 12, "a");
        first.advanceTo(NOON.plusSeconds(60));
        Rules.replace(rule, "int min_events = 10", "int min_events = 50");
        assertThat(first.reload().applied()).isTrue();

        try (PluginUnderTest test = started("journal.dir", killed("a"), "rules.dir", rules.toString())) {
            assertThat(test.alerts(AlertStage.ON_TIME))
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).contains(12L));
        }
        first.close();
    }

    private Path capped(int alerts) throws IOException {
        Path rules = folder.resolve("rules");
        Path rule = Rules.copyShipped(rules);
        Rules.replace(rule.resolveSibling("rule.json"), "\"alerts\": 100", "\"alerts\": " + alerts);
        return rules;
    }

    @Test
    @DisplayName("An alert that a cap withholds is counted once, however often late events have it judged again")
    void withheldOnce() throws IOException {
        try (PluginUnderTest test =
                started("rules.dir", capped(1).toString(), "rules.watch", "false", "alerts.early", "false")) {
            test.harvest(NOON, 20, "a");
            test.harvest(NOON, 12, "b");
            test.plugin.advanceTo(NOON.plusSeconds(60));
            for (int i = 0; i < 3; i++) {
                test.accept(NOON.plusSeconds(1 + i), "CertificateGet", "b");
                test.plugin.advanceTo(NOON.plusSeconds(70 + i));
            }

            assertThat(test.alerts).hasSize(1);
            assertThat(test.plugin.health().withheld()).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("A cap holds over a restart though the journal has given the space of its first alerts back")
    void capWithoutItsSegment() throws IOException {
        Path rules = capped(1);
        String[] config = {
            "journal.dir",
            journal("a"),
            "rules.dir",
            rules.toString(),
            "rules.watch",
            "false",
            "time.lateness",
            "PT0S",
            "alerts.early",
            "false"
        };
        try (PluginUnderTest first = started(new DiskUnderTest(), config)) {
            first.harvest(NOON, 12, "a");
            first.plugin.advanceTo(NOON.plusSeconds(60));
            assertThat(first.alerts).hasSize(1);
            Path oldest = segments().get(0);
            for (int minute = 1; minute < 4; minute++) {
                first.harvest(NOON.plusSeconds(60L * minute), 100, "u" + minute);
                first.plugin.advanceTo(NOON.plusSeconds(60L * minute + 59));
            }
            first.plugin.advanceTo(NOON.plusSeconds(300));
            first.plugin.advanceTo(NOON.plusSeconds(301));
            assertThat(oldest).doesNotExist();
            assertThat(first.alerts).hasSize(1);
            assertThat(first.plugin.health().withheld()).isEqualTo(3);
        }

        try (PluginUnderTest test = started(new DiskUnderTest(), config)) {
            long before = test.plugin.health().withheld();
            test.harvest(NOON.plusSeconds(360), 12, "thief");
            test.plugin.advanceTo(NOON.plusSeconds(420));

            assertThat(test.alerts).isEmpty();
            assertThat(test.plugin.health().withheld()).isEqualTo(before + 1);
        }
    }

    @Test
    @DisplayName(
            "Without a journal a cap begins anew, so that what is sent again meets it in another order than before")
    void capWithoutAJournal() throws IOException {
        String[] config = {
            "rules.dir", capped(1).toString(), "rules.watch", "false", "alerts.early", "false", "time.lateness", "PT10M"
        };
        try (PluginUnderTest first = started(config)) {
            first.harvest(NOON, 12, "a");
            first.plugin.advanceTo(NOON.plusSeconds(60));
            first.harvest(NOON.plusSeconds(60), 12, "b");
            first.plugin.advanceTo(NOON.plusSeconds(120));
            assertThat(first.alerts)
                    .extracting(alert -> alert.groupingKey().get("upn"))
                    .containsExactly("a");
            assertThat(first.plugin.health().withheld()).isEqualTo(1);
        }

        try (PluginUnderTest test = started(config)) {
            test.harvest(NOON.plusSeconds(60), 12, "b");
            test.plugin.advanceTo(NOON.plusSeconds(120));
            test.harvest(NOON, 12, "a");
            test.plugin.advanceTo(NOON.plusSeconds(121));

            assertThat(test.alerts)
                    .extracting(alert -> alert.groupingKey().get("upn"))
                    .containsExactly("b");
            assertThat(test.plugin.health().withheld()).isEqualTo(1);
        }
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("a"))) {
            return files.filter(each -> each.toString().endsWith(".segment"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    @DisplayName("A threshold above bounds.events-per-key is reached all the same")
    void threshold() throws IOException {
        Path rules = folder.resolve("rules");
        Path rule = Rules.copyShipped(rules);
        Rules.replace(rule, "int min_events = 10", "int min_events = 150");
        try (PluginUnderTest test =
                started("rules.dir", rules.toString(), "rules.watch", "false", "bounds.events-per-key", "100")) {
            test.harvest(NOON, 200, "a");
            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.alerts(AlertStage.ON_TIME))
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).contains(200L));
        }
    }

    @Test
    @DisplayName("A start after one that failed in the middle of the journal goes on from the journal, once")
    void secondStart() {
        List<Alert> alerts = new ArrayList<>();
        PluginContext context = PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .config("journal.dir", journal("a"))
                .config("alerts.early", "false")
                .wallClock(() -> NOON.plusSeconds(3600))
                .onAlert(alerts::add)
                .build();
        DetectionPlugin first = new VaultwatchPluginFactory().create(context);
        first.start();
        for (int offset = 0; offset < 9; offset++) {
            send(first, offset);
        }
        first.close();
        AtomicInteger starts = new AtomicInteger();
        DetectionPlugin second = new VaultwatchPlugin(
                context,
                PluginConfig.read(context.config()),
                Descriptors.packed(),
                new Compilations(),
                (folder, fsync, reader, checkpoint) -> {
                    var log = new DiskUnderTest().open(folder, fsync, reader, checkpoint);
                    if (starts.incrementAndGet() == 1) {
                        log.close();
                        throw new IOException("a disk that fails once");
                    }
                    return log;
                },
                System::nanoTime);

        assertThatThrownBy(second::start).isInstanceOf(UncheckedIOException.class);
        assertThat(second.state()).isEqualTo(PluginHealth.State.NEW);
        second.start();
        assertThat(send(second, 8).status()).isEqualTo(Admission.Status.REPEATED);
        send(second, 9);
        second.endOfInput();
        second.close();

        assertThat(alerts)
                .singleElement()
                .satisfies(alert -> assertThat(alert.eventCount()).contains(10L));
    }

    private static Admission send(DetectionPlugin plugin, int offset) {
        return plugin.accept(
                new SourcePosition("hub-0", offset),
                read(NOON.plusMillis(offset), offset % 2 == 0 ? "SecretGet" : "KeyGet", "a"));
    }

    @Test
    @DisplayName("A late event that was kept is judged before its window makes room")
    void room() {
        try (PluginUnderTest test = started("bounds.journal-megabytes", "1")) {
            test.harvest(NOON, 9, "a");
            test.plugin.advanceTo(NOON.plusSeconds(60));
            assertThat(test.accept(NOON.plusSeconds(1), "KeyGet", "a").kept()).isEqualTo(1);
            for (int user = 0; user < 4_000; user++) {
                test.accept(NOON.plusSeconds(60).plusMillis(user / 8), "SecretGet", "user" + user);
            }
            test.plugin.endOfInput();

            assertThat(test.notices).extracting(Notice::kind).contains(Notice.Kind.LATENESS_CUT);
            assertThat(test.alerts)
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).contains(10L));
        }
    }

    @Test
    @DisplayName("Counters go on where they stood")
    void counters() throws IOException {
        PluginUnderTest first = started("journal.dir", journal("a"));
        first.harvest(NOON, 12, "a");
        first.accept(NOON, "SecretSet", "a");
        first.plugin.advanceTo(NOON.plusSeconds(60));
        first.accept(NOON.plusSeconds(1), "KeyGet", "a");
        first.plugin.advanceTo(NOON.plusSeconds(120));
        PluginHealth before = first.plugin.health();

        try (PluginUnderTest test = started("journal.dir", killed("a"))) {
            PluginHealth after = test.plugin.health();
            for (Counter counter : List.of(
                    Counter.RECORDS,
                    Counter.KEPT,
                    Counter.IGNORED,
                    Counter.REOPENED,
                    Counter.ALERTS,
                    Counter.WITHHELD)) {
                assertThat(after.value(counter)).as(counter.name()).isEqualTo(before.value(counter));
            }
            assertThat(after.value(Counter.REOPENED)).isEqualTo(1);
        }
        first.close();
    }

    @Test
    @DisplayName(
            "A journal that is deleted while the plugin runs is told within a second, and nothing more is taken as if it were kept")
    void deletedJournal() throws IOException {
        try (PluginUnderTest test = started("journal.dir", journal("a"))) {
            test.harvest(NOON, 3, "ann@contoso.example");
            for (Path segment : segments()) {
                Files.delete(segment);
            }
            Admission admission = test.accept(NOON.plusSeconds(1), "SecretGet", "ann@contoso.example");
            // Until the next look; some thousand calls.
            for (int i = 0; admission.status() == Admission.Status.TAKEN && i < 1_000; i++) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
                admission = test.accept(NOON.plusSeconds(1), "SecretGet", "ann@contoso.example");
            }

            assertThat(admission.status()).isEqualTo(Admission.Status.OVERLOADED);
            assertThat(test.notices)
                    .anySatisfy(
                            notice -> assertThat(notice.message()).contains("deleted, moved or replaced by others"));
            assertThat(test.accept(NOON.plusSeconds(2), "SecretGet", "ann@contoso.example")
                            .status())
                    .as("into another file")
                    .isEqualTo(Admission.Status.TAKEN);
            assertThat(segments()).hasSize(1);
        }
    }

    @Test
    @DisplayName(
            "A journal that is cut in place while the plugin runs is told at the next call, and goes on in another file")
    void cutJournal() throws IOException {
        try (PluginUnderTest test = started("journal.dir", journal("a"))) {
            test.harvest(NOON, 3, "ann@contoso.example");
            for (Path segment : segments()) {
                try (FileChannel others = FileChannel.open(segment, StandardOpenOption.WRITE)) {
                    others.truncate(others.size() / 2);
                }
            }

            assertThat(test.accept(NOON.plusSeconds(1), "SecretGet", "ann@contoso.example")
                            .status())
                    .isEqualTo(Admission.Status.OVERLOADED);
            assertThat(test.notices)
                    .anySatisfy(notice -> assertThat(notice.message()).contains("was cut short by others"));
            assertThat(test.accept(NOON.plusSeconds(2), "SecretGet", "ann@contoso.example")
                            .status())
                    .as("into another file")
                    .isEqualTo(Admission.Status.TAKEN);
            assertThat(segments()).hasSize(2);
        }
    }

    /** Makes the batch entry of that number unreadable, as a bad sector does; entries are chained by their lengths. */
    private static void damage(Path segment, int batch) throws IOException {
        byte[] bytes = Files.readAllBytes(segment);
        int seen = 0;
        for (int at = 32; at < bytes.length; at += 8 + ByteBuffer.wrap(bytes).getInt(at)) {
            if (bytes[at + 8] == 1 && seen++ == batch) {
                bytes[at + 20] ^= 1;
            }
        }
        Files.write(segment, bytes);
    }

    private static List<Admission.Status> send(PluginUnderTest test, int from) {
        List<Admission.Status> answers = new ArrayList<>();
        Source hub = test.plugin.source(SourceSpec.of("hub"));
        for (int offset = from; offset <= 12; offset++) {
            answers.add(hub.accept(
                            OffsetRange.at(offset),
                            read(
                                    NOON.plusMillis(offset),
                                    offset % 2 == 0 ? "SecretGet" : "KeyGet",
                                    "ann@contoso.example"))
                    .status());
        }
        return answers;
    }

    @Test
    @DisplayName(
            "Records that lay in a damaged part of the journal are named, and count once when they are sent again, over restarts")
    void damagedMiddle() throws IOException {
        PluginUnderTest first = started("journal.dir", journal("a"));
        assertThat(send(first, 1)).containsOnly(Admission.Status.TAKEN);
        String damaged = killed("a");
        try (Stream<Path> segments = Files.list(Path.of(damaged))) {
            damage(
                    segments.filter(file -> file.toString().endsWith(".segment"))
                            .findFirst()
                            .orElseThrow(),
                    5);
        }
        PluginUnderTest second = started("journal.dir", damaged);
        assertThat(second.notices)
                .filteredOn(notice -> notice.kind() == Notice.Kind.JOURNAL)
                .anySatisfy(notice -> assertThat(notice.message()).contains("source hub at offsets 6 to 6 "));
        assertThat(send(second, 4))
                .startsWith(Admission.Status.REPEATED, Admission.Status.REPEATED, Admission.Status.TAKEN)
                .endsWith(Collections.nCopies(6, Admission.Status.REPEATED).toArray(Admission.Status[]::new));

        try (PluginUnderTest third = started("journal.dir", killed("a-killed"))) {
            assertThat(send(third, 4)).containsOnly(Admission.Status.REPEATED);
            third.plugin.advanceTo(NOON.plusSeconds(60));
            assertThat(third.alerts(AlertStage.ON_TIME))
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).contains(12L));
        }
        second.close();
        first.close();
    }
}
