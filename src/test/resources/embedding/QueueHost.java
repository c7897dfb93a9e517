import dev.vaultwatch.api.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.time.Instant;
import java.util.ServiceLoader;

/**
 * A host around the queue that docs/embedding.md shows, to be killed: sends records from the first on, whatever an earlier run took,
 * and writes each alert to a file where it has arrived.
 */
final class QueueHost {
    private static final int MINUTES = 40;
    private static final int READS = 12;
    private static final long PAUSE_MILLIS = 8;

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        QueuedAlerts queue = new QueuedAlerts();
        DetectionPlugin plugin = ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(PluginContext.builder()
                        .config("journal.dir", folder.resolve("journal").toString())
                        .config("rules.cache-dir", args[1])
                        .config("time.idle-timeout", "PT0S")
                        .onAlertToAcknowledge(queue)
                        .build());
        plugin.start();
        Thread sender = new Thread(() -> send(queue, folder.resolve("arrived")));
        sender.setDaemon(true);
        sender.start();
        System.out.println("started");
        Source source = plugin.source(SourceSpec.of("hub-0"));
        long offset = 0;
        for (int minute = 0; minute < MINUTES; minute++) {
            for (int i = 0; i < READS; i++) {
                source.accept(OffsetRange.at(offset++), read(minute, i));
            }
        }
        plugin.endOfInput();
        while (plugin.health().value(Counter.WAITING) > 0) {
            Thread.sleep(1);
        }
        plugin.close();
        Files.writeString(folder.resolve("ended"), "");
    }

    private static byte[] read(int minute, int i) {
        return ("{\"time\":\"" + Instant.parse("2026-11-03T12:00:00Z").plusSeconds(60L * minute).plusMillis(i)
                        + "\",\"category\":\"AuditEvent\",\"operationName\":\"" + (i % 2 == 0 ? "SecretGet" : "KeyGet")
                        + "\",\"identity\":{\"claim\":{\"upn\":\"user" + minute + "@contoso.example\"}}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void send(QueuedAlerts queue, Path file) {
        try {
            while (true) {
                queue.sendNext(alert -> write(alert, file));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Slower than alerts are raised, so that there are some in the queue whenever the process is killed. */
    private static void write(Alert alert, Path file) {
        try {
            Thread.sleep(PAUSE_MILLIS);
            Files.writeString(
                    file,
                    alert.id() + " " + alert.stage() + " " + alert.revision() + " " + alert.eventCount().orElse(0L)
                            + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
