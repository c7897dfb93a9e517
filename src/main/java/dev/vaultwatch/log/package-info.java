/**
 * What outlives the process: events as they were taken, what was decided about them, and what hosts acknowledged; segments on
 * disk, down to their bytes.
 *
 * <p>Belongs here: entries, their order and their encoding, and the disk. May not come here: rules at work, event time,
 * decisions, the reading of a host's records, threads; locks other than the one on the log's folder. Imports {@code api},
 * {@code event}, {@code rule} and the values of {@code alert}.
 */
package dev.vaultwatch.log;
