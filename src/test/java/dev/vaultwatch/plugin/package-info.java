/** What the plugin promises its host, each promise a test. */
package dev.vaultwatch.plugin;
