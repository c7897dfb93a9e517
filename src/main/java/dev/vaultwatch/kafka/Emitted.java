package dev.vaultwatch.kafka;

import dev.vaultwatch.api.AlertStage;
import java.nio.charset.StandardCharsets;

/**
 * What {@link VaultwatchProcessorSupplier}'s processor forwards. The forwarded record's key is the alert's id, or empty, and
 * its headers say the rest: {@code stage}, {@code revision} and {@code rule} of an alert; {@code reason}, {@code pointer},
 * {@code problem} and {@code expected} of a dead letter; {@code source}, {@code time} and {@code watermark} of a late event; {@code outcome} of a change of rules.
 */
public final class Emitted {
    private final Kind kind;
    private final byte[] value;

    Emitted(Kind kind, byte[] value) {
        this.kind = kind;
        this.value = value;
    }

    /** What was forwarded. */
    public enum Kind {
        /** An alert, of any {@link AlertStage}. */
        ALERT,
        /** A record that can't be read. */
        DEAD_LETTER,
        /** An event dropped as late. */
        LATE,
        /** What became of a change of rules. */
        RULES
    }

    /** Which of them it is. */
    public Kind kind() {
        return kind;
    }

    /** The alert in the chosen format, the record that can't be read,
     * the late event or the outcome as JSON; not copied. */
    public byte[] value() {
        return value;
    }

    /** The value as text. */
    public String text() {
        return new String(value, StandardCharsets.UTF_8);
    }
}
