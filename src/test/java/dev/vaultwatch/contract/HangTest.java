package dev.vaultwatch.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever hangs, probes are answered and close() ends. What hangs under the plugin's lock is the host's wall clock: the plugin
 * asks it there, as it would be in a rule or a disk that does not answer.
 */
@DisplayName("Something hangs")
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HangTest {
    private static final Instant NOON = Instant.parse("2026-11-03T12:00:00Z");

    /** Two orders more than the answers take on a quiet machine: a busy one is no fault, and an answer that waits never comes. */
    private static final long GUARD_SECONDS = 30;

    @TempDir
    Path temp;

    private final List<Notice> notices = new CopyOnWriteArrayList<>();
    private final List<Thread> aside = new ArrayList<>();
    private final CountDownLatch inside = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final HangingClock clock = new HangingClock();

    /** Noon, until a thread is to hang in it. */
    private final class HangingClock implements InstantSource {
        private volatile String hanging = "";

        @Override
        public Instant instant() {
            return NOON;
        }

        /** What is asked under the lock; where rules are compiled, without it, the plugin asks for the instant. */
        @Override
        public long millis() {
            if (Thread.currentThread().getName().equals(hanging)) {
                hang();
            }
            return NOON.toEpochMilli();
        }
    }

    private void hang() {
        inside.countDown();
        try {
            release.await();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts a thread that is in foreign code", e);
        }
    }

    @AfterEach
    void letGo() throws InterruptedException {
        release.countDown();
        for (Thread thread : aside) {
            thread.join();
        }
    }

    private PluginContext.Builder context() {
        return PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .config("alerts.early", "false")
                .config("close.timeout", "PT0.3S")
                .wallClock(clock)
                .onNotice(notices::add);
    }

    private static DetectionPlugin create(PluginContext.Builder context) {
        return ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(context.build());
    }

    private void runAside(Runnable task) throws InterruptedException {
        Thread thread = new Thread(task, "aside");
        aside.add(thread);
        thread.start();
        inside.await();
    }

    private interface Call {
        void make() throws Exception;
    }

    /** Makes the call on a thread of its own and waits for its end, which must come. */
    private static void ends(Call call) throws InterruptedException {
        List<Throwable> thrown = new CopyOnWriteArrayList<>();
        Thread thread = new Thread(() -> {
            try {
                call.make();
            } catch (Throwable e) {
                thrown.add(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        thread.join(TimeUnit.SECONDS.toMillis(GUARD_SECONDS));
        assertThat(thread.isAlive()).as("still under way").isFalse();
        assertThat(thrown).isEmpty();
    }

    @Nested
    @DisplayName("inside the engine's lock")
    class UnderTheLock {

        @Test
        @DisplayName("and probes are answered, with what was so before and the positions of now")
        void probes() throws Exception {
            DetectionPlugin plugin = create(context().onAlert(alert -> {}));
            plugin.start();
            Source source = plugin.source(SourceSpec.of("hub-0"));
            source.accept(OffsetRange.at(7), Harvest.of("a@contoso.example", 0));
            clock.hanging = "aside";
            runAside(() -> plugin.source(SourceSpec.of("hub-1")));

            ends(() -> {
                assertThat(plugin.state()).isEqualTo(PluginHealth.State.STARTED);
                assertThat(plugin.isReady()).isTrue();
                PluginHealth health = plugin.health();
                assertThat(health.state()).isEqualTo(PluginHealth.State.STARTED);
                assertThat(health.rules()).containsExactly("excessive-secret-retrieval");
                // Nobody had asked since the record was taken, and a commit behind it would lose it.
                assertThat(health.oldestPositions()).containsEntry("hub-0", 7L);
            });

            release.countDown();
            aside.get(0).join();
            assertThat(plugin.health().kept()).isEqualTo(12);
            plugin.close();
        }

        @Test
        @DisplayName("while a journal is restored, and health says that the plugin is not started")
        void longStart() throws Exception {
            String journal = temp.resolve("journal").toString();
            DetectionPlugin first =
                    create(context().config("journal.dir", journal).onAlert(alert -> {}));
            first.start();
            first.accept(Harvest.of("a@contoso.example", 0));
            first.close();
            DetectionPlugin next =
                    create(context().config("journal.dir", journal).onAlert(alert -> {}));
            clock.hanging = "aside";
            runAside(next::start);

            ends(() -> {
                assertThat(next.state()).isEqualTo(PluginHealth.State.NEW);
                assertThat(next.isReady()).isFalse();
                assertThat(next.health().state()).isEqualTo(PluginHealth.State.NEW);
            });

            release.countDown();
            aside.get(0).join();
            assertThat(next.isReady()).isTrue();
            next.close();
        }

        @Test
        @DisplayName("while state of another owner is taken over, and health is that of before")
        void longRestore() throws Exception {
            DetectionPlugin from = create(context().onAlert(alert -> {}));
            from.start();
            from.source(SourceSpec.of("hub-0")).accept(Harvest.of("a@contoso.example", 0));
            ByteArrayOutputStream state = new ByteArrayOutputStream();
            from.snapshot(state, KeyGroup.all());
            from.close();
            DetectionPlugin to = create(context().onAlert(alert -> {}));
            to.start();
            clock.hanging = "aside";
            runAside(() -> restore(to, state.toByteArray()));

            ends(() -> assertThat(to.health().state()).isEqualTo(PluginHealth.State.STARTED));

            release.countDown();
            aside.get(0).join();
            to.close();
        }

        private void restore(DetectionPlugin plugin, byte[] state) {
            try {
                plugin.restore(new ByteArrayInputStream(state));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Test
        @DisplayName("and close() ends; the thread that hangs closes the plugin when it comes out")
        void close() throws Exception {
            String journal = temp.resolve("journal").toString();
            DetectionPlugin plugin =
                    create(context().config("journal.dir", journal).onAlert(alert -> {}));
            plugin.start();
            plugin.accept(Harvest.of("a@contoso.example", 0));
            clock.hanging = "aside";
            runAside(() -> plugin.source(SourceSpec.of("hub-1")));

            ends(plugin::close);
            assertThat(plugin.state()).isEqualTo(PluginHealth.State.CLOSED);

            release.countDown();
            aside.get(0).join();
            assertThatIllegalStateException()
                    .isThrownBy(() -> plugin.accept(Harvest.of("a@contoso.example", 1)))
                    .withMessageContaining("CLOSED");
            List<Alert> alerts = new CopyOnWriteArrayList<>();
            DetectionPlugin next =
                    create(context().config("journal.dir", journal).onAlert(alerts::add));
            next.start();
            next.endOfInput();
            next.close();
            assertThat(alerts).hasSize(1);
        }

        @Test
        @DisplayName("of a start, and a plugin that is closed meanwhile is not started afterwards")
        void closeDuringStart() throws Exception {
            String journal = temp.resolve("journal").toString();
            DetectionPlugin first =
                    create(context().config("journal.dir", journal).onAlert(alert -> {}));
            first.start();
            first.accept(Harvest.of("a@contoso.example", 0));
            first.close();
            DetectionPlugin next =
                    create(context().config("journal.dir", journal).onAlert(alert -> {}));
            clock.hanging = "aside";
            List<String> thrown = new CopyOnWriteArrayList<>();
            runAside(() -> {
                try {
                    next.start();
                } catch (IllegalStateException e) {
                    thrown.add(String.valueOf(e.getMessage()));
                }
            });

            ends(next::close);
            release.countDown();
            aside.get(0).join();

            assertThat(thrown).containsExactly("The plugin was closed while it started.");
            assertThat(next.state()).isEqualTo(PluginHealth.State.CLOSED);
            assertThatIllegalStateException().isThrownBy(() -> next.accept(Harvest.of("b@contoso.example", 0)));
            DetectionPlugin last =
                    create(context().config("journal.dir", journal).onAlert(alert -> {}));
            last.start();
            last.close();
        }
    }

    @Nested
    @DisplayName("inside a listener")
    class InAListener {

        @Test
        @DisplayName("of alerts, and notices come all the same")
        void notices() throws Exception {
            DetectionPlugin plugin = create(context().onAlert(alert -> hang()));
            plugin.start();
            plugin.accept(Harvest.of("a@contoso.example", 0));
            runAside(plugin::endOfInput);

            ends(() -> plugin.accept("{\"what\":\"is this\"}".getBytes(StandardCharsets.UTF_8)));

            assertThat(notices).extracting(Notice::kind).containsExactly(Notice.Kind.UNRECOGNISED);
            ends(plugin::close);
        }

        @Test
        @DisplayName("on an executor of the host's, and no call waits for it; close() ends")
        void onAnExecutor() throws Exception {
            ExecutorService executor = Executors.newSingleThreadExecutor();
            DetectionPlugin plugin = create(context().deliverOn(executor).onAlert(alert -> hang()));
            plugin.start();
            plugin.accept(Harvest.of("a@contoso.example", 0));

            ends(plugin::endOfInput);
            inside.await();
            ends(() -> plugin.accept(Harvest.of("b@contoso.example", 70)));
            ends(() -> assertThat(plugin.reload().applied()).isTrue());
            ends(plugin::close);
            release.countDown();
            executor.shutdown();
        }

        @Test
        @DisplayName("on a thread that closes a plugin with a ticker, and close() ends")
        void onTheClosingThread() throws Exception {
            DetectionPlugin plugin =
                    create(context().config("time.idle-timeout", "PT1H").onAlert(alert -> hang()));
            plugin.start();
            // Late, so that it is close() that judges it.
            plugin.accept(Harvest.of("a@contoso.example", 70));
            plugin.advanceTo(NOON.plusSeconds(62));
            plugin.accept(Harvest.of("b@contoso.example", 0));

            ends(plugin::close);

            assertThat(inside.getCount()).as("the listener was called").isZero();
            assertThat(plugin.state()).isEqualTo(PluginHealth.State.CLOSED);
        }
    }

    @Test
    @DisplayName("A listener that is slow is called no more when close() must end, and the next start goes on")
    void slow() throws Exception {
        String journal = temp.resolve("journal").toString();
        List<Alert> heard = new CopyOnWriteArrayList<>();
        DetectionPlugin plugin = create(context().config("journal.dir", journal).onAlert(alert -> {
            heard.add(alert);
            try {
                Thread.sleep(200);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        plugin.start();
        plugin.accept(Harvest.of("a@contoso.example", 70));
        plugin.advanceTo(NOON.plusSeconds(62));
        for (int user = 0; user < 50; user++) {
            plugin.accept(Harvest.of("user" + user + "@contoso.example", 0));
        }

        ends(plugin::close);

        assertThat(heard).hasSizeLessThan(50);
        DetectionPlugin next = create(context().config("journal.dir", journal).onAlert(heard::add));
        next.start();
        next.close();
        assertThat(heard.stream().map(Alert::id).distinct()).hasSize(50);
    }
}
