package dev.vaultwatch.bench;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.samples.ExpectedAlert;
import dev.vaultwatch.samples.Profile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What takes a stream in stretches, and says at its end what came of it. */
interface Contender {
    /** Takes the next blocks of the stream. */
    Clocks feed(Blocks stretch);

    /** Ends the stream; fails if the alerts are not the expected ones. */
    void finish(List<ExpectedAlert> expected);

    /** Who takes part, in the order of the table's columns. */
    enum Kind {
        YARDSTICK,
        BLOCKS,
        RECORDS,
        YARDSTICK_ON_TWO,
        BLOCKS_ON_TWO;

        /** Starts one; plugins of one factory share what they compile. */
        Contender start(Profile profile, DetectionPluginFactory factory) {
            return switch (this) {
                case YARDSTICK -> new Yard(profile, 1);
                case BLOCKS -> new Whole(factory, 1);
                case RECORDS -> new ByRecord(factory);
                case YARDSTICK_ON_TWO -> new Yard(profile, 2);
                case BLOCKS_ON_TWO -> new Whole(factory, 2);
            };
        }
    }

    /** The yardstick: lines are read on each thread, events added to one set of maps a block at a time. */
    final class Yard implements Contender {
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
    final class Whole implements Contender {
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
    final class ByRecord implements Contender {
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
