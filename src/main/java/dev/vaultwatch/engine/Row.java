package dev.vaultwatch.engine;

import dev.vaultwatch.rule.Rule;
import java.util.Map;

/**
 * What a rule put out for one group and window.
 *
 * @param rule the rule
 * @param early whether the window was still open
 * @param windowStart milliseconds since the epoch
 * @param columns by output name, in the rule's order; absent values left out; collections as lists
 */
public record Row(Rule rule, boolean early, long windowStart, Map<String, Object> columns) {}
