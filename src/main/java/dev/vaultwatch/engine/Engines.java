package dev.vaultwatch.engine;

import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import com.espertech.esper.runtime.client.EPUndeployException;
import java.util.ArrayDeque;
import java.util.UUID;

/**
 * Esper runtimes that lanes take and give back, empty. A fresh one for each lane would be simpler, and would leak: a runtime
 * leaves thread locals behind in every thread that fed it, whose values lead back to it (Esper 9.0.0), so it lives as long as
 * the host's threads. Measured over 1,000 reloads: 612 lanes and 219 MB of metaspace more with fresh ones.
 *
 * <p>Thread-safe.
 */
final class Engines {
    /** A rule has up to three lanes, and while it is reloaded as many again. */
    private static final int KEPT = 6;

    private final ArrayDeque<EPRuntime> idle = new ArrayDeque<>();
    private boolean closed;

    /** A runtime without statements, its clock at 0. */
    EPRuntime take(Configuration configuration) {
        EPRuntime runtime;
        synchronized (this) {
            runtime = idle.poll();
        }
        if (runtime == null) {
            runtime = make(configuration);
        }
        // Esper starts at the system's time, and one that was used at its last; event time may lie before either.
        runtime.getEventService().advanceTime(0);
        return runtime;
    }

    /**
     * A new runtime. Esper finds some of its own classes and of ours through the thread's context loader, whatever loader it was told to use
     * (9.0.0); that of a host's thread may see neither.
     */
    private static EPRuntime make(Configuration configuration) {
        Thread thread = Thread.currentThread();
        ClassLoader hosts = thread.getContextClassLoader();
        thread.setContextClassLoader(Engines.class.getClassLoader());
        try {
            return EPRuntimeProvider.getRuntime("vaultwatch-" + UUID.randomUUID(), configuration);
        } finally {
            thread.setContextClassLoader(hosts);
        }
    }

    /**
     * Takes a runtime back, and what was deployed on it off.
     *
     * @param broken whether an {@link Error} went through it: then another rule must not run on what it left behind
     */
    void giveBack(EPRuntime runtime, boolean broken) {
        if (broken) {
            runtime.destroy();
            return;
        }
        try {
            runtime.getDeploymentService().undeployAll();
        } catch (EPUndeployException | RuntimeException e) {
            runtime.destroy();
            return;
        }
        synchronized (this) {
            if (!closed && idle.size() < KEPT) {
                idle.add(runtime);
                return;
            }
        }
        runtime.destroy();
    }

    /** Ends the idle ones; those that come back later are ended then. */
    synchronized void close() {
        closed = true;
        idle.forEach(EPRuntime::destroy);
        idle.clear();
    }
}
