package dev.vaultwatch.journal;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The events of one user in one window, in order of arrival. Beyond a bound an event of an action that was seen already is
 * counted and not kept, so totals stay right where evidence is cut. Guarded by the journal's owner.
 */
public final class KeyEvents {
    /** An event's share of the arrays that hold it; measured, see docs/benchmarks. */
    static final int SHARE_BYTES = 16;

    private static final List<Property> TEXTS = Property.all().stream()
            .filter(property -> property.type() == String.class && property != Property.ACTION)
            .toList();

    /** Heap of a text beside its characters (JDK 17, compressed references). */
    private static final int TEXT_BYTES = 56;

    private static final KeyVaultEvent[] NONE = {};
    private static final KeyVaultEvent NOTHING = KeyVaultEvent.bare(0, "", null);

    private final @Nullable String upn;
    private KeyVaultEvent[] events = NONE;
    private int size;
    private int sent;
    private boolean suspect;
    private long countedOnly;
    private long withoutEvidence;
    private long bytes;
    private @Nullable Set<String> actions;

    KeyEvents(@Nullable String upn) {
        this.upn = upn;
    }

    /** The user; {@code null} for events without one. */
    public @Nullable String upn() {
        return upn;
    }

    /**
     * Keeps an event; gives the heap that it takes, by estimate.
     *
     * @param longTexts whether it may have texts of unusual length; if not, they are not looked at, and no earlier event is
     */
    @SuppressWarnings("ReferenceEquality") // whether it is the very text is the question
    long add(KeyVaultEvent event, boolean longTexts) {
        if (size == events.length) {
            // Most users of a minute read once; the second read makes room for a few.
            events = Arrays.copyOf(events, size == 0 ? 1 : Math.max(4, size + (size >> 1)));
        }
        KeyVaultEvent kept = event;
        long texts = 0;
        if (size > 0 && event.upn() != upn) {
            // The decoder's table has no room for this user, and perhaps for more of what the event says.
            KeyVaultEvent earlier = events[size - 1];
            kept = event.sharing(earlier);
            texts = texts(kept, earlier, TEXT_BYTES, true);
        } else if (longTexts) {
            // Usual ones are taken to be shared with other users' events: the decoder's table sees to that.
            KeyVaultEvent earlier = size == 0 ? NOTHING : events[size - 1];
            texts = texts(event, earlier, 0, false);
        }
        events[size++] = kept;
        if (actions != null) {
            actions.add(event.action());
        }
        long added = kept.heapBytes() + SHARE_BYTES + texts;
        bytes += added;
        return added;
    }

    long addWithoutEvidence(KeyVaultEvent event) {
        withoutEvidence++;
        return add(event, false);
    }

    /** Heap of the events kept, by estimate. */
    long bytes() {
        return bytes;
    }

    /** Heap of the texts of an event that an earlier one does not hold: so much for each, and for each character beyond. */
    private static long texts(KeyVaultEvent event, KeyVaultEvent other, int each, boolean counted) {
        // Of actions there are some dozens in all.
        long bytes = 0;
        for (Property property : TEXTS) {
            bytes += text(
                    (String) property.get(event),
                    (String) property.get(other),
                    each,
                    counted ? 0 : property.usualLength());
        }
        return bytes;
    }

    @SuppressWarnings("ReferenceEquality") // as above
    private static long text(@Nullable String text, @Nullable String other, int each, int usual) {
        return text == null || text == other ? 0 : each + Math.max(0, text.length() - usual);
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
