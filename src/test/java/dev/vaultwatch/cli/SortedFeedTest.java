package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SortedFeedTest {
    private static final Pattern TIME = Pattern.compile("\"time\":\"([^\"]+)\"");
    private static final String TRENT = "trent@contoso.example";

    @TempDir
    private Path folder = Path.of("");

    private final TempFolder temp = new TempFolder();
    private final EventTimes times = new EventTimes();

    @AfterEach
    void remove() {
        temp.close();
    }

    private SortedFeed sorted(byte[] content) throws IOException {
        Path file = Files.write(folder.resolve("log"), content);
        // A kilobyte: a run for every second record.
        return SortedFeed.of(file, temp, times, () -> true, 1_024);
    }

    private SortedFeed sorted(String content) throws IOException {
        return sorted(content.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> drain(SortedFeed feed) throws IOException {
        List<String> chunks = new ArrayList<>();
        while (feed.next()) {
            assertThat(feed.position()).isEqualTo(chunks.size() + 1L);
            chunks.add(new String(feed.buffer(), feed.offset(), feed.length(), StandardCharsets.UTF_8));
        }
        return chunks;
    }

    private static List<Instant> times(List<String> chunks) {
        return chunks.stream()
                .flatMap(chunk -> TIME.matcher(chunk).results())
                .map(found -> Instant.parse(found.group(1)))
                .toList();
    }

    private static Instant at(int minutes) {
        return Records.MINUTE.plusSeconds(60L * minutes);
    }

    @Test
    @DisplayName("lines come in the order of time")
    void lines() throws IOException {
        String newestFirst = Records.record(at(2), "SecretGet", TRENT) + "\n"
                + Records.record(at(1), "SecretGet", TRENT) + "\n" + Records.record(at(0), "SecretGet", TRENT);

        assertThat(times(drain(sorted(newestFirst)))).containsExactly(at(0), at(1), at(2));
    }

    @Test
    @DisplayName("the records of an envelope on one line are sorted one by one")
    void envelope() throws IOException {
        String line = "{\"records\":[" + Records.record(at(2), "SecretGet", TRENT) + ","
                + Records.record(at(0), "SecretGet", TRENT) + "]}\n" + Records.record(at(1), "SecretGet", TRENT) + "\n";

        assertThat(times(drain(sorted(line)))).containsExactly(at(0), at(1), at(2));
    }

    @Test
    @DisplayName("a record without a time stays behind the one before it")
    void withoutTime() throws IOException {
        String log = Records.record(at(2), "SecretGet", TRENT) + "\n{\"damaged\n"
                + Records.record(at(1), "SecretGet", TRENT) + "\n";

        List<String> chunks = drain(sorted(log));

        assertThat(chunks).hasSize(3).last().asString().startsWith("{\"damaged");
    }

    @Test
    @DisplayName("of a file that breaks off, what could be read comes first, and the problem then")
    void breaksOff() throws IOException {
        byte[] packed = Records.gzip(Records.reads(at(9), 3, TRENT));
        byte[] rest = Records.gzip(Records.reads(at(0), 3, TRENT));
        byte[] both = Arrays.copyOf(packed, packed.length + 40);
        System.arraycopy(rest, 0, both, packed.length, 40);
        SortedFeed feed = sorted(both);

        for (int i = 0; i < 3; i++) {
            assertThat(feed.next()).isTrue();
        }
        assertThatThrownBy(() -> drain(feed)).isInstanceOf(IOException.class).hasMessageContaining("gzip");
    }

    @Test
    @DisplayName("any shuffling of lines, envelopes and damage keeps every byte of every record, in order")
    void property() throws IOException {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 30; round++) {
            StringBuilder log = new StringBuilder();
            int records = 0;
            while (records < 60) {
                int together = random.nextInt(1, 4);
                List<String> some = new ArrayList<>();
                for (int i = 0; i < together; i++) {
                    some.add(Records.record(
                            at(random.nextInt(100)), "SecretGet", "user" + records++ + "@contoso.example"));
                }
                log.append(together == 1 ? some.get(0) : "{\"records\":[" + String.join(",", some) + "]}")
                        .append('\n');
            }

            List<String> chunks = drain(sorted(log.toString()));

            assertThat(times(chunks)).as("seed %d", seed).isSorted().hasSize(records);
            for (int i = 0; i < records; i++) {
                String upn = "\"user" + i + "@";
                assertThat(chunks)
                        .as("seed %d", seed)
                        .filteredOn(chunk -> chunk.contains(upn))
                        .hasSize(1);
            }
        }
    }
}
