package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.Rule;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Columns that rule.json names")
class NamedColumnsTest {
    private static final String EPL =
            "@name('alert') select upn, count(*) as `Esql.event_count`, distinct_values(vault)"
                    + " from KeyVaultEvent#time_batch(1 min, 0L) group by upn having count(*) > 1;";

    private static final String JSON = """
            {
              "eventCount": "Esql.event_count",
              "parameters": {"least": {"type": "int"}},
              "fields": {"upn": "user.name",
                "Esql.event_cuont": "event.sequence", "a/b": "user.id"}
            }
            """;

    private static Rule rule(Optional<String> count, Map<String, String> fields) {
        return Rules.of("named", EPL).toBuilder()
                .eventCount(count)
                .about(new Rule.About(List.of(), Optional.empty(), Optional.empty(), "", Map.of(), fields))
                .json(JSON)
                .build();
    }

    private static String place(RuleFault fault) {
        return fault.file() + ":" + fault.line() + ":" + fault.column();
    }

    @Test
    @DisplayName("A field of no column is a warning at its place, with what was probably meant")
    void misspelt() {
        List<RuleFault> warnings = Rules.compile(rule(
                        Optional.of("Esql.event_count"),
                        new TreeMap<>(
                                Map.of("upn", "user.name", "Esql.event_cuont", "event.sequence", "a/b", "user.id"))))
                .warnings();

        assertThat(warnings)
                .extracting(RuleFault::problem)
                .containsExactly(
                        "/fields/Esql.event_cuont names no column of the alert statement, so it is never used; did you mean"
                                + " 'Esql.event_count'?",
                        "/fields/a~1b names no column of the alert statement, so it is never used.");
        assertThat(warnings)
                .extracting(NamedColumnsTest::place)
                .containsExactly("epl/named/rule.json:5:25", "epl/named/rule.json:5:50");
    }

    @Test
    @DisplayName("Columns that the statement selects are not told of, and of a wildcard none is")
    void selected() {
        assertThat(Rules.compile(rule(
                                Optional.of("Esql.event_count"),
                                Map.of("upn", "user", "Esql.event_count", "a", "distinct_values(vault)", "b")))
                        .warnings())
                .isEmpty();
        assertThat(NamedColumns.warnings(
                        rule(Optional.empty(), Map.of("else", "x")),
                        Rules.models(Rules.of("all", "@name('alert') select * from KeyVaultEvent;"))
                                .get(0)))
                .isEmpty();
    }

    @Test
    @DisplayName("An event count that is no column is refused at its place, with the columns that there are")
    void count() {
        assertThat(Rules.faults(rule(Optional.of("Esql.event_cuont"), Map.of())))
                .singleElement()
                .satisfies(fault -> {
                    assertThat(place(fault)).isEqualTo("epl/named/rule.json:2:17");
                    assertThat(fault.problem())
                            .isEqualTo(
                                    "/eventCount is 'Esql.event_cuont', and the alert statement selects no such column;"
                                            + " did you mean 'Esql.event_count'? It selects upn, Esql.event_count,"
                                            + " distinct_values(vault).");
                });
    }

    @Test
    @DisplayName("A parameter that is no variable is refused at its place")
    void parameter() {
        Rule rule = rule(Optional.empty(), Map.of()).toBuilder()
                .parameters(List.of(new Rule.Parameter("least", "int", Optional.empty(), Optional.empty(), "Least.")))
                .build();

        assertThat(Rules.faults(rule)).extracting(NamedColumnsTest::place).containsExactly("epl/named/rule.json:3:27");
    }
}
