package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static dev.vaultwatch.plugin.PluginUnderTest.started;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.KeyGroup;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One user name in several directories is several people for a rule over the order of events, and for one over single events. */
@DisplayName("One name in several directories, in rules over the order of events")
class OrderedDirectoryTest {
    private static final String A = "aaaaaaaa-0000-4000-8000-000000000001";
    private static final String B = "bbbbbbbb-0000-4000-8000-000000000002";
    private static final String C = "cccccccc-0000-4000-8000-000000000003";
    private static final int REACH = 60;
    private static final int QUIET = 20;
    private static final int LEAST = 4;

    private final VaultwatchPluginFactory factory = new VaultwatchPluginFactory();

    @TempDir
    Path folder;

    /** A read of a second after noon; "" names no directory. */
    private record Read(int second, String upn, String directory) {
        byte[] bytes() {
            String tid = directory.isEmpty() ? "" : ",\"tid\":\"" + directory + "\"";
            Instant time = NOON.plusSeconds(second);
            return new String(PluginUnderTest.read(time, "SecretGet", upn), StandardCharsets.UTF_8)
                    .replace("\"}}", "\"" + tid + "}}")
                    .getBytes(StandardCharsets.UTF_8);
        }
    }

    private Path rules;

    @BeforeEach
    void rule() throws IOException {
        rules = folder.resolve("rules");
        write("select upn, count(*) as n from KeyVaultEvent(upn is not null)#time(" + REACH
                + " sec) group by upn having count(*) >= " + LEAST);
    }

    private void write(String select) throws IOException {
        Rules.write(
                rules,
                "reads",
                "@name('alert') " + select + ";",
                "{\"kind\": \"ordered\", \"reach\": \"PT" + REACH + "S\", \"quiet\": \"PT" + QUIET + "S\"}");
    }

    private PluginUnderTest plugin(String... more) {
        List<String> config =
                new ArrayList<>(List.of("rules.dir", rules.toString(), "rules.watch", "false", "alerts.cap", "false"));
        config.addAll(List.of(more));
        return started(factory, config.toArray(String[]::new));
    }

    private static void accept(PluginUnderTest test, int from, int count, String directory) {
        for (int second = from; second < from + count; second++) {
            test.plugin.accept(new Read(second, "ann", directory).bytes());
        }
    }

    /** What stands in the end: whom each alert is about, where it is anchored, and its count. */
    private static SortedSet<String> standing(List<Alert> alerts) {
        Map<String, Alert> last = new TreeMap<>();
        alerts.forEach(alert -> last.put(alert.id(), alert));
        TreeSet<String> standing = new TreeSet<>();
        last.values().stream()
                .filter(alert -> alert.stage() != AlertStage.RETRACTED)
                .forEach(alert -> standing.add(told(
                        String.valueOf(alert.groupingKey().get("upn")),
                        String.valueOf(alert.outputs().getOrDefault("vaultwatch.directory", "")),
                        (int) (alert.windowStart().getEpochSecond() - NOON.getEpochSecond()),
                        Integer.parseInt(String.valueOf(alert.outputs().get("n"))))));
        return standing;
    }

    private static String told(String upn, String directory, int second, int count) {
        return upn + " " + directory + " at " + second + ": " + count;
    }

