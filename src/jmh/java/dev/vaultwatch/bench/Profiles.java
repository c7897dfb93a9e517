package dev.vaultwatch.bench;

import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.samples.ExpectedAlert;
import dev.vaultwatch.samples.PopulationGenerator;
import dev.vaultwatch.samples.Profile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * The whole path beside the yardstick on every {@link Profile}: by the wall's clock and by the CPU time of the whole process (the
 * collector's and the compiler's threads among it). Each contender takes the same stream from its beginning to its end, in
 * stretches; the contenders take turns, so that what else the machine does falls on all of them. Of the stretches the first two thirds
 * are not measured: until then Java compiles, on a processor that the second thread would have. Each lane has classes of its own for
 * its rule, so another plugin before these would warm up no more than their half. Of the others the median is of wall time, and the mean of CPU time. At the end
 * every contender's alerts are compared with the expected ones. Of two threads, each is a source (a partition) of its own; blocks go
 * to whoever is free. The contenders share this process, or each has its own: see {@link Race}.
 */
final class Profiles {
    private static final String HEAD = "%-12s %6s %7s | %8s %8s | %8s %8s %6s %6s | %8s %6s | %8s %8s %8s %6s %6s";
    private static final String ROW =
            "%-12s %6d %7d | %,8d %8d | %,8d %8d %6.2f %6.2f | %,8d %6.2f | %,8d %,8d %8d %6.2f %6.2f";

    /** Stretches of a stream; each holds several minutes of event time. */
    private final int stretches;

    private final int measuredFrom;
    private final boolean apart;
    private final int records;
    private final Consumer<String> out;

    /**
     * Prepares to measure.
     *
     * @param records of each profile
     * @param apart whether each contender has a process of its own
     */
    Profiles(int records, boolean apart, Consumer<String> out) {
        this.records = records;
        this.apart = apart;
        this.stretches = apart ? 15 : 24;
        this.measuredFrom = stretches * 2 / 3;
        this.out = out;
    }

    void run(List<Profile> profiles) {
        say(
                "%n== whole path beside the yardstick: %,d records of each profile%s, medians of the last %d of %d stretches (CPU: means); 1,000 records/s, ns of the whole"
                        + " process's CPU time a record",
                records, apart ? ", each contender in a process of its own" : "", stretches - measuredFrom, stretches);
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

    /** What contenders took of a stream: their clocks by measured stretch. */
    private record Result(List<List<Clocks>> clocks, Race.Stream stream) {}

    private Result together(Profile profile) {
        PopulationGenerator generator = new PopulationGenerator(profile, records, 1);
        DetectionPluginFactory factory = Host.factory();
        List<Contender> contenders = Arrays.stream(Contender.Kind.values())
                .map(kind -> kind.start(profile, factory))
                .toList();
        List<List<Clocks>> clocks = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < stretches; i++) {
            Blocks stretch = Blocks.next(generator, profile, records / stretches);
            bytes += stretch.bytes();
            clocks.add(contenders.stream().map(each -> each.feed(stretch)).toList());
        }
        List<ExpectedAlert> expected = generator.expected();
        contenders.forEach(each -> each.finish(expected));
        return new Result(clocks.subList(measuredFrom, stretches), new Race.Stream(bytes, expected.size()));
    }

    private Result apart(Profile profile) {
        List<List<Clocks>> clocks = new ArrayList<>();
        try (Race race = new Race(profile, records, stretches)) {
            for (int i = 0; i < measuredFrom; i++) {
                race.warmUp();
            }
            for (int i = measuredFrom; i < stretches; i++) {
                clocks.add(race.next());
            }
            return new Result(clocks, race.finish());
        }
    }

    private void measure(Profile profile) {
        Result race = apart ? apart(profile) : together(profile);
        double[] wall = new double[Contender.Kind.values().length];
        double[] cpu = new double[wall.length];
        for (int k = 0; k < wall.length; k++) {
            int contender = k;
            List<Clocks> measured =
                    race.clocks().stream().map(each -> each.get(contender)).toList();
            wall[k] = median(measured, Clocks::wall) * stretches / records;
            // It goes on in steps of 10 ms, too coarse for one stretch.
            cpu[k] = measured.stream().mapToLong(Clocks::process).average().orElseThrow() * stretches / records;
        }
        out.accept(String.format(
                Locale.ROOT,
                ROW,
                profile.name().toLowerCase(Locale.ROOT),
                race.stream().bytes() / records,
                race.stream().alerts(),
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
