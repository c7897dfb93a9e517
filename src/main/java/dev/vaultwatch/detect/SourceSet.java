package dev.vaultwatch.detect;

import java.util.Arrays;

/** A few sources, by number; nearly always one. Not thread-safe. */
final class SourceSet {
    private int[] sources = new int[0];

    void add(int source) {
        for (int each : sources) {
            if (each == source) {
                return;
            }
        }
        sources = Arrays.copyOf(sources, sources.length + 1);
        sources[sources.length - 1] = source;
    }

    /** Removes a source; true if it was there and none is left. */
    boolean removeLast(int source) {
        int[] others = Arrays.stream(sources).filter(each -> each != source).toArray();
        boolean was = others.length < sources.length;
        sources = others;
        return was && others.length == 0;
    }
}
