package dev.vaultwatch.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.ReloadResult;
import dev.vaultwatch.api.SourcePosition;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What holds in every host. An adapter extends this class, says how it finds the plugin, and inherits the tests:
 *
 * <pre>{@code
 * class MyAdapterTest extends HostCompatibilityKit {
 *     protected DetectionPluginFactory open() { return myHost.load(bundle); }
 *     protected void shut() { myHost.unload(); }
 * }
 * }</pre>
 *
 * It needs JUnit 5 and AssertJ, and of Vaultwatch the {@code api} jar alone. Every test makes plugins of its own and closes them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class HostCompatibilityKit {
    private static final Instant MINUTE = Instant.parse("2026-11-03T12:00:00Z");
    private static final int READS = 12;

    private final List<DetectionPlugin> made = new CopyOnWriteArrayList<>();
    private final AtomicReference<DetectionPluginFactory> factory = new AtomicReference<>();

    /** For the inheritor. */
    protected HostCompatibilityKit() {}

    /** Loads the plugin as the host does. Called once before the first test. */
    protected abstract DetectionPluginFactory open() throws Exception;

    /** Unloads it. Called once after the last test. */
    protected abstract void shut() throws Exception;

    @BeforeAll
    void load() throws Exception {
        factory.set(open());
    }

    @AfterAll
    void unload() throws Exception {
        shut();
    }

    @AfterEach
    void closeWhatWasMade() {
        made.forEach(DetectionPlugin::close);
        made.clear();
    }

    private DetectionPluginFactory factory() {
        DetectionPluginFactory loaded = factory.get();
        assertThat(loaded).isNotNull();
        return java.util.Objects.requireNonNull(loaded);
    }

    private DetectionPlugin create(PluginContext.Builder context) {
        DetectionPlugin plugin = factory().create(context.build());
        made.add(plugin);
        return plugin;
    }

    private DetectionPlugin started(PluginContext.Builder context) {
        DetectionPlugin plugin = create(context);
        plugin.start();
        return plugin;
    }

    /** No thread of the plugin's, and the clock an hour after the events. */
    private static PluginContext.Builder context(AlertListener listener) {
        return PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .wallClock(() -> MINUTE.plusSeconds(3600))
                .onAlert(listener);
    }

    private static byte[] read(Instant time, String action, String upn) {
        return ("{\"time\":\"" + time + "\",\"category\":\"AuditEvent\",\"operationName\":\"" + action
                        + "\",\"resultType\":\"Success\",\"callerIpAddress\":\"192.0.2.7\",\"identity\":{\"claim\":{\"upn\":\""
                        + upn
                        + "\"}},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void harvest(DetectionPlugin plugin, Instant from, String upn) {
        for (int i = 0; i < READS; i++) {
            plugin.accept(read(from.plusMillis(i), i % 2 == 0 ? "SecretGet" : "KeyGet", upn));
        }
    }

    // ---- lifecycle

    @Test
    void givenTheFactoryThenItDescribesThePlugin() {
        assertThat(factory().descriptor().id()).isEqualTo("dev.vaultwatch");
        assertThat(factory().descriptor().rules()).isNotEmpty();
    }

    @Test
    void givenTheThreeStatesThenHealthNamesEachAndCallsKeepToThem() {
        DetectionPlugin plugin = create(context(alert -> {}));
        assertThat(plugin.health().state()).isEqualTo(PluginHealth.State.NEW);
        assertThatIllegalStateException().isThrownBy(() -> plugin.accept(Map.of()));

        plugin.start();
        assertThat(plugin.health().state()).isEqualTo(PluginHealth.State.STARTED);
        assertThatIllegalStateException().isThrownBy(plugin::start);

        plugin.close();
        plugin.close();
        assertThat(plugin.health().state()).isEqualTo(PluginHealth.State.CLOSED);
        assertThatIllegalStateException().isThrownBy(plugin::start);
        assertThatIllegalStateException().isThrownBy(() -> plugin.accept(Map.of()));
    }

    @Test
    void givenAnUnknownConfigurationKeyThenCreatingNamesIt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> create(context(alert -> {}).config("no.such.key", "1")))
                .withMessageContaining("no.such.key");
    }

    @Test
    void givenTwoPluginsThenTheyKnowNothingOfEachOther() {
        List<Alert> first = new CopyOnWriteArrayList<>();
        List<Alert> second = new CopyOnWriteArrayList<>();
        DetectionPlugin one = started(context(first::add));
        DetectionPlugin two = started(context(second::add));

        harvest(one, MINUTE, "a@contoso.example");
        one.endOfInput();
        one.close();
        two.endOfInput();

        assertThat(first).hasSize(1);
        assertThat(second).isEmpty();
        assertThat(two.health().state()).isEqualTo(PluginHealth.State.STARTED);
    }

    // ---- delivery

    @Test
    void givenAHarvestThenItsAlertIsDeliveredBeforeAdvanceToReturns() {
        List<Alert> alerts = new CopyOnWriteArrayList<>();
        DetectionPlugin plugin = started(context(alerts::add));

        harvest(plugin, MINUTE, "a@contoso.example");
        plugin.advanceTo(MINUTE.plusSeconds(60));

        assertThat(alerts).singleElement().satisfies(alert -> {
            assertThat(alert.ruleId()).isEqualTo("excessive-secret-retrieval");
            assertThat(alert.windowStart()).isEqualTo(MINUTE);
            assertThat(alert.eventCount()).contains((long) READS);
            assertThat(alert.groupingKey()).containsValue("a@contoso.example");
            assertThat(alert.toEcsJson()).contains(alert.id());
            assertThat(alert.toText()).contains("a@contoso.example");
        });
    }

    @Test
    void givenAListenerThatThrowsThenTheNextAlertStillComes() {
        AtomicInteger calls = new AtomicInteger();
        DetectionPlugin plugin = started(context(alert -> {
            if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("the host's fault");
            }
        }));

        harvest(plugin, MINUTE, "a@contoso.example");
        harvest(plugin, MINUTE, "b@contoso.example");
        plugin.endOfInput();

        assertThat(calls).hasValue(2);
        assertThat(plugin.health().listenerFailures()).isEqualTo(1);
    }

    @Test
    void givenAListenerThatCallsThePluginThenItIsAnswered() {
        List<PluginHealth> seen = new CopyOnWriteArrayList<>();
        List<DetectionPlugin> self = new CopyOnWriteArrayList<>();
        DetectionPlugin plugin = started(context(alert -> self.forEach(it -> seen.add(it.health()))));
        self.add(plugin);

        harvest(plugin, MINUTE, "a@contoso.example");
        plugin.endOfInput();

        assertThat(seen).extracting(PluginHealth::state).containsExactly(PluginHealth.State.STARTED);
    }

    @Test
    void givenASlowListenerWhoseQueueIsFullThenAcceptIsOverloadedAndNothingIsLostOnceItDrains() throws Exception {
        List<Alert> alerts = new CopyOnWriteArrayList<>();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        DetectionPlugin plugin = started(context(alert -> {
                    inside.countDown();
                    awaitQuietly(release);
                    alerts.add(alert);
                })
                .config("time.owner", "host")
                .config("bounds.alert-queue", "1"));
        harvest(plugin, MINUTE, "a@contoso.example");
        harvest(plugin, MINUTE, "b@contoso.example");
        byte[] next = read(MINUTE.plusSeconds(61), "SecretGet", "a@contoso.example");
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try {
            Future<?> slow = pool.submit(() -> plugin.advanceTo(MINUTE.plusSeconds(60)));
            assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();

            assertThat(plugin.accept(next).status()).isEqualTo(Admission.Status.OVERLOADED);
            release.countDown();
            slow.get(30, TimeUnit.SECONDS);
        } finally {
            release.countDown();
            pool.shutdownNow();
        }

        assertThat(plugin.accept(next).kept()).isEqualTo(1);
        assertThat(alerts).hasSize(2);
        assertThat(plugin.health().overloaded()).isEqualTo(1);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void givenBadRecordsThenTheyAreDeadLettersAndNeverExceptions() {
        AtomicInteger letters = new AtomicInteger();
        DetectionPlugin plugin = started(context(alert -> {}).onDeadLetter(letter -> letters.incrementAndGet()));

        Admission admission = plugin.accept("{broken".getBytes(StandardCharsets.UTF_8));

        assertThat(admission.bad()).isEqualTo(1);
        assertThat(letters).hasValue(1);
    }

    @Test
    void givenAPositionThatWasTakenThenItIsAnsweredAsRepeated() {
        DetectionPlugin plugin = started(context(alert -> {}));
        SourcePosition at = new SourcePosition("partition-0", 7);
        byte[] record = read(MINUTE, "SecretGet", "a@contoso.example");

        assertThat(plugin.accept(at, record).status()).isEqualTo(Admission.Status.TAKEN);
        assertThat(plugin.accept(at, record).status()).isEqualTo(Admission.Status.REPEATED);
    }

    // ---- time

    @Test
    void givenTimeThatTheHostOwnsThenItAloneClosesAMinute() {
        List<Alert> alerts = new CopyOnWriteArrayList<>();
        DetectionPlugin plugin = started(context(alerts::add).config("time.owner", "host"));

        harvest(plugin, MINUTE, "a@contoso.example");
        harvest(plugin, MINUTE.plusSeconds(600), "b@contoso.example");
        assertThat(alerts).isEmpty();
        plugin.advanceTo(MINUTE.plusSeconds(60));

        assertThat(alerts).extracting(Alert::windowStart).containsExactly(MINUTE);
    }

    @Test
    void givenALateEventThenTheSameAlertIsRevised() {
        List<Alert> revised = new CopyOnWriteArrayList<>();
        DetectionPlugin plugin = started(context(new AlertListener() {
            @Override
            public void onAlert(Alert alert) {}

            @Override
            public void onRevised(Alert alert) {
                revised.add(alert);
            }
        }));

        harvest(plugin, MINUTE, "a@contoso.example");
        plugin.advanceTo(MINUTE.plusSeconds(60));
        plugin.accept(read(MINUTE.plusSeconds(30), "SecretGet", "a@contoso.example"));
        plugin.advanceTo(MINUTE.plusSeconds(120));

        assertThat(revised).singleElement().satisfies(alert -> {
            assertThat(alert.eventCount()).contains(READS + 1L);
            assertThat(alert.revision()).isEqualTo(1);
        });
    }

    // ---- threads

    @Test
    void givenManyThreadsThenTheAlertsAreThoseOfOneAndCallbacksNeverOverlap() throws Exception {
        int threads = 8;
        List<Alert> alerts = new CopyOnWriteArrayList<>();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger overlaps = new AtomicInteger();
        DetectionPlugin plugin = started(context(alert -> {
                    if (inside.incrementAndGet() > 1) {
                        overlaps.incrementAndGet();
                    }
                    alerts.add(alert);
                    inside.decrementAndGet();
                })
                .config("time.owner", "host"));
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch go = new CountDownLatch(1);
            List<Future<?>> feeding = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int user = i;
                feeding.add(pool.submit(() -> {
                    go.await();
                    harvest(plugin, MINUTE, "u" + user + "@contoso.example");
                    harvest(plugin, MINUTE, "all@contoso.example");
                    return user;
                }));
            }
            go.countDown();
            for (Future<?> each : feeding) {
                each.get(60, TimeUnit.SECONDS);
            }
        } finally {
            pool.shutdownNow();
        }
        plugin.advanceTo(MINUTE.plusSeconds(60));

        assertThat(overlaps).hasValue(0);
        assertThat(alerts).hasSize(threads + 1);
        assertThat(alerts)
                .filteredOn(alert -> alert.groupingKey().containsValue("all@contoso.example"))
                .singleElement()
                .satisfies(alert -> assertThat(alert.eventCount()).contains((long) threads * READS));
    }

    @Test
    void givenManyThreadsThenThePersonsAlertsComeInOrder() throws Exception {
        int threads = 4;
        int minutes = 3;
        List<String> told = new CopyOnWriteArrayList<>();
        DetectionPlugin plugin = started(context(new AlertListener() {
            @Override
            public void onEarly(Alert alert) {
                tell(alert);
            }

            @Override
            public void onAlert(Alert alert) {
                tell(alert);
            }

            private void tell(Alert alert) {
                String upn =
                        String.valueOf(alert.groupingKey().values().iterator().next());
                told.add(upn + " " + alert.windowStart() + " " + alert.stage());
            }
        }));
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            for (int minute = 0; minute < minutes; minute++) {
                Instant from = MINUTE.plusSeconds(60L * minute + 10);
                List<Future<?>> feeding = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    feeding.add(pool.submit(() -> {
                        harvest(plugin, from, "a@contoso.example");
                        harvest(plugin, from, "b@contoso.example");
                    }));
                }
                for (Future<?> each : feeding) {
                    each.get(60, TimeUnit.SECONDS);
                }
            }
        } finally {
            pool.shutdownNow();
        }
        plugin.endOfInput();

        for (String upn : List.of("a@contoso.example", "b@contoso.example")) {
            List<String> expected = new ArrayList<>();
            for (int minute = 0; minute < minutes; minute++) {
                expected.add(upn + " " + MINUTE.plusSeconds(60L * minute) + " EARLY");
                expected.add(upn + " " + MINUTE.plusSeconds(60L * minute) + " ON_TIME");
            }
            assertThat(told).filteredOn(line -> line.startsWith(upn)).containsExactlyElementsOf(expected);
        }
    }

    @Test
    void givenAnInterruptedThreadThenItsCallsAreAnsweredAndTheInterruptStays(@TempDir Path folder) {
        List<Alert> alerts = new CopyOnWriteArrayList<>();
        DetectionPlugin plugin = started(context(alerts::add)
                .config("journal.dir", folder.resolve("journal").toString()));
        Thread.currentThread().interrupt();
        try {
            harvest(plugin, MINUTE, "a@contoso.example");
            assertThat(plugin.reload().applied()).isTrue();
            plugin.endOfInput();
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            Thread.interrupted();
        }

        assertThat(alerts)
                .singleElement()
                .satisfies(alert -> assertThat(alert.eventCount()).contains((long) READS));
        assertThat(plugin.health().overloaded()).isZero();
    }

    @Test
    void givenTheDefaultsThenOneNamedThreadRunsUntilClose() {
        DetectionPlugin plugin = started(PluginContext.builder().onAlert(alert -> {}));
        assertThat(pluginThreads()).containsExactly("vaultwatch-idle-ticker");

        plugin.close();

        assertThat(pluginThreads()).isEmpty();
    }

    private static List<String> pluginThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .map(Thread::getName)
                .filter(name -> name.startsWith("vaultwatch-"))
                .toList();
    }

    @Test
    void givenALifeThenTheHostsGlobalsAreAsBefore() {
        Map<String, Object> before = globals();

        DetectionPlugin plugin = started(context(alert -> {}));
        harvest(plugin, MINUTE, "a@contoso.example");
        plugin.endOfInput();
        plugin.close();

        assertThat(globals()).isEqualTo(before);
    }

    private static Map<String, Object> globals() {
        return Map.of(
                "system properties",
                Map.copyOf(System.getProperties()),
                "context class loader",
                Optional.ofNullable(Thread.currentThread().getContextClassLoader()),
                "uncaught handler",
                Optional.ofNullable(Thread.getDefaultUncaughtExceptionHandler()),
                "locale",
                Locale.getDefault(),
                "time zone",
                TimeZone.getDefault(),
                "streams",
                List.of(System.in, System.out, System.err),
                "security providers",
                List.of(Security.getProviders()),
                "JMX beans",
                ManagementFactory.getPlatformMBeanServer().queryNames(null, null));
    }

    // ---- reload and restart

    @Test
    void givenAReloadThenTheOpenMinuteLosesNothing() {
        List<Alert> alerts = new CopyOnWriteArrayList<>();
        DetectionPlugin plugin = started(context(alerts::add));
        harvest(plugin, MINUTE, "a@contoso.example");

        ReloadResult result = plugin.reload();
        plugin.endOfInput();

        assertThat(result.applied()).isTrue();
        assertThat(result.faults()).isEmpty();
        assertThat(alerts)
                .singleElement()
                .satisfies(alert -> assertThat(alert.eventCount()).contains((long) READS));
    }

    @Test
    void givenAJournalThenARestartGoesOnWhereTheFirstOneStopped(@TempDir Path folder) throws IOException {
        List<Alert> alerts = new CopyOnWriteArrayList<>();
        String journal = Files.createDirectories(folder.resolve("journal")).toString();
        DetectionPlugin first = started(context(alerts::add).config("journal.dir", journal));
        harvest(first, MINUTE, "a@contoso.example");
        first.close();
        assertThat(alerts).isEmpty();

        DetectionPlugin second = started(context(alerts::add).config("journal.dir", journal));
        second.endOfInput();
        second.close();

        assertThat(alerts)
                .singleElement()
                .satisfies(alert -> assertThat(alert.eventCount()).contains((long) READS));
    }

    // ---- close

    @Test
    void givenThreadsThatFeedThenCloseEndsInBoundedTimeAndTheyLearnOfIt() throws Exception {
        DetectionPlugin plugin = started(context(alert -> {}));
        CountDownLatch feeding = new CountDownLatch(1);
        ExecutorService pool = Executors.newSingleThreadExecutor();
        try {
            Future<String> feeder = pool.submit(() -> {
                while (true) {
                    try {
                        harvest(plugin, MINUTE, "a@contoso.example");
                        feeding.countDown();
                    } catch (IllegalStateException e) {
                        return String.valueOf(e.getMessage());
                    }
                }
            });
            assertThat(feeding.await(30, TimeUnit.SECONDS)).isTrue();
            long start = System.nanoTime();
            plugin.close();

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
            assertThat(feeder.get(10, TimeUnit.SECONDS)).contains("CLOSED");
        } finally {
            pool.shutdownNow();
        }
    }
}
