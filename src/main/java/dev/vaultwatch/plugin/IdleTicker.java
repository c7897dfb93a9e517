package dev.vaultwatch.plugin;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread of the plugin: looks once a second whether the source has fallen silent. */
final class IdleTicker {
    private static final Logger LOG = LoggerFactory.getLogger(IdleTicker.class);
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long STOP_MILLIS = 5_000;

    private final Thread thread;
    private final Runnable tick;
    private volatile boolean stopped;

    IdleTicker(Runnable tick) {
        this.tick = tick;
        this.thread = new Thread(this::run, "vaultwatch-idle-ticker");
        // A host that forgets to close must still be able to exit.
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!stopped) {
            LockSupport.parkNanos(PERIOD_NANOS);
            if (!stopped) {
                try {
                    tick.run();
                } catch (RuntimeException e) {
                    LOG.error("The idle ticker failed once and goes on.", e);
                }
            }
        }
    }

    /** Ends the thread, and waits for it a while unless it is the caller. */
    void stop() {
        stopped = true;
        LockSupport.unpark(thread);
        if (Thread.currentThread() != thread) {
            try {
                thread.join(STOP_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
