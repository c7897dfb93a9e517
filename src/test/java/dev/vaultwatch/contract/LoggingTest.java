package dev.vaultwatch.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.plugin.Rules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Everything that is logged, Esper's lines too, while records with marked content take every way there is: a person and their
 * address never at INFO or above, a secret's name at no level.
 */
class LoggingTest {
    private static final Instant NOON = Instant.parse("2026-11-03T12:00:00Z");
    private static final String UPN = "marked.person@contoso.example";
    private static final String IP = "203.0.113.77";
    private static final String SECRET = "marked-secret-name";

    @TempDir
    Path temp;

    private final Lines lines = new Lines();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Map<Logger, Level> before = new HashMap<>();

    private static final class Lines extends AppenderBase<ILoggingEvent> {
        private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

        @Override
        protected void append(ILoggingEvent event) {
            events.add(event);
        }

        List<String> from(Level level) {
            List<String> texts = new ArrayList<>();
            for (ILoggingEvent event : events) {
                if (event.getLevel().isGreaterOrEqual(level)) {
                    texts.add(event.getLevel() + " " + event.getLoggerName() + " " + event.getFormattedMessage()
                            + (event.getThrowableProxy() == null
                                    ? ""
                                    : "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy())));
                }
            }
            return texts;
        }
    }

    @BeforeEach
    void listen() {
        // The tests' own configuration silences some.
        for (Logger each : root.getLoggerContext().getLoggerList()) {
            if (each.getLevel() != null) {
                before.put(each, each.getLevel());
                each.setLevel(Level.TRACE);
            }
        }
        lines.setContext(root.getLoggerContext());
        lines.start();
        root.addAppender(lines);
        // The console need not hear it.
        root.iteratorForAppenders().forEachRemaining(each -> {
            if (each != lines) {
                each.stop();
            }
        });
    }

    @AfterEach
    void stopListening() {
        before.forEach(Logger::setLevel);
        root.detachAppender(lines);
        root.iteratorForAppenders().forEachRemaining(each -> each.start());
    }

    private static byte[] read(Instant time, int i) {
        return ("{\"time\":\"" + time + "\",\"category\":\"AuditEvent\",\"operationName\":\""
                        + (i % 2 == 0 ? "SecretGet" : "KeyGet") + "\",\"callerIpAddress\":\"" + IP
                        + "\",\"identity\":{\"claim\":{\"upn\":\"" + UPN
                        + "\"}},\"properties\":{\"id\":\"https://v.vault.azure.net/secrets/" + SECRET
                        + "/0\",\"requestUri\":\"https://v.vault.azure.net/secrets/" + SECRET + "?api-version=7.0\"},"
                        + "\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void harvest(DetectionPlugin plugin, Instant from) {
        for (int i = 0; i < 12; i++) {
            plugin.accept(read(from.plusMillis(i), i));
        }
    }

    private static DetectionPlugin create(PluginContext.Builder context, Map<String, String> config) {
        return ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(context.config("time.idle-timeout", "PT0S")
                        .config(config)
                        .wallClock(() -> NOON.plusSeconds(3600))
                        .build());
    }

    /** Every callback throws, with what it was given in the message and in the cause's. */
    private static PluginContext.Builder tactless() {
        return PluginContext.builder()
                .onAlert(new AlertListener() {
                    @Override
                    public void onAlert(Alert alert) {
                        throw new IllegalStateException(alert.toText(), new IOException(alert.toEcsJson()));
                    }

                    @Override
                    public void onEarly(Alert alert) {
                        onAlert(alert);
                    }
                })
                .onDeadLetter(letter -> {
                    throw new IllegalArgumentException(letter.record(), new IOException(letter.record()));
                })
                .onLateEvent(event -> {
                    throw new IllegalArgumentException(event.toString());
                });
    }

    private Path copyOfTheRules() throws IOException {
        Path folder = temp.resolve("epl");
        Rules.copyShipped(folder);
        return folder;
    }

    @Test
    void givenMarkedRecordsOnEveryWayThenNoLineSaysWhoFromWhereOrWhichSecret() throws Exception {
        Path rules = copyOfTheRules();
        Path rule = rules.resolve("excessive-secret-retrieval/rule.epl");
        Map<String, String> config = Map.of(
                "rules.dir",
                rules.toString(),
                "rules.watch",
                "false",
                "journal.dir",
                temp.resolve("journal").toString());
        PluginHealth health;
        try (DetectionPlugin plugin = create(tactless(), config)) {
            plugin.start();
            harvest(plugin, NOON);
            harvest(plugin, NOON.plusSeconds(70));
            // Late, too late, far ahead, broken off, and of a time that can't be read.
            plugin.accept(read(NOON.plusSeconds(5), 0));
            plugin.accept(read(NOON.minusSeconds(7200), 0));
            plugin.accept(read(NOON.plusSeconds(7200), 0));
            byte[] whole = read(NOON, 0);
            plugin.accept(
                    new String(whole, 0, whole.length - 9, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8));
            plugin.accept(new String(whole, StandardCharsets.UTF_8)
                    .replace(NOON.toString(), SECRET)
                    .getBytes(StandardCharsets.UTF_8));
            plugin.reload();
            String right = Files.readString(rule);
            // The fault quotes the rule, which names a person.
            Files.writeString(
                    rule, right.replace("count(*) >= min_events", "'" + UPN + "' != '' and count(*) >= min_evnts"));
            assertThat(plugin.reload().applied()).isFalse();
            Files.writeString(rule, right);
            plugin.advanceTo(NOON.plusSeconds(100));
            health = plugin.health();
        }
        try (DetectionPlugin again = create(tactless(), config)) {
            again.start();
            again.endOfInput();
        }
        overload();

        assertThat(health.listenerFailures()).isGreaterThan(5);
        assertThat(health.late()).isEqualTo(1);
        assertThat(health.reopened()).isEqualTo(1);
        assertThat(health.bad()).isEqualTo(3);
        assertThat(lines.from(Level.TRACE)).as("lines seen").hasSizeGreaterThan(20);
        assertThat(lines.from(Level.WARN)).as("warnings seen").isNotEmpty();
        assertThat(lines.from(Level.INFO)).noneMatch(line -> line.contains(UPN) || line.contains(IP));
        assertThat(lines.from(Level.TRACE)).noneMatch(line -> line.contains(SECRET));
    }

    private static void overload() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        PluginContext.Builder context = PluginContext.builder().onAlert(new AlertListener() {
            @Override
            public void onAlert(Alert alert) {}

            @Override
            public void onEarly(Alert alert) {
                inside.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        });
        try (DetectionPlugin plugin = create(context, Map.of("bounds.alert-queue", "1"))) {
            plugin.start();
            Thread aside = new Thread(() -> harvest(plugin, NOON.plusSeconds(10)));
            aside.start();
            inside.await();
            harvest(plugin, NOON.plusSeconds(130));
            assertThat(plugin.accept(read(NOON.plusSeconds(140), 0)).status()).isEqualTo(Admission.Status.OVERLOADED);
            release.countDown();
            aside.join();
        }
    }

    @Test
    void givenCallbacksThatFailAgainAndAgainThenTheFirstOfEachKindWarnsAndTheRestAreDebug() {
        try (DetectionPlugin plugin = create(tactless(), Map.of())) {
            plugin.start();
            for (int minute = 0; minute < 5; minute++) {
                harvest(plugin, NOON.plusSeconds(60L * minute));
            }
            plugin.endOfInput();
            for (int i = 0; i < 5; i++) {
                plugin.accept(("{broken " + i).getBytes(StandardCharsets.UTF_8));
            }
        }

        assertThat(lines.from(Level.WARN))
                .filteredOn(line ->
                        line.contains("callback") && line.contains("threw") && line.contains("Further failures"))
                .hasSize(2)
                .allSatisfy(line -> assertThat(line)
                        .contains("LoggingTest")
                        .containsAnyOf("IllegalStateException", "IllegalArgumentException"));
        assertThat(lines.from(Level.DEBUG))
                .filteredOn(line -> line.contains("callback"))
                .as("five early alerts and five dead letters; more attempts come when the back-off is over")
                .hasSizeGreaterThanOrEqualTo(10);
    }

    @Test
    void givenARefusalThatIsRepeatedThenItIsSaidOnceAndThenAtDebug() throws IOException {
        Path rules = copyOfTheRules();
        Path rule = rules.resolve("excessive-secret-retrieval/rule.epl");
        try (DetectionPlugin plugin = create(
                PluginContext.builder().onAlert(alert -> {}),
                Map.of("rules.dir", rules.toString(), "rules.watch", "false"))) {
            plugin.start();
            Files.writeString(rule, "select");
            for (int i = 0; i < 3; i++) {
                assertThat(plugin.reload().applied()).isFalse();
            }
        }

        assertThat(lines.from(Level.WARN))
                .filteredOn(line -> line.contains("not reloaded"))
                .hasSize(1);
        assertThat(lines.from(Level.DEBUG))
                .filteredOn(line -> line.contains("not reloaded"))
                .hasSize(3);
    }

    @Test
    @DisplayName("A cache of rules that can't be used is WARN once, whatever the number of reloads")
    void unusableCache() throws IOException {
        Path rules = copyOfTheRules();
        Path rule = rules.resolve("excessive-secret-retrieval/rule.epl");
        Path noFolder = Files.writeString(temp.resolve("file"), "");
        try (DetectionPlugin plugin = create(
                PluginContext.builder().onAlert(alert -> {}),
                Map.of(
                        "rules.dir",
                        rules.toString(),
                        "rules.watch",
                        "false",
                        "rules.cache-dir",
                        noFolder.toString()))) {
            plugin.start();
            for (int i = 0; i < 3; i++) {
                Files.writeString(rule, Files.readString(rule) + "\n");
                assertThat(plugin.reload().applied()).isTrue();
            }
        }

        assertThat(lines.from(Level.WARN))
                .filteredOn(line -> line.contains("rules.cache-dir"))
                .hasSize(1);
        assertThat(lines.from(Level.DEBUG))
                .filteredOn(line -> line.contains("rules.cache-dir"))
                .hasSizeGreaterThan(3);
    }

    @Test
    @DisplayName("What a filter throws is told once; the engine's own line of each event has a logger of its own")
    void throwingFilter() throws IOException {
        Path rules = copyOfTheRules();
        Path rule = rules.resolve("excessive-secret-retrieval/rule.epl");
        Files.writeString(
                rule,
                Files.readString(rule)
                        .replace(
                                "from KeyVaultEvent(",
                                "from KeyVaultEvent(upn.length() % (upn.length() - upn.length()) = 0, "));
        List<String> notices = new CopyOnWriteArrayList<>();
        try (DetectionPlugin plugin = create(
                PluginContext.builder().onAlert(alert -> {}).onNotice(notice -> notices.add(notice.message())),
                Map.of("rules.dir", rules.toString(), "rules.watch", "false"))) {
            plugin.start();
            harvest(plugin, NOON);
            plugin.endOfInput();
        }

        assertThat(notices).anyMatch(notice -> notice.contains("excessive-secret-retrieval"));
        assertThat(notices).noneMatch(notice -> notice.contains(UPN));
        assertThat(lines.from(Level.INFO)).noneMatch(line -> line.contains(UPN));
        assertThat(lines.from(Level.WARN))
                .filteredOn(line -> line.split(" ", 3)[1].startsWith("com.espertech.esper"))
                .hasSizeGreaterThan(1)
                .as("docs/embedding.md names their logger")
                .allMatch(line -> line.contains(" com.espertech.esper.common.internal.filterspec."));
    }
}
