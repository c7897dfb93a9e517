/**
 * The plugin itself: it puts the rooms in a row (decode, event time, lane, desk, outbox) and keeps the one lock between them.
 *
 * <p>Belongs here: the life of the plugin, its configuration, its descriptor, its two threads. May not come here: anything that a
 * room does. Imports {@code api} and every room, and neither Esper nor a host.
 */
package dev.vaultwatch.plugin;
