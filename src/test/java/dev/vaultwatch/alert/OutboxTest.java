package dev.vaultwatch.alert;

import static dev.vaultwatch.alert.Judgements.judgement;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.AcknowledgingAlertListener;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("The outbox: order, attempts, acknowledgement, threads")
@Timeout(30)
class OutboxTest {
    private static final RuleEdition RULE = Judgements.rule(100);

    private final List<String> given = Collections.synchronizedList(new ArrayList<>());
    private final List<String> acknowledged = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong millis = new AtomicLong();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    private Outbox outbox(AlertListener listener) {
        return outbox(Listeners.of(listener, this::hear), Optional.empty());
    }

    private Outbox acknowledging(AcknowledgingAlertListener listener) {
        return outbox(new Listeners(listener, this::hear), Optional.empty());
    }

    private Outbox outbox(Listeners listeners, Optional<Executor> executor) {
        return new Outbox(
                listeners, executor, alert -> acknowledged.add(name(alert)), () -> {}, () -> millis.get() * 1_000_000);
    }

    private void hear(Notice notice) {
        given.add(
                notice.kind() == Notice.Kind.RULE_FAILED
                        ? notice.message()
                        : notice.kind().name());
    }

    private static Alert alert(String user) {
        return alert(user, AlertStage.ON_TIME, 0);
    }

    private static Alert alert(String user, AlertStage stage, int revision) {
        Judgement judgement = judgement(RULE, 0, user, 12);
        return Said.of(judgement, judgement.id(), stage, revision, 100).alert();
    }

    private static String name(Alert alert) {
        return alert.groupingKey().getOrDefault("upn", "");
    }

    private static Notice notice(String message) {
        return Notice.of(Notice.Kind.RULE_FAILED, message, 1);
    }

    private void pass(Outbox outbox, long pause) {
        millis.addAndGet(pause);
        outbox.tick();
    }

    @Nested
    @DisplayName("Order")
    class Order {

        @Test
        @DisplayName("Alerts and notices come as they were added")
        void asAdded() {
            Outbox outbox = outbox(alert -> given.add(name(alert)));
            outbox.add(alert("1"));
            outbox.add(notice("2"));
            outbox.add(alert("3"));

            outbox.deliver();
            outbox.deliver();

            assertThat(given).containsExactly("1", "2", "3");
            assertThat(outbox.isIdle()).isTrue();
            assertThat(outbox.waiting()).isZero();
        }

        @Test
        @DisplayName("Nothing comes before somebody delivers")
        void notBefore() {
            Outbox outbox = outbox(alert -> given.add(name(alert)));
            outbox.add(alert("1"));
            millis.addAndGet(1500);

            assertThat(given).isEmpty();
            assertThat(outbox.waiting()).isEqualTo(1);
            assertThat(outbox.isIdle()).isFalse();
            assertThat(outbox.oldestWaitingMillis()).isEqualTo(1500);
        }

        @Test
        @DisplayName("Each stage has its method, and every method falls back on the one before")
        void stages() {
            AlertListener all = new AlertListener() {
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

                @Override
                public void onRetracted(Alert alert) {
                    given.add("onRetracted " + alert.stage());
                }
            };
            for (AlertListener listener : List.of(all, (AlertListener) alert -> given.add(alert.stage() + ""))) {
                Outbox outbox = outbox(listener);
                for (AlertStage stage : AlertStage.values()) {
                    outbox.add(alert("1", stage, 0));
                }
                outbox.deliver();
            }

            assertThat(given)
                    .containsExactly(
                            "onEarly EARLY",
                            "onAlert ON_TIME",
                            "onRevised REVISED",
                            "onRetracted RETRACTED",
                            "ON_TIME",
                            "REVISED",
                            "RETRACTED");
        }
    }

    @Nested
    @DisplayName("A listener that throws")
    class Throwing {
        private final Map<String, Integer> failing = new HashMap<>();

        private final AlertListener listener = alert -> {
            given.add(name(alert));
            if (failing.merge(name(alert), -1, Integer::sum) >= 0) {
                throw new NoClassDefFoundError("the host's own trouble");
            }
        };

