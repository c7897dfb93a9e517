package dev.vaultwatch.model;

import dev.vaultwatch.model.Read.Totals;
import dev.vaultwatch.model.Step.Limits;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Says which alerts a scenario deserves, and knows nothing but the events and the rule in force: neither kills nor callbacks.
 *
 * <ul>
 *   <li>A minute is open while it has not ended by the watermark: the newest event's time less the slack, or the host's word.
 *   <li>When it closes, the rule then in force judges it. That verdict stands, whatever rules come, until a late event of the
 *       same user has that user's minute judged again, by the rule then in force.
 *   <li>What was said early and is not found when the minute closes is retracted. What was said of a closed minute is not: a
 *       judgement that finds too little, which only other rules can do, leaves the alert as it was.
 *   <li>A minute that ended a lateness ago takes nothing more; where only silence says so, a retention later. That is looked at
 *       whenever the watermark comes to another second.
 * </ul>
 */
final class Oracle {
    private static final long MINUTE = 60_000;
    private static final long SECOND = 1_000;
    private static final long NEVER = Long.MIN_VALUE;

    /** Ways for this oracle to be wrong; the comparison must find each. */
    enum Mistake {
        NONE,
        ONE_EVENT_LESS_IS_ENOUGH,
        ONE_ACTION_LESS_IS_ENOUGH,
        A_MINUTE_MORE_OF_LATENESS,
        A_MINUTE_LESS_OF_LATENESS,
        NO_LATE_EVENTS,
        NO_SLACK,
        THE_BOUNDARY_BELONGS_TO_THE_MINUTE_BEFORE,
        A_RELOAD_CHANGES_NOTHING,
        A_RELOAD_JUDGES_CLOSED_MINUTES,
        A_REPETITION_COUNTS_TWICE,
        A_REPETITION_NEVER_COUNTS,
        AN_EVENT_WITHOUT_A_USER_MOVES_NO_TIME,
        AN_UNWANTED_EVENT_MOVES_TIME,
        SILENCE_ENDS_NOTHING,
        SILENCE_SETTLES_AS_WELL
    }

    /** A user's minute. */
    record Key(long minute, String upn) {}

    /**
     * What is to be said of a user's minute.
     *
     * @param isRetracted whether what was said early is taken back when the minute closes
     * @param revised what may be said on the way; the last of it must be said
     */
    record Expected(Optional<Totals> early, Optional<Totals> onTime, boolean isRetracted, List<Totals> revised) {
        Totals last() {
            return revised.isEmpty() ? onTime.or(() -> early).orElseThrow() : revised.get(revised.size() - 1);
        }
    }

    private static final class Cell {
        private final List<Read> reads = new ArrayList<>();
        private Optional<Totals> early = Optional.empty();
        private Optional<Totals> onTime = Optional.empty();
        private final List<Totals> revised = new ArrayList<>();

        Totals totals() {
            return Totals.of(reads);
        }
    }

    private final Scenario scenario;
    private final Mistake mistake;
    private final long lateness;
    private final TreeMap<Long, Map<String, Cell>> unclosed = new TreeMap<>();
    private final TreeMap<Long, Map<String, Cell>> closed = new TreeMap<>();
    private final Set<List<Read>> seen = new HashSet<>();
    private Limits limits;
    private long watermark = NEVER;

    /** How far the source itself has come, or the host's word. */
    private long own = NEVER;

    private long settled = NEVER;
    private long newest;
    private long tooLate;

    Oracle(Scenario scenario, Mistake mistake) {
        this.scenario = scenario;
        this.mistake = mistake;
        this.limits = scenario.limits();
        this.lateness = Math.max(
                0,
                switch (mistake) {
                    case A_MINUTE_MORE_OF_LATENESS -> scenario.lateness() + MINUTE;
                    case A_MINUTE_LESS_OF_LATENESS -> scenario.lateness() - MINUTE;
                    default -> scenario.lateness();
                });
        for (Step step : scenario.steps()) {
            if (step instanceof Step.Send send) {
                send(send.reads());
            } else if (step instanceof Step.Advance advance) {
                own = Math.max(own, advance.to());
                advance(advance.to());
            } else if (step instanceof Step.Silence silence) {
                silent(silence.millis());
            } else if (step instanceof Step.Reload reload && mistake != Mistake.A_RELOAD_CHANGES_NOTHING) {
                reload(reload.limits());
            }
        }
    }

    /** Events that came too late for anything. */
    long tooLate() {
        return tooLate;
    }

    Map<Key, Expected> expected() {
        Map<Key, Expected> expected = new LinkedHashMap<>();
        expect(closed, true, expected);
        expect(unclosed, false, expected);
        return expected;
    }

    private void expect(Map<Long, Map<String, Cell>> minutes, boolean areClosed, Map<Key, Expected> expected) {
        minutes.forEach((minute, users) -> users.forEach((upn, cell) -> {
            Optional<Totals> early = scenario.early() ? cell.early : Optional.empty();
            if (early.isPresent() || cell.onTime.isPresent() || !cell.revised.isEmpty()) {
                expected.put(
                        new Key(minute, upn),
                        new Expected(
                                early,
                                cell.onTime,
                                areClosed && early.isPresent() && cell.onTime.isEmpty(),
                                List.copyOf(cell.revised)));
            }
        }));
    }

