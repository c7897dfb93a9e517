package dev.vaultwatch.api;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * One well-ordered input of a plugin: a partition, a file, a connection. Made by {@link DetectionPlugin#source}.
 *
 * <h2>Model</h2>
 *
 * Each source has a watermark of its own, the greatest event time seen in it less {@code time.slack}, or what
 * {@link #advanceTo} says. The plugin's watermark is the least over its <em>active</em> sources, so a source that is read
 * ahead of the others closes no window that they still have events for: what it brings waits.
 *
 * <h2>States</h2>
 *
 * <ul>
 *   <li><b>active</b>, from its opening: it holds the plugin's watermark back;
 *   <li><b>idle</b>, after {@link #idle} or {@code time.idle-timeout} of silence: it does not, until its next record that is news
 *       (one that was taken before, or that no rule wants, is none). Windows
 *       that close meanwhile stay open to revision for it, for {@code time.idle-retention} of event time;
 *   <li><b>closed</b>, after {@link #close}: all its records were given;
 *   <li><b>revoked</b>, after {@link #revoke}: another instance has taken it over.
 * </ul>
 *
 * A closed or revoked source can be opened again under its name. Calls that bring records are refused with an
 * {@link IllegalStateException} until then.
 *
 * <h2>Threads</h2>
 *
 * Every method may be called from any thread; the records of one source keep their order only if one thread at a time brings
 * them.
 */
public interface Source extends AutoCloseable {

    /** The name that it was opened with; empty for the default source. */
    String name();

    /** As {@link DetectionPlugin#accept(byte[])}, from this source. */
    Admission accept(byte[] json);

    /**
     * As {@link DetectionPlugin#accept(byte[])}, of a part of an array, which is not copied.
     *
     * @throws IndexOutOfBoundsException if the part does not lie inside the array
     */
    Admission accept(byte[] json, int offset, int length);

    /** As {@link DetectionPlugin#accept(Map)}, from this source. */
    Admission accept(Map<String, ?> event);

    /**
     * Takes records that lie at the given places. What lies at or below the highest place taken from this source before counts
     * as {@link Admission#repeated() repeated} and is not taken again; where a range was taken in part, and holds as many
     * records as offsets, the records behind that place are taken, else all of it counts as repeated.
     */
    Admission accept(OffsetRange range, byte[] json);

    /** As {@link #accept(OffsetRange, byte[])}, of a part of an array, which is not copied. */
    Admission accept(OffsetRange range, byte[] json, int offset, int length);

    /** As {@link #accept(OffsetRange, byte[])}, of one decoded event. */
    Admission accept(OffsetRange range, Map<String, ?> event);

    /**
     * Moves this source's watermark up to the given event time: it brings no further event before it. Where that moves the
     * plugin's watermark, windows close, and their alerts are delivered before the method returns.
     */
    void advanceTo(Instant watermark);

    /** Says that nothing comes for a while: the source holds the plugin's watermark back no longer, until its next record. */
    void idle();

    /**
     * Says that all its records were given: it holds the plugin's watermark back no longer. A second call does nothing. A thousand closed
     * sources are remembered, and more while what they brought can change: of others, what comes again under their name is late.
     */
    @Override
    void close();

    /**
     * Forgets the source because another instance owns it from now on: its position, and every group whose events came from it
     * alone, in every window. Of those groups nothing more is delivered, whatever was raised already and still waits; what other
     * sources bring of one afterwards begins it anew, under the same id and from the first revision on. A second call does nothing.
     */
    void revoke();

    /**
     * When to come again after {@link Admission.Status#OVERLOADED}: completed when a call from this source would be taken, on
     * the thread whose call made the room. Completed already if that is so now.
     */
    CompletionStage<Void> ready();
}
