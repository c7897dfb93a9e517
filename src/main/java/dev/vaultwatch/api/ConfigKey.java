package dev.vaultwatch.api;

/**
 * One configuration key.
 *
 * @param name such as {@code time.slack}
 * @param type {@code duration} (ISO 8601, {@code PT5S}), {@code integer}, {@code boolean}, {@code choice}, {@code path} or
 *     {@code list} (comma-separated)
 * @param defaultValue what holds where the host says nothing; empty for a path that is not set
 * @param range what is allowed, for a person
 * @param reloads whether {@link DetectionPlugin#reload()} takes a new value over
 * @param description one sentence
 */
public record ConfigKey(
        String name, String type, String defaultValue, String range, boolean reloads, String description) {}
