package dev.vaultwatch.graylog;

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
import org.joda.time.DateTime;
import org.joda.time.DateTimeZone;

/**
 * Gives each message that holds a record in JSON to the plugin, and adds a message for each alert. Graylog calls it from
 * several threads. What becomes an alert without a record, since its source fell silent, goes out with the next batch.
 */
public final class VaultwatchProcessor implements MessageProcessor {
    private final Queue<Alert> alerts = new ConcurrentLinkedQueue<>();
    private final DetectionPlugin plugin;

    /** Opens {@code vaultwatch-plugin.zip} that lies beside this class's jar. Graylog's injector calls it, once. */
    public VaultwatchProcessor() throws IOException, URISyntaxException {
        Path jar = Path.of(VaultwatchProcessor.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        PluginLoader loader = PluginLoader.open(jar.resolveSibling("vaultwatch-plugin.zip"));
        plugin = loader.factory()
                .create(PluginContext.builder().onAlert(alerts::add).build());
        plugin.start();
    }

    @Override
    public Messages process(Messages messages) {
        List<Message> out = new ArrayList<>();
        for (Message message : messages) {
            out.add(message);
            if (message.getMessage().startsWith("{")) {
                plugin.accept(message.getMessage().getBytes(StandardCharsets.UTF_8));
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
}
