/**
 * Rules as they lie on disk or in the jar: a folder each, with {@code rule.epl}, {@code rule.json} and {@code guide.md}.
 *
 * <p>Belongs here: reading and checking those files, and the values that come out. May not come here: compiling EPL, events, alerts.
 * Imports the JDK, Jackson and {@code api}.
 */
package dev.vaultwatch.rule;
