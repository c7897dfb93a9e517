package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import dev.vaultwatch.engine.Measures.Condition;
import dev.vaultwatch.engine.Measures.Measuring;
import dev.vaultwatch.engine.Measures.Threshold;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("What of a rule's conditions can be read off as numbers")
class MeasuresTest {
    private static final String SELECT =
            "select upn, count(*) as n, count(distinct vault) as `vaults.n`, max(httpStatus) as m"
                    + " from KeyVaultEvent#time_batch(1 min, 0L) group by upn";

    private static EPStatementObjectModel alert(List<EPStatementObjectModel> models) {
        return models.stream()
                .filter(model -> Models.isNamed(model, "alert"))
                .findFirst()
                .orElseThrow();
    }

    private static Rule rule(String having) {
        return Rules.of(
                        "measured",
                        "create constant variable int least = 7;\n@name('alert') " + SELECT
                                + (having.isEmpty() ? "" : " having " + having) + ";")
                .toBuilder()
                .parameters(
                        List.of(new Rule.Parameter("least", "int", Optional.empty(), Optional.empty(), "The least.")))
                .build();
    }

    private static Map<String, Threshold> thresholds(Rule rule) {
        List<EPStatementObjectModel> models = Rules.models(rule);
        return Measures.thresholds(rule, alert(models), models);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                count(*) >= least                            | n        | true
                count(*) > least                             | n        | false
                least <= count(*)                            | n        | true
                least < count(*)                             | n        | false
                count(distinct vault) >= least               | vaults.n | true
                max(httpStatus) > 2 and count(*) >= least    | n        | true
                """)
    @DisplayName("a parameter is a threshold where a count that the rule puts out must reach it")
    void threshold(String having, String column, boolean inclusive) {
        assertThat(thresholds(rule(having))).isEqualTo(Map.of("least", new Threshold(column, inclusive, 7)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "count(*) >= 7",
                "count(*) <= least",
                "count(*) < least",
                "count(*) = least",
                "count(*) != least",
                "least >= count(*)",
                "least > count(*)",
                "least = count(*)",
                "max(httpStatus) >= least",
                "count(distinct action) >= least",
                "count(*) >= least or count(*) > 3",
                "not count(*) >= least",
                "count(*) >= least + 1",
                "count(*) >= least and count(distinct vault) >= least",
                "count(*) >= 7 and max(httpStatus) = least"
            })
    @DisplayName("a parameter that is compared in another way, twice, or with what the rule does not put out, is none")
    void noThreshold(String having) {
        assertThat(thresholds(rule(having))).isEmpty();
    }

    @Test
    @DisplayName(
            "no parameter is a threshold of a rule that is not tumbling, or that limits its rows, or of another type")
    void noThresholdOfTheRule() {
        Rule rule = rule("count(*) >= least");
        Rule ordered = rule.toBuilder()
                .window(new Window.Ordered(Duration.ofMinutes(1), Duration.ofMinutes(1)))
                .build();
        assertThat(thresholds(rule)).isNotEmpty();
        assertThat(thresholds(ordered)).isEmpty();
        assertThat(thresholds(Rules.withEpl(rule, rule.epl().replace(">= least;", ">= least limit 1;"))))
                .isEmpty();
        assertThat(thresholds(Rules.withEpl(rule, rule.epl().replace("int least = 7", "double least = 7.5"))))
                .isEmpty();
        assertThat(thresholds(Rules.withEpl(rule, rule.epl().replace("int least = 7", "long least = 8L")))
                        .values())
                .extracting(Threshold::value)
                .containsExactly(8L);
    }

    @Test
    @DisplayName("an output reaches an inclusive threshold at its value, and another one above it")
    void reaches() {
        Threshold inclusive = new Threshold("n", true, 7);
        Threshold exclusive = new Threshold("n", false, 7);

        assertThat(inclusive.reaches(6, 7)).isFalse();
        assertThat(inclusive.reaches(7, 7)).isTrue();
        assertThat(exclusive.reaches(7, 7)).isFalse();
        assertThat(exclusive.reaches(8, 7)).isTrue();
    }

    private static @Nullable Measuring measuring(Rule rule) {
        return Measures.measuring(rule, alert(Rules.models(rule)), List.of("create constant variable int least = 7"))
                .orElse(null);
    }

    @Test
    @DisplayName("the measuring rule puts out the key and the sides of each condition, whether they hold or not")
    void measuring() {
        Measuring measuring =
                Objects.requireNonNull(measuring(rule("count(*) >= least and max(httpStatus) in (1, 2)")));

        assertThat(measuring.conditions())
                .containsExactly(
                        new Condition("count(*)>=least", ">=", "condition0_left", "condition0_right"),
                        new Condition("max(httpStatus) in (1,2)", "", "condition1", ""));
        String epl = measuring.rule().epl();
        assertThat(epl)
                .startsWith("create constant variable int least = 7;\n@name('alert') select upn as upn, ")
                .contains("count(*) as condition0_left")
                .contains("least as condition0_right")
                .contains("max(httpStatus) in (1,2) as condition1")
                .contains("group by upn")
                .doesNotContain("having")
                .doesNotContain("vaults.n");
        assertThat(Rules.models(measuring.rule())).hasSize(2);
    }

    @Test
    @DisplayName("of the rule's annotations the measuring rule has its name alone")
    void annotations() {
        Rule rule = rule("count(*) >= least");
        Measuring measuring = Objects.requireNonNull(
                measuring(Rules.withEpl(rule, rule.epl().replace("@name", "@Priority(3) @name"))));

        assertThat(measuring.rule().epl()).contains("@name('alert')").doesNotContain("Priority");
    }

    @Test
    @DisplayName("a rule without conditions is measured without any")
    void nothingToMeasure() {
        assertThat(Objects.requireNonNull(measuring(rule(""))).conditions()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "@name('alert') select a.upn as upn from pattern [every a=KeyVaultEvent];",
                "@name('alert') select a.upn as upn from KeyVaultEvent#time(1 min) as a, KeyVaultEvent#time(1 min) as b;",
                "insert into Reads select upn from KeyVaultEvent;\n@name('alert') select upn from Reads#time(1 min);",
                "@name('alert') select * from KeyVaultEvent match_recognize (partition by upn measures A.upn as upn"
                        + " pattern (A) define A as A.action = 'x');"
            })
    @DisplayName("only a rule with a single stream of events can be measured")
    void notMeasured(String epl) {
        Rule rule = Rules.of("r", epl).toBuilder()
                .window(new Window.Ordered(Duration.ofMinutes(1), Duration.ofMinutes(1)))
                .build();
        assertThat(measuring(rule)).isNull();
    }

    @Test
    @DisplayName("a rule about each event by itself can't be measured, one with a sliding window can")
    void windows() {
        Rule rule = Rules.of("r", "@name('alert') select upn from KeyVaultEvent#time(1 min) having count(*) > 1;");

        assertThat(measuring(rule.toBuilder().window(new Window.Single()).build()))
                .isNull();
        assertThat(measuring(rule.toBuilder()
                        .window(new Window.Ordered(Duration.ofMinutes(1), Duration.ofMinutes(1)))
                        .build()))
                .isNotNull();
    }
}
