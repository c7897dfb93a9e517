package dev.vaultwatch.graylog;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.TypeLiteral;
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
import java.util.Set;
import org.graylog2.plugin.Message;
import org.graylog2.plugin.MessageCollection;
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
        PluginLoader loader = PluginLoader.open(VaultwatchProcessor.bundle());
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
    void givenTheProcessorThenItAddsTheAlertToTheMessages() throws Exception {
        Graylog graylog = new Graylog();

        assertThat(graylog.processor().process(records()))
                .filteredOn(message -> "vaultwatch".equals(message.getSource()))
                .isNotEmpty()
                .allSatisfy(message -> assertThat(message.getField("azure.platformlogs.identity.claim.upn"))
                        .isEqualTo("mallory.frost@contoso.example"));
        graylog.stop();
    }

    @Test
    void givenEveryThreadOfGraylogsThenTheyShareOneProcessor() {
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
    private record Graylog(Injector injector) {
        Graylog() {
            this(Guice.createInjector(new VaultwatchGraylogPlugin().modules()));
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

    private static MessageCollection records() throws IOException {
        List<Message> messages = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("src/samples/quiet-hour.auditevent.ndjson"))) {
            messages.add(new Message(Map.of(
                    Message.FIELD_ID,
                    "id-" + messages.size(),
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
