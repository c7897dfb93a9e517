package dev.vaultwatch.plugin;

import dev.vaultwatch.alert.CapNotice;
import dev.vaultwatch.alert.DecisionLog;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.alert.Withheld;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.detect.Detector;
import dev.vaultwatch.event.KeyVaultEvent;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

final class Durability implements DecisionLog {
    interface Logs { void x(); }
    private final PluginConfig config;
    private @Nullable Core core;
    private boolean news;
    Durability(PluginConfig config, Logs logs) { this.config = config; }
    void serve(Core served) { core = served; }
    void open(Detector live) {}
    boolean batch(Detector live, SourceState source, Optional<OffsetRange> range, List<KeyVaultEvent> events) { return true; }
    boolean hasNews() { return news; }
    void endStep(Detector live, Collection<SourceState> sources) { news = false; }
    void revoked(String source) {}
    boolean isOnDisk() { return false; }
    long bytes() { return 0; }
    void close(long deadline) {}
    void acknowledged(Alert alert) {}
    @Override public void said(Said message, boolean isOwed) { news = true; }
    @Override public void withheld(Withheld alert) {}
    @Override public void noticed(CapNotice notice) {}
    @Override public void forgotten(String ruleId, long anchor, String id) {}
}
