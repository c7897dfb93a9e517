package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.RuleException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** States, threads, callbacks and silence. */
class LifeTest {

    @Test
    void givenTheClassPathThenServiceLoaderFindsTheFactory() {
        assertThat(ServiceLoader.load(DetectionPluginFactory.class))
                .singleElement()
                .isInstanceOf(VaultwatchPluginFactory.class);
    }

    @Test
    void givenAPluginThatIsNotStartedThenEventsAreRefusedAndHealthSaysNew() {
        DetectionPlugin plugin = new VaultwatchPluginFactory()
                .create(PluginContext.builder().onAlert(alert -> {}).build());

        assertThatIllegalStateException()
                .isThrownBy(() -> plugin.accept(PluginUnderTest.read(NOON, "SecretGet", "a")))
                .withMessageContaining("NEW");
        assertThat(plugin.health().state()).isEqualTo(PluginHealth.State.NEW);
    }

    @Test
    void givenAClosedPluginThenEventsAreRefusedAndItCantBeStartedAgain() {
        PluginUnderTest test = started();
        test.close();
        test.close();

        assertThatIllegalStateException().isThrownBy(() -> test.accept(NOON, "SecretGet", "a"));
        assertThatIllegalStateException().isThrownBy(test.plugin::start).withMessageContaining("CLOSED");
        assertThat(test.plugin.health().state()).isEqualTo(PluginHealth.State.CLOSED);
    }

    private static DetectionPlugin created(String key, String value) {
        return new VaultwatchPluginFactory()
                .create(PluginContext.builder()
                        .onAlert(alert -> {})
                        .config(key, value)
                        .build());
    }