    @Test
    @DisplayName("three reads of each of two are no six reads of one")
    void notAddedUp() {
        try (PluginUnderTest test = plugin()) {
            accept(test, 0, 3, A);
            accept(test, 3, 3, B);
            test.plugin.endOfInput();

            assertThat(test.alerts).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "five reads of each of two are two alerts, each under an id of its own, with its directory and the name as ever")
    void twoAlerts() {
        try (PluginUnderTest test = plugin()) {
            for (int i = 0; i < 5; i++) {
                accept(test, 2 * i, 1, A);
                accept(test, 2 * i + 1, 1, B);
            }
            test.plugin.endOfInput();

            assertThat(standing(test.alerts)).containsExactly(told("ann", A, 6, 5), told("ann", B, 7, 5));
            assertThat(test.alerts).extracting(Alert::groupingKey).containsOnly(Map.of("upn", "ann"));
        }
    }

    @Test
    @DisplayName(
            "records of one person with and without the directory count together, under the id that they always had")
    void oneStaysOne() {
        try (PluginUnderTest test = plugin();
                PluginUnderTest plain = plugin()) {
            accept(test, 0, 2, A);
            accept(test, 2, 3, "");
            accept(plain, 0, 5, "");
            test.plugin.endOfInput();
            plain.plugin.endOfInput();

            assertThat(standing(test.alerts)).containsExactly(told("ann", "", 3, 5));
            assertThat(test.alerts)
                    .extracting(Alert::id)
                    .isEqualTo(plain.alerts.stream().map(Alert::id).toList());
        }
    }

    @Test
    @DisplayName("one who was there more than the reach ago is nobody whom records are taken from")
    void outOfReach() {
        try (PluginUnderTest test = plugin()) {
            accept(test, 0, 1, B);
            accept(test, REACH + 10, 4, A);
            test.plugin.endOfInput();

            assertThat(standing(test.alerts)).containsExactly(told("ann", "", REACH + 13, 4));
        }
    }

    @Test
    @DisplayName("a late record of another directory takes the alert of the two as one back")
    void late() {
        try (PluginUnderTest test = plugin()) {
            accept(test, 0, 3, A);
            accept(test, 3, 1, B);
            accept(test, 4, 4, "");
            test.plugin.advanceTo(NOON.plusSeconds(30));
            assertThat(standing(test.alerts)).containsExactly(told("ann", A, 4, 7), told("ann", B, 6, 5));

            test.plugin.accept(new Read(2, "ann", C).bytes());
            test.plugin.advanceTo(NOON.plusSeconds(90));

            assertThat(standing(test.alerts))
                    .containsExactly(told("ann", A, 4, 7), told("ann", B, 6, 5), told("ann", C, 6, 5));
        }
    }

    @Test
    @DisplayName("a late record that makes two of one takes the one's alert back")
    void lateDivides() {
        try (PluginUnderTest test = plugin()) {
            accept(test, 1, 4, A);
            test.plugin.advanceTo(NOON.plusSeconds(30));
            assertThat(standing(test.alerts)).containsExactly(told("ann", "", 4, 4));

            test.plugin.accept(new Read(0, "ann", B).bytes());
            test.plugin.advanceTo(NOON.plusSeconds(90));

            assertThat(standing(test.alerts)).containsExactly(told("ann", A, 4, 4));
            assertThat(test.alerts(AlertStage.RETRACTED)).hasSize(1);
        }
    }

    @Test
    @DisplayName("a rule that asks for the tenant sees all records of the name, and so finds the names of two")
    void asksForTenant() throws IOException {
        write("select upn, count(distinct tenant) as n from KeyVaultEvent(upn is not null)#time(" + REACH
                + " sec) group by upn having count(distinct tenant) >= 2");
        try (PluginUnderTest test = plugin()) {
            accept(test, 0, 2, A);
            accept(test, 2, 2, B);
            test.plugin.endOfInput();

            assertThat(standing(test.alerts)).containsExactly(told("ann", "", 2, 2));
        }
    }

    @Test
    @DisplayName("so does one over tumbling windows")
    void asksForTenantInWindow() throws IOException {
        Rules.write(
                rules,
                "reads",
                "@name('alert') select upn, count(distinct tenant) as n from KeyVaultEvent(upn is not null)"
                        + "#time_batch(1 min, 0L) group by upn having count(distinct tenant) >= 2;");
        try (PluginUnderTest test = plugin()) {
            accept(test, 0, 2, A);
            accept(test, 2, 2, B);
            test.plugin.endOfInput();

            assertThat(standing(test.alerts)).containsExactly(told("ann", "", 0, 2));
        }
    }

    @Test
    @DisplayName("a rule that takes over in a reload has the people of the one before")
    void reload() throws IOException {
        write("select upn, count(*) as n from KeyVaultEvent(upn is not null)#time(" + REACH
                + " sec) group by upn having count(*) >= 50");
        try (PluginUnderTest test = plugin()) {
            accept(test, 0, 3, A);
            accept(test, 3, 3, B);
            test.plugin.advanceTo(NOON.plusSeconds(6));
            rule();

            test.plugin.reload();
            accept(test, 6, 1, A);
            test.plugin.endOfInput();

            assertThat(standing(test.alerts)).containsExactly(told("ann", A, 6, 4));
        }
    }

    @Test
    @DisplayName("identity=upstream knows nothing of directories")
    void upstream() {
        try (PluginUnderTest test = plugin("identity", "upstream")) {
            accept(test, 0, 3, A);
            accept(test, 3, 3, B);
            test.plugin.endOfInput();

            assertThat(standing(test.alerts)).containsExactly(told("ann", "", 3, 6));
        }
    }

    @Test
    @DisplayName("a rule over single events adds nobody's events up: each of the two has an alert for each event")
    void events() throws IOException {
        Rules.write(
                rules,
                "reads",
                "@name('alert') select time, upn from KeyVaultEvent(upn is not null);",
                "{\"kind\": \"event\"}");
        try (PluginUnderTest test = plugin()) {
            test.plugin.accept(new Read(0, "ann", A).bytes());
            test.plugin.accept(new Read(0, "ann", B).bytes());

            assertThat(test.alerts)
                    .extracting(Alert::id)
                    .doesNotHaveDuplicates()
                    .hasSize(2);
        }
    }

    @Test
    @DisplayName("more people of one name than can be judged apart: said, and their alerts are lower bounds")
    void tooMany() {
        try (PluginUnderTest test = plugin()) {
            for (int i = 0; i < 20; i++) {
                accept(test, i, 1, "aaaaaaaa-0000-4000-8000-0000000000" + (10 + i));
            }
            accept(test, 20, 4, "");
            test.plugin.endOfInput();

            assertThat(standing(test.alerts)).hasSize(16);
            assertThat(test.alerts).allMatch(Alert::isAtLeast);
            assertThat(test.notices).anyMatch(notice -> notice.message().contains("more than 16 directories"));
        }
    }

    @RepeatedTest(3)
    @DisplayName("whatever the order, restarts and hand-overs: what stands is what each person's own records deserve")
    void aFunctionOfTheSet(RepetitionInfo repetition) throws IOException {
        long seed = Long.getLong("directory.seed", 0) + repetition.getCurrentRepetition();
        Random dice = new Random(seed);
        List<Read> reads = drawn(dice);
        SortedSet<String> deserved = deserved(reads);
        List<Read> inOrder = new ArrayList<>(reads);
        inOrder.sort((one, other) -> Integer.compare(one.second(), other.second()));
        Collections.shuffle(reads, dice);

        assertThat(run(inOrder, dice, "")).as("in order, seed " + seed).isEqualTo(deserved);
        assertThat(run(reads, dice, "")).as("shuffled, seed " + seed).isEqualTo(deserved);
        for (List<Read> order : List.of(inOrder, reads)) {
            Path journal = folder.resolve("journal" + order.hashCode());
            assertThat(run(order, dice, journal.toString()))
                    .as("restarted, seed " + seed)
                    .isEqualTo(deserved);
            assertThat(handedOver(order, dice)).as("handed over, seed " + seed).isEqualTo(deserved);
        }
    }

    private static List<Read> drawn(Random dice) {
        List<String> directories = List.of(A, B, C, "", "");
        int named = 1 + dice.nextInt(directories.size());
        List<Read> reads = new ArrayList<>();
        int second = 0;
        for (int i = 0; i < 60; i++) {
            // Two reads of one second differ in nothing but the directory, if at all.
            second += 1 + (dice.nextInt(12) == 0 ? dice.nextInt(2 * REACH) : dice.nextInt(REACH / 4));
            int from = dice.nextInt(directories.size() - named + 1);
            reads.add(new Read(
                    second, dice.nextInt(4) == 0 ? "bob" : "ann", directories.get(from + dice.nextInt(named))));
        }
        return reads;
    }

    /** The oracle: the reads of a name within the reach name the people; each one's reads are counted, and bursts are joined. */
    private static SortedSet<String> deserved(List<Read> reads) {
        Map<String, TreeMap<Integer, Integer>> found = new TreeMap<>();
        for (Read read : reads) {
            List<Read> before = reads.stream()
                    .filter(each -> each.upn().equals(read.upn())
                            && each.second() <= read.second()
                            && each.second() >= read.second() - REACH)
                    .toList();
            TreeSet<String> people =
                    new TreeSet<>(before.stream().map(Read::directory).toList());
            people.remove("");
            for (String person : people.size() > 1 ? people : List.of("")) {
                List<Read> own = before.stream()
                        .filter(each -> person.isEmpty()
                                || each.directory().isEmpty()
                                || each.directory().equals(person))
                        .filter(each -> each.second() > read.second() - REACH)
                        .toList();
                if (own.contains(read) && own.size() >= LEAST) {
                    found.computeIfAbsent(read.upn() + " " + person, each -> new TreeMap<>())
                            .put(read.second(), own.size());
                }
            }
        }
        TreeSet<String> deserved = new TreeSet<>();
        found.forEach((who, counts) -> {
            int anchor = Integer.MIN_VALUE;
            int last = Integer.MIN_VALUE;
            for (int second : counts.keySet()) {
                if (anchor != Integer.MIN_VALUE && second - last > QUIET) {
                    deserved.add(who + " at " + anchor + ": " + counts.get(last));
                    anchor = Integer.MIN_VALUE;
                }
                anchor = anchor == Integer.MIN_VALUE ? second : anchor;
                last = second;
            }
            deserved.add(who + " at " + anchor + ": " + counts.get(last));
        });
        return deserved;
    }

    private SortedSet<String> run(List<Read> reads, Random dice, String journal) throws IOException {
        List<Alert> alerts = new ArrayList<>();
        List<String> config = new ArrayList<>(List.of("time.lateness", "PT2H"));
        if (!journal.isEmpty()) {
            Files.createDirectories(Path.of(journal));
            config.addAll(List.of("journal.dir", journal, "journal.fsync", "never"));
        }
        int from = 0;
        while (from < reads.size()) {
            int to = journal.isEmpty() ? reads.size() : Math.min(reads.size(), from + 1 + dice.nextInt(30));
            PluginUnderTest heard;
            try (PluginUnderTest test = plugin(config.toArray(String[]::new))) {
                heard = test;
                reads.subList(from, to).forEach(read -> test.plugin.accept(read.bytes()));
                if (to == reads.size()) {
                    test.plugin.endOfInput();
                }
            }
            // What waited is judged and said at the close.
            alerts.addAll(heard.alerts);
            from = to;
        }
        return standing(alerts);
    }

    private SortedSet<String> handedOver(List<Read> reads, Random dice) throws IOException {
        int half = dice.nextInt(reads.size());
        try (PluginUnderTest from = plugin("time.lateness", "PT2H");
                PluginUnderTest to = plugin("time.lateness", "PT2H")) {
            reads.subList(0, half).forEach(read -> from.plugin.accept(read.bytes()));
            ByteArrayOutputStream state = new ByteArrayOutputStream();
            from.plugin.snapshot(state, KeyGroup.all());
            to.plugin.restore(new ByteArrayInputStream(state.toByteArray()));
            reads.subList(half, reads.size()).forEach(read -> to.plugin.accept(read.bytes()));
            to.plugin.endOfInput();
            List<Alert> alerts = new ArrayList<>(from.alerts);
            alerts.addAll(to.alerts);
            return standing(alerts);
        }
    }
}
