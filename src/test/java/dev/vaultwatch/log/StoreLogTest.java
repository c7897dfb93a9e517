package dev.vaultwatch.log;

import static dev.vaultwatch.alert.Judgements.judgement;
import static dev.vaultwatch.alert.Judgements.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.CapNotice;
import dev.vaultwatch.alert.DecisionLog;
import dev.vaultwatch.alert.Judgement;
import dev.vaultwatch.alert.Judgements;
import dev.vaultwatch.alert.Listeners;
import dev.vaultwatch.alert.Outbox;
import dev.vaultwatch.alert.RuleEdition;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.alert.Withheld;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.detect.LateLoss;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.log.LoggedBatch.Item;
import dev.vaultwatch.log.SegmentFaultTest.FaultyDisk;
import dev.vaultwatch.tuning.AlertPolicy.Memo;
import dev.vaultwatch.tuning.AlertPolicy.Outcome;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The log: what a restart must know, written and read again")
class StoreLogTest {
    private static final RuleEdition RULE = Judgements.rule(100);

    @TempDir
    Path parent;

    private final FaultyDisk disk = new FaultyDisk();
    private LogTold told = new LogTold(RULE.rule());

    private StoreLog open() throws IOException {
        return open(1 << 20, to -> {});
    }

    private StoreLog open(long segmentBytes, StoreLog.Checkpoint checkpoint) throws IOException {
        disk.quick = true;
        told = new LogTold(RULE.rule());
        return new StoreLog(folder(), FsyncPolicy.NEVER, told, checkpoint, disk, () -> 0, segmentBytes);
    }

    private Path folder() {
        return parent.resolve("journal");
    }

