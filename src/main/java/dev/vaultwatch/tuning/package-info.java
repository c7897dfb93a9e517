/**
 * What a site says about rules without touching them: {@code tuning.json} and its lists.
 *
 * <p>Belongs here: reading and checking those files, and what follows from them for a rule, an event or an alert. May not come here:
 * detection, delivery, Esper. Imports the JDK, Jackson, {@code api}, {@code event} and {@code rule}.
 */
package dev.vaultwatch.tuning;
