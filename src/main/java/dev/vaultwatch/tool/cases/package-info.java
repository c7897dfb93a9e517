/**
 * Cases of rules: records, and the alerts that they must and must not raise.
 *
 * <p>Belongs here: reading cases, feeding them to a plugin through {@code api}, comparing, reporting. May not come here: detection
 * itself, and anything that a running plugin needs. Imports the JDK, Jackson, {@code api}, {@code event}, {@code decode}, {@code
 * rule} and {@code tuning}.
 */
package dev.vaultwatch.tool.cases;
