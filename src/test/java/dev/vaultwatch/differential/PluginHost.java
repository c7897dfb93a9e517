package dev.vaultwatch.differential;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.differential.EventStream.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Finds the plugin as a host finds it, feeds it streams and keeps what comes out. The wall clock plays no part: no idle time-out,
 * no guard against the future, and no cap, which SQL knows nothing of.
 *
 * <p>Streams of the same slack go through one plugin, one after the other in event time, since starting one takes longer than
 * a stream does. Used by one thread, which may ask for eight.
 */
final class PluginHost implements AutoCloseable {
    private static final int THREADS = 8;
    private static final int CHUNK_MESSAGES = 64;
    private static final Duration CHUNK_SPAN = Duration.ofMinutes(5);
    private static final Duration PAST_THE_END = Duration.ofMinutes(2);

    /** Who says that a minute is over while a stream runs. */
    enum TimeOwner {
        EVENTS,
        HOST
    }

    /**
     * What came of one stream.
     *
     * @param alerts of all stages, in order of delivery
     * @param complaints bad or late records, notices, and calls that counted wrong: a good stream has none
     */
    record Delivery(List<Alert> alerts, List<Object> complaints) {

        List<AlertRow> rows(AlertStage stage) {
            return alerts.stream()
                    .filter(alert -> alert.stage() == stage)
                    .map(AlertRow::of)
                    .toList();
        }
    }

    private final String identity;
    private final TimeOwner owner;
    private final Map<String, String> more;
    private final Map<Duration, DetectionPlugin> plugins = new HashMap<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final Queue<Alert> alerts = new ConcurrentLinkedQueue<>();
    private final Queue<Object> complaints = new ConcurrentLinkedQueue<>();

    PluginHost(String identity, TimeOwner owner) {
        this(identity, owner, Map.of());
    }

    /** With further configuration. */
    PluginHost(String identity, TimeOwner owner, Map<String, String> more) {
        this.identity = identity;
        this.owner = owner;
        this.more = more;
    }

    /** Ends the input of all that was fed, and gives what came since the last delivery. */
    Delivery finish() {
        plugins.values().forEach(DetectionPlugin::endOfInput);
        return delivery();
    }

    /** Feeds a stream that is later than those before it, in order of arrival. */
    Delivery feed(EventStream stream) {
        DetectionPlugin plugin = plugin(stream.slack());
        stream.messages().forEach(message -> accept(plugin, message));
        return end(plugin, stream);
    }

    /**
     * The same by eight threads at once, a chunk at a time. Within a chunk any thread may overtake any other, so that events
     * trail by up to what a chunk spans: the plugin is told so where events own time. A host that owns time speaks between
     * chunks.
     */
    Delivery feedByManyThreads(EventStream stream) throws InterruptedException {
        DetectionPlugin plugin = plugin(CHUNK_SPAN);
        Instant newest = Instant.MIN;
        for (List<Message> chunk : chunks(stream.messages())) {
            acceptAtOnce(plugin, chunk);
            for (Message message : chunk) {
                newest = later(newest, newest(message));
            }
            if (owner == TimeOwner.HOST) {
                plugin.advanceTo(newest.minus(stream.slack()));
            }
        }
        return end(plugin, stream);
    }

    private DetectionPlugin plugin(Duration slack) {
        return plugins.computeIfAbsent(slack, this::start);
    }

    private DetectionPlugin start(Duration slack) {
        AlertListener listener = new AlertListener() {
            @Override
            public void onAlert(Alert alert) {
                alerts.add(alert);
            }

            @Override
            public void onEarly(Alert alert) {
                alerts.add(alert);
            }
        };
        DetectionPluginFactory factory =
                ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
        DetectionPlugin plugin = factory.create(PluginContext.builder()
                .config("identity", identity)
                .config("time.owner", owner == TimeOwner.HOST ? "host" : "events")
                .config("time.slack", slack.toString())
                .config("time.idle-timeout", "PT0S")
                .config("time.max-future", "PT0S")
                .config("alerts.cap", "false")
                .config(more)
                .onAlert(listener)
                .onDeadLetter(complaints::add)
                .onLateEvent(complaints::add)
                .onNotice(complaints::add)
                .build());
        plugin.start();
        return plugin;
    }

    private void acceptAtOnce(DetectionPlugin plugin, List<Message> chunk) throws InterruptedException {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Callable<Boolean>> work = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            int first = thread;
            work.add(() -> {
                start.await();
                for (int i = first; i < chunk.size(); i += THREADS) {
                    accept(plugin, chunk.get(i));
                }
                return true;
            });
        }
        for (Future<Boolean> done : threads.invokeAll(work)) {
            try {
                done.get();
            } catch (ExecutionException e) {
                throw new AssertionError("accept threw on one of " + THREADS + " threads", e.getCause());
            }
        }
    }

    /** Cuts where a chunk would span more time than is allowed. A single message may: its records stay in order. */
    private static List<List<Message>> chunks(List<Message> messages) {
        List<List<Message>> chunks = new ArrayList<>();
        List<Message> chunk = new ArrayList<>();
        Instant oldest = Instant.MAX;
        Instant newest = Instant.MIN;
        for (Message message : messages) {
            oldest = earlier(oldest, oldest(message));
            newest = later(newest, newest(message));
            boolean tooLong = Duration.between(oldest, newest).compareTo(CHUNK_SPAN) > 0;
            if (!chunk.isEmpty() && (tooLong || chunk.size() == CHUNK_MESSAGES)) {
                chunks.add(chunk);
                chunk = new ArrayList<>();
                oldest = oldest(message);
                newest = newest(message);
            }
            chunk.add(message);
        }
        chunks.add(chunk);
        return chunks;
    }

    private static Instant oldest(Message message) {
        return message.facts().stream().map(Fact::time).reduce(Instant.MAX, PluginHost::earlier);
    }

    private static Instant newest(Message message) {
        return message.facts().stream().map(Fact::time).reduce(Instant.MIN, PluginHost::later);
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private void accept(DetectionPlugin plugin, Message message) {
        Admission admission = plugin.accept(message.json());
        if (admission.records() != message.facts().size()) {
            complaints.add(admission + " for " + message.facts().size() + " records");
        }
    }

    private Delivery end(DetectionPlugin plugin, EventStream stream) {
        plugin.advanceTo(stream.newest().plus(PAST_THE_END));
        return delivery();
    }

    private Delivery delivery() {
        Delivery delivery = new Delivery(List.copyOf(alerts), List.copyOf(complaints));
        alerts.clear();
        complaints.clear();
        return delivery;
    }

    @Override
    public void close() {
        threads.shutdownNow();
        plugins.values().forEach(DetectionPlugin::close);
    }
}
