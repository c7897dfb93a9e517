package dev.vaultwatch.bench;

import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.samples.ExpectedAlert;
import dev.vaultwatch.samples.RecordGenerator;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;

/** Records that are made as they are fed, for runs that no memory holds. */
final class Streamed {
    private static final int BLOCK_RECORDS = 40;

    private final RecordGenerator generator;

    Streamed(String... options) {
        generator = new RecordGenerator(RecordGenerator.Options.parse(options));
    }

    /** Feeds all that is left; answers the nanoseconds of CPU time that the plugin took of this thread. */
    long into(DetectionPlugin plugin) {
        return into(plugin, Integer.MAX_VALUE);
    }

    long into(DetectionPlugin plugin, int most) {
        byte[] buffer = new byte[BLOCK_RECORDS * generator.maxRecordBytes()];
        byte[][] blocks = new byte[256][];
        long cpu = 0;
        for (int left = most; left > 0 && generator.hasNext(); ) {
            int count = 0;
            for (; count < blocks.length && left > 0 && generator.hasNext(); count++) {
                int end = 0;
                for (int i = 0; i < BLOCK_RECORDS && left > 0 && generator.hasNext(); i++, left--) {
                    end = generator.next(buffer, end);
                }
                blocks[count] = Arrays.copyOf(buffer, end);
            }
            long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            for (int i = 0; i < count; i++) {
                plugin.accept(blocks[i]);
            }
            cpu += ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
        }
        return cpu;
    }

    /** The next record. */
    byte[] next() {
        byte[] buffer = new byte[generator.maxRecordBytes()];
        return Arrays.copyOf(buffer, generator.next(buffer, 0));
    }

    List<ExpectedAlert> expected() {
        return generator.expected();
    }
}
