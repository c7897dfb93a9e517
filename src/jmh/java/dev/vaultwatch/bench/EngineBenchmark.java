package dev.vaultwatch.bench;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.decode.Decoders;
import dev.vaultwatch.decode.EventSink;
import dev.vaultwatch.decode.KeyVaultDecoder;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.plugin.EngineStep;
import dev.vaultwatch.samples.Operations;
import java.util.ArrayList;
import java.util.List;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The step behind decoding, on ready events of wanted actions that name a user: event time, journal, engine, desk, every output
 * of the rule. Beside it the yardstick's, which is two hash maps. Times are for one event.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5)
@Measurement(iterations = 5)
public class EngineBenchmark {
    private static final int EVENTS = 400_000;

    /** Records a second of event time: of 1,000 next to nobody is a suspect, of 20,000 nearly all are, and alert. */
    @Param({"1000", "5000", "20000"})
    public int rate;

    private final List<KeyVaultEvent> events = new ArrayList<>(EVENTS);
    private final List<Yardstick.Event> yardsticks = new ArrayList<>(EVENTS);
    private final EngineStep step = new EngineStep();
    private long alerts;

    @Setup
    public void setUp() {
        KeyVaultDecoder decoder = Decoders.of(true);
        Streamed stream = new Streamed("--records", "1000000", "--rate", "" + rate);
        while (events.size() < EVENTS) {
            byte[] record = stream.next();
            decoder.decode(record, 0, record.length, Operations::isRead, new EventSink() {
                @Override
                public void event(KeyVaultEvent event) {
                    if (event.upn() != null) {
                        events.add(event);
                    }
                }

                @Override
                public void ignored() {}

                @Override
                public void deadLetter(DeadLetter letter) {
                    throw new IllegalStateException(letter.problem());
                }
            });
        }
        for (KeyVaultEvent event : events) {
            yardsticks.add(new Yardstick.Event(
                    event.time(),
                    event.action(),
                    event.upn(),
                    event.appId(),
                    event.objectId(),
                    event.sourceIp(),
                    event.resourceId(),
                    event.resultType(),
                    event.resultSignature()));
        }
        alerts = yardstickStep();
    }

    /** Vaultwatch's. */
    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public long vaultwatch() {
        long got = step.run(events);
        Check.that(got == alerts, got + " alerts for " + alerts);
        return got;
    }

    /** The yardstick's. */
    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public long yardstick() {
        long got = yardstickStep();
        Check.that(got == alerts, got + " alerts for " + alerts);
        return got;
    }

    private long yardstickStep() {
        Yardstick yardstick = new Yardstick();
        yardsticks.forEach(yardstick::add);
        return yardstick.finish().size();
    }

    @TearDown
    public void tearDown() {
        step.close();
    }
}
