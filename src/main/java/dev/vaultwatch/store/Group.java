package dev.vaultwatch.store;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The events of one key in one window, in order of arrival. Beyond a bound an event of an action that was seen already is
 * counted and not kept. Guarded by the owner of its {@link Groups}.
 */
public final class Group {
    /** An event's share of the arrays that hold it; measured, see docs/benchmarks. */
    static final int SHARE_BYTES = 16;

    private static final List<Property> TEXTS = Property.all().stream()
            .filter(property -> property.type() == String.class && property != Property.ACTION)
            .toList();

    /** Heap of a text beside its characters (JDK 17, compressed references). */
    private static final int TEXT_BYTES = 56;

    private static final KeyVaultEvent[] NONE = {};
    private static final int NO_SOURCE = -1;
    private static final int[] NO_SOURCES = {};
    private static final KeyVaultEvent NOTHING = KeyVaultEvent.bare(0, "", null);

    private final @Nullable Object key;
    private KeyVaultEvent[] events = NONE;
    private int size;
    private int sent;
    private boolean crossed;
    private boolean suspect;
    private long countedOnly;
    private long withoutEvidence;
    private long bytes;
    private long own;
    private long texts;
    private boolean limited;
    private @Nullable Set<String> actions;

    /** The source that brought its first event, and those that brought others; nearly always the one. */
    private int source = NO_SOURCE;

    private int[] otherSources = NO_SOURCES;

    /** The directory that its events name, where they name one. */
    private @Nullable String directory;

    private boolean divided;
    private boolean disordered;
    private boolean failed;

    Group(@Nullable Object key) {
        this.key = key;
    }

    /** The key, as {@link dev.vaultwatch.rule.GroupingKey#of} gives it; {@code null} for events without one. */
    public @Nullable Object key() {
        return key;
    }

    /** Notes that a source brought an event of it. */
    void from(int brought) {
        if (source == brought) {
            return;
        }
        if (source == NO_SOURCE) {
            source = brought;
            return;
        }
        for (int each : otherSources) {
            if (each == brought) {
                return;
            }
        }
        otherSources = Arrays.copyOf(otherSources, otherSources.length + 1);
        otherSources[otherSources.length - 1] = brought;
    }

    /** Notes the directory that an event of it names. */
    void directory(KeyVaultEvent event) {
        if (divided || Objects.equals(event.tenant(), directory)) {
            return;
        }
        String named = Directories.of(event);
        divided = directory != null && named != null;
        directory = named == null ? directory : named;
    }

    /** Whether its events name several directories, so that they are of several people. */
    public boolean isDivided() {
        return divided;
    }

    /** Forgets a source; true if it brought an event and none that is left did. */
    boolean revoke(int revoked) {
        if (source == revoked) {
            source = otherSources.length == 0 ? NO_SOURCE : otherSources[0];
            otherSources =
                    otherSources.length == 0 ? NO_SOURCES : Arrays.copyOfRange(otherSources, 1, otherSources.length);
            return source == NO_SOURCE;
        }
        otherSources =
                Arrays.stream(otherSources).filter(each -> each != revoked).toArray();
        return false;
    }

    /** Notes that an event was neither kept nor counted. */
    void limit() {
        limited = true;
    }

    /** Whether its totals may be too low. */
    public boolean isLimited() {
        return limited;
    }

    /**
     * Keeps an event; gives the heap that it and its place take, by estimate.
     *
     * @param itsKey the event's key; equal to the group's, and the very same text if the decoder has seen it before
     * @param longTexts whether it may have texts of unusual length; if not, they are not looked at, and no earlier event is
     * @param shared whether it is the event as another rule's groups hold it, whose texts were looked at
     */
    @SuppressWarnings("ReferenceEquality") // whether it is the very text is the question
    long add(KeyVaultEvent event, @Nullable Object itsKey, boolean longTexts, boolean shared) {
        if (size == events.length) {
            // Most users of a minute read once; the second read makes room for a few.
            events = Arrays.copyOf(events, size == 0 ? 1 : Math.max(4, size + (size >> 1)));
        }
        KeyVaultEvent kept = event;
        texts = 0;
        if (!shared && size > 0 && key instanceof String && itsKey != key) {
            // The decoder's table has no room for this user, and perhaps for more of what the event says.
            KeyVaultEvent earlier = events[size - 1];
            kept = event.sharing(earlier);
            texts = texts(kept, earlier, TEXT_BYTES, true);
        } else if (!shared && longTexts) {
            texts = longTexts(event, size == 0 ? null : events[size - 1]);
        }
        disordered |= size > 0 && kept.time() < events[size - 1].time();
        events[size++] = kept;
        if (actions != null) {
            actions.add(event.action());
        }
        long added = kept.heapBytes() + SHARE_BYTES + texts;
        bytes += added;
        own += SHARE_BYTES;
        return added;
    }

    /**
     * Heap of the texts of unusual length that an earlier event of the same key does not hold. Usual ones are taken to be shared with
     * other users' events: the decoder's table sees to that.
     */
    public static long longTexts(KeyVaultEvent event, @Nullable KeyVaultEvent earlier) {
        return texts(event, earlier == null ? NOTHING : earlier, 0, false);
    }

    /** Keeps an event that is in no store, only here. */
    long addWithoutEvidence(KeyVaultEvent event) {
        withoutEvidence++;
        long added = add(event, key, false, false);
        own += added - SHARE_BYTES;
        return added;
    }

    /** Keeps an event in place of one that was counted. */
    long uncount(KeyVaultEvent event) {
        countedOnly--;
        return addWithoutEvidence(event);
    }

    /** The event that was kept last: the one given, or its like that shares texts with earlier ones. */
    KeyVaultEvent last() {
        return events[size - 1];
    }

    /** The events kept, in order of arrival; a view. */
    public List<KeyVaultEvent> events() {
        return new AbstractList<>() {
            @Override
            public KeyVaultEvent get(int index) {
                return events[Objects.checkIndex(index, size)];
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    /** Whether an event came after one of a later time, so that the order of arrival is not that of time. */
    public boolean isDisordered() {
        return disordered;
    }

    /** Heap of the events kept and of their places, by estimate. */
    long bytes() {
        return bytes;
    }

    /** Heap that is held here alone: the events' places, and those events that are in no store. */
    long own() {
        return own;
    }

    /** Heap of the texts of the event kept last that no earlier one holds. */
    long texts() {
        return texts;
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

    void suspect(boolean has) {
        suspect = has;
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

    /** Notes that as many of the events kept, the earliest, are in the lane. */
    public void sentTo(int number) {
        sent = number;
    }

    /** Notes that none is, as after a change of lane. */
    public void noneSent() {
        sent = 0;
        crossed = false;
    }

    /** Whether the rule threw at its events: it is judged apart from other groups then. */
    public boolean hasFailed() {
        return failed;
    }

    /** Notes that it did. */
    public void fail() {
        failed = true;
    }

    /** Whether the lane has found something of the events that it has. */
    public boolean hasCrossed() {
        return crossed;
    }

    /** Notes that it has. */
    public void cross() {
        crossed = true;
    }
}
