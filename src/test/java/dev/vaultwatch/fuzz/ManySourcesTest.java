package dev.vaultwatch.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many sources with a few records each, most of them at once: opened, idle, closed, opened again, and revoked with all that they
 * brought; and the process is killed in the middle. {@code -Dfuzz.sources=N} for another number of them than 400.
 */
class ManySourcesTest {
    private static final int SOURCES = Integer.getInteger("fuzz.sources", 400);
    private static final long ORIGIN = 1_772_323_200_000L;
    private static final FuzzRule RULE = FuzzRule.shipped(3, 1);

    @TempDir
    Path folder;

    private final DetectionPluginFactory factory =
            ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();

    /** A host and its devices. */
    private final class Devices {
        private final Map<String, Message> last = new HashMap<>();
        private final Map<Integer, Source> open = new HashMap<>();
        private final Set<Integer> revoked = new HashSet<>();
        private final Set<Integer> gone = new HashSet<>();
        private final Map<Integer, List<Item>> given = new TreeMap<>();
        private boolean dead;
        private int lives;
        private int number;
        private DetectionPlugin plugin = begin();

        private final class Ears implements AlertListener {
            private final int life = lives;

            @Override
            public void onAlert(Alert alert) {
                if (!dead || life != lives) {
                    last.put(alert.id(), Message.of(life, 0, alert, RULE));
                }
            }
        }

        private DetectionPlugin begin() {
            DetectionPlugin begun = factory.create(PluginContext.builder()
                    .config("rules.dir", folder.resolve("rules").toString())
                    .config("rules.cache-dir", folder.resolve("cache").toString())
                    .config("rules.watch", "false")
                    .config("time.idle-timeout", "PT0S")
                    .config("time.max-future", "PT0S")
                    .config("time.lateness", "PT24H")
                    .config("alerts.early", "false")
                    .config("alerts.cap", "false")
                    .config("alerts.max-values", "100000")
                    .config("bounds.events", "1000000")
                    .config("journal.dir", folder.resolve("journal" + lives).toString())
                    .config("journal.fsync", "never")
                    .onAlert(new Ears())
                    .build());
            begun.start();
            open.clear();
            return begun;
        }

        private SourceSpec spec(int source) {
            return SourceSpec.of("device-" + source);
        }

        private Item item(Dice dice, long time) {
            return new Item(
                    number++,
                    Item.Kind.EVENT,
                    time,
                    dice.oneOf("SecretGet", "SecretList", "KeyGet"),
                    "user" + dice.below(SOURCES / 8) + "@contoso.example",
                    "oid",
                    "VAULT" + dice.below(3),
                    "192.0.2." + dice.below(4));
        }

        private void feed(Dice dice, int source, long time) {
            if (revoked.contains(source)) {
                return;
            }
            Source its = open.computeIfAbsent(source, each -> plugin.source(spec(each)));
            List<Item> before = given.computeIfAbsent(source, each -> new ArrayList<>());
            Item item = item(dice, time);
            Admission admission =
                    its.accept(OffsetRange.at(before.size()), item.json().getBytes(StandardCharsets.UTF_8));
            assertThat(admission.kept())
                    .as("source " + source + ": " + admission)
                    .isEqualTo(1);
            before.add(item);
            switch (dice.below(12)) {
                case 0 -> {
                    its.close();
                    open.remove(source);
                }
                case 1 -> its.idle();
                case 2 -> {
                    if (dice.oneIn(4)) {
                        its.revoke();
                        forget(source);
                        open.remove(source);
                        revoked.add(source);
                    }
                }
                default -> {}
            }
        }

        /** What it alone brought; where another source has brought something of a group, all of it stays. */
        private void forget(int source) {
            Set<Group> elsewhere = new HashSet<>();
            given.forEach((each, items) -> items.stream()
                    .filter(item -> each != source && !gone.contains(item.number()))
                    .forEach(item -> elsewhere.add(RULE.group(item))));
            given.getOrDefault(source, List.of()).stream()
                    .filter(item -> !elsewhere.contains(RULE.group(item)))
                    .forEach(item -> gone.add(item.number()));
        }

        private void kill(Dice dice) {
            dead = true;
            Folders.copy(folder.resolve("journal" + lives), folder.resolve("journal" + (lives + 1)));
            plugin.close();
            dead = false;
            lives++;
            plugin = begin();
            given.forEach((source, items) -> {
                if (!revoked.contains(source) && dice.oneIn(3)) {
                    Source its = open.computeIfAbsent(source, each -> plugin.source(spec(each)));
                    int at = items.size() - 1;
                    Admission again =
                            its.accept(OffsetRange.at(at), items.get(at).json().getBytes(StandardCharsets.UTF_8));
                    assertThat(again.status()).isEqualTo(Admission.Status.REPEATED);
                }
            });
        }

        void live(Dice dice) {
            for (int i = 0; i < SOURCES; i += 2) {
                open.put(i, plugin.source(spec(i)));
            }
            int feeds = SOURCES * 3;
            for (int i = 0; i < feeds; i++) {
                feed(dice, dice.below(SOURCES), ORIGIN + i * 1_800_000L / feeds + dice.below(90_000));
                if (i == feeds / 2) {
                    kill(dice);
                }
            }
            plugin.endOfInput();
            PluginHealth health = plugin.health();
            plugin.close();

            long sum = health.kept()
                    + health.ignored()
                    + health.unrecognised()
                    + health.repeated()
                    + health.late()
                    + health.bad();
            assertThat(sum).isEqualTo(health.records());
            assertThat(health.kept()).isEqualTo(number);
            TreeMap<Group, TreeSet<Integer>> expected = new TreeMap<>(Group.ORDER);
            List<Item> left = new ArrayList<>();
            given.values()
                    .forEach(items -> items.stream()
                            .filter(item -> !gone.contains(item.number()))
                            .forEach(left::add));
            RULE.deserved(left)
                    .forEach(group -> expected.put(
                            group,
                            left.stream()
                                    .filter(item -> RULE.group(item).equals(group))
                                    .map(Item::number)
                                    .collect(Collectors.toCollection(TreeSet::new))));
            TreeMap<Group, TreeSet<Integer>> heard = new TreeMap<>(Group.ORDER);
            last.values().stream()
                    .filter(message -> message.stage() != AlertStage.RETRACTED)
                    .forEach(message -> heard.put(message.group(), new TreeSet<>(message.marks())));
            assertThat(expected).hasSizeGreaterThan(SOURCES / 20);
            expected.forEach((group, marks) ->
                    assertThat(heard.get(group)).as(group.toString()).isEqualTo(marks));
        }
    }

    @Test
    @DisplayName("As many sources as there are devices: each record counts once, and what was revoked no more")
    void many() {
        Folders.writeRules(folder.resolve("rules"), List.of(RULE), "");
        new Devices().live(new Dice(Long.getLong("fuzz.seed", 1)));
    }
}
