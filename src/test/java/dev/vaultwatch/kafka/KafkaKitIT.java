package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.host.KitInside;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The compatibility kit on the thread of a Kafka Streams task, on a real broker. */
class KafkaKitIT {
    @Test
    @DisplayName("every test of the kit holds on a stream thread")
    void kit(@TempDir Path folder) throws Exception {
        try (Broker broker = Broker.start(folder)) {
            broker.topic("run", 1);
            broker.topic("ended", 1);
            broker.send("run", List.of(new Broker.Placed(0, "all")));
            CountDownLatch over = new CountDownLatch(1);
            StreamsBuilder builder = new StreamsBuilder();
            builder.stream("run", Consumed.with(Serdes.String(), Serdes.String()))
                    .process(() -> new RunsTheKit(over))
                    .to("ended", Produced.with(Serdes.String(), Serdes.String()));
            Properties properties = new Properties();
            properties.put("application.id", "kit");
            properties.put("bootstrap.servers", broker.address());
            properties.put("state.dir", folder.resolve("state").toString());
            properties.put("auto.offset.reset", "earliest");
            properties.put("processing.guarantee", "exactly_once_v2");
            properties.put("transaction.timeout.ms", "300000");
            // Kafka's clients register beans as they go, and the kit looks whether the plugin leaves any.
            properties.put("metric.reporters", "");
            try (KafkaStreams streams = new KafkaStreams(builder.build(), properties)) {
                streams.start();
                // No client of the test's own meanwhile: it would register beans, too. Longer than the kit may hold the
                // thread.
                assertThat(over.await(330, TimeUnit.SECONDS)).isTrue();
                List<ConsumerRecord<String, String>> ended = broker.read("ended");
                for (int i = 0; i < 600 && ended.isEmpty(); i++) {
                    Thread.sleep(200);
                    ended = broker.read("ended");
                }
                assertThat(ended)
                        .extracting(ConsumerRecord::value)
                        .hasSizeGreaterThan(15)
                        .allMatch(line -> line.endsWith("SUCCESSFUL"));
            }
        }
    }

    private static final class RunsTheKit implements Processor<String, String, String, String> {
        private final CountDownLatch over;
        private @Nullable ProcessorContext<String, String> context;

        RunsTheKit(CountDownLatch over) {
            this.over = over;
        }

        @Override
        public void init(ProcessorContext<String, String> ours) {
            context = ours;
        }

        @Override
        public void process(Record<String, String> record) {
            if (context != null) {
                for (String line : KitInside.run(KafkaStreams.class.getClassLoader())) {
                    context.forward(record.withValue(line));
                }
                over.countDown();
            }
        }
    }
}
