/**
 * The EPL gate: is this EPL data? Rules come from outside, and Esper's compiler runs code; so {@link
 * dev.vaultwatch.gate.EplGate} refuses whatever is not known to be harmless, before Esper compiles and after.
 *
 * <p>Belongs here: reading statements' text, tokens, parse trees, and compiled classes. May not come here: compiling, running, what
 * an event or a rule is beyond the {@link dev.vaultwatch.gate.Vocabulary} that is handed in. Imports Esper's parser, RE2/J and the helper
 * that finds the nearest name.
 */
package dev.vaultwatch.gate;
