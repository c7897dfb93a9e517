package dev.vaultwatch.flink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Subtasks without Flink around them: what they keep, hand over and say. */
class SubtaskPluginsTest {
    private static final int GROUPS = 16;
    private static final DetectionPluginFactory FACTORY =
            ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();

    /** Compiled rules, for all tests. */
    @TempDir
    private static Path cache;

    private final Heard heard = new Heard();

    private static final class Heard implements SubtaskPlugins.Outputs {
        private final List<DetectedAlert> alerts = new ArrayList<>();
        private final List<DeadLetter> letters = new ArrayList<>();
        private final List<LateRecord> late = new ArrayList<>();
        private final List<RuleOutcome> outcomes = new ArrayList<>();
        private final List<SubtaskNotice> notices = new ArrayList<>();

        @Override
        public void alert(DetectedAlert alert, long time) {
            alerts.add(alert);
        }

        @Override
        public void late(LateRecord event) {
            late.add(event);
        }

        @Override
        public void deadLetter(DeadLetter letter) {
            letters.add(letter);
        }

        @Override
        public void notice(SubtaskNotice notice) {
            notices.add(notice);
        }

        @Override
        public void rules(RuleOutcome outcome) {
            outcomes.add(outcome);
        }
    }

    private Map<String, String> config() {
        Map<String, String> config = new HashMap<>();
        config.put("rules.enabled", "*");
        config.put("rules.cache-dir", cache.toString());
        return config;
    }

    /** Of rules that count alone: the bound on events is also what an ordered rule may hold, and then it says less. */
    private Map<String, String> countingAlone() {
        Map<String, String> config = config();
        config.remove("rules.enabled");
        return config;
    }

    private static int groupOf(String key) {
        return Math.floorMod(key.hashCode(), GROUPS);
    }

    private static List<SubtaskPlugins> subtasks(Map<String, String> config, int count) {
        Setup setup = Setup.of(config, "ecs");
        return IntStream.range(0, count)
                .mapToObj(i -> new SubtaskPlugins(setup, FACTORY, i))
                .toList();
    }

    private static List<RoutedRecord> routed(KeyReader keys, byte[] payload) {
        List<RoutedRecord> records = new ArrayList<>();
        SplitFunction.split(keys, payload, new Collector<>() {
            @Override
            public void collect(RoutedRecord record) {
                records.add(record);
            }

            @Override
            public void close() {}
        });
        return records;
    }

    private void feed(List<SubtaskPlugins> subtasks, RoutedRecord record) {
        SubtaskPlugins owner = subtasks.get(groupOf(record.key()) * subtasks.size() / GROUPS);
        owner.take(record);
        owner.emit(heard);
    }

    private static void close(List<SubtaskPlugins> subtasks) throws IOException {
        for (SubtaskPlugins subtask : subtasks) {
            subtask.close();
        }
    }

    private void advance(List<SubtaskPlugins> subtasks, long mark) {
        subtasks.forEach(subtask -> {
            subtask.advanceTo(mark);
            subtask.emit(heard);
        });
    }

    /** Ends the subtasks and starts so many others from what they wrote. */
    private List<SubtaskPlugins> rescale(List<SubtaskPlugins> old, Map<String, String> config, int count)
            throws IOException {
        Map<Integer, ByteArrayOutputStream> groups = new TreeMap<>();
        for (int i = 0; i < old.size(); i++) {
            SubtaskPlugins subtask = old.get(i);
            int index = i;
            List<Integer> its = IntStream.range(0, GROUPS)
                    .filter(group -> group * old.size() / GROUPS == index)
                    .boxed()
                    .toList();
            subtask.settle();
            subtask.emit(heard);
            subtask.snapshot(
                    its,
                    SubtaskPluginsTest::groupOf,
                    group -> groups.computeIfAbsent(group, each -> new ByteArrayOutputStream()));
            assertThat(subtask.hasRaised()).isFalse();
            subtask.close();
        }
        assertThat(groups).hasSize(GROUPS);
        List<SubtaskPlugins> fresh = subtasks(config, count);
        for (Map.Entry<Integer, ByteArrayOutputStream> group : groups.entrySet()) {
            fresh.get(group.getKey() * count / GROUPS)
                    .restore(new ByteArrayInputStream(group.getValue().toByteArray()));
        }
        fresh.forEach(subtask -> subtask.emit(heard));
        return fresh;
    }

