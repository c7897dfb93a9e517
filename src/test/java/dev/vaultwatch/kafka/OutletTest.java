package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.AcknowledgingAlertListener;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What the consumer host does with messages that the brokers don't take. */
class OutletTest {
    private final Brokers brokers = new Brokers();
    private final List<Alert> alerts = new ArrayList<>();
    private final List<String> acknowledged = new ArrayList<>();

    /** Kafka's own producer for tests; a flush refuses one message as long as there are refusals. */
    private static final class Brokers extends MockProducer<byte[], byte[]> {
        private final Queue<RuntimeException> refusals = new ArrayDeque<>();

        Brokers() {
            super(false, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public synchronized void flush() {
            if (!refusals.isEmpty()) {
                errorNext(refusals.remove());
            }
            super.flush();
        }
    }

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void raise() {
        Backlog backlog = new Backlog(34, 1, 1);
        PluginContext context = PluginContext.builder().onAlert(alerts::add).build();
        try (DetectionPlugin plugin = Backlog.factory().create(context)) {
            plugin.start();
            backlog.all().forEach(record -> plugin.accept(record.value().getBytes(StandardCharsets.UTF_8)));
            plugin.endOfInput();
        }
        assertThat(alerts).hasSizeGreaterThan(1);
    }

    private Outlet outlet() throws Exception {
        Path config = Files.write(
                folder.resolve("my.conf"),
                List.of(
                        "topics.raw = raw",
                        "topics.alerts = alerts",
                        "group = outlet-test",
                        "kafka.bootstrap.servers = unused:1"));
        return new Outlet(KafkaSettings.read(config, Backlog.factory()), brokers);
    }

    private Acknowledgement noting(Alert alert) {
        return new Acknowledgement() {
            @Override
            public void acknowledge() {
                acknowledged.add(alert.id());
            }

            @Override
            public void retry() {
                throw new AssertionError("The plugin's attempts are counted.");
            }
        };
    }

    private List<String> sent() {
        return brokers.history().stream()
                .map(ProducerRecord::key)
                .map(key -> new String(key, StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    @DisplayName(
            "an alert is sent more often than the plugin attempts it, until the brokers take it, and is then acknowledged")
    void again() throws Exception {
        Alert alert = alerts.get(0);
        for (int i = 0; i < AcknowledgingAlertListener.MOST_ATTEMPTS; i++) {
            brokers.refusals.add(new TimeoutException("away"));
            brokers.refusals.add(new OutOfOrderSequenceException("gap"));
        }
        try (Outlet outlet = outlet()) {
            outlet.send(alert, noting(alert));
            while (!brokers.refusals.isEmpty()) {
                assertThat(outlet.flush()).isFalse();
                assertThat(outlet.isWaiting()).isTrue();
            }
            assertThat(acknowledged).isEmpty();
            assertThat(outlet.flush()).isTrue();
            assertThat(acknowledged).containsExactly(alert.id());
            assertThat(outlet.isWaiting()).isFalse();
        }
    }

    @Test
    @DisplayName("what comes after a message that waits is sent behind it, in order")
    void order() throws Exception {
        Alert first = alerts.get(0);
        Alert second = alerts.get(1);
        try (Outlet outlet = outlet()) {
            outlet.send(first, noting(first));
            brokers.errorNext(new TimeoutException("away"));
            outlet.send(second, noting(second));
            assertThat(sent()).containsExactly(first.id());
            assertThat(outlet.flush()).isTrue();
            assertThat(sent()).containsExactly(first.id(), first.id(), second.id());
            assertThat(acknowledged).containsExactly(first.id(), second.id());
        }
    }

    @Test
    @DisplayName("while a topic has no leader, one message is tried per flush, and none changes its place")
    void withoutLeader() throws Exception {
        try (Outlet outlet = outlet()) {
            brokers.sendException = new TimeoutException("no leader");
            alerts.forEach(alert -> outlet.send(alert, noting(alert)));
            assertThat(outlet.flush()).isFalse();
            assertThat(acknowledged).isEmpty();
            brokers.sendException = null;
            assertThat(outlet.flush()).isTrue();
            assertThat(sent())
                    .containsExactlyElementsOf(alerts.stream().map(Alert::id).toList());
        }
    }

    @Test
    @DisplayName("what no waiting mends is an error of every flush from then on, with its cause")
    void forGood() throws Exception {
        Alert alert = alerts.get(0);
        try (Outlet outlet = outlet()) {
            outlet.send(alert, noting(alert));
            brokers.errorNext(new TopicAuthorizationException("alerts"));
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(outlet::flush)
                        .isInstanceOf(KafkaException.class)
                        .hasCauseInstanceOf(TopicAuthorizationException.class);
            }
            assertThat(acknowledged).isEmpty();
        }
    }

    @Test
    @DisplayName("what the brokers have not taken when the host ends is said at ERROR, by topic")
    void untaken() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(Outlet.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try {
            Outlet outlet = outlet();
            outlet.send(alerts.get(0), noting(alerts.get(0)));
            outlet.send(alerts.get(1), noting(alerts.get(1)));
            brokers.errorNext(new TimeoutException("away"));
            brokers.errorNext(new TimeoutException("away"));
            outlet.close();
            try (Outlet taken = outlet()) {
                assertThat(taken.isWaiting()).isFalse();
            }

            assertThat(log.list)
                    .filteredOn(line -> line.getLevel() == Level.ERROR)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .singleElement()
                    .asString()
                    .contains("to these topics: {alerts=2}");
        } finally {
            logger.detachAppender(log);
        }
    }
}
