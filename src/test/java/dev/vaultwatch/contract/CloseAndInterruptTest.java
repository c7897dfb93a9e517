package dev.vaultwatch.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.plugin.Rules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A close that ends whatever the listener does, and threads that somebody interrupts. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CloseAndInterruptTest {
    private static final Instant NOON = Instant.parse("2026-11-03T12:00:00Z");

    @TempDir
    Path temp;

    private final List<Alert> heard = new CopyOnWriteArrayList<>();
    private final List<Notice> notices = new CopyOnWriteArrayList<>();
    private final List<Thread> aside = new ArrayList<>();
    private final CountDownLatch inside = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void letGo() throws InterruptedException {
        release.countDown();
        for (Thread thread : aside) {
            thread.join();
        }
    }

    private DetectionPlugin create(Consumer<Alert> listener, String... config) {
        PluginContext.Builder context = PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .config("time.max-future", "PT0S")
                .config("alerts.early", "false")
                .onNotice(notices::add)
                .onAlert(listener::accept);
        for (int i = 0; i < config.length; i += 2) {
            context.config(config[i], config[i + 1]);
        }
        return ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(context.build());
    }

    private static byte[] read(int i, String upn) {
        return ("{\"time\":\"" + NOON.plusMillis(i) + "\",\"category\":\"AuditEvent\",\"operationName\":\""
                        + (i % 2 == 0 ? "SecretGet" : "KeyGet") + "\",\"identity\":{\"claim\":{\"upn\":\"" + upn
                        + "\"}}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void harvest(DetectionPlugin plugin, String upn) {
        for (int i = 0; i < 12; i++) {
            assertThat(plugin.accept(read(i, upn)).kept()).isEqualTo(1);
        }
    }

    private void runAside(Runnable task) {
        Thread thread = new Thread(task, "aside");
        aside.add(thread);
        thread.start();
    }

    /** Blocks at the first alert, until the test is over. */
    private void hearAndHangAtTheFirst(Alert alert) {
        heard.add(alert);
        if (heard.size() == 1) {
            inside.countDown();
            awaitRelease();
        }
    }

    private void awaitRelease() {
        try {
            release.await();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts a thread that is in a callback", e);
        }
    }

    private static List<String> users(List<Alert> alerts) {
        return alerts.stream()
                .map(alert -> alert.groupingKey().values().iterator().next())
                .toList();
    }

    // ---- close

    @Test
    void givenAListenerThatNeverReturnsThenCloseReturnsAndTheNextStartDeliversWhatIsOwed() throws Exception {
        String journal = temp.resolve("journal").toString();
        DetectionPlugin stuck = create(this::hearAndHangAtTheFirst, "journal.dir", journal, "close.timeout", "PT0.2S");
        stuck.start();
        harvest(stuck, "a@contoso.example");
        harvest(stuck, "b@contoso.example");
        runAside(() -> stuck.advanceTo(NOON.plusSeconds(60)));
        inside.await();

        stuck.close();

        assertThat(stuck.health().state()).isEqualTo(PluginHealth.State.CLOSED);
        List<Alert> again = new CopyOnWriteArrayList<>();
        try (DetectionPlugin next = create(again::add, "journal.dir", journal)) {
            next.start();
            assertThat(users(again)).containsExactly("a@contoso.example", "b@contoso.example");
            assertThat(again.get(0).id()).isEqualTo(heard.get(0).id());
        }
    }

    @Test
    void givenACallbackThatReturnsAfterCloseHasThenItsThreadDeliversTheRest() throws Exception {
        DetectionPlugin plugin = create(this::hearAndHangAtTheFirst, "close.timeout", "PT0S");
        plugin.start();
        harvest(plugin, "a@contoso.example");
        harvest(plugin, "b@contoso.example");
        runAside(() -> plugin.advanceTo(NOON.plusSeconds(60)));
        inside.await();

        plugin.close();
        assertThat(users(heard)).containsExactly("a@contoso.example");
        release.countDown();
        aside.get(0).join();

        assertThat(users(heard)).containsExactly("a@contoso.example", "b@contoso.example");
    }

    @Test
    void givenAThreadThatIsInterruptedWhileItClosesThenItStopsWaitingAndStaysInterrupted() throws Exception {
        DetectionPlugin plugin = create(this::hearAndHangAtTheFirst, "close.timeout", "PT10M");
        plugin.start();
        harvest(plugin, "a@contoso.example");
        runAside(() -> plugin.advanceTo(NOON.plusSeconds(60)));
        inside.await();
        AtomicBoolean interrupted = new AtomicBoolean();
        Thread closing = new Thread(() -> {
            Thread.currentThread().interrupt();
            plugin.close();
            interrupted.set(Thread.currentThread().isInterrupted());
        });

        closing.start();
        closing.join();

        assertThat(interrupted).isTrue();
        assertThat(plugin.health().state()).isEqualTo(PluginHealth.State.CLOSED);
    }

    @Test
    void givenACallbackOnThePluginsOwnThreadThenCloseDoesNotInterruptIt() throws Exception {
        Path rules = copyOfTheRules();
        List<Boolean> interrupted = new CopyOnWriteArrayList<>();
        DetectionPlugin plugin = ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(PluginContext.builder()
                        .config("time.idle-timeout", "PT0S")
                        .config("rules.dir", rules.toString())
                        .config("close.timeout", "PT0.1S")
                        .onAlert(heard::add)
                        .onNotice(notice -> {
                            if (Thread.currentThread().getName().equals("vaultwatch-rule-watcher")) {
                                inside.countDown();
                                awaitRelease();
                                interrupted.add(Thread.currentThread().isInterrupted());
                            }
                        })
                        .build());
        plugin.start();
        Path rule = rules.resolve("excessive-secret-retrieval/rule.epl");
        Files.writeString(rule, Files.readString(rule) + "\n");
        inside.await();

        plugin.close();
        release.countDown();
        while (interrupted.isEmpty()) {
            Thread.sleep(1);
        }

        assertThat(interrupted).containsExactly(false);
    }

    private Path copyOfTheRules() throws IOException {
        Path folder = temp.resolve("epl");
        Rules.copyShipped(folder);
        return folder;
    }

    // ---- interrupts

    private interface Call {
        void make();
    }

    /** Makes the call as an interrupted thread; the interrupt must be there still, and is cleared. */
    private static void interrupted(Call call) {
        Thread.currentThread().interrupt();
        try {
            call.make();
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void givenAnInterruptedThreadAndAJournalThenEveryCallIsAnsweredAndTheJournalLives() {
        String[] config = {"journal.dir", temp.resolve("journal").toString(), "journal.fsync", "each"};
        DetectionPlugin first = create(heard::add, config);
        interrupted(first::start);
        for (int i = 0; i < 12; i++) {
            byte[] record = read(i, "a@contoso.example");
            interrupted(() -> assertThat(first.accept(record).status()).isEqualTo(Admission.Status.TAKEN));
        }
        interrupted(() -> assertThat(first.reload().applied()).isTrue());
        interrupted(() -> assertThat(first.health().state()).isEqualTo(PluginHealth.State.STARTED));
        interrupted(first::close);

        DetectionPlugin second = create(heard::add, config);
        interrupted(second::start);
        interrupted(() -> second.advanceTo(NOON.plusSeconds(60)));
        interrupted(second::close);

        assertThat(notices).isEmpty();
        assertThat(heard)
                .singleElement()
                .satisfies(alert -> assertThat(alert.eventCount()).contains(12L));
    }

    @Test
    void givenAnInterruptedThreadAndARulesFolderThenStartAndReloadReadIt() throws IOException {
        try (DetectionPlugin plugin =
                create(heard::add, "rules.dir", copyOfTheRules().toString(), "rules.watch", "false")) {
            interrupted(plugin::start);
            interrupted(() -> assertThat(plugin.reload().faults()).isEmpty());
        }
    }
}
