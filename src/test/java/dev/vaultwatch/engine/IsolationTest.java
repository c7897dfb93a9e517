package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.MINUTE;
import static dev.vaultwatch.engine.Events.harvest;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A rule's cost and failures stay its own. */
class IsolationTest {
    /** Far more than any of it takes; a backtracking matcher takes years. */
    private static final Duration HANG = Duration.ofMinutes(2);

    private static final Rule DIVIDING = Rules.of(
            "dividing",
            "@name('alert') select upn, count(*) as n from KeyVaultEvent(httpStatus % (httpStatus - 200) = 0)"
                    + "#time_batch(1 min, 0L) group by upn having count(*) > 1;");

    private static List<KeyVaultEvent> withStatus() {
        return harvest(AT_02_41, MALLORY).stream()
                .map(event -> event.toBuilder().with(Property.HTTP_STATUS, 200).build())
                .toList();
    }

    @Test
    @DisplayName("A rule whose filter throws on every event fails by name, and the rule beside it finds all the same")
    void filterThatThrows() {
        CompiledRules rules = Rules.compile(DIVIDING, Rules.shipped());
        try (Lane throwing = rules.rules().get(0).newLane();
                Lane shipped = rules.rules().get(1).newLane()) {
            for (KeyVaultEvent event : withStatus()) {
                throwing.send(AT_02_41, event);
                shipped.send(AT_02_41, event);
            }
            throwing.closeWindow();
            shipped.closeWindow();

            assertThat(shipped.takeFindings()).hasSize(2);
            assertThat(shipped.takeFailures()).isEmpty();
            assertThat(shipped.isDamaged()).isFalse();
            assertThat(throwing.isDamaged()).isTrue();
            assertThat(throwing.takeFailures())
                    .hasSize(10)
                    .containsOnly(new RuleFailure(
                            "dividing",
                            RuleFailure.Kind.THREW,
                            "The rule threw com.espertech.esper.common.client.EPException."));
        }
    }

    static Stream<Path> contained() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/epl-contained"))) {
            return files.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource
    @DisplayName("A pattern that a backtracking matcher would take for ever with takes its time and no more")
    void contained(Path file) throws IOException {
        Rule rule = Rules.of("contained", Files.readString(file));
        assertTimeoutPreemptively(HANG, () -> {
            try (Lane lane = Rules.lane(rule)) {
                for (int length : new int[] {49, 100, 10_000}) {
                    lane.send(AT_02_41, KeyVaultEvent.bare(AT_02_41, "SecretGet", "a".repeat(length)));
                }
                lane.closeWindow();

                assertThat(lane.takeFailures()).isEmpty();
                assertThat(lane.nanos()).isPositive();
            }
        });
    }

    @Test
    @DisplayName("An ordered rule takes so many events of its reach, says so once, and goes on when they are gone")
    void tooManyEvents() {
        Rule rule = Rules.of(
                        "sliding",
                        "@name('alert') select upn, count(*) as n from KeyVaultEvent(action = 'KeyGet')#time(1 sec)"
                                + " group by upn having count(*) > 0;")
                .toBuilder()
                .window(new Window.Ordered(Duration.ofSeconds(1), Duration.ofSeconds(1)))
                .build();
        KeyVaultEvent passed = KeyVaultEvent.bare(AT_02_41, "SecretGet", MALLORY);
        try (Lane lane = Rules.lane(rule)) {
            for (long i = 0; i <= LaneLimits.MAX_EVENTS + 5; i++) {
                lane.send(passed);
            }

            assertThat(lane.isIncomplete()).isTrue();
            assertThat(lane.takeFailures()).hasSize(1);
            lane.send(KeyVaultEvent.bare(AT_02_41 + MINUTE, "KeyGet", MALLORY));
            assertThat(lane.takeFindings()).hasSize(1);
        }
    }

    @Test
    @DisplayName("A group that had events in the window before and has none now is no finding, whatever the key")
    void phantoms() {
        Rule rule = Rules.of(
                        "by-vault",
                        "@name('alert') select vault, upn, sum(httpStatus) as s from KeyVaultEvent"
                                + "#time_batch(1 min, 0L) group by vault, upn;")
                .toBuilder()
                .key(GroupingKey.of(Property.VAULT, Property.UPN))
                .build();
        long seed = 20_261_125;
        Random random = new Random(seed);
        try (Lane lane = Rules.lane(rule)) {
            for (int window = 0; window < 40; window++) {
                Map<Object, Integer> expected = new HashMap<>();
                long start = AT_02_41 + window * MINUTE;
                for (int i = random.nextInt(8); i > 0; i--) {
                    KeyVaultEvent event = KeyVaultEvent.builder(start + i, "SecretGet")
                            .with(Property.UPN, random.nextBoolean() ? "u" + random.nextInt(3) : null)
                            .with(Property.VAULT, random.nextBoolean() ? "v" + random.nextInt(3) : null)
                            .build();
                    expected.merge(String.valueOf(rule.key().of(event)), 1, Integer::sum);
                    lane.send(start, event);
                }
                lane.closeWindow();
                List<String> found = new ArrayList<>();
                lane.takeFindings().stream()
                        .filter(finding -> !finding.early())
                        .forEach(finding -> found.add(String.valueOf(finding.key())));

                assertThat(found)
                        .as("seed %d, window %d", seed, window)
                        .containsExactlyInAnyOrderElementsOf(
                                expected.keySet().stream().map(String::valueOf).toList());
            }
        }
    }

    @Test
    @DisplayName("An ordered rule that is rebuilt from its reach finds the same as one that saw everything")
    void rebuilt() {
        long seed = 20_261_125;
        Random random = new Random(seed);
        Rule rule = Rules.of(
                        "sliding",
                        "@name('alert') select upn, count(*) as n from KeyVaultEvent#time(10 sec) group by upn"
                                + " having count(*) >= 4;")
                .toBuilder()
                .window(new Window.Ordered(Duration.ofSeconds(10), Duration.ofSeconds(10)))
                .build();
        List<KeyVaultEvent> events = new ArrayList<>();
        long time = AT_02_41;
        for (int i = 0; i < 300; i++) {
            time += random.nextInt(4_000);
            events.add(KeyVaultEvent.bare(time, "SecretGet", "u" + random.nextInt(3)));
        }
        CompiledRule compiled = Rules.compile(rule).rules().get(0);
        List<List<Object>> straight = story(compiled, events, 0, 0);
        assertThat(straight).hasSizeGreaterThan(10);
        for (int cut = 20; cut < events.size(); cut += 37) {
            long at = events.get(cut).time();
            int from = 0;
            while (events.get(from).time() < at - 10_000) {
                from++;
            }

            assertThat(story(compiled, events, from, at))
                    .as("seed %d, cut at %d", seed, cut)
                    .isEqualTo(straight.stream()
                            .filter(found -> (Long) found.get(0) >= at)
                            .toList());
        }
    }

    /** What is found from a time on by a lane that is given the events from an index on. */
    private static List<List<Object>> story(CompiledRule rule, List<KeyVaultEvent> events, int from, long since) {
        List<List<Object>> story = new ArrayList<>();
        try (Lane lane = rule.newLane()) {
            events.subList(from, events.size()).forEach(lane::send);
            lane.takeFindings().stream()
                    .filter(finding -> finding.time() >= since)
                    .forEach(finding -> story.add(List.of(
                            finding.time(),
                            String.valueOf(finding.key()),
                            finding.columns().toString())));
        }
        return story;
    }
}
