package dev.vaultwatch.plugin;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.LateEvent;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.log.DiskUnderTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** A plugin with ears: everything it says is kept for asking. The wall clock is the test's. */
final class PluginUnderTest implements AutoCloseable {
    static final Instant NOON = Instant.parse("2026-11-03T12:00:00Z");

    final List<Alert> alerts = new CopyOnWriteArrayList<>();
    final List<DeadLetter> deadLetters = new CopyOnWriteArrayList<>();
    final List<LateEvent> lateEvents = new CopyOnWriteArrayList<>();
    final List<Notice> notices = new CopyOnWriteArrayList<>();
    final AtomicReference<Instant> wallClock = new AtomicReference<>(NOON.plusSeconds(3600));
    final DetectionPlugin plugin;

    private PluginUnderTest(String[] config, Function<PluginContext, DetectionPlugin> factory) {
        Map<String, String> entries = new HashMap<>(Map.of("time.idle-timeout", "PT0S"));
        for (int i = 0; i < config.length; i += 2) {
            entries.put(config[i], config[i + 1]);
        }
        InstantSource clock = wallClock::get;
        plugin = factory.apply(PluginContext.builder()
                .config(entries)
                .wallClock(clock)
                .onAlert(new Ears())
                .onDeadLetter(deadLetters::add)
                .onLateEvent(lateEvents::add)
                .onNotice(notices::add)
                .build());
        plugin.start();
    }

    private final class Ears implements AlertListener {
        @Override
        public void onAlert(Alert alert) {
            alerts.add(alert);
        }

        @Override
        public void onRevised(Alert alert) {
            alerts.add(alert);
        }

        @Override
        public void onEarly(Alert alert) {
            alerts.add(alert);
        }
    }

    /** One for all tests of a process: compiling the shipped rule is half of what most of them do. */
    private static final VaultwatchPluginFactory FACTORY = new VaultwatchPluginFactory();

    /** Started, with pairs of configuration keys and values; no thread, unless the pairs ask for it. */
    static PluginUnderTest started(String... config) {
        return started(FACTORY, config);
    }

    /** As above, with what the factory's other plugins have compiled. */
    static PluginUnderTest started(VaultwatchPluginFactory factory, String... config) {
        return new PluginUnderTest(config, factory::create);
    }

    /** As above, with its journal on a disk that is the test's. */
    static PluginUnderTest started(DiskUnderTest disk, String... config) {
        return new PluginUnderTest(config, context -> new PluginOnDisk(context, disk).plugin());
    }

    /** A raw record in which the person reads; the vault is always the same. */
    static byte[] read(Instant time, String action, String upn) {
        return ("{\"time\":\"" + time + "\",\"category\":\"AuditEvent\",\"operationName\":\"" + action
                        + "\",\"resultType\":\"Success\",\"callerIpAddress\":\"192.0.2.7\",\"identity\":{\"claim\":{\"upn\":\""
                        + upn
                        + "\"}},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    Admission accept(Instant time, String action, String upn) {
        return plugin.accept(read(time, action, upn));
    }

    /** So many reads of two kinds by one person, a millisecond apart. */
    void harvest(Instant from, int reads, String upn) {
        for (int i = 0; i < reads; i++) {
            accept(from.plusMillis(i), i % 2 == 0 ? "SecretGet" : "KeyGet", upn);
        }
    }

    List<Alert> alerts(AlertStage stage) {
        return alerts.stream().filter(alert -> alert.stage() == stage).toList();
    }

    @Override
    public void close() {
        plugin.close();
    }
}
