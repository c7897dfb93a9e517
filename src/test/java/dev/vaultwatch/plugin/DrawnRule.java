package dev.vaultwatch.plugin;

import dev.vaultwatch.plugin.DrawnReads.Read;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A rule whose key, window and threshold are drawn, and what it should find, counted by hand.
 *
 * @param window seconds
 * @param quiet seconds
 * @param counted whether its condition is one that totals alone can answer
 */
record DrawnRule(
        String id, Kind kind, List<String> key, String action, long window, long quiet, int least, boolean counted) {
    private static final List<List<String>> KEYS = List.of(
            List.of("upn"),
            List.of("vault"),
            List.of("sourceIp"),
            List.of("vault", "upn"),
            List.of("sourceIp", "vault"));

    enum Kind {
        TUMBLING,
        ORDERED,
        EVENT
    }

    static DrawnRule of(String id, Kind kind, Random random) {
        long window = 1L + random.nextInt(random.nextBoolean() ? 90 : 10);
        return new DrawnRule(
                id,
                kind,
                KEYS.get(random.nextInt(KEYS.size())),
                DrawnReads.ACTIONS.get(random.nextInt(2)),
                window,
                window + random.nextInt(60),
                2 + random.nextInt(4),
                random.nextBoolean());
    }

    static DrawnRule of(String id, Random random) {
        return of(id, Kind.values()[random.nextInt(3)], random);
    }

    /** Writes it into a folder of rules. */
    void write(Path rules) throws IOException {
        String columns = String.join(", ", key);
        String filter = "KeyVaultEvent(action = '" + action + "'" + (counted ? "" : ", httpStatus is null") + ")";
        String counts =
                "@name('alert') select " + columns + ", count(*) as n, distinct_values(upn) as upns from " + filter;
        String grouped = " group by " + columns + " having count(*) >= " + least + ";";
        String seconds = "\"PT" + window + "S\"";
        switch (kind) {
            case TUMBLING ->
                Rules.write(
                        rules,
                        id,
                        counts + "#time_batch(" + window + " sec, 0L)" + grouped,
                        "{\"kind\": \"tumbling\", \"length\": " + seconds + "}",
                        key);
            case ORDERED ->
                Rules.write(
                        rules,
                        id,
                        counts + "#time(" + window + " sec)" + grouped,
                        "{\"kind\": \"ordered\", \"reach\": " + seconds + ", \"quiet\": \"PT" + quiet + "S\"}",
                        key);
            case EVENT ->
                Rules.write(
                        rules,
                        id,
                        "@name('alert') select time, " + columns + " from " + filter + ";",
                        "{\"kind\": \"event\"}",
                        key);
        }
    }

    /** What stands in the end, each as its key and where it is anchored. */
    SortedSet<String> deserved(List<Read> reads) {
        TreeMap<String, List<Long>> byKey = new TreeMap<>();
        reads.stream()
                .filter(read -> read.action().equals(action))
                .sorted(Comparator.comparingLong(Read::time))
                .forEach(read -> byKey.computeIfAbsent(keyOf(read), each -> new ArrayList<>())
                        .add(read.time()));
        TreeSet<String> anchors = new TreeSet<>();
        byKey.forEach((of, times) -> {
            for (long anchor : anchors(times)) {
                anchors.add(of + " " + Instant.ofEpochMilli(anchor));
            }
        });
        return anchors;
    }

    private List<Long> anchors(List<Long> times) {
        return switch (kind) {
            case TUMBLING -> windows(times);
            case ORDERED -> bursts(times);
            case EVENT -> times;
        };
    }

    private List<Long> windows(List<Long> times) {
        TreeMap<Long, Integer> counts = new TreeMap<>();
        times.forEach(time -> counts.merge(Math.floorDiv(time, window * 1_000) * window * 1_000, 1, Integer::sum));
        return counts.entrySet().stream()
                .filter(each -> each.getValue() >= least)
                .map(Map.Entry::getKey)
                .toList();
    }

    private List<Long> bursts(List<Long> times) {
        List<Long> bursts = new ArrayList<>();
        long last = Long.MIN_VALUE / 2;
        for (long at : times) {
            long within = times.stream()
                    .filter(time -> time > at - window * 1_000 && time <= at)
                    .count();
            if (within >= least) {
                if (at - last > quiet * 1_000) {
                    bursts.add(at);
                }
                last = at;
            }
        }
        return bursts;
    }

    private String keyOf(Read read) {
        return key.stream().sorted().map(read.values()::get).collect(Collectors.joining("|"));
    }
}
