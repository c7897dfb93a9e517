package dev.vaultwatch.flink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.AlertStage;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.ExceptionUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The whole job on Flink's own cluster, in this JVM; on 2 cores some 30 s. */
class VaultwatchStreamIT {
    private static final int MINUTES = 40;
    private static final long WAIT_SECONDS = 120;

    /** Whether the failure of a run has happened; by the run's name, since tasks are made anew. */
    private static final Map<String, AtomicBoolean> FAILED = new java.util.concurrent.ConcurrentHashMap<>();

    /** What became of changes of rules, by the run's name. */
    private static final Map<String, Queue<String>> TOLD = new java.util.concurrent.ConcurrentHashMap<>();

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(2)
            .setNumberSlotsPerTaskManager(2)
            .build());

    /** A job of the test: its name is that of its output. */
    private record Run(String name, long seed, int perCheckpoint, boolean fails) implements Serializable {
        Records records() {
            return new Records(seed, MINUTES);
        }
    }

    private static JobClient start(Run run, Map<String, String> config, int parallelism, Path folder, String savepoint)
            throws Exception {
        StreamExecutionEnvironment env = environment(parallelism, folder, savepoint);
        VaultwatchStream vaultwatch = VaultwatchStream.of(config, "ecs");
        SingleOutputStreamOperator<RoutedRecord> split = vaultwatch
                .split(source(env, run))
                .setParallelism(Records.PARTITIONS)
                .assignTimestampsAndWatermarks(vaultwatch.watermarks())
                .setParallelism(Records.PARTITIONS);
        vaultwatch
                .detect(split)
                .map(new FailingOnce(run))
                .uid("failing")
                .sinkTo(new CommittedAlerts(run.name()))
                .uid("alerts");
        return env.executeAsync(run.name());
    }

    /** The same by rules that change; what became of them stands in {@link #TOLD}. */
    private static JobClient startRuled(
            Run run, Map<String, String> config, int parallelism, Path folder, String savepoint, RuleChange... changes)
            throws Exception {
        StreamExecutionEnvironment env = environment(parallelism, folder, savepoint);
        VaultwatchStream vaultwatch = VaultwatchStream.of(config, "ecs");
        SingleOutputStreamOperator<RuleChange> accepted =
                vaultwatch.accepted(env.fromData(TypeInformation.of(RuleChange.class), changes)
                        .setParallelism(1)
                        .uid("changes"));
        SingleOutputStreamOperator<RoutedRecord> split = vaultwatch
                .split(source(env, run), accepted)
                .setParallelism(Records.PARTITIONS)
                .assignTimestampsAndWatermarks(vaultwatch.watermarks())
                .setParallelism(Records.PARTITIONS);
        SingleOutputStreamOperator<DetectedAlert> alerts = vaultwatch.detect(split, accepted);
        alerts.sinkTo(new CommittedAlerts(run.name())).uid("alerts");
        alerts.getSideOutput(VaultwatchStream.RULES)
                .map(new Teller(run.name()))
                .uid("told")
                .sinkTo(new DiscardingSink<>())
                .uid("nowhere");
        return env.executeAsync(run.name());
    }

    /** Notes what became of a change. */
    private static final class Teller implements MapFunction<RuleOutcome, String> {
        private final String run;

        Teller(String run) {
            this.run = run;
        }

        @Override
        public String map(RuleOutcome outcome) {
            String said = outcome.version() + " " + outcome.subtask() + " " + outcome.applied();
            TOLD.computeIfAbsent(run, each -> new ConcurrentLinkedQueue<>()).add(said);
            return said;
        }
    }

    private static StreamExecutionEnvironment environment(int parallelism, Path folder, String savepoint) {
        Configuration flink = new Configuration();
        flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(300));
        flink.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                folder.resolve("checkpoints").toUri().toString());
        flink.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
        flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(100));
        // The test environment chooses by chance what is not set.
        flink.set(CheckpointingOptions.ENABLE_UNALIGNED, false);
        if (!savepoint.isEmpty()) {
            flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(flink);
        env.setParallelism(parallelism);
        env.setMaxParallelism(32);
        return env;
    }

    private static DataStream<byte[]> source(StreamExecutionEnvironment env, Run run) {
        DataGeneratorSource<byte[]> source = new DataGeneratorSource<>(
                new Reader(run),
                run.records().size(),
                RateLimiterStrategy.perCheckpoint(run.perCheckpoint()),
                PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
        return env.fromSource(source, WatermarkStrategy.noWatermarks(), "records")
                .setParallelism(Records.PARTITIONS)
                .uid("records");
    }

    /** Gives the source its records. */
    private static final class Reader
            implements org.apache.flink.connector.datagen.source.GeneratorFunction<Long, byte[]> {
        private final Run run;
        private transient @Nullable Records records;

        Reader(Run run) {
            this.run = run;
        }

        @Override
        public byte[] map(Long number) {
            Records its = records;
            if (its == null) {
                its = run.records();
                records = its;
            }
            return its.at(number);
        }
    }

    /** Fails once, when some alerts have passed since a checkpoint. */
    private static final class FailingOnce extends RichMapFunction<DetectedAlert, DetectedAlert>
            implements CheckpointListener {
        private final Run run;
        private transient int checkpoints;
        private transient int sinceCheckpoint;

        FailingOnce(Run run) {
            this.run = run;
        }

        @Override
        public DetectedAlert map(DetectedAlert alert) {
            if (run.fails()
                    && checkpoints >= 2
                    && ++sinceCheckpoint > 3
                    && FAILED.computeIfAbsent(run.name(), each -> new AtomicBoolean())
                            .compareAndSet(false, true)) {
                throw new IllegalStateException("The failure of the test.");
            }
            return alert;
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            checkpoints++;
            sinceCheckpoint = 0;
        }
    }

    /** Compiled rules, for all jobs. */
    @TempDir
    private static Path cache;

    private static Map<String, String> config() {
        Map<String, String> config = new HashMap<>();
        config.put("rules.enabled", "*");
        // On a loaded machine a task may be silent for longer than a partition may.
        config.put("time.idle-timeout", "PT0S");
        config.put("rules.cache-dir", cache.toString());
        return config;
    }

    /** Stops the job with a savepoint once so many more alerts are committed. */
    private static String stopAfter(JobClient job, Run run, int more, Path folder) throws Exception {
        int alerts = CommittedAlerts.read(run.name()).size() + more;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        String waiting = "waited for " + alerts + " alerts";
        while (true) {
            assertThat(System.nanoTime()).as(waiting).isLessThan(deadline);
            assertThat(job.getJobStatus().get().isGloballyTerminalState())
                    .as("ended early")
                    .isFalse();
            if (job.getJobStatus().get() == JobStatus.RUNNING
                    && CommittedAlerts.read(run.name()).size() >= alerts) {
                try {
                    return job.stopWithSavepoint(
                                    false,
                                    folder.resolve("savepoints").toUri().toString(),
                                    SavepointFormatType.CANONICAL)
                            .get(WAIT_SECONDS, TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    // A bounded source ends when a checkpoint is complete, as alerts are committed; Flink declines a
                    // savepoint that meets a task which just ended, and the job goes on (FLINK-33186).
                    if (ExceptionUtils.findThrowable(e, CheckpointException.class)
                            .isEmpty()) {
                        throw e;
                    }
                    waiting = e.toString();
                }
            }
            Thread.sleep(50);
        }
    }

    private static void assertExact(Run run, Map<String, String> config) {
        List<DetectedAlert> alerts = CommittedAlerts.read(run.name());
        assertThat(Records.stages(alerts)).doesNotHaveDuplicates();
        assertThat(Records.differences(run.records().expected(config), Records.last(alerts)))
                .isEmpty();
    }

    @Test
    @DisplayName("savepoint and restore at parallelism 1, 4, then 2: one JVM's alerts of every shipped rule, each once")
    void rescaled(@TempDir Path folder) throws Exception {
        Run run = new Run("rescaled", 41, 120, false);
        Map<String, String> config = config();
        String first = stopAfter(start(run, config, 1, folder, ""), run, 60, folder);
        String second = stopAfter(start(run, config, 4, folder, first), run, 60, folder);
        start(run, config, 2, folder, second).getJobExecutionResult().get(WAIT_SECONDS, TimeUnit.SECONDS);
        assertExact(run, config);
    }

    @Test
    @DisplayName("a task fails between checkpoints: what is committed is one JVM's alerts, each once")
    void failed(@TempDir Path folder) throws Exception {
        Run run = new Run("failed", 42, 240, true);
        Map<String, String> config = config();
        start(run, config, 2, folder, "").getJobExecutionResult().get(WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(FAILED.getOrDefault("failed", new AtomicBoolean()))
                .as("the failure happened")
                .isTrue();
        assertExact(run, config);
    }

    @Test
    @DisplayName("the documentation's job raises the sample hour's alert")
    void example() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.enableCheckpointing(300);
        byte[] hour = Files.readAllBytes(Path.of("src/samples/quiet-hour.auditevent.ndjson"));
        ExampleJob.job(env.fromData(List.of(hour)), new CommittedAlerts("example"));
        env.execute();

        assertThat(Records.stages(CommittedAlerts.read("example")))
                .containsExactlyInAnyOrder(
                        "71404a971b0bbcdee77aa40ad3bd56e5 EARLY 0", "71404a971b0bbcdee77aa40ad3bd56e5 ON_TIME 0");
    }

    @Test
    @DisplayName("the documentation's job is the one that is run here")
    void documented() throws Exception {
        String source = Files.readString(Path.of("src/test/java/dev/vaultwatch/flink/ExampleJob.java"));
        String code = source.substring(source.indexOf("// doc:begin") + 13, source.indexOf("    // doc:end"))
                .indent(-4);
        assertThat(Files.readString(Path.of("docs/flink.md"))).contains(code);
    }

    /** The shipped rule with another least number of reads. */
    private static RuleChange change(String version, Instant from, String least) throws IOException {
        Path rule = Path.of("epl/excessive-secret-retrieval");
        String epl = Files.readString(rule.resolve("rule.epl"));
        assertThat(epl).contains("min_events = 10");
        return new RuleChange(
                version,
                from.toEpochMilli(),
                Map.of(
                        "rules/excessive-secret-retrieval/rule.json",
                        Files.readString(rule.resolve("rule.json")),
                        "rules/excessive-secret-retrieval/rule.epl",
                        epl.replace("min_events = 10", "min_events = " + least)));
    }

    @Test
    @DisplayName(
            "rules change in every subtask at the stated event time; a change that does not compile is refused by all")
    void rules() throws Exception {
        Records records = new Records(43, 10);
        Instant from = Records.START.plusSeconds(300);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.setParallelism(3);
        VaultwatchStream vaultwatch = VaultwatchStream.of(Map.of("time.idle-timeout", "PT0S"), "ecs");
        SingleOutputStreamOperator<RuleChange> accepted = vaultwatch.accepted(env.fromData(
                TypeInformation.of(RuleChange.class),
                change("broken", from.minusSeconds(60), "ten"),
                change("twenty", from, "20")));
        SingleOutputStreamOperator<DetectedAlert> alerts = vaultwatch.detect(
                vaultwatch
                        .split(env.fromData(records.all()), accepted)
                        .setParallelism(1)
                        .assignTimestampsAndWatermarks(vaultwatch.watermarks())
                        .setParallelism(1),
                accepted);
        alerts.sinkTo(new CommittedAlerts("rules"));
        var outcomes = accepted.getSideOutput(VaultwatchStream.RULES)
                .union(alerts.getSideOutput(VaultwatchStream.RULES))
                .collectAsync();
        env.execute();

        List<RuleOutcome> told = new ArrayList<>();
        outcomes.forEachRemaining(told::add);
        assertThat(told)
                .extracting(outcome -> outcome.version() + " " + outcome.subtask() + " " + outcome.applied())
                .containsExactlyInAnyOrder("broken -1 false", "twenty 0 true", "twenty 1 true", "twenty 2 true");
        assertThat(told)
                .filteredOn(outcome -> !outcome.applied())
                .singleElement()
                .satisfies(refused -> assertThat(refused.faults()).anyMatch(fault -> fault.contains("min_events")));
        // Each minute has one user with 12 reads of many kinds and one with 12 of two: enough for the old rules alone.
        assertThat(CommittedAlerts.read("rules"))
                .filteredOn(alert -> alert.stage() == AlertStage.ON_TIME)
                .hasSize(10)
                .allMatch(alert -> alert.body().contains("\"start\":\"2026-11-03T08:0")
                        && alert.body().matches(".*\"start\":\"2026-11-03T08:0[0-4]:00.*"));
    }

    @Test
    @DisplayName(
            "savepoints at parallelism 1 and 4 while a change of rules is pending: at 2 it takes over at its time all the same")
    void pendingRules(@TempDir Path folder) throws Exception {
        Run run = new Run("pending", 44, 120, false);
        Map<String, String> config = Map.of("time.idle-timeout", "PT0S", "rules.cache-dir", cache.toString());
        Instant from = Records.START.plusSeconds(30 * 60);
        // Two for one time: both take over, the greater version last.
        RuleChange[] changes = {change("twenty", from, "20"), change("eleven", from, "11")};
        String first = stopAfter(startRuled(run, config, 1, folder, "", changes), run, 8, folder);
        String second = stopAfter(startRuled(run, config, 4, folder, first, changes), run, 8, folder);
        assertThat(TOLD).as("it is pending").doesNotContainKey("pending");
        startRuled(run, config, 2, folder, second, changes)
                .getJobExecutionResult()
                .get(WAIT_SECONDS, TimeUnit.SECONDS);

        assertThat(TOLD.get("pending"))
                .containsExactlyInAnyOrder("eleven 0 true", "eleven 1 true", "twenty 0 true", "twenty 1 true");
        Map<String, String> expected = run.records().expected(config);
        // Each minute has two users that the old rules alone alert about.
        assertThat(expected).hasSize(2 * MINUTES);
        expected.values().removeIf(verdict -> verdict.matches("(?s).*\"start\":\"2026-11-03T08:[3-5].*"));
        assertThat(expected).hasSize(60);
        List<DetectedAlert> alerts = CommittedAlerts.read("pending");
        assertThat(Records.stages(alerts)).doesNotHaveDuplicates();
        Map<String, String> standing = Records.last(alerts);
        // What the old rules raised early of the minute that the change found open.
        standing.values().removeIf(verdict -> verdict.contains(" RETRACTED "));
        assertThat(Records.differences(expected, standing)).isEmpty();
    }
}
