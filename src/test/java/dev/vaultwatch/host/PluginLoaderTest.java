package dev.vaultwatch.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.ReloadResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginLoaderTest {
    @TempDir
    static Path temp;

    private static Path bundle;

    @BeforeAll
    static void build() throws IOException {
        bundle = TestBundle.folder(temp.resolve("bundle"));
    }

    private static PluginContext.Builder quiet() {
        return PluginContext.builder().config("time.idle-timeout", "PT0S").onAlert(alert -> {});
    }

    @Test
    void givenABundleThenTheFactoryIsOfAnotherWorldAndTheApiIsTheHosts() throws IOException {
        try (PluginLoader loader = PluginLoader.open(bundle);
                DetectionPlugin plugin = loader.factory().create(quiet().build())) {
            plugin.start();

            assertThat(loader.warnings()).isEmpty();
            assertThat(loader.factory().descriptor()).isEqualTo(loader.descriptor());
            assertThat(plugin.health().rules()).containsExactly("excessive-secret-retrieval");
        }
    }

    @Test
    void givenAZipThenClosingRemovesWhatWasUnpacked() throws IOException {
        Path zip = TestBundle.zip(bundle, temp.resolve("bundle.zip"));
        List<Path> ofOthers = unpacked();
        List<Path> ours;
        try (PluginLoader loader = PluginLoader.open(zip)) {
            ours = unpacked();
            ours.removeAll(ofOthers);
            assertThat(ours).hasSize(1);
            assertThat(loader.descriptor().version()).isEqualTo("0.1.0");
        }
        assertThat(ours).allSatisfy(folder -> assertThat(folder).doesNotExist());
    }

    /** The machine's folder for such things: another build, or one that was killed, may have some of its own in it. */
    private static List<Path> unpacked() throws IOException {
        try (var folders = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return folders.filter(folder -> folder.getFileName().toString().startsWith("vaultwatch-plugin-"))
                    .collect(Collectors.toCollection(ArrayList::new));
        }
    }

    @Test
    void givenAFactoryThatIsNotInTheBundleThenItIsRefused(@TempDir Path other) throws IOException {
        Path copy = TestBundle.folder(other.resolve("bundle"));
        Path descriptor = copy.resolve(Bundle.DESCRIPTOR);
        Files.writeString(
                descriptor, Files.readString(descriptor).replace("VaultwatchPluginFactory", "NoSuchPluginFactory"));
        TestBundle.sum(copy);

        assertThatExceptionOfType(BundleException.class)
                .isThrownBy(() -> PluginLoader.open(copy))
                .withMessageContaining("dev.vaultwatch.plugin.NoSuchPluginFactory")
                .withMessageContaining("can't be made");
    }

    @Test
    void givenAFactoryThatIsNoFactoryThenItIsRefused(@TempDir Path other) throws IOException {
        Path copy = TestBundle.folder(other.resolve("bundle"));
        Path descriptor = copy.resolve(Bundle.DESCRIPTOR);
        Files.writeString(
                descriptor,
                Files.readString(descriptor)
                        .replace("dev.vaultwatch.plugin.VaultwatchPluginFactory", "dev.vaultwatch.alert.AlertId"));
        TestBundle.sum(copy);

        assertThatExceptionOfType(BundleException.class)
                .isThrownBy(() -> PluginLoader.open(copy))
                .withMessageContaining("is no DetectionPluginFactory of the bundle");
    }

    @Test
    void givenCallsThenTheHostsContextClassLoaderIsSeenInCallbacksAndPutBack() throws IOException {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        ClassLoader hosts = new ClassLoader("the host's", before) {};
        List<ClassLoader> seen = new CopyOnWriteArrayList<>();
        try (PluginLoader loader = PluginLoader.open(bundle)) {
            Thread.currentThread().setContextClassLoader(hosts);
            try (DetectionPlugin plugin = loader.factory()
                    .create(quiet().onAlert(
                                    alert -> seen.add(Thread.currentThread().getContextClassLoader()))
                            .onDeadLetter(
                                    letter -> seen.add(Thread.currentThread().getContextClassLoader()))
                            .build())) {
                plugin.start();
                Harvest.feed(plugin, "a@contoso.example");
                plugin.accept("broken".getBytes(java.nio.charset.StandardCharsets.UTF_8));
                plugin.endOfInput();

                assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(hosts);
            }
            assertThat(seen).hasSize(2).allSatisfy(each -> assertThat(each).isSameAs(hosts));
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    @Test
    void givenACallThatThrowsThenTheContextClassLoaderIsPutBack() throws IOException {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (PluginLoader loader = PluginLoader.open(bundle)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> loader.factory()
                            .create(quiet().config("no.such.key", "1").build()))
                    .withMessageContaining("no.such.key");

            assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
        }
    }

    @Test
    void givenAnEnricherOfTheHostsThenItIsAskedUnderTheHostsContextClassLoaderAndHeard() throws IOException {
        ClassLoader hosts = Thread.currentThread().getContextClassLoader();
        Set<ClassLoader> seen = ConcurrentHashMap.newKeySet();
        List<Alert> kept = new CopyOnWriteArrayList<>();
        try (PluginLoader loader = PluginLoader.open(bundle);
                DetectionPlugin plugin = loader.factory()
                        .create(quiet().onAlert(kept::add)
                                .enrichWith(event -> {
                                    seen.add(Thread.currentThread().getContextClassLoader());
                                    return Map.of(
                                            "agent.name",
                                            "seen from "
                                                    + event.get("source.ip").orElse("?"));
                                })
                                .build())) {
            plugin.start();
            Harvest.feed(plugin, "a@contoso.example");
            plugin.endOfInput();
        }

        assertThat(seen).containsExactly(hosts);
        assertThat(kept.get(0).toText()).contains("  agent   seen from 192.0.2.7");
    }

    @Test
    void givenFilesOfAddressesThenThePluginReadsThemInItsBundle() throws IOException {
        List<Alert> kept = new CopyOnWriteArrayList<>();
        try (PluginLoader loader = PluginLoader.open(bundle);
                DetectionPlugin plugin = loader.factory()
                        .create(quiet().onAlert(kept::add)
                                .config("enrich.files", "src/test/resources/maxmind/GeoLite2-ASN-Test.mmdb")
                                .build())) {
            plugin.start();
            for (int i = 0; i < Harvest.READS; i++) {
                plugin.accept(new String(
                                Harvest.read(
                                        Harvest.NOON.plusMillis(i),
                                        i % 2 == 0 ? "SecretGet" : "KeyGet",
                                        "a@contoso.example"),
                                StandardCharsets.UTF_8)
                        .replace("192.0.2.7", "89.160.20.115")
                        .getBytes(StandardCharsets.UTF_8));
            }
            plugin.endOfInput();
        }

        assertThat(kept.get(0).toText()).contains("  network Bredband2 AB; AS29518");
    }

    @Test
    void givenAnAlertThenItCanBeAskedForItsFormsAfterEverythingIsClosed() throws IOException {
        List<Alert> kept = new CopyOnWriteArrayList<>();
        try (PluginLoader loader = PluginLoader.open(bundle);
                DetectionPlugin plugin =
                        loader.factory().create(quiet().onAlert(kept::add).build())) {
            plugin.start();
            Harvest.feed(plugin, "a@contoso.example");
            plugin.endOfInput();
        }
        Alert alert = kept.get(0);
        assertThat(alert.toEcsJson()).contains("a@contoso.example").contains(alert.id());
        assertThat(alert.toText()).contains("a@contoso.example: 12 events");
        assertThat(alert.eventCount()).contains(12L);
        assertThat(alert.groupingKey()).containsValue("a@contoso.example");
    }

    @Test
    void givenAClosedLoaderThenItsPluginsAreClosedAndNoneCanBeMade() throws IOException {
        PluginLoader loader = PluginLoader.open(bundle);
        DetectionPlugin plugin = loader.factory().create(quiet().build());
        plugin.start();
        Harvest.feed(plugin, "a@contoso.example");

        loader.close();
        loader.close();

        assertThat(plugin.health().state()).isEqualTo(PluginHealth.State.CLOSED);
        assertThat(plugin.health().records()).isEqualTo(12);
        assertThatIllegalStateException()
                .isThrownBy(() -> plugin.accept(Map.of()))
                .withMessageContaining("CLOSED");
        assertThatIllegalStateException()
                .isThrownBy(() -> loader.factory().create(quiet().build()))
                .withMessageContaining("is closed; open the bundle again");
        plugin.close();
    }

    @Test
    void givenACallbackThenTheLoaderRefusesToBeClosedFromIt() throws IOException {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        List<Runnable> closing = new CopyOnWriteArrayList<>();
        try (PluginLoader loader = PluginLoader.open(bundle);
                DetectionPlugin plugin = loader.factory()
                        .create(quiet().onAlert(alert -> {
                                    try {
                                        closing.forEach(Runnable::run);
                                    } catch (IllegalStateException e) {
                                        thrown.set(e);
                                    }
                                })
                                .build())) {
            closing.add(loader::close);
            plugin.start();
            Harvest.feed(plugin, "a@contoso.example");
            plugin.endOfInput();

            assertThat(thrown.get()).hasMessageContaining("can't be closed from a plugin's callback");
            assertThat(plugin.reload()).extracting(ReloadResult::applied).isEqualTo(true);
        }
    }

    @Test
    void givenAPluginClosedInItsOwnCallbackThenTheCallGoesOnToItsEnd() throws IOException {
        List<DetectionPlugin> self = new CopyOnWriteArrayList<>();
        try (PluginLoader loader = PluginLoader.open(bundle)) {
            DetectionPlugin plugin = loader.factory()
                    .create(quiet().onAlert(alert -> self.forEach(DetectionPlugin::close))
                            .build());
            self.add(plugin);
            plugin.start();
            Harvest.feed(plugin, "a@contoso.example");
            plugin.endOfInput();

            assertThat(plugin.health().state()).isEqualTo(PluginHealth.State.CLOSED);
        }
    }

    @Test
    void givenACallUnderWayThenClosingWaitsForIt() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        List<String> order = new CopyOnWriteArrayList<>();
        PluginLoader loader = PluginLoader.open(bundle);
        DetectionPlugin plugin = loader.factory()
                .create(quiet().onDeadLetter(letter -> {
                            inside.countDown();
                            try {
                                go.await();
                                order.add("call done");
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        })
                        .build());
        plugin.start();
        Thread feeder = new Thread(() -> plugin.accept("broken".getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        Thread closer = new Thread(() -> {
            loader.close();
            order.add("closed");
        });
        feeder.start();
        inside.await();
        closer.start();
        closer.join(300);
        go.countDown();
        feeder.join();
        closer.join();

        assertThat(order).containsExactly("call done", "closed");
    }

    @Test
    @DisplayName(
            "Four plugins whose listeners hang: the loader waits as long as one may, and health() waits for nothing")
    void hangingListeners() throws Exception {
        CountDownLatch inside = new CountDownLatch(4);
        CountDownLatch go = new CountDownLatch(1);
        PluginLoader loader = PluginLoader.open(bundle);
        List<DetectionPlugin> plugins = new ArrayList<>();
        List<Thread> feeders = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            DetectionPlugin plugin = loader.factory()
                    .create(quiet().config("close.timeout", "PT10S")
                            .onAlert(alert -> {
                                inside.countDown();
                                try {
                                    go.await();
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            })
                            .build());
            plugin.start();
            Harvest.feed(plugin, "a@contoso.example");
            plugins.add(plugin);
            Thread feeder = new Thread(plugin::endOfInput);
            feeders.add(feeder);
            feeder.start();
        }
        inside.await();
        Thread closer = new Thread(loader::close);
        closer.start();
        plugins.get(0).health();

        // One after the other, each with its close.timeout, they would take 40 s.
        closer.join(25_000);
        boolean closed = !closer.isAlive();
        go.countDown();
        for (Thread feeder : feeders) {
            feeder.join();
        }
        closer.join();

        assertThat(closed).isTrue();
        assertThat(plugins).extracting(DetectionPlugin::state).containsOnly(PluginHealth.State.CLOSED);
    }
}
