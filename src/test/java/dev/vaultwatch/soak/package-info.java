/**
 * Long and heavy: floods, hundreds of reloads under load, and hosts that misbehave. {@code -Dvaultwatch.soak=true} makes them
 * longer still.
 */
package dev.vaultwatch.soak;
