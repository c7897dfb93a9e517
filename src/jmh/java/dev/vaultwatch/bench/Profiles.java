package dev.vaultwatch.bench;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.samples.ExpectedAlert;
import dev.vaultwatch.samples.PopulationGenerator;
import dev.vaultwatch.samples.Profile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * The whole path beside the yardstick on every {@link Profile}: by the wall's clock and by the CPU time of the whole process (the
 * collector's and the compiler's threads among it). Each contender takes the same stream from its beginning to its end, in
 * stretches; the contenders take turns, so that what else the machine does falls on all of them. Of the stretches the first two thirds
 * are not measured: until then Java compiles, on a processor that the second thread would have. Each lane has classes of its own for
 * its rule, so another plugin before these would warm up no more than their half. Of the others the median is of wall time, and the mean of CPU time. At the end
 * every contender's alerts are compared with the expected ones. Of two threads, each is a source (a partition) of its own; blocks go
 * to whoever is free.
 */
final class Profiles {
    private static final String HEAD = "%-12s %6s %7s | %8s %8s | %8s %8s %6s %6s | %8s %6s | %8s %8s %6s %6s";
    private static final String ROW =
            "%-12s %6d %7d | %,8d %8d | %,8d %8d %6.2f %6.2f | %,8d %6.2f | %,8d %,8d %6.2f %6.2f";

    /** Stretches of a stream; each holds several minutes of event time. */
    private static final int STRETCHES = 24;

    private static final int MEASURED_FROM = STRETCHES * 2 / 3;

    private final DetectionPluginFactory factory = Host.factory();
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
                "thread",
                "stick");
        for (Profile profile : profiles) {
            measure(profile);
        }
    }

    /** What contenders took of a stream: for each its clocks by stretch. */
    private record Race(List<List<Clocks>> clocks, long bytes, int alerts) {}

    private Race race(Profile profile) {
        PopulationGenerator generator = new PopulationGenerator(profile, records, 1);
        List<Contender> contenders = List.of(
                new Yard(profile, 1),
                new Whole(factory, 1),
                new ByRecord(factory),
                new Yard(profile, 2),
                new Whole(factory, 2));
        List<List<Clocks>> clocks = new ArrayList<>();
        contenders.forEach(each -> clocks.add(new ArrayList<>()));
        long bytes = 0;
        for (int i = 0; i < STRETCHES; i++) {
            Blocks stretch = Blocks.next(generator, profile, records / STRETCHES);
            bytes += stretch.bytes();
            for (int k = 0; k < contenders.size(); k++) {
                clocks.get(k).add(contenders.get(k).feed(stretch));
            }
        }
        List<ExpectedAlert> expected = generator.expected();
        contenders.forEach(each -> each.finish(expected));
        return new Race(clocks, bytes, expected.size());
    }

    private void measure(Profile profile) {
        Race race = race(profile);
        double[] wall = new double[race.clocks().size()];
        double[] cpu = new double[wall.length];
        for (int k = 0; k < wall.length; k++) {
            List<Clocks> measured = race.clocks().get(k).subList(MEASURED_FROM, STRETCHES);
            wall[k] = median(measured, Clocks::wall) * STRETCHES / records;
            // It goes on in steps of 10 ms, too coarse for one stretch.
            cpu[k] = measured.stream().mapToLong(Clocks::process).average().orElseThrow() * STRETCHES / records;
        }
        out.accept(String.format(
                Locale.ROOT,
                ROW,
                profile.name().toLowerCase(Locale.ROOT),
                race.bytes() / records,
                race.alerts(),
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

    /** Takes a stream in stretches, and says at its end what came of it. */
    interface Contender {
        /** Takes the next blocks of the stream. */
        Clocks feed(Blocks stretch);

        /** Ends the stream; fails if the alerts are not the expected ones. */
        void finish(List<ExpectedAlert> expected);
    }

    /** The yardstick: lines are read on each thread, events added to one set of maps a block at a time. */
    static final class Yard implements Contender {
        private final Yardstick yardstick;
        private final int threads;

        Yard(Profile profile, int threads) {
            this.yardstick = Yardstick.of(profile);
            this.threads = threads;
        }

        @Override
        public Clocks feed(Blocks stretch) {
            List<byte[]> blocks = stretch.blocks();
            AtomicInteger next = new AtomicInteger();
            return Clocks.of(threads, () -> {
                List<Yardstick.Event> events = new ArrayList<>();
                for (int i = next.getAndIncrement(); i < blocks.size(); i = next.getAndIncrement()) {
                    Blocks.lines(blocks.get(i), (block, start, end) -> yardstick.read(block, start, end, events::add));
                    synchronized (yardstick) {
                        events.forEach(yardstick::add);
                    }
                    events.clear();
                }
            });
        }

        @Override
        public void finish(List<ExpectedAlert> expected) {
            Check.same(expected, yardstick.finish(), "the yardstick");
        }
    }

    /** The plugin, a block a call. */
    static final class Whole implements Contender {
        private final Host host;
        private final Source[] sources;

        Whole(DetectionPluginFactory factory, int threads) {
            this.host = new Host(factory);
            this.sources = new Source[threads];
            Arrays.setAll(sources, i -> host.plugin.source(SourceSpec.of("partition-" + i)));
        }

        @Override
        public Clocks feed(Blocks stretch) {
            List<byte[]> blocks = stretch.blocks();
            AtomicInteger next = new AtomicInteger();
            AtomicInteger thread = new AtomicInteger();
            return Clocks.of(sources.length, () -> {
                Source source = sources[thread.getAndIncrement()];
                for (int i = next.getAndIncrement(); i < blocks.size(); i = next.getAndIncrement()) {
                    taken(source.accept(blocks.get(i)));
                }
            });
        }

        @Override
        public void finish(List<ExpectedAlert> expected) {
            check(expected, host);
        }
    }

    /** The plugin, a line a call, in place in its block. */
    static final class ByRecord implements Contender {
        private final Host host;

        ByRecord(DetectionPluginFactory factory) {
            this.host = new Host(factory);
        }

        @Override
        public Clocks feed(Blocks stretch) {
            int[][] ends = stretch.lineEnds();
            return Clocks.of(1, () -> {
                for (int i = 0; i < ends.length; i++) {
                    byte[] block = stretch.blocks().get(i);
                    int start = 0;
                    for (int end : ends[i]) {
                        taken(host.plugin.accept(block, start, end - start));
                        start = end + 1;
                    }
                }
            });
        }

        @Override
        public void finish(List<ExpectedAlert> expected) {
            check(expected, host);
        }
    }

    private static void taken(Admission admission) {
        if (admission.status() != Admission.Status.TAKEN) {
            throw new IllegalStateException("A benchmark's records were refused: " + admission);
        }
    }

    private static void check(List<ExpectedAlert> expected, Host host) {
        Check.same(expected, host.finish(), "the plugin");
        Check.that(host.early() >= expected.size(), "an alert without EARLY");
        host.close();
    }
}
