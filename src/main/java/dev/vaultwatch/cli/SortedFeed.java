package dev.vaultwatch.cli;

import dev.vaultwatch.decode.DayOrder;
import dev.vaultwatch.decode.RecordReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A file's records in the order of event time, one a chunk; a chunk's place is its number in that order. A record without a time stays
 * behind the one that it follows in the file. Of a file that can't be read to its end, what could be read comes first and the problem
 * after it. Not thread-safe.
 */
final class SortedFeed implements Feed {
    /** For one run; a smaller heap gives an eighth of itself. */
    private static final long MOST_SORT_BYTES = 64L << 20;

    private final ExternalSort.Sorted sorted;
    private final long bytesRead;
    private final Optional<IOException> problem;
    private ExternalSort.@Nullable Item item;
    private long position;

    private SortedFeed(ExternalSort.Sorted sorted, long bytesRead, Optional<IOException> problem) {
        this.sorted = sorted;
        this.bytesRead = bytesRead;
        this.problem = problem;
    }

    /**
     * Reads a file and sorts it.
     *
     * @param goesOn asked between records; reading ends when it says no
     * @throws IOException if the file can't be opened, or the temporary files can't be written or read
     */
    static SortedFeed of(Path file, TempFolder folder, EventTimes times, BooleanSupplier goesOn) throws IOException {
        return of(
                file,
                folder,
                times,
                goesOn,
                Math.min(MOST_SORT_BYTES, Runtime.getRuntime().maxMemory() / 8));
    }

    static SortedFeed of(Path file, TempFolder folder, EventTimes times, BooleanSupplier goesOn, long sortBytes)
            throws IOException {
        Sorting sorting = new Sorting(new ExternalSort(folder, sortBytes), times);
        Optional<IOException> problem = Optional.empty();
        long read;
        try (Input input = Input.open(file, InputStream.nullInputStream());
                RecordReader records = RecordReader.oneByOne(input.stream(), Replay.MAX_RECORD_BYTES)) {
            while (goesOn.getAsBoolean()) {
                try {
                    if (!records.next()) {
                        break;
                    }
                } catch (IOException damaged) {
                    problem = Optional.of(damaged);
                    break;
                }
                sorting.add(
                        Arrays.copyOfRange(records.buffer(), records.offset(), records.offset() + records.length()),
                        records.dayOrder());
            }
            read = input.bytesRead();
        }
        return new SortedFeed(sorting.sort.finish(), read, problem);
    }

    /** Gives the sort one record at a time, of lines that hold several, too. */
    private static final class Sorting {
        private final ExternalSort sort;
        private final EventTimes times;

        /** Of the last record that had one. */
        private long time = Long.MIN_VALUE;

        private long least;
        private long greatest;

        Sorting(ExternalSort sort, EventTimes times) {
            this.sort = sort;
            this.times = times;
        }

        void add(byte[] chunk, DayOrder order) throws IOException {
            int count = look(chunk, order);
            if (count > 1 && least < greatest) {
                List<byte[]> parts = split(chunk, count, order);
                for (byte[] part : parts) {
                    look(part, order);
                    put(part);
                }
            } else {
                put(chunk);
            }
        }

        private int look(byte[] chunk, DayOrder order) {
            least = Long.MAX_VALUE;
            greatest = Long.MIN_VALUE;
            return times.read(chunk, 0, chunk.length, order, found -> {
                least = Math.min(least, found);
                greatest = Math.max(greatest, found);
            });
        }

        private void put(byte[] record) throws IOException {
            if (least < Long.MAX_VALUE) {
                time = least;
            }
            sort.add(time, record);
        }

        /** A wrapper's, array's or envelope's records; the whole, if its parts would not come to as many records. */
        private List<byte[]> split(byte[] chunk, int count, DayOrder order) throws IOException {
            List<byte[]> events = times.split(chunk, order);
            if (events.size() == count) {
                return events;
            }
            List<byte[]> parts = new ArrayList<>();
            int records = 0;
            try (RecordReader reader =
                    RecordReader.oneByOne(new ByteArrayInputStream(chunk), Replay.MAX_RECORD_BYTES)) {
                while (reader.next()) {
                    byte[] part =
                            Arrays.copyOfRange(reader.buffer(), reader.offset(), reader.offset() + reader.length());
                    records += times.read(part, 0, part.length, order, any -> {});
                    parts.add(part);
                }
            }
            return records == count ? parts : List.of(chunk);
        }
    }

    @Override
    public boolean next() throws IOException {
        item = sorted.next();
        position++;
        if (item == null && problem.isPresent()) {
            throw problem.get();
        }
        return item != null;
    }

    @Override
    public byte[] buffer() {
        return current().record();
    }

    @Override
    public int offset() {
        return 0;
    }

    @Override
    public int length() {
        return current().record().length;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public long bytesRead() {
        return bytesRead;
    }

    private ExternalSort.Item current() {
        ExternalSort.Item current = item;
        if (current == null) {
            throw new IllegalStateException("There is no chunk: next() was not called, or said so.");
        }
        return current;
    }

    @Override
    public void close() throws IOException {
        sorted.close();
    }
}
