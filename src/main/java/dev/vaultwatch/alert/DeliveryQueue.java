package dev.vaultwatch.alert;

import dev.vaultwatch.api.AcknowledgingAlertListener;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.Notice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link Outbox} holds: messages and the state of each, drawn there. It knows no thread but as a name, and calls nobody.
 * Not thread-safe; the outbox's monitor guards it. Times are nanoseconds of the outbox's clock.
 */
final class DeliveryQueue {
    /** Pause after the first failed attempt; it doubles. A restarting sink is back within seconds, a busy one sooner. */
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Turn alerts = new Turn();
    private final Turn notices = new Turn();

    /** All that is neither done nor given up. */
    private final Outstanding outstanding = new Outstanding();

    private final PriorityQueue<Message> backingOff =
            new PriorityQueue<>(Comparator.comparingLong((Message message) -> message.due));

    /** By alert id, while a message about it backs off: that message and those behind it. */
    private final Map<String, List<Message>> behind = new HashMap<>();

    private final Map<Long, Message> givenUp = new LinkedHashMap<>();
    private long added;

    enum State {
        READY,
        IN_CALLBACK,
        UNACKNOWLEDGED,
        BACKING_OFF,
        BEHIND,
        DONE,
        GIVEN_UP
    }

    /** Either an alert or a notice. */
    static final class Message {
        private final long number;
        private final Object content;
        private final long addedAt;
        private State state = State.READY;
        private int attempts;
        private boolean wantsRetry;
        private long due;

        /** Its neighbours among the outstanding ones. */
        private @Nullable Message before;

        private @Nullable Message after;

        private Message(long number, Object content, long addedAt) {
            this.number = number;
            this.content = content;
            this.addedAt = addedAt;
        }

        Object content() {
            return content;
        }

        int attempts() {
            return attempts;
        }
    }

    /**
     * Messages in the order of their numbers, which is that of adding: an intrusive list, since a window may close with a hundred
     * thousand that are acknowledged in any order.
     */
    private static final class Outstanding {
        private @Nullable Message first;
        private @Nullable Message last;
        private int size;

        void add(Message message) {
            Message end = last;
            if (end == null) {
                first = message;
            } else {
                end.after = message;
                message.before = end;
            }
            last = message;
            size++;
        }

        /** Takes out a message that is in it. */
        void remove(Message message) {
            Message before = message.before;
            Message after = message.after;
            if (before == null) {
                first = after;
            } else {
                before.after = after;
            }
            if (after == null) {
                last = before;
            } else {
                after.before = before;
            }
            message.before = null;
            message.after = null;
            size--;
        }

        /** A copy, in order. */
        List<Message> all() {
            List<Message> all = new ArrayList<>(size);
            for (Message message = first; message != null; message = message.after) {
                all.add(message);
            }
            return all;
        }
    }

    /** Messages by number: those that were added stand in order already, those that come back do not. */
    private static final class Ready {
        private final Deque<Message> added = new ArrayDeque<>();
        private final PriorityQueue<Message> returned =
                new PriorityQueue<>(Comparator.comparingLong((Message message) -> message.number));

        void add(Message message) {
            added.add(message);
        }

        void giveBack(Message message) {
            returned.add(message);
        }

        @Nullable
        Message peek() {
            return isBackFirst() ? returned.peek() : added.peek();
        }

        /** Takes out the first, of which there must be one. */
        Message remove() {
            return isBackFirst() ? returned.remove() : added.remove();
        }

        private boolean isBackFirst() {
            Message oldest = added.peek();
            Message back = returned.peek();
            return back != null && (oldest == null || back.number < oldest.number);
        }

        void remove(Message message) {
            if (!returned.remove(message)) {
                added.remove(message);
            }
        }

        boolean isEmpty() {
            return added.isEmpty() && returned.isEmpty();
        }
    }

    /** The messages of one kind that can be handed over, and the callback that one is in. */
    static final class Turn {
        private final Ready ready = new Ready();
        private @Nullable Thread thread;
        private @Nullable Message current;
        private long since;
        private boolean saidStuck;

