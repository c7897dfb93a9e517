package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyGroup;
import dev.vaultwatch.api.KeyedRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One user name in several directories is several people; a record that names no directory takes nobody apart. */
@DisplayName("One name in several directories")
class DirectoryTest {
    private static final String A = "aaaaaaaa-0000-4000-8000-000000000001";
    private static final String B = "bbbbbbbb-0000-4000-8000-000000000002";
    private static final String ANN = "ann@contoso.example";

    @TempDir
    Path folder;

    /** A read; with the directory in the claim {@code tid}, or without where it is "". */
    private static byte[] read(int second, int n, String directory) {
        String tid = directory.isEmpty() ? "" : ",\"tid\":\"" + directory + "\"";
        Instant time = NOON.plusSeconds(second).plusMillis(n);
        String record = new String(
                PluginUnderTest.read(time, n % 2 == 0 ? "SecretGet" : "KeyGet", ANN), StandardCharsets.UTF_8);
        return record.replace("\"}}", "\"" + tid + "}}").getBytes(StandardCharsets.UTF_8);
    }

    private static List<byte[]> reads(int second, int from, int count, String directory) {
        return IntStream.range(from, from + count)
                .mapToObj(n -> read(second, n, directory))
                .toList();
    }

    private static void accept(PluginUnderTest test, List<byte[]> records) {
        records.forEach(test.plugin::accept);
    }

    /** The directory of each alert that stands, "" where none is said, and its count. */
    private static Map<String, Long> standing(List<Alert> alerts) {
        Map<String, Alert> last = new TreeMap<>();
        alerts.forEach(alert -> last.put(alert.id(), alert));
        Map<String, Long> standing = new TreeMap<>();
        last.values().stream()
                .filter(alert -> alert.stage() != AlertStage.RETRACTED)
                .forEach(alert -> standing.put(
                        String.valueOf(alert.outputs().getOrDefault("vaultwatch.directory", "")),
                        alert.eventCount().orElseThrow()));
        return standing;
    }

    @Test
    @DisplayName("six reads of each of two are no harvest of twelve")
    void notAddedUp() {
        try (PluginUnderTest test = started()) {
            accept(test, reads(10, 0, 6, A));
            accept(test, reads(10, 6, 6, B));

            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(standing(test.alerts)).isEmpty();
        }
    }

    @Test
    @DisplayName("twelve reads of each of two are two alerts, each with its count, its directory and the name as ever")
    void twoAlerts() {
        try (PluginUnderTest test = started("alerts.early", "false")) {
            accept(test, reads(10, 0, 12, A));
            accept(test, reads(10, 12, 14, B));

            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(standing(test.alerts)).isEqualTo(Map.of(A, 12L, B, 14L));
            assertThat(test.alerts).extracting(Alert::groupingKey).containsOnly(Map.of("upn", ANN));
        }
    }

    @ParameterizedTest
    @DisplayName(
            "records of one person with and without the directory count together, under the id that they always had")
    @ValueSource(strings = {"", "00000000-0000-0000-0000-000000000000", "{tenant-id}", A})
    void oneStaysOne(String other) {
        try (PluginUnderTest test = started();
                PluginUnderTest plain = started()) {
            accept(test, reads(10, 0, 6, A));
            accept(test, reads(10, 6, 6, other));
            accept(plain, reads(10, 0, 12, ""));

            test.plugin.advanceTo(NOON.plusSeconds(60));
            plain.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(standing(test.alerts)).isEqualTo(Map.of("", 12L));
            assertThat(test.alerts)
                    .extracting(Alert::id)
                    .isEqualTo(plain.alerts.stream().map(Alert::id).toList());
        }
    }

    @Test
    @DisplayName("a record that names no directory counts for each: which of them it was is not known")
    void unknownCountsForEach() {
        try (PluginUnderTest test = started()) {
            accept(test, reads(10, 0, 8, A));
            accept(test, reads(10, 8, 4, ""));
            accept(test, reads(10, 12, 2, B));

            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(standing(test.alerts)).isEqualTo(Map.of(A, 12L));
        }
    }

