/**
 * Why a rule did or did not alert: what became of each event, and how far from its thresholds the rule was.
 *
 * <p>Belongs here: the question, the reading of what a trial traced, the text and JSON of the answer. May not come here: a
 * judgement of its own; events are decoded, admitted, excepted and judged by the rooms that do so in a plugin.
 */
@NullMarked
package dev.vaultwatch.tool.explain;

import org.jspecify.annotations.NullMarked;
