package dev.vaultwatch.graylog;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.TypeLiteral;
import com.google.inject.name.Names;
import com.google.inject.util.Modules;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.host.PluginLoader;
import dev.vaultwatch.testkit.HostCompatibilityKit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.graylog2.plugin.Message;
import org.graylog2.plugin.MessageCollection;
import org.graylog2.plugin.MessageFactory;
import org.graylog2.plugin.messageprocessors.MessageProcessor;
import org.graylog2.system.shutdown.GracefulShutdownService;
import org.joda.time.DateTime;
import org.joda.time.DateTimeZone;
import org.junit.jupiter.api.Test;

/**
 * What holds in Graylog. It lies in the plugin's jar and is run there by {@link GraylogServer}, since the {@code api} that Graylog's
 * loader sees is that jar's own: from outside, not one type of it could be named.
 */
class GraylogKit extends HostCompatibilityKit {
    private final List<PluginLoader> loaders = new ArrayList<>();

    @Override
    protected DetectionPluginFactory open() throws IOException {
        PluginLoader loader = PluginLoader.open(Installed.bundle());
        loaders.add(loader);
        return loader.factory();
    }

    @Override
    protected void shut() {
        loaders.forEach(PluginLoader::close);
    }

    @Test
    void givenGraylogsLoaderThenTheApiIsThatOfThePluginsJar() {
        assertThat(DetectionPlugin.class.getClassLoader())
                .isSameAs(VaultwatchGraylogPlugin.class.getClassLoader())
                .isNotSameAs(ClassLoader.getSystemClassLoader());
    }

    @Test
    void givenTheProcessorThenItAddsTheAlertsStagesToTheMessages() throws Exception {
        Graylog graylog = new Graylog();

        assertThat(graylog.processor().process(records()))
                .filteredOn(message -> "vaultwatch".equals(message.getSource()))
                .isNotEmpty()
                .allSatisfy(message -> {
                    assertThat(message.getMessage()).contains("mallory.frost@contoso.example");
                    assertThat(message.getField("vaultwatch_rule")).isEqualTo("excessive-secret-retrieval");
                    assertThat(message.getField("vaultwatch_severity")).isEqualTo("medium");
                    assertThat(message.getField("Esql.azure_platformlogs_identity_claim_upn_count_distinct"))
                            .isEqualTo(1L);
                })
                .anySatisfy(message ->
                        assertThat(message.getField("vaultwatch_stage")).isEqualTo("EARLY"))
                .anySatisfy(message ->
                        assertThat(message.getField("vaultwatch_stage")).isEqualTo("ON_TIME"));
        assertThat(graylog.emitted()).isEmpty();
        graylog.stop();
    }

    @Test
    void givenNoFurtherMessageThenTheAlertLeavesAllTheSame() throws Exception {
        Graylog graylog = new Graylog();
        List<Message> harvest = new ArrayList<>();
        records().forEach(harvest::add);

        // The hour ends inside the harvest's minute: nothing but time can close it.
        graylog.processor()
                .process(new MessageCollection(harvest.stream()
                        .filter(message -> isUpToTheHarvest(message.getMessage()))
                        .toList()));

        long deadline = System.nanoTime() + java.util.concurrent.TimeUnit.SECONDS.toNanos(200);
        while (graylog.emitted().isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(100);
        }
        assertThat(graylog.emitted())
                .anySatisfy(message ->
                        assertThat(message.getField("vaultwatch_stage")).isEqualTo("ON_TIME"));
        graylog.stop();
    }

    @Test
    void givenAFailingOutputBufferThenTheAlertIsDeliveredAgain() throws Exception {
        Graylog graylog = new Graylog(Files.createTempDirectory("graylog").resolve("journal"), 2);
        List<Message> harvest = new ArrayList<>();
        records().forEach(harvest::add);
        graylog.processor()
                .process(new MessageCollection(harvest.stream()
                        .filter(message -> isUpToTheHarvest(message.getMessage()))
                        .toList()));

        long deadline = System.nanoTime() + java.util.concurrent.TimeUnit.SECONDS.toNanos(200);
        while (graylog.emitted().isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(100);
        }
        assertThat(graylog.emitted()).isNotEmpty();
        graylog.stop();
    }

