/**
 * Turns Sigma rules (specification 2, with correlations) into rule folders.
 *
 * <p>Belongs here: YAML, Sigma's fields, modifiers, conditions and correlations, and what of them becomes EPL. May not come here:
 * running rules. Nothing else imports a YAML library.
 */
package dev.vaultwatch.tool.sigma;
