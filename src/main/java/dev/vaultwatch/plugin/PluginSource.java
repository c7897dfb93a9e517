package dev.vaultwatch.plugin;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.Source;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** A host's handle of one source. Thread-safe: it has no state but its name. */
final class PluginSource implements Source {
    private final Intake intake;
    private final TimeKeeper time;
    private final SourceState state;

    PluginSource(Intake intake, TimeKeeper time, SourceState state) {
        this.intake = intake;
        this.time = time;
        this.state = state;
    }

    @Override
    public String name() {
        return state.name();
    }

    @Override
    public Admission accept(byte[] json) {
        return intake.accept(state, Optional.empty(), json, 0, json.length);
    }

    @Override
    public Admission accept(byte[] json, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, json.length);
        return intake.accept(state, Optional.empty(), json, offset, length);
    }

    @Override
    public Admission accept(Map<String, ?> event) {
        return intake.accept(state, Optional.empty(), event);
    }

    @Override
    public Admission accept(OffsetRange range, byte[] json) {
        return intake.accept(state, Optional.of(range), json, 0, json.length);
    }

    @Override
    public Admission accept(OffsetRange range, byte[] json, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, json.length);
        return intake.accept(state, Optional.of(range), json, offset, length);
    }

    @Override
    public Admission accept(OffsetRange range, Map<String, ?> event) {
        return intake.accept(state, Optional.of(range), event);
    }

    @Override
    public void advanceTo(Instant watermark) {
        time.advance(state, watermark);
    }

    @Override
    public void idle() {
        time.idle(state);
    }

    @Override
    public void close() {
        time.close(state);
    }

    @Override
    public void revoke() {
        time.revoke(state);
    }

    @Override
    public CompletionStage<Void> ready() {
        return intake.ready(state);
    }
}
