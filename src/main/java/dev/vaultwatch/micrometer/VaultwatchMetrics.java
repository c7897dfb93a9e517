package dev.vaultwatch.micrometer;

import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginHealth;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Binds a plugin's counters to a registry.
 *
 * <pre>{@code
 * new VaultwatchMetrics(plugin, Tags.of("instance", "a")).bindTo(registry);
 * }</pre>
 *
 * <h2>Meters</h2>
 *
 * One for each {@link Counter}: {@code vaultwatch.} and its name with dots, such as {@code vaultwatch.records}; a counter where it only
 * grows, else a gauge; times in seconds, sizes in bytes. Beside the total, what is counted by rule or by source has a meter
 * {@code vaultwatch.rule.…} with the tag {@code rule}, or {@code vaultwatch.source.…} with the tag {@code source}; they appear with
 * the first read after the rule or source did. {@code vaultwatch.started} and {@code vaultwatch.ready} are 1 or 0.
 *
 * <h2>Cost</h2>
 *
 * All meters that are read within a second share one {@link DetectionPlugin#health()}, which waits for a call that holds the engine.
 *
 * <h2>Threads</h2>
 *
 * Any thread may bind and read. The registry holds the plugin for as long as the meters are in it.
 */
public final class VaultwatchMetrics implements MeterBinder {
    private static final String PREFIX = "vaultwatch.";
    private static final long SHARED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final DetectionPlugin plugin;
    private final Tags tags;

    private volatile @Nullable Reading last;

    private record Reading(PluginHealth health, long nanos) {}

    /** Binds without further tags. */
    public VaultwatchMetrics(DetectionPlugin plugin) {
        this(plugin, List.of());
    }

    /**
     * Binds with tags on every meter, by which several plugins in one registry are told apart.
     *
     * @param plugin of any state; counters of one that is not started are 0
     */
    public VaultwatchMetrics(DetectionPlugin plugin, Iterable<Tag> tags) {
        this.plugin = Objects.requireNonNull(plugin, "plugin");
        this.tags = Tags.of(tags);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Set<Part> bound = ConcurrentHashMap.newKeySet();
        for (Counter counter : Counter.values()) {
            String name = PREFIX + name(counter);
            bind(registry, counter, name, tags, () -> {
                PluginHealth health = health();
                bindParts(registry, counter, health, bound);
                return scaled(counter, health.value(counter));
            });
        }
        Gauge.builder(PREFIX + "started", () -> plugin.state() == PluginHealth.State.STARTED ? 1 : 0)
                .description("whether the plugin takes calls")
                .tags(tags)
                .register(registry);
        Gauge.builder(PREFIX + "ready", () -> plugin.isReady() ? 1 : 0)
                .description("whether a call with records would be taken now")
                .tags(tags)
                .register(registry);
    }

    private record Part(Counter counter, String of) {}

    private void bindParts(MeterRegistry registry, Counter counter, PluginHealth health, Set<Part> bound) {
        if (counter.scope() == Counter.Scope.PLUGIN) {
            return;
        }
        String scope = counter.scope().name().toLowerCase(Locale.ROOT);
        for (Map.Entry<String, Long> part : health.parts(counter).entrySet()) {
            String of = part.getKey();
            if (bound.add(new Part(counter, of))) {
                bind(
                        registry,
                        counter,
                        PREFIX + scope + "." + name(counter),
                        tags.and(scope, of.isEmpty() ? "default" : of),
                        () -> scaled(counter, health().parts(counter).getOrDefault(of, 0L)));
            }
        }
    }

    private static void bind(MeterRegistry registry, Counter counter, String name, Tags tags, DoubleSupplier value) {
        // The function holds what it reads: the object beside it is held weakly, and the registry outlives its meters.
        if (counter.kind() == Counter.Kind.COUNTER) {
            FunctionCounter.builder(name, registry, any -> value.getAsDouble())
                    .description(counter.description())
                    .baseUnit(unit(counter))
                    .tags(tags)
                    .register(registry);
        } else {
            Gauge.builder(name, value::getAsDouble)
                    .description(counter.description())
                    .baseUnit(unit(counter))
                    .tags(tags)
                    .register(registry);
        }
    }

    /** The unit is not said twice: registries such as Prometheus's append it. */
    private static String name(Counter counter) {
        String name = counter.name().toLowerCase(Locale.ROOT).replace('_', '.');
        return name.endsWith(".bytes") ? name.substring(0, name.length() - ".bytes".length()) : name;
    }

    private static String unit(Counter counter) {
        return counter.unit() == Counter.Unit.MILLISECONDS
                ? "seconds"
                : counter.unit().name().toLowerCase(Locale.ROOT);
    }

    private static double scaled(Counter counter, long value) {
        return counter.unit() == Counter.Unit.MILLISECONDS ? value / 1000.0 : value;
    }

    private PluginHealth health() {
        Reading reading = last;
        long now = System.nanoTime();
        if (reading == null || now - reading.nanos >= SHARED_NANOS) {
            reading = new Reading(plugin.health(), now);
            last = reading;
        }
        return reading.health;
    }
}
