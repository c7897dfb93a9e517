package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.read;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Alerts that wait for the host")
@Timeout(30)
class WaitingTest {
    private final VaultwatchPluginFactory factory = new VaultwatchPluginFactory();

    private DetectionPlugin started(PluginContext.Builder context) {
        DetectionPlugin plugin =
                factory.create(context.wallClock(() -> NOON.plusSeconds(3600)).build());
        plugin.start();
        return plugin;
    }

    private static void harvest(DetectionPlugin plugin) {
        for (int i = 0; i < 12; i++) {
            plugin.accept(read(NOON.plusMillis(i), i % 2 == 0 ? "SecretGet" : "KeyGet", "eve@example.com"));
        }
    }

    @Nested
    @DisplayName(
            "until the queue is full: a source is ready again as soon as there is room, though nobody calls the plugin")
    class Ready {
        private CompletableFuture<Void> whenFull(DetectionPlugin plugin) {
            harvest(plugin);
            plugin.endOfInput();
            Source source = plugin.source(SourceSpec.of("hub-0"));
            assertThat(source.accept(read(NOON.plusSeconds(90), "KeyGet", "eve@example.com"))
                            .status())
                    .isEqualTo(Admission.Status.OVERLOADED);
            CompletableFuture<Void> ready = source.ready().toCompletableFuture();
            assertThat(ready).isNotDone();
            return ready;
        }

        @Test
        @DisplayName("by acknowledgements")
        void acknowledged() {
            List<Acknowledgement> receipts = new CopyOnWriteArrayList<>();
            PluginContext.Builder context = PluginContext.builder()
                    .config("time.owner", "host")
                    .config("bounds.alert-queue", "2")
                    .onAlertToAcknowledge((alert, receipt) -> receipts.add(receipt));
            try (DetectionPlugin plugin = started(context)) {
                CompletableFuture<Void> ready = whenFull(plugin);
                receipts.forEach(Acknowledgement::acknowledge);
                assertThat(ready).isDone();
            }
        }

        @Test
        @DisplayName("by an executor that has got round to them")
        void delivered() {
            ExecutorService executor = Executors.newSingleThreadExecutor();
            CountDownLatch goOn = new CountDownLatch(1);
            executor.execute(() -> await(goOn));
            PluginContext.Builder context = PluginContext.builder()
                    .config("time.owner", "host")
                    .config("bounds.alert-queue", "1")
                    .deliverOn(executor)
                    .onAlert(alert -> {});
            try (DetectionPlugin plugin = started(context)) {
                CompletableFuture<Void> ready = whenFull(plugin);
                goOn.countDown();
                assertThat(ready).succeedsWithin(10, TimeUnit.SECONDS);
            } finally {
                executor.shutdownNow();
            }
        }

        private void await(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Nested
    @DisplayName("since the listener threw, when the plugin is closed without a journal")
    class Closed {
        /** Throws so often, and then takes. */
        private static final class Failing implements AlertListener {
            private final List<AlertStage> taken = new CopyOnWriteArrayList<>();
            private int left;

            private Failing(int times) {
                left = times;
            }

            @Override
            public void onAlert(Alert alert) {
                if (left-- > 0) {
                    throw new IllegalStateException("the sink restarts");
                }
                taken.add(alert.stage());
            }
        }

        private DetectionPlugin closed(Failing listener, String idleTimeout, String closeTimeout) {
            DetectionPlugin plugin = started(PluginContext.builder()
                    .config("time.idle-timeout", idleTimeout)
                    .config("close.timeout", closeTimeout)
                    .onAlert(listener));
            harvest(plugin);
            plugin.endOfInput();
            plugin.close();
            return plugin;
        }

        @ParameterizedTest(name = "time.idle-timeout {0}")
        @ValueSource(strings = {"PT0S", "PT10S"})
        @DisplayName("are given to it again before close() returns: nobody else has them")
        void againBeforeTheEnd(String idleTimeout) {
            Failing listener = new Failing(2);
            DetectionPlugin plugin = closed(listener, idleTimeout, "PT10S");
            assertThat(listener.taken).containsExactly(AlertStage.ON_TIME);
            assertThat(plugin.health().value(Counter.WAITING)).isZero();
        }

        @ParameterizedTest(name = "time.idle-timeout {0}")
        @ValueSource(strings = {"PT0S", "PT10S"})
        @DisplayName("are left when close.timeout is over")
        void leftInTheEnd(String idleTimeout) {
            long before = System.nanoTime();
            DetectionPlugin plugin = closed(new Failing(Integer.MAX_VALUE), idleTimeout, "PT0.5S");
            assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(10));
            assertThat(plugin.health().value(Counter.WAITING)).isPositive();
        }
    }
}
