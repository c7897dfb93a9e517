package dev.vaultwatch.detect;

/**
 * Events of a source in a minute of event time that were dropped as late.
 *
 * @param source its name; empty for the default source
 * @param count how many
 * @param oldest the time of the oldest, milliseconds since the epoch
 */
public record LateLoss(String source, long count, long oldest) {}
