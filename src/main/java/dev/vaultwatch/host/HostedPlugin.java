package dev.vaultwatch.host;

import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.Preview;
import dev.vaultwatch.api.PreviewRequest;
import dev.vaultwatch.api.ReloadResult;
import dev.vaultwatch.api.Snapshot;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.api.SourceSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * A plugin seen across the border: calls run under the plugin's context class loader, callbacks under the one that the host
 * created the plugin under, and once it is closed nothing here refers to the plugin's classes any more, though the host keep
 * this object for ever.
 */
final class HostedPlugin implements DetectionPlugin {
    /** As the plugin's close.timeout where the host gives none. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    /** Calls under way that are not in a callback end so soon: the plugin answers no more. */
    private static final long LAST_CALLS_NANOS = 200_000_000;

    private record Inner(DetectionPlugin plugin, ContextLoader context) {}

    private final Consumer<HostedPlugin> closed;
    private final Duration closeTimeout;

    /** Held for reading by every call; {@link #leave} waits until none is under way. */
    private final ReentrantReadWriteLock calls = new ReentrantReadWriteLock();

    private volatile Optional<Inner> inner;
    private volatile Optional<PluginHealth> last = Optional.empty();

    /**
     * Creates a plugin.
     *
     * @param closed told once this one has let go of the plugin
     */
    HostedPlugin(
            DetectionPluginFactory factory, ContextLoader plugin, PluginContext given, Consumer<HostedPlugin> closed) {
        this.closed = closed;
        this.closeTimeout = closeTimeout(given.config().getOrDefault("close.timeout", ""));
        ContextLoader host = new ContextLoader(Thread.currentThread().getContextClassLoader());
        PluginContext.Builder wrapped = PluginContext.builder()
                .config(given.config())
                .onDeadLetter(letter -> host.run(() -> given.deadLetters().onDeadLetter(letter)))
                .onLateEvent(event -> host.run(() -> given.lateEvents().onLateEvent(event)))
                .onNotice(notice -> host.run(() -> given.notices().onNotice(notice)))
                .wallClock(given.wallClock());
        given.alerts().ifPresent(alerts -> wrapped.onAlert(new Ears(alerts, host, plugin)));
        given.acknowledging()
                .ifPresent(alerts -> wrapped.onAlertToAcknowledge((alert, acknowledgement) -> {
                    Alert copy = plugin.call(() -> HostedAlert.of(alert));
                    host.run(() -> alerts.onAlert(copy, new Receipt(acknowledgement, plugin)));
                }));
        given.enrichers().forEach(enricher -> wrapped.enrichWith(event -> host.call(() -> enricher.enrich(event))));
        given.delivery().ifPresent(executor -> wrapped.deliverOn(task -> executor.execute(() -> plugin.run(task))));
        this.inner = Optional.of(new Inner(plugin.call(() -> factory.create(wrapped.build())), plugin));
    }

    /** The plugin refuses what is no duration, and says so. */
    private static Duration closeTimeout(String text) {
        try {
            return text.isEmpty() ? CLOSE_TIMEOUT : Duration.parse(text.strip());
        } catch (DateTimeParseException e) {
            return CLOSE_TIMEOUT;
        }
    }

    private record Ears(AlertListener given, ContextLoader host, ContextLoader plugin) implements AlertListener {
        @Override
        public void onAlert(Alert alert) {
            Alert copy = plugin.call(() -> HostedAlert.of(alert));
            host.run(() -> given.onAlert(copy));
        }

        @Override
        public void onEarly(Alert alert) {
            Alert copy = plugin.call(() -> HostedAlert.of(alert));
            host.run(() -> given.onEarly(copy));
        }

        @Override
        public void onRevised(Alert alert) {
            Alert copy = plugin.call(() -> HostedAlert.of(alert));
            host.run(() -> given.onRevised(copy));
        }

        @Override
        public void onRetracted(Alert alert) {
            Alert copy = plugin.call(() -> HostedAlert.of(alert));
            host.run(() -> given.onRetracted(copy));
        }
    }

    private record Receipt(Acknowledgement given, ContextLoader plugin) implements Acknowledgement {
        @Override
        public void acknowledge() {
            plugin.run(given::acknowledge);
        }

        @Override
        public void retry() {
            plugin.run(given::retry);
        }
    }

    <T> T call(Function<DetectionPlugin, T> call) {
        enter();
        try {
            Inner live = inner.orElseThrow(
                    () -> new IllegalStateException("The plugin is CLOSED; create another from its factory."));
            return live.context().call(() -> call.apply(live.plugin()));
        } finally {
            calls.readLock().unlock();
        }
    }

