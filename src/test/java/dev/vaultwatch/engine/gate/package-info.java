/** The EPL gate against rules that attack their host: a corpus of them, what they would do, and rules that must pass. */
package dev.vaultwatch.engine.gate;
