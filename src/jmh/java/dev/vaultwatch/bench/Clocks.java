package dev.vaultwatch.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * What a piece of work took. The machine is shared, so the wall's clock also tells what others did; a thread's CPU time is the
 * work's own, without the collector's threads, which the process's has with the compiler's.
 *
 * @param threads what runs the work
 * @param cpu nanoseconds that the busiest thread computed: what the wall would say with a processor for each
 * @param wall nanoseconds
 * @param process nanoseconds that the whole process computed
 * @param allocated bytes by all threads of the work
 */
record Clocks(int threads, long cpu, long wall, long process, long allocated) {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private record One(long cpu, long allocated) {}

    /** Runs the same work on so many new threads at once. */
    static Clocks of(int threads, Runnable work) {
        List<FutureTask<One>> tasks = new ArrayList<>();
        long wall = System.nanoTime();
        long process = SYSTEM.getProcessCpuTime();
        for (int i = 0; i < threads; i++) {
            FutureTask<One> task = new FutureTask<>(() -> {
                long allocated = THREADS.getCurrentThreadAllocatedBytes();
                long cpu = THREADS.getCurrentThreadCpuTime();
                work.run();
                return new One(
                        THREADS.getCurrentThreadCpuTime() - cpu, THREADS.getCurrentThreadAllocatedBytes() - allocated);
            });
            tasks.add(task);
            new Thread(task, "bench-" + i).start();
        }
        long cpu = 0;
        long allocated = 0;
        for (FutureTask<One> task : tasks) {
            try {
                cpu = Math.max(cpu, task.get().cpu());
                allocated += task.get().allocated();
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException("The work failed.", e);
            }
        }
        return new Clocks(threads, cpu, System.nanoTime() - wall, SYSTEM.getProcessCpuTime() - process, allocated);
    }

    /** The better of two runs of the same work, clock by clock. */
    static Clocks better(Clocks one, Clocks other) {
        return new Clocks(
                one.threads,
                Math.min(one.cpu, other.cpu),
                Math.min(one.wall, other.wall),
                Math.min(one.process, other.process),
                Math.min(one.allocated, other.allocated));
    }

    /** Nanoseconds that the process has computed. */
    static long computed() {
        return SYSTEM.getProcessCpuTime();
    }

    /** Collections so far. */
    static long collected() {
        long collections = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            collections += collector.getCollectionCount();
        }
        return collections;
    }

    /** Heap in use after collections. */
    static long heap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }
}
