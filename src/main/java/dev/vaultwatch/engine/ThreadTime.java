package dev.vaultwatch.engine;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** Processor time: what a thread has worked, whatever else the machine did meanwhile. */
public final class ThreadTime {
    private ThreadTime() {}

    /** Nanoseconds that the calling thread has worked so far; where Java can't tell, nanoseconds that have passed. */
    public static long used() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return threads.isCurrentThreadCpuTimeSupported() ? threads.getCurrentThreadCpuTime() : System.nanoTime();
    }
}
