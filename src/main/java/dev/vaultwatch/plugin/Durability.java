package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.CapNotice;
import dev.vaultwatch.alert.DecisionLog;
import dev.vaultwatch.alert.RuleEdition;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.alert.Withheld;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.detect.Detector;
import dev.vaultwatch.detect.KeptFor;
import dev.vaultwatch.detect.SharedEvent;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.log.FsyncPolicy;
import dev.vaultwatch.log.LogReader;
import dev.vaultwatch.log.LoggedBatch;
import dev.vaultwatch.log.LoggedRules;
import dev.vaultwatch.log.LoggedSource;
import dev.vaultwatch.log.StoreLog;
import dev.vaultwatch.time.SourceClock;
import dev.vaultwatch.tuning.AlertPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plugin's memory over restarts: what is written to the log and when, and how a start goes on from it. Without a journal's
 * folder it only notes whether there is anything new. Guarded by the plugin's lock, but for what says otherwise.
 */
final class Durability implements DecisionLog {
    private static final Logger LOG = LoggerFactory.getLogger(Durability.class);

    private static final String NO_HASH = "";

    private final PluginConfig config;
    private final Logs logs;
    private @Nullable Core served;
    private @Nullable StoreLog log;
    private boolean news;
    private boolean failing;

    /** What was written last of the rules in force. */
    private @Nullable KeptFor logged;

    /** The watermark of the last step. */
    private long marked = Long.MIN_VALUE;

    /** Whether the last step left late losses of which nobody was told for certain. */
    private boolean owesLosses;

    /** How a log is opened; a test's disk has faults. */
    interface Logs {
        StoreLog open(Path folder, FsyncPolicy fsync, LogReader reader, StoreLog.Checkpoint checkpoint)
                throws IOException;
    }

    Durability(PluginConfig config, Logs logs) {
        this.config = config;
        this.logs = logs;
    }

    /** Works for that plugin from now on. */
    void serve(Core core) {
        served = core;
    }

    private Core core() {
        return Objects.requireNonNull(served, "serve() comes first");
    }

    boolean isOnDisk() {
        return config.journalFolder().isPresent();
    }

    // ---- a start

    /**
     * Opens the log, if there is to be one, and goes on where it stopped.
     *
     * @param compiler for rules that were in force then and are not any more
     * @throws UncheckedIOException if the folder can't be used
     */
    void open(Detector live, Repetitions repetitions, RuleCompiler compiler) {
        if (config.journalFolder().isEmpty()) {
            return;
        }
        Path folder = config.journalFolder().get();
        Restart restart = new Restart(core(), live, config.dedupe() ? Optional.of(repetitions) : Optional.empty());
        try {
            StoreLog opened = logs.open(folder, config.fsync(), restart, this::checkpoint);
            log = opened;
            core().desk.deliverAgain(opened.takeOwed());
            restart.end(compiler);
            endStep(live);
        } catch (IOException e) {
            throw new UncheckedIOException("The journal in " + folder + " can't be used: " + problem(e), e);
        }
    }

    /** A sentence: Java's own messages about folders are the path alone, which is said already. */
    private static String problem(IOException failure) {
        if (failure instanceof FileAlreadyExistsException) {
            return "there is a file of that name, and a folder was expected.";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission is denied.";
        }
        if (failure instanceof NoSuchFileException) {
            return "it is not there and can't be made.";
        }
        return failure.getMessage() == null ? failure + "." : failure.getMessage();
    }

    private void checkpoint(StoreLog.CheckpointWriter to) {
        for (SourceState source : core().sources()) {
            to.source(logged(source));
        }
        core().detector().ifPresent(live -> live.lateLosses().owed().forEach(to::lost));
        to.desk(core().desk);
    }

    private static LoggedSource logged(SourceState source) {
        SourceClock clock = source.clock();
        LoggedSource.State state = switch (source.life()) {
            case REVOKED -> LoggedSource.State.REVOKED;
            case CLOSED -> LoggedSource.State.CLOSED;
            case OPEN ->
                clock.status() == SourceClock.Status.IDLE ? LoggedSource.State.IDLE : LoggedSource.State.ACTIVE;
        };
        return new LoggedSource(
                source.name(), source.epoch(), source.position(), clock.greatest(), clock.watermark(), state);
    }

    // ---- what happens

    /** Writes a batch before it is fed. False if it can't be written: then it must not be fed, for a restart would not know it. */
    boolean batch(Detector live, SourceState source, Optional<OffsetRange> range, List<KeyVaultEvent> events) {
        return batch(live, source, range, events, "the batch is answered with OVERLOADED, to be sent again");
    }

    private boolean batch(
            Detector live,
            SourceState source,
            Optional<OffsetRange> range,
            List<KeyVaultEvent> events,
            String consequence) {
        StoreLog open = log;
        if (open == null) {
            return true;
        }
        List<LoggedBatch.Item> items = new ArrayList<>(events.size());
        for (KeyVaultEvent event : events) {
            items.add(new LoggedBatch.Item(event.time(), live.isUsable(event) ? Optional.of(event) : Optional.empty()));
        }
        try {
            open.batch(new LoggedBatch(source.name(), source.epoch(), range, NO_HASH, items));
        } catch (IOException e) {
            failed(e, consequence);
            giveBackSpace(open, live);
            return false;
        }
        boolean safe = false;
        try {
            open.commit();
            safe = true;
        } catch (IOException e) {
            failed(e, "what was written may not survive a power loss");
        }
        if (safe) {
            failing = false;
        }
        return true;
    }

