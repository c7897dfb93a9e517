package dev.vaultwatch.alert;

import dev.vaultwatch.alert.DeliveryQueue.Message;
import dev.vaultwatch.alert.DeliveryQueue.Turn;
import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.AcknowledgingAlertListener;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.Notice;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries alerts and notices from the desk to the host: the delivering half of a <em>transactional outbox</em>, at least once.
 *
 * <h2>A message's life</h2>
 *
 * <pre>
 *   add ──▶ READY ──▶ IN_CALLBACK ──▶ UNACKNOWLEDGED ──▶ DONE
 *             ▲         │  threw, or asked to retry │ acknowledge
 *             │         ▼                           │
 *             └──── BACKING_OFF ◀───────────────────┘ retry
 *                       │ 8th attempt
 *                       ▼
 *                    GIVEN_UP: comes again after a restart, if there is a log
 * </pre>
 *
 * Messages are handed over in the order in which they were added. One that backs off lets others pass, but not those about the
 * same alert: they wait BEHIND it. A message is handed over without waiting for the acknowledgement of the one before; a
 * listener that asks for one again after it has been given the next of the same alert gets it late, and the revision tells.
 *
 * <h2>Threads</h2>
 *
 * Thread-safe. Whoever holds the engine's lock adds; whoever has released it delivers. There are two turns, one for alerts and
 * one for notices; each is held by one thread at a time for the length of one callback, so that notices do not wait behind an
 * alert listener that hangs. What others add meanwhile the holder of the turn delivers afterwards, so no thread waits for a
 * callback that another is in, unless it asks to ({@link #deliverAndWait}). Nobody waits for a message that backs off: its
 * pause is over when {@link #deliver} or {@link #tick} is called after it. No lock is held while the host or
 * {@code onAcknowledged} is called. A callback may call anything here: what it adds is delivered by the loop it was called
 * from.
 *
 * <p>With an executor, that delivers, one task at a time; a second task is given to it only while a callback is stuck. A task that
 * it rejects is given to it again by the next call or tick, and one that it has not begun in 10 s counts as lost: another takes its
 * place. When it has begun none for 10 s, the threads that call deliver notices, the first of which says so; alerts wait.
 */
public final class Outbox {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    /** A callback that takes longer holds up more than a network's usual time-outs explain. */
    private static final int STUCK_SECONDS = 10;

    private final Listeners listeners;
    private final Optional<Executor> executor;
    private final Consumer<Alert> onAcknowledged;
    private final Runnable onTaken;
    private final LongSupplier nanoTime;

    /** Guards what follows; held for a few steps at a time. */
    private final Object monitor = new Object();

    private final DeliveryQueue queue = new DeliveryQueue();
    private final ExecutorTasks tasks = new ExecutorTasks(this::runTask);
    private long failures;

    /** Read without the monitor by calls that bring nothing, which are nearly all. */
    private volatile int waiting;

    /** Read without the monitor, too. */
    private volatile boolean hasWork;

    /** An outbox whose alerts are delivered by the threads that call, and that tells nobody of acknowledgements. */
    public Outbox(Listeners listeners) {
        this(listeners, Optional.empty(), alert -> {}, () -> {}, System::nanoTime);
    }

    /**
     * An outbox.
     *
     * @param executor where callbacks run; empty for the threads that call
     * @param onAcknowledged told of each alert that was acknowledged, once, by the thread that did, which may be any; must not
     *     throw
     * @param onTaken run when fewer messages wait since one was acknowledged, or a notice was handed over; by any thread; must not
     *     throw
     * @param nanoTime as {@link System#nanoTime}
     */
    public Outbox(
            Listeners listeners,
            Optional<Executor> executor,
            Consumer<Alert> onAcknowledged,
            Runnable onTaken,
            LongSupplier nanoTime) {
        this.listeners = listeners;
        this.executor = executor;
        this.onAcknowledged = onAcknowledged;
        this.onTaken = onTaken;
        this.nanoTime = nanoTime;
    }

    // ---- adding and taking back

    /** Adds an alert. */
    public void add(Alert alert) {
        synchronized (monitor) {
            queue.add(alert, now());
            lookForStuck();
            noteSizes();
        }
    }

    /** Adds a notice. */
    public void add(Notice notice) {
        synchronized (monitor) {
            queue.add(notice, now());
            lookForStuck();
            noteSizes();
        }
    }

    private long now() {
        return nanoTime.getAsLong();
    }

    private void noteSizes() {
        waiting = queue.outstanding();
        hasWork = queue.hasWork();
    }

    /**
     * Takes back what waits of an alert; a message that is in a callback or was handed over already is not tried again.
     *
     * @return whether there was anything that the host had not acknowledged
     */
    public boolean takeBack(String id) {
        synchronized (monitor) {
            boolean any = queue.takeBack(id);
            noteSizes();
            monitor.notifyAll();
            return any;
        }
    }

    // ---- looking

    /** Whether there is nothing to hand over now, and nobody in a callback. Alerts may back off or be unacknowledged. */
    public boolean isIdle() {
        synchronized (monitor) {
            return queue.isIdle(now());
        }
    }

    /** Whether an alert that the listener did not take is to be handed over again after a pause. */
    public boolean isBackingOff() {
        synchronized (monitor) {
            return queue.isBackingOff();
        }
    }

    /** Whether the calling thread is in a callback. */
    public boolean isInside() {
        synchronized (monitor) {
            return isThisInside();
        }
    }

    private boolean isThisInside() {
        return queue.isInside(Thread.currentThread());
    }

    /** How many alerts and notices are not delivered, or not acknowledged; given-up ones do not count. Takes no lock. */
    public int waiting() {
        return waiting;
    }

    /** How long the oldest of them has waited; 0 if there is none. */
    public long oldestWaitingMillis() {
        synchronized (monitor) {
            return TimeUnit.NANOSECONDS.toMillis(queue.oldestNanos(now()));
        }
    }

    /** Callbacks that threw. */
    public long failures() {
        synchronized (monitor) {
            return failures;
        }
    }

    /** Alerts that are not acknowledged, in the order of adding, given-up ones among them. */
    public List<Alert> unacknowledged() {
        synchronized (monitor) {
            return queue.unacknowledged();
        }
    }

    // ---- delivering

    /**
     * Delivers what can be handed over now, unless other threads are at it. From inside a callback it does nothing. The caller
     * holds no lock.
     */
    public void deliver() {
        deliver(() -> true);
    }

    /** As {@link #deliver()}, but begins no callback on this thread after the given {@link System#nanoTime}. */
    public void deliverUntil(long until) {
        deliver(() -> System.nanoTime() - until < 0);
    }

    private void deliver(BooleanSupplier goesOn) {
        if (!hasWork) {
            return;
        }
        if (executor.isPresent()) {
            schedule(executor.get());
            deliverNotices(goesOn);
        } else {
            run(goesOn);
        }
    }

    /** What the executor does not carry, above all that it does not. */
    private void deliverNotices(BooleanSupplier goesOn) {
        Turn turn;
        synchronized (monitor) {
            turn = tasks.saidFailing() && !isThisInside() && goesOn.getAsBoolean() ? nextNotice() : null;
            noteSizes();
        }
        while (turn != null) {
            turn = hand(turn, () -> goesOn.getAsBoolean() ? nextNotice() : null);
        }
    }

    private @Nullable Turn nextNotice() {
        return queue.nextNotice(Thread.currentThread(), now());
    }

    /** As {@link #deliver}, and says which callback has not returned for 10 s. To be called every second or so. */
    public void tick() {
        synchronized (monitor) {
            lookForStuck();
            noteSizes();
        }
        deliver();
    }

    /**
     * Delivers, and waits until everything added before the call has been handed over, by whichever thread; not for what backs
     * off, nor for acknowledgements. From inside a callback it does not wait: it would wait for itself; and not with an
     * executor. An interrupt ends the wait and stays set.
     */
    public void deliverAndWait() {
        long upTo;
        synchronized (monitor) {
            upTo = queue.added();
        }
        deliver();
        if (executor.isPresent()) {
            return;
        }
        synchronized (monitor) {
            if (isThisInside()) {
                return;
            }
            try {
                while (queue.isUnderWay(upTo)) {
                    monitor.wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run(BooleanSupplier goesOn) {
        Turn turn = begin(goesOn);
        while (turn != null) {
            turn = hand(turn, () -> goesOn.getAsBoolean() ? queue.next(Thread.currentThread(), now()) : null);
        }
    }

    private @Nullable Turn begin(BooleanSupplier goesOn) {
        synchronized (monitor) {
            Turn turn = isThisInside() || !goesOn.getAsBoolean() ? null : queue.next(Thread.currentThread(), now());
            noteSizes();
            return turn;
        }
    }

    /** Hands over the turn's message, and takes the next turn, with the monitor. */
    private @Nullable Turn hand(Turn turn, Supplier<@Nullable Turn> nextTurn) {
        Message message;
        int attempt;
        synchronized (monitor) {
            message = turn.current();
            if (message == null) {
                throw new IllegalStateException("A turn was taken without a message.");
            }
            attempt = message.attempts();
        }
        Throwable thrown = null;
        try {
            if (message.content() instanceof Alert alert) {
                listeners.alerts().onAlert(alert, new Receipt(message, attempt));
            } else {
                listeners.notices().onNotice((Notice) message.content());
            }
        } catch (Throwable e) {
            // An Error of the host's is the host's: it is counted like the rest, and its next alert still comes.
            thrown = e;
        }
        synchronized (monitor) {
            if (thrown != null) {
                countFailure(thrown);
            }
            noteGivenUp(queue.end(turn, message, thrown != null, now()));
            noteSizes();
            monitor.notifyAll();
        }
        if (message.content() instanceof Notice) {
            onTaken.run();
        }
        synchronized (monitor) {
            Turn next = nextTurn.get();
            noteSizes();
            return next;
        }
    }

    private void noteGivenUp(@Nullable Alert alert) {
        if (alert != null) {
            queue.add(
                    Notice.of(
                            Notice.Kind.DELIVERY_FAILED,
                            "The alert listener did not take the " + alert.stage() + " of alert " + alert.id()
                                    + " of rule " + alert.ruleId() + " in " + AcknowledgingAlertListener.MOST_ATTEMPTS
                                    + " attempts; it is delivered again after a restart, if there is a journal on disk.",
                            AcknowledgingAlertListener.MOST_ATTEMPTS),
                    now());
        }
    }

    private void countFailure(Throwable thrown) {
        failures++;
        if (failures == 1) {
            LOG.warn(
                    "A callback of the host threw. An alert is delivered again after a pause, {} attempts in all; a notice is"
                            + " not. Further failures are counted in health() and logged at DEBUG.",
                    AcknowledgingAlertListener.MOST_ATTEMPTS,
                    new CallbackFailure(thrown));
        } else {
            LOG.debug("A callback of the host threw; {} have so far.", failures, new CallbackFailure(thrown));
        }
    }

    /** What the host is given for one attempt. */
    private final class Receipt implements Acknowledgement {
        private final Message message;
        private final int attempt;

        private Receipt(Message message, int attempt) {
            this.message = message;
            this.attempt = attempt;
        }

        @Override
        public void acknowledge() {
            boolean isFirst;
            synchronized (monitor) {
                isFirst = queue.acknowledge(message);
                noteSizes();
                monitor.notifyAll();
            }
            if (isFirst) {
                onAcknowledged.accept((Alert) message.content());
                onTaken.run();
            }
        }

        @Override
        public void retry() {
            synchronized (monitor) {
                noteGivenUp(queue.retry(message, attempt, now()));
                noteSizes();
            }
        }
    }

    // ---- stuck callbacks

    private void lookForStuck() {
        lookForStuck(queue.alerts());
        lookForStuck(queue.notices());
        lookAtExecutor();
    }

    private void lookForStuck(Turn turn) {
        Message message = turn.newlyStuck(now(), TimeUnit.SECONDS.toNanos(STUCK_SECONDS));
        if (message == null) {
            return;
        }
        int waitingNow = queue.outstanding();
        String text = "A callback that was given "
                + (message.content() instanceof Alert alert
                        ? "the " + alert.stage() + " of alert " + alert.id() + " of rule " + alert.ruleId()
                        : "a notice")
                + " has not returned for " + STUCK_SECONDS + " s; " + waitingNow
                + " alerts and notices wait, those of its kind until it returns.";
        LOG.warn("{}", text);
        queue.add(Notice.of(Notice.Kind.LISTENER_STUCK, text, waitingNow), now());
    }

    // ---- on an executor

    private void schedule(Executor on) {
        ExecutorTasks.Task task;
        synchronized (monitor) {
            lookAtExecutor();
            task = isThisInside() || !queue.isAnythingFree(now())
                    ? null
                    : tasks.next(queue.isAnyStuck() ? 2 : 1, now());
        }
        if (task == null) {
            return;
        }
        try {
            on.execute(task);
        } catch (RuntimeException | Error e) {
            synchronized (monitor) {
                if (tasks.isRejected(task)) {
                    countRejection(e);
                }
            }
        }
    }

    private void countRejection(Throwable thrown) {
        failures++;
        if (failures == 1) {
            LOG.warn(
                    "The host's executor (deliverOn) rejected a delivery, which is given to it again by the next call, and each"
                            + " second. Further failures are counted in health() and logged at DEBUG.",
                    new CallbackFailure(thrown));
        } else {
            LOG.debug(
                    "The host's executor rejected a delivery; {} failures so far.",
                    failures,
                    new CallbackFailure(thrown));
        }
    }

    private void lookAtExecutor() {
        if (tasks.isNewlyFailing(now())) {
            int waitingNow = queue.outstanding();
            String text = "The host's executor (deliverOn) has rejected, or not begun, every delivery for "
                    + ExecutorTasks.LOST_SECONDS + " s; " + waitingNow
                    + " alerts and notices wait. They are given to it again and again; until it takes them, notices come on the"
                    + " threads that call the plugin.";
            LOG.warn("{}", text);
            queue.add(Notice.of(Notice.Kind.LISTENER_STUCK, text, waitingNow), now());
        }
    }

    private void runTask(ExecutorTasks.Task task) {
        synchronized (monitor) {
            tasks.begin(task);
        }
        try {
            run(() -> true);
        } finally {
            boolean isLeft;
            synchronized (monitor) {
                tasks.end();
                isLeft = queue.isAnythingFree(now());
            }
            if (isLeft) {
                // Added between the last look and the end of this task, by a thread that saw the task still there.
                deliver();
            }
        }
    }
}
