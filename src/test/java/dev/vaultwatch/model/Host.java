package dev.vaultwatch.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.model.Step.Limits;
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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Leads a scenario's life with the plugin. A killed process is one whose journal is copied at that instant and whose every
 * later word is ignored; the next one starts on the copy, and the host sends again from its last commit.
 */
final class Host {
    private static final Path SHIPPED = Path.of("epl", "excessive-secret-retrieval");

    private final Scenario scenario;
    private final Path folder;
    private final Path ruleFile;
    private final String shippedRule;
    private final List<Message> heard = new ArrayList<>();

    /** How long the segment was after each step of this life. */
    private final TreeMap<Integer, Long> lengths = new TreeMap<>();

    /**
     * How much of this life's segment is on the disk for certain: up to the last reload, which a host does not send again, and
     * the last removal of a segment, which waits for the disk.
     */
    private long untorn;

    private Optional<Path> oldest = Optional.empty();

    private Limits limits;
    private Path journal;
    private Life life;
    private int lives;
    private long tooLate;

    /** One plugin, until it is killed. */
    private final class Life implements AlertListener {
        private final int number = lives++;
        private final Optional<Path> segmentBefore = lastSegment();
        private final DetectionPlugin plugin;
        private boolean dead;
        private int callbacks;
        private Optional<Step.Kill> kill = Optional.empty();

        Life() {
            PluginContext.Builder context = PluginContext.builder()
                    .config("rules.dir", folder.resolve("rules").toString())
                    .config("rules.watch", "false")
                    .config("time.owner", scenario.hostOwnsTime() ? "host" : "events")
                    .config("time.slack", Duration.ofMillis(scenario.slack()).toString())
                    .config(
                            "time.lateness",
                            Duration.ofMillis(scenario.lateness()).toString())
                    .config("time.idle-timeout", "PT0S")
                    .config("time.max-future", "PT0S")
                    .config("alerts.early", Boolean.toString(scenario.early()))
                    .config("alerts.cap", "false")
                    .config("dedupe", scenario.source() == Scenario.Source.CONTENT ? "content" : "none")
                    .onLateEvent(event -> tooLate++)
                    .onAlert(this);
            if (scenario.journal()) {
                context.config("journal.dir", journal.toString()).config("journal.fsync", "never");
            }
            plugin = ServiceLoader.load(DetectionPluginFactory.class)
                    .findFirst()
                    .orElseThrow()
                    .create(context.build());
            plugin.start();
        }

        @Override
        public void onAlert(Alert alert) {
            callbacks++;
            if (dead) {
                return;
            }
            boolean killed = kill.isPresent() && kill.get().inCallback() == callbacks;
            if (!killed || kill.get().heard()) {
                heard.add(Message.of(number, alert));
            }
            if (killed) {
                die();
            } else if (scenario.throwing() > 0 && callbacks % scenario.throwing() == 0) {
                throw new IllegalStateException("the listener's own trouble");
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

        /** The segment that this life has begun. */
        Optional<Path> segment() {
            return lastSegment()
                    .filter(last -> !segmentBefore
                            .map(Path::getFileName)
                            .equals(Optional.of(last).map(Path::getFileName)));
        }
    }

    Host(Scenario scenario, Path folder) throws IOException {
        this.scenario = scenario;
        this.limits = scenario.limits();
        this.folder = folder;
        this.journal = Files.createDirectories(folder.resolve("journal"));
        this.shippedRule = Files.readString(SHIPPED.resolve("rule.epl"));
        Path rule = Files.createDirectories(folder.resolve("rules").resolve(SHIPPED.getFileName()));
        Files.copy(SHIPPED.resolve("rule.json"), rule.resolve("rule.json"));
        this.ruleFile = rule.resolve("rule.epl");
        write(limits);
        this.life = new Life();
    }

    private void write(Limits limits) throws IOException {
        Files.writeString(
                ruleFile,
                shippedRule
                        .replace("min_events = 10", "min_events = " + limits.events())
                        .replace("min_distinct_actions = 2", "min_distinct_actions = " + limits.actions()));
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
            Step step = steps.get(i);
            if (step instanceof Step.Kill kill) {
                life.arm(kill);
                reviveIfDead(i, i);
            } else if (step instanceof Step.Reopen) {
                life.plugin.close();
                reviveIfDead(i, i);
                life.plugin.close();
                forgetLengths();
                life = new Life();
            } else {
                take(step, i);
                reviveIfDead(i, i + 1);
            }
        }
        life.plugin.close();
        reviveIfDead(steps.size(), steps.size());
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
        int commit = Math.max(0, Math.min(done - kill.resent(), tear(kill.torn())));
        life.plugin.close();
        forgetLengths();
        life = new Life();
        for (int i = commit; i < begun; i++) {
            Step step = scenario.steps().get(i);
            if (step instanceof Step.Send || step instanceof Step.Advance) {
                take(step, i);
            }
        }
    }

    /** Cuts the journal and says which step is the first that it does not know. */
    private int tear(int bytes) throws IOException {
        Optional<Path> segment = life.segment();
        if (bytes == 0 || segment.isEmpty() || hasRemoved()) {
            return Integer.MAX_VALUE;
        }
        long left = Math.max(untorn, Files.size(segment.get()) - bytes);
        try (FileChannel file = FileChannel.open(segment.get(), StandardOpenOption.WRITE)) {
            file.truncate(left);
        }
        return lengths.entrySet().stream()
                .filter(step -> step.getValue() > left)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(Integer.MAX_VALUE);
    }

    private void take(Step step, int at) throws IOException {
        if (step instanceof Step.Send send) {
            byte[] json = Read.json(send.reads()).getBytes(StandardCharsets.UTF_8);
            Admission admission = scenario.source() == Scenario.Source.POSITIONS
                    ? life.plugin.accept(new SourcePosition("source" + at % 2, at), json)
                    : life.plugin.accept(json);
            assertThat(admission.status()).isNotEqualTo(Admission.Status.OVERLOADED);
        } else if (step instanceof Step.Advance advance) {
            life.plugin.advanceTo(Instant.ofEpochMilli(advance.to()));
        } else if (step instanceof Step.Reload reload) {
            limits = reload.limits();
            write(limits);
            assertThat(life.plugin.reload().faults()).isEmpty();
        } else if (step instanceof Step.BrokenReload broken) {
            Files.writeString(ruleFile, Files.readString(ruleFile).replace("group by upn", broken.mistake()));
            assertThat(life.plugin.reload().applied()).isFalse();
            write(limits);
        }
        if (scenario.journal() && !life.dead) {
            noteLength(step, at);
        }
    }

    private void noteLength(Step step, int at) throws IOException {
        Optional<Path> segment = life.segment();
        if (segment.isPresent()) {
            lengths.put(at, Files.size(segment.get()));
            if (step instanceof Step.Reload || hasRemoved()) {
                untorn = Files.size(segment.get());
            }
        }
        oldest = oldestSegment();
    }

    private boolean hasRemoved() {
        return oldest.isPresent() && !oldest.equals(oldestSegment());
    }

    private void forgetLengths() {
        lengths.clear();
        untorn = 0;
        oldest = oldestSegment();
    }

    private Optional<Path> lastSegment() {
        return segments().stream().max(Comparator.naturalOrder());
    }

    private Optional<Path> oldestSegment() {
        return segments().stream().min(Comparator.naturalOrder()).map(Path::getFileName);
    }

    private List<Path> segments() {
        try (Stream<Path> files = Files.list(journal)) {
            return files.filter(file -> file.toString().endsWith(".segment")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
