package dev.vaultwatch.flink;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.ReloadResult;
import dev.vaultwatch.api.Snapshot;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/**
 * A subtask's plugins, one per grouping key: every event of a key comes to one subtask, so the rules with that grouping key see
 * all that they count. Used by the task's thread alone, on which the plugins' callbacks run, too.
 *
 * <p>Form of a key group's state: version (byte 3) · watermark (long) · number of plugins (int) · each: grouping, snapshot ·
 * number of waiting records (int) · each: length (int) and UTF-8 of its key, grouping, time (long), length (int), record. A
 * grouping is as {@link DataOutputStream#writeUTF} writes it; a key may be longer than that can.
 */
final class SubtaskPlugins implements AutoCloseable {
    private static final int VERSION = 3;

    /** How far time is moved at once where nothing but room matters: a small part of the shortest usual window. */
    private static final long STEP_MILLIS = 10_000;

    private final Setup setup;
    private final DetectionPluginFactory factory;
    private final AlertFormat format;
    private final int subtask;
    private final Map<String, DetectionPlugin> plugins = new TreeMap<>();

    /** Taken and not emitted yet: a plugin would take an exception of Flink's for the listener's. */
    private final List<Consumer<Outputs>> raised = new ArrayList<>();

    /** Refused by a plugin that has too many events ahead of the watermark, in order. */
    private final Deque<RoutedRecord> waiting = new ArrayDeque<>();

    /** By grouping, how many events a notice has said are in no checkpoint. */
    private final Map<String, Long> toldCut = new HashMap<>();

    private long watermark = Long.MIN_VALUE;

    /** The rules that took over from those of the configuration. */
    private Optional<RuleFolder> rules = Optional.empty();

    /** Where what plugins raise goes; on the task's thread. */
    interface Outputs {
        /**
         * An alert.
         *
         * @param time milliseconds; ahead of the watermark that was emitted last
         */
        void alert(DetectedAlert alert, long time);

        void late(LateRecord event);

        void deadLetter(DeadLetter letter);

        void notice(SubtaskNotice notice);

        void rules(RuleOutcome outcome);
    }

    SubtaskPlugins(Setup setup, DetectionPluginFactory factory, int subtask) {
        this.setup = setup;
        this.factory = factory;
        this.format = AlertFormat.named(setup.format());
        this.subtask = subtask;
    }

    /** Emits what was raised since the last time. */
    void emit(Outputs outputs) {
        if (!raised.isEmpty()) {
            raised.forEach(each -> each.accept(outputs));
            raised.clear();
        }
    }

    boolean hasRaised() {
        return !raised.isEmpty();
    }

    /** How many records wait for time to move. */
    int waiting() {
        return waiting.size();
    }

    // ---- events and time

    void take(RoutedRecord record) {
        if (record.isDead()) {
            DeadLetter letter = record.letter();
            raised.add(outputs -> outputs.deadLetter(letter));
        } else if (!waiting.isEmpty() || !offer(record)) {
            waiting.add(record);
        }
    }

    private boolean offer(RoutedRecord record) {
        return plugin(record.grouping()).accept(record.json()).status() != Admission.Status.OVERLOADED;
    }

    /**
     * Moves time.
     *
     * @param mark as Flink's: nothing of that time or before it comes any more, but for what is late; the greatest of numbers at
     *     the end of the input
     */
    void advanceTo(long mark) {
        watermark = Math.max(watermark, mark);
        plugins.values().forEach(this::catchUp);
        while (!waiting.isEmpty() && offer(waiting.getFirst())) {
            waiting.removeFirst();
        }
        if (mark == Long.MAX_VALUE) {
            takeLast();
            plugins.values().forEach(DetectionPlugin::endOfInput);
        }
    }

    /**
     * Takes what waits at the end of the input: a bounded source may bring more than a plugin holds before time moves at all. In the
     * order of time, which goes no further than it must: what a window that is closed still gets revises it.
     */
    private void takeLast() {
        List<RoutedRecord> last = new ArrayList<>(waiting);
        waiting.clear();
        last.sort(Comparator.comparingLong(RoutedRecord::time));
        long reached = Long.MIN_VALUE;
        for (RoutedRecord record : last) {
            DetectionPlugin its = plugin(record.grouping());
            while (!offer(record)) {
                if (its.health().value(Counter.HELD) == 0) {
                    throw new IllegalStateException(
                            "A plugin that holds nothing ahead of time is overloaded at the end of the"
                                    + " input; please report it.");
                }
                reached = Math.max(reached + STEP_MILLIS, record.time());
                its.advanceTo(Instant.ofEpochMilli(reached));
            }
        }
    }

    /**
     * Lets late events be judged now: what a snapshot holds as said must have been emitted before it. Says what no snapshot
     * holds.
     */
    void settle() {
        plugins.forEach((grouping, plugin) -> {
            catchUp(plugin);
            long cut = plugin.health().value(Counter.CUT);
            long told = toldCut.getOrDefault(grouping, 0L);
            if (cut > told) {
                toldCut.put(grouping, cut);
                raise(Notice.of(
                        Notice.Kind.EVIDENCE_CUT,
                        (cut - told)
                                + " events since the last checkpoint are counted in totals and not kept (bounds.*),"
                                + " and are in no checkpoint. After a restore from one, totals of their windows are too low by"
                                + " them, and a key that was counted alone may raise no alert.",
                        cut - told));
            }
        });
    }

    private void raise(Notice notice) {
        raised.add(outputs -> outputs.notice(SubtaskNotice.of(subtask, notice)));
    }

