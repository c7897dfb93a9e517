/**
 * Detection: an event to every rule that wants it, and the rule through time.
 *
 * <p>Belongs here: what a rule's track does with events, windows, late events, limits, other rules. May not come here: Esper,
 * how a record is read, what an alert looks like, files, threads, clocks.
 */
package dev.vaultwatch.detect;
