package dev.vaultwatch.testkit;

import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.LateEvent;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.PluginHealth.State;
import dev.vaultwatch.api.ReloadResult;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.api.SourceSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * A plugin that detects nothing by itself: it notes what a host does with it, answers as a test has scripted, and raises what a test
 * tells it to raise.
 *
 * <pre>{@code
 * FakePlugin plugin = FakePlugin.of(context).answering(feed -> FakePlugin.taken(1));
 * host.startWith(plugin);
 * plugin.raise(AlertBuilder.alert().upn("mallory@contoso.example").build());
 * assertThat(plugin.feeds()).hasSize(1);
 * }</pre>
 *
 * <p>Life is checked as in a real plugin: a call before {@link #start()} or after {@link #close()} throws. Callbacks run on the thread
 * that calls {@link #raise}. Thread-safe.
 */
public final class FakePlugin implements DetectionPlugin {
    private final PluginContext context;
    private final List<Feed> feeds = new ArrayList<>();
    private final Map<String, FakeSource> sources = new LinkedHashMap<>();
    private final List<Alert> unacknowledged = new ArrayList<>();
    private final Map<Counter, Long> counters = new EnumMap<>(Counter.class);
    private final Map<Counter, Map<String, Long>> parts = new EnumMap<>(Counter.class);
    private Function<Feed, Admission> answers = feed -> taken(1);
    private ReloadResult reloadResult = ReloadResult.applied(List.of(), Map.of());
    private Optional<Instant> watermark = Optional.empty();
    private State state = State.NEW;
    private boolean ready = true;
    private boolean inputEnded;

    /**
     * One call that brought records.
     *
     * @param source the source's name; empty for the default source
     * @param range where the records lie in it; empty if the host gave none
     * @param text the records as text; of a map, its {@code toString()}
     */
    public record Feed(String source, Optional<OffsetRange> range, String text) {}

    private FakePlugin(PluginContext context) {
        this.context = context;
    }

    /** A plugin that calls the listeners of that context. It is not started. */
    public static FakePlugin of(PluginContext context) {
        return new FakePlugin(context);
    }

    /** The answer to a call of which every record was kept. */
    public static Admission taken(int records) {
        return Admission.builder(Admission.Status.TAKEN).kept(records).build();
    }

    /** The answer of a plugin that has no room. */
    public static Admission overloaded() {
        return Admission.builder(Admission.Status.OVERLOADED).build();
    }

    // ---- the script

    /** Sets how calls with records are answered: by default, as one record that was kept. Counts are added to the counters. */
    public synchronized FakePlugin answering(Function<Feed, Admission> script) {
        answers = script;
        return this;
    }

    /** Sets what {@link #reload()} answers. */
    public synchronized FakePlugin reloading(ReloadResult result) {
        reloadResult = result;
        return this;
    }

    /** Sets what {@link #isReady()} answers while the plugin is started. */
    public synchronized FakePlugin ready(boolean value) {
        ready = value;
        return this;
    }

    /** Sets a counter that {@link #health()} shows. */
    public synchronized FakePlugin counter(Counter counter, long value) {
        counters.put(counter, value);
        return this;
    }

    /** Sets the part of a counter that is a rule's or a source's. */
    public synchronized FakePlugin part(Counter counter, String of, long value) {
        parts.computeIfAbsent(counter, each -> new TreeMap<>()).put(of, value);
        return this;
    }

    /** Delivers an alert to the context's listener, by its stage. */
    public void raise(Alert alert) {
        context.alerts().ifPresent(listener -> {
            switch (alert.stage()) {
                case EARLY -> listener.onEarly(alert);
                case ON_TIME -> listener.onAlert(alert);
                case REVISED -> listener.onRevised(alert);
                case RETRACTED -> listener.onRetracted(alert);
            }
        });
        context.acknowledging().ifPresent(listener -> {
            synchronized (this) {
                unacknowledged.add(alert);
            }
            listener.onAlert(alert, new Receipt(alert));
        });
        synchronized (this) {
            counters.merge(Counter.ALERTS, 1L, Long::sum);
        }
    }

    /** Hands over a record that could not be read. */
    public void raise(DeadLetter letter) {
        context.deadLetters().onDeadLetter(letter);
    }

    /** Hands over an event that came too late. */
    public void raise(LateEvent event) {
        context.lateEvents().onLateEvent(event);
    }

    /** Delivers a notice. */
    public void raise(Notice notice) {
        context.notices().onNotice(notice);
    }

    // ---- what was noted

    /** The calls that brought records, in order. */
    public synchronized List<Feed> feeds() {
        return List.copyOf(feeds);
    }

    /** The names of the sources that were opened, in order. */
    public synchronized List<String> sources() {
        return List.copyOf(sources.keySet());
    }

    /** The source of that name; empty if it was not opened. */
    public synchronized Optional<FakeSource> opened(String name) {
        return Optional.ofNullable(sources.get(name));
    }

    /** Whether the host said that the input has ended. */
    public synchronized boolean isInputEnded() {
        return inputEnded;
    }

    /** Alerts whose acknowledging listener has not acknowledged them. */
    public synchronized List<Alert> unacknowledged() {
        return List.copyOf(unacknowledged);
    }

    // ---- the plugin

    @Override
    public synchronized void start() {
        if (state != State.NEW) {
            throw new IllegalStateException("The plugin is " + state + "; it can be started once.");
        }
        state = State.STARTED;
    }

    @Override
    public Admission accept(byte[] json) {
        return feed("", Optional.empty(), json, 0, json.length);
    }

    @Override
    public Admission accept(Map<String, ?> event) {
        return feed(new Feed("", Optional.empty(), event.toString()));
    }

    @Override
    public Admission accept(byte[] json, int offset, int length) {
        return feed("", Optional.empty(), json, offset, length);
    }

    @Override
    public Admission accept(SourcePosition at, byte[] json) {
        return feed(at.source(), Optional.of(OffsetRange.at(at.offset())), json, 0, json.length);
    }

    private Admission feed(String source, Optional<OffsetRange> range, byte[] json, int offset, int length) {
        return feed(new Feed(
                source, range, new String(Arrays.copyOfRange(json, offset, offset + length), StandardCharsets.UTF_8)));
    }

    private synchronized Admission feed(Feed feed) {
        started();
        feeds.add(feed);
        Admission answer = answers.apply(feed);
        counters.merge(Counter.RECORDS, (long) answer.records(), Long::sum);
        counters.merge(Counter.KEPT, (long) answer.kept(), Long::sum);
        counters.merge(Counter.IGNORED, (long) answer.ignored(), Long::sum);
        counters.merge(Counter.UNRECOGNISED, (long) answer.unrecognised(), Long::sum);
        counters.merge(Counter.REPEATED, (long) answer.repeated(), Long::sum);
        counters.merge(Counter.LATE, (long) answer.late(), Long::sum);
        counters.merge(Counter.BAD, (long) answer.bad(), Long::sum);
        return answer;
    }

    private void started() {
        if (state != State.STARTED) {
            throw new IllegalStateException("The plugin is " + state + "; it takes calls while it is STARTED.");
        }
    }

    @Override
    public synchronized void advanceTo(Instant time) {
        started();
        watermark = watermark.filter(time::isBefore).or(() -> Optional.of(time));
    }

    @Override
    public synchronized void endOfInput() {
        started();
        inputEnded = true;
    }

    @Override
    public synchronized FakeSource source(SourceSpec spec) {
        started();
        FakeSource source = sources.get(spec.name());
        if (source == null || source.isEnded()) {
            source = new FakeSource(this, spec);
            sources.put(spec.name(), source);
        }
        return source;
    }

    @Override
    public synchronized ReloadResult reload() {
        started();
        return reloadResult;
    }

    /** Writes the four bytes with which a snapshot begins, and its end mark. */
    @Override
    public void snapshot(OutputStream to, KeyGroup keys) throws IOException {
        to.write("VWS1V".getBytes(StandardCharsets.US_ASCII));
    }

    /** Reads what {@link #snapshot} wrote. */
    @Override
    public void restore(InputStream from) throws IOException {
        if (!new String(from.readNBytes(5), StandardCharsets.US_ASCII).equals("VWS1V")) {
            throw new IOException("This is no snapshot of a FakePlugin.");
        }
    }

    @Override
    public synchronized State state() {
        return state;
    }

    @Override
    public synchronized boolean isReady() {
        return state == State.STARTED && ready;
    }

    @Override
    public synchronized PluginHealth health() {
        PluginHealth.Builder health = PluginHealth.builder(state).watermark(watermark);
        counters.forEach(health::value);
        parts.forEach((counter, values) -> values.forEach((of, value) -> health.part(counter, of, value)));
        health.value(Counter.WAITING, unacknowledged.size());
        return health.build();
    }

    @Override
    public synchronized void close() {
        state = State.CLOSED;
    }

    private final class Receipt implements Acknowledgement {
        private final Alert alert;

        Receipt(Alert alert) {
            this.alert = alert;
        }

        @Override
        public void acknowledge() {
            synchronized (FakePlugin.this) {
                unacknowledged.remove(alert);
            }
        }

        @Override
        public void retry() {
            boolean waits;
            synchronized (FakePlugin.this) {
                waits = unacknowledged.contains(alert);
            }
            if (waits) {
                context.acknowledging().orElseThrow().onAlert(alert, this);
            }
        }
    }

    Admission feedFrom(FakeSource source, Optional<OffsetRange> range, byte[] json, int offset, int length) {
        return feed(source.name(), range, json, offset, length);
    }

    Admission feedFrom(FakeSource source, Optional<OffsetRange> range, Map<String, ?> event) {
        return feed(new Feed(source.name(), range, event.toString()));
    }

    /** A source of a {@link FakePlugin}: notes what was done with it. */
    public static final class FakeSource implements Source {
        private final FakePlugin plugin;
        private final SourceSpec spec;
        private Optional<Instant> advancedTo = Optional.empty();
        private boolean idle;
        private boolean closed;
        private boolean revoked;

        private FakeSource(FakePlugin plugin, SourceSpec spec) {
            this.plugin = plugin;
            this.spec = spec;
        }

        /** How it was opened. */
        public SourceSpec spec() {
            return spec;
        }

        /** The greatest time that it was advanced to. */
        public synchronized Optional<Instant> advancedTo() {
            return advancedTo;
        }

        /** Whether it was said to be idle and nothing came since. */
        public synchronized boolean isIdle() {
            return idle;
        }

        /** Whether it was closed. */
        public synchronized boolean isClosed() {
            return closed;
        }

        /** Whether it was revoked. */
        public synchronized boolean isRevoked() {
            return revoked;
        }

        synchronized boolean isEnded() {
            return closed || revoked;
        }

        private synchronized void bring() {
            if (isEnded()) {
                throw new IllegalStateException("The source " + spec + " is closed or revoked; open it again.");
            }
            idle = false;
        }

        @Override
        public String name() {
            return spec.name();
        }

        @Override
        public Admission accept(byte[] json) {
            return accept(json, 0, json.length);
        }

        @Override
        public Admission accept(byte[] json, int offset, int length) {
            bring();
            return plugin.feedFrom(this, Optional.empty(), json, offset, length);
        }

        @Override
        public Admission accept(Map<String, ?> event) {
            bring();
            return plugin.feedFrom(this, Optional.empty(), event);
        }

        @Override
        public Admission accept(OffsetRange range, byte[] json) {
            return accept(range, json, 0, json.length);
        }

        @Override
        public Admission accept(OffsetRange range, byte[] json, int offset, int length) {
            bring();
            return plugin.feedFrom(this, Optional.of(range), json, offset, length);
        }

        @Override
        public Admission accept(OffsetRange range, Map<String, ?> event) {
            bring();
            return plugin.feedFrom(this, Optional.of(range), event);
        }

        @Override
        public synchronized void advanceTo(Instant time) {
            advancedTo = advancedTo.filter(time::isBefore).or(() -> Optional.of(time));
        }

        @Override
        public synchronized void idle() {
            idle = true;
        }

        @Override
        public synchronized void close() {
            closed = true;
        }

        @Override
        public synchronized void revoke() {
            revoked = true;
        }

        /** Completed already: a fake plugin whose script says OVERLOADED is asked again at once. */
        @Override
        public CompletionStage<Void> ready() {
            return CompletableFuture.completedFuture(null);
        }
    }
}
