/**
 * Rules as they lie on disk or in the jar: a folder each, with {@code rule.epl}, {@code rule.json} and {@code guide.md}.
 *
 * <p>Belongs here: reading and checking those files, and the values that come out: key, window, parameters. May not come here:
 * compiling EPL, alerts. Imports the JDK, Jackson, {@code api} and {@code event}.
 */
package dev.vaultwatch.rule;