    /** A close that waits for calls under way holds up no further one: the plugin refuses those that it must. */
    private void enter() {
        if (!calls.readLock().tryLock()) {
            calls.readLock().lock();
        }
    }

    @Override
    public void start() {
        call(plugin -> {
            plugin.start();
            return true;
        });
    }

    @Override
    public Admission accept(byte[] json) {
        return call(plugin -> plugin.accept(json));
    }

    @Override
    public Admission accept(Map<String, ?> event) {
        return call(plugin -> plugin.accept(event));
    }

    @Override
    public Admission accept(SourcePosition at, byte[] json) {
        return call(plugin -> plugin.accept(at, json));
    }

    @Override
    public void advanceTo(Instant watermark) {
        call(plugin -> {
            plugin.advanceTo(watermark);
            return true;
        });
    }

    @Override
    public Admission accept(byte[] json, int offset, int length) {
        return call(plugin -> plugin.accept(json, offset, length));
    }

    @Override
    public void endOfInput() {
        call(plugin -> {
            plugin.endOfInput();
            return true;
        });
    }

    @Override
    public Source source(SourceSpec spec) {
        return new HostedSource(this, spec.name(), call(plugin -> plugin.source(spec)));
    }

    @Override
    public void snapshot(OutputStream to, KeyGroup keys) throws IOException {
        callIo(plugin -> plugin.snapshot(to, keys));
    }

    @Override
    public Map<Integer, Snapshot> snapshots(ToIntFunction<Map<String, String>> groupOf) {
        Map<Integer, Snapshot> hosted = new HashMap<>();
        call(plugin -> plugin.snapshots(groupOf))
                .forEach((group, snapshot) -> hosted.put(group, to -> callIo(plugin -> snapshot.writeTo(to))));
        return hosted;
    }

    @Override
    public void restore(InputStream from) throws IOException {
        callIo(plugin -> plugin.restore(from));
    }

    private interface IoCall {
        void apply(DetectionPlugin plugin) throws IOException;
    }

    private void callIo(IoCall call) throws IOException {
        try {
            call(plugin -> {
                try {
                    call.apply(plugin);
                    return true;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public PluginHealth.State state() {
        return inner.map(live -> live.plugin().state()).orElse(PluginHealth.State.CLOSED);
    }

    @Override
    public boolean isReady() {
        return inner.map(live -> live.plugin().isReady()).orElse(false);
    }

    @Override
    public ReloadResult reload() {
        return call(DetectionPlugin::reload);
    }

    @Override
    public ReloadResult reload(Map<String, String> rulesConfig) {
        return call(plugin -> plugin.reload(rulesConfig));
    }

    @Override
    public Preview preview(PreviewRequest request) {
        return new HostedPreview(this, call(plugin -> plugin.preview(request)));
    }

    @Override
    public PluginHealth health() {
        enter();
        try {
            Optional<Inner> live = inner;
            if (live.isPresent()) {
                return live.get().context().call(live.get().plugin()::health);
            }
            return last.orElseThrow();
        } finally {
            calls.readLock().unlock();
        }
    }

    /** Closes the plugin, and lets go of it when the last call has left it, or {@code close.timeout} is over. */
    @Override
    public void close() {
        close(closeTimeout);
    }

    @Override
    public void close(Duration most) {
        Optional<Inner> live = inner;
        if (live.isPresent()) {
            Duration timeout = most.compareTo(closeTimeout) < 0 ? most : closeTimeout;
            long deadline = System.nanoTime() + timeout.toNanos();
            live.get().context().run(() -> live.get().plugin().close(timeout));
            leave(live.get(), deadline);
        }
    }

    /** For how long {@link #close()} waits, at most. */
    Duration closeTimeout() {
        return closeTimeout;
    }

    /** Whether the calling thread is inside a call of this plugin: in one of its callbacks. */
    boolean isInside() {
        return calls.getReadHoldCount() > 0;
    }

    private void leave(Inner live, long deadline) {
        if (isInside()) {
            // Closed from a callback: the calls below on this thread's stack need the plugin still.
            return;
        }
        boolean alone = false;
        try {
            alone = calls.writeLock()
                    .tryLock(Math.max(deadline - System.nanoTime(), LAST_CALLS_NANOS), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            last = Optional.of(live.context().call(live.plugin()::health));
            inner = Optional.empty();
        } finally {
            if (alone) {
                calls.writeLock().unlock();
            }
        }
        closed.accept(this);
    }
}
