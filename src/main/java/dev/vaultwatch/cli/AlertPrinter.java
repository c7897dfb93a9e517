package dev.vaultwatch.cli;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertListener;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Prints alerts on standard output: each as it comes, or, settled, each once with its latest totals.
 *
 * <p>Prints nothing more once a write has failed; {@link #failure()} says so to whoever reads the input. Thread-safe: alerts
 * come on the reading thread and on the plugin's idle ticker.
 */
final class AlertPrinter implements AlertListener {
    /**
     * Alerts that wait for one that goes on. An alert with its evidence takes some 5 KB; what waits for late records alone is bounded by the
     * rules' caps.
     */
    private static final int MOST_UNSETTLED = 10_000;

    private final int mostUnsettled;
    private boolean saidFull;
    private final OutputStream out;
    private final Screen screen;
    private final AlertFormat format;
    private final Optional<Duration> settledAfter;

    /** What is not settled yet, in the order in which it will be printed. */
    private final TreeMap<Place, Alert> unsettled = new TreeMap<>();

    private final Map<String, Place> places = new HashMap<>();
    private long arrivals;
    private long printed;
    private @Nullable IOException failure;

    private record Place(Instant windowStart, long arrival) implements Comparable<Place> {
        private static final Comparator<Place> ORDER =
                Comparator.comparing(Place::windowStart).thenComparingLong(Place::arrival);

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * Prints nothing yet.
     *
     * @param format how each looks
     * @param screen cleared before each alert, because both may be on one terminal
     * @param settledAfter to hold each alert back until it can't change any more: how far event time must have passed its
     *     window; empty to print each stage as it comes
     */
    AlertPrinter(OutputStream out, Screen screen, AlertFormat format, Optional<Duration> settledAfter) {
        this(out, screen, format, settledAfter, MOST_UNSETTLED);
    }

    /** As above, with another bound on what is held back. */
    AlertPrinter(
            OutputStream out, Screen screen, AlertFormat format, Optional<Duration> settledAfter, int mostUnsettled) {
        this.mostUnsettled = mostUnsettled;
        this.out = out;
        this.screen = screen;
        this.format = format;
        this.settledAfter = settledAfter;
    }

    @Override
    public void onEarly(Alert alert) {
        onAlert(alert);
    }

    @Override
    public synchronized void onAlert(Alert alert) {
        if (settledAfter.isPresent()) {
            Place place = places.computeIfAbsent(alert.id(), id -> new Place(alert.windowStart(), arrivals++));
            unsettled.put(place, alert);
        } else {
            print(alert);
        }
    }

    /**
     * Prints what can't change any more.
     *
     * @param watermark how far event time has come
     * @param changingSince by rule, the beginning of its earliest alert that goes on or can change, whatever its end looks like
     */
    synchronized void settle(Instant watermark, Map<String, Instant> changingSince) {
        while (!unsettled.isEmpty()) {
            Alert first = unsettled.firstEntry().getValue();
            boolean goesOn = Optional.ofNullable(changingSince.get(first.ruleId()))
                    .filter(since -> !first.windowStart().isBefore(since))
                    .isPresent();
            if (first.windowEnd().plus(settledAfter.orElse(Duration.ZERO)).isAfter(watermark)) {
                return;
            }
            if (goesOn && unsettled.size() <= mostUnsettled) {
                return;
            }
            if (goesOn && !saidFull) {
                saidFull = true;
                screen.say(String.format(
                        Locale.ROOT,
                        "More than %,d alerts wait for one of %s that began at %s and goes on: such alerts are printed as they"
                                + " are now, and again once they have ended.",
                        mostUnsettled,
                        first.ruleId(),
                        first.windowStart()));
            }
            unsettled.pollFirstEntry();
            places.remove(first.id());
            print(first);
        }
    }

    /** Whether there is something to settle. */
    synchronized boolean waits() {
        return !unsettled.isEmpty();
    }

    /** Why printing ended before its time; empty while it goes well. */
    synchronized Optional<IOException> failure() {
        return Optional.ofNullable(failure);
    }

    private void print(Alert alert) {
        if (failure != null) {
            return;
        }
        String rendered = alert.render(format);
        // Blocks stand apart; a format of one line is for programs that read line by line.
        boolean block = rendered.indexOf('\n') >= 0;
        String text = (block && printed > 0 ? "\n" : "") + rendered + "\n";
        screen.clear();
        try {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            // Whoever follows a live stream must see the alert now, not when a buffer is full.
            out.flush();
            printed++;
        } catch (IOException e) {
            failure = e;
        }
    }
}