    @Test
    void givenAnUnknownKeyThenCreatingNamesItAndTheKnownOnes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> created("time.slak", "PT1S"))
                .withMessageContaining("time.slak")
                .withMessageContaining("time.slack");
    }

    @Test
    void givenAValueOutOfRangeThenCreatingSaysWhatWasExpected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> created("time.slack", "5 seconds"))
                .withMessage(
                        "time.slack is \"5 seconds\"; expected an ISO 8601 duration from PT0S to PT10M, such as PT5S.");
    }

    @Test
    void givenAKeyOfNoPropertyThenCreatingRefusesItForNoRuleWouldRun() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> created("rules.key", "upn,user"))
                .withMessage(
                        "rules.key is \"upn,user\"; expected names of an event's properties, comma-separated, such as upn or objectId,sourceIp.");
    }

    @Test
    @DisplayName("A key that names a property twice is the key that names it once")
    void keyTwice() {
        try (PluginUnderTest test = started("rules.key", "upn, upn")) {
            test.harvest(NOON, 12, "eve@example.com");
            assertThat(test.alerts(AlertStage.EARLY)).hasSize(1);
            assertThat(test.notices).isEmpty();
        }
    }

    @Test
    @DisplayName("That no rule is in force is said, and why")
    void noRule() {
        try (PluginUnderTest test = started("rules.key", "vault")) {
            test.harvest(NOON, 12, "eve@example.com");
            assertThat(test.notices).singleElement().satisfies(notice -> {
                assertThat(notice.kind()).isEqualTo(Notice.Kind.RULE_WARNING);
                assertThat(notice.message())
                        .isEqualTo(
                                "No rule is in force, since none that is enabled has the grouping key vault (rules.key):"
                                        + " nothing is detected, and every record counts as ignored.");
            });
        }
    }

    @Test
    void givenNoAlertListenerThenTheContextIsRefused() {
        assertThatIllegalStateException()
                .isThrownBy(() -> PluginContext.builder().build());
    }

    @Test
    void givenABrokenRuleThenStartSaysWhereAndThePluginMayBeStartedOnceItIsMended(@TempDir Path folder)
            throws IOException {
        Path rule = Rules.copyShipped(folder);
        Rules.replace(rule, "count(*) >= min_events", "count(*) >= min_evens");
        DetectionPlugin plugin = new VaultwatchPluginFactory()
                .create(PluginContext.builder()
                        .onAlert(alert -> {})
                        .config("rules.dir", folder.toString())
                        .build());

        assertThatThrownBy(plugin::start)
                .isInstanceOfSatisfying(
                        RuleException.class,
                        e -> assertThat(e.faults()).singleElement().satisfies(fault -> {
                            assertThat(fault.file()).isEqualTo(rule.toString());
                            assertThat(fault.line()).isEqualTo(Rules.lineOf(rule, "min_evens"));
                            assertThat(fault.problem()).contains("min_evens");
                        }));

        Rules.replace(rule, "min_evens", "min_events");
        plugin.start();
        assertThat(plugin.health().state()).isEqualTo(PluginHealth.State.STARTED);
        plugin.close();
    }

    @Test
    @Timeout(30)
    void givenSilenceAfterABurstThenTheMinuteClosesAndAlerts() throws InterruptedException {
        try (PluginUnderTest test = started("time.idle-timeout", "PT1S")) {
            test.wallClock.set(NOON.plusSeconds(21));
            test.harvest(NOON.plusSeconds(20), 12, "burst@contoso.example");
            assertThat(test.alerts(AlertStage.ON_TIME)).isEmpty();

            test.wallClock.set(NOON.plusSeconds(21 + 45));
            awaitOnTime(test);

            assertThat(test.alerts(AlertStage.ON_TIME))
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).contains(12L));
        }
    }

    @Test
    @Timeout(30)
    void givenSilenceThatEventTimeHasNotCrossedTheMinuteInThenNothingClosesYet() throws InterruptedException {
        try (PluginUnderTest test = started("time.idle-timeout", "PT1S")) {
            test.wallClock.set(NOON.plusSeconds(300));
            test.harvest(NOON.plusSeconds(20), 12, "behind@contoso.example");
            // Records lag the wall clock by minutes; only the silence counts, not the clock itself.
            test.wallClock.set(NOON.plusSeconds(300 + 30));
            Thread.sleep(2_500);

            assertThat(test.alerts(AlertStage.ON_TIME)).isEmpty();
            assertThat(test.plugin.health().watermark().orElseThrow()).isBefore(NOON.plusSeconds(60));
        }
    }

    private static void awaitOnTime(PluginUnderTest test) throws InterruptedException {
        while (test.alerts(AlertStage.ON_TIME).isEmpty()) {
            Thread.sleep(20);
        }
    }

    @Test
    void givenAPluginThatIsClosedThenNoThreadOfItIsLeft() {
        PluginUnderTest test = started("time.idle-timeout", "PT1S");
        assertThat(threads()).contains("vaultwatch-idle-ticker");

        test.close();

        assertThat(threads()).doesNotContain("vaultwatch-idle-ticker");
    }

    @Test
    void givenTheTickerSwitchedOffThenThePluginStartsNoThread() {
        List<String> before = threads();
        try (PluginUnderTest test = started()) {
            test.harvest(NOON, 12, "a@contoso.example");
            assertThat(threads()).containsExactlyInAnyOrderElementsOf(before);
        }
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("vaultwatch") || name.contains("esper"))
                .sorted()
                .toList();
    }

    @Test
    void givenAListenerThatThrowsThenTheNextAlertStillComesAndTheFailureIsCounted() {
        AtomicInteger calls = new AtomicInteger();
        try (DetectionPlugin plugin = new VaultwatchPluginFactory()
                .create(PluginContext.builder()
                        .config("time.idle-timeout", "PT0S")
                        .onAlert(alert -> {
                            calls.incrementAndGet();
                            throw new IllegalArgumentException("the host's own fault");
                        })
                        .build())) {
            plugin.start();
            for (String upn : List.of("a@contoso.example", "b@contoso.example")) {
                for (int i = 0; i < 10; i++) {
                    plugin.accept(PluginUnderTest.read(NOON, i == 0 ? "KeyGet" : "SecretGet", upn));
                }
            }
            plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(calls).hasValue(2);
            assertThat(plugin.health().listenerFailures()).isEqualTo(2);
        }
    }

    @Test
    @Timeout(30)
    void givenAListenerThatCallsThePluginThenWhatThatRaisesIsDeliveredToo() {
        DetectionPlugin[] self = new DetectionPlugin[1];
        List<String> seen = new ArrayList<>();
        DetectionPlugin plugin = new VaultwatchPluginFactory()
                .create(PluginContext.builder()
                        .config("time.idle-timeout", "PT0S")
                        .onAlert(alert -> {
                            seen.add(alert.groupingKey().values().iterator().next());
                            if (seen.size() == 1) {
                                for (int i = 0; i < 10; i++) {
                                    self[0].accept(PluginUnderTest.read(
                                            NOON.plusSeconds(61), i == 0 ? "KeyGet" : "SecretGet", "second"));
                                }
                                self[0].advanceTo(NOON.plusSeconds(120));
                            }
                        })
                        .build());
        self[0] = plugin;
        plugin.start();
        for (int i = 0; i < 10; i++) {
            plugin.accept(PluginUnderTest.read(NOON, i == 0 ? "KeyGet" : "SecretGet", "first"));
        }

        plugin.advanceTo(NOON.plusSeconds(60));
        plugin.close();

        assertThat(seen).containsExactly("first", "second");
    }

    @Test
    @Timeout(30)
    void givenAListenerThatBlocksThenOtherThreadsStillFeedAndNoAlertIsLost() throws Exception {
        CountDownLatch inCallback = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        List<Alert> seen = new java.util.concurrent.CopyOnWriteArrayList<>();
        DetectionPlugin plugin = new VaultwatchPluginFactory()
                .create(PluginContext.builder()
                        .config("time.idle-timeout", "PT0S")
                        .config("time.owner", "host")
                        .onAlert(alert -> {
                            inCallback.countDown();
                            awaitQuietly(release);
                            seen.add(alert);
                        })
                        .build());
        plugin.start();
        for (int i = 0; i < 20; i++) {
            plugin.accept(PluginUnderTest.read(NOON, i % 2 == 0 ? "KeyGet" : "SecretGet", "a"));
            plugin.accept(PluginUnderTest.read(NOON.plusSeconds(60), i % 2 == 0 ? "KeyGet" : "SecretGet", "b"));
        }
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try {
            Future<?> blocked = pool.submit(() -> plugin.advanceTo(NOON.plusSeconds(60)));
            inCallback.await();

            assertThat(plugin.accept(PluginUnderTest.read(NOON.plusSeconds(61), "SecretGet", "b"))
                            .kept())
                    .isEqualTo(1);
            release.countDown();
            blocked.get();
            plugin.advanceTo(NOON.plusSeconds(120));
        } finally {
            pool.shutdownNow();
            plugin.close();
        }

        assertThat(seen).extracting(alert -> alert.eventCount().orElseThrow()).containsExactly(20L, 21L);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    @Timeout(60)
    void givenEightThreadsThenTheAlertsAreThoseOfOne() throws Exception {
        int minutes = 20;
        int users = 40;
        List<byte[]> records = new ArrayList<>();
        for (int minute = 0; minute < minutes; minute++) {
            for (int user = 0; user < users; user++) {
                for (int i = 0; i < 5 + (user + minute) % 10; i++) {
                    records.add(PluginUnderTest.read(
                            NOON.plusSeconds(60L * minute + i), i % 2 == 0 ? "KeyGet" : "SecretGet", "user" + user));
                }
            }
        }
        List<String> alone = alertsOf(records, 1);

        List<String> together = alertsOf(records, 8);

        assertThat(alone).isNotEmpty();
        assertThat(together).containsExactlyInAnyOrderElementsOf(alone);
    }

    private static List<String> alertsOf(List<byte[]> records, int threads) throws Exception {
        try (PluginUnderTest test = started("time.owner", "host", "alerts.cap", "false")) {
            CyclicBarrier start = new CyclicBarrier(threads);
            ExecutorService pool = Executors.newFixedThreadPool(threads);
            try {
                List<Future<?>> feeders = new ArrayList<>();
                for (int thread = 0; thread < threads; thread++) {
                    int first = thread;
                    feeders.add(pool.submit(() -> {
                        start.await();
                        for (int i = first; i < records.size(); i += threads) {
                            test.plugin.accept(records.get(i));
                        }
                        return null;
                    }));
                }
                for (Future<?> feeder : feeders) {
                    feeder.get();
                }
            } finally {
                pool.shutdownNow();
            }
            test.plugin.endOfInput();
            return test.alerts(AlertStage.ON_TIME).stream()
                    .map(alert -> alert.id() + " " + alert.eventCount() + " " + alert.outputs())
                    .toList();
        }
    }

    @Test
    @DisplayName("What close() itself delivers waits no longer afterwards, by health()")
    void healthAfterClose() {
        PluginUnderTest test = started();
        test.harvest(NOON.plusSeconds(70), 1, "a@contoso.example");
        test.plugin.advanceTo(NOON.plusSeconds(65));
        test.harvest(NOON, 12, "late@contoso.example");
        assertThat(test.alerts).isEmpty();

        test.close();

        assertThat(test.alerts(AlertStage.REVISED)).hasSize(1);
        assertThat(test.plugin.health().alerts()).isEqualTo(1);
        assertThat(test.plugin.health().value(Counter.WAITING)).isZero();
    }
}
