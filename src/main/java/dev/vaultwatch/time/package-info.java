/**
 * Event time: the watermark, the open window, and where an event stands to them.
 *
 * <p>Belongs here: window arithmetic and everything that decides when a window closes. May not come here: threads, wall
 * clocks, locks, the engine, alerts. Imports the JDK and nullness annotations only.
 */
package dev.vaultwatch.time;
