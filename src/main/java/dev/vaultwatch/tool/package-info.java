/**
 * What a detection engineer does with rules before they are live: the parts have packages of their own.
 *
 * <p>Belongs here: making a new rule; what the other parts share. May not come here: what a running plugin needs. Imports the JDK,
 * {@code api}, {@code event} and {@code rule}.
 */
package dev.vaultwatch.tool;
