package dev.vaultwatch.plugin;

import dev.vaultwatch.detect.Detector;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** What moves event time beside events: the host's word about a source or all of them, and silence. Thread-safe. */
final class TimeKeeper {
    /** Time that stands still for so long while events wait is not a matter of a slow fetch any more. */
    static final long STALL_MILLIS = 30_000;

    private final Core core;

    TimeKeeper(Core core) {
        this.core = core;
    }

    void advanceAll(Instant to) {
        long time = toMillis(to);
        step(
                live -> {
                    List<SourceState> moved = new ArrayList<>();
                    for (SourceState source : core.sources()) {
                        if (isBehind(source, time)) {
                            moved.add(source);
                        }
                    }
                    live.time().advanceAll(time);
                    moved.forEach(core.durability::changed);
                },
                true);
    }

    void advance(SourceState source, Instant to) {
        step(
                live -> {
                    requireOpen(source);
                    long time = toMillis(to);
                    boolean moves = isBehind(source, time);
                    live.time().advance(source.clock(), time);
                    if (moves) {
                        core.durability.changed(source);
                    }
                },
                true);
    }

    /** Whether a word about a time moves the source: no event tells a restart of it. */
    private static boolean isBehind(SourceState source, long time) {
        OptionalLong reached = source.clock().watermark();
        return source.life() != SourceState.Life.REVOKED && (reached.isEmpty() || reached.getAsLong() < time);
    }

    void idle(SourceState source) {
        step(
                live -> {
                    if (source.life() == SourceState.Life.OPEN) {
                        live.time().idle(source.clock());
                        core.durability.changed(source);
                    }
                },
                false);
    }

    void close(SourceState source) {
        step(
                live -> {
                    if (source.life() == SourceState.Life.OPEN) {
                        core.close(source);
                        live.time().close(source.clock());
                        core.forgetClosed();
                    }
                },
                false);
    }

    void revoke(SourceState source) {
        step(
                live -> {
                    if (source.life() != SourceState.Life.REVOKED) {
                        source.life(SourceState.Life.REVOKED);
                        source.forgetOffsets();
                        live.revoke(source.clock());
                        core.follow(preview -> preview.revoke(source.clock()));
                        core.durability.changed(source);
                    }
                },
                false);
    }

    void endOfInput() {
        step(
                live -> {
                    for (SourceState source : core.sources()) {
                        if (source.life() == SourceState.Life.OPEN) {
                            core.close(source);
                        }
                    }
                    live.finish();
                    core.follow(Detector::finish);
                },
                false);
    }

    private void step(Consumer<Detector> word, boolean judgeLate) {
        core.lock();
        try {
            Detector live = core.running();
            word.accept(live);
            live.advance();
            core.follow(Detector::advance);
            if (judgeLate) {
                live.judgeLate();
                core.follow(Detector::judgeLate);
            }
            core.endStep();
        } finally {
            core.unlock();
        }
        core.outbox.deliverAndWait();
    }

    /** Looks whether sources have fallen silent; the ticker's, or that of a test that owns the wall clock. */
    void tick() {
        core.lock();
        try {
            if (core.detector().isEmpty()) {
                return;
            }
            Detector live = core.running();
            long now = core.context.wallClock().millis();
            if (live.hasUnfinished()) {
                live.time().tick(now, core.config.idleTimeout());
                live.advance();
                core.follow(Detector::advance);
            }
            if (live.hasLate()) {
                live.judgeLate();
            }
            core.follow(Detector::judgeLate);
            live.look(now, STALL_MILLIS);
            core.endStep();
        } finally {
            core.unlock();
        }
        core.outbox.tick();
        core.outbox.deliver();
    }

    static void requireOpen(SourceState source) {
        if (source.life() != SourceState.Life.OPEN) {
            throw new IllegalStateException("Source " + source.name() + " is " + source.life()
                    + "; open it again with source(SourceSpec) before it brings more.");
        }
    }

    /** Milliseconds, for instants of any distance. */
    static long toMillis(Instant instant) {
        try {
            return instant.toEpochMilli();
        } catch (ArithmeticException e) {
            return instant.isAfter(Instant.EPOCH) ? Long.MAX_VALUE : Long.MIN_VALUE + 1;
        }
    }
}
