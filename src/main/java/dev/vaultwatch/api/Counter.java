package dev.vaultwatch.api;

/**
 * What {@link PluginHealth} counts and measures. Values are whole numbers; a {@link Kind#COUNTER} only grows, over restarts
 * too where there is a journal on disk, but for what a kill loses: counts of records that are not in the journal (ignored, not
 * recognised, bad) and of what became of others, since the journal's last step. Those of time, and the parts by rule of {@link #CUT} and {@link #RULE_FAILURES},
 * begin at 0 with each start. A {@link Kind#GAUGE} is what is so now.
 */
public enum Counter {
    /** Records read, whatever became of them. */
    RECORDS(Kind.COUNTER, Unit.RECORDS, Scope.SOURCE, "records read"),
    /** Records that a rule wants and that reached their window. */
    KEPT(Kind.COUNTER, Unit.RECORDS, Scope.SOURCE, "records that a rule wants and that reached their window"),
    /** Records that were understood and that no rule wants. */
    IGNORED(Kind.COUNTER, Unit.RECORDS, Scope.SOURCE, "records that were understood and that no rule wants"),
    /** Objects without any field of a Key Vault record. */
    UNRECOGNISED(Kind.COUNTER, Unit.RECORDS, Scope.SOURCE, "objects without any field of a Key Vault record"),
    /** Records that were taken before. */
    REPEATED(Kind.COUNTER, Unit.RECORDS, Scope.SOURCE, "records that were taken before"),
    /** Records that came after their window had closed, inside allowed lateness; among the kept. */
    REOPENED(Kind.COUNTER, Unit.RECORDS, Scope.PLUGIN, "late records inside allowed lateness; among the kept"),
    /** Records dropped as late. */
    LATE(Kind.COUNTER, Unit.RECORDS, Scope.SOURCE, "records dropped as late"),
    /** Records that could not be read. */
    BAD(Kind.COUNTER, Unit.RECORDS, Scope.SOURCE, "records that could not be read"),
    /** Kept records that name no user. */
    WITHOUT_USER(Kind.COUNTER, Unit.RECORDS, Scope.PLUGIN, "kept records that name no user"),
    /** Kept records without claims. */
    WITHOUT_IDENTITY(Kind.COUNTER, Unit.RECORDS, Scope.PLUGIN, "of those, records without claims"),
    /** Kept records of an application. */
    OF_APPLICATION(Kind.COUNTER, Unit.RECORDS, Scope.PLUGIN, "of those, records of an application"),
    /** Kept records whose identity can't be read. */
    UNREADABLE_IDENTITY(Kind.COUNTER, Unit.RECORDS, Scope.PLUGIN, "of those, records whose identity can't be read"),
    /** Kept records of a user without a UPN, where no other claim counts. */
    WITHOUT_UPN(Kind.COUNTER, Unit.RECORDS, Scope.PLUGIN, "of those, records of a user without a UPN"),
    /** Ignored records of another log. */
    IGNORED_CATEGORY(Kind.COUNTER, Unit.RECORDS, Scope.PLUGIN, "ignored records of another log"),
    /** Ignored records of an action that no rule wants. */
    IGNORED_ACTION(Kind.COUNTER, Unit.RECORDS, Scope.PLUGIN, "ignored records of an action that no rule wants"),
    /** Records whose bytes were not all UTF-8. */
    INVALID_UTF8(Kind.COUNTER, Unit.RECORDS, Scope.PLUGIN, "records whose bytes were not all UTF-8"),
    /** Calls that were not taken because a bound was reached. */
    OVERLOADED(Kind.COUNTER, Unit.CALLS, Scope.SOURCE, "calls that were rejected because a bound was reached"),
    /** Time during which calls were rejected. */
    OVERLOADED_TIME(Kind.COUNTER, Unit.MILLISECONDS, Scope.PLUGIN, "time during which calls were rejected"),
    /** Events that are in the totals and whose values were not kept. */
    CUT(Kind.COUNTER, Unit.EVENTS, Scope.RULE, "events that are in the totals and whose values were not kept"),
    /** Events of minutes that the watermark has not reached. */
    HELD(Kind.GAUGE, Unit.EVENTS, Scope.SOURCE, "events of minutes that the watermark has not reached"),
    /** Alerts raised, each once whatever its stages. */
    ALERTS(Kind.COUNTER, Unit.ALERTS, Scope.RULE, "alerts raised, each once whatever its stages"),
    /** Alerts that a cap withheld, each once. */
    WITHHELD(Kind.COUNTER, Unit.ALERTS, Scope.RULE, "alerts that a cap withheld, each once"),
    /** Events that an exception of the site's does not let count, once for each rule. */
    EXCEPTED_EVENTS(Kind.COUNTER, Unit.EVENTS, Scope.EXCEPTION, "events that an exception does not let count"),
    /** Alerts that an exception of the site's kept back, each once. */
    EXCEPTED_ALERTS(Kind.COUNTER, Unit.ALERTS, Scope.EXCEPTION, "alerts that an exception kept back, each once"),
    /** Alerts that a suppression kept back, each once. */
    SUPPRESSED(Kind.COUNTER, Unit.ALERTS, Scope.RULE, "alerts that a suppression kept back, each once"),
    /** Alerts of rules in the shadow, each once. */
    SHADOWED(Kind.COUNTER, Unit.ALERTS, Scope.RULE, "alerts of rules in the shadow, which nobody was told of"),
    /** Alerts that were taken back. */
    RETRACTED(Kind.COUNTER, Unit.ALERTS, Scope.RULE, "alerts that were retracted"),
    /** Messages that are not delivered, or not acknowledged. */
    WAITING(Kind.GAUGE, Unit.ALERTS, Scope.PLUGIN, "alerts and notices that are not delivered or not acknowledged"),
    /** How long the oldest of them has waited. */
    OLDEST_WAITING(Kind.GAUGE, Unit.MILLISECONDS, Scope.PLUGIN, "how long the oldest of them has waited"),
    /** Callbacks that threw. */
    LISTENER_FAILURES(Kind.COUNTER, Unit.CALLS, Scope.PLUGIN, "callbacks that threw"),
    /** Answers of enrichers that were lost. */
    ENRICHER_FAILURES(Kind.COUNTER, Unit.CALLS, Scope.PLUGIN, "answers of enrichers that were lost"),
    /** Findings lost because a rule failed while it ran. */
    RULE_FAILURES(Kind.COUNTER, Unit.CALLS, Scope.RULE, "failures of a rule while it ran"),
    /** Time spent in a rule. */
    RULE_TIME(Kind.COUNTER, Unit.MILLISECONDS, Scope.RULE, "time spent in the rule's engine"),
    /** Heap that kept events take, by estimate; those that several rules hold count for each of them, and once in all. */
    STORE_BYTES(
            Kind.GAUGE,
            Unit.BYTES,
            Scope.RULE,
            "heap that kept events take, by estimate; those that several rules hold count for each of them, and once in all"),
    /** Space that the journal takes on disk. */
    LOG_BYTES(Kind.GAUGE, Unit.BYTES, Scope.PLUGIN, "space that the journal takes on disk"),
    /** How far the watermark lies behind the wall clock. */
    WATERMARK_LAG(Kind.GAUGE, Unit.MILLISECONDS, Scope.SOURCE, "how far the watermark lies behind the wall clock"),
    /** Time spent in {@code accept}, over all threads. */
    ACCEPT_TIME(Kind.COUNTER, Unit.MILLISECONDS, Scope.PLUGIN, "time spent in calls that brought records"),
    /** Time spent closing windows. */
    CLOSE_TIME(Kind.COUNTER, Unit.MILLISECONDS, Scope.PLUGIN, "time spent closing windows"),
    /** Time spent reloading rules. */
    RELOAD_TIME(Kind.COUNTER, Unit.MILLISECONDS, Scope.PLUGIN, "time spent reloading rules");

