package dev.vaultwatch.kafka;

import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.LateEvent;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * The consumer host's producer: alerts, dead letters and late events. Thread-safe.
 *
 * <p>An alert is acknowledged when the brokers have it. A dead letter or late event that can't be sent is remembered, and no
 * offset is committed from then on: it comes again when its record is read again.
 */
final class Outlet implements AutoCloseable {
    private final KafkaSettings settings;
    private final Producer<byte[], byte[]> producer;
    private final AtomicReference<@Nullable Exception> lost = new AtomicReference<>();

    Outlet(KafkaSettings settings) {
        this.settings = settings;
        Map<String, Object> config = new HashMap<>(Clients.of(settings.kafka(), ProducerConfig.configNames()));
        config.putIfAbsent("acks", "all");
        config.putIfAbsent("enable.idempotence", "true");
        config.putIfAbsent("linger.ms", "5");
        this.producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    void send(Alert alert, Acknowledgement acknowledgement) {
        // The callback is told of everything that the future would say.
        var unused = producer.send(
                record(settings.alertsTopic(), OutRecord.of(alert, settings.format())), (sent, failure) -> {
                    if (failure == null) {
                        acknowledgement.acknowledge();
                    } else {
                        acknowledgement.retry();
                    }
                });
    }

    void send(DeadLetter letter) {
        settings.deadLettersTopic().ifPresent(topic -> send(topic, OutRecord.of(letter)));
    }

    void send(LateEvent event) {
        settings.lateTopic().ifPresent(topic -> send(topic, OutRecord.of(event)));
    }

    /** What became of a rule set. */
    void sendOfRules(OutRecord outcome) {
        settings.controlResultsTopic().ifPresent(topic -> send(topic, outcome));
    }

    private void send(String topic, OutRecord record) {
        var unused = producer.send(record(topic, record), (sent, failure) -> {
            if (failure != null) {
                lost.set(failure);
            }
        });
    }

    /** Waits until all that was sent has arrived or failed. */
    void flush() {
        producer.flush();
    }

    /** Why a dead letter or late event could not be sent; empty if all arrived so far. */
    Optional<Exception> lost() {
        return Optional.ofNullable(lost.get());
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, OutRecord record) {
        byte @Nullable [] key = record.key().isEmpty() ? null : record.key().getBytes(StandardCharsets.UTF_8);
        return new ProducerRecord<>(topic, null, null, key, record.value(), record.headers());
    }

    @Override
    public void close() {
        producer.close();
    }
}
