package dev.vaultwatch.tool.cases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The cases of the rules that ship: that they hold, that there are enough, and that they notice a changed rule. */
class ShippedCasesTest {
    private static final Path RULES = Path.of("epl");

    /** An action that exists and that no shipped rule looks for. */
    private static final String OTHER_ACTION = "'CertificateNearExpiryEventGridNotification'";

    @TempDir
    private Path scratch;

    @TestFactory
    @DisplayName("Every case goes as expected")
    Stream<DynamicTest> cases() {
        return RuleCases.in(RULES).tests().map(test -> DynamicTest.dynamicTest(test.name(), test.source(), test::run));
    }

    @TestFactory
    @DisplayName("Every rule has three cases that find, three that don't, and three that are disturbed")
    Stream<DynamicTest> enough() {
        RuleCases cases = RuleCases.in(RULES);
        return cases.ruleFolders().stream()
                .map(rule -> DynamicTest.dynamicTest(rule.toString(), () -> {
                    RuleCases.Count count = cases.count(rule);
                    assertThat(count.positive()).isGreaterThanOrEqualTo(3);
                    assertThat(count.negative()).isGreaterThanOrEqualTo(3);
                    assertThat(count.disturbed()).isGreaterThanOrEqualTo(3);
                }));
    }

    /** A changed rule, and in group words. */
    private record Mutant(String change, String epl) {}

    @TestFactory
    @DisplayName("A changed threshold, action or operator fails a case")
    Stream<DynamicTest> mutants() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path rule : RuleCases.in(RULES).ruleFolders()) {
            String epl = Files.readString(rule.resolve("rule.epl"));
            for (Mutant mutant : mutantsOf(epl)) {
                tests.add(DynamicTest.dynamicTest(
                        rule.getFileName() + ": " + mutant.change(), () -> failsACase(rule, mutant)));
            }
        }
        assertThat(tests).hasSizeGreaterThan(25);
        return tests.stream();
    }

    private void failsACase(Path rule, Mutant mutant) throws IOException {
        Path changed = Files.createDirectories(
                Files.createTempDirectory(scratch, "mutant").resolve(rule.getFileName()));
        Files.writeString(changed.resolve("rule.epl"), mutant.epl());
        Files.copy(rule.resolve("rule.json"), changed.resolve("rule.json"));
        try (Stream<RuleCases.RuleTest> tests = RuleCases.in(rule).tests()) {
            // Reads on until one fails, so that a mutant costs as little as it can.
            assertThat(tests.map(test -> test.resultWith(changed)).anyMatch(result -> !result.passed()))
                    .as("a case fails with " + mutant.change())
                    .isTrue();
        }
    }

    private static List<Mutant> mutantsOf(String epl) {
        List<Mutant> mutants = new ArrayList<>();
        // Comments hold no code: what changes there changes nothing.
        String code = epl.replaceAll("//[^\n]*", "");
        replaceEach(code, "variable \\w+ \\w+ = (\\d+)", 1, match -> Integer.parseInt(match) + 1 + "", mutants);
        replaceEach(code, "variable \\w+ \\w+ = (\\d+)", 1, match -> Integer.parseInt(match) - 1 + "", mutants);
        replaceEach(code, "'[A-Z][a-z]+[A-Z]\\w+'", 0, match -> OTHER_ACTION, mutants);
        String having = " >= | <= | > | < ";
        replaceEach(
                code, having, 0, match -> match.contains("=") ? match.replace("=", "") : match.strip() + "= ", mutants);
        replaceEach(code, having, 0, match -> match.contains(">") ? " < " : " > ", mutants);
        replaceEach(code, "\\n +and |\\) and ", 0, match -> match.replace("and", "or"), mutants);
        replaceEach(code, "is not null", 0, match -> "is null", mutants);
        replaceEach(code, " != ", 0, match -> " = ", mutants);
        replaceEach(code, "(?<=\\w) = (?=a\\.)", 0, match -> " != ", mutants);
        replaceEach(code, "\\[(\\d+)\\]", 1, match -> Integer.parseInt(match) + 1 + "", mutants);
        replaceEach(code, "\\[(\\d+)\\]", 1, match -> Integer.parseInt(match) - 1 + "", mutants);
        replaceEach(code, " in \\(", 0, match -> " not in (", mutants);
        return mutants;
    }

    private interface Change {
        String of(String match);
    }

    private static void replaceEach(String code, String pattern, int group, Change change, List<Mutant> mutants) {
        Matcher matcher = Pattern.compile(pattern).matcher(code);
        while (matcher.find()) {
            String match = matcher.group(group);
            String changed = change.of(match);
            mutants.add(new Mutant(
                    match.strip() + " → " + changed.strip() + " at " + matcher.start(group),
                    code.substring(0, matcher.start(group)) + changed + code.substring(matcher.end(group))));
        }
    }
}
