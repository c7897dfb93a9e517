/** Measures speed and size. Every measurement checks its own result, so that a number is never that of a wrong answer. */
package dev.vaultwatch.bench;
