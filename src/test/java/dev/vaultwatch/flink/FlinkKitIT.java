package dev.vaultwatch.flink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.host.KitInside;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The compatibility kit on the thread of a Flink task, with the job's class loader. */
class FlinkKitIT {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(1)
            .build());

    @Test
    @DisplayName("every test of the kit holds on a task's thread")
    void kit() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.setParallelism(1);
        List<String> ended = new ArrayList<>();
        env.fromData("all").flatMap(new RunsTheKit()).executeAndCollect().forEachRemaining(ended::add);

        assertThat(ended).hasSizeGreaterThan(15).allMatch(line -> line.endsWith("SUCCESSFUL"));
    }

    private static final class RunsTheKit extends RichFlatMapFunction<String, String> {
        private static final long serialVersionUID = 1L;

        @Override
        public void open(OpenContext context) {}

        @Override
        public void flatMap(String record, Collector<String> out) {
            KitInside.run(getRuntimeContext().getUserCodeClassLoader()).forEach(out::collect);
        }
    }
}
