/**
 * What surrounds records: kinds of file, encodings, tables, CSV, line prefixes and the members in which shippers carry a record.
 *
 * <p>Belongs here: recognising such a surrounding by its content, and turning it into JSON, one record at a time.
 * May not come here: what a record's fields mean, sinks, dead letters. Imports nothing of {@link dev.vaultwatch.decode}, which calls it.
 */
package dev.vaultwatch.decode.envelope;
