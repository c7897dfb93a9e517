package dev.vaultwatch.kafka;

import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.LateEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The consumer host's producer: alerts, dead letters, late events and what became of rule sets.
 *
 * <h2>Model</h2>
 *
 * A message counts as delivered when the brokers have it. One that they did not take in {@code delivery.timeout.ms} waits here,
 * and those that come after it wait behind it, until {@link #flush()} has sent them. The plugin's own attempts at an alert are
 * not asked for: they end after {@link dev.vaultwatch.api.AcknowledgingAlertListener#MOST_ATTEMPTS}, and a broker can be away for
 * longer. What no waiting mends, as a missing permission, ends the host, which has committed nothing of it.
 *
 * <h2>Threads</h2>
 *
 * Thread-safe; {@link #flush()} is for one thread at a time.
 */
final class Outlet implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Outlet.class);

    private final KafkaSettings settings;
    private final Producer<byte[], byte[]> producer;
    private final LinkedBlockingQueue<Message> waiting = new LinkedBlockingQueue<>();
    private final AtomicBoolean saidWaiting = new AtomicBoolean();
    private final AtomicReference<@Nullable Exception> refusal = new AtomicReference<>();

    Outlet(KafkaSettings settings) {
        this(settings, producer(settings));
    }

    /** @param producer closed with this */
    Outlet(KafkaSettings settings, Producer<byte[], byte[]> producer) {
        this.settings = settings;
        this.producer = producer;
    }

    private static Producer<byte[], byte[]> producer(KafkaSettings settings) {
        Map<String, Object> config = new HashMap<>(Clients.of(settings.kafka(), ProducerConfig.configNames()));
        config.putIfAbsent("acks", "all");
        config.putIfAbsent("enable.idempotence", "true");
        config.putIfAbsent("linger.ms", "5");
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private record Message(ProducerRecord<byte[], byte[]> record, Runnable arrived) {}

    void send(Alert alert, Acknowledgement acknowledgement) {
        send(settings.alertsTopic(), OutRecord.of(alert, settings.format()), acknowledgement::acknowledge);
    }

    void send(DeadLetter letter) {
        settings.deadLettersTopic().ifPresent(topic -> send(topic, OutRecord.of(letter), () -> {}));
    }

    void send(LateEvent event) {
        settings.lateTopic().ifPresent(topic -> send(topic, OutRecord.of(event), () -> {}));
    }

    /** What became of a rule set. */
    void sendOfRules(OutRecord outcome) {
        settings.controlResultsTopic().ifPresent(topic -> send(topic, outcome, () -> {}));
    }

    private void send(String topic, OutRecord record, Runnable arrived) {
        byte @Nullable [] key = record.key().isEmpty() ? null : record.key().getBytes(StandardCharsets.UTF_8);
        send(new Message(new ProducerRecord<>(topic, null, null, key, record.value(), record.headers()), arrived));
    }

    private void send(Message message) {
        if (isWaiting()) {
            waiting.add(message);
            return;
        }
        try {
            // The callback is told of everything that the future would say.
            var unused = producer.send(message.record(), (sent, failure) -> {
                if (failure == null) {
                    message.arrived().run();
                } else {
                    failed(message, failure);
                }
            });
        } catch (KafkaException e) {
            failed(message, e);
        }
    }

    private void failed(Message message, Exception failure) {
        // A sequence that is out of order is the producer's own, which begins another.
        if (!(failure instanceof RetriableException) && !(failure instanceof OutOfOrderSequenceException)) {
            refusal.compareAndSet(null, failure);
            return;
        }
        waiting.add(message);
        if (saidWaiting.compareAndSet(false, true)) {
            LOG.warn(
                    "A message to {} could not be sent yet. It and those behind it are sent until the brokers take them;"
                            + " nothing is read or committed meanwhile. ({})",
                    message.record().topic(),
                    failure.getMessage());
        }
    }

    /** Whether messages wait because the brokers did not take them. */
    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /**
     * Sends what waits, and returns when all that was sent has arrived or failed: after {@code delivery.timeout.ms} and
     * {@code max.block.ms} at most.
     *
     * @return whether all has arrived
     * @throws KafkaException if something can't be sent for good
     */
    boolean flush() {
        List<Message> again = new ArrayList<>();
        waiting.drainTo(again);
        // Behind one that fails within the call, which may take max.block.ms, the others wait without a try.
        again.forEach(this::send);
        producer.flush();
        Exception refused = refusal.get();
        if (refused != null) {
            throw new KafkaException(
                    "An alert, dead letter, late event or outcome can't be sent; nothing of it is committed.", refused);
        }
        if (isWaiting()) {
            return false;
        }
        if (saidWaiting.compareAndSet(true, false)) {
            LOG.warn("All messages have been sent.");
        }
        return true;
    }

    /** Waits for what the producer has under way, and names what the brokers have not taken by then. */
    @Override
    public void close() {
        producer.close();
        Map<String, Long> unsent = new TreeMap<>();
        waiting.forEach(message -> unsent.merge(message.record().topic(), 1L, Long::sum));
        if (!unsent.isEmpty()) {
            LOG.error(
                    "The host ends, and the brokers have not taken so many messages to these topics: {}. Alerts come again after the"
                            + " next start. Dead letters, late events and outcomes of rule sets come again with the records that are"
                            + " read again and are not in the journal; the others were counted, and are lost to their topics.",
                    unsent);
        }
    }
}
