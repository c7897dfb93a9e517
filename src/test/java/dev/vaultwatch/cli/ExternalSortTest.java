package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class ExternalSortTest {

    private record Row(long time, String text) {}

    private static List<Row> sort(List<Row> rows, TempFolder folder, long bytes) throws IOException {
        ExternalSort sort = new ExternalSort(folder, bytes);
        for (Row row : rows) {
            sort.add(row.time, row.text.getBytes(StandardCharsets.UTF_8));
        }
        List<Row> sorted = new ArrayList<>();
        try (ExternalSort.Sorted result = sort.finish()) {
            for (ExternalSort.Item item = result.next(); item != null; item = result.next()) {
                sorted.add(new Row(item.time(), new String(item.record(), StandardCharsets.UTF_8)));
            }
        }
        return sorted;
    }

    @Test
    @DisplayName("any number of records comes out by time, those of one time in their order, at any bound of memory")
    void property() throws IOException {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 20; round++) {
            int count = random.nextInt(3_000);
            List<Row> rows = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                rows.add(new Row(random.nextLong(-5, 50), "row " + i));
            }
            List<Row> expected = new ArrayList<>(rows);
            expected.sort(Comparator.comparingLong(Row::time));
            // Down to one record a run: thousands of runs, merged in several passes.
            long bytes = random.nextBoolean() ? 1 : random.nextLong(1, 100_000);

            try (TempFolder folder = new TempFolder()) {
                assertThat(sort(rows, folder, bytes))
                        .as("seed %d, round %d, %d rows, %d bytes", seed, round, count, bytes)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    @DisplayName("runs are removed as they are read, and the folder at the end")
    void removed() throws IOException {
        TempFolder folder = new TempFolder();
        sort(List.of(new Row(2, "b"), new Row(1, "a")), folder, 1);
        Path path = folder.path().orElseThrow();

        try (Stream<Path> left = Files.list(path)) {
            assertThat(left).isEmpty();
        }
        folder.close();
        assertThat(path).doesNotExist();
    }

    @Test
    @DisplayName("a sort that is left half way leaves nothing behind")
    void leftHalfWay() throws IOException {
        TempFolder folder = new TempFolder();
        ExternalSort sort = new ExternalSort(folder, 1);
        sort.add(1, new byte[10]);
        sort.add(2, new byte[10]);
        folder.close();

        assertThat(folder.path().orElseThrow()).doesNotExist();
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "takes POSIX modes")
    @DisplayName("the folder is for this user alone")
    void mode() throws IOException {
        try (TempFolder folder = new TempFolder()) {
            folder.newFile();

            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(folder.path().orElseThrow())))
                    .isEqualTo("rwx------");
        }
    }
}
