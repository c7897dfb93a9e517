package dev.vaultwatch.plugin;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One of the two threads that the plugin starts. A daemon, since a host that forgets to close must still be able to exit; never
 * interrupted, since it may be in a callback of the host's. Its methods may be called from any thread.
 */
final class NamedThread {
    private final Thread thread;
    private volatile boolean stopped;

    NamedThread(String name, Runnable work) {
        thread = new Thread(work, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    boolean isStopped() {
        return stopped;
    }

    /** For the thread itself: waits so long, or until it is stopped. */
    void pause(long nanos) {
        if (!stopped) {
            LockSupport.parkNanos(nanos);
        }
    }

    /** Asks the thread to end. */
    void stop() {
        stopped = true;
        LockSupport.unpark(thread);
    }

    /** Waits for its end, until the given {@link System#nanoTime}; not at all if it is the caller. An interrupt ends the wait and stays. */
    void await(long deadline) {
        if (Thread.currentThread() != thread) {
            try {
                // A join of 0 would wait for ever.
                thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
