/** Coverage-guided fuzzing, behind the profile {@code fuzz}; what it finds becomes a test of its own. */
package dev.vaultwatch.fuzz;
