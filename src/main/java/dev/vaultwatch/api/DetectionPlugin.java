package dev.vaultwatch.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * A running detection: events in, alerts out.
 *
 * <h2>Life</h2>
 *
 * {@code NEW} → {@link #start()} → {@code STARTED} → {@link #close()} → {@code CLOSED}. A closed plugin is not started again;
 * create another.
 *
 * <h2>Threads</h2>
 *
 * Every method may be called from any thread. Records are decoded on the caller's thread, outside any lock, and reach the
 * engine one at a time. Callbacks run on the thread of a caller (of {@code accept}, {@code advanceTo}, {@code close}) or
 * on a thread of the plugin's, outside the lock, one at a time and in the order in which the engine raised them. The plugin
 * starts two threads at most: {@code vaultwatch-idle-ticker}, unless {@code time.idle-timeout} is {@code PT0S} or
 * {@code time.owner} is {@code host}; and {@code vaultwatch-rule-watcher}, if {@code rules.dir} is set and
 * {@code rules.watch} is not {@code false}. While the watcher runs, the JDK may run a thread of its own for it, as it does for
 * every {@link java.nio.file.WatchService}.
 *
 * <p>The plugin's threads are daemons. No thread is interrupted by the plugin, and one that the host interrupts is answered as
 * usual and stays interrupted; only the waiting of {@code advanceTo} and {@code close} for another thread's callback ends early.
 *
 * <h2>Time</h2>
 *
 * Windows are assigned by event time, never by the time of arrival. Each {@link Source} has a watermark, the greatest event
 * time seen in it less {@code time.slack} or what it was told; the plugin's watermark is the least over the active sources,
 * and a window closes when it passes the window's end. While every source is idle, the watermark advances with the wall
 * clock. The calls of this interface that name no source feed the default source.
 *
 * <p>A window that has closed can still change for {@code time.lateness}: late events are judged with the others of
 * their group, at most once a second of event time, and what changes is delivered as {@link AlertStage#REVISED}, or as
 * {@link AlertStage#RETRACTED} where the alert is no longer true. Later events are dropped as late: counted, handed to the
 * {@link LateEventListener}, and said once per window in a {@link Notice.Kind#LATE_LOSS}.
 *
 * <h2>Restart</h2>
 *
 * With {@code journal.dir}, a plugin that is started again goes on where its process stopped, killed or not. Every batch is
 * written before it is judged, and every alert before it is delivered: one that a window deserved under the rules of then is
 * delivered, whatever changed while the plugin was down. A host that gives positions and sends again from its last commit
 * gets the alerts of an undisturbed run, and an alert again only with the same id, stage and revision. Without it,
 * {@link #health()} says what the host must send again, and what to tell {@link #advanceTo} first
 * ({@link PluginHealth#resumeAt()}).
 */
public interface DetectionPlugin extends AutoCloseable {

    /**
     * Compiles and deploys the rules, and restores the journal, if there is one on disk; alerts that it owes are delivered
     * before the method returns. When it throws, the plugin stays {@code NEW} and may be started again.
     *
     * @throws RuleException if a rule can't run; each fault names file, line, column and what was expected
     * @throws java.io.UncheckedIOException if the journal's folder can't be used, or another plugin uses it
     * @throws IllegalStateException if the plugin was started or closed before
     */
    void start();

    /**
     * Takes one record, an array of records, an envelope ({@code {"records":[…]}}, {@code {"value":[…]}}) or lines of
     * these, as UTF-8 JSON in any of the wire shapes that the descriptor lists under {@code inputs}. Bad data never throws:
     * it is counted in the answer and handed to the {@link DeadLetterListener}.
     *
     * <p>The array is read before the method returns and not kept.
     *
     * @throws IllegalStateException if the plugin is not started
     */
    Admission accept(byte[] json);

    /**
     * Takes one event that the host has decoded already: nested or dotted ECS names, or the names of a raw record. Values
     * are strings, numbers, booleans, {@link java.time.Instant}, {@link java.util.Date}, maps and lists; {@code null}
     * values count as absent.
     *
     * @throws IllegalStateException if the plugin is not started
     */
    Admission accept(Map<String, ?> event);

    /**
     * As {@link #accept(byte[])}, of a part of an array, which is not copied.
     *
     * @throws IndexOutOfBoundsException if the part does not lie inside the array
     * @throws IllegalStateException if the plugin is not started
     */
    Admission accept(byte[] json, int offset, int length);

    /**
     * As {@link Source#accept(OffsetRange, byte[])}, for the source of that name: for a host whose source can be
     * read again. A position at or below the highest one taken from the same source is answered with
     * {@link Admission.Status#REPEATED}; its records count as repeated.
     *
     * @throws IllegalStateException if the plugin is not started
     */
    Admission accept(SourcePosition at, byte[] json);

    /**
     * Moves the watermark of every source up to the given event time: no source brings a further event before it. Windows
     * that end at or before it close, and their alerts are delivered before the method returns (from inside a callback: before
     * the outermost call returns). A time before the present watermark changes nothing. For one source see
     * {@link Source#advanceTo}; for the end of the input {@link #endOfInput}.
     *
     * @throws IllegalStateException if the plugin is not started
     */
    void advanceTo(Instant watermark);

    /**
     * Says that the input has ended: every source counts as closed, every window with events closes, and late events are
     * judged. Event time itself goes no further than the greatest event seen: a journal on disk can be taken up again with
     * later records. Alerts are delivered before the method returns.
     *
     * @throws IllegalStateException if the plugin is not started
     */
    void endOfInput();

    /**
     * Opens a source, or gives the open one of that name. Sources that were opened before the first record hold the watermark
     * back from the beginning: a host that reads several inputs opens them all before it feeds one.
     *
     * @throws IllegalStateException if the plugin is not started
     */
    Source source(SourceSpec spec);

    /**
     * Reads the rules again: all of them take over, or none does and what ran goes on running. What is wrong with a refused
     * rule is in the result. The window that is open is judged by the new rules as far as its events were kept, and the result
     * says per rule from when they were; what was said of it already is not said again. Feeding goes on meanwhile, and pauses
     * for the swap alone.
     *
     * @throws IllegalStateException if the plugin is not started
     */
    ReloadResult reload();

    /**
     * As {@link #reload()}, from other places, which later reloads read too if these take over.
     *
     * @param rulesConfig {@code rules.dir} and {@code rules.tuning}, both or one; what is not named stays
     * @throws IllegalArgumentException if another key is named
     * @throws IllegalStateException if the plugin is not started
     * @throws UnsupportedOperationException if the plugin is of a version without it
     */
    default ReloadResult reload(Map<String, String> rulesConfig) {
        throw new UnsupportedOperationException("This plugin reloads its own folder only.");
    }

    /**
     * Runs other rules beside those in force, until the preview is closed: they find and say nothing, and change nothing of what
     * the plugin does. They are given what the plugin holds at that moment, the events of every window that can still change, and
     * then what comes. They are compiled on the caller's thread without the lock; other calls wait while what is held is judged.
     * A preview may take as much heap again as {@code bounds.*} allow the plugin.
     *
     * <pre>{@code
     * PreviewRequest request = PreviewRequest.builder().tuning(Path.of("new/tuning.json")).build();
     * try (Preview preview = plugin.preview(request)) {
     *     preview.result().counts();
     * }
     * }</pre>
     *
     * @throws RuleException if a rule can't run
     * @throws IllegalStateException if the plugin is not started
     * @throws UnsupportedOperationException if the plugin is of a version without previews
     */
    default Preview preview(PreviewRequest request) {
        throw new UnsupportedOperationException("This plugin has no previews.");
    }

    /**
     * Writes the state of the given keys: their events in every window that can still change, what was said of them, and what
     * of that was not acknowledged yet. The form is versioned:
     *
     * <pre>
     *   "VWS3" · watermark (long) · number of rules (int) · each: id · event time since when all its events are there (long)
     *                                  · by what events were excluded · before which event time (long)
     *                                  · actions that it asks for, "*" for any · properties that it requires · properties
     *                                  that events were kept with; names, comma-separated
     *   number of events (int) · each: name of its source · number of rules that may use it (int) · each: its index (int)
     *                                  · length (int) · event
     *   number of rule texts (int) · each: id · rule.json · rule.epl
     *   number of alerts that are owed (int) · number of alerts (int) · each, those that are owed first: length (int) · alert,
     *                                  which refers to its rule's texts
     *   end mark (byte 0x56) · CRC-32C of all that, the mark too (long)
     * </pre>
     *
     * Numbers are big-endian; a text is its length in bytes and UTF-8. The stream is not closed.
     *
     * @throws IOException if the stream fails
     * @throws IllegalStateException if the plugin is not started
     */
    void snapshot(OutputStream to, KeyGroup keys) throws IOException;

    /**
     * The state of every key by the group that the host puts it in, as of this call: what {@link #snapshot} would write of each
     * group, looked through once for all of them.
     *
     * @param groupOf a key's group, given its properties and values; called by this thread, and under the plugin's lock
     * @return by group, those that have events or alerts
     * @throws IllegalStateException if the plugin is not started
     * @throws UnsupportedOperationException if the plugin is of a version without it
     */
    default Map<Integer, Snapshot> snapshots(ToIntFunction<Map<String, String>> groupOf) {
        throw new UnsupportedOperationException("This plugin takes no snapshots by group; snapshot(…) takes one.");
    }

    /**
     * Takes over what {@link #snapshot} wrote, in addition to what there is; groups that are there already are joined. What was
     * acknowledged is not said again; what was not is delivered here, and the instance that wrote the snapshot takes it back when
     * the source is {@linkplain Source#revoke revoked} there. Rules that are not in force are passed over, and with them
     * what was not acknowledged of theirs, which a notice ({@link Notice.Kind#DELIVERY_FAILED}) counts. A rule in force that was not in force there, or asks for more here, has a history that is
     * not complete: its alerts and {@link PluginHealth#completeSince()} say so. The stream is read to the checksum behind its end mark and not closed.
     *
     * @throws IOException if the stream fails, ends early, is damaged, or is of another version; nothing was
     *     taken over then
     * @throws IllegalStateException if the plugin is not started
     */
    void restore(InputStream from) throws IOException;

    /** Where in its life the plugin is. Takes no lock: for a liveness probe. */
    PluginHealth.State state();

    /**
     * Whether the plugin takes calls with records: it is started, and fewer than {@code bounds.alert-queue} alerts wait. Takes no
     * lock: for a readiness probe. A single source can be {@link Admission.Status#OVERLOADED} all the same.
     */
    boolean isReady();

    /**
     * A snapshot of state and counters, exact when no call is under way. Throws in no state, unless the host's own
     * clock does. While a call holds the
     * engine for longer than 100 ms (a restore, a large block, a rule that hangs), the state, what waits for listeners, and what
     * must be sent again ({@link PluginHealth#oldestPositions()} and the two beside it) are those of now, and the other counters
     * those of the last call of this method, or of {@link #start()}.
     */
    PluginHealth health();

    /**
     * Stops the plugin and frees the engine. The window that is open is <em>not</em> closed: a host that wants its alerts
     * calls {@link #endOfInput} first. Alerts that were raised already are delivered before the method returns, by the idle
     * ticker where there is one, else on this thread. One that the listener threw on is given to it again meanwhile if there is no
     * journal on disk, since nothing else has it. A second call does nothing.
     *
     * <p>It returns within {@code close.timeout} (10 s) and half a second, whatever hangs: another thread inside the plugin, which
     * then closes it when it comes out; a listener that another thread is in; a listener that is slow. Only a callback that
     * never returns on this very thread, which it is called on where no idle ticker runs, holds it. From inside a callback it does
     * not wait at all. What is left then is delivered by the thread that is in the callback, when that returns, and by the next
     * start if there is a journal on disk: an alert can come twice that way, under the same id, stage and revision.
     */
    @Override
    void close();

    /**
     * As {@link #close()}, within that time and half a second if it is less than {@code close.timeout}: for who closes several,
     * one after the other. A plugin of a version without it takes its {@code close.timeout}.
     *
     * @param most 0 or more
     */
    default void close(Duration most) {
        close();
    }
}
