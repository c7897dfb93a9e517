package dev.vaultwatch.soak;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A host in a small process of its own that is flooded. It prints what {@link FloodTest} asks for, a fact a line, and ends with
 * {@code DONE}; an {@link OutOfMemoryError} ends it without.
 */
final class FloodHost implements AlertListener {
    /** The users who really harvest, among the invented. */
    static final int BEFORE = 9_000_001;

    static final int AFTER = 9_000_002;

    static final int BEFORE_READS = 20;
    static final int AFTER_READS = 30;

    private static final int LINES_A_CALL = 200;
    private static final Pattern WITHOUT_EVIDENCE = Pattern.compile("\"events_without_evidence\":(\\d+)");

    private final RecordTemplate records = new RecordTemplate();
    private final DetectionPlugin plugin;
    private long kept;
    private long overloaded;
    private long longestNanos;

    private FloodHost() {
        plugin = ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(PluginContext.builder()
                        .config("time.idle-timeout", "PT0S")
                        .config("time.max-future", "PT0S")
                        .config("alerts.early", "false")
                        .onAlert(this)
                        .onNotice(notice ->
                                say("NOTICE " + notice.kind() + " " + notice.count() + " " + notice.message()))
                        .build());
        plugin.start();
    }

    /** Runs one flood: {@code users}, {@code suspects}, {@code one} or {@code two-phases}. */
    public static void main(String[] args) {
        FloodHost host = new FloodHost();
        long begun = System.nanoTime();
        switch (args[0]) {
            case "users" -> host.users(Integer.parseInt(args[1]), 1);
            case "suspects" -> host.users(Integer.parseInt(args[1]), 10);
            case "one" -> host.one(Integer.parseInt(args[1]), false);
            case "two-phases" -> host.one(Integer.parseInt(args[1]), true);
            default -> throw new IllegalArgumentException(args[0]);
        }
        host.end();
        say(String.format(
                Locale.ROOT,
                "SUM %.1f s, longest call %.0f ms, %d kept, %d overloaded",
                (System.nanoTime() - begun) / 1e9,
                host.longestNanos / 1e6,
                host.kept,
                host.overloaded));
        say("DONE");
    }

    /**
     * In the first minute so many events by invented users, of so many reads each in turn, with two harvests among them; in the
     * second a tenth of it.
     */
    private void users(int events, int readsEach) {
        for (int i = 0; i < events; i++) {
            long time = i * 59_000L / events;
            add(time, i % (events / readsEach), readsEach == 1 ? i : 0);
            // From the beginning to the end.
            if (i % (events / BEFORE_READS) == 0) {
                add(time, BEFORE, i / (events / BEFORE_READS));
            }
            // In the second half, when every bound has long been reached.
            if (i > events / 2 && i % (events / 2 / AFTER_READS) == 0 && afterReads < AFTER_READS) {
                add(time, AFTER, afterReads++);
            }
        }
        fullest();
        for (int i = 0; i < events / 10; i++) {
            add(60_000 + i * 59_000L / (events / 10), 3_000_000 + i, i);
        }
    }

    private int afterReads;

    /** One user with so many events in a minute; in two phases: first of one action as many as are kept, then of the other. */
    private void one(int events, boolean twoPhases) {
        for (int i = 0; i < events; i++) {
            add(i * 59_000L / events, BEFORE, twoPhases ? (i < 99_999 ? 0 : 1) : i);
        }
        fullest();
    }

    private void add(long millis, int user, int action) {
        records.add(millis, user, action);
        if (records.lines() == LINES_A_CALL) {
            give();
        }
    }

    private void give() {
        byte[] lines = records.take();
        long begun = System.nanoTime();
        Admission admission = plugin.accept(lines);
        longestNanos = Math.max(longestNanos, System.nanoTime() - begun);
        kept += admission.kept();
        if (admission.status() == Admission.Status.OVERLOADED) {
            overloaded++;
        }
    }

    private void fullest() {
        give();
        System.gc();
        say(String.format(
                Locale.ROOT,
                "HEAP %d MB used at the fullest, of them %d MB by the journal's own estimate",
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20,
                plugin.health().journalBytes() >> 20));
    }

    private void end() {
        if (records.lines() > 0) {
            give();
        }
        plugin.advanceTo(RecordTemplate.NOON.plusSeconds(3600));
        plugin.close();
    }

    @Override
    public void onAlert(Alert alert) {
        Matcher without = WITHOUT_EVIDENCE.matcher(alert.toEcsJson());
        say("ALERT " + alert.groupingKey().values().iterator().next() + " "
                + alert.eventCount().orElseThrow() + " " + (without.find() ? without.group(1) : "0") + " "
                + String.join(",", texts(alert.outputs().get("Esql.event_action_values"))));
    }

    private static List<String> texts(@Nullable Object values) {
        return values instanceof List<?> list
                ? list.stream().map(Object::toString).toList()
                : List.of();
    }

    private static void say(String fact) {
        System.out.println(fact);
    }
}