    /** The sum of a counter over the plugins; since the start or the last restore. */
    long count(Counter counter) {
        return plugins.values().stream()
                .mapToLong(plugin -> plugin.health().value(counter))
                .sum();
    }

    private void catchUp(DetectionPlugin plugin) {
        if (watermark != Long.MIN_VALUE && watermark != Long.MAX_VALUE) {
            // Flink's watermark is the last time that is over, the plugin's the first that is not.
            plugin.advanceTo(Instant.ofEpochMilli(watermark + 1));
        }
    }

    // ---- rules

    /** Starts with those rules; before the first record and group. */
    void begin(RuleChange change) throws IOException {
        rules = Optional.of(RuleFolder.of(change));
    }

    /**
     * Lets other rules take over, at the watermark of now.
     *
     * @throws IllegalStateException if a plugin refuses them: they were tried before, so the job must not go on with a part of its
     *     subtasks changed
     */
    void change(RuleChange change) throws IOException {
        Optional<RuleFolder> former = rules;
        RuleFolder folder = RuleFolder.of(change);
        rules = Optional.of(folder);
        List<String> ids = new ArrayList<>();
        for (DetectionPlugin plugin : plugins.values()) {
            ReloadResult result = plugin.reload(folder.config());
            if (!result.applied()) {
                throw new IllegalStateException(
                        "Rules " + change.version() + " passed the gate and were refused here: " + result.faults());
            }
            ids.addAll(result.rules());
        }
        if (former.isPresent()) {
            former.get().close();
        }
        RuleOutcome outcome = new RuleOutcome(change.version(), change.from(), subtask, true, ids, List.of());
        raised.add(outputs -> outputs.rules(outcome));
    }

    private DetectionPlugin plugin(String grouping) {
        DetectionPlugin known = plugins.get(grouping);
        if (known != null) {
            return known;
        }
        DetectionPlugin made = factory.create(PluginContext.builder()
                .config(setup.configOf(grouping))
                .config(rules.map(RuleFolder::config).orElse(Map.of()))
                .onAlertToAcknowledge((alert, acknowledgement) -> {
                    raise(alert);
                    acknowledgement.acknowledge();
                })
                .onDeadLetter(letter -> raised.add(outputs -> outputs.deadLetter(letter)))
                .onLateEvent(event -> raised.add(outputs -> outputs.late(LateRecord.of(event))))
                .onNotice(this::raise)
                .build());
        plugins.put(grouping, made);
        made.start();
        catchUp(made);
        return made;
    }

    private void raise(Alert alert) {
        DetectedAlert detected = DetectedAlert.of(alert, format);
        long last = alert.windowEnd().toEpochMilli() - 1;
        raised.add(outputs -> outputs.alert(detected, last));
    }

    // ---- state

    /** Where a key group's state is written; groups come in order. */
    interface GroupStreams {
        OutputStream next(int group) throws IOException;
    }

    /**
     * Writes the state of every key group.
     *
     * @param groupOf the group of the key of a {@link RoutedRecord}
     */
    void snapshot(Iterable<Integer> groups, ToIntFunction<String> groupOf, GroupStreams streams) throws IOException {
        Map<Integer, Map<String, Snapshot>> snapshots = new HashMap<>();
        plugins.forEach((grouping, plugin) -> plugin.snapshots(key -> groupOf.applyAsInt(RoutedRecord.keyOf(key)))
                .forEach((group, snapshot) -> snapshots
                        .computeIfAbsent(group, each -> new TreeMap<>())
                        .put(grouping, snapshot)));
        Map<Integer, List<RoutedRecord>> waitingByGroup = new HashMap<>();
        waiting.forEach(record -> waitingByGroup
                .computeIfAbsent(groupOf.applyAsInt(record.key()), each -> new ArrayList<>())
                .add(record));
        for (int group : groups) {
            DataOutputStream out = new DataOutputStream(streams.next(group));
            out.writeByte(VERSION);
            out.writeLong(watermark);
            Map<String, Snapshot> byGrouping = snapshots.getOrDefault(group, Map.of());
            out.writeInt(byGrouping.size());
            for (Map.Entry<String, Snapshot> each : byGrouping.entrySet()) {
                out.writeUTF(each.getKey());
                each.getValue().writeTo(out);
            }
            List<RoutedRecord> its = waitingByGroup.getOrDefault(group, List.of());
            out.writeInt(its.size());
            for (RoutedRecord record : its) {
                record.writeTo(out);
            }
            out.flush();
        }
    }

    /** Takes over one key group's state, in addition to what there is. */
    void restore(InputStream from) throws IOException {
        DataInputStream in = new DataInputStream(from);
        int version = in.readByte();
        if (version != VERSION) {
            throw new IOException("A key group's state is of version " + version + "; expected " + VERSION + ".");
        }
        long reached = in.readLong();
        if (watermark == Long.MIN_VALUE && reached != Long.MIN_VALUE) {
            // Aligned checkpoints find all subtasks at the same one. Before the groups, so that what was late stays so.
            watermark = reached;
            plugins.values().forEach(this::catchUp);
        }
        for (int i = in.readInt(); i > 0; i--) {
            plugin(in.readUTF()).restore(in);
        }
        for (int i = in.readInt(); i > 0; i--) {
            waiting.add(RoutedRecord.readFrom(in));
        }
    }

    @Override
    public void close() throws IOException {
        plugins.values().forEach(DetectionPlugin::close);
        plugins.clear();
        if (rules.isPresent()) {
            rules.get().close();
        }
    }
}