    @Test
    void givenARestartInMidMinuteThenTheJournalBringsBackWhatWasCounted() throws Exception {
        Path journal = Files.createTempDirectory("graylog").resolve("journal");
        List<Message> all = new ArrayList<>();
        records().forEach(all::add);
        int half = (int) all.stream()
                        .takeWhile(message -> !message.getMessage().contains("mallory.frost"))
                        .count()
                + 5;
        Graylog first = new Graylog(journal, 0);
        first.processor().process(new MessageCollection(all.subList(0, half)));
        first.stop();

        Graylog second = new Graylog(journal, 0);
        assertThat(second.processor().process(new MessageCollection(all.subList(half, all.size()))))
                .filteredOn(message -> "ON_TIME".equals(message.getField("vaultwatch_stage")))
                .anySatisfy(message ->
                        assertThat(message.getField("vaultwatch_event_count")).isEqualTo(37L));
        second.stop();
    }

    private static boolean isUpToTheHarvest(String record) {
        java.util.regex.Matcher time =
                java.util.regex.Pattern.compile("\"time\"\\s*:\\s*\"([^\"]+)").matcher(record);
        return time.find() && time.group(1).compareTo("2026-11-03T02:42:00") < 0;
    }

    @Test
    void givenEveryThreadOfGraylogsThenTheyShareOneProcessor() throws Exception {
        Graylog graylog = new Graylog();

        assertThat(graylog.processor()).isSameAs(graylog.processor());
        graylog.stop();
    }

    @Test
    void givenGraylogStopsThenThePluginsThreadEndsAndLateMessagesPass() throws Exception {
        List<Thread> before = tickers();
        Graylog graylog = new Graylog();
        MessageProcessor processor = graylog.processor();
        List<Thread> tickers = tickers();
        tickers.removeAll(before);
        assertThat(tickers).hasSize(1);

        graylog.stop();

        tickers.get(0).join(10_000);
        assertThat(tickers.get(0).isAlive()).isFalse();
        MessageCollection late = records();
        assertThat(processor.process(late)).containsExactlyElementsOf(late);
    }

    private static List<Thread> tickers() {
        List<Thread> found = new ArrayList<>(Thread.getAllStackTraces().keySet());
        found.removeIf(thread -> !thread.getName().startsWith("vaultwatch-"));
        return found;
    }

    /** Of Graylog, its injector with our module, and the service that stops what has registered with it. */
    private record Graylog(Injector injector, Queue<Message> emitted) {
        Graylog() throws IOException {
            this(Files.createTempDirectory("graylog").resolve("journal"), 0);
        }

        /** One whose output buffer fails that many times. */
        Graylog(Path journal, int failures) {
            this(new ConcurrentLinkedQueue<>(), journal, new AtomicInteger(failures));
        }

        private Graylog(Queue<Message> emitted, Path journal, AtomicInteger failures) {
            this(
                    Guice.createInjector(Modules.override(new VaultwatchGraylogPlugin().modules())
                            .with(binder -> {
                                binder.bind(MessageFactory.class).toInstance(messageFactory());
                                binder.bind(Outlet.class).toInstance(message -> {
                                    if (failures.getAndDecrement() > 0) {
                                        throw new IllegalStateException("the buffer is shut");
                                    }
                                    emitted.add(message);
                                });
                                binder.bind(Path.class)
                                        .annotatedWith(Names.named("message_journal_dir"))
                                        .toInstance(journal);
                            })),
                    emitted);
            injector.getInstance(GracefulShutdownService.class).startAsync().awaitRunning();
        }

        MessageProcessor processor() {
            return injector.getInstance(Key.get(new TypeLiteral<Set<MessageProcessor>>() {}))
                    .iterator()
                    .next();
        }

        void stop() {
            injector.getInstance(GracefulShutdownService.class).stopAsync().awaitTerminated();
        }
    }

    /** Graylog's own, which its injector makes and nobody else may: its class is not public. */
    private static MessageFactory messageFactory() {
        try {
            var constructor =
                    Class.forName("org.graylog2.plugin.DefaultMessageFactory").getDeclaredConstructor();
            constructor.setAccessible(true);
            return (MessageFactory) constructor.newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("This Graylog makes messages in another way.", e);
        }
    }

    private static MessageCollection records() throws IOException {
        List<Message> messages = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("src/samples/quiet-hour.auditevent.ndjson"))) {
            messages.add(messageFactory()
                    .createMessage(
                            "id-" + messages.size(),
                            Map.of(
                                    Message.FIELD_MESSAGE,
                                    line,
                                    Message.FIELD_SOURCE,
                                    "hub",
                                    Message.FIELD_TIMESTAMP,
                                    new DateTime(0, DateTimeZone.UTC))));
        }
        return new MessageCollection(messages);
    }
}
