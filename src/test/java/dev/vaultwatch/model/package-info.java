/**
 * One model, many faults: streams and faults from a seed, and an oracle that knows nothing but the events and the rule in
 * force.
 */
package dev.vaultwatch.model;
