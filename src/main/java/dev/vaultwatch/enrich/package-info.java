/**
 * Adds to events what their records do not say, before they are stored.
 *
 * <p>Belongs here: the enrichers that come with Vaultwatch, and the one place where what an enricher says becomes part of an event.
 * May not come here: decoding, rules, what an alert says. Imports the JDK, slf4j, {@code api}, {@code event} and, in one class,
 * {@code com.maxmind.db}, which is optional: nothing of it is loaded until a file is named.
 */
package dev.vaultwatch.enrich;
