package dev.vaultwatch.host;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.Source;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** A source seen across the border: every call goes through its {@link HostedPlugin}. */
final class HostedSource implements Source {
    private final HostedPlugin plugin;
    private final String name;
    private final Source inner;

    HostedSource(HostedPlugin plugin, String name, Source inner) {
        this.plugin = plugin;
        this.name = name;
        this.inner = inner;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Admission accept(byte[] json) {
        return plugin.call(live -> inner.accept(json));
    }

    @Override
    public Admission accept(byte[] json, int offset, int length) {
        return plugin.call(live -> inner.accept(json, offset, length));
    }

    @Override
    public Admission accept(Map<String, ?> event) {
        return plugin.call(live -> inner.accept(event));
    }

    @Override
    public Admission accept(OffsetRange range, byte[] json) {
        return plugin.call(live -> inner.accept(range, json));
    }

    @Override
    public Admission accept(OffsetRange range, byte[] json, int offset, int length) {
        return plugin.call(live -> inner.accept(range, json, offset, length));
    }

    @Override
    public Admission accept(OffsetRange range, Map<String, ?> event) {
        return plugin.call(live -> inner.accept(range, event));
    }

    @Override
    public void advanceTo(Instant watermark) {
        run(source -> source.advanceTo(watermark));
    }

    @Override
    public void idle() {
        run(Source::idle);
    }

    @Override
    public void close() {
        if (plugin.state() == dev.vaultwatch.api.PluginHealth.State.STARTED) {
            run(Source::close);
        }
    }

    @Override
    public void revoke() {
        run(Source::revoke);
    }

    @Override
    public CompletionStage<Void> ready() {
        CompletableFuture<Void> copy = new CompletableFuture<>();
        CompletionStage<Void> ready = plugin.call(live -> inner.ready());
        ready.whenComplete((nothing, failure) -> copy.complete(null));
        return copy;
    }

    private void run(Consumer<Source> call) {
        plugin.call(live -> {
            call.accept(inner);
            return true;
        });
    }
}
