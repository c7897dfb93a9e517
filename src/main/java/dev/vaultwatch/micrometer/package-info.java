/**
 * A plugin's counters as Micrometer meters, for hosts that have Micrometer: {@code micrometer-core} is an optional dependency.
 *
 * <p>Belongs here: names, units and tags of meters. May not come here: anything but the api, the JDK and Micrometer; what a counter
 * counts. It is in the jar and not in the bundle: a host that loads the bundle takes it from the jar that it compiles against.
 */
package dev.vaultwatch.micrometer;
