package dev.vaultwatch.bench;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.samples.ExpectedAlert;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;

/** A host as the plugin meets one: it finds it by its service, and keeps what an alert of the shipped rule says. */
final class Host implements AlertListener, AutoCloseable {
    static final String SHIPPED = "excessive-secret-retrieval";
    static final String COUNT = "Esql.event_count";

    final DetectionPlugin plugin;
    private final Map<String, ExpectedAlert> alerts = new HashMap<>();
    private long early;
    private long revised;
    private long lastEarlyNanos;
    private long bad;
    private long ofOtherRules;
    private final Set<Notice.Kind> notices = EnumSet.noneOf(Notice.Kind.class);

    /** A started plugin without a ticker or cap; pairs of further configuration. */
    Host(String... config) {
        this(factory(), config);
    }

    /** The plugin's factory, as a host finds it: plugins that it makes share what they compile. */
    static DetectionPluginFactory factory() {
        return ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
    }

    /** A started plugin of a factory. */
    Host(DetectionPluginFactory factory, String... config) {
        Map<String, String> entries = new HashMap<>(Map.of(
                "time.idle-timeout", "PT0S",
                "alerts.cap", "false",
                "time.max-future", "PT0S",
                "bounds.alert-queue", "1000000"));
        for (int i = 0; i < config.length; i += 2) {
            entries.put(config[i], config[i + 1]);
        }
        plugin = factory.create(PluginContext.builder()
                .config(entries)
                .onAlert(this)
                .onDeadLetter(letter -> bad++)
                .onNotice(notice -> notices.add(notice.kind()))
                .build());
        plugin.start();
    }

    @Override
    public void onAlert(Alert alert) {
        if (isOfOtherRule(alert)) {
            return;
        }
        Object actions = alert.outputs().get("Esql.event_action_values");
        List<String> names = new ArrayList<>();
        if (actions instanceof Iterable<?> many) {
            many.forEach(action -> names.add(action.toString()));
        }
        names.sort(null);
        // The last revision counts.
        alerts.put(
                alert.id(),
                new ExpectedAlert(
                        alert.windowStart(),
                        alert.groupingKey().values().iterator().next(),
                        Math.toIntExact(alert.eventCount().orElseThrow()),
                        names));
    }

    @Override
    public void onEarly(Alert alert) {
        if (isOfOtherRule(alert)) {
            return;
        }
        early++;
        lastEarlyNanos = System.nanoTime();
    }

    @Override
    public void onRevised(Alert alert) {
        revised += alert.ruleId().equals(SHIPPED) ? 1 : 0;
        onAlert(alert);
    }

    private boolean isOfOtherRule(Alert alert) {
        boolean other = !alert.ruleId().equals(SHIPPED);
        ofOtherRules += other ? 1 : 0;
        return other;
    }

    /** Messages of rules beside the shipped one. */
    long ofOtherRules() {
        return ofOtherRules;
    }

    /** What kinds of notices came. */
    Set<Notice.Kind> notices() {
        return notices;
    }

    long early() {
        return early;
    }

    /** Alerts of closed minutes. */
    long confirmed() {
        return alerts.size();
    }

    long revised() {
        return revised;
    }

    long lastEarlyNanos() {
        return lastEarlyNanos;
    }

    /** Ends time and answers the alerts in order. */
    List<ExpectedAlert> finish() {
        plugin.advanceTo(Instant.parse("2030-01-01T00:00:00Z"));
        Check.that(bad == 0, bad + " dead letters of good records");
        return alerts.values().stream()
                .sorted(Comparator.comparing(ExpectedAlert::minute).thenComparing(ExpectedAlert::upn))
                .toList();
    }

    @Override
    public void close() {
        plugin.close();
    }
}
