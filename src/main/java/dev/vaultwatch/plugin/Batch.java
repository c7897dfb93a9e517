package dev.vaultwatch.plugin;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.LateEvent;
import dev.vaultwatch.decode.EventSink;
import dev.vaultwatch.event.KeyVaultEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What one call of {@code accept} brought, between decoding and delivery. Used by one thread. */
final class Batch implements EventSink {
    private final long now;
    private final long maxFutureMillis;

    // Most calls bring one record that no rule wants; they pay for no list.
    private List<KeyVaultEvent> events = List.of();
    private List<DeadLetter> letters = List.of();
    private List<LateEvent> lateEvents = List.of();
    private int ignored;

    Batch(long now, long maxFutureMillis) {
        this.now = now;
        this.maxFutureMillis = maxFutureMillis;
    }

    @Override
    public void event(KeyVaultEvent event) {
        if (event.time() < 0) {
            deadLetter(outOfTime(
                    event, DeadLetter.Reason.BAD_TIME, "The event's time lies before 1970.", "a time since 1970"));
        } else if (maxFutureMillis > 0 && event.time() - now > maxFutureMillis) {
            deadLetter(outOfTime(
                    event,
                    DeadLetter.Reason.FAR_FUTURE,
                    "The event's time lies " + (event.time() - now) / 1000 + " s ahead of the wall clock, which says "
                            + Instant.ofEpochMilli(now) + ".",
                    "at most " + maxFutureMillis / 1000 + " s ahead (time.max-future)"));
        } else {
            if (events.isEmpty()) {
                events = new ArrayList<>(4);
            }
            events.add(event);
        }
    }

    private static DeadLetter outOfTime(
            KeyVaultEvent event, DeadLetter.Reason reason, String problem, String expected) {
        return new DeadLetter(reason, "", problem, expected, event.toEcs().toString());
    }

    @Override
    public void ignored() {
        ignored++;
    }

    @Override
    public void deadLetter(DeadLetter letter) {
        if (letters.isEmpty()) {
            letters = new ArrayList<>(1);
        }
        letters.add(letter);
    }

    void late(LateEvent event) {
        if (lateEvents.isEmpty()) {
            lateEvents = new ArrayList<>(1);
        }
        lateEvents.add(event);
    }

    List<KeyVaultEvent> events() {
        return events;
    }

    List<DeadLetter> letters() {
        return letters;
    }

    List<LateEvent> lateEvents() {
        return lateEvents;
    }

    Admission admission() {
        return new Admission(
                Admission.Status.TAKEN, events.size() - lateEvents.size(), ignored, lateEvents.size(), letters.size());
    }
}