        @Test
        @DisplayName("is given the next alert at once, and the same again after a pause")
        void again() {
            failing.put("1", 1);
            Outbox outbox = outbox(listener);
            outbox.add(alert("1"));
            outbox.add(alert("2"));

            outbox.deliver();
            outbox.deliver();
            assertThat(given).containsExactly("1", "2");
            assertThat(acknowledged).containsExactly("2");
            assertThat(outbox.waiting()).isEqualTo(1);
            assertThat(outbox.failures()).isEqualTo(1);
            pass(outbox, 99);
            assertThat(given).hasSize(2);
            pass(outbox, 1);

            assertThat(given).containsExactly("1", "2", "1");
            assertThat(acknowledged).containsExactly("2", "1");
            assertThat(outbox.waiting()).isZero();
        }

        @Test
        @DisplayName("is given it eight times, after pauses that double")
        void pauses() {
            failing.put("1", 100);
            Outbox outbox = outbox(listener);
            outbox.add(alert("1"));
            outbox.deliver();
            List<Long> pauses = new ArrayList<>();
            long last = 0;
            for (int step = 0; step < 400; step++) {
                int before = given.size();
                pass(outbox, 50);
                if (given.size() > before && given.get(before).equals("1")) {
                    pauses.add(millis.get() - last);
                    last = millis.get();
                }
            }

            assertThat(pauses).containsExactly(100L, 200L, 400L, 800L, 1600L, 3200L, 6400L);
            assertThat(given).last().isEqualTo("DELIVERY_FAILED");
            assertThat(given).hasSize(9);
            assertThat(acknowledged).isEmpty();
            assertThat(outbox.waiting()).isZero();
            assertThat(outbox.unacknowledged()).hasSize(1);
        }

        @Test
        @DisplayName("is given what follows about the same alert afterwards, and others meanwhile")
        void sameAlert() {
            failing.put("1", 1);
            Outbox outbox = outbox(alert -> {
                given.add(name(alert) + " " + alert.revision());
                if (failing.merge(name(alert), -1, Integer::sum) >= 0) {
                    throw new IllegalStateException();
                }
            });
            outbox.add(alert("1", AlertStage.ON_TIME, 0));
            outbox.add(alert("1", AlertStage.REVISED, 1));
            outbox.add(alert("2"));
            outbox.deliver();
            outbox.add(alert("1", AlertStage.REVISED, 2));
            outbox.deliver();
            assertThat(given).containsExactly("1 0", "2 0");

            pass(outbox, 100);

            assertThat(given).containsExactly("1 0", "2 0", "1 0", "1 1", "1 2");
        }

        @Test
        @DisplayName("of notices is not given them again")
        void notices() {
            Outbox outbox = outbox(
                    Listeners.of(alert -> given.add(name(alert)), notice -> {
                        throw new IllegalStateException();
                    }),
                    Optional.empty());
            outbox.add(notice("1"));
            outbox.add(alert("2"));
            outbox.deliver();

            assertThat(given).containsExactly("2");
            assertThat(outbox.failures()).isEqualTo(1);
            assertThat(outbox.waiting()).isZero();
        }
    }

    @Nested
    @DisplayName("A listener that acknowledges")
    class Acknowledging {
        private final List<Acknowledgement> receipts = new ArrayList<>();

        private final Outbox outbox = acknowledging((alert, receipt) -> {
            given.add(name(alert));
            receipts.add(receipt);
        });

        @Test
        @DisplayName("makes the alert delivered, once, whenever it does")
        void later() {
            outbox.add(alert("1"));
            outbox.deliver();
            assertThat(outbox.isIdle()).isTrue();
            assertThat(outbox.waiting()).isEqualTo(1);

            receipts.get(0).acknowledge();
            receipts.get(0).acknowledge();
            receipts.get(0).retry();

            assertThat(acknowledged).containsExactly("1");
            assertThat(outbox.waiting()).isZero();
            assertThat(outbox.unacknowledged()).isEmpty();
        }

