package dev.vaultwatch.bench;

import dev.vaultwatch.samples.Profile;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * The whole path beside the yardstick on every {@link Profile}: by the wall's clock and by the CPU time of the whole process (the
 * collector's and the compiler's threads among it). The contenders take turns, each in a process of its own: see {@link Race}. Of the
 * stretches the first four fifths are not measured, and all are fed at once: a host runs for weeks, and until some millions of records
 * have passed Java's compiler takes a good part of a processor. Of the others the median is of wall time, and the mean of CPU time. At the end
 * every contender's alerts are compared with the expected ones. Of two threads, each is a source (a partition) of its own; blocks go
 * to whoever is free.
 */
final class Profiles {
    private static final String HEAD = "%-12s %6s %7s | %8s %8s | %8s %8s %6s %6s | %8s %6s | %8s %8s %8s %6s %6s";
    private static final String ROW =
            "%-12s %6d %7d | %,8d %8d | %,8d %8d %6.2f %6.2f | %,8d %6.2f | %,8d %,8d %8d %6.2f %6.2f";

    /** Stretches of a stream; each holds a minute or more of event time. */
    private static final int STRETCHES = 80;

    private static final int MEASURED_FROM = STRETCHES * 4 / 5;

    private final int records;
    private final Consumer<String> out;

    Profiles(int records, Consumer<String> out) {
        this.records = records;
        this.out = out;
    }

    void run(List<Profile> profiles) {
        say(
                "%n== whole path beside the yardstick: %,d records of each profile, medians of the last %d of %d stretches (CPU: means); 1,000 records/s, ns of the whole"
                        + " process's CPU time a record",
                records, STRETCHES - MEASURED_FROM, STRETCHES);
        say(
                HEAD,
                "",
                "",
                "",
                "yardstick",
                "",
                "a block",
                "a call",
                "/ yardstick",
                "",
                "a record",
                "a call",
                "2 threads:",
                "whole",
                "",
                "/ one",
                "/ yard");
        say(
                HEAD,
                "profile",
                "bytes",
                "alerts",
                "k/s",
                "cpu ns",
                "k/s",
                "cpu ns",
                "wall",
                "cpu",
                "k/s",
                "/block",
                "yard k/s",
                "k/s",
                "cpu ns",
                "thread",
                "stick");
        for (Profile profile : profiles) {
            measure(profile);
        }
    }

    private void measure(Profile profile) {
        List<List<Clocks>> stretches = new ArrayList<>();
        Race.Stream stream;
        try (Race race = new Race(profile, records, STRETCHES)) {
            for (int i = 0; i < MEASURED_FROM; i++) {
                race.warmUp();
            }
            for (int i = MEASURED_FROM; i < STRETCHES; i++) {
                stretches.add(race.next());
            }
            stream = race.finish();
        }
        double[] wall = new double[Contender.Kind.values().length];
        double[] cpu = new double[wall.length];
        for (int k = 0; k < wall.length; k++) {
            int contender = k;
            List<Clocks> measured =
                    stretches.stream().map(each -> each.get(contender)).toList();
            wall[k] = median(measured, Clocks::wall) * STRETCHES / records;
            // It goes on in steps of 10 ms, too coarse for one stretch.
            cpu[k] = measured.stream().mapToLong(Clocks::process).average().orElseThrow() * STRETCHES / records;
        }
        out.accept(String.format(
                Locale.ROOT,
                ROW,
                profile.name().toLowerCase(Locale.ROOT),
                stream.bytes() / records,
                stream.alerts(),
                Math.round(1e6 / wall[0]),
                Math.round(cpu[0]),
                Math.round(1e6 / wall[1]),
                Math.round(cpu[1]),
                wall[0] / wall[1],
                cpu[0] / cpu[1],
                Math.round(1e6 / wall[2]),
                wall[1] / wall[2],
                Math.round(1e6 / wall[3]),
                Math.round(1e6 / wall[4]),
                Math.round(cpu[4]),
                wall[1] / wall[4],
                wall[3] / wall[4]));
    }

    private static double median(List<Clocks> clocks, ToLongFunction<Clocks> clock) {
        long[] sorted = clocks.stream().mapToLong(clock).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private void say(String format, Object... values) {
        out.accept(String.format(Locale.ROOT, format, values));
    }
}
