/**
 * Where a row becomes something a person sees: identity, stages, caps, the forms an alert is written in, and its delivery.
 *
 * <p>Belongs here: everything between a rule's row and the host's callback. May not come here: event time, the engine's types,
 * reading of records. Imports {@code api}, {@code rule}, the engine's {@code Finding}, and Jackson for writing.
 */
package dev.vaultwatch.alert;
