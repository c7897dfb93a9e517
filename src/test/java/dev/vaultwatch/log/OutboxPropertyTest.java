package dev.vaultwatch.log;

import static dev.vaultwatch.alert.Judgements.START;
import static dev.vaultwatch.alert.Judgements.judgement;
import static dev.vaultwatch.alert.Judgements.key;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.CapNotice;
import dev.vaultwatch.alert.CapState;
import dev.vaultwatch.alert.DecisionLog;
import dev.vaultwatch.alert.Judgement;
import dev.vaultwatch.alert.Judgements;
import dev.vaultwatch.alert.Listeners;
import dev.vaultwatch.alert.Outbox;
import dev.vaultwatch.alert.RuleEdition;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.alert.Withheld;
import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.log.SegmentFaultTest.FaultyDisk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Desk, outbox and log together, killed at random bytes. The oracle is a desk that nobody kills: the host of the killed one must
 * be given each of its messages at least once, and no other.
 */
@DisplayName("Desk, outbox and log under random kills")
class OutboxPropertyTest {
    private static final int RUNS = Integer.getInteger("vaultwatch.outbox.runs", 300);
    private static final int OPS = 80;
    private static final long MINUTE = 60_000;

    @TempDir
    Path parent;

    /** One call of a host: what it brings, and what rules make of it. */
    private record Op(long time, List<Step> steps) {}

    private interface Step {
        void apply(AlertDesk desk);
    }

    /** What a host may ever see of an alert. */
    private static String text(Alert alert) {
        return alert.id() + " " + alert.groupingKey() + " " + alert.windowStart() + " " + alert.stage() + " "
                + alert.revision() + " " + alert.outputs();
    }

    @Test
    @DisplayName(
            "Every message of the undisturbed run is delivered, with the same id, stage and revision; none is another")
    void kills() throws IOException {
        for (int run = 0; run < RUNS; run++) {
            new Case(20_261_125L + run).run();
        }
    }

    private final class Case {
        private final long seed;
        private final Random random;
        private final RuleEdition rule;
        private final long segmentBytes;
        private final Path folder;
        private final List<Op> ops;
        private final TreeSet<String> given = new TreeSet<>();

        private Case(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            this.rule = Judgements.rule(1 + random.nextInt(4));
            this.segmentBytes = 200L + random.nextInt(20_000);
            this.folder = parent.resolve("run" + seed);
            this.ops = ops();
        }

        private List<Op> ops() {
            List<Op> all = new ArrayList<>();
            int minute = 0;
            for (int i = 0; i < OPS; i++) {
                List<Step> steps = new ArrayList<>();
                int dice = random.nextInt(10);
                if (dice < 4) {
                    Judgement found = judgement(rule, minute, user(), 10 + random.nextInt(3));
                    steps.add(desk -> desk.early(found));
                } else if (dice < 8) {
                    List<Judgement> found = new ArrayList<>();
                    for (int user = 0; user < 12; user++) {
                        if (random.nextInt(4) == 0) {
                            found.add(judgement(rule, minute, "u" + user, 10 + random.nextInt(3)));
                        }
                    }
                    long start = START + minute * MINUTE;
                    minute++;
                    steps.add(desk -> close(desk, start, found));
                } else if (minute > 0) {
                    int late = Math.max(0, minute - 1 - random.nextInt(5));
                    String user = user();
                    if (random.nextBoolean()) {
                        Judgement found = judgement(rule, late, user, 10 + random.nextInt(3));
                        steps.add(desk -> desk.revised(found));
                    } else {
                        steps.add(desk -> desk.retract(rule, key(user), START + late * MINUTE, ""));
                    }
                }
                all.add(new Op(START + minute * MINUTE, steps));
            }
            return all;
        }

        private String user() {
            return "u" + random.nextInt(12);
        }

