package dev.vaultwatch.bench;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
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
 * stretches; the contenders take turns, so that what else the machine does falls on all of them; the first stretch is not measured,
 * of the others the median is. At the end every contender's alerts are compared with the expected ones. Of two threads, each is a
 * source (a partition) of its own; blocks go to whoever is free.
 */
final class Profiles {
    private static final String HEAD = "%-12s %6s %7s | %8s %8s | %8s %8s %6s %6s | %8s %6s | %8s %8s %6s %6s";
    private static final String ROW =
            "%-12s %6d %7d | %,8d %8d | %,8d %8d %6.2f %6.2f | %,8d %6.2f | %,8d %,8d %6.2f %6.2f";

    private final int records;
    private final int rounds;
    private final Consumer<String> out;

    Profiles(int records, int rounds, Consumer<String> out) {
        this.records = records;
        this.rounds = rounds;
        this.out = out;
    }

    void run(List<Profile> profiles) {
        say(
                "%n== whole path beside the yardstick: %,d records of each profile, medians of %d stretches after a first; 1,000 records/s, ns of the whole"
                        + " process's CPU time a record",
                records, rounds);
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
        // For nothing: the first would pay for what the compiler has not done yet.
        measure(profiles.get(0), line -> {});
        for (Profile profile : profiles) {
            measure(profile, out);
        }
    }

    private void measure(Profile profile, Consumer<String> report) {
        Blocks data = Blocks.of(profile, records);
        List<Contender> contenders = List.of(
                new Yard(profile, data, 1),
                new Whole(data, 1),
                new ByRecord(data),
                new Yard(profile, data, 2),
                new Whole(data, 2));
        List<List<Clocks>> clocks = new ArrayList<>();
        contenders.forEach(each -> clocks.add(new ArrayList<>()));
        int stretches = rounds + 1;
        for (int i = 0; i < stretches; i++) {
            int from = data.blocks().size() * i / stretches;
            int to = data.blocks().size() * (i + 1) / stretches;
            for (int k = 0; k < contenders.size(); k++) {
                clocks.get(k).add(contenders.get(k).feed(from, to));
            }
        }
        contenders.forEach(Contender::finish);
        double[] wall = new double[contenders.size()];
        double[] cpu = new double[contenders.size()];
        for (int k = 0; k < wall.length; k++) {
            // The first stretch pays for what the compiler has not done yet.
            List<Clocks> measured = clocks.get(k).subList(1, stretches);
            wall[k] = median(measured, Clocks::wall) * stretches / records;
            cpu[k] = median(measured, Clocks::process) * stretches / records;
        }
        report.accept(String.format(
                Locale.ROOT,
                ROW,
                profile.name().toLowerCase(Locale.ROOT),
                data.bytes() / records,
                data.expected().size(),
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
        /** Takes the blocks of a range. */
        Clocks feed(int from, int to);

        /** Ends the stream; fails if the alerts are not the expected ones. */
        void finish();
    }

    /** The yardstick: lines are read on each thread, events added to one set of maps a block at a time. */
    static final class Yard implements Contender {
        private final Yardstick yardstick;
        private final Blocks data;
        private final int threads;

        Yard(Profile profile, Blocks data, int threads) {
            this.yardstick = Yardstick.of(profile);
            this.data = data;
            this.threads = threads;
        }

        @Override
        public Clocks feed(int from, int to) {
            AtomicInteger next = new AtomicInteger(from);
            return Clocks.of(threads, () -> {
                List<Yardstick.Event> events = new ArrayList<>();
                for (int i = next.getAndIncrement(); i < to; i = next.getAndIncrement()) {
                    Blocks.lines(
                            data.blocks().get(i),
                            (block, start, end) -> yardstick.read(block, start, end, events::add));
                    synchronized (yardstick) {
                        events.forEach(yardstick::add);
                    }
                    events.clear();
                }
            });
        }

        @Override
        public void finish() {
            Check.same(data.expected(), yardstick.finish(), "the yardstick");
        }
    }

    /** The plugin, a block a call. */
    static final class Whole implements Contender {
        private final Host host = new Host();
        private final Blocks data;
        private final Source[] sources;

        Whole(Blocks data, int threads) {
            this.data = data;
            this.sources = new Source[threads];
            Arrays.setAll(sources, i -> host.plugin.source(SourceSpec.of("partition-" + i)));
        }

        @Override
        public Clocks feed(int from, int to) {
            AtomicInteger next = new AtomicInteger(from);
            AtomicInteger thread = new AtomicInteger();
            return Clocks.of(sources.length, () -> {
                Source source = sources[thread.getAndIncrement()];
                for (int i = next.getAndIncrement(); i < to; i = next.getAndIncrement()) {
                    taken(source.accept(data.blocks().get(i)));
                }
            });
        }

        @Override
        public void finish() {
            check(data, host);
        }
    }

    /** The plugin, a line a call, in place in its block. */
    static final class ByRecord implements Contender {
        private final Host host = new Host();
        private final Blocks data;
        private final int[][] ends;

        ByRecord(Blocks data) {
            this.data = data;
            this.ends = data.lineEnds();
        }

        @Override
        public Clocks feed(int from, int to) {
            return Clocks.of(1, () -> {
                for (int i = from; i < to; i++) {
                    byte[] block = data.blocks().get(i);
                    int start = 0;
                    for (int end : ends[i]) {
                        taken(host.plugin.accept(block, start, end - start));
                        start = end + 1;
                    }
                }
            });
        }

        @Override
        public void finish() {
            check(data, host);
        }
    }

    private static void taken(Admission admission) {
        if (admission.status() != Admission.Status.TAKEN) {
            throw new IllegalStateException("A benchmark's records were refused: " + admission);
        }
    }

    private static void check(Blocks data, Host host) {
        Check.same(data.expected(), host.finish(), "the plugin");
        Check.that(host.early() >= data.expected().size(), "an alert without EARLY");
        host.close();
    }
}
