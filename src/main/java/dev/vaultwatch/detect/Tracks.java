package dev.vaultwatch.detect;

import dev.vaultwatch.alert.Said;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.rule.Window;
import dev.vaultwatch.store.Budget;
import dev.vaultwatch.store.Directories;
import dev.vaultwatch.store.Groups;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The tracks of the rules in force. Not thread-safe. */
final class Tracks implements Iterable<Track> {
    private final Settings settings;
    private final Budget budget;
    private final Reporter reporter;
    private List<Track> all = List.of();

    /** By rule, what is counted beside its track. */
    private final Map<String, Apart> apart = new TreeMap<>();

    /** Counted by tracks that are gone, less what those in their place have counted again. */
    private static final class Apart {
        private long cut;
        private long nanos;
    }

    Tracks(Settings settings, Budget budget, Reporter reporter) {
        this.settings = settings;
        this.budget = budget;
        this.reporter = reporter;
    }

    /** Who keeps events longest comes first. Counters go on where tracks are replaced. */
    void set(Collection<Track> unsorted) {
        for (Track track : all) {
            if (!unsorted.contains(track)) {
                apart(track).cut += track.cut();
                apart(track).nanos += track.nanos();
            }
        }
        for (Track track : unsorted) {
            if (!all.contains(track)) {
                apart(track).cut -= track.cut();
            }
        }
        List<Track> sorted = new ArrayList<>(unsorted);
        sorted.sort(Comparator.comparingLong(
                        (Track track) -> -length(track.compiled.rule().window()))
                .thenComparing(Track::ruleId));
        all = List.copyOf(sorted);
    }

    private Apart apart(Track track) {
        return apart.computeIfAbsent(track.ruleId(), id -> new Apart());
    }

    /** What was cut so far was restored, and counted by the run that took it. */
    void countAnew() {
        for (Track track : all) {
            apart(track).cut -= track.cut();
        }
    }

    /** Tells the meters of every rule, and of those that were in force and have counted anything. */
    void meter(Detector.RuleMeter meter) {
        Map<String, Apart> left = new TreeMap<>(apart);
        for (Track track : all) {
            Apart its = apart(track);
            left.remove(track.ruleId());
            meter.rule(track.ruleId(), track.cut() + its.cut, track.bytes(), track.nanos() + its.nanos);
        }
        left.forEach((id, its) -> meter.rule(id, its.cut, 0, its.nanos));
    }

    /** How far apart events may lie that are judged together, in milliseconds. */
    static long length(Window window) {
        if (window instanceof Window.Tumbling tumbling) {
            return tumbling.length().toMillis();
        }
        return window instanceof Window.Ordered ordered ? 2 * ordered.reach().toMillis() : 0;
    }

    @Override
    public Iterator<Track> iterator() {
        return all.iterator();
    }

    Stream<Track> stream() {
        return all.stream();
    }

    @Nullable
    Track find(String ruleId) {
        for (Track track : all) {
            if (track.ruleId().equals(ruleId)) {
                return track;
            }
        }
        return null;
    }

    /** The event time from which on the rules may hold events. */
    long holdFrom() {
        long from = Long.MAX_VALUE;
        for (Track track : all) {
            from = Math.min(from, track.holdsFrom());
        }
        return from;
    }

    /** A time of each, by rule; those that have none are missing. */
    Map<String, Instant> times(ToLongFunction<Track> time) {
        Map<String, Instant> times = new LinkedHashMap<>();
        for (Track track : all) {
            long its = time.applyAsLong(track);
            if (its != Track.UNKNOWN) {
                times.put(track.ruleId(), Instant.ofEpochMilli(its));
            }
        }
        return times;
    }

    void judgeLate() {
        for (Track track : all) {
            track.judgeLate();
            track.checkBudget();
        }
    }

    /** Tells each track what was said before of what it may still find. */
    void said(Collection<Said> messages) {
        for (Said message : messages) {
            Track track = find(message.rule().id());
            if (track != null && message.stage() != AlertStage.RETRACTED) {
                track.said(
                        track.compiled.rule().key().parse(message.key()),
                        message.anchor(),
                        message.end(),
                        message.columns());
            }
        }
    }

    /**
     * Makes a track, which is not one of these yet.
     *
     * @param groups those that a predecessor leaves; empty for new ones
     */
    Track make(CompiledRule compiled, Optional<Groups> groups, long completeSince) {
        return make(compiled, groups, completeSince, budget);
    }

    /** As above, of a track that is charged to a budget {@linkplain Budget#beside beside} this one's. */
    Track makeBeside(CompiledRule compiled, Budget beside) {
        return make(compiled, Optional.empty(), Track.UNKNOWN, beside);
    }

    private Track make(CompiledRule compiled, Optional<Groups> groups, long completeSince, Budget charged) {
        Track.Budgets budgets = new Track.Budgets(settings.ruleTime().toNanos());
        boolean byDirectory = settings.byDirectory()
                && Directories.matterTo(compiled.rule().key())
                && !compiled.shape().asksForTenant();
        long lateness = settings.lateness().toMillis();
        Window window = compiled.rule().window();
        if (window instanceof Window.Tumbling tumbling) {
            Groups its = groups.orElseGet(() -> new Groups(
                    settings.bounds(),
                    charged,
                    compiled.shape().countable(),
                    compiled.rule().key().properties(),
                    compiled.shape().minEvents(),
                    byDirectory,
                    settings.seed()));
            its.minEvents(compiled.shape().minEvents());
            return new TumblingTrack(compiled, tumbling, its, lateness, reporter, budgets, completeSince);
        }
        if (window instanceof Window.Ordered ordered) {
            return new OrderedTrack(
                    compiled,
                    ordered,
                    charged,
                    byDirectory,
                    settings.bounds().eventsPerWindow(),
                    lateness,
                    reporter,
                    budgets,
                    completeSince);
        }
        return new SingleTrack(compiled, lateness, reporter, budgets, completeSince);
    }
}