    @Test
    @DisplayName(
            "1, 4, 2, 3 owners in turn say of every shipped rule what one JVM says, each id, stage and revision once")
    void rescaled() throws IOException {
        Map<String, String> config = config();
        Records records = new Records(7, 40);
        KeyReader keys = FACTORY.keyReader(config);
        int[] counts = {1, 4, 2, 3};
        List<SubtaskPlugins> subtasks = subtasks(config, counts[0]);
        long greatest = Long.MIN_VALUE;
        int taken = 0;
        for (byte[] payload : records.all()) {
            for (RoutedRecord record : routed(keys, payload)) {
                greatest = Math.max(greatest, record.time());
                feed(subtasks, record);
            }
            if (++taken % 20 == 0) {
                advance(subtasks, greatest - 5_001);
            }
            if (taken % (records.all().size() / counts.length + 1) == 0) {
                subtasks =
                        rescale(subtasks, config, counts[taken / (records.all().size() / counts.length + 1)]);
            }
        }
        advance(subtasks, Long.MAX_VALUE);
        close(subtasks);

        assertThat(Records.stages(heard.alerts)).doesNotHaveDuplicates();
        assertThat(Records.differences(records.expected(config), Records.last(heard.alerts)))
                .isEmpty();
        assertThat(heard.late).isEmpty();
    }

    @Test
    @DisplayName(
            "records that a plugin refuses, because they lie too far ahead, wait, move with their key, and are not lost")
    void waiting() throws IOException {
        Map<String, String> unbounded = countingAlone();
        Map<String, String> config = new HashMap<>(unbounded);
        config.put("bounds.events", "50");
        Records records = new Records(8, 6);
        KeyReader keys = FACTORY.keyReader(config);
        List<SubtaskPlugins> subtasks = subtasks(config, 1);
        // Time is known before the first record, and stands still while five minutes come.
        advance(subtasks, Records.START.toEpochMilli());
        for (byte[] payload : records.all()) {
            routed(keys, payload).forEach(record -> feed(subtasks, record));
        }
        assertThat(subtasks.get(0).waiting()).isPositive();
        List<SubtaskPlugins> moved = rescale(subtasks, config, 2);
        assertThat(moved.stream().mapToInt(SubtaskPlugins::waiting).sum()).isPositive();
        for (long second = 1; second <= 360; second++) {
            advance(moved, Records.START.plusSeconds(second).toEpochMilli());
        }
        advance(moved, Long.MAX_VALUE);
        close(moved);

        assertThat(heard.late).isEmpty();
        assertThat(Records.last(heard.alerts)).isNotEmpty();
        assertThat(Records.ids(Records.last(heard.alerts))).isEqualTo(Records.ids(records.expected(unbounded)));
    }

    @Test
    @DisplayName("a record that waits may have a key as long as a record may be")
    void waitingWithALongKey() throws IOException {
        Map<String, String> config = countingAlone();
        config.put("bounds.events", "50");
        KeyReader keys = FACTORY.keyReader(config);
        List<SubtaskPlugins> subtasks = subtasks(config, 1);
        advance(subtasks, Records.START.toEpochMilli());
        String name = "zoë".repeat(30_000) + "@contoso.example";
        for (int i = 0; i < 120; i++) {
            String user = i < 100 ? "user" + i : name;
            feed(
                    subtasks,
                    routed(keys, read(Records.START.plusSeconds(i < 100 ? 130 : 190), i, user))
                            .get(0));
        }
        assertThat(subtasks.get(0).waiting()).isPositive();
        List<SubtaskPlugins> moved = rescale(subtasks, config, 2);
        advance(moved, Records.START.plusSeconds(180).toEpochMilli());
        advance(moved, Long.MAX_VALUE);
        close(moved);

        assertThat(Records.last(heard.alerts).values())
                .singleElement()
                .asString()
                .contains(name);
    }

