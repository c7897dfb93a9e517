package dev.vaultwatch.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.fuzz.FuzzRule;
import dev.vaultwatch.log.DiskUnderTest;
import dev.vaultwatch.model.Scenario.Memory;
import dev.vaultwatch.plugin.PluginOnDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Leads a scenario's life with the plugin. A killed process is one whose journal is copied at that instant and whose every
 * later word is ignored; the next one starts on the copy, and the host sends again from its last commit. Without a journal the
 * next one starts empty, and the host sends again what health() said at its last commit.
 */
final class Host {
    private static final int NONE = Integer.MAX_VALUE;

    /** Before every step: with the power goes the opening of the sources, too, if it was not forced to the disk. */
    private static final int OPENING = -1;

    /** Where the wall clock stands, but for silences. */
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

    private final Scenario scenario;
    private final Path folder;
    private final Path rules;
    private final Map<String, FuzzRule> ruleById;
    private final List<Message> heard = new ArrayList<>();

    /** Where the journal ended after each step of this life. */
    private final TreeMap<Integer, End> ends = new TreeMap<>();

    /** The first step of which the journal does not know, because its disk was full; there may be none. */
    private int untold = NONE;

    /** What health() said when so many steps were done. */
    private final TreeMap<Integer, PluginHealth> noted = new TreeMap<>();

    /** The steps that have returned. */
    private int done;

    /** How many batches the full disk is still to refuse. */
    private int refusals;

    private List<FuzzRule> inForce;

    /** What the text of the rules begins with. */
    private String edited = "";

    private Path journal;
    private Life life;
    private int lives;
    private long tooLate;

    private record End(String file, long length) {}

    /** One plugin, until it is killed. */
    private final class Life implements AlertListener {
        private final int number = lives++;
        private final DiskUnderTest disk = new DiskUnderTest();
        private final PluginOnDisk onDisk;
        private final DetectionPlugin plugin;
        private final Map<Integer, Source> sources = new HashMap<>();
        private Instant clock = NOW;

        /** What a power loss in the instant of death takes of the last file, at most. */
        private End dying = new End("", 0);

        private long forced;
        private boolean dead;
        private int callbacks;
        /** Never twice in a row: an attempt fails, and what fails for good is no matter of the model. */
        private boolean threw;

        private final Random random = new Random(number);
        private Optional<Step.Kill> kill = Optional.empty();

        Life(long room) {
            disk.leaveRoomFor(room);
            PluginContext.Builder context = PluginContext.builder()
                    .config("rules.dir", rules.toString())
                    .config("rules.watch", "false")
                    .config("time.owner", scenario.hostOwnsTime() ? "host" : "events")
                    .config("time.slack", Duration.ofMillis(scenario.slack()).toString())
                    .config(
                            "time.lateness",
                            Duration.ofMillis(scenario.lateness()).toString())
                    .config("time.idle-timeout", "PT0S")
                    .config(
                            "time.idle-retention",
                            Duration.ofMillis(scenario.retention()).toString())
                    .config("time.max-future", "PT0S")
                    .config("alerts.early", Boolean.toString(scenario.early()))
                    .config("alerts.cap", "false")
                    .config("dedupe", scenario.source() == Scenario.Source.CONTENT ? "content" : "none")
                    .onLateEvent(event -> tooLate++)
                    .wallClock(() -> clock)
                    .onAlert(this);
            if (scenario.journal()) {
                context.config("journal.dir", journal.toString());
            }
            onDisk = new PluginOnDisk(context.build(), disk);
            plugin = onDisk.plugin();
            plugin.start();
        }

        @Override
        public void onAlert(Alert alert) {
            if (dead) {
                return;
            }
            if (scenario.throwing() > 0 && !threw && random.nextInt(scenario.throwing() + 1) == 0) {
                threw = true;
                throw new IllegalStateException("the listener's own trouble");
            }
            threw = false;
            callbacks++;
            boolean killed = kill.isPresent() && kill.get().inCallback() == callbacks;
            if (!killed || kill.get().heard()) {
                heard.add(Message.of(number, alert, Objects.requireNonNull(ruleById.get(alert.ruleId()))));
            }
            if (killed) {
                die();
            }
        }

        @Override
        public void onEarly(Alert alert) {
            onAlert(alert);
        }

        void arm(Step.Kill how) {
            kill = Optional.of(how);
            callbacks = 0;
            if (how.inCallback() == 0) {
                die();
            }
        }

