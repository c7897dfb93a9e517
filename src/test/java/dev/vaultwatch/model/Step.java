package dev.vaultwatch.model;

import dev.vaultwatch.fuzz.FuzzRule;
import java.util.List;

/** What a host does, or what befalls it. */
sealed interface Step {

    /** One call of accept of a source, named by its index. */
    record Send(int source, List<Read> reads) implements Step {}

    /** A source says that nothing comes for a while. */
    record Idle(int source) implements Step {}

    /** The host says how late it is. */
    record Advance(long to) implements Step {}

    /**
     * The rules are edited and reloaded.
     *
     * @param comment what stands before their text
     */
    record Reload(List<FuzzRule> rules, String comment) implements Step {}

    /** A rule is broken, refused by a reload, and mended. */
    record BrokenReload(String mistake) implements Step {}

    /**
     * The process is killed and started again on what the journal holds.
     *
     * @param resent how many steps the host's last commit lies back
     * @param torn how many bytes at the journal's end never reached the disk
     * @param inCallback in which callback from now on it is killed; 0 for now
     * @param heard whether the host has done its work in that callback
     */
    record Kill(int resent, int torn, int inCallback, boolean heard) implements Step {}

    /**
     * The journal's disk takes only so many bytes more, until it has refused so many batches.
     */
    record FullDisk(int room, int refusals) implements Step {}

    /** The source has been silent for so long by the wall clock, and the idle ticker looks. */
    record Silence(long millis) implements Step {}

    /** The plugin is closed, and another opened on its journal. */
    record Reopen() implements Step {}
}