        @Nullable
        Message current() {
            return current;
        }

        private boolean isStuck() {
            return current != null && saidStuck;
        }

        private boolean isFree() {
            return current == null && !ready.isEmpty();
        }

        /** Whether a thread is in a callback, and it or what it delivers next was added before that number. */
        private boolean isUnderWay(long upTo) {
            Message next = ready.peek();
            return current != null && (current.number < upTo || (next != null && next.number < upTo));
        }

        /** The message whose callback has taken that long; told once for each. */
        @Nullable
        Message newlyStuck(long now, long nanos) {
            if (current == null || saidStuck || now - since < nanos) {
                return null;
            }
            saidStuck = true;
            return current;
        }
    }

    // ---- adding and taking back

    void add(Alert alert, long now) {
        add(alerts, alert, now);
    }

    void add(Notice notice, long now) {
        add(notices, notice, now);
    }

    private void add(Turn turn, Object content, long now) {
        Message message = new Message(added++, content, now);
        outstanding.add(message);
        turn.ready.add(message);
    }

    /** Takes back all messages about an alert; whether there was any. */
    boolean takeBack(String id) {
        List<Message> messages = outstanding.all();
        messages.addAll(givenUp.values());
        messages.removeIf(message ->
                !(message.content instanceof Alert alert && alert.id().equals(id)));
        for (Message message : messages) {
            alerts.ready.remove(message);
            finish(message);
        }
        List<Message> waitingBehind = behind.remove(id);
        if (waitingBehind != null) {
            waitingBehind.forEach(backingOff::remove);
        }
        return !messages.isEmpty();
    }

    // ---- handing over

    /** Takes the turn with the message that was added first, of those that nobody else has, for a thread. */
    @Nullable
    Turn next(Thread thread, long now) {
        makeDueReady(now);
        putBehind();
        Message alert = alerts.current == null ? alerts.ready.peek() : null;
        Message notice = notices.current == null ? notices.ready.peek() : null;
        if (alert == null && notice == null) {
            return null;
        }
        return take(notice == null || (alert != null && alert.number < notice.number) ? alerts : notices, thread, now);
    }

    /** Takes the turn of notices for a thread, if nobody has it and there are any. */
    @Nullable
    Turn nextNotice(Thread thread, long now) {
        return notices.isFree() ? take(notices, thread, now) : null;
    }

    private static Turn take(Turn turn, Thread thread, long now) {
        Message message = turn.ready.remove();
        message.state = State.IN_CALLBACK;
        message.wantsRetry = false;
        message.attempts++;
        turn.current = message;
        turn.thread = thread;
        turn.since = now;
        turn.saidStuck = false;
        return turn;
    }

    /** Lets messages about alerts of which one backs off wait behind it. */
    private void putBehind() {
        Message first = alerts.ready.peek();
        while (first != null) {
            List<Message> others = behind.get(((Alert) first.content).id());
            if (others == null) {
                return;
            }
            first.state = State.BEHIND;
            others.add(alerts.ready.remove());
            first = alerts.ready.peek();
        }
    }

    private void makeDueReady(long now) {
        Message first = backingOff.peek();
        while (first != null && first.due - now <= 0) {
            backingOff.remove();
            makeReady(behind.remove(((Alert) first.content).id()));
            first = backingOff.peek();
        }
    }

    private void makeReady(@Nullable List<Message> messages) {
        if (messages != null) {
            messages.forEach(message -> {
                backingOff.remove(message);
                message.state = State.READY;
                alerts.ready.giveBack(message);
            });
        }
    }

    /**
     * The callback is over.
     *
     * @return the alert if it was given up
     */
    @Nullable
    Alert end(Turn turn, Message message, boolean failed, long now) {
        turn.current = null;
        turn.thread = null;
        if (message.content instanceof Notice) {
            finish(message);
        } else if (message.state == State.IN_CALLBACK) {
            if (failed || message.wantsRetry) {
                return backOff(message, now);
            }
            message.state = State.UNACKNOWLEDGED;
        }
        return null;
    }

