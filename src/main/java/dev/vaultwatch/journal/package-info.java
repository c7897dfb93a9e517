/**
 * What must outlive a lane or the process: the events of the windows that can still change, in memory and, if a site wants it,
 * on disk.
 *
 * <p>Belongs here: which events are kept, for how long, within which bounds, and the segments of the log on disk, down to their
 * bytes. May not come here: the engine, rules, alerts, the reading of a host's records, threads; locks other than the one on
 * the log's directory.
 */
package dev.vaultwatch.journal;
