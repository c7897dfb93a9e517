package dev.vaultwatch.tool.cases;

import dev.vaultwatch.api.RuleFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes results as JUnit XML, which build servers read: a suite for each rule, a test case for each run. */
public final class JUnitXml {
    private JUnitXml() {}

    /**
     * The document, with a line end at its end.
     *
     * @param faults what could not be read or run, by rule: an error each, since whatever stands there was not tested
     * @param untested ids of rules without a case: one that is skipped each, so that the report names them
     */
    public static String of(
            List<CaseResult> results, Map<String, List<RuleFault>> faults, Collection<String> untested) {
        Map<String, List<CaseResult>> byRule = new LinkedHashMap<>();
        results.forEach(each ->
                byRule.computeIfAbsent(each.ruleId(), id -> new ArrayList<>()).add(each));
        faults.keySet().forEach(rule -> byRule.putIfAbsent(rule, List.of()));
        untested.forEach(rule -> byRule.putIfAbsent(rule, List.of()));
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
        byRule.forEach((rule, cases) ->
                suite(rule, cases, faults.getOrDefault(rule, List.of()), untested.contains(rule) ? 1 : 0, xml));
        return xml.append("</testsuites>\n").toString();
    }

    private static void suite(
            String rule, List<CaseResult> cases, List<RuleFault> faults, int skipped, StringBuilder xml) {
        List<RunResult> runs =
                cases.stream().flatMap(each -> each.runs().stream()).toList();
        Duration took = runs.stream().map(RunResult::took).reduce(Duration.ZERO, Duration::plus);
        xml.append("  <testsuite name=\"")
                .append(escaped(rule))
                .append("\" tests=\"")
                .append(runs.size() + faults.size() + skipped)
                .append("\" failures=\"")
                .append(runs.stream().filter(run -> !run.passed()).count())
                .append("\" errors=\"")
                .append(faults.size())
                .append("\" skipped=\"")
                .append(skipped)
                .append("\" time=\"")
                .append(seconds(took))
                .append("\">\n");
        faults.forEach(fault -> error(rule, fault, xml));
        if (skipped > 0) {
            xml.append("    <testcase classname=\"")
                    .append(escaped(rule))
                    .append("\" name=\"cases\" time=\"0.000\">\n      <skipped message=\"The rule has no case.\"/>\n")
                    .append("    </testcase>\n");
        }
        for (CaseResult each : cases) {
            for (RunResult run : each.runs()) {
                testCase(each, run, xml);
            }
        }
        xml.append("  </testsuite>\n");
    }

    private static void error(String rule, RuleFault fault, StringBuilder xml) {
        xml.append("    <testcase classname=\"")
                .append(escaped(rule))
                .append("\" name=\"")
                .append(escaped(fault.place()))
                .append("\" file=\"")
                .append(escaped(fault.file()))
                .append("\" line=\"")
                .append(fault.line())
                .append("\" time=\"0.000\">\n      <error message=\"")
                .append(escaped(fault.problem()))
                .append("\">")
                .append(escaped(fault.toString()))
                .append("</error>\n    </testcase>\n");
    }

    private static void testCase(CaseResult its, RunResult run, StringBuilder xml) {
        xml.append("    <testcase classname=\"")
                .append(escaped(its.ruleId()))
                .append("\" name=\"")
                .append(escaped(its.name() + " (" + run.run() + ")"))
                .append("\" file=\"")
                .append(escaped(its.file()))
                .append("\" line=\"")
                .append(its.line())
                .append("\" time=\"")
                .append(seconds(run.took()));
        if (run.passed()) {
            xml.append("\"/>\n");
            return;
        }
        xml.append("\">\n      <failure message=\"")
                .append(escaped(run.problems().get(0)))
                .append("\">")
                .append(escaped(String.join("\n", run.problems())))
                .append("</failure>\n    </testcase>\n");
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.3f", duration.toNanos() / 1e9);
    }

    /** As text and in attributes; characters that XML 1.0 can't have become a question mark. */
    private static String escaped(String text) {
        return text.codePoints()
                .mapToObj(c -> switch (c) {
                    case '&' -> "&amp;";
                    case '<' -> "&lt;";
                    case '>' -> "&gt;";
                    case '"' -> "&quot;";
                    case '\n', '\t' -> Character.toString(c);
                    default ->
                        c < ' ' || c == 0xFFFE || c == 0xFFFF || (c >= 0xD800 && c <= 0xDFFF)
                                ? "?"
                                : Character.toString(c);
                })
                .collect(Collectors.joining());
    }
}