    /** Takes a message out of those that are outstanding or given up, wherever it is. */
    private void finish(Message message) {
        if (message.state == State.GIVEN_UP) {
            givenUp.remove(message.number);
        } else if (message.state != State.DONE) {
            outstanding.remove(message);
        }
        message.state = State.DONE;
    }

    private @Nullable Alert backOff(Message message, long now) {
        Alert alert = (Alert) message.content;
        if (message.attempts >= AcknowledgingAlertListener.MOST_ATTEMPTS) {
            message.state = State.GIVEN_UP;
            outstanding.remove(message);
            givenUp.put(message.number, message);
            return alert;
        }
        message.state = State.BACKING_OFF;
        message.due = now + Math.min(LONGEST_PAUSE_NANOS, FIRST_PAUSE_NANOS << (message.attempts - 1));
        backingOff.add(message);
        behind.computeIfAbsent(alert.id(), id -> new ArrayList<>()).add(message);
        return null;
    }

    // ---- acknowledging

    /** Whether it was not acknowledged or taken back before. */
    boolean acknowledge(Message message) {
        State before = message.state;
        finish(message);
        switch (before) {
            case READY -> alerts.ready.remove(message);
            case BACKING_OFF, BEHIND -> {
                backingOff.remove(message);
                releaseBehind(((Alert) message.content).id(), message);
            }
            case GIVEN_UP, IN_CALLBACK, UNACKNOWLEDGED -> {}
            case DONE -> {
                return false;
            }
        }
        return true;
    }

    /** What waited behind a message that is done can be handed over, unless another one backs off before it. */
    private void releaseBehind(String id, Message done) {
        List<Message> others = behind.get(id);
        if (others != null) {
            others.remove(done);
            if (others.stream().noneMatch(message -> message.state == State.BACKING_OFF)) {
                makeReady(behind.remove(id));
            }
        }
    }

    /**
     * An attempt failed, by the host's word.
     *
     * @return the alert if it was given up
     */
    @Nullable
    Alert retry(Message message, int attempt, long now) {
        if (message.attempts == attempt) {
            if (message.state == State.IN_CALLBACK) {
                message.wantsRetry = true;
            } else if (message.state == State.UNACKNOWLEDGED) {
                return backOff(message, now);
            }
        }
        return null;
    }

    // ---- looking

    Turn alerts() {
        return alerts;
    }

    Turn notices() {
        return notices;
    }

    /** As many messages were added so far. */
    long added() {
        return added;
    }

    int outstanding() {
        return outstanding.size;
    }

    /** How long the oldest has waited. */
    long oldestNanos(long now) {
        Message oldest = outstanding.first;
        return oldest == null ? 0 : now - oldest.addedAt;
    }

    /** Whether there is anything to hand over, now or when its pause is over. */
    boolean hasWork() {
        return !alerts.ready.isEmpty() || !notices.ready.isEmpty() || !backingOff.isEmpty();
    }

    boolean isIdle(long now) {
        makeDueReady(now);
        return alerts.ready.isEmpty() && notices.ready.isEmpty() && alerts.current == null && notices.current == null;
    }

    /** Whether an alert is to be handed over again after a pause. */
    boolean isBackingOff() {
        return !backingOff.isEmpty();
    }

    /** Whether there is a message to hand over whose turn nobody has. */
    boolean isAnythingFree(long now) {
        makeDueReady(now);
        return alerts.isFree() || notices.isFree();
    }

    boolean isUnderWay(long upTo) {
        return alerts.isUnderWay(upTo) || notices.isUnderWay(upTo);
    }

    boolean isInside(Thread thread) {
        return alerts.thread == thread || notices.thread == thread;
    }

    boolean isAnyStuck() {
        return alerts.isStuck() || notices.isStuck();
    }

    /** In the order of adding. */
    List<Alert> unacknowledged() {
        List<Message> messages = outstanding.all();
        messages.addAll(givenUp.values());
        return messages.stream()
                .sorted(Comparator.comparingLong(message -> message.number))
                .filter(message -> message.content instanceof Alert)
                .map(message -> (Alert) message.content)
                .toList();
    }
}
