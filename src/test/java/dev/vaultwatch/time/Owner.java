package dev.vaultwatch.time;

import dev.vaultwatch.time.EventTime.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Stands where the plugin stands: it feeds events through an {@link EventTime} and closes windows in the plugin's order of
 * steps, and writes down which event reached which window, in which order windows closed and which events were late.
 */
final class Owner {
    final EventTime<Event> time;
    final Map<Long, List<Event>> received = new TreeMap<>();
    final List<Long> closed = new ArrayList<>();
    final List<Event> late = new ArrayList<>();

    private final Windows windows;

    /** An event with a name of its own, so that two of one time can be told apart. */
    record Event(int number, long time) {}

    Owner(Windows windows, EventTime<Event> time) {
        this.windows = windows;
        this.time = time;
    }

    Place take(Event event) {
        time.observe(event.time());
        closeDue();
        Place place = time.place(event.time());
        switch (place) {
            case OPEN -> receive(event);
            case HELD -> time.hold(event.time(), event);
            case LATE -> late.add(event);
        }
        return place;
    }

    void advanceTo(long watermark) {
        time.advanceTo(watermark);
        closeDue();
    }

    private void closeDue() {
        time.takeHeld().forEach(this::receive);
        while (time.closeDue()) {
            closed.add(time.openWindow().orElseThrow());
            time.close().forEach(this::receive);
        }
    }

    private void receive(Event event) {
        long window = windows.startOf(event.time());
        if (window != time.openWindow().orElseThrow()) {
            throw new IllegalStateException(event + " came while " + time.openWindow() + " was open.");
        }
        received.computeIfAbsent(window, start -> new ArrayList<>()).add(event);
    }
}
