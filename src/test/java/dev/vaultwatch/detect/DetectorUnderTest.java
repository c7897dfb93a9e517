package dev.vaultwatch.detect;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.DecisionLog;
import dev.vaultwatch.alert.Listeners;
import dev.vaultwatch.alert.Outbox;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.store.Bounds;
import dev.vaultwatch.time.SourceClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A detector with real rules, compiled once, and a real desk; time is what the events say. */
final class DetectorUnderTest {
    /** The start of an hour; times in tests are seconds from here. */
    static final long START = Instant.parse("2026-11-03T02:00:00Z").toEpochMilli();

    static final String ONE = "11111111-1111-4111-8111-111111111111";
    static final String OTHER = "22222222-2222-4222-8222-222222222222";

    static final Bounds AMPLE = new Bounds(1_000, 10_000, 1_000, 10_000, 64L << 20);

    final List<Alert> alerts = new ArrayList<>();
    final List<Notice> notices = new ArrayList<>();
    final Outbox outbox = new Outbox(new Listeners(
            (alert, receipt) -> {
                alerts.add(alert);
                receipt.acknowledge();
            },
            notices::add));
    final AlertDesk desk = new AlertDesk(outbox, DecisionLog.NONE, true, true, 100);
    final DeskReporter reporter = new DeskReporter(desk, notices::add);
    final Detector detector;
    final SourceClock source;

    DetectorUnderTest(CompiledRules rules) {
        this(rules, settings(AMPLE, false));
    }

    DetectorUnderTest(CompiledRules rules, Settings settings) {
        detector = new Detector(settings, reporter, notices::add, rules);
        source = detector.time().open("", 0);
    }

    /** Slack of 5 s, lateness of 10 min. */
    static Settings settings(Bounds bounds, boolean keepAll) {
        return settings(bounds, keepAll, Duration.ofSeconds(30));
    }

    static Settings settings(Bounds bounds, boolean keepAll, Duration ruleTime) {
        return new Settings(
                Duration.ofSeconds(5),
                false,
                Duration.ZERO,
                Duration.ofHours(1),
                Duration.ofMinutes(10),
                bounds,
                ruleTime,
                keepAll,
                true,
                1);
    }

    static KeyVaultEvent event(double second, String action, @Nullable String upn) {
        return event(second, action, upn, null);
    }

    static KeyVaultEvent event(double second, String action, @Nullable String upn, @Nullable String tenant) {
        return KeyVaultEvent.builder(START + Math.round(second * 1_000), action)
                .with(Property.UPN, upn)
                .with(Property.TENANT, tenant)
                .build();
    }

    /** A get with a status, on which the throwing rules throw. */
    static KeyVaultEvent thrown(double second, String upn) {
        return KeyVaultEvent.builder(START + Math.round(second * 1_000), "SecretGet")
                .with(Property.UPN, upn)
                .with(Property.HTTP_STATUS, 200)
                .build();
    }

    Detector.Taken feed(KeyVaultEvent event) {
        return feed(source, event);
    }

    Detector.Taken feed(SourceClock from, KeyVaultEvent event) {
        return detector.feed(from, event, false, 0);
    }

    Detector.Taken get(double second, String upn) {
        return feed(event(second, "SecretGet", upn));
    }

    Detector.Taken list(double second, String upn) {
        return feed(event(second, "SecretList", upn));
    }

    /** So many gets of a user, a tenth of a second apart. */
    void gets(double second, String upn, int count) {
        for (int i = 0; i < count; i++) {
            get(second + i / 10.0, upn);
        }
    }

    /** An event that no rule wants moves event time: the watermark stands 5 s behind. */
    void tick(double second) {
        detector.observe(source, START + Math.round(second * 1_000), 0);
    }

    /**
     * What the host was told since the last time: stage and revision, user, start and end in seconds, and the number of reads where
     * the rule counts them; in order.
     */
    List<String> story() {
        outbox.deliver();
        List<String> story = alerts.stream().map(DetectorUnderTest::text).toList();
        alerts.clear();
        return story;
    }

    static String text(Alert alert) {
        return alert.stage() + " " + alert.revision() + " "
                + String.join("/", alert.groupingKey().values()) + " "
                + seconds(alert.windowStart()) + "-" + seconds(alert.windowEnd())
                + alert.eventCount().map(count -> " " + count).orElse("");
    }

    private static String seconds(Instant time) {
        double seconds = (time.toEpochMilli() - START) / 1_000.0;
        return seconds == Math.rint(seconds) ? Long.toString((long) seconds) : Double.toString(seconds);
    }

    /** The alerts since the last time, which {@link #story} then does not have. */
    List<Alert> told() {
        outbox.deliver();
        List<Alert> told = List.copyOf(alerts);
        alerts.clear();
        return told;
    }

    /** Nanoseconds that the only rule has spent. */
    long nanos() {
        long[] spent = {0};
        detector.meter((id, cut, bytes, nanos) -> spent[0] = nanos);
        return spent[0];
    }

    /** What the only rule has cut. */
    long cut() {
        long[] all = {0};
        detector.meter((id, cut, bytes, nanos) -> all[0] = cut);
        return all[0];
    }

    List<Notice.Kind> notices() {
        outbox.deliver();
        List<Notice.Kind> kinds = notices.stream().map(Notice::kind).toList();
        notices.clear();
        return kinds;
    }

    List<Said> said() {
        return desk.said(key -> true);
    }

    static OptionalLong at(double second) {
        return OptionalLong.of(START + Math.round(second * 1_000));
    }

    static Map<String, SourceClock> bySource(SourceClock... sources) {
        Map<String, SourceClock> by = new HashMap<>();
        for (SourceClock each : sources) {
            by.put(each.name(), each);
        }
        return by;
    }
}
