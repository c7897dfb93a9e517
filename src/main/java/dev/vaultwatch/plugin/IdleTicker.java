package dev.vaultwatch.plugin;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks once a second whether a source has fallen silent; its last deed is to deliver what waits. */
final class IdleTicker {
    private static final Logger LOG = LoggerFactory.getLogger(IdleTicker.class);
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final NamedThread thread = new NamedThread("vaultwatch-idle-ticker", this::run);
    private final Runnable tick;
    private final Runnable last;

    IdleTicker(Runnable tick, Runnable last) {
        this.tick = tick;
        this.last = last;
        thread.start();
    }

    private void run() {
        boolean failed = false;
        while (!thread.isStopped()) {
            thread.pause(PERIOD_NANOS);
            if (!thread.isStopped()) {
                try {
                    tick.run();
                } catch (RuntimeException e) {
                    if (failed) {
                        LOG.debug("The idle ticker failed again and goes on.", e);
                    } else {
                        LOG.error("The idle ticker failed and goes on. Further failures are logged at DEBUG.", e);
                    }
                    failed = true;
                }
            }
        }
        last.run();
    }

    /** Asks the thread to end. */
    void stop() {
        thread.stop();
    }

    /** Waits for its end until the given {@link System#nanoTime}, unless it is the caller. */
    void await(long deadline) {
        thread.await(deadline);
    }
}
