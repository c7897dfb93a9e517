package dev.vaultwatch.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What happens now and then, each with a plugin in the state that makes it dear. One call each is measured. */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 5)
@Measurement(iterations = 10)
public class PluginBenchmark {
    private static final Instant OPEN = Instant.parse("2026-11-03T12:00:10Z");
    private static final Instant NEXT = OPEN.plusSeconds(60);

    /** A plugin with an open minute of 100,000 users, of whom some read twelve times. */
    @State(Scope.Thread)
    public static class OpenMinute {
        static final int USERS = 100_000;
        static final int SUSPECTS = 1_000;

        private Host host = new Host();

        @Setup(Level.Invocation)
        public void setUp() {
            host.close();
            host = new Host();
            for (int read = 0; read < 12; read++) {
                for (int user = 0; user < (read == 0 ? USERS : SUSPECTS); user++) {
                    host.plugin.accept(Raw.record(OPEN.plusMillis(read), Raw.ACTIONS[read % 2], user));
                }
            }
            Check.that(host.early() == SUSPECTS, host.early() + " EARLY alerts");
        }

        @TearDown(Level.Trial)
        public void tearDown() {
            host.close();
        }
    }

    /** The event that ends the minute: 99,000 users below the threshold, 1,000 alerts. */
    @Benchmark
    public void minuteClose(OpenMinute minute) {
        minute.host.plugin.accept(Raw.record(NEXT, "SecretGet", 0));
        Check.that(minute.host.confirmed() == OpenMinute.SUSPECTS, minute.host.confirmed() + " alerts");
    }

    /** reload() with the minute open, compiling included. */
    @Benchmark
    public void reload(OpenMinute minute) {
        Check.that(minute.host.plugin.reload().applied(), "refused");
    }

    /** A minute that was closed, and a late event for each of its 1,000 suspects. */
    @State(Scope.Thread)
    public static class ClosedMinute extends OpenMinute {
        @Override
        @Setup(Level.Invocation)
        public void setUp() {
            super.setUp();
            super.host.plugin.accept(Raw.record(NEXT, "SecretGet", 0));
        }
    }

    /** 1,000 late events, one for each user: taking, judging again, revising. */
    @Benchmark
    public void lateEvents(ClosedMinute minute) {
        Host host = ((OpenMinute) minute).host;
        for (int user = 0; user < OpenMinute.SUSPECTS; user++) {
            host.plugin.accept(Raw.record(OPEN.plusSeconds(1), "SecretGet", user));
        }
        host.plugin.accept(Raw.record(NEXT.plusSeconds(2), "SecretGet", 0));
        Check.that(host.revised() == OpenMinute.SUSPECTS, host.revised() + " revisions");
    }

    /** A journal on disk of ten minutes at 1,000 records a second, as a crash leaves it. */
    @State(Scope.Thread)
    public static class FullJournal {
        private static final String RECORDS = "600000";
        private final Path folder = temporary();
        private long kept;

        @Setup(Level.Trial)
        public void setUp() {
            Host host = new Host("journal.dir", folder.toString(), "journal.fsync", "never");
            new Streamed("--records", RECORDS, "--rate", "1000", "--harvests", "10").into(host.plugin);
            kept = host.plugin.health().journalBytes();
            host.close();
            Check.that(kept > 0, "nothing kept");
        }

        @TearDown(Level.Trial)
        public void tearDown() {
            delete(folder);
        }
    }

    /** start() on that journal: compiling the rule, reading 600,000 records' events, judging them again. */
    @Benchmark
    public void restart(FullJournal journal) {
        try (Host host = new Host("journal.dir", journal.folder.toString(), "journal.fsync", "never")) {
            long kept = host.plugin.health().journalBytes();
            Check.that(kept == journal.kept, kept + " B kept for " + journal.kept);
        }
    }

    static Path temporary() {
        try {
            return Files.createTempDirectory("vaultwatch-bench");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
