package dev.vaultwatch.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.event.Property;
import dev.vaultwatch.tool.cases.CaseResult;
import dev.vaultwatch.tool.cases.RuleCases;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A new rule")
class NewRuleTest {
    private static final Set<Property> UNSAID =
            EnumSet.of(Property.TIME, Property.SOURCE_ADDRESS, Property.OBJECT_VERSION);

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(NewRule.Kind.class)
    @DisplayName("passes its cases as it is, whatever its key")
    void passes(NewRule.Kind kind) throws IOException {
        List<Property> key = Property.all().stream()
                .filter(each -> !UNSAID.contains(each) && !each.isConfidential())
                .toList();

        NewRule.write(folder, "new-rule", kind, key);

        RuleCases cases = RuleCases.in(folder);
        assertThat(cases.faults()).isEmpty();
        try (Stream<RuleCases.RuleTest> tests = cases.tests()) {
            List<CaseResult> results = tests.map(RuleCases.RuleTest::result).toList();
            assertThat(results)
                    .hasSizeGreaterThan(1)
                    .allSatisfy(result ->
                            assertThat(result.passed()).as(result.explanation()).isTrue());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Property.class,
            names = {"TIME", "SOURCE_ADDRESS", "OBJECT_VERSION", "OBJECT_NAME", "REQUEST_URI", "CLIENT"})
    @DisplayName(
            "is refused where no case's sentence could give its key, or no alert could say it, and nothing is written")
    void refused(Property property) {
        assertThatThrownBy(() -> NewRule.write(folder, "new-rule", NewRule.Kind.EVENT, List.of(property)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("The key is " + property.epl() + ",");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    @DisplayName("is refused by an id that no folder may have")
    void id() {
        assertThatThrownBy(() -> NewRule.write(folder, "New Rule", NewRule.Kind.EVENT, List.of(Property.UPN)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("many-reads-at-night");
    }
}
