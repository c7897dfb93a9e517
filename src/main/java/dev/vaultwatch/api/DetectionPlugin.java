package dev.vaultwatch.api;

import java.time.Instant;
import java.util.Map;

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
 * Windows are cut by the time in the record (event time), never by the time of arrival. A window closes when the
 * watermark passes its end: the greatest event time seen less {@code time.slack}; or what {@link #advanceTo} says; or,
 * when no event comes for {@code time.idle-timeout}, event time running on at the pace of the wall clock.
 *
 * <p>A window that has closed can still change for {@code time.lateness}: events that come late are judged with the others of
 * their user and window, at most once a second of event time, and what changes is delivered as
 * {@link AlertStage#REVISED}. An alert that was delivered is not withdrawn.
 *
 * <h2>Restart</h2>
 *
 * With {@code journal.dir}, a plugin that is started again goes on where its process stopped, killed or not. Every batch is
 * written before it is judged; a host that gives positions and sends again from its last commit gets the alerts of an
 * undisturbed run, and an alert again only with the same id and stage. Without it, {@link #health()} says what the host must
 * send again, and what to tell {@link #advanceTo} first ({@link PluginHealth#resumeAt()}). Windows that closed under other rules keep the verdict they were given.
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
     * As {@link #accept(byte[])}, for a host whose source can be read again. A position at or below the highest one taken
     * from the same source is answered with {@link Admission.Status#REPEATED} and not counted again.
     *
     * @throws IllegalStateException if the plugin is not started
     */
    Admission accept(SourcePosition at, byte[] json);

    /**
     * Moves the watermark up to the given event time: no further event before it is expected. Windows that end at or
     * before it close, and their alerts are delivered before the method returns (from inside a callback: before the
     * outermost call returns). A time before the present watermark changes nothing.
     *
     * @throws IllegalStateException if the plugin is not started
     */
    void advanceTo(Instant watermark);

    /**
     * Reads the rules again: all of them take over, or none does and what ran goes on running. What is wrong with a refused
     * rule is in the result. The window that is open is judged by the new rules as a whole; what was said of it already is not
     * said again. Events with an action that no rule wanted before count from now on; they were not kept. Feeding goes on
     * meanwhile, and pauses for the swap alone.
     *
     * @throws IllegalStateException if the plugin is not started
     */
    ReloadResult reload();

    /** Says how the plugin is, from counters that are exact when no call is under way. Never throws, in any state. */
    PluginHealth health();

    /**
     * Stops the plugin and frees the engine. The window that is open is <em>not</em> closed: a host that wants its alerts
     * calls {@link #advanceTo} first. Alerts that were raised already are delivered, on this thread; if another thread is in a
     * callback, close waits for it and what waits behind it, {@code close.timeout} (10 s) at most, and not at all from inside
     * a callback. What is left then is delivered by that thread when its callback returns, and by the next start if there is a
     * journal on disk: an alert can come twice that way, under the same id and stage. A second call does nothing.
     */
    @Override
    void close();
}
