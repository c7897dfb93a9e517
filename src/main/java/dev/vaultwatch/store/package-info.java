/**
 * The events of every window that can still change, in memory: per rule, by window and grouping key, and once over all rules in
 * the order of arrival.
 *
 * <p>Belongs here: what is kept, what is counted, what must make room, and how much heap that takes. May not come here: what a
 * rule asks for beyond two numbers, the engine, clocks, files, alerts.
 */
package dev.vaultwatch.store;
