package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.read;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("An event whose value a filter names more than once")
class RepeatedValuesTest {
    private static final String ACTS = "create constant variable string[] acts = {'SecretGet', 'KeyGet', 'SecretGet'};"
            + " create constant variable string one = 'SecretGet';";

    private static Rule tumbling(String filter) {
        return Rules.of(
                "repeats",
                ACTS + " @name('alert') select upn, count(*) as n from KeyVaultEvent(" + filter
                        + ", upn is not null)#time_batch(1 min, 0L) group by upn having count(*) >= 2;");
    }

    private static KeyVaultEvent get(long time) {
        return KeyVaultEvent.builder(time, "SecretGet")
                .with(Property.UPN, MALLORY)
                .with(Property.HTTP_STATUS, 200)
                .build();
    }

    private static CompiledRule compiled(Rule rule) {
        return Rules.compile(rule).rules().get(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "action in ('SecretGet', 'KeyGet', 'SecretGet')",
                "action in ('SecretGet', \"SecretGet\", 'SecretGet')",
                "action in (acts)",
                "action in (acts, 'SecretGet')",
                "action in (one, 'SecretGet')",
                "action = 'SecretGet' or action = 'SecretGet'",
                "action = 'SecretGet' or 'SecretGet' = action",
                "action = 'KeyGet' or (action = 'SecretGet' or action = 'SecretGet')",
                "action = one or action = 'SecretGet'",
                "lower(action) in ('secretget', 'secretget')",
                "not (action not in ('SecretGet', 'SecretGet'))",
                "upn in ('mallory@contoso.example', 'mallory@contoso.example') or action in ('SecretGet', 'SecretGet')",
                "action = 'SecretGet', httpStatus in (200, 403, 200)",
                "action = 'SecretGet', (httpStatus = 200 or httpStatus = 403 or httpStatus = 200)",
            })
    @DisplayName("counts once, in a tumbling window and in a sliding one")
    void once(String filter) {
        try (Lane lane = compiled(tumbling(filter)).newLane()) {
            assertThat(lane.judge(
                            AT_02_41 - Math.floorMod(AT_02_41, 60_000L), List.of(get(AT_02_41), get(AT_02_41 + 1))))
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.columns()).containsEntry("n", 2L));
        }
        Rule sliding = tumbling(filter).toBuilder()
                .epl(tumbling(filter).epl().replace("#time_batch(1 min, 0L)", "#time(1 min)"))
                .window(new Window.Ordered(Duration.ofMinutes(1), Duration.ofMinutes(1)))
                .build();
        try (Lane lane = compiled(sliding).newLane()) {
            lane.send(get(AT_02_41));
            assertThat(lane.takeFindings()).isEmpty();
            lane.send(get(AT_02_41 + 1));
            assertThat(lane.takeFindings())
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.columns()).containsEntry("n", 2L));
        }
    }

    @Test
    @DisplayName("begins a pattern once, and counts once in a subquery")
    void elsewhere() {
        Rule pattern = Rules.of(
                        "repeats",
                        "@name('alert') select a.upn as upn from pattern [every a=KeyVaultEvent(action in"
                                + " ('SecretList', 'SecretList')) -> KeyVaultEvent(action in ('SecretGet', 'SecretGet'), upn ="
                                + " a.upn) where timer:within(10 sec)];")
                .toBuilder()
                .window(new Window.Ordered(Duration.ofSeconds(10), Duration.ofSeconds(10)))
                .build();
        try (Lane lane = compiled(pattern).newLane()) {
            lane.send(read(AT_02_41, "SecretList", MALLORY));
            lane.send(read(AT_02_41 + 1, "SecretGet", MALLORY));
            assertThat(lane.takeFindings()).hasSize(1);
        }
        Rule subquery = pattern.toBuilder()
                .epl(
                        "@name('alert') select e.upn as upn, (select count(*) from KeyVaultEvent(action in ('SecretList',"
                                + " 'SecretList'))#time(10 sec)) as n from KeyVaultEvent(action = 'SecretGet')#time(10 sec) as e;")
                .build();
        try (Lane lane = compiled(subquery).newLane()) {
            lane.send(read(AT_02_41, "SecretList", MALLORY));
            lane.send(read(AT_02_41 + 1, "SecretGet", MALLORY));
            assertThat(lane.takeFindings())
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.columns()).containsEntry("n", 1L));
        }
    }

    @Test
    @DisplayName("is told to whoever wrote the list, with its line")
    void told() {
        assertThat(warnings("action in ('SecretGet', 'KeyGet', 'SecretGet')"))
                .singleElement()
                .satisfies(warning -> assertThat(warning.problem())
                        .contains("The list of 'action in' has 'SecretGet' more than once"));
        assertThat(warnings("action in ('SecretGet', 'KeyGet')")).isEmpty();
    }

    private static List<RuleFault> warnings(String filter) {
        Rule rule = tumbling(filter);
        return Stream.of(Rules.compile(
                        rule.toBuilder().epl(rule.epl().replace(ACTS, "")).build()))
                .flatMap(each -> each.warnings().stream())
                .toList();
    }
}
