package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.DecisionLog;
import dev.vaultwatch.alert.Listeners;
import dev.vaultwatch.alert.Outbox;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Preview;
import dev.vaultwatch.api.PreviewRequest;
import dev.vaultwatch.api.PreviewResult;
import dev.vaultwatch.api.TracedEvent;
import dev.vaultwatch.detect.DeskReporter;
import dev.vaultwatch.detect.Detector;
import dev.vaultwatch.detect.SharedEvent;
import dev.vaultwatch.detect.Tracer;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.time.SourceClock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Rules on trial: a detector and a desk of their own, which follow the plugin's event time and whose alerts are kept here and
 * delivered to nobody. What fails here ends the trial and nothing else. Guarded by the plugin's lock.
 */
final class PreviewLane implements Preview, Tracer, Tracer.Traces {
    private final Core core;
    private final Runnable changed;
    private final PreviewRequest request;
    private final CompiledRules rules;
    private final Outbox outbox;
    private final Map<String, Instant> completeSince;
    private final Map<String, Alert> alerts = new LinkedHashMap<>();
    private final List<TracedEvent> traced = new ArrayList<>();
    private final List<KeyVaultEvent> tracedEvents = new ArrayList<>();
    private long notKept;
    private long oldest = Long.MAX_VALUE;
    private long newest = Long.MIN_VALUE;
    private long notTraced;
    private Optional<String> failure = Optional.empty();

    /** Null once closed. */
    private @Nullable Detector detector;

    /**
     * Begins a trial; under the lock.
     *
     * @param changed to be run, under the lock, when it ends: other events may be wanted then
     */
    PreviewLane(Core core, PreviewRequest request, RuleSet.Compiled ready, Runnable changed) {
        this.core = core;
        this.changed = changed;
        this.request = request;
        this.rules = ready.rules();
        this.outbox = new Outbox(new Listeners(
                (alert, acknowledgement) -> {
                    keep(alert);
                    acknowledgement.acknowledge();
                },
                notice -> {}));
        PluginConfig config = core.config;
        AlertDesk desk = new AlertDesk(
                outbox, DecisionLog.NONE, config.early(), config.cap() && request.isLimited(), config.maxValues());
        desk.policy(ready.policy(), Long.MIN_VALUE);
        Detector live = core.running();
        Detector begun = Detector.following(
                live, config.detection(), new DeskReporter(desk, notice -> {}), notice -> {}, ready.rules());
        request.trace().ifPresent(trace -> begun.trace(trace.ruleId(), this));
        this.detector = begun;
        this.completeSince = begun.adopt(live, event -> seen(event.time()));
        outbox.deliver();
    }

    CompiledRules rules() {
        return rules;
    }

    /** Whether it must see events that no rule wants. */
    boolean wantsAll() {
        return request.trace().isPresent();
    }

    // ---- beside the plugin's own detector, in the same order

    void take(SourceClock source, KeyVaultEvent event, boolean longTexts) {
        seen(event.time());
        step(live -> live.take(source, event, longTexts));
    }

    /** Takes what another instance kept, as the plugin's own rules do. */
    void takeOver(List<SharedEvent> events, Map<String, SourceClock> sources, OptionalLong judgedTo) {
        events.forEach(shared -> seen(shared.event().time()));
        step(live -> live.takeOver(events, sources, judgedTo, List.of()));
    }

    private void seen(long time) {
        oldest = Math.min(oldest, time);
        newest = Math.max(newest, time);
    }

    void repeated(KeyVaultEvent event) {
        request.trace()
                .flatMap(trace -> rules.rules().stream()
                        .filter(rule -> rule.rule().id().equals(trace.ruleId()))
                        .findFirst())
                .ifPresent(rule -> traced(rule, event, TracedEvent.Fate.REPEATED, ""));
    }

    void step(Consumer<Detector> step) {
        Detector live = detector;
        if (live == null) {
            return;
        }
        try {
            step.accept(live);
            outbox.deliver();
        } catch (RuntimeException e) {
            // Only the kind of exception: its message may quote an event.
            failure = Optional.of("It failed with " + e.getClass().getName() + " and was ended.");
            end();
        }
    }

    private void keep(Alert alert) {
        alerts.remove(alert.id());
        alerts.put(alert.id(), alert);
        if (alerts.size() > request.kept()) {
            alerts.remove(alerts.keySet().iterator().next());
            notKept++;
        }
    }

    @Override
    public void traced(CompiledRule rule, KeyVaultEvent event, TracedEvent.Fate fate, String reason) {
        PreviewRequest.Trace trace = request.trace().orElseThrow();
        if (event.time() < trace.from().toEpochMilli()
                || event.time() >= trace.to().toEpochMilli()) {
            return;
        }
        Map<String, String> key = rule.rule().key().named(rule.rule().key().of(event));
        // A property of the key that the event lacks is no reason to pass it over: it may be why it did not count.
        boolean fits = key.entrySet().stream()
                .allMatch(each -> each.getValue().isEmpty()
                        || each.getValue().equalsIgnoreCase(trace.key().get(each.getKey())));
        if (!fits) {
            return;
        }
        if (traced.size() >= request.kept()) {
            notTraced++;
        } else {
            tracedEvents.add(event);
            traced.add(new TracedEvent(Instant.ofEpochMilli(event.time()), fate, reason, event.toEcs()));
        }
    }

    @Override
    public List<KeyVaultEvent> tracedEvents() {
        core.lock();
        try {
            return List.copyOf(tracedEvents);
        } finally {
            core.unlock();
        }
    }

    // ---- for the host

    @Override
    public PreviewResult result() {
        core.lock();
        try {
            return PreviewResult.builder()
                    .rules(rules.ids())
                    .history(instant(oldest), instant(newest), completeSince)
                    .alerts(
                            alerts.values().stream()
                                    .filter(alert -> alert.stage() != AlertStage.RETRACTED)
                                    .sorted(Comparator.comparing(Alert::windowStart)
                                            .thenComparing(Alert::ruleId)
                                            .thenComparing(Alert::id))
                                    .toList(),
                            notKept)
                    .traced(traced, notTraced)
                    .failure(failure)
                    .build();
        } finally {
            core.unlock();
        }
    }

    private static Optional<Instant> instant(long time) {
        return time == Long.MAX_VALUE || time == Long.MIN_VALUE
                ? Optional.empty()
                : Optional.of(Instant.ofEpochMilli(time));
    }

    @Override
    public void close() {
        core.lock();
        try {
            end();
        } finally {
            core.unlock();
        }
    }

    /** Ends it; under the lock. */
    void end() {
        Detector live = detector;
        detector = null;
        if (live != null) {
            core.previews().remove(this);
            changed.run();
            live.close(true);
        }
    }
}