    private static byte[] read(Instant time, int number, String upn) {
        return ("{\"time\":\"" + time.plusMillis(number) + "\",\"category\":\"AuditEvent\",\"operationName\":\""
                        + (number % 2 == 0 ? "SecretGet" : "KeyGet") + "\",\"identity\":{\"claim\":{\"upn\":\"" + upn
                        + "\"}},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    @Test
    @DisplayName("a bounded source of more than a plugin holds, without a watermark before its end, is taken whole")
    void bounded() throws IOException {
        Map<String, String> unbounded = countingAlone();
        Map<String, String> config = new HashMap<>(unbounded);
        config.put("bounds.events", "50");
        Records records = new Records(8, 6);
        KeyReader keys = FACTORY.keyReader(config);
        List<SubtaskPlugins> subtasks = subtasks(config, 1);
        advance(subtasks, Records.START.toEpochMilli());
        int fed = 0;
        for (byte[] payload : records.all()) {
            List<RoutedRecord> its = routed(keys, payload);
            its.forEach(record -> feed(subtasks, record));
            fed += its.size();
        }
        assertThat(subtasks.get(0).waiting()).isPositive();
        advance(subtasks, Long.MAX_VALUE);
        long kept = subtasks.get(0).count(Counter.KEPT);
        close(subtasks);

        assertThat(heard.late).isEmpty();
        assertThat(kept).isEqualTo(fed);
        assertThat(Records.ids(Records.last(heard.alerts))).isEqualTo(Records.ids(records.expected(unbounded)));
    }

    private static Map<String, String> files(String least, String tuning) throws IOException {
        Path rule = Path.of("epl/excessive-secret-retrieval");
        Map<String, String> files = new HashMap<>();
        files.put("rules/excessive-secret-retrieval/rule.json", Files.readString(rule.resolve("rule.json")));
        files.put(
                "rules/excessive-secret-retrieval/rule.epl",
                Files.readString(rule.resolve("rule.epl")).replace("min_events = 10", "min_events = " + least));
        if (!tuning.isEmpty()) {
            files.put("tuning.json", tuning);
        }
        return files;
    }

    /** Feeds the records of some minutes, the watermark behind them, and then closes them all. */
    private void minutes(List<SubtaskPlugins> subtasks, KeyReader keys, Records records, int from, int to) {
        Instant first = Records.START.plusSeconds(60L * from);
        Instant last = Records.START.plusSeconds(60L * to);
        for (byte[] payload : records.all()) {
            for (RoutedRecord record : routed(keys, payload)) {
                if (record.time() >= first.toEpochMilli() && record.time() < last.toEpochMilli()) {
                    feed(subtasks, record);
                }
            }
        }
        advance(subtasks, last.toEpochMilli() - 1);
    }

    @Test
    @DisplayName("a restore with other rules says what a change of the rules at that point says; nothing is said twice")
    void restoredWithOtherRules(@TempDir Path folder) throws IOException {
        Map<String, String> config = new HashMap<>();
        config.put("rules.cache-dir", cache.toString());
        Records records = new Records(10, 8);
        KeyReader keys = FACTORY.keyReader(config);
        RuleChange thirteen =
                new RuleChange("thirteen", Records.START.plusSeconds(240).toEpochMilli(), files("13", ""));

        List<SubtaskPlugins> changed = subtasks(config, 2);
        minutes(changed, keys, records, 0, 4);
        for (SubtaskPlugins subtask : changed) {
            subtask.change(thirteen);
        }
        minutes(changed, keys, records, 4, 8);
        advance(changed, Long.MAX_VALUE);
        close(changed);
        Map<String, String> expected = Records.last(heard.alerts);
        assertThat(Records.ids(expected)).hasSize(8);

        heard.alerts.clear();
        List<SubtaskPlugins> first = subtasks(config, 2);
        minutes(first, keys, records, 0, 4);
        for (Map.Entry<String, String> file : thirteen.files().entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
        Map<String, String> other = new HashMap<>(config);
        other.put("rules.dir", folder.resolve("rules").toString());
        List<SubtaskPlugins> restored = rescale(first, other, 3);
        minutes(restored, keys, records, 4, 8);
        advance(restored, Long.MAX_VALUE);
        close(restored);

        assertThat(Records.last(heard.alerts)).isEqualTo(expected);
        assertThat(Records.stages(heard.alerts)).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("a change may be of the tuning alone")
    void tuning() throws IOException {
        Map<String, String> config = new HashMap<>();
        config.put("rules.cache-dir", cache.toString());
        Records records = new Records(11, 4);
        KeyReader keys = FACTORY.keyReader(config);
        List<SubtaskPlugins> subtasks = subtasks(config, 2);
        minutes(subtasks, keys, records, 0, 2);
        String tuning = "{\"rules\":{\"excessive-secret-retrieval\":{\"set\":{\"min_events\":13}}}}";
        for (SubtaskPlugins subtask : subtasks) {
            subtask.change(
                    new RuleChange("tuned", Records.START.plusSeconds(120).toEpochMilli(), files("10", tuning)));
        }
        minutes(subtasks, keys, records, 2, 4);
        advance(subtasks, Long.MAX_VALUE);
        close(subtasks);

        assertThat(heard.outcomes).hasSize(2).allMatch(RuleOutcome::applied);
        assertThat(Records.ids(Records.last(heard.alerts))).hasSize(4);
    }

    @Test
    @DisplayName("events that are counted alone are in no checkpoint, and each checkpoint says how many they are")
    void countedAlone() throws IOException {
        Map<String, String> config = new HashMap<>();
        config.put("rules.cache-dir", cache.toString());
        config.put("bounds.keys", "10");
        Records records = new Records(12, 1);
        KeyReader keys = FACTORY.keyReader(config);
        List<SubtaskPlugins> subtasks = subtasks(config, 1);
        records.all().forEach(payload -> routed(keys, payload).forEach(record -> feed(subtasks, record)));
        subtasks.get(0).settle();
        subtasks.get(0).emit(heard);

        assertThat(heard.notices)
                .filteredOn(notice -> notice.message().contains("in no checkpoint"))
                .singleElement()
                .satisfies(notice -> assertThat(notice.count())
                        .isPositive()
                        .isEqualTo(subtasks.get(0).count(Counter.CUT)));
        heard.notices.clear();
        subtasks.get(0).settle();
        subtasks.get(0).emit(heard);
        assertThat(heard.notices).isEmpty();
        close(subtasks);
    }

    @Test
    @DisplayName("what can't be read is a dead letter with its reason, also beside records that can")
    void deadLetters() throws IOException {
        Map<String, String> config = config();
        KeyReader keys = FACTORY.keyReader(config);
        List<SubtaskPlugins> subtasks = subtasks(config, 1);
        String good = new String(new Records(9, 1).all().get(0), java.nio.charset.StandardCharsets.UTF_8);
        routed(keys, (good + "\n{\"time\":").getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .forEach(record -> feed(subtasks, record));
        close(subtasks);

        assertThat(heard.letters).singleElement().satisfies(letter -> {
            assertThat(letter.reason()).isEqualTo(DeadLetter.Reason.MALFORMED);
            assertThat(letter.record()).contains("{\"time\":");
        });
    }
}
