package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.Rule;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The variables of a rule that a site may set")
class ParametersTest {
    private static final String ALERT = "@name('alert') select upn from KeyVaultEvent";

    private static Rule.Parameter parameter(String type, @Nullable String min, @Nullable String max) {
        return new Rule.Parameter(
                "least",
                type,
                Optional.ofNullable(min).map(BigDecimal::new),
                Optional.ofNullable(max).map(BigDecimal::new),
                "");
    }

    private static Rule rule(String variables, Rule.Parameter parameter, Map<String, Object> settings) {
        return Rules.of("rule", variables + ALERT).toBuilder()
                .parameters(List.of(parameter))
                .settings(settings)
                .build();
    }

    private static List<String> faults(Rule rule) {
        List<RuleFault> faults = Parameters.faults(rule, Rules.models(rule));
        assertThat(faults).allSatisfy(fault -> {
            assertThat(fault.file()).isEqualTo("epl/rule/rule.json");
            assertThat(fault.line()).isZero();
            assertThat(fault.column()).isZero();
        });
        return faults.stream().map(RuleFault::problem).toList();
    }

    private static List<String> faultsOfInitial(String value, @Nullable String min, @Nullable String max) {
        return faults(rule("create variable int least = " + value + "; ", parameter("int", min, max), Map.of()));
    }

    private static List<String> faultsOfSetting(String type, Object value) {
        String initial = Map.of("boolean", "true", "string", "'x'").getOrDefault(type, "1");
        return faults(rule(
                "create variable " + type + " least = " + initial + "; ",
                parameter(type, null, null),
                Map.of("least", value)));
    }

    @Test
    @DisplayName("A value within its range is right, its ends included")
    void within() {
        assertThat(faultsOfInitial("5", "5", "9")).isEmpty();
        assertThat(faultsOfInitial("9", "5", "9")).isEmpty();
        assertThat(faultsOfInitial("9", null, null)).isEmpty();
    }

    @Test
    @DisplayName("A value of rule.epl out of range is told with its place and the range, as far as there is one")
    void initial() {
        String at = "/parameters/least: the value in rule.epl, ";
        assertThat(faultsOfInitial("4", "5", "9"))
                .containsExactly(at + "4, which is out of range; expected at least 5 and at most 9.");
        assertThat(faultsOfInitial("10", "5", "9"))
                .containsExactly(at + "10, which is out of range; expected at least 5 and at most 9.");
        assertThat(faultsOfInitial("4", "5", null))
                .containsExactly(at + "4, which is out of range; expected at least 5.");
        assertThat(faultsOfInitial("10", null, "9"))
                .containsExactly(at + "10, which is out of range; expected at most 9.");
    }

    @Test
    @DisplayName("A parameter that is no variable, or one without a value, is told with the variable that was meant")
    void noVariable() {
        assertThat(faults(rule("create variable int leest = 1; ", parameter("int", null, null), Map.of())))
                .containsExactly(
                        "/parameters/least names no variable of rule.epl that has a value; did you mean 'leest'?");
        assertThat(faults(rule("create variable int least; ", parameter("int", null, null), Map.of())))
                .containsExactly("/parameters/least names no variable of rule.epl that has a value.");
    }

    @Test
    @DisplayName("A setting of no parameter is told with the parameter that was meant")
    void noParameter() {
        assertThat(faults(rule(
                        "create variable int least = 1; ",
                        parameter("int", null, null),
                        Map.of("leest", new BigDecimal(1)))))
                .containsExactly(
                        "The parameter 'leest' is set, but /parameters has no such name; did you mean 'least'?");
    }

    @Test
    @DisplayName("A setting out of range is told")
    void setting() {
        assertThat(faults(rule(
                        "create variable int least = 6; ",
                        parameter("int", "5", "9"),
                        Map.of("least", new BigDecimal(10)))))
                .containsExactly(
                        "The parameter 'least' is set to 10, which is out of range; expected at least 5 and at most 9.");
    }

    @ParameterizedTest
    @CsvSource({
        "int, 1.5",
        "int, 2147483648",
        "int, many",
        "long, 9223372036854775808",
        "double, much",
        "double, 1E+999",
        "double, -1E+999",
        "boolean, true"
    })
    @DisplayName("A setting that is none of the parameter's type is told, and thrown over by nothing")
    void otherType(String type, String text) {
        assertThat(faultsOfSetting(type, text))
                .containsExactly("The parameter 'least' is set to " + text + ", which is no " + type + ".");
    }

    @Test
    @DisplayName("A number where a text is wanted is told")
    void noText() {
        assertThat(faultsOfSetting("string", new BigDecimal(1)))
                .containsExactly("The parameter 'least' is set to 1, which is no string.");
    }

    @Test
    @DisplayName("A setting becomes the variable's value, in the variable's type")
    void set() {
        assertThat(valueSet("int", new BigDecimal("25"))).isEqualTo(25);
        assertThat(valueSet("long", new BigDecimal("25"))).isEqualTo(25L);
        assertThat(valueSet("double", new BigDecimal("0.5"))).isEqualTo(0.5);
        assertThat(valueSet("boolean", false)).isEqualTo(false);
        assertThat(valueSet("string", "y")).isEqualTo("y");
    }

    private static Object valueSet(String type, Object value) {
        assertThat(faultsOfSetting(type, value)).isEmpty();
        String initial = Map.of("boolean", "true", "string", "'x'").getOrDefault(type, "1");
        Rule rule = rule(
                "create variable " + type + " least = " + initial + "; ",
                parameter(type, null, null),
                Map.of("least", value));
        List<EPStatementObjectModel> models = Rules.models(rule);
        assertThat(Parameters.set(rule, models.get(0))).isTrue();
        return Models.variables(models).getOrDefault("least", "none");
    }

    @Test
    @DisplayName(
            "What is not set keeps the value of rule.epl: other variables, other statements, and what is no parameter")
    void notSet() {
        Rule rule = rule(
                "create variable int least = 1; create variable int most = 2; create variable int third = 3; ",
                parameter("int", null, null),
                Map.of("third", new BigDecimal(7)));
        List<EPStatementObjectModel> models = Rules.models(rule);

        assertThat(models).noneMatch(model -> Parameters.set(rule, model));
        assertThat(Models.variables(models)).isEqualTo(Map.of("least", 1, "most", 2, "third", 3));
    }
}
