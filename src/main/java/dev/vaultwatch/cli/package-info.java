/**
 * The command line: a host like any other, and the smallest complete one.
 *
 * <p>Belongs here: options, opening and framing files, printing alerts, the closing summary, exit codes, and the command line's
 * own logging. May not come here: anything about rules, windows or the shape of records. It imports {@code api}, finds the
 * plugin through {@link java.util.ServiceLoader} as every host does, and borrows one class beside that: the record reader,
 * which cuts a stream into records. Picocli and Logback are imported here and nowhere else.
 */
package dev.vaultwatch.cli;