    /** Writes what was taken over from another owner: a restart must know it, too. */
    void takenOver(Detector live, List<SharedEvent> events) {
        Map<String, List<KeyVaultEvent>> bySource = new LinkedHashMap<>();
        events.forEach(shared -> bySource.computeIfAbsent(shared.source(), name -> new ArrayList<>())
                .add(shared.event()));
        bySource.forEach((name, its) -> batch(
                live,
                core().lender(name),
                Optional.empty(),
                its,
                "events that were taken over from another owner are lost to a restart"));
    }

    /** Something was counted that a restart could not count again. */
    void note() {
        news = true;
    }

    /** Whether anything was decided since the last step ended. */
    boolean hasNews() {
        return news;
    }

    /** A source was opened, or its life has changed. */
    void changed(SourceState source) {
        news = true;
        if (log != null) {
            log.source(logged(source));
        }
    }

    /** Takes down which rules are in force, and how far back each has its events: a restart must know. */
    private void inForce(Detector live, StoreLog open) {
        KeptFor kept = live.keptFor();
        if (kept.equals(logged)) {
            return;
        }
        logged = kept;
        List<LoggedRules.One> rules = new ArrayList<>();
        for (CompiledRule rule : kept.rules().rules()) {
            KeptFor.Since since =
                    Objects.requireNonNull(kept.since().get(rule.rule().id()), "a rule without a track");
            rules.add(new LoggedRules.One(
                    RuleEdition.of(rule.rule(), rule.rule().json()),
                    rule.exclusions(),
                    since.isFromNext(),
                    since.time()));
        }
        open.inForce(new LoggedRules(rules, kept.keepAll()));
    }

    /** Ends a step: what was decided is written, and marked as all there is to decide. */
    void endStep(Detector live) {
        news = false;
        StoreLog open = log;
        if (open == null) {
            return;
        }
        try {
            inForce(live, open);
            live.lateLosses().takeChanges(open::lossesTold, open::lost);
            owesLosses = !live.lateLosses().owed().isEmpty();
            open.counters(core().meters.persistent(core()));
            marked = live.closedTo().orElse(Long.MIN_VALUE);
            live.lateSince().ifPresent(open::lateSince);
            live.settledTo().ifPresent(open::settled);
            open.mark(marked, !live.hasLate());
            open.commit();
        } catch (IOException e) {
            failed(e, "alerts raised now may come again after a crash, under the same id, stage and revision");
        }
        giveBackSpace(open, live);
    }

    /** Gives back what no window needs any more; if that fails, it is tried again with the next step. */
    private void giveBackSpace(StoreLog open, Detector live) {
        OptionalLong needed = live.neededSince();
        if (needed.isPresent()) {
            try {
                open.forgetBefore(needed.getAsLong());
            } catch (IOException e) {
                failed(e, "the space of settled windows is not given back yet");
            }
        }
    }

    /** The host has an alert; called by whichever thread acknowledges it, without the lock. */
    void acknowledged(Alert alert) {
        if (!isOnDisk()) {
            return;
        }
        Core core = core();
        core.lock();
        try {
            if (log != null) {
                log.acknowledged(alert.id(), alert.stage(), alert.revision());
            }
        } catch (IOException e) {
            failed(e, "after a crash the alert may be delivered again, under the same id, stage and revision");
        } finally {
            core.unlock();
        }
    }

    private void failed(IOException thrown, String consequence) {
        if (!failing) {
            failing = true;
            String message = "The journal in "
                    + config.journalFolder().map(Object::toString).orElse("") + " can't be written ("
                    + thrown.getMessage() + "); " + consequence + ".";
            LOG.error("{} Further failures in a row are logged at DEBUG.", message, thrown);
            core().notice(Notice.of(Notice.Kind.JOURNAL, message, 1));
        } else {
            LOG.debug("The journal still can't be written; {}.", consequence, thrown);
        }
    }

    /** Space on disk, in bytes; 0 without a log. */
    long bytes() {
        return log == null ? 0 : log.bytes();
    }

    /** Gives up a log whose restore has failed. */
    void abandon() {
        StoreLog open = log;
        log = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                LOG.warn("The journal could not be closed after a failed start.", e);
            }
        }
    }

    /** Closes the log, when the last alert is out: it notes what was delivered. */
    void close() {
        Core core = core();
        core.lock();
        try {
            StoreLog open = log;
            log = null;
            if (open != null) {
                // Closed even where nothing can be written any more: its lock would stay.
                try (open) {
                    if (owesLosses && core.outbox.isIdle()) {
                        open.lossesTold();
                        open.mark(marked, true);
                    }
                }
            }
        } catch (IOException e) {
            LOG.warn("The journal could not be closed properly; what it holds is read again at the next start.", e);
        } finally {
            core.unlock();
        }
    }

    // ---- decisions of the desk

    @Override
    public void said(Said message, boolean isOwed) {
        news = true;
        if (log != null) {
            log.said(message, isOwed);
        }
    }

    @Override
    public void withheld(Withheld alert) {
        news = true;
        if (log != null) {
            log.withheld(alert);
        }
    }

    @Override
    public void noticed(CapNotice notice) {
        news = true;
        if (log != null) {
            log.noticed(notice);
        }
    }

    @Override
    public void decided(AlertPolicy.Memo memo) {
        news = true;
        if (log != null) {
            log.decided(memo);
        }
    }

    @Override
    public void forgotten(String ruleId, long anchor, String id) {
        news = true;
        if (log != null) {
            log.forgotten(ruleId, anchor, id);
        }
    }
}
