package dev.vaultwatch.tool.cases;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.ReloadResult;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.SourcePosition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Feeds the records of one case to a plugin, through the interface that hosts use, and collects what it says. Time is what the records
 * say: the wall clock stands at the arrival of the record at hand, and nothing waits.
 *
 * <p>Used once, by one thread.
 */
final class CaseRun implements InstantSource {
    private static final String SOURCE = "case";

    /** Records of a shuffled run are late by so much at most, which is well inside the default of {@code time.lateness}. */
    private static final int SHUFFLE_SECONDS = 240;

    private static final long SHUFFLE_SEED = 42;

    /** Longer than the longest window, its quiet time and the greatest lateness together: then nothing can change any more. */
    private static final Duration AFTERWARDS = Duration.ofHours(24 + 24 + 24 + 1);

    /** What says that a rule's answer is none. */
    private static final Set<Notice.Kind> UNFIT = Set.of(Notice.Kind.RULE_FAILED, Notice.Kind.RULE_SUSPENDED);

    private final RuleCase its;
    private final Path ruleFolder;
    private final Path scratch;
    private final DetectionPluginFactory factory;
    private final Outcome outcome = new Outcome();
    private Instant now = Instant.EPOCH;
    private @Nullable DetectionPlugin plugin;

    /** A record, when it comes, and whether time has gone on meanwhile. */
    private record Arrival(Instant at, CaseEvent event, boolean late) {}

    /**
     * Prepares a run.
     *
     * @param ruleFolder the rule to run, which may be a changed copy of the case's own
     * @param scratch a folder for journals, which the caller deletes
     * @param factory makes the plugin; rules that it has compiled once it does not compile again
     */
    CaseRun(RuleCase its, Path ruleFolder, Path scratch, DetectionPluginFactory factory) {
        this.factory = factory;
        this.its = its;
        this.ruleFolder = ruleFolder;
        this.scratch = scratch;
    }

    @Override
    public Instant instant() {
        return now;
    }

    /**
     * Runs the case.
     *
     * @throws RuleException if the rule can't run
     * @throws UncheckedIOException if the scratch folder can't be used
     */
    Outcome run(Disturbance disturbance) {
        boolean restarts = disturbance instanceof Disturbance.Restart;
        Optional<Path> journal = restarts ? Optional.of(newFolder("journal")) : Optional.empty();
        List<Arrival> arrivals = arrivals(disturbance);
        boolean disturbed = false;
        long offset = 0;
        try {
            DetectionPlugin running = start(journal, arrivals.get(0).at());
            for (Arrival arrival : arrivals) {
                now = arrival.at();
                if (!disturbed && disturbance instanceof Disturbance.Reload reload && !now.isBefore(reload.at())) {
                    disturbed = true;
                    reload(running);
                }
                if (!disturbed && disturbance instanceof Disturbance.Restart restart && !now.isBefore(restart.at())) {
                    disturbed = true;
                    running.close();
                    running = start(journal, now);
                }
                if (arrival.late()) {
                    running.advanceTo(now);
                }
                offset++;
                feed(running, offset, arrival.event());
                if (disturbance instanceof Disturbance.Duplicate) {
                    feed(running, offset, arrival.event());
                }
            }
            running.advanceTo(now.plus(AFTERWARDS));
        } finally {
            if (plugin != null) {
                plugin.close();
            }
        }
        return outcome;
    }

    private Path newFolder(String name) {
        try {
            return Files.createTempDirectory(scratch, name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path write(String tuning) {
        try {
            return Files.writeString(newFolder("tuning").resolve("tuning.json"), tuning);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a plugin needs that runs one rule, with no thread of its own: what is said depends on the case alone. */
    static PluginContext.Builder context(Path ruleFolder) {
        return PluginContext.builder()
                .config("rules.dir", ruleFolder.toString())
                .config("rules.watch", "false")
                .config("rules.enabled", "*")
                .config("time.idle-timeout", "PT0S");
    }

    private DetectionPlugin start(Optional<Path> journal, Instant at) {
        now = at;
        PluginContext.Builder context = context(ruleFolder)
                .config(its.config())
                .wallClock(this)
                .onDeadLetter(letter -> outcome.fault("A record can't be read: " + letter.problem()))
                .onLateEvent(late -> outcome.fault(
                        "The record of " + late.eventTime() + " was dropped as late, by " + late.lateness() + "."))
                .onNotice(this::told)
                .onAlert(new AllStages(outcome));
        its.tuning()
                .ifPresent(tuning ->
                        context.config("rules.tuning", write(tuning.text()).toString()));
        journal.ifPresent(
                folder -> context.config("journal.dir", folder.toString()).config("journal.fsync", "never"));
        DetectionPlugin started = factory.create(context.build());
        plugin = started;
        started.start();
        if (its.tuning().isEmpty() && !started.health().rules().contains(its.ruleId())) {
            outcome.fault("The rule does not run with this \"config\", so that nothing was tested.");
        }
        return started;
    }

    /** A rule that fails finds nothing, as one does that has nothing to find: a case must ask for it to mean it. */
    private void told(Notice notice) {
        boolean asked = its.notices().contains(notice.kind());
        if (UNFIT.contains(notice.kind()) && !asked && !outcome.notices().contains(notice.kind())) {
            outcome.fault(notice.kind() + ": " + notice.message());
        }
        outcome.told(notice.kind());
    }

    private void reload(DetectionPlugin running) {
        ReloadResult result = running.reload();
        result.faults().forEach(fault -> outcome.fault("The reload was refused: " + fault));
    }

    private void feed(DetectionPlugin running, long offset, CaseEvent event) {
        Admission admission =
                running.accept(new SourcePosition(SOURCE, offset), event.json().getBytes(StandardCharsets.UTF_8));
        if (admission.status() == Admission.Status.OVERLOADED) {
            outcome.fault("The record of " + event.time() + " was not taken: the plugin is overloaded.");
        }
    }

    private List<Arrival> arrivals(Disturbance disturbance) {
        List<CaseEvent> events = its.events().stream()
                .sorted(Comparator.comparing(CaseEvent::time))
                .toList();
        List<Arrival> arrivals = new ArrayList<>();
        Random random = new Random(SHUFFLE_SEED);
        for (int i = 0; i < events.size(); i++) {
            CaseEvent event = events.get(i);
            Instant at = event.time();
            boolean late = false;
            if (disturbance instanceof Disturbance.Late delay && i >= events.size() - delay.records()) {
                at = at.plus(delay.by());
                late = true;
            } else if (disturbance instanceof Disturbance.Shuffled) {
                at = at.plusSeconds(random.nextInt(SHUFFLE_SECONDS));
            }
            arrivals.add(new Arrival(at, event, late));
        }
        arrivals.sort(Comparator.comparing(Arrival::at));
        return arrivals;
    }
}
