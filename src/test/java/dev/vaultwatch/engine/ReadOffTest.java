package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.MINUTE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.KeyVaultEventBuilder;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A rule of counts and distinct values, read off its early statement")
class ReadOffTest {
    private static final String[] ACTIONS = {"SecretGet", "SecretList", "KeyGet", "VaultGet", "SecretSet"};
    private static final Rule SHIPPED = Rules.shipped();

    /** A column that is neither keeps the batch window. */
    private static final Rule BATCHED =
            Rules.shippedWith("count(*)                  as", "min(time) as first_seen, count(*) as");

    @Test
    @DisplayName("finds at each window's close, early and again later, what its batch window finds")
    void sameAsBatch() {
        SplittableRandom random = new SplittableRandom(20261125);
        int rows = 0;
        try (Lane readOff = Rules.lane(SHIPPED);
                Lane batched = Rules.lane(BATCHED);
                Lane readOffLate = Rules.lane(SHIPPED);
                Lane batchedLate = Rules.lane(BATCHED)) {
            for (int window = 0; window < 200; window++) {
                long start = AT_02_41 + window * MINUTE;
                List<KeyVaultEvent> events = new ArrayList<>();
                for (int i = random.nextInt(60); i >= 0; i--) {
                    KeyVaultEvent event = event(random, start);
                    events.add(event);
                    readOff.send(start, event);
                    batched.send(start, event);
                }
                readOff.closeWindow();
                batched.closeWindow();
                List<Map<String, Object>> found = rows(readOff.takeFindings());
                // Of a batch, groups come in an order that depends on the window before.
                assertThat(found).containsExactlyInAnyOrderElementsOf(rows(batched.takeFindings()));
                assertThat(rows(readOffLate.judge(start, events)))
                        .containsExactlyInAnyOrderElementsOf(rows(batchedLate.judge(start, events)));
                rows += found.size();
            }
            assertThat(readOff.takeFailures()).isEmpty();
        }
        assertThat(rows).isGreaterThan(100);
    }

    @Test
    @DisplayName("finds the same whether events by which it has nothing to say come one by one or together")
    void silently() {
        SplittableRandom random = new SplittableRandom(20261127);
        CompiledRule rule = Rules.compile(SHIPPED).rules().get(0);
        int early = 0;
        try (Lane single = rule.newLane();
                Lane silent = rule.newLane()) {
            for (int window = 0; window < 200; window++) {
                long start = AT_02_41 + window * MINUTE;
                Map<String, List<KeyVaultEvent>> byUser = new LinkedHashMap<>();
                for (int i = random.nextInt(150); i >= 0; i--) {
                    KeyVaultEvent event = event(random, start);
                    if (rule.takes(event)) {
                        byUser.computeIfAbsent(event.upn(), user -> new ArrayList<>())
                                .add(event);
                    }
                }
                List<Finding> found = new ArrayList<>();
                for (List<KeyVaultEvent> events : byUser.values()) {
                    events.forEach(event -> single.send(start, event));
                    found.addAll(sendInRuns(random, silent, start, events));
                }
                early += found.size();
                assertThat(rows(found)).isEqualTo(rows(single.takeFindings()));
                single.closeWindow();
                silent.closeWindow();
                assertThat(rows(silent.takeFindings())).isEqualTo(rows(single.takeFindings()));
            }
            assertThat(silent.takeFailures()).isEmpty();
        }
        assertThat(early).isGreaterThan(200);
    }

    /** Together what the lane can't speak of yet, and what comes after it has; in runs of random lengths. */
    private static List<Finding> sendInRuns(
            SplittableRandom random, Lane lane, long start, List<KeyVaultEvent> ofOneGroup) {
        List<Finding> found = new ArrayList<>();
        for (int from = 0; from < ofOneGroup.size(); ) {
            int silent = found.isEmpty() ? lane.silentUpTo() : ofOneGroup.size();
            int to = Math.min(ofOneGroup.size(), Math.min(silent, from + 1 + random.nextInt(40)));
            if (to > from) {
                lane.sendSilently(start, ofOneGroup.subList(from, to));
                assertThat(lane.hasOutput()).isFalse();
            } else {
                to = from + 1;
                lane.send(start, ofOneGroup.get(from));
                found.addAll(lane.takeFindings());
            }
            from = to;
        }
        return found;
    }

    @Test
    @DisplayName("takes of events that come together as many as its limit leaves room for")
    void limited() {
        KeyVaultEvent read = KeyVaultEvent.builder(AT_02_41, "SecretGet")
                .with(Property.UPN, "u1")
                .build();
        KeyVaultEvent list = KeyVaultEvent.builder(AT_02_41, "SecretList")
                .with(Property.UPN, "u1")
                .build();
        try (Lane lane = Rules.lane(SHIPPED)) {
            lane.limitTo(12);
            lane.sendSilently(AT_02_41, Collections.nCopies(9, read));
            lane.send(AT_02_41, list);
            lane.sendSilently(AT_02_41, Collections.nCopies(5, read));
            lane.closeWindow();

            assertThat(lane.isIncomplete()).isTrue();
            assertThat(lane.takeFindings())
                    .last()
                    .satisfies(finding -> assertThat(finding.columns())
                            .containsEntry(SHIPPED.eventCount().orElseThrow(), 12L));
        }
    }

    private static List<Map<String, Object>> rows(List<Finding> findings) {
        return findings.stream()
                .map(finding -> {
                    Map<String, Object> row = new LinkedHashMap<>(finding.columns());
                    row.remove("first_seen");
                    row.put("early", finding.early());
                    row.put("time", finding.time());
                    row.put("key", String.valueOf(finding.key()));
                    return row;
                })
                .toList();
    }

    private static KeyVaultEvent event(SplittableRandom random, long start) {
        KeyVaultEventBuilder event = KeyVaultEvent.builder(
                        start + random.nextInt((int) MINUTE), ACTIONS[random.nextInt(ACTIONS.length)])
                .with(Property.VAULT, "v" + random.nextInt(3))
                .with(Property.SOURCE_IP, random.nextBoolean() ? "192.0.2." + random.nextInt(3) : null);
        return event.with(Property.UPN, random.nextInt(8) == 0 ? null : "u" + random.nextInt(3))
                .build();
    }

    @Test
    @DisplayName("reads the properties that it names and no others, unless it may look at events as a whole")
    void reads() {
        CompiledRules shipped = Rules.compile(SHIPPED);

        assertThat(shipped.reads())
                .contains(Property.UPN, Property.ACTION, Property.SOURCE_IP, Property.AGENT)
                .doesNotContain(Property.CLIENT, Property.OBJECT_NAME, Property.CORRELATION_ID, Property.TIME);
        assertThat(Rules.compile(BATCHED).reads()).contains(Property.TIME);
        assertThat(Rules.compile(
                                Rules.of(
                                        "star",
                                        "@name('alert') select upn, window(*) as n from KeyVaultEvent#time_batch(1 min, 0L) group by upn;"))
                        .reads())
                .containsAll(Property.all());
        assertThat(Rules.compile(
                                Rules.of(
                                        "named",
                                        "@name('alert') select e.upn as upn, last(e) as n from KeyVaultEvent#time_batch(1 min, 0L) as e group by e.upn;"))
                        .reads())
                .containsAll(Property.all());
    }
}
