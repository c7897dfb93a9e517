package dev.vaultwatch.plugin;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;

/**
 * A process with little heap, one of whose rules asks for more of it than there is. Prints what it is told, a line each. Arguments:
 * a folder of rules, a folder for the journal.
 */
final class SmallHeapHost {
    /** Of each the rule makes a text of twenty times its length, all at once. */
    static final int HUNGRY = 4_000;

    private static final Instant NOON = Instant.parse("2026-11-03T12:00:00Z");
    private static final String PADDING = "x".repeat(1_000);

    private volatile Instant now = NOON.plusSeconds(59);
    private final DetectionPlugin plugin;

    private SmallHeapHost(String rules, String journal) {
        InstantSource clock = () -> now;
        plugin = new VaultwatchPluginFactory()
                .create(PluginContext.builder()
                        .config("rules.dir", rules)
                        .config("rules.watch", "false")
                        .config("journal.dir", journal)
                        .config("time.idle-timeout", "PT1S")
                        .wallClock(clock)
                        .onAlert(new Printer())
                        .onNotice(notice -> say("notice " + notice.kind() + " " + notice.message()))
                        .build());
        plugin.start();
    }

    private static final class Printer implements AlertListener {
        @Override
        public void onAlert(Alert alert) {
            print(alert);
        }

        @Override
        public void onRevised(Alert alert) {
            print(alert);
        }

        @Override
        public void onEarly(Alert alert) {
            print(alert);
        }

        private static void print(Alert alert) {
            say("alert " + alert.ruleId() + " " + alert.stage() + " "
                    + alert.eventCount().orElse(0L));
        }
    }

    public static void main(String[] args) throws InterruptedException {
        SmallHeapHost first = new SmallHeapHost(args[0], args[1]);
        first.reads(NOON.plusSeconds(1), 12, "SecretGet", "SecretList", "mallory@contoso.example");
        long kept = first.reads(NOON.plusSeconds(2), HUNGRY, "KeySign", "KeySign", "hog" + PADDING);
        kept += first.reads(NOON.plusSeconds(30), 3, "SecretGet", "SecretList", "mallory@contoso.example");
        say("kept " + kept);
        // Nobody says how late it is but the ticker.
        first.now = NOON.plusSeconds(180);
        first.await();
        first.plugin.close();

        SmallHeapHost second = new SmallHeapHost(args[0], args[1]);
        say("restarted");
        second.now = NOON.plusSeconds(240);
        second.reads(NOON.plusSeconds(200), 11, "SecretGet", "SecretList", "trent@contoso.example");
        second.now = NOON.plusSeconds(360);
        second.await();
        second.plugin.close();
        say("end");
    }

    private long reads(Instant from, int count, String one, String other, String upn) {
        long kept = 0;
        for (int i = 0; i < count; i++) {
            byte[] record = ("{\"time\":\"" + from.plusMillis(i) + "\",\"category\":\"AuditEvent\",\"operationName\":\""
                            + (i % 2 == 0 ? one : other) + "\",\"identity\":{\"claim\":{\"upn\":\"" + upn + "\"}}}")
                    .getBytes(StandardCharsets.UTF_8);
            kept += plugin.accept(record).kept();
        }
        return kept;
    }

    /** Waits until the open window has closed; the test's own time-out ends it if it does not. */
    private void await() throws InterruptedException {
        Instant end = now.minusSeconds(60);
        while (plugin.health().watermark().isEmpty()
                || plugin.health().watermark().get().isBefore(end)) {
            Thread.sleep(20);
        }
    }

    private static void say(String line) {
        System.out.println(line.replace('\n', ' '));
    }
}
