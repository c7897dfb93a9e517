package dev.vaultwatch.cli;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.PluginContext;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The alerts that stand at the end of a run that prints none. Called by the reading thread alone: such a plugin has no other. */
final class Standing implements AlertListener {
    private final Map<String, Alert> standing = new LinkedHashMap<>();

    /** Starts the configuration of a plugin that reads recorded files and has no thread of its own. */
    static PluginContext.Builder trial(List<Path> files) {
        return PluginContext.builder()
                .config("record.max-bytes", Integer.toString(Replay.MAX_RECORD_BYTES))
                .config("time.lateness", Replay.LATENESS.toString())
                .config("time.idle-timeout", "PT0S")
                .config("rules.watch", "false")
                .config("alerts.early", "false")
                .config("dedupe", files.size() > 1 ? "content" : "none");
    }

    Collection<Alert> alerts() {
        return standing.values();
    }

    @Override
    public void onAlert(Alert alert) {
        if (alert.stage() == AlertStage.RETRACTED) {
            standing.remove(alert.id());
        } else {
            standing.put(alert.id(), alert);
        }
    }

    @Override
    public void onEarly(Alert alert) {
        onAlert(alert);
    }

    @Override
    public void onRevised(Alert alert) {
        onAlert(alert);
    }

    @Override
    public void onRetracted(Alert alert) {
        onAlert(alert);
    }
}
