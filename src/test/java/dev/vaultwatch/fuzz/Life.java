package dev.vaultwatch.fuzz;

import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.LateEvent;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.fuzz.Scenario.Listener;
import dev.vaultwatch.fuzz.Scenario.Memory;
import dev.vaultwatch.fuzz.Scenario.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One plugin, until it is killed or closed, and what it says. Its own threads may call back at any time. */
final class Life {
    private static final DetectionPluginFactory FACTORY =
            ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
    private static final Pattern LIMITED =
            Pattern.compile("In the window of (\\S+) rule (\\S+) did not see \\d+ events.*");
    private static final Pattern MARK = Pattern.compile("00000000-0000-4000-8000-(\\d{12})");

    final int number;
    final DetectionPlugin plugin;
    final Map<Integer, Source> sources = new HashMap<>();
    private final Scenario scenario;
    private final Account account;
    private final Map<String, FuzzRule> rules;
    private final Path journal;
    private final Path copy;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Queue<Runnable> owed = new ArrayDeque<>();
    private final Set<Integer> lateNow = new HashSet<>();
    private final Set<Integer> badNow = new HashSet<>();
    private int step;
    private int callbacks;
    private int unacknowledged;
    private int killAt = -1;
    private boolean killHeard;
    private boolean dead;
    private boolean patient;
    private boolean closing;

    /**
     * @param rules every rule that there is in the scenario, by id
     * @param copy where the journal is copied to when the process is killed
     */
    Life(
            int number,
            Scenario scenario,
            Account account,
            Map<String, FuzzRule> rules,
            AtomicLong clock,
            Path ruleFolder,
            Path cache,
            Path journal,
            Path copy) {
        this.number = number;
        this.scenario = scenario;
        this.account = account;
        this.rules = rules;
        this.journal = journal;
        this.copy = copy;
        Settings settings = scenario.settings();
        PluginContext.Builder context = PluginContext.builder()
                .config("rules.dir", ruleFolder.toString())
                .config("rules.cache-dir", cache.toString())
                .config("rules.watch", "false")
                .config("time.owner", settings.hostOwnsTime() ? "host" : "events")
                .config("time.slack", Duration.ofMillis(settings.slack()).toString())
                .config("time.lateness", Duration.ofMillis(settings.lateness()).toString())
                .config(
                        "time.idle-timeout",
                        Duration.ofMillis(settings.idleTimeout()).toString())
                .config("alerts.early", Boolean.toString(settings.early()))
                .config("alerts.cap", Boolean.toString(settings.cap()))
                .config("alerts.max-values", "100000")
                // A machine that stands still would suspend a rule.
                .config("bounds.rule-time", "PT1H")
                .config("dedupe", settings.dedupe() ? "content" : "none")
                .config("journal.fsync", settings.fsync())
                .config(settings.bounds())
                .onDeadLetter(this::onDeadLetter)
                .onLateEvent(this::onLate)
                .onNotice(this::onNotice)
                .wallClock(() -> Instant.ofEpochMilli(clock.get()));
        if (settings.memory() == Memory.JOURNAL) {
            context.config("journal.dir", journal.toString());
        }
        listen(context, settings.listener());
        this.plugin = FACTORY.create(context.build());
    }

    private void listen(PluginContext.Builder context, Listener listener) {
        switch (listener) {
            case SIMPLE, THROWS -> context.onAlert(new Simple());
            // While close() waits nobody runs the tasks: waiting longer is of no use.
            case EXECUTOR -> context.onAlert(new Simple()).deliverOn(tasks::add).config("close.timeout", "PT0.02S");
            case ACKNOWLEDGES, ACKNOWLEDGES_LATE, ACKNOWLEDGES_NEVER -> context.onAlertToAcknowledge(this::acknowledge);
        }
    }

    private final class Simple implements AlertListener {
        @Override
        public void onAlert(Alert alert) {
            hear(alert);
            acknowledged(alert);
        }

        @Override
        public void onEarly(Alert alert) {
            onAlert(alert);
        }
    }

