package dev.vaultwatch.tool.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Rules as a detection engineer writes them first, as a host runs them: what they find and what not, with late events, and over
 * a reload and a restart.
 */
class WantedCasesTest {
    /** Not {@link RuleCases#in}: one of them is refused. */
    private static final RuleCases CASES = RuleCases.readable(Path.of("src/test/resources/rules-wanted"));

    private static String text(Path rule) {
        try {
            return Files.readString(rule.resolve("cases/all.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @TestFactory
    @DisplayName("Every case goes as expected")
    Stream<DynamicTest> cases() {
        return CASES.tests().map(test -> DynamicTest.dynamicTest(test.name(), test.source(), test::run));
    }

    @Test
    @DisplayName(
            "Each has a case that finds, one that doesn't, a late event, a reload, a restart and a bound, but for the one that is refused")
    void enough() {
        assertThat(CASES.ruleFaults()).isEmpty();
        assertThat(CASES.faults()).isEmpty();
        assertThat(CASES.tried().ruleFaults())
                .singleElement()
                .satisfies(fault -> assertThat(fault.file()).contains("j-two-stages"));
        assertThat(CASES.ruleFolders())
                .hasSize(10)
                .filteredOn(rule -> !rule.endsWith("j-two-stages"))
                .allSatisfy(rule -> {
                    RuleCases.Count count = CASES.count(rule);
                    assertThat(count.positive()).isPositive();
                    assertThat(count.negative()).isPositive();
                    assertThat(count.disturbed()).isPositive();
                    assertThat(count.bounded()).isPositive();
                    String cases = text(rule);
                    assertThat(cases).contains("\"reload at", "\"restart at").containsPattern("\"\\d+ late by");
                });
    }
}
