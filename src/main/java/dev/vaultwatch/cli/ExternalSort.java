package dev.vaultwatch.cli;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * External merge sort, stable: records are collected up to a bound of memory, sorted and written out as a run; runs are merged by a heap,
 * in several passes if there are more than {@value #FAN_IN}. Memory is bounded by the bound for one run, whatever the number of
 * records. A run is a row of: time (8 bytes), length (4 bytes), record. Not thread-safe.
 */
final class ExternalSort {
    private static final int FAN_IN = 64;

    /** What a record takes on the heap beside its bytes, by estimate. */
    private static final int OVERHEAD = 64;

    private static final int BUFFER_BYTES = 1 << 16;

    private final TempFolder folder;
    private final long maxBytes;
    private final List<Path> runs = new ArrayList<>();
    private final List<Item> items = new ArrayList<>();
    private long bytes;

    /** One record with the time by which it is sorted. */
    static final class Item {
        private final long time;
        private final byte[] record;

        private Item(long time, byte[] record) {
            this.time = time;
            this.record = record;
        }

        long time() {
            return time;
        }

        /** Not a copy. */
        byte[] record() {
            return record;
        }
    }

    /**
     * Sorts nothing yet.
     *
     * @param maxBytes the most memory for records; at least one record is kept whatever its size
     */
    ExternalSort(TempFolder folder, long maxBytes) {
        this.folder = folder;
        this.maxBytes = maxBytes;
    }

    /** Takes one record. Records of one time keep their order. */
    void add(long time, byte[] record) throws IOException {
        items.add(new Item(time, record));
        bytes += record.length + OVERHEAD;
        if (bytes >= maxBytes) {
            spill();
        }
    }

    /** All records in order; the sort takes no further ones. */
    Sorted finish() throws IOException {
        spill();
        while (runs.size() > FAN_IN) {
            List<Path> merged = new ArrayList<>();
            for (int from = 0; from < runs.size(); from += FAN_IN) {
                // Neighbours, in their order: of equal times the earlier stays in front.
                merged.add(merge(List.copyOf(runs.subList(from, Math.min(from + FAN_IN, runs.size())))));
            }
            runs.clear();
            runs.addAll(merged);
        }
        return new Sorted(runs);
    }

    private Path merge(List<Path> some) throws IOException {
        Path merged = folder.newFile();
        try (Sorted sorted = new Sorted(some);
                DataOutputStream out = output(merged)) {
            for (Item item = sorted.next(); item != null; item = sorted.next()) {
                write(out, item);
            }
        }
        return merged;
    }

    private void spill() throws IOException {
        if (items.isEmpty()) {
            return;
        }
        items.sort(Comparator.comparingLong(Item::time));
        Path run = folder.newFile();
        try (DataOutputStream out = output(run)) {
            for (Item item : items) {
                write(out, item);
            }
        }
        runs.add(run);
        items.clear();
        bytes = 0;
    }

    private static DataOutputStream output(Path run) throws IOException {
        return new DataOutputStream(
                new BufferedOutputStream(Files.newOutputStream(run, StandardOpenOption.CREATE_NEW), BUFFER_BYTES));
    }

    private static void write(DataOutputStream out, Item item) throws IOException {
        out.writeLong(item.time);
        out.writeInt(item.record.length);
        out.write(item.record);
    }

    /** Merges runs; each is removed when it has been read. */
    static final class Sorted implements Closeable {
        private final PriorityQueue<Run> heads = new PriorityQueue<>();

        private Sorted(List<Path> runs) throws IOException {
            for (int i = 0; i < runs.size(); i++) {
                push(new Run(runs.get(i), i));
            }
        }

        private void push(Run run) throws IOException {
            if (run.advance()) {
                heads.add(run);
            } else {
                run.close();
            }
        }

        /** The next record; null behind the last one. */
        @Nullable
        Item next() throws IOException {
            Run first = heads.poll();
            if (first == null) {
                return null;
            }
            Item item = first.head;
            push(first);
            return item;
        }

        @Override
        public void close() throws IOException {
            for (Run run : heads) {
                run.close();
            }
            heads.clear();
        }
    }

    private static final class Run implements Comparable<Run>, Closeable {
        private static final Comparator<Run> ORDER =
                Comparator.<Run>comparingLong(run -> run.head.time).thenComparingInt(run -> run.index);

        private final Path file;
        private final int index;
        private final DataInputStream in;
        private Item head = new Item(Long.MIN_VALUE, new byte[0]);

        Run(Path file, int index) throws IOException {
            this.file = file;
            this.index = index;
            this.in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES));
        }

        boolean advance() throws IOException {
            long time;
            try {
                time = in.readLong();
            } catch (EOFException end) {
                return false;
            }
            byte[] record = new byte[in.readInt()];
            in.readFully(record);
            head = new Item(time, record);
            return true;
        }

        @Override
        public int compareTo(Run other) {
            return ORDER.compare(this, other);
        }

        @Override
        public void close() throws IOException {
            in.close();
            Files.deleteIfExists(file);
        }
    }
}