    private void readAgain() throws IOException {
        open().close();
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(folder())) {
            return files.filter(file -> file.toString().endsWith(".segment"))
                    .sorted()
                    .toList();
        }
    }

    private static LoggedBatch batch(String source, long offset, long... times) {
        List<Item> items = new ArrayList<>();
        for (long time : times) {
            items.add(new Item(
                    time, Optional.of(KeyVaultEvent.builder(time, "SecretGet").build())));
        }
        return new LoggedBatch(source, Optional.empty(), Optional.of(OffsetRange.at(offset)), "", items);
    }

    /** What a desk says of judgements that close, and so the parts of a step. */
    private static List<Said> said(Judgement... judgements) {
        List<Said> all = new ArrayList<>();
        Outbox outbox = new Outbox(new Listeners((alert, receipt) -> {}, notice -> {}));
        AlertDesk desk = new AlertDesk(outbox, DecisionLog.NONE, true, true, 100);
        for (Judgement judgement : judgements) {
            desk.closed(List.of(judgement));
        }
        all.addAll(desk.unacknowledged());
        return all;
    }

    @Test
    @DisplayName("Every kind of entry comes back as it was, in order")
    void roundTrip() throws IOException {
        LoggedBatch full = new LoggedBatch(
                "hub-3",
                Optional.of("topic"),
                Optional.of(new OffsetRange(7, 9)),
                "a1b2",
                List.of(
                        new Item(5, Optional.of(KeyVaultEvent.builder(5, "ü").build())),
                        new Item(6, Optional.empty())));
        LoggedBatch empty = new LoggedBatch("", Optional.empty(), Optional.empty(), "", List.of());
        LoggedSource source = new LoggedSource(
                "hub-3",
                Optional.of("topic"),
                OptionalLong.of(9),
                OptionalLong.empty(),
                OptionalLong.of(1),
                LoggedSource.State.IDLE);
        Map<String, Object> columns = new LinkedHashMap<>();
        columns.put("text", "ü");
        columns.put("long", Long.MIN_VALUE);
        columns.put("double", 0.1);
        columns.put("flag", true);
        columns.put("time", Instant.parse("2026-11-03T02:40:00.123456789Z"));
        columns.put("list", List.of("a", 1L, List.of(2.5)));
        Said message = said(new Judgement(RULE, key("ada"), 60, "h", 60, 120, columns, 3, true, true))
                .get(0);
        Withheld withheld = new Withheld("r", "id", key("eve"), 60, OptionalLong.of(7));
        Withheld unknown = new Withheld("r", "id2", key("eve"), 60, OptionalLong.empty());
        try (StoreLog log = open()) {
            log.batch(full);
            log.batch(empty);
            log.said(message, true);
            log.withheld(withheld);
            log.withheld(unknown);
            log.noticed(new CapNotice("r", 0, 1));
            log.forgotten("r", 60, "gone");
            log.source(source);
            log.counters(Map.of(new CounterPart(Counter.KEPT, "hub-3"), 4L));
            log.settled(70);
            log.mark(77, false);
            log.commit();
        }

        readAgain();

        assertThat(told.damage).isEmpty();
        assertThat(told.all.subList(1, told.all.size()))
                .as("after the checkpoint's mark")
                .containsExactly(
                        full,
                        empty,
                        new LogTold.StepBegins(),
                        new LogTold.Message(message, true),
                        withheld,
                        unknown,
                        new CapNotice("r", 0, 1),
                        new LogTold.Forgotten("r", 60, "gone"),
                        source,
                        new LogTold.Settled(70),
                        new LogTold.Mark(77, false));
        assertThat(told.counters).isEqualTo(Map.of(new CounterPart(Counter.KEPT, "hub-3"), 4L));
        assertThat(new ArrayList<>(
                        told.of(LogTold.Message.class).get(0).said().columns().keySet()))
                .isEqualTo(new ArrayList<>(columns.keySet()));
    }

    @Test
    @DisplayName("What was raised and not acknowledged is owed, in order")
    void owed() throws IOException {
        List<Said> said = said(
                judgement(RULE, 0, "ada", 12),
                judgement(RULE, 0, "ada", 13),
                judgement(RULE, 0, "eve", 12),
                judgement(RULE, 0, "bob", 12));
        try (StoreLog log = open()) {
            said.forEach(message -> log.said(message, true));
            log.said(said.get(0), false);
            log.mark(1, true);
            log.acknowledged(said.get(0).id(), AlertStage.ON_TIME, 0);
            log.forgotten(RULE.id(), 0, said.get(3).id());
            log.mark(1, true);
        }

        try (StoreLog log = open()) {
            assertThat(log.takeOwed()).containsExactly(said.get(1), said.get(2));
            assertThat(log.takeOwed()).isEmpty();
        }
    }

    @Test
    @DisplayName("An alert comes back with the rule that raised it, whose text is written once")
    void ruleText() throws IOException {
        try (StoreLog log = open()) {
            for (Said message : said(judgement(RULE, 0, "ada", 12), judgement(RULE, 0, "eve", 12))) {
                log.said(message, true);
                log.mark(1, true);
            }
        }

        try (StoreLog log = open()) {
            assertThat(told.ruleTexts).hasSize(1);
            assertThat(log.takeOwed()).extracting(Said::rule).containsExactly(RULE, RULE);
        }
    }

    @Test
    @DisplayName("A mark that says nothing new is not written")
    void sameMark() throws IOException {
        try (StoreLog log = open()) {
            log.mark(1, true);
            long bytes = log.bytes();
            log.mark(1, true);
            log.counters(Map.of());
            assertThat(log.bytes()).isEqualTo(bytes);
            log.mark(1, false);
            assertThat(log.bytes()).isGreaterThan(bytes);
        }
    }

    @Test
    @DisplayName("Counters are written where they changed, and are whole after segments went")
    void counters() throws IOException {
        CounterPart kept = new CounterPart(Counter.KEPT, "");
        CounterPart late = new CounterPart(Counter.LATE, "");
        try (StoreLog log = open(200, to -> {})) {
            log.counters(Map.of(kept, 1L, late, 1L));
            log.mark(1, true);
            for (int i = 0; i < 20; i++) {
                log.batch(batch("s", i, i));
                log.counters(Map.of(kept, i + 2L, late, 1L));
                log.mark(i, true);
            }
            log.forgetBefore(19);
            assertThat(segments()).hasSizeLessThan(5);
        }

        readAgain();

        assertThat(told.counters).isEqualTo(Map.of(kept, 21L, late, 1L));
    }

    @Test
    @DisplayName("A batch counts as fed once its step is written, whatever checkpoint comes between")
    void unfed() throws IOException {
        try (StoreLog log = open(2_000, to -> {})) {
            log.batch(batch("s", 0, 0));
            log.mark(1, true);
            for (int i = 1; i < 100; i++) {
                log.batch(batch("s", i, i));
            }
        }
        assertThat(segments()).as("each but the first begins with a checkpoint").hasSizeGreaterThan(1);

        readAgain();

        assertThat(told.all).filteredOn(LogTold.StepBegins.class::isInstance).hasSize(1);
        assertThat(told.all.indexOf(new LogTold.StepBegins())).isEqualTo(told.all.indexOf(batch("s", 0, 0)) + 1);
        assertThat(told.of(LoggedBatch.class)).hasSize(100);
    }

    @Test
    @DisplayName("Late losses are told again until it is written that everybody was told")
    void losses() throws IOException {
        LateLoss first = new LateLoss("s", 2, 60_000);
        LateLoss second = new LateLoss("", 1, 5);
        try (StoreLog log = open()) {
            log.lost(first);
            log.mark(1, true);
        }
        readAgain();
        assertThat(told.of(LateLoss.class)).containsExactly(first);

        try (StoreLog log = open()) {
            log.lossesTold();
            log.lost(second);
            log.mark(2, true);
        }
        readAgain();
        assertThat(told.of(LateLoss.class)).containsExactly(second);
    }

    @Test
    @DisplayName(
            "Losses that everybody was told of are gone for the same run's reader too; a checkpoint says what is still to be told, once")
    void lossesTold() throws IOException {
        LateLoss first = new LateLoss("s", 2, 60_000);
        LateLoss second = new LateLoss("", 1, 5);
        try (StoreLog log = open()) {
            log.lost(first);
            log.mark(1, true);
            log.lossesTold();
            log.lost(second);
            log.mark(2, true);
        }
        readAgain();
        assertThat(told.of(LateLoss.class)).containsExactly(second);

        try (StoreLog log = open(200, to -> to.lost(second))) {
            for (int i = 0; i < 20; i++) {
                log.batch(batch("s", i, i));
            }
        }
        readAgain();
        assertThat(told.of(LateLoss.class)).containsExactly(second);
    }

    private static void beginsWithACheckpoint(Path segment) throws IOException {
        byte[] bytes = Files.readAllBytes(segment);

        assertThat(bytes[SegmentLog.HEADER_BYTES + SegmentLog.ENTRY_HEADER_BYTES])
                .as("%s", segment)
                .isEqualTo(EntryReader.CHECKPOINT);
    }

    /** Writes something that may begin a segment. */
    private interface Writing {
        void to(StoreLog log, int number) throws IOException;
    }

    @Test
    @DisplayName("Whatever is written first in a segment, a checkpoint stands before it")
    void checkpointFirst() throws IOException {
        Said message = said(judgement(RULE, 0, "ada", 12)).get(0);
        List<Writing> writings = List.of(
                (log, number) -> log.batch(batch("s", number, number)),
                (log, number) -> {
                    log.said(message, true);
                    log.mark(number, true);
                },
                (log, number) -> log.acknowledged("id " + number, AlertStage.ON_TIME, 0),
                (log, number) -> {
                    log.batch(batch("s", number, number));
                    log.forgetBefore(number);
                },
                (log, number) -> {
                    disk.room = 0;
                    assertThatThrownBy(() -> log.mark(number, true)).isInstanceOf(IOException.class);
                    disk.mend();
                    log.commit();
                });
        for (Writing writing : writings) {
            try (StoreLog log = open(6_000, to -> {})) {
                for (int i = 0; i < 300; i++) {
                    writing.to(log, i);
                }
            }
            assertThat(segments()).isNotEmpty().allSatisfy(StoreLogTest::beginsWithACheckpoint);
            readAgain();
            assertThat(told.damage).isEmpty();
            for (Path segment : segments()) {
                Files.delete(segment);
            }
        }
    }

    @Test
    @DisplayName(
            "What waits for room is written before an acknowledgement, at a commit, before space is given back, and at the close")
    void waiting() throws IOException {
        List<Said> said = said(judgement(RULE, 0, "ada", 12));
        List<Writing> writings = List.of(
                (log, number) -> log.acknowledged("another", AlertStage.ON_TIME, 0),
                (log, number) -> log.commit(),
                (log, number) -> log.forgetBefore(1_000),
                (log, number) -> log.batch(batch("s", 9, 9)),
                (log, number) -> log.mark(number, true),
                (log, number) -> {});
        for (Writing writing : writings) {
            try (StoreLog log = open(300, to -> {})) {
                for (int i = 0; i < 10; i++) {
                    log.batch(batch("s", i, i));
                }
                disk.room = 0;
                log.said(said.get(0), true);
                assertThatThrownBy(() -> log.mark(2, true)).isInstanceOf(IOException.class);
                disk.mend();
                writing.to(log, 3);
                // What is not written by now is not written at the close either, but for the last.
                disk.room = writing == writings.get(writings.size() - 1) ? Long.MAX_VALUE : 0;
            } catch (IOException full) {
                assertThat(full).hasMessageContaining("No space");
            }
            disk.mend();
            try (StoreLog log = open()) {
                assertThat(log.takeOwed()).isEqualTo(said);
            }
            for (Path segment : segments()) {
                Files.delete(segment);
            }
        }
    }

    @Test
    @DisplayName("A commit forces what was written, as the policy says")
    void commitForces() throws IOException {
        disk.quick = true;
        try (StoreLog log = new StoreLog(folder(), FsyncPolicy.EACH_BATCH, told, to -> {}, disk, () -> 0, 1 << 20)) {
            log.batch(batch("s", 1, 1));
            disk.forces.clear();
            log.commit();
            assertThat(disk.forces).containsExactly("0000000001.segment");
        }
    }

    @Test
    @DisplayName(
            "A rule's text is written again by the first step that needs it after a checkpoint without it, and by no other")
    void ruleTextAfterCheckpoint() throws IOException {
        List<Said> said = said(
                judgement(RULE, 0, "ada", 12),
                judgement(RULE, 0, "eve", 12),
                judgement(RULE, 0, "bob", 12),
                judgement(RULE, 1, "bob", 12));
        try (StoreLog log = open(20_000, to -> {})) {
            long before = log.bytes();
            log.said(said.get(0), true);
            log.mark(1, true);
            long withText = log.bytes() - before;
            before = log.bytes();
            log.said(said.get(1), true);
            log.mark(2, true);
            assertThat(log.bytes() - before).isLessThan(withText - 500);
            for (int i = 0; i < 1_000; i++) {
                log.batch(batch("s", i, i));
                log.mark(i, true);
            }
            assertThat(segments()).hasSizeGreaterThan(3);
            for (Path segment : segments()) {
                boolean first = segment.equals(segments().get(0));
                assertThat(Files.readString(segment, java.nio.charset.StandardCharsets.ISO_8859_1)
                                .contains(RULE.fingerprint()))
                        .as("%s names the rule", segment)
                        .isEqualTo(first);
            }
            log.forgetBefore(1_000);
            log.said(said.get(2), true);
            log.mark(1_000, true);
            log.said(said.get(3), true);
            log.mark(1_001, true);
        }

        try (StoreLog log = open()) {
            assertThat(told.damage).isEmpty();
            assertThat(log.takeOwed()).containsExactly(said.get(2), said.get(3));
            assertThat(told.ruleTexts).hasSize(1);
        }
    }

    @Test
    @DisplayName(
            "Space is given back of what is older than a time, not of what is at it; and where there is none, nothing is written")
    void forgetBefore() throws IOException {
        try (StoreLog log = open(200, to -> {})) {
            for (int i = 0; i < 20; i++) {
                log.batch(batch("s", i, i == 3 ? 1_000 : i));
                log.mark(i, true);
            }
            log.forgetBefore(1_000);
            List<Path> left = segments();
            long bytes = log.bytes();
            log.forgetBefore(1_000);
            assertThat(segments()).isEqualTo(left);
            assertThat(log.bytes()).isEqualTo(bytes);
            log.forgetBefore(1_001);
            assertThat(segments()).hasSizeLessThan(left.size());
            bytes = log.bytes();
            log.forgetBefore(1_002);
            log.forgetBefore(1_003);
            assertThat(log.bytes()).isEqualTo(bytes);
        }
    }

    @Test
    @DisplayName("Old segments go; the checkpoint says what they said")
    void checkpoint() throws IOException {
        Outbox outbox = new Outbox(new Listeners(
                (alert, receipt) -> {
                    if (alert.groupingKey().containsValue("ada")) {
                        receipt.acknowledge();
                    }
                },
                notice -> {}));
        AlertDesk[] desk = new AlertDesk[1];
        LoggedSource source = new LoggedSource(
                "s",
                Optional.empty(),
                OptionalLong.of(1),
                OptionalLong.empty(),
                OptionalLong.empty(),
                LoggedSource.State.ACTIVE);
        try (StoreLog log = open(2_000, to -> {
            to.source(source);
            to.desk(desk[0]);
        })) {
            desk[0] = new AlertDesk(outbox, log, true, true, 100);
            desk[0].closed(List.of(judgement(RULE, 0, "ada", 12), judgement(RULE, 0, "eve", 12)));
            log.mark(1, true);
            outbox.deliver();
            for (int i = 0; i < 300; i++) {
                log.batch(batch("s", i, i));
                log.mark(i, true);
            }
            log.forgetBefore(300);
            assertThat(segments().get(0).getFileName().toString()).isNotEqualTo("0000000001.segment");
        }

        try (StoreLog log = open()) {
            assertThat(told.damage).isEmpty();
            assertThat(told.completeFrom).isEqualTo(300);
            assertThat(log.takeOwed())
                    .singleElement()
                    .satisfies(message -> assertThat(message.key()).isEqualTo(key("eve")));
        }
        assertThat(told.of(LoggedSource.class)).contains(source);
        AlertDesk next = new AlertDesk(outbox, DecisionLog.NONE, true, true, 100);
        told.of(LogTold.Message.class).forEach(each -> next.restore(each.said(), each.isOwed()));
        told.of(dev.vaultwatch.alert.CapState.class).forEach(next::restore);
        assertThat(next.states()).isEqualTo(desk[0].states());
        assertThat(next.said(key -> true)).containsExactlyInAnyOrderElementsOf(desk[0].said(key -> true));
    }

    @Test
    @DisplayName("A segment with an event that can still change something stays, and all after it")
    void needed() throws IOException {
        try (StoreLog log = open(200, to -> {})) {
            for (int i = 0; i < 20; i++) {
                log.batch(batch("s", i, i == 3 ? 1_000 : i));
                log.mark(i, true);
            }
            log.forgetBefore(100);
        }

        readAgain();

        assertThat(told.of(LoggedBatch.class)).contains(batch("s", 3, 1_000));
        assertThat(told.of(LoggedBatch.class).get(0).range().orElseThrow().first())
                .isBetween(1L, 3L);
        assertThat(told.of(LoggedBatch.class)).last().isEqualTo(batch("s", 19, 19));
    }

    @Test
    @DisplayName("After a restart as well, a segment with an event that can still change something stays")
    void neededAfterRestart() throws IOException {
        try (StoreLog log = open(200, to -> {})) {
            for (int i = 0; i < 20; i++) {
                log.batch(batch("s", i, i == 3 ? 1_000 : i));
                log.mark(i, true);
            }
        }
        try (StoreLog log = open(200, to -> {})) {
            log.forgetBefore(1_000);
        }

        readAgain();

        assertThat(told.of(LoggedBatch.class)).contains(batch("s", 3, 1_000));
    }

    @Test
    @DisplayName("After a restart segments go whose batches are old, without another entry being written first")
    void goneAfterRestart() throws IOException {
        try (StoreLog log = open(200, to -> {})) {
            for (int i = 0; i < 20; i++) {
                log.batch(batch("s", i, i));
                log.mark(i, true);
            }
        }
        int before = segments().size();
        try (StoreLog log = open(200, to -> {})) {
            log.forgetBefore(1_000);

            assertThat(segments()).hasSizeLessThan(before);
        }
        assertThat(segments()).allSatisfy(StoreLogTest::beginsWithACheckpoint);
        readAgain();
        assertThat(told.damage).isEmpty();
        assertThat(told.of(LoggedBatch.class)).hasSizeLessThan(10);
        assertThat(told.completeFrom).isEqualTo(1_000);
    }

    @Test
    @DisplayName("Segments without any event go after a restart, too")
    void goneWithoutEvents() throws IOException {
        try (StoreLog log = open(200, to -> {})) {
            for (int i = 0; i < 40; i++) {
                log.mark(i, true);
            }
        }
        int before = segments().size();
        assertThat(before).isGreaterThan(5);
        try (StoreLog log = open(200, to -> {})) {
            log.forgetBefore(1_000);

            assertThat(segments()).hasSizeLessThan(before / 2);
        }
    }

    @Test
    @DisplayName(
            "What was read at a restart is said again by the checkpoints after it, when the segments that said it are gone")
    void checkpointAfterRestart() throws IOException {
        CounterPart kept = new CounterPart(Counter.KEPT, "");
        LoggedRules rules = new LoggedRules(List.of(new LoggedRules.One(RULE, "", false, 7)), true);
        try (StoreLog log = open(200, to -> {})) {
            log.counters(Map.of(kept, 4L));
            log.settled(70);
            log.inForce(rules);
            log.lateSince(50);
            log.mark(77, false);
            log.batch(batch("s", 1, 1));
            log.batch(batch("s", 2, 2));
            log.batch(batch("s", 3, 3));
            log.forgetBefore(60);
        }
        assertThat(told.all).isEmpty();
        try (StoreLog log = open(200, to -> {})) {
            assertThat(told.of(LogTold.LateSince.class)).contains(new LogTold.LateSince(50));
            for (int i = 0; i < 5; i++) {
                log.batch(batch("s", i, i));
            }
            log.forgetBefore(30);
            assertThat(segments()).hasSizeLessThan(3);
        }

        readAgain();

        assertThat(told.damage).isEmpty();
        assertThat(told.counters).isEqualTo(Map.of(kept, 4L));
        assertThat(told.of(LogTold.Settled.class)).contains(new LogTold.Settled(70));
        assertThat(told.of(LogTold.LateSince.class)).contains(new LogTold.LateSince(50));
        assertThat(told.of(LogTold.Mark.class)).isNotEmpty().containsOnly(new LogTold.Mark(77, false));
        assertThat(told.of(LoggedRules.class))
                .isNotEmpty()
                .allSatisfy(found -> assertThat(found).isEqualTo(rules));
        assertThat(told.completeFrom).isEqualTo(60);
    }

    @Test
    @DisplayName("What was read at a restart is not written again while it stays the same")
    void nothingNewAfterRestart() throws IOException {
        CounterPart kept = new CounterPart(Counter.KEPT, "");
        LoggedRules rules = new LoggedRules(List.of(new LoggedRules.One(RULE, "", false, 7)), true);
        for (int run = 0; run < 2; run++) {
            try (StoreLog log = open()) {
                long bytes = log.bytes();
                log.counters(Map.of(kept, 4L));
                log.settled(70);
                log.inForce(rules);
                log.mark(77, false);
                if (run > 0) {
                    assertThat(log.bytes()).isEqualTo(bytes);
                }
            }
        }
    }

    @Test
    @DisplayName("Since when late events wait is written with the mark that says that they do, and with no other")
    void lateSince() throws IOException {
        try (StoreLog log = open()) {
            log.mark(1, false);
            log.lateSince(50);
            log.mark(2, true);
            log.mark(3, false);
        }

        readAgain();

        assertThat(told.all.subList(1, told.all.size()))
                .as("after the checkpoint's mark")
                .containsExactly(
                        new LogTold.StepBegins(),
                        new LogTold.Mark(1, false),
                        new LogTold.StepBegins(),
                        new LogTold.Mark(2, true),
                        new LogTold.StepBegins(),
                        new LogTold.LateSince(50),
                        new LogTold.Mark(3, false));
    }

    @Test
    @DisplayName("What the tuning decided of an alert comes back")
    void decided() throws IOException {
        Memo memo = new Memo(Outcome.SUPPRESSED, "r", "id", 5, "", List.of("a"), 1, 2, 3);
        try (StoreLog log = open()) {
            log.decided(memo);
            log.mark(1, true);
        }

        readAgain();

        assertThat(told.of(Memo.class)).containsExactly(memo);
    }

    @Test
    @DisplayName("What is owed stays in the log even if nobody takes it")
    void owedNotTaken() throws IOException {
        List<Said> said = said(judgement(RULE, 0, "ada", 12));
        try (StoreLog log = open()) {
            log.said(said.get(0), true);
            log.mark(1, true);
        }
        try (StoreLog log = open(200, to -> {})) {
            for (int i = 0; i < 20; i++) {
                log.batch(batch("s", i, i));
            }
            log.forgetBefore(100);
        }

        try (StoreLog log = open()) {
            assertThat(log.takeOwed()).isEqualTo(said);
        }
    }

    @Test
    @DisplayName("An entry longer than the log's longest comes back whole")
    void longEntry() throws IOException {
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            items.add(new Item(
                    2_000,
                    Optional.of(KeyVaultEvent.builder(2_000, i + "x".repeat(1 << 20))
                            .build())));
        }
        LoggedBatch large = new LoggedBatch("s", Optional.empty(), Optional.empty(), "", items);
        try (StoreLog log = open(16 << 20, to -> {})) {
            log.batch(batch("s", 1, 10));
            log.batch(large);
            log.mark(1, true);
            log.batch(batch("s", 3, 5_000_000));
            log.forgetBefore(1_000);
        }

        readAgain();

        assertThat(told.damage).isEmpty();
        assertThat(told.of(LoggedBatch.class)).contains(large);
    }

    @Test
    @DisplayName("A full disk refuses a batch; steps and acknowledgements wait, in their order")
    void fullDisk() throws IOException {
        List<Said> said = said(judgement(RULE, 0, "ada", 12), judgement(RULE, 0, "eve", 12));
        try (StoreLog log = open()) {
            log.batch(batch("s", 1, 1));
            disk.room = 0;
            assertThatThrownBy(() -> log.batch(batch("s", 2, 2))).isInstanceOf(IOException.class);
            said.forEach(message -> log.said(message, true));
            assertThatThrownBy(() -> log.mark(2, true)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> log.acknowledged(said.get(0).id(), AlertStage.ON_TIME, 0))
                    .isInstanceOf(IOException.class);
            for (int i = 3; i < 100; i++) {
                long now = i;
                assertThatThrownBy(() -> log.mark(now, true)).isInstanceOf(IOException.class);
            }
            disk.mend();
            log.batch(batch("s", 3, 3));
        }

        try (StoreLog log = open()) {
            assertThat(told.damage).isEmpty();
            assertThat(log.takeOwed()).containsExactly(said.get(1));
            assertThat(told.of(LogTold.Mark.class)).hasSize(3).last().isEqualTo(new LogTold.Mark(99, true));
            assertThat(told.all).last().isEqualTo(batch("s", 3, 3));
        }
    }

    @Test
    @DisplayName("An unfinished entry is cut and told; what was before it is read")
    void torn() throws IOException {
        try (StoreLog log = open()) {
            log.batch(batch("s", 1, 1));
            log.mark(2, true);
        }
        try (FileChannel file = FileChannel.open(segments().get(0), StandardOpenOption.WRITE)) {
            file.truncate(file.size() - 1);
        }

        readAgain();

        assertThat(told.damage).singleElement().asString().contains("unfinished");
        assertThat(told.all).last().isEqualTo(batch("s", 1, 1));
    }

    @Test
    @DisplayName("A rule that can't be read costs its alerts, not the rest")
    void unreadableRule() throws IOException {
        List<Said> said = said(judgement(RULE, 0, "ada", 12));
        try (StoreLog log = open()) {
            log.said(said.get(0), true);
            log.mark(1, true);
        }
        LogTold strict = new LogTold(RULE.rule()) {
            @Override
            public dev.vaultwatch.rule.Rule rule(String id, String json, String epl) {
                throw new IllegalArgumentException("of another version");
            }
        };
        try (StoreLog log = new StoreLog(folder(), FsyncPolicy.NEVER, strict, to -> {})) {
            assertThat(log.takeOwed()).isEmpty();
        }

        assertThat(strict.damage).anySatisfy(what -> assertThat(what).contains("edition of rule " + RULE.id()));
        assertThat(strict.of(LogTold.Mark.class)).last().isEqualTo(new LogTold.Mark(1, true));
    }

    @Test
    @DisplayName("A log of the version before is refused, and left as it is")
    void oldVersion() throws IOException {
        try (StoreLog log = open()) {
            log.batch(batch("s", 1, 1));
        }
        byte[] bytes = Files.readAllBytes(segments().get(0));
        bytes[SegmentLog.VERSION_AT + 3] = 1;
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(bytes, 0, SegmentLog.HEADER_CRC_AT);
        java.nio.ByteBuffer.wrap(bytes).putInt(SegmentLog.HEADER_CRC_AT, (int) crc.getValue());
        Files.write(segments().get(0), bytes);

        assertThatThrownBy(this::readAgain)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has version 1, and this program reads version 2");
        assertThat(Files.readAllBytes(segments().get(0))).isEqualTo(bytes);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    @DisplayName("Only the owner can read the folder and its files")
    void permissions() throws IOException {
        try (StoreLog log = open()) {
            log.batch(batch("s", 1, 1));
            try (Stream<Path> files = Files.walk(folder())) {
                assertThat(files)
                        .hasSize(4)
                        .allSatisfy(
                                path -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                                        .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------"));
            }
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    @DisplayName("A link in the folder is refused, and what it leads to is left alone")
    void links() throws IOException {
        Path victim = Files.writeString(parent.resolve("victim"), "precious");
        for (String name : List.of("owner", "lock", "0000000001.segment")) {
            Files.createDirectories(folder());
            Path link = Files.createSymbolicLink(folder().resolve(name), victim);

            assertThatThrownBy(this::readAgain)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(link + " is a symbolic link");
            assertThat(victim).hasContent("precious");
            Files.delete(link);
        }
        Files.createSymbolicLink(folder().resolve("owner"), parent.resolve("nowhere"));
        assertThatThrownBy(this::readAgain).isInstanceOf(IOException.class).hasMessageContaining("symbolic link");
        assertThat(parent.resolve("nowhere")).doesNotExist();
    }
}
