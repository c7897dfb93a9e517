package dev.vaultwatch.bench;

import dev.vaultwatch.samples.ExpectedAlert;
import dev.vaultwatch.samples.RecordGenerator;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Raw records in memory as a file's reader sees them: blocks of whole lines. With them, what must come out.
 *
 * @param blocks each of whole lines
 * @param records in all blocks
 * @param expected the alerts, by {@link dev.vaultwatch.samples.ExpectedAlerts}
 */
record Blocks(List<byte[]> blocks, int records, List<ExpectedAlert> expected) {
    private static final int BLOCK_BYTES = 64 << 10;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EACH = 0x0101010101010101L;
    private static final long HIGH = 0x8080808080808080L;
    private static final long NEWLINES = '\n' * EACH;

    /** Blocks as a file's reader has them. */
    static Blocks generate(String... options) {
        return generate(BLOCK_BYTES, options);
    }

    /** Each record on its own, as Kafka hands them over. */
    static Blocks single(String... options) {
        return generate(0, options);
    }

    private static Blocks generate(int blockBytes, String... options) {
        RecordGenerator generator = new RecordGenerator(RecordGenerator.Options.parse(options));
        List<byte[]> blocks = new ArrayList<>();
        byte[] buffer = new byte[Math.max(blockBytes, generator.maxRecordBytes())];
        int records = 0;
        int end = 0;
        while (generator.hasNext()) {
            if (end > 0 && end + generator.maxRecordBytes() > blockBytes) {
                blocks.add(Arrays.copyOf(buffer, end));
                end = 0;
            }
            end = generator.next(buffer, end);
            records++;
        }
        blocks.add(Arrays.copyOf(buffer, end));
        return new Blocks(blocks, records, generator.expected());
    }

    long bytes() {
        return blocks.stream().mapToLong(block -> block.length).sum();
    }

    /** Takes one line of a block. */
    interface Line {
        void take(byte[] block, int from, int to);
    }

    /** The reading by line, which every contender does alike. */
    static void lines(byte[] block, Line line) {
        int from = 0;
        int at = 0;
        for (; at <= block.length - Long.BYTES; at += Long.BYTES) {
            long word = (long) LONGS.get(block, at) ^ NEWLINES;
            for (long hits = (word - EACH) & ~word & HIGH; hits != 0; hits &= hits - 1) {
                int newline = at + (Long.numberOfTrailingZeros(hits) >>> 3);
                // A borrow makes false hits behind a true one.
                if (block[newline] == '\n') {
                    line.take(block, from, newline);
                    from = newline + 1;
                }
            }
        }
        for (; at < block.length; at++) {
            if (block[at] == '\n') {
                line.take(block, from, at);
                from = at + 1;
            }
        }
    }
}
