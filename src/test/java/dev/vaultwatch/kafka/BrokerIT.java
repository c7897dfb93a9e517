package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker of the tests is a real one. */
class BrokerIT {
    @Test
    @DisplayName("what was acknowledged is there after SIGKILL and a start on the same folder")
    void bounce(@TempDir Path folder) throws Exception {
        try (Broker broker = Broker.start(folder)) {
            broker.topic("raw", 2);
            broker.send(
                    "raw",
                    IntStream.range(0, 50)
                            .mapToObj(i -> new Broker.Placed(i % 2, "record " + i))
                            .toList());
            broker.kill();
            broker.start();
            List<ConsumerRecord<String, String>> read = broker.read("raw");
            assertThat(read)
                    .extracting(ConsumerRecord::value)
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, 50).mapToObj(i -> "record " + i).toList());
        }
    }
}
