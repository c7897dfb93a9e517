package dev.vaultwatch.tuning;

/** Whether a rule runs. */
public enum Enabled {
    /** It runs, and its alerts are delivered. */
    ON,
    /** It does not run. */
    OFF,
    /** It runs and is counted, and nothing of it is delivered. */
    SHADOW
}
