package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Columns of two rules that one index can't hold: what is told when both are loaded. */
class SharedColumnsTest {
    private static Rule rule(String id, String columns) {
        return Rules.of(
                id,
                "// kinds\n@name('alert') select upn, count(*) as n,\n  " + columns
                        + " from KeyVaultEvent(action = 'SecretGet', upn is not null)#time_batch(1 min, 0L)"
                        + " group by upn having count(*) >= 3;");
    }

    private static List<String> warnings(Rule... rules) {
        try (RuleCompiler compiler = new RuleCompiler()) {
            return compiler.compile(List.of(rules)).warnings().stream()
                    .map(RuleFault::toString)
                    .toList();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            count(distinct action) as x            | max(upn) as x                                   | a text here and a whole number in
            distinct_values(httpStatus) as x       | distinct_values(resultSignature) as x            | a text here and a whole number in
            window(httpStatus) as x                | window(resultSignature) as x                     | a text here and a whole number in
            max(upn) as x                          | distinct_values(httpStatus) as x                 | a whole number here and a text in
            sum(durationMs) as x                   | avg(durationMs) as x                             | a decimal number here and a whole number in
            max(upn) as x                          | distinct_values(durationMs > 5) as x             | true or false here and a text in
            distinct_values(asNumber * 1.5) as x   | distinct_values(asNumber) as x                   | a whole number here and a decimal number in
            count(*, httpStatus = 403) as x        | case when count(*) > 5 then 'many' else '' end as x | a text here and a whole number in
            """)
    @DisplayName("A column of one name and two types is told, with both rules and both types")
    void types(String one, String other, String said) {
        assertThat(warnings(rule("a", one), rule("b", other)))
                .singleElement()
                .asString()
                .contains("The column 'x' is " + said + " rule a.", "b/rule.epl:3:", "another name");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            count(*) as x                        | count(distinct action) as x
            max(upn) as x                        | distinct_values(upn) as x
            window(*) as x                       | max(upn) as x
            sum(httpStatus) as x                 | max(durationMs) as x
            max(upn) as `x.a`                    | max(upn) as `x.b`
            max(upn) as `x`                      | max(upn) as `xy.b`
            """)
    @DisplayName("What fits beside each other is not told")
    void fit(String one, String other) {
        assertThat(warnings(rule("a", one), rule("b", other))).isEmpty();
    }

    @Test
    @DisplayName("A name that is a value in one rule and an object in the other is told, whichever rule comes first")
    void objects() {
        Rule value = rule("a", "max(upn) as x");
        Rule object = rule("b", "max(upn) as `x.y.z`");

        assertThat(warnings(object, value))
                .singleElement()
                .asString()
                .contains("b/rule.epl:3:", "The column 'x.y.z' makes an object of 'x', which is a value in rule a.");
        assertThat(warnings(rule("b", "max(upn) as x"), rule("a", "max(upn) as `x.y.z`")))
                .singleElement()
                .asString()
                .contains("b/rule.epl:3:", "The column 'x' is a value here and, by 'x.y.z', an object in rule a.");
    }

    @ParameterizedTest
    @CsvSource({"user, user.roles", "source, source.x", "vaultwatch.x, vaultwatch.x.y", "tags, tags.x", "_a, _a.b"})
    @DisplayName("A name that no alert has as an object of its own is not told")
    void apart(String value, String below) {
        Rule one = rule("a", "max(upn) as `" + value + "`");
        Rule other = rule("b", "max(upn) as `" + below + "`");

        assertThat(warnings(one, other)).isEmpty();
    }

    @Test
    @DisplayName("Of several rules each that clashes is told once, against the first by id, and the same at each load")
    void several() {
        Rule one = rule("a", "count(*) as x");
        Rule two = rule("b", "max(upn) as x");
        Rule three = rule("c", "distinct_values(upn) as x");

        assertThat(warnings(three, one, two))
                .hasSize(2)
                .allMatch(warning -> warning.contains("in rule a."))
                .isEqualTo(warnings(one, two, three));
    }

    @Test
    @DisplayName("The shipped rules fit beside each other")
    void shipped() {
        List<Rule> shipped = RuleFolder.at(Path.of("epl")).read();

        assertThat(shipped).hasSizeGreaterThan(5);
        assertThat(warnings(shipped.toArray(Rule[]::new))).isEmpty();
    }

    @Test
    @DisplayName("What stands apart is what the mappings of format ecs have at their top")
    void apart() throws IOException {
        // The one object whose members the mappings leave to whoever writes them.
        Set<String> mapped = new TreeSet<>(Set.of("labels"));
        new ObjectMapper()
                .readTree(Path.of("docs/elastic/vaultwatch-alerts@ecs.json").toFile())
                .at("/template/mappings/properties")
                .fieldNames()
                .forEachRemaining(mapped::add);

        assertThat(SharedColumns.APART).containsExactlyInAnyOrderElementsOf(mapped);
    }
}
