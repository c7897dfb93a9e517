package dev.vaultwatch.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.ReloadResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Listeners that do what no listener should. Whatever they do, no alert is lost or comes twice, and nothing hangs. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class HostileListenerTest {
    private static final int MINUTES = 20;

    private final List<Alert> heard = Collections.synchronizedList(new ArrayList<>());
    private final List<Admission> late = Collections.synchronizedList(new ArrayList<>());
    private final RecordTemplate records = new RecordTemplate();
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch blocked = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void letGo() throws InterruptedException {
        release.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private DetectionPlugin started(Consumer<Alert> listener, String... config) {
        PluginContext.Builder context = PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .config("time.max-future", "PT0S")
                .config("alerts.cap", "false")
                .onAlert(new AlertListener() {
                    @Override
                    public void onAlert(Alert alert) {
                        heard.add(alert);
                        listener.accept(alert);
                    }

                    @Override
                    public void onEarly(Alert alert) {
                        onAlert(alert);
                    }
                });
        for (int i = 0; i < config.length; i += 2) {
            context.config(config[i], config[i + 1]);
        }
        DetectionPlugin plugin = ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(context.build());
        plugin.start();
        return plugin;
    }

    /** So many reads by one user, ten seconds into a minute: past the slack, so that the minute is open. */
    private byte[] harvest(int minute, int reads, int user) {
        for (int i = 0; i < reads; i++) {
            records.add(minute * 60_000L + 10_000 + i, user, i);
        }
        return records.take();
    }

    private static Instant endOf(int minute) {
        return RecordTemplate.NOON.plusSeconds(60L * (minute + 1));
    }

    private void runAside(Runnable task) {
        Thread thread = new Thread(task, "aside");
        threads.add(thread);
        thread.start();
    }

    /** For a listener. */
    private void block() {
        blocked.countDown();
        try {
            release.await();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts the listener's thread", e);
        }
    }

    private void assertThatEachMinuteWasToldOnceEarlyAndOnceAtItsClose(int minutes) {
        assertThat(heard)
                .extracting(alert -> alert.windowStart() + " " + alert.stage())
                .doesNotHaveDuplicates()
                .hasSize(2 * minutes);
        assertThat(heard.stream().filter(alert -> alert.stage() == AlertStage.ON_TIME))
                .allSatisfy(alert -> assertThat(alert.eventCount()).contains(12L));
    }

    @Test
    void givenAListenerThatBlocksWhenItsQueueIsFullThenAcceptIsOverloadedAndNothingIsLostAfterwards()
            throws InterruptedException {
        AtomicBoolean first = new AtomicBoolean(true);
        try (DetectionPlugin plugin = started(
                alert -> {
                    if (first.getAndSet(false)) {
                        block();
                    }
                },
                "bounds.alert-queue",
                "5")) {
            runAside(() -> plugin.accept(harvest(0, 12, 1)));
            blocked.await();
            RecordTemplate mine = new RecordTemplate();
            int minute = 1;
            Admission admission = Admission.builder(Admission.Status.TAKEN).build();
            List<byte[]> refused = new ArrayList<>();
            while (minute < MINUTES) {
                for (int i = 0; i < 12; i++) {
                    mine.add(minute * 60_000L + 10_000 + i, 1, i);
                }
                byte[] lines = mine.take();
                admission = plugin.accept(lines);
                if (admission.status() == Admission.Status.OVERLOADED) {
                    refused.add(lines);
                }
                minute++;
            }

            assertThat(admission)
                    .isEqualTo(Admission.builder(Admission.Status.OVERLOADED).build());
            assertThat(refused).hasSizeBetween(10, MINUTES - 3);
            assertThat(plugin.health().overloaded()).isEqualTo(refused.size());
            release.countDown();
            for (byte[] lines : refused) {
                while (plugin.accept(lines).status() == Admission.Status.OVERLOADED) {
                    Thread.sleep(1);
                }
            }
            plugin.endOfInput();
            assertThatEachMinuteWasToldOnceEarlyAndOnceAtItsClose(MINUTES);
        }
    }

    @Test
    void givenAListenerThatReloadsWhenItIsCalledThenTheRulesAreReloadedAndNoAlertIsLost() {
        DetectionPlugin[] self = new DetectionPlugin[1];
        List<ReloadResult> reloads = new ArrayList<>();
        try (DetectionPlugin plugin = started(alert -> {
            if (reloads.size() < 4) {
                reloads.add(self[0].reload());
            }
        })) {
            self[0] = plugin;
            for (int minute = 0; minute < 4; minute++) {
                plugin.accept(harvest(minute, 12, 1));
            }
            plugin.endOfInput();
        }

        assertThat(reloads).hasSize(4).allMatch(ReloadResult::applied);
        assertThatEachMinuteWasToldOnceEarlyAndOnceAtItsClose(4);
    }

    @Test
    void givenAListenerThatClosesWhenItIsCalledThenTheAlertsRaisedAlreadyAreDeliveredAndTheCallReturns() {
        DetectionPlugin[] self = new DetectionPlugin[1];
        DetectionPlugin plugin = started(alert -> self[0].close(), "alerts.early", "false");
        self[0] = plugin;
        plugin.accept(harvest(0, 12, 1));
        plugin.accept(harvest(0, 12, 2));

        plugin.advanceTo(endOf(0));

        assertThat(heard)
                .extracting(alert -> alert.groupingKey().values().iterator().next())
                .containsExactly(RecordTemplate.upn(1), RecordTemplate.upn(2));
        assertThat(plugin.health().state()).isEqualTo(PluginHealth.State.CLOSED);
        assertThat(plugin.health().listenerFailures()).isZero();
        assertThatIllegalStateException().isThrownBy(() -> plugin.accept(harvest(1, 1, 1)));
    }

    @Test
    void givenAListenerThatFeedsAndAdvancesWhenItIsCalledThenWhatThatRaisesComesAfterItReturnsAndOnce() {
        DetectionPlugin[] self = new DetectionPlugin[1];
        List<Integer> depths = new ArrayList<>();
        int[] depth = {0};
        int[] minute = {0};
        try (DetectionPlugin plugin = started(alert -> {
            depths.add(++depth[0]);
            if (alert.stage() == AlertStage.ON_TIME && ++minute[0] < MINUTES) {
                self[0].accept(harvest(minute[0], 12, 1));
                self[0].advanceTo(endOf(minute[0]));
            }
            depth[0]--;
        })) {
            self[0] = plugin;
            plugin.accept(harvest(0, 12, 1));
            plugin.advanceTo(endOf(0));

            assertThatEachMinuteWasToldOnceEarlyAndOnceAtItsClose(MINUTES);
            assertThat(depths).as("no callback runs inside another").containsOnly(1);
        }
    }

    @Test
    void givenAListenerThatThrowsErrorsWhenItIsCalledThenEveryAlertStillComesAndTheFailuresAreCounted() {
        List<Error> errors = List.of(new StackOverflowError(), new OutOfMemoryError("invented"), new LinkageError());
        Set<String> failed = ConcurrentHashMap.newKeySet();
        try (DetectionPlugin plugin = started(alert -> {
            if (failed.add(alert.id() + alert.stage())) {
                throw errors.get(failed.size() % errors.size());
            }
        })) {
            for (int minute = 0; minute < 6; minute++) {
                assertThat(plugin.accept(harvest(minute, 12, 1)).kept()).isEqualTo(12);
            }
            plugin.endOfInput();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (plugin.health().value(Counter.WAITING) > 0 && System.nanoTime() < deadline) {
                // Any call delivers what has paused long enough.
                plugin.advanceTo(RecordTemplate.NOON);
                Thread.onSpinWait();
            }

            assertThat(heard.stream().map(alert -> alert.windowStart() + " " + alert.stage()))
                    .as("each twice: it threw the first time")
                    .hasSize(24)
                    .allSatisfy(each -> assertThat(heard.stream()
                                    .map(alert -> alert.windowStart() + " " + alert.stage())
                                    .filter(each::equals))
                            .hasSize(2));
            assertThat(plugin.health().listenerFailures()).isEqualTo(12);
        }
    }

    @Test
    void givenAThreadThatWaitsInAdvanceToWhenItIsInterruptedThenItReturnsStillInterruptedAndTheAlertComesAfterwards()
            throws InterruptedException {
        AtomicBoolean first = new AtomicBoolean(true);
        try (DetectionPlugin plugin = started(alert -> {
            if (first.getAndSet(false)) {
                block();
            }
        })) {
            runAside(() -> plugin.accept(harvest(0, 12, 1)));
            blocked.await();
            AtomicBoolean interrupted = new AtomicBoolean();
            Thread waiting = new Thread(() -> {
                plugin.advanceTo(endOf(0));
                interrupted.set(Thread.currentThread().isInterrupted());
            });
            waiting.start();
            while (waiting.getState() != Thread.State.WAITING) {
                Thread.sleep(1);
            }

            waiting.interrupt();
            waiting.join();

            assertThat(interrupted).isTrue();
            assertThat(heard).hasSize(1);
            release.countDown();
            plugin.advanceTo(endOf(1));
            assertThatEachMinuteWasToldOnceEarlyAndOnceAtItsClose(1);
        }
    }

    @Test
    void givenAListenerThatBlocksWhenAnotherThreadClosesThenCloseWaitsForTheAlertsAndTheyAllCome()
            throws InterruptedException {
        AtomicBoolean first = new AtomicBoolean(true);
        DetectionPlugin plugin = started(alert -> {
            if (first.getAndSet(false)) {
                block();
            }
        });
        runAside(() -> plugin.accept(harvest(0, 12, 1)));
        blocked.await();
        RecordTemplate mine = new RecordTemplate();
        mine.add(120_000, 2, 0);
        plugin.accept(mine.take());
        Thread closing = new Thread(plugin::close);
        closing.start();
        while (closing.getState() != Thread.State.TIMED_WAITING) {
            Thread.sleep(1);
        }

        release.countDown();
        closing.join();

        assertThatEachMinuteWasToldOnceEarlyAndOnceAtItsClose(1);
    }

    @Test
    void givenAListenerForLateEventsThatFeedsWhenItIsCalledThenItDoesNotHang() {
        DetectionPlugin[] self = new DetectionPlugin[1];
        PluginContext context = PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .config("time.max-future", "PT0S")
                .onAlert(heard::add)
                .onLateEvent(event -> {
                    RecordTemplate mine = new RecordTemplate();
                    mine.add(3_600_000, 3, late.size());
                    late.add(self[0].accept(mine.take()));
                    throw new IllegalStateException("and fails");
                })
                .build();
        try (DetectionPlugin plugin = ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(context)) {
            self[0] = plugin;
            plugin.start();
            plugin.accept(harvest(60, 1, 1));

            assertThat(plugin.accept(harvest(0, 12, 2)).late()).isEqualTo(12);
            plugin.advanceTo(endOf(60));

            assertThat(late).hasSize(12).allMatch(admission -> admission.kept() == 1);
            assertThat(heard)
                    .singleElement()
                    .satisfies(alert -> assertThat(alert.eventCount()).contains(12L));
            assertThat(plugin.health().listenerFailures()).isEqualTo(12);
        }
    }
}
