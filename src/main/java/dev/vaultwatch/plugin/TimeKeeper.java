package dev.vaultwatch.plugin;

import dev.vaultwatch.detect.Detector;
import java.time.Instant;
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
        step(live -> live.time().advanceAll(toMillis(to)), true);
    }

    void advance(SourceState source, Instant to) {
        step(
                live -> {
                    requireOpen(source);
                    live.time().advance(source.clock(), toMillis(to));
                },
                true);
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
                        source.life(SourceState.Life.CLOSED);
                        live.time().close(source.clock());
                        core.durability.changed(source);
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
                            source.life(SourceState.Life.CLOSED);
                            core.durability.changed(source);
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
