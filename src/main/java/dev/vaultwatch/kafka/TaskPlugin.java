package dev.vaultwatch.kafka;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.ReloadResult;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task's plugin for the rules of one grouping key. Its callbacks run on the thread that calls {@link #take}, and no other;
 * it has no thread that moves time.
 */
final class TaskPlugin implements TaskRules.Reloadable, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TaskPlugin.class);

    private final DetectionPlugin plugin;
    private final Map<String, Source> sources = new HashMap<>();
    private final Queue<Runnable> callbacks = new ConcurrentLinkedQueue<>();
    private final Runnable hide;

    /**
     * Starts it.
     *
     * @param grouping the property names of the grouping key whose rules run; empty for every rule
     * @param metrics shows its counters as long as it runs, with the tags
     * @param out told what to forward, on the thread that calls {@link #take}
     */
    TaskPlugin(
            DetectionPluginFactory factory,
            Map<String, String> config,
            String grouping,
            Collection<String> names,
            AlertFormat format,
            Metrics metrics,
            Map<String, String> tags,
            BiConsumer<Emitted.Kind, OutRecord> out) {
        plugin = factory.create(PluginContext.builder()
                .config(config)
                // Time and rules change at steps that the changelog holds; never by a thread of the plugin's.
                .config("time.idle-timeout", "PT0S")
                .config("rules.watch", "false")
                .config("rules.key", grouping)
                .deliverOn(callbacks::add)
                .onAlertToAcknowledge((alert, acknowledgement) -> {
                    out.accept(Emitted.Kind.ALERT, OutRecord.of(alert, format));
                    acknowledgement.acknowledge();
                })
                .onDeadLetter(letter -> out.accept(Emitted.Kind.DEAD_LETTER, OutRecord.of(letter)))
                .onLateEvent(event -> out.accept(Emitted.Kind.LATE, OutRecord.of(event)))
                .onNotice(notice -> LOG.warn("{}", notice))
                .build());
        plugin.start();
        hide = metrics.show(plugin, tags);
        // All before the first record: a source that has not spoken holds time back.
        names.forEach(this::source);
    }

    /**
     * Takes a step.
     *
     * @return the answer to a record; that of a call without records for the others
     */
    Admission take(Routed step) {
        try {
            Source source = source(step.source());
            switch (step.kind()) {
                case RECORD -> {
                    return source.accept(OffsetRange.at(step.position()), step.array(), step.offset(), step.length());
                }
                case WATERMARK -> source.advanceTo(step.time());
                case IDLE -> source.idle();
                case CHANGE, APPLY -> throw new IllegalArgumentException("A step of rules is the task's to take.");
            }
            return Admission.builder(Admission.Status.TAKEN).build();
        } finally {
            deliver();
        }
    }

    /** No source brings anything before that time. */
    void advanceTo(Instant time) {
        plugin.advanceTo(time);
        deliver();
    }

    /** Event time goes no further than that, whatever the sources say, until {@link #release}. */
    void holdAt(Optional<Instant> time) {
        Source hold = source(Routed.CONTROL);
        time.ifPresent(hold::advanceTo);
        deliver();
    }

    /** Ends {@link #holdAt}. */
    void release() {
        Source hold = sources.remove(Routed.CONTROL);
        if (hold != null) {
            hold.revoke();
        }
        deliver();
    }

    @Override
    public ReloadResult reload(Map<String, String> rules) {
        ReloadResult result = plugin.reload(rules);
        deliver();
        return result;
    }

    /** Per source, the oldest position that a window still needs. */
    Map<String, Long> needed() {
        return plugin.health().oldestPositions();
    }

    private Source source(String name) {
        return sources.computeIfAbsent(name, each -> plugin.source(SourceSpec.of(each)));
    }

    private void deliver() {
        for (Runnable callback = callbacks.poll(); callback != null; callback = callbacks.poll()) {
            callback.run();
        }
    }

    @Override
    public void close() {
        hide.run();
        plugin.close();
        deliver();
    }
}