        /** What the disk has now is all there will be. */
        private void die() {
            dead = true;
            if (scenario.memory() == Memory.HEALTH) {
                if (kill.orElseThrow().resent() == 0) {
                    // A commit from within the callback, or by another thread meanwhile.
                    noted.put(done, plugin.health());
                }
                return;
            }
            dying = new End(disk.file(), disk.length());
            forced = disk.forcedLength();
            Path copy = folder.resolve("journal" + lives);
            try {
                Files.createDirectories(copy);
                for (Path file : segments()) {
                    Files.copy(file, copy.resolve(file.getFileName().toString()));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            journal = copy;
        }

        /** The wall clock goes on alone, and is then set back: only its distance from the last event counts. */
        void beSilentFor(long millis) {
            clock = NOW.plusMillis(millis);
            onDisk.tick();
            clock = NOW;
        }
    }

    Host(Scenario scenario, Path folder, Path rules) throws IOException {
        this.scenario = scenario;
        this.inForce = scenario.rules();
        this.ruleById = inForce.stream().collect(Collectors.toMap(FuzzRule::id, rule -> rule));
        this.folder = folder;
        this.journal = Files.createDirectories(folder.resolve("journal"));
        this.rules = rules;
        remove(rules);
        write(inForce, "");
        this.life = new Life(Long.MAX_VALUE);
        openAll();
        noted.put(0, life.plugin.health());
    }

    private void write(List<FuzzRule> those, String comment) throws IOException {
        inForce = those;
        edited = comment;
        for (FuzzRule rule : those) {
            rule.write(rules, comment);
        }
    }

    static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** As a host does that loses nothing to its fast sources. A single one opens with what it brings. */
    private void openAll() {
        for (int i = 0; i < scenario.sources() && scenario.sources() > 1; i++) {
            source(i);
        }
        ends.put(OPENING, new End(life.disk.file(), life.disk.length()));
    }

    private Source source(int index) {
        return life.sources.computeIfAbsent(index, each -> life.plugin.source(SourceSpec.of("source-" + each)));
    }

    List<Message> heard() {
        return heard;
    }

    long tooLate() {
        return tooLate;
    }

    /** Once only. */
    void live() throws IOException {
        List<Step> steps = scenario.steps();
        for (int i = 0; i < steps.size(); i++) {
            done = i;
            Step step = steps.get(i);
            if (step instanceof Step.Kill kill) {
                life.arm(kill);
                reviveIfDead(i, i);
            } else if (step instanceof Step.Reopen) {
                life.plugin.close();
                reviveIfDead(i, i);
                life.plugin.close();
                if (scenario.memory() == Memory.HEALTH) {
                    sendAgain(i, i);
                } else {
                    // What a full disk could not take is lost as in a crash.
                    revive(Math.min(i, untold), 0, i);
                }
            } else {
                take(step, i);
                reviveIfDead(i, i + 1);
            }
        }
        done = steps.size();
        life.plugin.close();
        reviveIfDead(done, done);
        life.plugin.close();
    }

    /**
     * Starts a new process in the place of a dead one.
     *
     * @param done the steps that had returned
     * @param begun the steps that had begun
     */
    private void reviveIfDead(int done, int begun) throws IOException {
        if (!life.dead) {
            return;
        }
        Step.Kill kill = life.kill.orElseThrow();
        life.plugin.close();
        if (scenario.memory() == Memory.HEALTH) {
            sendAgain(Math.max(0, done - kill.resent()), begun);
        } else {
            revive(Math.min(Math.min(done, untold), tear(kill.torn())), kill.resent(), begun);
        }
    }

    /**
     * Starts a new process with an empty plugin, and sends it what health() said, at the last commit, that it would need.
     *
     * @param done the steps that were done at the last commit
     * @param begun the steps that had begun
     */
    private void sendAgain(int done, int begun) throws IOException {
        Map.Entry<Integer, PluginHealth> commit = Objects.requireNonNull(noted.floorEntry(done));
        int committed = commit.getKey();
        PluginHealth then = commit.getValue();
        life = new Life(Long.MAX_VALUE);
        openAll();
        then.resumeAt().ifPresent(life.plugin::advanceTo);
        List<Step> steps = scenario.steps();
        for (int i = 0; i < begun; i++) {
            Step step = steps.get(i);
            boolean needed = i >= committed
                    ? step instanceof Step.Send
                            || step instanceof Step.Advance
                            || step instanceof Step.Silence
                            || step instanceof Step.Reload
                    : step instanceof Step.Send send && isNeeded(send, i, then, committed);
            if (needed) {
                take(step, i);
            }
        }
    }

    private boolean isNeeded(Step.Send send, int at, PluginHealth then, int committed) {
        if (scenario.source() == Scenario.Source.POSITIONS) {
            return at >= then.oldestPositions().getOrDefault("source-" + send.source(), (long) committed);
        }
        return then.oldestNeeded().isPresent()
                && send.reads().stream()
                        .anyMatch(
                                read -> read.time() >= then.oldestNeeded().get().toEpochMilli());
    }

    /**
     * Starts a new process, under the rules of then.
     *
     * @param known the steps that the journal knows
     * @param resent how many of these the host sends again
     * @param begun the steps that had begun
     */
    private void revive(int known, int resent, int begun) throws IOException {
        List<Step> steps = scenario.steps();
        write(scenario.rules(), "");
        for (Step step : steps.subList(0, Math.max(0, known))) {
            if (step instanceof Step.Reload reload) {
                write(reload.rules(), reload.comment());
            }
        }
        ends.clear();
        untold = NONE;
        life = new Life(life.disk.room());
        if (known < 0) {
            openAll();
        }
        for (int i = Math.max(0, known - resent); i < begun; i++) {
            Step step = steps.get(i);
            boolean ofTheHost = step instanceof Step.Send || step instanceof Step.Advance;
            boolean ofTheWorld =
                    step instanceof Step.Silence || step instanceof Step.Reload || step instanceof Step.Idle;
            if (ofTheHost || (ofTheWorld && i >= known)) {
                take(step, i);
            }
        }
    }

    /** Cuts from the journal what was not forced to the disk, at most, and says which step is the first that it does not know. */
    private int tear(int bytes) throws IOException {
        String file = life.dying.file();
        long left = Math.max(life.forced, life.dying.length() - bytes);
        // A segment that the full disk did not let begin is gone again.
        boolean isThere = !file.isEmpty() && Files.exists(journal.resolve(file));
        if (bytes == 0 || !isThere || left >= life.dying.length()) {
            return NONE;
        }
        try (FileChannel channel = FileChannel.open(journal.resolve(file), StandardOpenOption.WRITE)) {
            channel.truncate(left);
        }
        return ends.entrySet().stream()
                .filter(step ->
                        step.getValue().file().equals(file) && step.getValue().length() > left)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(NONE);
    }

    private void take(Step step, int at) throws IOException {
        boolean written = false;
        if (step instanceof Step.Send send) {
            Admission admission = offer(send, at);
            while (admission.status() == Admission.Status.OVERLOADED) {
                assertThat(life.disk.hasRefused()).isTrue();
                if (refusals-- <= 0) {
                    life.disk.mend();
                }
                admission = offer(send, at);
            }
            // The plugin's promise: what it took, and all that waited for space before it, is on the disk.
            written = admission.kept() + admission.late() > 0;
        } else if (step instanceof Step.Advance advance) {
            life.plugin.advanceTo(Instant.ofEpochMilli(advance.to()));
        } else if (step instanceof Step.Idle idle) {
            source(idle.source()).idle();
        } else if (step instanceof Step.Silence silence) {
            life.beSilentFor(silence.millis());
        } else if (step instanceof Step.FullDisk full) {
            life.disk.leaveRoomFor(full.room());
            refusals = full.refusals();
        } else if (step instanceof Step.Reload reload) {
            write(reload.rules(), reload.comment());
            assertThat(life.plugin.reload().faults()).isEmpty();
        } else if (step instanceof Step.BrokenReload broken) {
            Path file = rules.resolve(inForce.get(0).id()).resolve("rule.epl");
            Files.writeString(file, Files.readString(file).replaceAll("(?m)^from .*|select time.*", broken.mistake()));
            assertThat(life.plugin.reload().applied()).isFalse();
            write(inForce, edited);
        }
        if (scenario.memory() == Memory.HEALTH && !life.dead) {
            noted.put(at + 1, life.plugin.health());
        }
        if (scenario.journal() && !life.dead) {
            ends.put(at, new End(life.disk.file(), life.disk.length()));
            untold = written || !life.disk.hasRefused() ? NONE : Math.min(untold, at);
        }
    }

    /** One call, by a host that writes into its buffer again as soon as the call has returned. */
    private Admission offer(Step.Send send, int at) {
        byte[] json = Read.json(send.reads()).getBytes(StandardCharsets.UTF_8);
        Admission admission;
        if (scenario.source() == Scenario.Source.POSITIONS) {
            admission = life.plugin.accept(new SourcePosition("source-" + send.source(), at), json);
        } else {
            admission = scenario.sources() > 1 ? source(send.source()).accept(json) : life.plugin.accept(json);
        }
        Arrays.fill(json, (byte) '#');
        return admission;
    }

    private List<Path> segments() {
        try (Stream<Path> files = Files.list(journal)) {
            return files.filter(file -> file.toString().endsWith(".segment")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
