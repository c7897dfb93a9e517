/**
 * For hosts' own tests: a plugin that does what a test tells it, and alerts made by hand. Published as {@code vaultwatch-testkit}.
 *
 * <p>Belongs here: what stands in for a plugin, on the api alone. May not come here: anything of the plugin's inside.
 */
package dev.vaultwatch.testkit;
