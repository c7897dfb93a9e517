package dev.vaultwatch.bench;

import dev.vaultwatch.samples.PopulationGenerator;
import dev.vaultwatch.samples.Profile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Contenders that take the same stream, each in a process of its own, as it has one in a host: in one process they share what
 * Java compiles, made for whoever came first, and pay for each other's heap. Each makes the stream itself, from the same seed. Turns are to be long:
 * each begins with the processor's caches full of another process's memory.
 */
final class Race implements AutoCloseable {
    /** Five of them have room on a machine of 16 GiB. */
    private static final String HEAP = "-Xmx2500m";

    private static final String MAKE = "make";
    private static final String FEED = "feed";
    private static final String FINISH = "finish";

    private final List<Runner> runners = new ArrayList<>();

    Race(Profile profile, int records, int stretches) {
        for (Contender.Kind kind : Contender.Kind.values()) {
            runners.add(new Runner(kind, profile, records, stretches));
        }
    }

    /** Feeds the next stretch to all at once: nothing is measured, and both processors are used. */
    void warmUp() {
        all(MAKE);
        all(FEED);
    }

    private void all(String what) {
        runners.forEach(each -> each.tell(what));
        runners.forEach(Runner::answer);
    }

    /** The contenders' clocks for the next stretch, in their order. */
    List<Clocks> next() {
        all(MAKE);
        List<Clocks> clocks = new ArrayList<>();
        for (Runner each : runners) {
            each.tell(FEED);
            String[] words = each.answer();
            clocks.add(new Clocks(0, 0, Long.parseLong(words[0]), Long.parseLong(words[1]), 0));
        }
        return clocks;
    }

    /**
     * What the stream was.
     *
     * @param bytes of all records
     * @param alerts that were expected, and that each contender gave
     */
    record Stream(long bytes, int alerts) {}

    /** Ends the stream; fails unless every contender gave the expected alerts. */
    Stream finish() {
        runners.forEach(each -> each.tell(FINISH));
        List<Stream> streams = new ArrayList<>();
        for (Runner each : runners) {
            String[] words = each.answer();
            streams.add(new Stream(Long.parseLong(words[0]), Integer.parseInt(words[1])));
        }
        Check.that(streams.stream().distinct().count() == 1, "the contenders made different streams: " + streams);
        return streams.get(0);
    }

    @Override
    public void close() {
        runners.forEach(each -> each.process.destroyForcibly());
    }

    /** One contender's process, as seen from here. */
    private static final class Runner {
        private final Process process;
        private final PrintStream in;
        private final BufferedReader out;

        Runner(Contender.Kind kind, Profile profile, int records, int stretches) {
            process = Child.spawn(HEAP, "race", kind.name(), profile.name(), "" + records, "" + stretches);
            in = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
            out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        }

        void tell(String what) {
            in.println(what);
        }

        String[] answer() {
            try {
                String line = out.readLine();
                Check.that(line != null, "a contender ended early");
                return line.split(" ");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Runs a contender in this process, by what its input says. */
    static void run(Contender.Kind kind, Profile profile, int records, int stretches) throws IOException {
        PopulationGenerator generator = new PopulationGenerator(profile, records, 1);
        Contender contender = kind.start(profile, Host.factory());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Blocks stretch = null;
        long bytes = 0;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            switch (line) {
                case MAKE -> {
                    stretch = Blocks.next(generator, profile, records / stretches);
                    bytes += stretch.bytes();
                    // What is about to be fed is old by then, and no collection of the turn copies it.
                    System.gc();
                    System.out.println();
                }
                case FEED -> {
                    Clocks clocks = contender.feed(stretch);
                    System.out.println(clocks.wall() + " " + clocks.process());
                }
                default -> {
                    contender.finish(generator.expected());
                    System.out.println(bytes + " " + generator.expected().size());
                }
            }
        }
    }
}
