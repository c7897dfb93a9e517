package dev.vaultwatch.fuzz;

import java.util.List;

/** What happens next in a scenario. Sources are named by their index. */
sealed interface Step {
    /** How records are handed over. */
    enum Shape {
        SINGLE,
        PART_OF_ARRAY,
        MAP,
        LINES,
        ENVELOPE,
        ARRAY
    }

    /** The next records of a source. */
    record Feed(int source, int count, Shape shape) implements Step {}

    /** Records of a source that were taken before, again. */
    record Repeat(int source, int back, int count, Shape shape) implements Step {}

    /** The wall clock goes on. */
    record Tick(long millis) implements Step {}

    /** All sources are told a time, in milliseconds since the epoch. */
    record Advance(long to) implements Step {}

    /** One source is told a time. */
    record AdvanceSource(int source, long to) implements Step {}

    /** A source is quiet. */
    record Idle(int source) implements Step {}

    /** A source has ended; it is opened again if records follow. */
    record Close(int source) implements Step {}

    /** A source has gone to another instance, with what is left of it. */
    record Revoke(int source) implements Step {}

    /** The input has ended, and goes on all the same. */
    record End() implements Step {}

    /** The source's offsets begin anew; the open source may be closed first. */
    record Epoch(int source, boolean closedFirst) implements Step {}

    /** Something that can't be read. */
    record Garbage(int source) implements Step {}

    /** Calls that a careless host makes: each must be refused as documented, or do nothing. */
    record Misuse(int source) implements Step {}

    /** The rules as they are from now on. */
    record Reload(List<FuzzRule> rules, boolean comment) implements Step {}

    /** Rules that can't be compiled: nothing changes. */
    record BrokenReload() implements Step {}

    /**
     * The process dies, at once or in a later callback, and another starts.
     *
     * @param inCallback 0 for at once; n for inside the n-th callback from now on
     * @param heard whether the host kept what the last callback brought
     * @param resent the records of each source that are sent again though the plugin says they are safe
     * @param rules those that the next process finds; empty if nobody touched them
     * @param comment whether the text of the rules changed and nothing else
     * @param failsFirst whether the next process's first start fails
     */
    record Kill(int inCallback, boolean heard, int resent, List<FuzzRule> rules, boolean comment, boolean failsFirst)
            implements Step {}

    /** The plugin is closed, and another starts. */
    record Restart(List<FuzzRule> rules, boolean comment) implements Step {}

    /** What the host has put off: acknowledgements, its executor's tasks. */
    record Settle() implements Step {}
}