        private void close(AlertDesk desk, long start, List<Judgement> found) {
            desk.closed(found);
            for (Said each : desk.said(rule.id(), start)) {
                if (each.stage() == AlertStage.EARLY) {
                    desk.retract(rule, each.key(), start, each.discriminator());
                }
            }
            desk.closedBefore(rule, start + MINUTE);
            desk.settledBefore(rule.id(), start - 20 * MINUTE, Set::of);
        }

        /** A life of the plugin: from an open log to a kill. */
        private final class Life implements DecisionLog {
            private final FaultyDisk disk = new FaultyDisk();
            private final AtomicLong millis = new AtomicLong();
            private final List<Acknowledgement> open = new ArrayList<>();
            private final boolean isLast;

            private final Outbox outbox;
            private final AlertDesk desk;
            private final StoreLog log;
            private @Nullable StoreLog logging;
            private String removedWith = "";
            private long removedAt;
            private int taken = -1;
            private int done = -1;

            private Life(boolean isLast) throws IOException {
                this.isLast = isLast;
                disk.quick = true;
                outbox = new Outbox(
                        new Listeners(this::hear, notice -> {}),
                        Optional.empty(),
                        this::acknowledged,
                        () -> {},
                        () -> millis.get() * 1_000_000);
                desk = new AlertDesk(outbox, this, true, true, 100);
                log = new StoreLog(
                        folder, FsyncPolicy.NEVER, reader(), to -> to.desk(desk), disk, () -> 0, segmentBytes);
                desk.deliverAgain(log.takeOwed());
                logging = log;
                for (int op = done + 1; op <= taken; op++) {
                    apply(op);
                }
                outbox.deliver();
            }

            private LogReader reader() {
                return new LogTold(rule.rule()) {
                    @Override
                    public void batch(LoggedBatch batch) {
                        taken = (int) batch.range().orElseThrow().last();
                    }

                    @Override
                    public void mark(long watermark, boolean isLateJudged) {
                        done = watermark == Long.MIN_VALUE ? -1 : (int) watermark;
                        taken = Math.max(taken, done);
                    }

                    @Override
                    public void said(Said message, boolean isOwed) {
                        desk.restore(message, isOwed);
                    }

                    @Override
                    public void withheld(Withheld alert) {
                        desk.restore(alert);
                    }

                    @Override
                    public void decided(dev.vaultwatch.tuning.AlertPolicy.Memo memo) {
                        desk.restore(memo);
                    }

                    @Override
                    public void noticed(CapNotice notice) {
                        desk.restore(notice);
                    }

                    @Override
                    public void caps(CapState state) {
                        desk.restore(state);
                    }

                    @Override
                    public void damaged(String what) {
                        assertThat(what).as("seed %s", seed).contains("unfinished entry");
                    }
                };
            }

            private void hear(Alert alert, Acknowledgement receipt) {
                given.add(text(alert));
                int dice = isLast ? 0 : random.nextInt(4);
                if (dice < 2) {
                    receipt.acknowledge();
                } else if (dice == 2) {
                    open.add(receipt);
                } else {
                    throw new IllegalStateException();
                }
            }

            private void acknowledged(Alert alert) {
                try {
                    log.acknowledged(alert.id(), alert.stage(), alert.revision());
                } catch (IOException e) {
                    assertThat(disk.refused).as("seed %s", seed).isTrue();
                }
            }

            /** False if the disk is full and the host must come again. */
            private boolean take(int number) {
                Op op = ops.get(number);
                boolean isFull = !isLast && random.nextInt(15) == 0;
                if (isFull) {
                    disk.room = random.nextInt(2_000);
                }
                try {
                    log.batch(new LoggedBatch(
                            "s",
                            Optional.empty(),
                            Optional.of(OffsetRange.at(number)),
                            "",
                            List.of(new LoggedBatch.Item(
                                    op.time(),
                                    Optional.of(KeyVaultEvent.builder(op.time(), "SecretGet")
                                            .build())))));
                } catch (IOException e) {
                    disk.mend();
                    return false;
                }
                taken = number;
                apply(number);
                disk.mend();
                return true;
            }

