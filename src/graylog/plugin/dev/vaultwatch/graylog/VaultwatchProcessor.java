package dev.vaultwatch.graylog;

import com.google.inject.Inject;
import com.google.inject.Singleton;
import com.google.inject.name.Named;
import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.host.PluginLoader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.graylog2.plugin.Message;
import org.graylog2.plugin.MessageCollection;
import org.graylog2.plugin.MessageFactory;
import org.graylog2.plugin.Messages;
import org.graylog2.plugin.messageprocessors.MessageProcessor;
import org.graylog2.system.shutdown.GracefulShutdownService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each message that holds a record in JSON to the plugin, and adds a message for each stage of an alert. Graylog calls it from
 * several threads. There is one for all of them: Graylog asks its injector for a set of processors for each thread
 * ({@code MessageProcessorModule} binds {@code OrderedMessageProcessors} in no scope), and of several plugins each would see some
 * of a person's reads.
 *
 * <p>An alert leaves with the messages that are being processed when it is raised, so that later processors and streams see it; one that is
 * raised by time alone, on the plugin's own thread, leaves through the {@link Outlet}. Either is acknowledged once Graylog has it; what
 * is not acknowledged, because making or handing over a message threw, the plugin delivers again.
 *
 * <p>The plugin lives from Graylog's injector to Graylog's graceful shutdown, which calls back once the inputs have stopped and the
 * process buffer is empty, or has been waited for as long as {@code shutdown_timeout} says. A message that comes after that passes
 * unjudged. Its journal lies beside Graylog's own, unless {@code vaultwatch.properties} says otherwise, so that a restart goes
 * on in the open minute.
 */
@Singleton
public final class VaultwatchProcessor implements MessageProcessor {
    private static final Logger LOG = LoggerFactory.getLogger(VaultwatchProcessor.class);

    /** How often a record is offered while the plugin has no room, each time after twice the pause: 3 s in all. */
    private static final int OFFERS = 6;

    private static final long FIRST_PAUSE_MILLIS = 50;

    private final ThreadLocal<Batch> underWay = new ThreadLocal<>();
    private final AtomicLong unjudged = new AtomicLong();
    private final AlertMessages messages;
    private final Outlet outlet;
    private final DetectionPlugin plugin;

    /**
     * Opens the bundle and starts the plugin, which takes seconds. Graylog's injector calls it.
     *
     * @throws IOException if the bundle or the settings can't be read; Graylog does not start then, and says why
     */
    @Inject
    public VaultwatchProcessor(
            GracefulShutdownService shutdown,
            MessageFactory messageFactory,
            Outlet outlet,
            @Named("message_journal_dir") Path graylogsJournal)
            throws IOException {
        this.messages = new AlertMessages(messageFactory);
        this.outlet = outlet;
        Properties settings = Installed.settings();
        Path bundle = Installed.bundle();
        PluginLoader loader = PluginLoader.open(bundle);
        try {
            PluginContext.Builder context = PluginContext.builder()
                    .onAlertToAcknowledge(this::deliver)
                    .onNotice(notice -> LOG.warn(notice.message()))
                    .config(
                            "journal.dir",
                            graylogsJournal
                                    .toAbsolutePath()
                                    .resolveSibling("vaultwatch-journal")
                                    .toString());
            settings.stringPropertyNames().forEach(name -> context.config(name, settings.getProperty(name)));
            plugin = loader.factory().create(context.build());
            plugin.start();
            shutdown.register(() -> {
                loader.close();
                Files.deleteIfExists(bundle);
            });
        } catch (RuntimeException e) {
            loader.close();
            Files.deleteIfExists(bundle);
            throw e;
        }
    }

    /** The messages of a call, with those of alerts among them, and the receipts of the latter. */
    private record Batch(List<Message> messages, List<Acknowledgement> receipts) {
        Batch() {
            this(new ArrayList<>(), new ArrayList<>());
        }
    }

    @Override
    public Messages process(Messages given) {
        Batch batch = new Batch();
        underWay.set(batch);
        boolean whole = false;
        try {
            for (Message message : given) {
                batch.messages().add(message);
                String text = message.getMessage();
                if (text.startsWith("{") || text.startsWith("[")) {
                    judge(text.getBytes(StandardCharsets.UTF_8));
                }
            }
            whole = true;
        } finally {
            underWay.remove();
            // Not before: of a call that ends in an exception Graylog takes no message.
            batch.receipts().forEach(whole ? Acknowledgement::acknowledge : Acknowledgement::retry);
        }
        return new MessageCollection(batch.messages());
    }

    private void judge(byte[] json) {
        try {
            for (int offer = 0; offer < OFFERS; offer++) {
                if (plugin.accept(json).status() != Admission.Status.OVERLOADED) {
                    return;
                }
                Thread.sleep(FIRST_PAUSE_MILLIS << offer);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException closed) {
            // Graylog drops a message whose processor throws. It asked for the end and still has messages; they are
            // its, not ours.
            return;
        }
        if (unjudged.incrementAndGet() == 1) {
            LOG.warn(
                    "Vaultwatch had no room for a record; it passes unjudged. Further ones are counted and not logged.");
        }
    }

    /** Every stage is a message, and counts as delivered when Graylog has it. */
    private void deliver(Alert alert, Acknowledgement receipt) {
        Message message = messages.of(alert);
        Batch here = underWay.get();
        if (here == null) {
            outlet.emit(message);
            receipt.acknowledge();
        } else {
            here.messages().add(message);
            here.receipts().add(receipt);
        }
    }
}
