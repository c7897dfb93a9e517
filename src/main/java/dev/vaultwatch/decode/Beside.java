package dev.vaultwatch.decode;

import dev.vaultwatch.api.DeadLetter;
import java.util.ArrayList;
import java.util.List;

/**
 * What stands in the rows of an array of arrays beside texts that carry records: Loki's time beside each line, Splunk's columns beside
 * {@code _raw}. It is a part of the record then, and nothing to report; where no row carries a record, each of it is no record.
 */
final class Beside {
    /** Bounds the heap of an array of numbers; what comes beyond is reported at once. */
    private static final int MOST = 1_000;

    private final Reporter reporter;
    private final List<Runnable> held = new ArrayList<>();
    private boolean carried;
    private boolean full;

    Beside(Reporter reporter) {
        this.reporter = reporter;
    }

    /** One of the texts carried a record. */
    void carries() {
        carried = true;
        held.clear();
    }

    /** A value that carries nothing. */
    void hold(DeadLetter letter) {
        hold(() -> reporter.deadLetter(letter, false));
    }

    /** An object that carries nothing: what Loki writes behind a line. */
    void hold(List<String> firstKeys) {
        hold(() -> reporter.unrecognised(firstKeys));
    }

    private void hold(Runnable report) {
        if (carried) {
            return;
        }
        held.add(report);
        if (full || held.size() > MOST) {
            full = true;
            report();
        }
    }

    /** The array of arrays is over. */
    void report() {
        held.forEach(Runnable::run);
        held.clear();
    }
}
