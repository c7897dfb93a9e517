/**
 * What a host's author reads and types: the plugin, its context, and what goes in and comes out.
 *
 * <p>Belongs here: interfaces, immutable values and enums that a host touches. May not come here: an import from anywhere
 * but the JDK (an architecture test holds this), anything that does work. No method takes or returns {@code null};
 * what may be absent is an {@link java.util.Optional} or an empty collection.
 */
package dev.vaultwatch.api;
