package dev.vaultwatch.alert;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Delivery: in order, one at a time, whatever the host does in its callbacks. */
@Timeout(30)
class RowOutboxTest {
    private final List<String> given = Collections.synchronizedList(new ArrayList<>());
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void givenAlertsAndNoticesWhenDeliveredThenTheyComeInTheOrderOfAdding() {
        RowOutbox outbox = outbox(alert -> given.add(alert.id()));
        outbox.add(alert("1"));
        outbox.add(notice("2"));
        outbox.add(alert("3"));

        outbox.deliver();

        assertThat(given).containsExactly("1", "2", "3");
    }

    @Test
    void givenMessagesWhenNobodyDeliversThenNothingIsCalled() {
        RowOutbox outbox = outbox(alert -> given.add(alert.id()));

        outbox.add(alert("1"));

        assertThat(given).isEmpty();
    }

    @Test
    void givenDeliveredMessagesWhenDeliveringAgainThenNothingComesTwice() {
        RowOutbox outbox = outbox(alert -> given.add(alert.id()));
        outbox.add(alert("1"));

        outbox.deliver();
        outbox.deliver();

        assertThat(given).containsExactly("1");
    }

    @Test
    void givenEachStageWhenDeliveredThenItsOwnMethodIsCalled() {
        RowOutbox outbox = outbox(new AlertListener() {
            @Override
            public void onAlert(Alert alert) {
                given.add("onAlert " + alert.stage());
            }

            @Override
            public void onEarly(Alert alert) {
                given.add("onEarly " + alert.stage());
            }

            @Override
            public void onRevised(Alert alert) {
                given.add("onRevised " + alert.stage());
            }
        });
        outbox.add(alert("1", AlertStage.EARLY));
        outbox.add(alert("1", AlertStage.ON_TIME));
        outbox.add(alert("1", AlertStage.REVISED));

        outbox.deliver();

        assertThat(given).containsExactly("onEarly EARLY", "onAlert ON_TIME", "onRevised REVISED");
    }

    @Test
    void givenAHostWithOneMethodWhenDeliveredThenItHearsTheCloseAndRevisionsOnly() {
        RowOutbox outbox = outbox(alert -> given.add(alert.stage().toString()));
        outbox.add(alert("1", AlertStage.EARLY));
        outbox.add(alert("1", AlertStage.ON_TIME));
        outbox.add(alert("1", AlertStage.REVISED));

        outbox.deliver();

        assertThat(given).containsExactly("ON_TIME", "REVISED");
    }

    // ---- callbacks that throw

    @Test
    void givenAListenerThatThrowsWhenDeliveredThenTheNextAlertComesAllTheSame() {
        RowOutbox outbox = outbox(alert -> {
            given.add(alert.id());
            throw new IllegalStateException("the host's own trouble");
        });
        outbox.add(alert("1"));
        outbox.add(alert("2"));

        outbox.deliver();

        assertThat(given).containsExactly("1", "2");
        assertThat(outbox.failures()).isEqualTo(2);
    }

    @Test
    void givenAListenerThatThrowsAnErrorWhenDeliveredThenItIsCountedToo() {
        RowOutbox outbox = outbox(alert -> {
            throw new NoClassDefFoundError("of the host");
        });
        outbox.add(alert("1"));
        outbox.add(notice("2"));

        outbox.deliver();

        assertThat(given).containsExactly("2");
        assertThat(outbox.failures()).isEqualTo(1);
    }

    @Test
    void givenANoticeListenerThatThrowsWhenDeliveredThenItIsCounted() {
        RowOutbox outbox = new RowOutbox(alert -> given.add(alert.id()), notice -> {
            throw new IllegalStateException("the host's own trouble");
        });
        outbox.add(notice("1"));
        outbox.add(alert("2"));

        outbox.deliver();

        assertThat(given).containsExactly("2");
        assertThat(outbox.failures()).isEqualTo(1);
    }

    @Test
    void givenListenersThatBehaveWhenDeliveredThenNoFailureIsCounted() {
        RowOutbox outbox = outbox(alert -> given.add(alert.id()));
        outbox.add(alert("1"));

        outbox.deliver();

        assertThat(outbox.failures()).isZero();
    }

    // ---- callbacks that call back

    @Test
    void givenACallbackThatRaisesMoreWhenItReturnsThenThatIsDeliveredAfterwards() {
        List<RowOutbox> self = new ArrayList<>();
        RowOutbox outbox = outbox(alert -> {
            given.add("begin " + alert.id());
            if (alert.id().equals("1")) {
                self.get(0).add(alert("2"));
                self.get(0).deliver();
            }
            given.add("end " + alert.id());
        });
        self.add(outbox);
        outbox.add(alert("1"));

        outbox.deliver();

        assertThat(given).containsExactly("begin 1", "end 1", "begin 2", "end 2");
    }

    @Test
    void givenACallbackThatAsksToWaitWhenItIsTheDelivererThenItDoesNotWaitForItself() {
        List<RowOutbox> self = new ArrayList<>();
        RowOutbox outbox = outbox(alert -> {
            given.add(alert.id());
            if (alert.id().equals("1")) {
                self.get(0).add(alert("2"));
                self.get(0).deliverAndWait();
            }
        });
        self.add(outbox);
        outbox.add(alert("1"));

        outbox.deliverAndWait();

        assertThat(given).containsExactly("1", "2");
    }

