package dev.vaultwatch.journal;

import dev.vaultwatch.event.KeyVaultEvent;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The events of one user in one window, in order of arrival. Beyond a bound an event of an action that was seen already is
 * counted and not kept, so totals stay right where evidence is cut. Guarded by the journal's owner.
 */
public final class KeyEvents {
    private static final KeyVaultEvent[] NONE = {};

    private final @Nullable String upn;
    private KeyVaultEvent[] events = NONE;
    private int size;
    private int sent;
    private boolean suspect;
    private long countedOnly;
    private long withoutEvidence;
    private @Nullable Set<String> actions;

    KeyEvents(@Nullable String upn) {
        this.upn = upn;
    }

    /** The user; {@code null} for events without one. */
    public @Nullable String upn() {
        return upn;
    }

    void add(KeyVaultEvent event) {
        if (size == events.length) {
            // Most users of a minute read once; the second read makes room for a few.
            events = Arrays.copyOf(events, size == 0 ? 1 : Math.max(4, size + (size >> 1)));
        }
        events[size++] = event;
        if (actions != null) {
            actions.add(event.action());
        }
    }

    void addWithoutEvidence(KeyVaultEvent event) {
        add(event);
        withoutEvidence++;
    }

    boolean isSuspect() {
        return suspect;
    }

    void becomeSuspect() {
        suspect = true;
    }

    void countOnly() {
        countedOnly++;
    }

    /** Whether an event with that action is kept. Asked only beyond the bound, and then of every event. */
    boolean hasAction(String action) {
        if (actions == null) {
            actions = new HashSet<>();
            for (int i = 0; i < size; i++) {
                actions.add(events[i].action());
            }
        }
        return actions.contains(action);
    }

    /** The events kept. */
    public int size() {
        return size;
    }

    /** An event kept, by order of arrival. */
    public KeyVaultEvent get(int index) {
        return events[index];
    }

    /** Events that are in no list: a row's count must have them added. */
    public long countedOnly() {
        return countedOnly;
    }

    /** Events of which no more is known than their user and action, or not even that; an alert says how many. */
    public long withoutEvidence() {
        return withoutEvidence + countedOnly;
    }

    /** How many of the events kept are in the lane already. */
    public int sent() {
        return sent;
    }

    /** Notes that all the events kept are in the lane. */
    public void allSent() {
        sent = size;
    }

    /** Notes that none is, as after a change of lane. */
    public void noneSent() {
        sent = 0;
    }
}
