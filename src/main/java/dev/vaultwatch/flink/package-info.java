/**
 * Vaultwatch on Apache Flink: a step that splits payloads and gives each record its key, and a keyed operator with the plugin.
 *
 * <p>Belongs here: what turns Flink's watermarks into event time, raw keyed state into the plugin's snapshots, and alerts into
 * elements of a stream. May not come here: anything about rules, windows or the shape of records. It builds on {@code api} alone,
 * is imported by nobody, and is an artefact of its own: Flink is on nobody else's class path.
 */
@NullMarked
package dev.vaultwatch.flink;

import org.jspecify.annotations.NullMarked;
