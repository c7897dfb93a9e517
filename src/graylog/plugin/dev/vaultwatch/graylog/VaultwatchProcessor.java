package dev.vaultwatch.graylog;

import com.google.inject.Inject;
import com.google.inject.Singleton;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.host.PluginLoader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.graylog2.plugin.Message;
import org.graylog2.plugin.MessageCollection;
import org.graylog2.plugin.Messages;
import org.graylog2.plugin.messageprocessors.MessageProcessor;
import org.graylog2.system.shutdown.GracefulShutdownService;
import org.joda.time.DateTime;
import org.joda.time.DateTimeZone;

/**
 * Gives each message that holds a record in JSON to the plugin, and adds a message for each alert. Graylog calls it from
 * several threads. There is one for all of them: Graylog asks its injector for a set of processors for each thread
 * ({@code MessageProcessorModule} binds {@code OrderedMessageProcessors} in no scope), and of several plugins each would see some
 * of a person's reads.
 *
 * <p>The plugin lives from Graylog's injector to Graylog's graceful shutdown, which calls back once the inputs have stopped and the
 * process buffer is empty, or has been waited for as long as {@code shutdown_timeout} says. A message that comes after that
 * passes unjudged. The minute that is open then is lost, unless a {@code journal.dir} is added to the configuration below. What
 * becomes an alert without a record, since its source fell silent, goes out with the next message; after the last one it doesn't.
 */
@Singleton
public final class VaultwatchProcessor implements MessageProcessor {
    private final Queue<Alert> alerts = new ConcurrentLinkedQueue<>();
    private final DetectionPlugin plugin;

    /**
     * Opens the bundle and starts the plugin, which takes seconds. Graylog's injector calls it.
     *
     * @throws IOException if the bundle is missing or refused; Graylog does not start then, and says why
     */
    @Inject
    public VaultwatchProcessor(GracefulShutdownService shutdown) throws IOException {
        PluginLoader loader = PluginLoader.open(bundle());
        try {
            plugin = loader.factory()
                    .create(PluginContext.builder().onAlert(alerts::add).build());
            plugin.start();
            shutdown.register(loader::close);
        } catch (RuntimeException e) {
            loader.close();
            throw e;
        }
    }

    /** {@code vaultwatch-plugin.zip}, which lies beside the jar of this class. */
    static Path bundle() {
        try {
            return Path.of(VaultwatchProcessor.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .resolveSibling("vaultwatch-plugin.zip");
        } catch (URISyntaxException e) {
            throw new IllegalStateException("The place of this plugin's jar is no file's.", e);
        }
    }

    @Override
    public Messages process(Messages messages) {
        List<Message> out = new ArrayList<>();
        for (Message message : messages) {
            out.add(message);
            if (message.getMessage().startsWith("{")) {
                judge(message.getMessage().getBytes(StandardCharsets.UTF_8));
            }
        }
        for (Alert alert = alerts.poll(); alert != null; alert = alerts.poll()) {
            // The alert's own id: what is replayed lands on the same document.
            Map<String, Object> fields = new HashMap<>(alert.groupingKey());
            fields.put(Message.FIELD_ID, alert.id() + "-" + alert.stage() + "-" + alert.revision());
            fields.put(Message.FIELD_MESSAGE, alert.toText());
            fields.put(Message.FIELD_SOURCE, "vaultwatch");
            fields.put(Message.FIELD_TIMESTAMP, new DateTime(alert.windowStart().toEpochMilli(), DateTimeZone.UTC));
            fields.put("vaultwatch_alert_id", alert.id());
            fields.put("vaultwatch_severity", alert.severity());
            Message said = new Message(fields);
            out.add(said);
        }
        return new MessageCollection(out);
    }

    private void judge(byte[] json) {
        try {
            plugin.accept(json);
        } catch (IllegalStateException closed) {
            // Graylog drops a message whose processor throws. It asked for the end and still has messages; they are
            // its, not ours.
        }
    }
}