    // ---- several threads

    @Test
    void givenAThreadInACallbackWhenAnotherAddsAndDeliversThenItIsNotBlocked() throws Exception {
        Gate gate = new Gate();
        RowOutbox outbox = outbox(gate);
        outbox.add(alert("1"));
        Future<?> first = threads.submit(outbox::deliver);
        gate.entered.await();

        outbox.add(alert("2"));
        outbox.deliver();

        assertThat(given).as("while the callback is still inside").containsExactly("begin 1");
        gate.mayLeave.countDown();
        first.get();
        assertThat(given).containsExactly("begin 1", "end 1", "begin 2", "end 2");
    }

    @Test
    void givenAThreadInACallbackWhenAnotherWaitsThenItReturnsAfterTheCallback() throws Exception {
        Gate gate = new Gate();
        RowOutbox outbox = outbox(gate);
        outbox.add(alert("1"));
        Future<?> first = threads.submit(outbox::deliver);
        gate.entered.await();

        Future<List<String>> waiting = threads.submit(() -> {
            outbox.add(alert("2"));
            outbox.deliverAndWait();
            return List.copyOf(given);
        });
        gate.mayLeave.countDown();

        assertThat(waiting.get()).containsExactly("begin 1", "end 1", "begin 2", "end 2");
        first.get();
    }

    @Test
    void givenAThreadThatWaitsWhenInterruptedThenItReturnsAndStaysInterrupted() throws Exception {
        Gate gate = new Gate();
        RowOutbox outbox = outbox(gate);
        outbox.add(alert("1"));
        Future<?> first = threads.submit(outbox::deliver);
        gate.entered.await();

        Future<Boolean> waiting = threads.submit(() -> {
            Thread.currentThread().interrupt();
            outbox.deliverAndWait();
            return Thread.interrupted();
        });

        assertThat(waiting.get()).isTrue();
        assertThat(given).as("while the callback is still inside").containsExactly("begin 1");
        gate.mayLeave.countDown();
        first.get();
    }

    @Test
    void givenManyThreadsWhenAllAddAndDeliverThenEachMessageComesOnceAndNoTwoAtATime() throws Exception {
        List<String> inside = Collections.synchronizedList(new ArrayList<>());
        RowOutbox outbox = outbox(alert -> {
            inside.add(alert.id());
            if (inside.size() > 1) {
                given.add("two at a time: " + inside);
            }
            given.add(alert.id());
            inside.remove(alert.id());
        });
        List<Future<?>> all = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int thread = t;
            for (int i = 0; i < 500; i++) {
                expected.add(thread + "-" + i);
            }
            all.add(threads.submit(() -> {
                for (int i = 0; i < 500; i++) {
                    outbox.add(alert(thread + "-" + i));
                    outbox.deliver();
                }
                outbox.deliverAndWait();
            }));
        }
        for (Future<?> each : all) {
            each.get();
        }

        assertThat(given).containsExactlyInAnyOrderElementsOf(expected);
    }

    /** A listener that stays inside until it is let go. */
    private final class Gate implements AlertListener {
        private final CountDownLatch entered = new CountDownLatch(1);
        private final CountDownLatch mayLeave = new CountDownLatch(1);

        @Override
        public void onAlert(Alert alert) {
            given.add("begin " + alert.id());
            entered.countDown();
            try {
                mayLeave.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            given.add("end " + alert.id());
        }
    }

    private RowOutbox outbox(AlertListener listener) {
        return new RowOutbox(listener, notice -> given.add(notice.message()));
    }

    private static Alert alert(String id) {
        return alert(id, AlertStage.ON_TIME);
    }

    private static Alert alert(String id, AlertStage stage) {
        return new NamedAlert(id, stage);
    }

    private static Notice notice(String message) {
        return Notice.of(Notice.Kind.RULE_FAILED, message, 1);
    }

    /** An alert of which only name and stage matter. */
    private record NamedAlert(String id, AlertStage stage) implements Alert {
        @Override
        public int revision() {
            return 0;
        }

        @Override
        public String ruleId() {
            return "rule";
        }

        @Override
        public String ruleName() {
            return "Rule";
        }

        @Override
        public int ruleVersion() {
            return 1;
        }

        @Override
        public String severity() {
            return "low";
        }

        @Override
        public int riskScore() {
            return 1;
        }

        @Override
        public Instant windowStart() {
            return Instant.EPOCH;
        }

        @Override
        public Instant windowEnd() {
            return Instant.EPOCH;
        }

        @Override
        public Map<String, String> groupingKey() {
            return Map.of();
        }

        @Override
        public Optional<Long> eventCount() {
            return Optional.empty();
        }

        @Override
        public Map<String, Object> outputs() {
            return Map.of();
        }

        @Override
        public String toEcsJson() {
            return "{}";
        }

        @Override
        public String toText() {
            return id;
        }
    }
}
