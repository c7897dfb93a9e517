/**
 * The one room where Esper runs: rules in EPL become lanes, one rule each; events go into a lane, findings come out.
 *
 * <p>Belongs here: compiling, what is derived from a rule's parsed model, the functions that EPL gets from us, the runtime and its
 * clock. May not come here: decoding, watermarks, alerts. Nothing outside this package and {@code gate} imports Esper, and no Esper type
 * shows in a signature that another package calls.
 */
package dev.vaultwatch.engine;
