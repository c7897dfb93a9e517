package dev.vaultwatch.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.log.SegmentFaultTest.FaultyDisk;
import dev.vaultwatch.log.SegmentLogTest.Found;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The log against a list of entries: whatever is appended, removed, torn, refused by a full disk and opened again, in whatever
 * order, the log holds what the list holds.
 */
class SegmentPropertyTest {
    private static final int CASES = 40;
    private static final int STEPS = 150;

    @TempDir
    private Path folder = Path.of("");

    /** Cases that differ from run to run; a failure names the seed. */
    @Test
    void givenAnySequenceOfStepsAndFaults_whenReopened_thenTheLogHoldsWhatTheListHolds() throws IOException {
        for (long seed : new Random().longs(CASES).toArray()) {
            try (Case each = new Case(seed, folder.resolve(Long.toString(seed)))) {
                for (int step = 0; step < STEPS; step++) {
                    each.step();
                }
                each.reopen();
            }
        }
    }

    private record Entry(long segment, ByteBuffer bytes) {}

    private static final class Case implements AutoCloseable {
        private final long seed;
        private final Random random;
        private final Path directory;
        private final int segmentBytes;
        private final FaultyDisk disk = new FaultyDisk();
        private final Found found = new Found();
        private final List<Entry> model = new ArrayList<>();
        private long lastSegment;
        private SegmentLog log;

        private Case(long seed, Path directory) throws IOException {
            this.seed = seed;
            this.random = new Random(seed);
            this.directory = directory;
            this.segmentBytes = 1 + random.nextInt(4000);
            this.log = open();
        }

        private SegmentLog open() throws IOException {
            found.clear();
            FsyncPolicy policy = random.nextInt(100) == 0 ? FsyncPolicy.EACH_BATCH : FsyncPolicy.NEVER;
            return SegmentLog.open(directory, policy, segmentBytes, found, disk, System::nanoTime);
        }

        void step() throws IOException {
            int dice = random.nextInt(100);
            if (dice < 75) {
                append();
            } else if (dice < 80) {
                log.commit();
            } else if (dice < 87) {
                appendToAFullDisk();
            } else if (dice < 92) {
                remove();
            } else if (dice < 96) {
                reopen();
            } else {
                tear();
            }
        }

        private byte[] entry() {
            byte[] bytes = new byte[random.nextInt(10) == 0 ? random.nextInt(3 * segmentBytes) : random.nextInt(200)];
            random.nextBytes(bytes);
            return bytes;
        }

        private void append() throws IOException {
            byte[] bytes = entry();
            long segment = log.append(ByteBuffer.wrap(bytes));
            assertThat(segment).as("seed %sL", seed).isBetween(Math.max(1, lastSegment), lastSegment + 1);
            model.add(new Entry(segment, ByteBuffer.wrap(bytes)));
            lastSegment = segment;
        }

        private void appendToAFullDisk() {
            byte[] bytes = entry();
            disk.room = random.nextInt(8 + bytes.length);
            assertThatThrownBy(() -> log.append(ByteBuffer.wrap(bytes)))
                    .as("seed %sL", seed)
                    .isInstanceOf(IOException.class);
            disk.mend();
        }

        private void remove() throws IOException {
            long before = lastSegment - random.nextInt(4) + 1;
            log.removeBefore(before);
            // A segment that was begun for an entry that found no room is the last, too.
            long last = Math.min(before, files().isEmpty() ? 0 : lastFile());
            model.removeIf(entry -> entry.segment < last);
        }

        void reopen() throws IOException {
            log.close();
            log = open();
            check("[]");
        }

        private void tear() throws IOException {
            log.close();
            List<Path> files = files();
            String expected = "[]";
            if (!files.isEmpty()) {
                Path last = files.get(files.size() - 1);
                long number = lastFile();
                long size = random.nextLong(Files.size(last) + 1);
                long keeps = 32;
                List<Entry> torn = new ArrayList<>();
                for (Entry entry : model) {
                    if (entry.segment == number) {
                        if (torn.isEmpty() && keeps + 8 + entry.bytes.remaining() <= size) {
                            keeps += 8 + entry.bytes.remaining();
                        } else {
                            torn.add(entry);
                        }
                    }
                }
                // The last ones, and not all that are equal to them: an entry may be empty.
                model.subList(model.size() - torn.size(), model.size()).clear();
                try (FileChannel channel = FileChannel.open(last, StandardOpenOption.WRITE)) {
                    channel.truncate(size);
                }
                if (size < 32) {
                    keeps = 0;
                    lastSegment = number - 1;
                }
                if (keeps < size) {
                    expected = "[torn " + number + " at " + keeps + ": " + (size - keeps) + "]";
                }
            }
            log = open();
            check(expected);
        }

        private void check(String reports) throws IOException {
            assertThat(found.reports.toString()).as("seed %sL", seed).isEqualTo(reports);
            assertThat(found.entries).as("seed %sL", seed).hasSameSizeAs(model);
            for (int i = 0; i < model.size(); i++) {
                assertThat(found.segments.get(i)).as("seed %sL", seed).isEqualTo(model.get(i).segment);
                assertThat(ByteBuffer.wrap(found.entries.get(i)))
                        .as("seed %sL", seed)
                        .isEqualTo(model.get(i).bytes);
            }
            long bytes = 0;
            for (Path file : files()) {
                bytes += Files.size(file);
            }
            assertThat(log.bytes()).as("seed %sL", seed).isEqualTo(bytes);
            lastSegment = files().isEmpty() ? 0 : lastFile();
        }

        private List<Path> files() throws IOException {
            try (Stream<Path> files = Files.list(directory)) {
                return files.filter(file -> file.toString().endsWith(".segment"))
                        .sorted()
                        .toList();
            }
        }

        private long lastFile() throws IOException {
            List<Path> files = files();
            String name = files.get(files.size() - 1).getFileName().toString();
            return Long.parseLong(name.substring(0, name.indexOf('.')));
        }

        @Override
        public void close() throws IOException {
            log.close();
        }
    }
}
