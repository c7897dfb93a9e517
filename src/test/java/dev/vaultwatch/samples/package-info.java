/**
 * Invented records and what the rule must say of them: a scenario, every wire shape, the files of {@code src/samples} and
 * a generator for load.
 *
 * <p>Belongs here: making records, counting them plainly. May not come here: anything of the plugin. What a test expects
 * must not be computed by what it tests.
 */
package dev.vaultwatch.samples;
