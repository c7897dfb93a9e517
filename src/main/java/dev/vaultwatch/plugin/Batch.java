package dev.vaultwatch.plugin;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.LateEvent;
import dev.vaultwatch.decode.EventSink;
import dev.vaultwatch.decode.Ignored;
import dev.vaultwatch.decode.Userless;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.enrich.Enrichment;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What one call of {@code accept} brought, between decoding and delivery. Used by one thread. */
final class Batch implements EventSink, Predicate<String> {
    private static final long NOT_ASKED = Long.MIN_VALUE;

    /** The counters that say why a record was not used, or what was odd about it. */
    private static final List<Counter> TALLIED = List.of(
            Counter.IGNORED_CATEGORY,
            Counter.IGNORED_ACTION,
            Counter.WITHOUT_IDENTITY,
            Counter.OF_APPLICATION,
            Counter.UNREADABLE_IDENTITY,
            Counter.WITHOUT_UPN,
            Counter.INVALID_UTF8);

    private static final int[] NO_TALLIES = {};

    // What nearly every call of one record is answered.
    private static final Admission ONE_KEPT =
            Admission.builder(Admission.Status.TAKEN).kept(1).build();
    private static final Admission ONE_IGNORED =
            Admission.builder(Admission.Status.TAKEN).ignored(1).build();

    private final InForce rules;
    private final Set<Property> properties;
    private final InstantSource wallClock;
    private final long maxFutureMillis;
    private long now = NOT_ASKED;

    // Most calls bring one record that no rule wants; they pay for no list.
    private List<KeyVaultEvent> events = List.of();

    /** Those of them that the plugin's rules want; the same list where nobody else wants any. */
    private List<KeyVaultEvent> live = List.of();

    private List<DeadLetter> letters = List.of();
    private List<LateEvent> lateEvents = List.of();
    private int ignored;
    private int unrecognised;
    private int repeated;
    private int userless;

    /** Why the event that comes next names no user. */
    private @Nullable Counter why;

    private long latest = NOT_ASKED;
    /** The first counter that one of the records is counted by, and how many are; a call of one record needs no more. */
    private @Nullable Counter only;

    private int ofOnly;

    /** The others: as many as {@link #TALLIED}, in its order. */
    private int[] tallies = NO_TALLIES;

    private List<String> firstUnrecognised = List.of();
    private List<String> notes = List.of();
    private boolean longTexts;

    /** Records that are left out because they were taken before; then those that were. */
    private final long skip;

    private long seen;
    private OptionalLong greatestEventTime = OptionalLong.empty();
    private OptionalLong safeOffset = OptionalLong.empty();

    private Admission.Status status = Admission.Status.TAKEN;
    private @Nullable Admission answer;

    /**
     * Starts empty.
     *
     * @param rules those in force, which say what is wanted
     * @param properties that events are to have
     * @param maxFutureMillis how far ahead of the wall clock an event may lie; 0 for any distance
     * @param skip how many records at the beginning were taken before
     */
    Batch(InForce rules, Set<Property> properties, InstantSource wallClock, long maxFutureMillis, long skip) {
        this.rules = rules;
        this.properties = properties;
        this.wallClock = wallClock;
        this.maxFutureMillis = maxFutureMillis;
        this.skip = skip;
    }

    InForce rules() {
        return rules;
    }

    /**
     * What is wanted of the input.
     *
     * @param live the plugin's rules
     * @param previews the rules of each trial
     * @param all whether a trial must see every event
     * @param keepsAll whether the plugin keeps every event for rules to come
     */
    record InForce(CompiledRules live, List<CompiledRules> previews, boolean all, boolean keepsAll) {
        InForce {
            previews = List.copyOf(previews);
        }

        /** With no trial. */
        static InForce of(CompiledRules live, boolean keepsAll) {
            return new InForce(live, List.of(), false, keepsAll);
        }

        boolean wants(String action) {
            if (all || keepsAll || live.wants(action)) {
                return true;
            }
            for (CompiledRules each : previews) {
                if (each.wants(action)) {
                    return true;
                }
            }
            return false;
        }

        boolean needUpn() {
            return !all
                    && !keepsAll
                    && live.needUpn()
                    && (previews.isEmpty() || previews.stream().allMatch(CompiledRules::needUpn));
        }

