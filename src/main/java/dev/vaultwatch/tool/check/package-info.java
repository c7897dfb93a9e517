/**
 * Checks of rules, their cases and a site's tuning, before they are live.
 *
 * <p>Belongs here: what makes a rule whole beside its logic, and reports for people, programs and code scanning. May not come here:
 * a second opinion on what the engine accepts. Imports the JDK, Jackson, {@code api}, {@code rule}, {@code engine}, {@code tuning}
 * and {@code tool.cases}.
 */
package dev.vaultwatch.tool.check;
