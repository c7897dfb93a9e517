/**
 * Changed rules beside today's over recorded events: what would be said more, less or otherwise.
 *
 * <p>Belongs here: which rules are tried, the comparison, and the report as text, JSON and a page. May not come here: how
 * records are read, and any judgement of events, which is the plugin's alone.
 */
@NullMarked
package dev.vaultwatch.tool.preview;

import org.jspecify.annotations.NullMarked;
