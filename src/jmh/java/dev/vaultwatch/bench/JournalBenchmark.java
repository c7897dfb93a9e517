package dev.vaultwatch.bench;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The whole path with a journal on disk, by what is forced to it and when; "none" is without. Blocks of some 45 lines a call.
 * Times are for one record.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
public class JournalBenchmark {
    private static final int RECORDS = 200_000;

    @Param({"none", "never", "interval", "each"})
    public String fsync = "none";

    private Blocks data = new Blocks(java.util.List.of(), 0, java.util.List.of());

    @Setup
    public void setUp() {
        data = Blocks.generate("--records", "" + RECORDS, "--rate", "1000", "--harvests", "10");
    }

    /** Feeds all. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void append() {
        Path folder = PluginBenchmark.temporary();
        try (Host host = fsync.equals("none")
                ? new Host()
                : new Host("journal.dir", folder.toString(), "journal.fsync", fsync)) {
            data.blocks().forEach(host.plugin::accept);
            Check.that(fsync.equals("none") || host.plugin.health().journalDiskBytes() > 0, "nothing on disk");
            Check.same(data.expected(), host.finish(), "the plugin");
        } finally {
            PluginBenchmark.delete(folder);
        }
    }
}
