/**
 * A plugin for Graylog 6.3 and 7.0, packed as one jar by {@code mvn -Pgraylog package}: docs/graylog.md.
 *
 * <p>Belongs here: what Graylog's loader and injector ask of a plugin, and an alert as a Graylog message. May not come here: detection.
 * Imports Graylog, Guice, {@code dev.vaultwatch.api} and {@code .host}.
 */
package dev.vaultwatch.graylog;