        /** Whether no trial looks at a property that the plugin's rules don't: then events are decoded as without trials. */
        boolean liveReadsAll() {
            return previews.isEmpty()
                    || previews.stream().allMatch(each -> live.reads().containsAll(each.reads()));
        }

        /** Whether every event that is wanted is wanted by the plugin's rules. */
        boolean isLiveAlone() {
            return keepsAll || previews.isEmpty();
        }
    }

    /** The wall clock when the first event came. */
    long now() {
        if (now == NOT_ASKED) {
            now = wallClock.millis();
        }
        return now;
    }

    /** Whether a rule wants an event with that action. */
    @Override
    public boolean test(String action) {
        return rules.wants(action);
    }

    @Override
    public Set<Property> properties() {
        return properties;
    }

    @Override
    public boolean needsAnonymous(long time) {
        return !rules.needUpn() || time < 0 || isFarAhead(time);
    }

    /** Whether the next record is among those that were taken before. */
    private boolean isSkipped() {
        if (seen++ < skip) {
            repeated++;
            return true;
        }
        return false;
    }

    private boolean isFarAhead(long time) {
        return maxFutureMillis > 0 && time - now() > maxFutureMillis;
    }

    @Override
    public void event(KeyVaultEvent event) {
        if (isSkipped()) {
            return;
        }
        latest = Math.max(latest, event.time());
        if (event.time() < 0) {
            add(outOfTime(
                    event, DeadLetter.Reason.BAD_TIME, "The event's time lies before 1970.", "a time since 1970"));
        } else if (isFarAhead(event.time())) {
            add(outOfTime(
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
            live = events;
            if (event.upn() == null && rules.live().wants(event.action())) {
                userless++;
                tally(Objects.requireNonNullElse(why, Counter.WITHOUT_IDENTITY));
            }
        }
        why = null;
    }

    @Override
    public void longTexts() {
        longTexts = true;
    }

    /** Adds to the events what enrichers know; they may be slow, so without the lock. */
    @SuppressWarnings("ReferenceEquality") // the same object is what says that nothing was added
    void enrich(Enrichment enrichment) {
        for (int i = 0; i < events.size(); i++) {
            KeyVaultEvent event = events.get(i);
            KeyVaultEvent enriched = enrichment.enrich(event);
            if (enriched != event) {
                events.set(i, enriched);
                longTexts |= enriched.hasLongTexts();
            }
        }
    }

    /** Whether an event of it has a text of unusual length. */
    boolean hasLongTexts() {
        return longTexts;
    }

    private static DeadLetter outOfTime(
            KeyVaultEvent event, DeadLetter.Reason reason, String problem, String expected) {
        return new DeadLetter(reason, "/time", problem, expected, event.toEcs().toString());
    }

    @Override
    public void ignored() {
        if (!isSkipped()) {
            ignored++;
        }
    }

    @Override
    public void ignored(Ignored reason) {
        if (!isSkipped()) {
            ignored++;
            tally(
                    switch (reason) {
                        case CATEGORY -> Counter.IGNORED_CATEGORY;
                        case ACTION -> Counter.IGNORED_ACTION;
                    });
        }
    }

    @Override
    public void unrecognised(List<String> firstKeys) {
        if (!isSkipped()) {
            unrecognised++;
            firstUnrecognised = firstUnrecognised.isEmpty() ? firstKeys : firstUnrecognised;
        }
    }

    @Override
    public void userless(Userless cause) {
        why = switch (cause) {
            case NO_IDENTITY -> Counter.WITHOUT_IDENTITY;
            case APPLICATION -> Counter.OF_APPLICATION;
            case UNREADABLE_IDENTITY -> Counter.UNREADABLE_IDENTITY;
            case GUEST_WITHOUT_UPN -> Counter.WITHOUT_UPN;
        };
    }

    @Override
    public void invalidUtf8() {
        if (seen >= skip) {
            tally(Counter.INVALID_UTF8);
        }
    }

    @Override
    public void note(String sentence) {
        notes = notes.isEmpty() ? new ArrayList<>(1) : notes;
        notes.add(sentence);
    }

    private void tally(Counter counter) {
        if (only == null) {
            only = counter;
        }
        if (only == counter) {
            ofOnly++;
            return;
        }
        if (tallies.length == 0) {
            tallies = new int[TALLIED.size()];
        }
        tallies[TALLIED.indexOf(counter)]++;
    }

    /** How many of the records the counters count that say why. */
    void tallies(ObjIntConsumer<Counter> each) {
        if (only != null) {
            each.accept(only, ofOnly);
        }
        for (int i = 0; i < tallies.length; i++) {
            if (tallies[i] > 0) {
                each.accept(TALLIED.get(i), tallies[i]);
            }
        }
    }

    /** The first members of the first object that is no record; empty if there is none. */
    List<String> firstUnrecognised() {
        return firstUnrecognised;
    }

    /** What a person should know of the input. */
    List<String> notes() {
        return notes;
    }

    @Override
    public void deadLetter(DeadLetter letter) {
        if (!isSkipped()) {
            add(letter);
        }
    }

    private void add(DeadLetter letter) {
        if (letters.isEmpty()) {
            letters = new ArrayList<>(1);
        }
        letters.add(letter);
    }

    /** Takes out the events that equal one that was taken, and notes the others. */
    void removeRepeated(Repetitions repetitions, Consumer<KeyVaultEvent> told) {
        if (!events.isEmpty()) {
            events.removeIf(event -> {
                boolean isRepeated = !repetitions.add(event);
                if (isRepeated) {
                    repeated++;
                    userless -= event.upn() == null && rules.live().wants(event.action()) ? 1 : 0;
                    told.accept(event);
                }
                return isRepeated;
            });
        }
    }

    /** Whether it held records and each was taken before. */
    boolean isAllRepeated() {
        return repeated > 0 && repeated == seen;
    }

    /** Records read, those left out among them. */
    long records() {
        return seen;
    }

    /** How many records at the beginning were to be left out. */
    long skipped() {
        return skip;
    }

    /** The greatest event time in it; the least of numbers if it has none. */
    long latest() {
        return latest;
    }

    /** Events that name no user, of a call that was taken. */
    int userless() {
        return isTaken() ? userless : 0;
    }

    /** What the answer says of places. */
    void places(OptionalLong greatest, OptionalLong safe) {
        greatestEventTime = greatest;
        safeOffset = safe;
        answer = null;
    }

    void late(LateEvent event) {
        answer = null;
        if (lateEvents.isEmpty()) {
            lateEvents = new ArrayList<>(1);
        }
        lateEvents.add(event);
    }

    /** Events that the plugin's rules want. */
    List<KeyVaultEvent> events() {
        if (live == events && !rules.isLiveAlone()) {
            live = events.stream().filter(this::isLive).toList();
        }
        return live;
    }

    /** Those, and the events that a trial wants, in order. */
    List<KeyVaultEvent> all() {
        return events;
    }

    /** Whether the plugin's rules want the event. */
    boolean isLive(KeyVaultEvent event) {
        return rules.isLiveAlone() || rules.live().wants(event.action());
    }

    List<DeadLetter> letters() {
        return letters;
    }

    List<LateEvent> lateEvents() {
        return lateEvents;
    }

    /** Notes that nothing of it was taken. */
    void refuse(Admission.Status why) {
        status = why;
        answer = null;
    }

    boolean isTaken() {
        return status == Admission.Status.TAKEN;
    }

    /** Whether it was taken and held nothing that a rule or a listener wants. */
    boolean isAllIgnored() {
        return isTaken() && events.isEmpty() && letters.isEmpty() && repeated == 0;
    }

    boolean isOverloaded() {
        return status == Admission.Status.OVERLOADED;
    }

    /** The answer to the call, once all that it says is known. */
    Admission admission() {
        Admission known = answer;
        if (known == null) {
            known = answer();
            answer = known;
        }
        return known;
    }

    private Admission answer() {
        if (seen == 1 && isTaken() && greatestEventTime.isEmpty() && safeOffset.isEmpty()) {
            if (ignored == 1) {
                return ONE_IGNORED;
            }
            if (events().size() == 1 && lateEvents.isEmpty()) {
                return ONE_KEPT;
            }
        }
        Admission.Builder answer = Admission.builder(status);
        greatestEventTime.ifPresent(time -> answer.greatestEventTime(Instant.ofEpochMilli(time)));
        safeOffset.ifPresent(answer::safeOffset);
        if (status == Admission.Status.REPEATED) {
            answer.repeated((int) seen);
        } else if (isTaken()) {
            answer.kept(events().size() - lateEvents.size())
                    .ignored(ignored + events.size() - events().size())
                    .unrecognised(unrecognised)
                    .repeated(repeated)
                    .late(lateEvents.size())
                    .bad(letters.size());
        }
        return answer.build();
    }
}