    private void send(List<Read> reads) {
        boolean repeated = !seen.add(reads);
        if (mistake != Mistake.A_REPETITION_COUNTS_TWICE
                && repeated
                && (scenario.source() == Scenario.Source.CONTENT || mistake == Mistake.A_REPETITION_NEVER_COUNTS)) {
            return;
        }
        for (Read read : reads) {
            if (read.isWanted() || mistake == Mistake.AN_UNWANTED_EVENT_MOVES_TIME) {
                observe(read);
            }
            if (read.isWanted() && read.upn() != null) {
                take(read, read.upn());
            }
        }
    }

    /** Time has gone on at the wall clock's pace since the newest event. */
    private void silent(long millis) {
        if (!scenario.hostOwnsTime() && mistake != Mistake.SILENCE_ENDS_NOTHING) {
            advance(newest + millis - scenario.slack());
        }
    }

    private void observe(Read read) {
        if (!scenario.hostOwnsTime()
                && (read.upn() != null || mistake != Mistake.AN_EVENT_WITHOUT_A_USER_MOVES_NO_TIME)) {
            newest = Math.max(newest, read.time());
            long to = read.time() - (mistake == Mistake.NO_SLACK ? 0 : scenario.slack());
            own = Math.max(own, to);
            advance(to);
        }
    }

    private void take(Read read, String upn) {
        long time = mistake == Mistake.THE_BOUNDARY_BELONGS_TO_THE_MINUTE_BEFORE ? read.time() - 1 : read.time();
        long minute = Math.floorDiv(time, MINUTE) * MINUTE;
        if (settled != NEVER && minute + MINUTE + lateness <= settled) {
            tooLate++;
        } else if (watermark != NEVER && minute + MINUTE <= watermark) {
            if (mistake != Mistake.NO_LATE_EVENTS) {
                Cell cell = cell(closed, minute, upn);
                cell.reads.add(read);
                judgeAgain(cell);
            }
        } else {
            Cell cell = cell(unclosed, minute, upn);
            cell.reads.add(read);
            if (isOpen(minute)) {
                speakEarly(cell);
            }
        }
    }

    private long retention() {
        return mistake == Mistake.SILENCE_SETTLES_AS_WELL ? 0 : scenario.retention();
    }

    private static Cell cell(Map<Long, Map<String, Cell>> cells, long minute, String upn) {
        return cells.computeIfAbsent(minute, m -> new TreeMap<>()).computeIfAbsent(upn, u -> new Cell());
    }

    private boolean isOpen(long minute) {
        return watermark != NEVER && minute <= watermark && watermark < minute + MINUTE;
    }

    private void judgeAgain(Cell cell) {
        if (isReachedBy(cell.totals())) {
            cell.revised.add(cell.totals());
        }
    }

    private boolean isReachedBy(Totals totals) {
        return switch (mistake) {
            case ONE_EVENT_LESS_IS_ENOUGH -> new Limits(limits.events() - 1, limits.actions()).reachedBy(totals);
            case ONE_ACTION_LESS_IS_ENOUGH -> new Limits(limits.events(), limits.actions() - 1).reachedBy(totals);
            default -> limits.reachedBy(totals);
        };
    }

    /** Once a minute, with the totals up to the very event that crosses. */
    private void speakEarly(Cell cell) {
        for (int i = 1; i <= cell.reads.size() && cell.early.isEmpty(); i++) {
            Totals soFar = Totals.of(cell.reads.subList(0, i));
            if (isReachedBy(soFar)) {
                cell.early = Optional.of(soFar);
            }
        }
    }

    private void advance(long to) {
        long before = watermark;
        watermark = Math.max(watermark, to);
        if (before == NEVER || Math.floorDiv(before, SECOND) != Math.floorDiv(watermark, SECOND)) {
            settled = Math.max(settled, Math.max(own, watermark - retention()));
        }
        while (!unclosed.isEmpty() && unclosed.firstKey() <= watermark) {
            long minute = unclosed.firstKey();
            unclosed.firstEntry().getValue().values().forEach(this::speakEarly);
            if (isOpen(minute)) {
                return;
            }
            Map<String, Cell> users = unclosed.pollFirstEntry().getValue();
            users.values().forEach(cell -> {
                if (isReachedBy(cell.totals())) {
                    cell.onTime = Optional.of(cell.totals());
                }
            });
            closed.put(minute, users);
        }
    }

    private void reload(Limits to) {
        limits = to;
        unclosed.forEach((minute, users) -> {
            if (isOpen(minute)) {
                users.values().forEach(this::speakEarly);
            }
        });
        if (mistake == Mistake.A_RELOAD_JUDGES_CLOSED_MINUTES) {
            closed.tailMap(watermark - lateness - MINUTE, false)
                    .values()
                    .forEach(users -> users.values().forEach(this::judgeAgain));
        }
    }
}
