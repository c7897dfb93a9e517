package dev.vaultwatch.bench;

import dev.vaultwatch.samples.ExpectedAlert;
import dev.vaultwatch.samples.PopulationGenerator;
import dev.vaultwatch.samples.Profile;
import dev.vaultwatch.samples.RecordGenerator;
import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

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

    /** Blocks of a profile. */
    static Blocks of(Profile profile, int records) {
        PopulationGenerator generator = new PopulationGenerator(profile, records, 1);
        Blocks all = next(generator, profile, records);
        return new Blocks(all.blocks, all.records, generator.expected());
    }

    /** The next records of a stream, or a few more; what must come out is known at the stream's end only. */
    static Blocks next(PopulationGenerator generator, Profile profile, int records) {
        List<byte[]> blocks = new ArrayList<>();
        ByteArrayOutputStream block = new ByteArrayOutputStream(BLOCK_BYTES);
        int made = 0;
        while (made < records && generator.hasNext()) {
            byte[] line = generator.next();
            made += profile.recordsPerLine();
            if (block.size() > 0 && block.size() + line.length >= BLOCK_BYTES) {
                blocks.add(block.toByteArray());
                block.reset();
            }
            block.writeBytes(line);
            block.write('\n');
        }
        blocks.add(block.toByteArray());
        return new Blocks(blocks, made, List.of());
    }

    /** For each block, where its lines end. */
    int[][] lineEnds() {
        return blocks.stream()
                .map(each -> {
                    IntStream.Builder ends = IntStream.builder();
                    lines(each, (block, from, to) -> ends.add(to));
                    return ends.build().toArray();
                })
                .toArray(int[][]::new);
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
