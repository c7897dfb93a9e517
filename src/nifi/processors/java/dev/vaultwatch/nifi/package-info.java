/**
 * The processor for Apache NiFi 2, a host like any other.
 *
 * <p>Belongs here: what NiFi sees. May not come here: what detects. Imports nifi-api, {@code api} and {@code host}.
 */
package dev.vaultwatch.nifi;