    private synchronized void acknowledge(Alert alert, Acknowledgement acknowledgement) {
        boolean wasDead = dead;
        hear(alert);
        if (wasDead || dead) {
            return;
        }
        if (patient || scenario.settings().listener() == Listener.ACKNOWLEDGES) {
            acknowledgement.acknowledge();
            acknowledged(alert);
        } else if (scenario.settings().listener() == Listener.ACKNOWLEDGES_LATE) {
            owed.add(() -> {
                acknowledgement.acknowledge();
                acknowledged(alert);
            });
        } else {
            unacknowledged++;
        }
    }

    /** How many alerts the host has been given and will never acknowledge in this life. */
    synchronized int unacknowledged() {
        return unacknowledged;
    }

    /** An acknowledgement that comes to a closed plugin is nobody's any more; the callbacks of close() itself are in time. */
    private synchronized void acknowledged(Alert alert) {
        if (!dead && (closing || plugin.state() != PluginHealth.State.CLOSED)) {
            account.acknowledged.putIfAbsent(Message.name(alert), account.heard.size());
        }
    }

    private synchronized void hear(Alert alert) {
        if (dead) {
            return;
        }
        callbacks++;
        boolean killed = callbacks == killAt;
        boolean throwing = !killed
                && !patient
                && scenario.settings().listener() == Listener.THROWS
                && callbacks % scenario.settings().throwing() == 0;
        if (throwing) {
            throw new IllegalStateException("the listener's own trouble");
        }
        if (!killed || killHeard) {
            FuzzRule rule = Optional.ofNullable(rules.get(alert.ruleId())).orElseThrow();
            account.heard.add(Message.of(number, step, alert, rule));
        }
        if (killed) {
            die();
        }
    }

    private synchronized void onLate(LateEvent event) {
        event.fields().values().forEach(value -> marks(value, lateNow));
    }

    private synchronized void onDeadLetter(DeadLetter letter) {
        marks(letter.record(), badNow);
    }

    private static void marks(String text, Set<Integer> to) {
        Matcher matcher = MARK.matcher(text);
        while (matcher.find()) {
            to.add(Integer.parseInt(matcher.group(1)));
        }
    }

    private synchronized void onNotice(Notice notice) {
        if (!dead) {
            Matcher limit = LIMITED.matcher(notice.message());
            if (limit.matches()) {
                account.limited.add(
                        limit.group(2) + " " + Instant.parse(limit.group(1)).toEpochMilli());
            }
            account.notices.merge(notice.kind().name(), Math.max(1, notice.count()), Long::sum);
        }
    }

    synchronized void at(int newStep) {
        step = newStep;
    }

    synchronized boolean isDead() {
        return dead;
    }

    /** The events handed back as late since the last question. */
    synchronized Set<Integer> late() {
        Set<Integer> late = Set.copyOf(lateNow);
        lateNow.clear();
        return late;
    }

    /** The events handed back as bad since the last question. */
    synchronized Set<Integer> bad() {
        Set<Integer> bad = Set.copyOf(badNow);
        badNow.clear();
        return bad;
    }

    synchronized void arm(Step.Kill kill) {
        killHeard = kill.heard();
        if (kill.inCallback() == 0) {
            die();
        } else {
            killAt = callbacks + kill.inCallback();
        }
    }

    synchronized void disarm() {
        killAt = -1;
    }

    /** What the disk has now is all that there will be. */
    private void die() {
        dead = true;
        if (scenario.settings().memory() == Memory.JOURNAL) {
            Folders.copy(journal, copy);
        }
    }

    /** From now on the listener takes everything at once. */
    synchronized void bePatient() {
        patient = true;
    }

    /** Closes the plugin, as a host does that knows nothing better. */
    void close() {
        closing = true;
        plugin.close();
        closing = false;
    }

    void settle() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
        for (Runnable each = poll(); each != null; each = poll()) {
            each.run();
        }
    }

    private synchronized @Nullable Runnable poll() {
        return owed.poll();
    }

    /** Opens a source, or gives the open one. */
    Source open(int index, SourceSpec spec) {
        Source source = plugin.source(spec);
        sources.put(index, source);
        return source;
    }
}