            private void apply(int number) {
                ops.get(number).steps().forEach(step -> step.apply(desk));
                try {
                    log.mark(number, true);
                    log.commit();
                } catch (IOException e) {
                    assertThat(disk.refused).as("seed %s", seed).isTrue();
                }
            }

            private void live(int until) throws IOException {
                while (taken + 1 < until) {
                    take(taken + 1);
                    millis.addAndGet(random.nextInt(300));
                    outbox.tick();
                    if (!open.isEmpty() && random.nextBoolean()) {
                        open.remove(random.nextInt(open.size())).acknowledge();
                    }
                    if (random.nextInt(6) == 0) {
                        String before = firstSegment();
                        log.forgetBefore(ops.get(Math.max(0, taken)).time() - 5 * MINUTE);
                        if (!firstSegment().equals(before)) {
                            removedWith = disk.file;
                            removedAt = disk.length;
                        }
                    }
                }
            }

            /** Cuts what was written last at a random byte, but nothing on which a removal rested. */
            private void kill() throws IOException {
                log.close();
                logging = null;
                if (!disk.file.isEmpty() && random.nextInt(3) > 0) {
                    Path file = folder.resolve(disk.file);
                    long least = disk.file.equals(removedWith) ? removedAt : 0;
                    long size = Files.exists(file) ? Files.size(file) : 0;
                    if (size > least) {
                        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                            channel.truncate(least + random.nextLong(size - least + 1));
                        }
                    }
                }
            }

            @Override
            public void said(Said message, boolean isOwed) {
                logging().said(message, isOwed);
            }

            @Override
            public void withheld(Withheld alert) {
                logging().withheld(alert);
            }

            @Override
            public void decided(dev.vaultwatch.tuning.AlertPolicy.Memo memo) {
                logging().decided(memo);
            }

            @Override
            public void noticed(CapNotice notice) {
                logging().noticed(notice);
            }

            @Override
            public void forgotten(String ruleId, long anchor, String id) {
                logging().forgotten(ruleId, anchor, id);
            }

            private StoreLog logging() {
                assertThat(logging)
                        .as("nothing is decided while the log is read")
                        .isNotNull();
                return log;
            }
        }

        private String firstSegment() throws IOException {
            try (Stream<Path> files = Files.list(folder)) {
                return files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".segment"))
                        .min(Comparator.naturalOrder())
                        .orElse("");
            }
        }

        void run() throws IOException {
            TreeSet<String> expected = new TreeSet<>();
            Outbox undisturbed = new Outbox(new Listeners((alert, receipt) -> expected.add(text(alert)), notice -> {}));
            AlertDesk oracle = new AlertDesk(undisturbed, DecisionLog.NONE, true, true, 100);
            ops.forEach(op -> op.steps().forEach(step -> step.apply(oracle)));
            undisturbed.deliver();

            for (int lives = random.nextInt(6); lives > 0; lives--) {
                Life life = new Life(false);
                life.live(random.nextInt(OPS + 1));
                life.kill();
            }
            Life last = new Life(true);
            last.live(OPS);
            for (int i = 0; i < 20; i++) {
                last.open.forEach(Acknowledgement::acknowledge);
                last.millis.addAndGet(10_000);
                last.outbox.tick();
            }

            assertThat(given).as("seed %s", seed).isEqualTo(expected);
            assertThat(last.desk.alerts(rule.id())).as("seed %s", seed).isEqualTo(oracle.alerts(rule.id()));
            assertThat(last.desk.withheld(rule.id())).as("seed %s", seed).isEqualTo(oracle.withheld(rule.id()));
            assertThat(last.desk.retracted(rule.id())).as("seed %s", seed).isEqualTo(oracle.retracted(rule.id()));
            last.log.close();
            Life after = new Life(true);
            assertThat(after.outbox.waiting())
                    .as("seed %s: owed after all was acknowledged", seed)
                    .isZero();
            after.log.close();
            deleteFolder();
        }

        private void deleteFolder() throws IOException {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
