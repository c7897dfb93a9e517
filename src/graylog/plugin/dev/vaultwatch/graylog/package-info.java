/**
 * A thin plugin for Graylog 5, and the tests that run in Graylog's own plugin loader, the kit's among them: {@code mvn -Pgraylog
 * test -Dtest=GraylogHostTest}. In no artefact: to use it, put these classes, {@code dev.vaultwatch.api} and {@code .host} into a jar as
 * the test does, and that jar and the bundle's zip into Graylog's plugin folder.
 */
package dev.vaultwatch.graylog;
