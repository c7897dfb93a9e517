package dev.vaultwatch.model;

import dev.vaultwatch.fuzz.FuzzRule;
import dev.vaultwatch.fuzz.Group;
import dev.vaultwatch.model.Oracle.Expected;
import dev.vaultwatch.model.Oracle.Mistake;
import dev.vaultwatch.model.Read.Totals;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Every word of a rule over tumbling windows. */
final class TumblingOracle extends RuleOracle {
    private static final long NEVER = Long.MIN_VALUE;

    private static final class Cell {
        private final List<Read> reads = new ArrayList<>();
        private Optional<Totals> early = Optional.empty();
        private Optional<Totals> onTime = Optional.empty();
        private final List<Totals> revised = new ArrayList<>();

        Totals totals() {
            return Totals.of(reads);
        }
    }

    private final TreeMap<Long, Map<Group, Cell>> unclosed = new TreeMap<>();
    private final TreeMap<Long, Map<Group, Cell>> closed = new TreeMap<>();

    TumblingOracle(FuzzRule rule, long lateness, Mistake mistake) {
        super(rule, lateness, mistake);
    }

    private Group group(Read read) {
        Read placed = mistake == Mistake.THE_BOUNDARY_BELONGS_TO_THE_MINUTE_BEFORE
                ? new Read(read.time() - 1, read.action(), read.upn(), read.ip(), read.vault())
                : read;
        return rule().group(placed);
    }

    @Override
    boolean isTooLate(Read read, long settled) {
        return settled != NEVER && group(read).start() + rule().length() + lateness <= settled;
    }

    @Override
    void take(Read read, long watermark) {
        Group group = group(read);
        if (watermark != NEVER && group.start() + rule().length() <= watermark) {
            if (mistake != Mistake.NO_LATE_EVENTS) {
                Cell cell = cell(closed, group);
                cell.reads.add(read);
                judgeAgain(cell);
            }
        } else {
            Cell cell = cell(unclosed, group);
            cell.reads.add(read);
            if (isSaidEarly(group.start(), watermark)) {
                speakEarly(cell);
            }
        }
    }

    private static Cell cell(Map<Long, Map<Group, Cell>> cells, Group group) {
        return cells.computeIfAbsent(group.start(), start -> new TreeMap<>(Group.ORDER))
                .computeIfAbsent(group, each -> new Cell());
    }

    /** Of the window that is open, and of the one that follows it, where a slow source holds time back. */
    private boolean isSaidEarly(long start, long watermark) {
        return watermark != NEVER && start - rule().length() <= watermark && watermark < start + rule().length();
    }

    private void judgeAgain(Cell cell) {
        if (rule().isAlert(cell.reads)) {
            cell.revised.add(cell.totals());
        }
    }

    /** Once a window, with the totals up to the very event that crosses. */
    private void speakEarly(Cell cell) {
        for (int i = 1; i <= cell.reads.size() && cell.early.isEmpty(); i++) {
            if (rule().isAlert(cell.reads.subList(0, i))) {
                cell.early = Optional.of(Totals.of(cell.reads.subList(0, i)));
            }
        }
    }

    @Override
    void advance(long watermark) {
        unclosed.headMap(watermark + rule().length(), true)
                .values()
                .forEach(cells -> cells.values().forEach(this::speakEarly));
        while (!unclosed.isEmpty() && unclosed.firstKey() + rule().length() <= watermark) {
            long start = unclosed.firstKey();
            Map<Group, Cell> cells = unclosed.pollFirstEntry().getValue();
            cells.values().forEach(cell -> {
                if (rule().isAlert(cell.reads)) {
                    cell.onTime = Optional.of(cell.totals());
                }
            });
            closed.put(start, cells);
        }
    }

    @Override
    void reloaded(long watermark) {
        unclosed.forEach((start, cells) -> {
            if (isSaidEarly(start, watermark)) {
                cells.values().forEach(this::speakEarly);
            }
        });
        if (mistake == Mistake.A_RELOAD_JUDGES_CLOSED_MINUTES) {
            closed.tailMap(watermark - lateness - rule().length(), false)
                    .values()
                    .forEach(cells -> cells.values().forEach(this::judgeAgain));
        }
    }

    @Override
    void expect(boolean early, long watermark, Map<Group, Expected> expected) {
        expect(closed, true, early, expected);
        expect(unclosed, false, early, expected);
    }

    private static void expect(
            Map<Long, Map<Group, Cell>> windows, boolean areClosed, boolean saysEarly, Map<Group, Expected> expected) {
        windows.values()
                .forEach(cells -> cells.forEach((group, cell) -> {
                    Optional<Totals> early = saysEarly ? cell.early : Optional.empty();
                    if (early.isPresent() || cell.onTime.isPresent() || !cell.revised.isEmpty()) {
                        expected.put(
                                group,
                                new Expected(
                                        early,
                                        cell.onTime,
                                        areClosed && early.isPresent() && cell.onTime.isEmpty(),
                                        List.copyOf(cell.revised)));
                    }
                }));
    }
}