    @Test
    @DisplayName("what was said early of the two as one is taken back when the window closes")
    void earlyTakenBack() {
        try (PluginUnderTest test = started()) {
            accept(test, reads(10, 0, 10, A));
            assertThat(test.alerts(AlertStage.EARLY)).hasSize(1);
            accept(test, reads(10, 10, 3, B));

            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(test.alerts(AlertStage.RETRACTED)).hasSize(1);
            assertThat(standing(test.alerts)).isEqualTo(Map.of(A, 10L));
        }
    }

    @Test
    @DisplayName("a late record of another directory takes the alert of the two as one back, and raises each one's own")
    void late() {
        try (PluginUnderTest test = started()) {
            accept(test, reads(10, 0, 12, A));
            accept(test, reads(10, 12, 11, ""));
            test.plugin.advanceTo(NOON.plusSeconds(70));
            assertThat(standing(test.alerts)).isEqualTo(Map.of("", 23L));

            accept(test, reads(10, 23, 2, B));
            test.plugin.advanceTo(NOON.plusSeconds(90));

            assertThat(standing(test.alerts)).isEqualTo(Map.of(A, 23L, B, 13L));
        }
    }

    @Test
    @DisplayName("identity=upstream knows nothing of directories")
    void upstream() {
        try (PluginUnderTest test = started("identity", "upstream")) {
            accept(test, reads(10, 0, 6, A));
            accept(test, reads(10, 6, 6, B));

            test.plugin.advanceTo(NOON.plusSeconds(60));

            assertThat(standing(test.alerts)).isEqualTo(Map.of("", 12L));
        }
    }

    @Test
    @DisplayName("a host that splits the stream by key sends both to one place")
    void keys() {
        List<KeyedRecord> records = new ArrayList<>();
        DetectionPluginFactory factory = new VaultwatchPluginFactory();
        records.addAll(factory.keysOf(read(10, 0, A)));
        records.addAll(factory.keysOf(read(10, 1, B)));
        records.addAll(factory.keysOf(read(10, 2, "")));

        assertThat(records)
                .extracting(KeyedRecord::keys)
                .hasSize(3)
                .containsOnly(records.get(0).keys());
    }

    @RepeatedTest(3)
    @DisplayName("order, a restart in the middle and a hand-over change nothing of what stands")
    void aFunctionOfTheSet(RepetitionInfo seed) throws IOException {
        Random dice = new Random(seed.getCurrentRepetition());
        List<byte[]> records = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            records.add(read(10, i, List.of(A, B, "").get(dice.nextInt(3))));
        }
        Map<String, Long> expected = run(records, "");
        assertThat(expected).as("seed " + seed.getCurrentRepetition()).containsOnlyKeys(A, B);
        Collections.shuffle(records, dice);

        assertThat(run(records, "")).as("shuffled").isEqualTo(expected);
        assertThat(run(records, folder.resolve("journal").toString()))
                .as("restarted")
                .isEqualTo(expected);
        assertThat(handedOver(records)).as("handed over").isEqualTo(expected);
    }

    private static Map<String, Long> run(List<byte[]> records, String journal) {
        List<Alert> alerts = new ArrayList<>();
        int half = journal.isEmpty() ? records.size() : records.size() / 2;
        String[] config = journal.isEmpty() ? new String[0] : new String[] {"journal.dir", journal};
        try (PluginUnderTest test = started(config)) {
            accept(test, records.subList(0, half));
            if (journal.isEmpty()) {
                test.plugin.endOfInput();
            }
            alerts.addAll(test.alerts);
        }
        if (!journal.isEmpty()) {
            try (PluginUnderTest test = started(config)) {
                accept(test, records.subList(half, records.size()));
                test.plugin.endOfInput();
                alerts.addAll(test.alerts);
            }
        }
        return standing(alerts);
    }

    private static Map<String, Long> handedOver(List<byte[]> records) throws IOException {
        try (PluginUnderTest from = started();
                PluginUnderTest to = started()) {
            accept(from, records.subList(0, 20));
            ByteArrayOutputStream state = new ByteArrayOutputStream();
            from.plugin.snapshot(state, KeyGroup.all());
            to.plugin.restore(new ByteArrayInputStream(state.toByteArray()));
            accept(to, records.subList(20, records.size()));
            to.plugin.endOfInput();
            List<Alert> alerts = new ArrayList<>(from.alerts);
            alerts.addAll(to.alerts);
            return standing(alerts);
        }
    }
}
