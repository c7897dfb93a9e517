package dev.vaultwatch.detect;

import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.engine.Lane;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.store.EventStore;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** A rule over single events: no state, and an alert for each event that matches, at once. */
final class SingleTrack extends Track {
    private final long latenessMillis;
    private Lane lane;
    private long nanosOfOthers;
    private long horizon = UNKNOWN;

    SingleTrack(CompiledRule compiled, long latenessMillis, Reporter reporter, Budgets budgets, long completeSince) {
        super(compiled, reporter, budgets, completeSince);
        this.latenessMillis = latenessMillis;
        this.lane = compiled.newLane();
    }

    @Override
    Outcome take(KeyVaultEvent event, int source, boolean longTexts, boolean shared) {
        if (event.time() < horizon) {
            return Outcome.LATE;
        }
        judge(event);
        return Outcome.TAKEN;
    }

    /** Judges an event; one that was judged before raises the same alert, which the desk does not say again. */
    private void judge(KeyVaultEvent event) {
        lane.send(event);
        if (lane.hasOutput()) {
            for (Finding finding : lane.takeFindings()) {
                reporter.onTime(new Reporter.Found(
                        finding, event.time(), contentHash(event), event.time() + 1, 0, false, false));
            }
            failed(lane.takeFailures());
        }
        if (lane.isDamaged()) {
            Lane old = lane;
            lane = another(old);
            nanosOfOthers += lane == old ? 0 : old.nanos();
        }
    }

    /** Tells events of one key and time apart, the same on every machine: 64 bits of SHA-256 over all that the event says. */
    private static String contentHash(KeyVaultEvent event) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(event.toEcs().toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(Arrays.copyOf(digest, 8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform must have SHA-256.", e);
        }
    }

    @Override
    boolean isDue(long merged) {
        return false;
    }

    @Override
    void advance(long merged) {}

    @Override
    void judgeLate() {}

    @Override
    boolean hasLate() {
        return false;
    }

    @Override
    void finish() {}

    @Override
    boolean hasUnfinished() {
        return false;
    }

    @Override
    void settle(long settled) {
        horizon = changesFrom(settled);
    }

    @Override
    long neededFrom() {
        return Long.MAX_VALUE;
    }

    @Override
    boolean makeRoom() {
        return false;
    }

    @Override
    long changesFrom(long settled) {
        return settled - latenessMillis;
    }

    @Override
    long openWindow() {
        return UNKNOWN;
    }

    @Override
    void refill(List<EventStore.Kept> events) {}

    @Override
    void resume(long merged) {}

    @Override
    void unjudged(KeyVaultEvent event, boolean wasTaken) {
        if (compiled.takes(event) && (wasTaken || event.time() >= horizon)) {
            judge(event);
        }
    }

    @Override
    void rejoin() {}

    @Override
    void revoke(int source) {}

    @Override
    long cut() {
        return 0;
    }

    @Override
    long bytes() {
        return 0;
    }

    @Override
    long nanos() {
        return nanosOfOthers + lane.nanos();
    }

    @Override
    void closeLanes() {
        lane.close();
    }

    @Override
    void letGo() {}
}
