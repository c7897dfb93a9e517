import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Topics, a producer and a consumer for trying Vaultwatch: java -cp 'lib/*' samples/Try.java BROKER topics | send FILE | read TOPIC */
final class Try {
    private static final String RAW = "insights-logs-auditevent";

    public static void main(String[] args) throws Exception {
        // Without a configuration Logback writes all that Kafka's clients do.
        System.setProperty("logback.configurationFile", "dev/vaultwatch/kafka/logback.xml");
        Map<String, Object> broker = Map.of("bootstrap.servers", args[0]);
        switch (args[1]) {
            case "topics" -> topics(broker);
            case "send" -> send(broker, Path.of(args[2]));
            case "read" -> read(args[0], args[2]);
            default -> throw new IllegalArgumentException("Expected topics, send FILE or read TOPIC, but was " + args[1]);
        }
    }

    private static void topics(Map<String, Object> broker) throws Exception {
        try (Admin admin = Admin.create(broker)) {
            admin.createTopics(Stream.of(RAW, "vaultwatch-alerts", "vaultwatch-dead-letters", "vaultwatch-late")
                            .map(name -> new NewTopic(name, Optional.of(name.equals(RAW) ? 2 : 1), Optional.empty()))
                            .toList())
                    .all()
                    .get();
        }
    }

    /** Every line is a record of its own, as Azure's diagnostic stream has it or as an Event Hubs envelope. */
    private static void send(Map<String, Object> broker, Path file) throws Exception {
        List<String> lines = Files.readAllLines(file);
        try (var producer = new KafkaProducer<>(broker, new StringSerializer(), new StringSerializer())) {
            lines.forEach(line -> producer.send(new ProducerRecord<>(RAW, line)));
        }
        System.out.println(lines.size() + " records sent to " + RAW + ".");
    }

    private static void read(String broker, String topic) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers", broker,
                "group.id", "try-" + System.nanoTime(),
                "auto.offset.reset", "earliest",
                "isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            while (true) {
                consumer.poll(Duration.ofSeconds(1)).forEach(record -> System.out.println(record.value()));
            }
        }
    }
}
