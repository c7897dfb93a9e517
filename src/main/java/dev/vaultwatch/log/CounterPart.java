package dev.vaultwatch.log;

import dev.vaultwatch.api.Counter;

/**
 * A counter, or its part of one rule or source.
 *
 * @param counter which
 * @param part the rule's id or the source's name; empty for the plugin's own value
 */
public record CounterPart(Counter counter, String part) {}
