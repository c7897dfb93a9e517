package dev.vaultwatch.bench;

import java.util.List;

/** Fails a measurement whose result is wrong. */
final class Check {
    private Check() {}

    static void that(boolean right, String complaint) {
        if (!right) {
            throw new IllegalStateException("A benchmark's result is wrong: " + complaint);
        }
    }

    static void same(List<?> expected, List<?> got, String whose) {
        if (!expected.equals(got)) {
            int i = 0;
            while (i < Math.min(expected.size(), got.size()) && expected.get(i).equals(got.get(i))) {
                i++;
            }
            throw new IllegalStateException("The alerts of " + whose + " are wrong: " + got.size() + " for "
                    + expected.size() + "; at " + i + " " + (i < got.size() ? got.get(i) : "none") + " for "
                    + (i < expected.size() ? expected.get(i) : "none"));
        }
    }
}
