package dev.vaultwatch.host;

import dev.vaultwatch.api.Preview;
import dev.vaultwatch.api.PreviewResult;

/** A preview seen across the border: every call goes through its {@link HostedPlugin}, and its alerts are plain data. */
record HostedPreview(HostedPlugin plugin, Preview inner) implements Preview {
    @Override
    public PreviewResult result() {
        return plugin.call(live -> {
            PreviewResult result = inner.result();
            return PreviewResult.builder()
                    .rules(result.rules())
                    .history(result.since(), result.until(), result.completeSince())
                    .alerts(result.alerts().stream().map(HostedAlert::of).toList(), result.notKept())
                    .traced(result.traced(), result.notTraced())
                    .failure(result.failure())
                    .build();
        });
    }

    @Override
    public void close() {
        if (plugin.state() != dev.vaultwatch.api.PluginHealth.State.CLOSED) {
            plugin.call(live -> {
                inner.close();
                return true;
            });
        }
    }
}
