/**
 * Random fuzzing of the whole plugin through its public api: sources, configuration, host behaviour and rules are drawn from a
 * seed, and an oracle that shares no code with the plugin says what every alert must be in the end.
 */
package dev.vaultwatch.fuzz;
