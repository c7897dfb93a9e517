package dev.vaultwatch.engine;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** Processor time: what a thread has worked, whatever else the machine did meanwhile. */
public final class ThreadTime {
    /** Kept, since Java looks through all its beans for it each time. */
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private ThreadTime() {}

    /** Nanoseconds that the calling thread has worked so far; where Java can't tell, nanoseconds that have passed. */
    public static long used() {
        return THREADS.isCurrentThreadCpuTimeSupported() ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
    }
}
