package dev.vaultwatch.samples;

/**
 * A stream for {@link PopulationGenerator}: how records are written, and who reads how much.
 */
public enum Profile {
    /** Raw records of a population: few users read most, names of different lengths, some text beyond ASCII. */
    POPULATION(Shape.RAW),
    /** The same, evenly over all users: nobody but one reaches the rule's threshold. */
    QUIET(Shape.RAW),
    /** The same, and one user makes half of all reads. */
    STORM(Shape.RAW),
    /** The same, and 95 % are no reads. */
    NOISE(Shape.RAW),
    /** The population; each record has its members in an order of its own, at every level. */
    STRANGERS(Shape.RAW),
    /** The population in Event Hubs envelopes of 50. */
    ENVELOPES(Shape.RAW),
    /** The population as rows of AzureDiagnostics. */
    DIAGNOSTICS(Shape.DIAGNOSTICS),
    /** The population as rows of AZKVAuditLogs. */
    AUDIT_LOGS(Shape.AUDIT_LOGS),
    /** The population as nested ECS documents. */
    ECS_NESTED(Shape.ECS_NESTED),
    /** The population as dotted ECS documents. */
    ECS_DOTTED(Shape.ECS_DOTTED),
    /** The population, each record in any of the shapes. */
    MIXED(Shape.ANY);

    enum Shape {
        RAW,
        DIAGNOSTICS,
        AUDIT_LOGS,
        ECS_NESTED,
        ECS_DOTTED,
        ANY
    }

    private final Shape shape;

    Profile(Shape shape) {
        this.shape = shape;
    }

    Shape shape() {
        return shape;
    }

    /** Whether every record is as a diagnostic setting writes it, alone on its line. */
    public boolean isRaw() {
        return shape == Shape.RAW && this != ENVELOPES;
    }

    /** Records of one line. */
    public int recordsPerLine() {
        return this == ENVELOPES ? 50 : 1;
    }
}
