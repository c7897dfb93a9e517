package dev.vaultwatch.bench;

import dev.vaultwatch.decode.Decoders;
import dev.vaultwatch.decode.KeyVaultDecoder;
import dev.vaultwatch.samples.Fact;
import dev.vaultwatch.samples.KeyVaultScenario;
import dev.vaultwatch.samples.WireShapes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One record of each wire shape a call, by the decoder with and without its fast path. Fails if a record is not an event. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecodeBenchmark {

    @Param({"raw", "azureDiagnostics", "auditLogs", "auditLogsWithTextIdentity", "ecs", "ecsDotted", "envelope"})
    public String shape = "raw";

    @Param({"true", "false"})
    public boolean takesFlat;

    private final List<byte[]> inputs = new ArrayList<>();
    private KeyVaultDecoder decoder = Decoders.of(true);
    private long eventsEach;
    private int next;

    @Setup
    public void setUp() {
        decoder = Decoders.of(takesFlat);
        WireShapes shapes = new WireShapes();
        List<Fact> facts = KeyVaultScenario.quietHour();
        for (Fact fact : facts) {
            inputs.add(shapes.json(
                    switch (shape) {
                        case "raw" -> shapes.raw(fact);
                        case "azureDiagnostics" -> shapes.azureDiagnostics(fact);
                        case "auditLogs" -> shapes.auditLogs(fact);
                        case "auditLogsWithTextIdentity" -> shapes.auditLogsWithTextIdentity(fact);
                        case "ecs" -> shapes.ecs(fact);
                        case "ecsDotted" -> shapes.ecsDotted(fact);
                        default -> shapes.envelope(List.of(fact, fact, fact, fact));
                    }));
        }
        eventsEach = shape.equals("envelope") ? 4 : 1;
    }

    /** Decodes one input. */
    @Benchmark
    public long decode() {
        byte[] input = inputs.get(next++ % inputs.size());
        Decoders.Counts counts = Decoders.decode(decoder, List.of(input), action -> true);
        Check.that(counts.events == eventsEach, counts.events + " events of one input");
        return counts.check;
    }
}
