/**
 * Vaultwatch on Kafka: a host that reads partitions with a plain consumer, and a Kafka Streams application.
 *
 * <p>Belongs here: what turns partitions into sources, changelogs into restored state and alerts into records of a topic, and
 * the configuration of both hosts. May not come here: anything about rules, windows or the shape of records. It builds on
 * {@code api} and, for a port with metrics, on {@code micrometer}; it is imported by nobody, and is an artefact of its own: Kafka's libraries are on nobody else's class path.
 */
@NullMarked
package dev.vaultwatch.kafka;

import org.jspecify.annotations.NullMarked;
