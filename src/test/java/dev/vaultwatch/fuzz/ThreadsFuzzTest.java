package dev.vaultwatch.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import dev.vaultwatch.fuzz.Generator.Theme;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThreadsFuzzTest {
    @TempDir
    Path folder;

    @Test
    @DisplayName("Sources that are fed by a thread each give the alerts of one ordered stream")
    void threads() throws Exception {
        Long one = Long.getLong("fuzz.seed");
        long from = one != null ? one : Long.getLong("fuzz.from", 1);
        long to = one != null ? one : from + Integer.getInteger("fuzz.runs", 100) - 1;
        for (long seed = from; seed <= to; seed++) {
            Scenario scenario = Generator.scenario(seed, Theme.SOURCES);
            Account account = run(scenario);
            assertThat(Judge.differences(scenario, account))
                    .as(() -> "-Dtest=ThreadsFuzzTest -Dfuzz.seed=" + scenario.seed() + "\n" + scenario)
                    .isEmpty();
        }
    }

    private Account run(Scenario scenario) throws Exception {
        Account account = new Account();
        account.eras.add(new Era(scenario.rules(), Long.MIN_VALUE, Long.MIN_VALUE));
        Path rules = folder.resolve("rules" + scenario.seed());
        Folders.writeRules(rules, scenario.rules(), "");
        PluginContext context = PluginContext.builder()
                .config("rules.dir", rules.toString())
                .config("rules.cache-dir", folder.resolve("cache").toString())
                .config("rules.watch", "false")
                .config("time.idle-timeout", "PT0S")
                .config("time.max-future", "PT0S")
                .config("time.lateness", "PT24H")
                .config("alerts.cap", "false")
                .config("alerts.early", Boolean.toString(scenario.settings().early()))
                .config("alerts.max-values", "100000")
                .onAlert(listener(account, scenario.rules().get(0)))
                .build();
        try (DetectionPlugin plugin = ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(context)) {
            plugin.start();
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < scenario.feeders().size(); i++) {
                Source source = plugin.source(SourceSpec.of("hub-" + i));
                List<Item> items = scenario.feeders().get(i).items();
                tasks.add(() -> feed(source, items));
                items.stream()
                        .filter(Item::isEvent)
                        .forEach(item -> account.taken.put(item.number(), new Account.Taken(0, Long.MIN_VALUE)));
            }
            ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
            try {
                for (Future<Void> task : threads.invokeAll(tasks, 60, TimeUnit.SECONDS)) {
                    task.get();
                }
            } finally {
                threads.shutdownNow();
            }
            plugin.endOfInput();
            if (plugin.health().late() > 0) {
                account.wrong("late: " + plugin.health());
            }
        }
        return account;
    }

    private static @org.jspecify.annotations.Nullable Void feed(Source source, List<Item> items)
            throws InterruptedException {
        for (int i = 0; i < items.size(); i++) {
            byte[] json = items.get(i).json().getBytes(StandardCharsets.UTF_8);
            while (source.accept(OffsetRange.at(i), json).status() == Admission.Status.OVERLOADED) {
                Thread.sleep(1);
            }
        }
        source.close();
        return null;
    }

    /** One call at a time, as the plugin promises; but from any thread. */
    private static AlertListener listener(Account account, FuzzRule rule) {
        return new AlertListener() {
            @Override
            public synchronized void onAlert(Alert alert) {
                account.heard.add(Message.of(0, 0, alert, rule));
            }

            @Override
            public void onEarly(Alert alert) {
                onAlert(alert);
            }
        };
    }
}