        @Test
        @DisplayName("is given the next alert before it has acknowledged the first")
        void notWaiting() {
            outbox.add(alert("1", AlertStage.EARLY, 0));
            outbox.add(alert("1", AlertStage.ON_TIME, 0));
            outbox.deliver();

            assertThat(given).containsExactly("1", "1");
            assertThat(outbox.unacknowledged())
                    .extracting(Alert::stage)
                    .containsExactly(AlertStage.EARLY, AlertStage.ON_TIME);
        }

        @Test
        @DisplayName("is given it again after a pause if it asks, inside the callback or later")
        void retry() {
            Outbox asking = acknowledging((alert, receipt) -> {
                given.add(name(alert));
                if (given.size() == 1) {
                    receipt.retry();
                } else {
                    receipts.add(receipt);
                }
            });
            asking.add(alert("1"));
            asking.deliver();
            pass(asking, 100);
            receipts.get(0).retry();
            pass(asking, 199);
            assertThat(given).hasSize(2);
            pass(asking, 1);

            assertThat(given).hasSize(3);
            assertThat(asking.waiting()).isEqualTo(1);
        }

        @Test
        @DisplayName("ends the attempts if it acknowledges during a pause")
        void duringPause() {
            outbox.add(alert("1"));
            outbox.add(alert("1", AlertStage.REVISED, 1));
            outbox.deliver();
            receipts.get(0).retry();
            outbox.add(alert("1", AlertStage.REVISED, 2));
            outbox.deliver();
            assertThat(given).hasSize(2);
            receipts.get(0).acknowledge();
            outbox.deliver();
            pass(outbox, 1000);

            assertThat(given).as("the one that waited behind it").hasSize(3);
            assertThat(acknowledged).hasSize(1);
        }

        @Test
        @DisplayName("cannot ask again for an attempt that is over")
        void staleRetry() {
            outbox.add(alert("1"));
            outbox.deliver();
            receipts.get(0).retry();
            pass(outbox, 100);
            receipts.get(0).retry();
            pass(outbox, 10_000);

            assertThat(given).hasSize(2);
        }

        @Test
        @DisplayName("may acknowledge what was given up")
        void givenUp() {
            outbox.add(alert("1"));
            outbox.deliver();
            for (int i = 0; i < 8; i++) {
                receipts.get(i).retry();
                pass(outbox, 10_000);
            }
            assertThat(given).hasSize(9).last().isEqualTo("DELIVERY_FAILED");
            receipts.get(7).acknowledge();

            assertThat(acknowledged).containsExactly("1");
            assertThat(outbox.unacknowledged()).isEmpty();
        }

        @Test
        @DisplayName("may throw after it has acknowledged: that is counted, and nothing comes again")
        void throwsAfter() {
            Outbox both = acknowledging((alert, receipt) -> {
                given.add(name(alert));
                receipt.acknowledge();
                throw new IllegalStateException();
            });
            both.add(alert("1"));
            both.deliver();
            pass(both, 10_000);

            assertThat(given).hasSize(1);
            assertThat(both.failures()).isEqualTo(1);
        }
    }

    @Nested
    @DisplayName("Taking back")
    class TakingBack {

        @Test
        @DisplayName("leaves nothing of that alert, whatever its state")
        void all() {
            List<Acknowledgement> receipts = new ArrayList<>();
            Outbox outbox = acknowledging((alert, receipt) -> {
                given.add(name(alert));
                receipts.add(receipt);
                if (given.size() == 2) {
                    throw new IllegalStateException();
                }
            });
            outbox.add(alert("1", AlertStage.EARLY, 0));
            outbox.add(alert("1", AlertStage.ON_TIME, 0));
            outbox.deliver();
            outbox.add(alert("1", AlertStage.REVISED, 1));
            outbox.deliver();
            outbox.add(alert("2"));

            assertThat(outbox.takeBack(alert("1").id())).isTrue();
            pass(outbox, 10_000);
            receipts.get(0).acknowledge();

            assertThat(given).containsExactly("1", "1", "2");
            assertThat(acknowledged).isEmpty();
            assertThat(outbox.unacknowledged()).extracting(OutboxTest::name).containsExactly("2");
            assertThat(outbox.takeBack(alert("1").id())).isFalse();
        }
    }