    /** Whether a value only grows. */
    public enum Kind {
        /** It only grows. */
        COUNTER,
        /** It is what is so now. */
        GAUGE
    }

    /** What a value counts. */
    public enum Unit {
        /** Records as they came. */
        RECORDS,
        /** Events as rules see them. */
        EVENTS,
        /** Calls or callbacks. */
        CALLS,
        /** Alerts. */
        ALERTS,
        /** Milliseconds. */
        MILLISECONDS,
        /** Bytes. */
        BYTES
    }

    /** What it is broken down by, beside the plugin's total. */
    public enum Scope {
        /** By nothing. */
        PLUGIN,
        /** By rule. */
        RULE,
        /** By source. */
        SOURCE,
        /** By the id of an exception in the site's tuning; one that was never hit is there with 0. */
        EXCEPTION
    }

    private final Kind kind;
    private final Unit unit;
    private final Scope scope;
    private final String description;

    Counter(Kind kind, Unit unit, Scope scope, String description) {
        this.kind = kind;
        this.unit = unit;
        this.scope = scope;
        this.description = description;
    }

    /** Whether it only grows. */
    public Kind kind() {
        return kind;
    }

    /** What it counts. */
    public Unit unit() {
        return unit;
    }

    /** What it is broken down by. */
    public Scope scope() {
        return scope;
    }

    /** What it says, in a few words. */
    public String description() {
        return description;
    }
}
