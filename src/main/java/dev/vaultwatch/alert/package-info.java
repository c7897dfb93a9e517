/**
 * Where a row becomes something a person sees: identity, stages, caps, and its delivery.
 *
 * <p>Belongs here: everything between a rule's row and the host's callback. May not come here: event time, the engine's types,
 * reading of records, how an alert is written ({@code alert.format}). Imports {@code api}, {@code rule} and the engine's
 * {@code Row}.
 */
package dev.vaultwatch.alert;