    @Nested
    @DisplayName("Callbacks that call back")
    class CallingBack {

        @Test
        @DisplayName("What a callback adds is delivered after it returns, by the same loop")
        void more() {
            List<Outbox> self = new ArrayList<>();
            Outbox outbox = outbox(alert -> {
                given.add("begin " + name(alert));
                if (name(alert).equals("1")) {
                    self.get(0).add(alert("2"));
                    self.get(0).add(notice("3"));
                    self.get(0).deliver();
                    self.get(0).deliverAndWait();
                    self.get(0).tick();
                    given.add("inside " + self.get(0).isInside());
                }
                given.add("end " + name(alert));
            });
            self.add(outbox);
            outbox.add(alert("1"));

            outbox.deliverAndWait();

            assertThat(given).containsExactly("begin 1", "inside true", "end 1", "begin 2", "end 2", "3");
            assertThat(outbox.isInside()).isFalse();
        }
    }

    @Nested
    @DisplayName("Several threads")
    class SeveralThreads {
        private final CountDownLatch entered = new CountDownLatch(1);
        private final CountDownLatch mayLeave = new CountDownLatch(1);

        private final AlertListener gate = alert -> {
            given.add("begin " + name(alert));
            entered.countDown();
            try {
                mayLeave.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            given.add("end " + name(alert));
        };

        private Future<?> enter(Outbox outbox) throws InterruptedException {
            outbox.add(alert("1"));
            Future<?> first = threads.submit(outbox::deliver);
            entered.await();
            return first;
        }

        @Test
        @DisplayName("A callback that does not return holds up nobody who adds and delivers")
        void notBlocked() throws Exception {
            Outbox outbox = outbox(gate);
            Future<?> first = enter(outbox);

            outbox.add(alert("2"));
            outbox.deliver();

            assertThat(given).containsExactly("begin 1");
            mayLeave.countDown();
            first.get();
            assertThat(given).containsExactly("begin 1", "end 1", "begin 2", "end 2");
        }

        @Test
        @DisplayName("Notices do not wait behind an alert listener that hangs")
        void notices() throws Exception {
            Outbox outbox = outbox(gate);
            Future<?> first = enter(outbox);

            outbox.add(notice("2"));
            outbox.deliver();

            assertThat(given).containsExactly("begin 1", "2");
            mayLeave.countDown();
            first.get();
        }

        @Test
        @DisplayName("A callback that has not returned for 10 s is told once")
        void stuck() throws Exception {
            Outbox outbox = outbox(gate);
            Future<?> first = enter(outbox);
            pass(outbox, 9_999);
            assertThat(given).hasSize(1);

            pass(outbox, 1);
            pass(outbox, 20_000);
            outbox.add(alert("2"));
            outbox.deliver();

            assertThat(given).containsExactly("begin 1", "LISTENER_STUCK");
            mayLeave.countDown();
            first.get();
        }

        @Test
        @DisplayName("A thread that adds notices it, too")
        void stuckSeenByAdding() throws Exception {
            Outbox outbox = outbox(gate);
            Future<?> first = enter(outbox);
            millis.addAndGet(10_000);

            outbox.add(alert("2"));
            outbox.deliver();

            assertThat(given).containsExactly("begin 1", "LISTENER_STUCK");
            mayLeave.countDown();
            first.get();
        }

        @Test
        @DisplayName("Who asks to wait returns when all that was added has been handed over")
        void waits() throws Exception {
            Outbox outbox = outbox(gate);
            Future<?> first = enter(outbox);
            Future<List<String>> waiting = threads.submit(() -> {
                outbox.add(alert("2"));
                outbox.deliverAndWait();
                return List.copyOf(given);
            });
            mayLeave.countDown();

            assertThat(waiting.get()).containsExactly("begin 1", "end 1", "begin 2", "end 2");
            first.get();
        }

        @Test
        @DisplayName("Who asks to wait does not wait for a pause, nor for an acknowledgement")
        void waitsNotForPauses() {
            Outbox outbox = acknowledging((alert, receipt) -> {
                if (name(alert).equals("1")) {
                    throw new IllegalStateException();
                }
            });
            outbox.add(alert("1"));
            outbox.add(alert("2"));

            outbox.deliverAndWait();

            assertThat(outbox.waiting()).isEqualTo(2);
        }

        @Test
        @DisplayName("An interrupt ends the wait, and stays set")
        void interrupted() throws Exception {
            Outbox outbox = outbox(gate);
            Future<?> first = enter(outbox);
            Future<Boolean> waiting = threads.submit(() -> {
                Thread.currentThread().interrupt();
                outbox.deliverAndWait();
                return Thread.interrupted();
            });

            assertThat(waiting.get()).isTrue();
            assertThat(given).containsExactly("begin 1");
            mayLeave.countDown();
            first.get();
        }

        @Test
        @DisplayName("Each alert comes once, no two at a time, those of one id in order")
        void many() throws Exception {
            List<String> inside = Collections.synchronizedList(new ArrayList<>());
            Outbox outbox = outbox(alert -> {
                inside.add(name(alert));
                if (inside.size() > 1) {
                    given.add("two at a time: " + inside);
                }
                given.add(name(alert) + " " + alert.revision());
                inside.remove(name(alert));
            });
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                String user = "u" + t;
                all.add(threads.submit(() -> {
                    for (int i = 0; i < 500; i++) {
                        outbox.add(alert(user, AlertStage.REVISED, i));
                        outbox.deliver();
                    }
                    outbox.deliverAndWait();
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }

            assertThat(given).hasSize(2000);
            for (int t = 0; t < 4; t++) {
                String user = "u" + t;
                List<String> expected = new ArrayList<>();
                for (int i = 0; i < 500; i++) {
                    expected.add(user + " " + i);
                }
                assertThat(given.stream().filter(each -> each.startsWith(user)).toList())
                        .isEqualTo(expected);
            }
        }
    }

    @Nested
    @DisplayName("An executor")
    class OnAnExecutor {
        private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

        private final Outbox outbox =
                outbox(Listeners.of(alert -> given.add(name(alert)), OutboxTest.this::hear), Optional.of(tasks::add));

        @Test
        @DisplayName("delivers, and gets one task at a time")
        void oneTask() {
            outbox.add(alert("1"));
            outbox.deliver();
            outbox.add(alert("2"));
            outbox.add(notice("3"));
            outbox.deliver();
            outbox.deliverAndWait();
            assertThat(given).isEmpty();
            assertThat(tasks).hasSize(1);

            tasks.remove().run();

            assertThat(given).containsExactly("1", "2", "3");
            assertThat(tasks).isEmpty();
            outbox.add(alert("4"));
            outbox.deliver();
            assertThat(tasks).hasSize(1);
        }

        @Test
        @DisplayName("that runs tasks at once does so")
        void direct() {
            Outbox direct = outbox(
                    Listeners.of(alert -> given.add(name(alert)), OutboxTest.this::hear), Optional.of(Runnable::run));
            direct.add(alert("1"));
            direct.deliver();

            assertThat(given).containsExactly("1");
        }

        /** With an alert that was to be delivered, on an executor that takes it only once it is told to. */
        private Outbox rejecting(boolean[] rejects) {
            Outbox rejected =
                    outbox(Listeners.of(alert -> given.add(name(alert)), OutboxTest.this::hear), Optional.of(task -> {
                        if (rejects[0]) {
                            throw new RejectedExecutionException();
                        }
                        task.run();
                    }));
            rejected.add(alert("1"));
            rejected.deliver();
            return rejected;
        }

        @Test
        @DisplayName("that rejects a task loses nothing")
        void rejected() {
            boolean[] rejects = {true};
            Outbox rejected = rejecting(rejects);
            assertThat(rejected.waiting()).isEqualTo(1);
            assertThat(rejected.failures()).isEqualTo(1);
            rejects[0] = false;
            rejected.deliver();

            assertThat(given).containsExactly("1");
        }

        @Test
        @DisplayName("that drops a task without a word is given another after 10 s, and the notice says so")
        void dropped() {
            outbox.add(alert("1"));
            outbox.deliver();
            tasks.clear();
            pass(outbox, 9_999);
            assertThat(tasks).isEmpty();
            assertThat(given).isEmpty();

            pass(outbox, 1);

            assertThat(given).as("on the thread that calls").containsExactly("LISTENER_STUCK");
            assertThat(tasks).hasSize(1);
            tasks.remove().run();
            assertThat(given).containsExactly("LISTENER_STUCK", "1");
            assertThat(outbox.waiting()).isZero();
        }

        @Test
        @DisplayName("that begins a task after it counted as lost gets one task at a time again")
        void slow() {
            outbox.add(alert("1"));
            outbox.deliver();
            pass(outbox, 10_000);
            assertThat(tasks).hasSize(2);

            tasks.remove().run();
            tasks.remove().run();

            assertThat(given).containsExactly("LISTENER_STUCK", "1");
            outbox.add(alert("2"));
            outbox.deliver();
            outbox.deliver();
            assertThat(tasks).hasSize(1);
        }

        @Test
        @DisplayName(
                "that rejects tasks for 10 s is told of on the thread that calls, alerts wait, and come when it takes them")
        void rejecting() {
            boolean[] rejects = {true};
            Outbox rejected = rejecting(rejects);
            pass(rejected, 9_999);
            assertThat(given).isEmpty();
            pass(rejected, 1);
            pass(rejected, 20_000);
            assertThat(given).containsExactly("LISTENER_STUCK");
            rejected.add(notice("2"));
            rejected.deliver();
            assertThat(given).as("another notice does not wait for it").containsExactly("LISTENER_STUCK", "2");
            rejects[0] = false;
            rejected.deliver();

            assertThat(given).containsExactly("LISTENER_STUCK", "2", "1");
            assertThat(rejected.waiting()).isZero();
        }

        @Test
        @DisplayName("gets a second task for notices while an alert listener is stuck")
        void second() throws Exception {
            CountDownLatch entered = new CountDownLatch(1);
            CountDownLatch mayLeave = new CountDownLatch(1);
            CountDownLatch told = new CountDownLatch(1);
            Outbox pooled = outbox(
                    new Listeners(
                            (alert, receipt) -> {
                                entered.countDown();
                                try {
                                    mayLeave.await();
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            },
                            notice -> told.countDown()),
                    Optional.of(threads));
            pooled.add(alert("1"));
            pooled.deliver();
            entered.await();

            pass(pooled, 10_000);

            assertThat(told.await(10, TimeUnit.SECONDS)).isTrue();
            mayLeave.countDown();
        }
    }

    @Nested
    @DisplayName("What waits")
    class Waiting {
        private final List<Acknowledgement> receipts = new ArrayList<>();

        private final Outbox outbox = acknowledging((alert, receipt) -> {
            given.add(name(alert));
            receipts.add(receipt);
        });

        @Test
        @DisplayName("is counted until it is delivered and acknowledged, or taken back")
        void counted() {
            Alert taken = alert("2");
            outbox.add(alert("1"));
            outbox.add(taken);
            outbox.add(notice("3"));
            assertThat(outbox.waiting()).isEqualTo(3);
            assertThat(outbox.takeBack(taken.id())).isTrue();
            assertThat(outbox.waiting()).isEqualTo(2);

            outbox.deliver();
            assertThat(given).containsExactly("1", "3");
            assertThat(outbox.waiting()).isEqualTo(1);
            receipts.get(0).acknowledge();
            assertThat(outbox.waiting()).isZero();
        }

        @Test
        @DisplayName("is given again after its pause to whoever delivers, without a tick")
        void again() {
            outbox.add(alert("1"));
            outbox.deliver();
            receipts.get(0).retry();
            outbox.deliver();
            assertThat(given).containsExactly("1");
            millis.addAndGet(100);

            outbox.deliver();

            assertThat(given).containsExactly("1", "1");
        }

        @Test
        @DisplayName("is given until a time, and nothing is begun after it")
        void until() {
            outbox.add(alert("1"));
            outbox.deliverUntil(System.nanoTime() - 1);
            assertThat(given).isEmpty();

            outbox.deliverUntil(System.nanoTime() + TimeUnit.MINUTES.toNanos(10));

            assertThat(given).containsExactly("1");
        }
    }

    @Nested
    @DisplayName("A notice listener")
    class OfNotices {
        private final CountDownLatch entered = new CountDownLatch(1);
        private final CountDownLatch mayLeave = new CountDownLatch(1);

        private final Outbox outbox = outbox(
                new Listeners((alert, receipt) -> receipt.acknowledge(), notice -> {
                    given.add(notice.message());
                    entered.countDown();
                    await(mayLeave);
                }),
                Optional.empty());

        private void await(CountDownLatch latch) {
            try {
                assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Test
        @DisplayName("that has not returned for 10 s is told of by whoever adds a notice")
        void stuck() throws Exception {
            outbox.add(notice("1"));
            Future<?> delivering = threads.submit(outbox::deliver);
            await(entered);
            millis.addAndGet(10_000);
            outbox.add(notice("2"));
            mayLeave.countDown();
            delivering.get(30, TimeUnit.SECONDS);

            assertThat(given).hasSize(3).startsWith("1", "2");
            assertThat(given.get(2)).startsWith("A callback that was given a notice has not returned for 10 s; 2 ");
        }

        @Test
        @DisplayName("is waited for by whoever asks to")
        void waited() throws Exception {
            outbox.add(notice("1"));
            Future<?> delivering = threads.submit(outbox::deliver);
            await(entered);
            Future<?> waiting = threads.submit(outbox::deliverAndWait);
            Thread.sleep(50);
            assertThat(waiting.isDone()).isFalse();
            mayLeave.countDown();

            waiting.get(30, TimeUnit.SECONDS);
            delivering.get(30, TimeUnit.SECONDS);
            assertThat(outbox.waiting()).isZero();
        }
    }

    @Nested
    @DisplayName("Random hosts")
    class RandomHosts {

        @Test
        @DisplayName("Every alert is acknowledged once in the end, those of one id come first in order")
        void random() {
            for (int run = 0; run < 500; run++) {
                long seed = run;
                Random random = new Random(seed);
                List<Acknowledgement> open = new ArrayList<>();
                Map<String, Integer> highest = new HashMap<>();
                acknowledged.clear();
                Outbox outbox = acknowledging((alert, receipt) -> {
                    int before = highest.getOrDefault(name(alert), -1);
                    if (alert.revision() > before + 1) {
                        // What is thrown here is the outbox's to catch.
                        given.add("seed " + seed + ": " + name(alert) + " " + alert.revision() + " after " + before);
                    }
                    highest.put(name(alert), Math.max(before, alert.revision()));
                    switch (random.nextInt(6)) {
                        case 0 -> receipt.retry();
                        case 1 -> throw new IllegalStateException();
                        case 2, 3 -> receipt.acknowledge();
                        default -> open.add(receipt);
                    }
                });
                int[] revisions = new int[3];
                int raised = 0;
                for (int step = 0; step < 60; step++) {
                    if (random.nextInt(3) == 0) {
                        int user = random.nextInt(revisions.length);
                        outbox.add(alert("u" + user, AlertStage.REVISED, revisions[user]++));
                        raised++;
                    }
                    if (!open.isEmpty() && random.nextInt(3) == 0) {
                        Acknowledgement receipt = open.remove(random.nextInt(open.size()));
                        if (random.nextBoolean()) {
                            receipt.acknowledge();
                        } else {
                            receipt.retry();
                        }
                    }
                    pass(outbox, random.nextInt(200));
                }
                for (int step = 0;
                        step < 200
                                && (outbox.waiting() > 0
                                        || !outbox.unacknowledged().isEmpty());
                        step++) {
                    open.forEach(Acknowledgement::acknowledge);
                    open.clear();
                    pass(outbox, 10_000);
                    if (outbox.waiting() == 0) {
                        break;
                    }
                }

                assertThat(given).filteredOn(each -> each.startsWith("seed")).isEmpty();
                assertThat(outbox.waiting()).as("seed %s", seed).isZero();
                assertThat(acknowledged.size() + outbox.unacknowledged().size())
                        .as("seed %s: acknowledged or given up", seed)
                        .isEqualTo(raised);
            }
        }
    }
}
