package dev.vaultwatch.flink;

import com.sun.management.OperatingSystemMXBean;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.samples.PopulationGenerator;
import dev.vaultwatch.samples.Profile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/**
 * What the Flink operator costs beside the plain plugin, in one process and parallelism 1; and what a checkpoint of open groups
 * costs, which the task's thread writes.
 *
 * <pre>
 *   mvn -B -Pbench test -DskipTests -Dbench.main=dev.vaultwatch.flink.FlinkBench -Dbench.args="throughput 300000"
 *   mvn -B -Pbench test -DskipTests -Dbench.main=dev.vaultwatch.flink.FlinkBench -Dbench.args="state 100000"
 * </pre>
 */
public final class FlinkBench {
    private static final double WARM = 0.4;
    private static final DetectionPluginFactory FACTORY =
            ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();

    /** The job's source reads them here: it runs in this process. */
    private static final List<byte[]> RECORDS = new ArrayList<>();

    private static final AtomicLong WARM_CPU = new AtomicLong();
    private static final AtomicLong WARM_WALL = new AtomicLong();

    private FlinkBench() {}

    /** Runs one of the two. */
    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[1]);
        if (args[0].equals("throughput")) {
            throughput(count);
        } else {
            state(count);
        }
    }

    private static void throughput(int count) throws Exception {
        PopulationGenerator generator = new PopulationGenerator(Profile.POPULATION, count, 7);
        while (generator.hasNext()) {
            RECORDS.add(generator.next());
        }
        double plain = plain();
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        env.enableCheckpointing(1000);
        VaultwatchStream vaultwatch = VaultwatchStream.of(Map.of(), "ecs");
        DataGeneratorSource<byte[]> source =
                new DataGeneratorSource<>(new Reader(), count, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        vaultwatch
                .detect(vaultwatch
                        .split(env.fromSource(source, WatermarkStrategy.noWatermarks(), "records"))
                        .assignTimestampsAndWatermarks(vaultwatch.watermarks()))
                .sinkTo(new DiscardingSink<>());
        env.execute();
        double flink = tell(
                "Flink, parallelism 1, a checkpoint a second",
                (long) (count * (1 - WARM)),
                System.nanoTime() - WARM_WALL.get(),
                cpu() - WARM_CPU.get());
        say("Flink: %.2f of the plain plugin's throughput on the same processors", plain / flink);
    }

    private static final class Reader implements GeneratorFunction<Long, byte[]> {
        private static final long serialVersionUID = 1L;

        @Override
        public byte[] map(Long number) {
            if (number == (long) (WARM * RECORDS.size())) {
                WARM_CPU.set(cpu());
                WARM_WALL.set(System.nanoTime());
            }
            return RECORDS.get((int) (long) number);
        }
    }

    private static double plain() {
        PluginContext context = PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .onAlert(alert -> {})
                .build();
        try (DetectionPlugin plugin = FACTORY.create(context)) {
            plugin.start();
            int warm = (int) (WARM * RECORDS.size());
            RECORDS.subList(0, warm).forEach(plugin::accept);
            long wall = System.nanoTime();
            long cpu = cpu();
            RECORDS.subList(warm, RECORDS.size()).forEach(plugin::accept);
            return tell(
                    "plugin, a record a call, one thread",
                    RECORDS.size() - warm,
                    System.nanoTime() - wall,
                    cpu() - cpu);
        }
    }

    private static double tell(String who, long records, long wallNanos, long cpuNanos) {
        double micros = cpuNanos / 1000.0 / records;
        say(
                "%-44s %,9.0f records/s by the clock, %6.2f µs of processor time a record",
                who, records * 1e9 / wallNanos, micros);
        return micros;
    }

    private static long cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** Two reads of each of so many users in an open minute: written and read back, five times. */
    private static void state(int users) throws Exception {
        Map<String, String> config = new HashMap<>();
        Setup setup = Setup.of(config, "ecs");
        KeyReader keys = FACTORY.keyReader(config);
        SubtaskPlugins subtask = new SubtaskPlugins(setup, FACTORY, 0);
        Instant start = Instant.parse("2026-11-03T08:00:00Z");
        for (int i = 0; i < 2 * users; i++) {
            String json = "{\"time\":\"" + start.plusMillis(i * 50_000L / (2L * users))
                    + "\",\"category\":\"AuditEvent\",\"operationName\":\"" + (i % 2 == 0 ? "SecretGet" : "KeyGet")
                    + "\",\"resultType\":\"Success\",\"correlationId\":\"c" + i
                    + "\",\"callerIpAddress\":\"192.0.2.7\",\"identity\":{\"claim\":{\"upn\":\"user" + i / 2
                    + "@contoso.example\"}},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V\"}";
            SplitFunction.split(keys, json.getBytes(StandardCharsets.UTF_8), new Collector<>() {
                @Override
                public void collect(RoutedRecord record) {
                    subtask.take(record);
                }

                @Override
                public void close() {}
            });
        }
        List<Integer> groups = IntStream.range(0, 128).boxed().toList();
        for (int round = 0; round < 5; round++) {
            Map<Integer, ByteArrayOutputStream> written = new TreeMap<>();
            long before = System.nanoTime();
            long cpu = cpu();
            subtask.settle();
            subtask.snapshot(
                    groups,
                    key -> Math.floorMod(key.hashCode(), 128),
                    group -> written.computeIfAbsent(group, each -> new ByteArrayOutputStream()));
            long took = System.nanoTime() - before;
            long bytes = written.values().stream()
                    .mapToLong(ByteArrayOutputStream::size)
                    .sum();
            long writing = cpu() - cpu;
            before = System.nanoTime();
            SubtaskPlugins restored = new SubtaskPlugins(setup, FACTORY, 0);
            for (ByteArrayOutputStream group : written.values()) {
                restored.restore(new ByteArrayInputStream(group.toByteArray()));
            }
            say(
                    "%,d open groups of two events: checkpoint %.0f ms in the task's thread (%.0f ms of processor time), %,d KB, %d bytes"
                            + " a group; restore %.0f ms",
                    users, took / 1e6, writing / 1e6, bytes / 1024, bytes / users, (System.nanoTime() - before) / 1e6);
            restored.close();
        }
        subtask.close();
    }

    private static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
