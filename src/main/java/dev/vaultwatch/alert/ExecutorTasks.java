package dev.vaultwatch.alert;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that an {@link Outbox} has given to the host's executor, which may reject them, drop them without a word, or begin
 * them late. Not thread-safe; the outbox's monitor guards it. Times are nanoseconds of the outbox's clock.
 */
final class ExecutorTasks {
    /** How long a task may wait to be begun before it counts as lost. */
    static final int LOST_SECONDS = 10;

    private static final long LOST_NANOS = TimeUnit.SECONDS.toNanos(LOST_SECONDS);

    private final Consumer<Task> body;

    /** Given and neither ended nor lost. */
    private int running;

    private @Nullable Task unbegun;

    /** Whether the last task was rejected or lost, and since when. */
    private boolean isFailing;

    private long failingSince;
    private boolean saidFailing;

    /** @param body what a task does, on the executor's thread; it calls {@link #begin} and {@link #end} */
    ExecutorTasks(Consumer<Task> body) {
        this.body = body;
    }

    /** One task. */
    final class Task implements Runnable {
        private final long givenAt;
        private boolean isBegun;
        private boolean isLost;

        private Task(long givenAt) {
            this.givenAt = givenAt;
        }

        @Override
        public void run() {
            body.accept(this);
        }
    }

    /** The next task to give, if fewer than that many run and none waits to be begun. */
    @Nullable
    Task next(int most, long now) {
        if (running >= most || unbegun != null) {
            return null;
        }
        running++;
        unbegun = new Task(now);
        return unbegun;
    }

    /**
     * The executor threw.
     *
     * @return whether it rejected the task; it may have run it first
     */
    boolean isRejected(Task task) {
        if (task.isBegun || task.isLost) {
            return false;
        }
        lose(task);
        return true;
    }

    /** It is not counted any more, unless it begins all the same. */
    private void lose(Task task) {
        task.isLost = true;
        unbegun = null;
        running--;
        if (!isFailing) {
            isFailing = true;
            failingSince = task.givenAt;
        }
    }

    /** Whether it has begun no task for too long; told once, until it begins one. */
    boolean isNewlyFailing(long now) {
        Task task = unbegun;
        if (task != null && now - task.givenAt >= LOST_NANOS) {
            lose(task);
        }
        boolean isNew = isFailing && !saidFailing && now - failingSince >= LOST_NANOS;
        saidFailing |= isNew;
        return isNew;
    }

    /** Whether it was told that it begins no task, and it has begun none since. */
    boolean saidFailing() {
        return saidFailing;
    }

    void begin(Task task) {
        task.isBegun = true;
        isFailing = false;
        saidFailing = false;
        if (task.isLost) {
            running++;
        } else {
            unbegun = null;
        }
    }

    void end() {
        running--;
    }
}
