package dev.vaultwatch.cli;

import dev.vaultwatch.api.Admission;

/**
 * What became of the records of one run, added up from the plugin's answers: its own counters go on over runs that share a journal. Not
 * thread-safe.
 */
final class Tally {
    private long kept;
    private long ignored;
    private long unrecognised;
    private long repeated;
    private long late;
    private long bad;
    private long before;

    /** Counts an answer. */
    void add(Admission admission) {
        kept += admission.kept();
        ignored += admission.ignored();
        unrecognised += admission.unrecognised();
        repeated += admission.repeated();
        late += admission.late();
        bad += admission.bad();
    }

    /** Counts a line or element that an earlier run had taken. */
    void addBefore() {
        before++;
    }

    /** Records that were read, whatever became of them. */
    long records() {
        return kept + ignored + unrecognised + repeated + late + bad;
    }

    long kept() {
        return kept;
    }

    long ignored() {
        return ignored;
    }

    long unrecognised() {
        return unrecognised;
    }

    long repeated() {
        return repeated;
    }

    long late() {
        return late;
    }

    long bad() {
        return bad;
    }

    long before() {
        return before;
    }

    /** Whether there were records and none of them was one of a Key Vault. */
    boolean isNothingRecognised() {
        return unrecognised + bad > 0 && ignored == 0 && isNothingTaken();
    }

    /** Whether none of them counts for anything, and most could not be read. */
    boolean isMostlyUnreadable() {
        return bad > ignored + unrecognised && isNothingTaken();
    }

    private boolean isNothingTaken() {
        return kept + repeated + late + before == 0;
    }
}
