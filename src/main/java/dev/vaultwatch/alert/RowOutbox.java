package dev.vaultwatch.alert;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.NoticeListener;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * To be deleted with the pipeline that uses it; {@link Outbox} takes its place.
 *
 * <p>Carries alerts and notices from the desk to the host, in order and one at a time.
 *
 * <p>Whoever holds the engine's lock adds; whoever has released it delivers. One thread delivers at a time, and what others
 * add meanwhile it delivers too; so no thread waits for a callback that another is in, unless it asks to
 * ({@link #deliverAndWait}). A callback may call the plugin: what that adds is delivered by the loop it was called from.
 *
 * <p>Thread-safe.
 */
public final class RowOutbox {
    private static final Logger LOG = LoggerFactory.getLogger(RowOutbox.class);

    private final AlertListener alerts;
    private final NoticeListener notices;
    private final Consumer<Alert> onDelivered;
    private final ArrayDeque<Object> waiting = new ArrayDeque<>();
    private @Nullable Thread deliverer;

    /** How many wait; written under the monitor, and read without it by calls that bring nothing, which are nearly all. */
    private volatile int count;

    private long added;
    private long delivered;
    private long failures;

    public RowOutbox(AlertListener alerts, NoticeListener notices) {
        this(alerts, notices, alert -> {});
    }

    /**
     * As above, with someone to be told of each alert that was delivered, after its callback.
     *
     * @param onDelivered called by the delivering thread, which holds no lock; must not throw
     */
    public RowOutbox(AlertListener alerts, NoticeListener notices, Consumer<Alert> onDelivered) {
        this.alerts = alerts;
        this.notices = notices;
        this.onDelivered = onDelivered;
    }

    /**
     * Takes back what an earlier run delivered: of each alert, the last message that was, and all before it. What is left would
     * have come next.
     */
    public synchronized void takeBackDelivered(Predicate<Alert> deliveredBefore) {
        Map<String, Integer> upTo = new HashMap<>();
        int index = 0;
        for (Object message : waiting) {
            if (message instanceof Alert alert && deliveredBefore.test(alert)) {
                upTo.put(alert.id(), index);
            }
            index++;
        }
        int[] at = {0};
        takeBack(alert -> at[0]++ <= upTo.getOrDefault(alert.id(), -1), at);
    }

    /** Takes back every waiting alert of which the condition holds. */
    public synchronized void takeBack(Predicate<Alert> unwanted) {
        takeBack(unwanted, new int[1]);
    }

    private void takeBack(Predicate<Alert> unwanted, int[] at) {
        waiting.removeIf(message -> {
            if (message instanceof Alert alert) {
                return unwanted.test(alert);
            }
            at[0]++;
            return false;
        });
        count = waiting.size();
        delivered = added - count;
    }

    /** Whether everything that was added has been delivered. */
    public synchronized boolean isIdle() {
        return waiting.isEmpty() && deliverer == null;
    }

    /** How many alerts and notices wait. */
    public int waiting() {
        return count;
    }

    void add(Alert alert) {
        addMessage(alert);
    }

    /** Adds a notice. */
    public void add(Notice notice) {
        addMessage(notice);
    }

    private synchronized void addMessage(Object message) {
        waiting.add(message);
        count = waiting.size();
        added++;
    }

    /** Delivers what is waiting, unless another thread is at it. The caller holds no lock. */
    public void deliver() {
        if (count == 0) {
            return;
        }
        Object next = first();
        while (next != null) {
            hand(next);
            next = following();
        }
    }

    /**
     * Delivers, and waits until everything added before the call has been delivered, by whichever thread. From inside a
     * callback it does not wait: it would wait for itself. An interrupt ends the wait and stays set.
     */
    public void deliverAndWait() {
        deliver();
        synchronized (this) {
            long upTo = added;
            try {
                while (delivered < upTo && deliverer != null && deliverer != Thread.currentThread()) {
                    wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Callbacks that threw. */
    public synchronized long failures() {
        return failures;
    }

    private synchronized @Nullable Object first() {
        if (deliverer != null || waiting.isEmpty()) {
            return null;
        }
        deliverer = Thread.currentThread();
        return poll();
    }

    private synchronized @Nullable Object following() {
        delivered++;
        Object next = poll();
        if (next == null) {
            deliverer = null;
        }
        notifyAll();
        return next;
    }

    private @Nullable Object poll() {
        Object next = waiting.poll();
        count = waiting.size();
        return next;
    }

    private void hand(Object message) {
        try {
            if (message instanceof Alert alert) {
                try {
                    hand(alert);
                } finally {
                    onDelivered.accept(alert);
                }
            } else {
                notices.onNotice((Notice) message);
            }
        } catch (Throwable e) {
            // An Error of the host's is the host's: it is counted like the rest, and its next alert still comes.
            countFailure(e);
        }
    }

    private void hand(Alert alert) {
        if (alert.stage() == AlertStage.EARLY) {
            alerts.onEarly(alert);
        } else if (alert.stage() == AlertStage.ON_TIME) {
            alerts.onAlert(alert);
        } else {
            alerts.onRevised(alert);
        }
    }

    private synchronized void countFailure(Throwable thrown) {
        failures++;
        if (failures == 1) {
            LOG.warn(
                    "A callback of the host threw; the alert it was given counts as delivered, the next one is delivered as usual."
                            + " Further failures are counted in health() and logged at DEBUG.",
                    thrown);
        } else {
            LOG.debug("A callback of the host threw; {} have so far.", failures, thrown);
        }
    }
}
