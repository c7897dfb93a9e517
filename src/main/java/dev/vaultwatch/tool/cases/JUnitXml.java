package dev.vaultwatch.tool.cases;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes results as JUnit XML, which build servers read: a suite for each rule, a test case for each run. */
public final class JUnitXml {
    private JUnitXml() {}

    /** The document, with a line end at its end. */
    public static String of(List<CaseResult> results) {
        Map<String, List<CaseResult>> byRule = results.stream()
                .collect(Collectors.groupingBy(CaseResult::ruleId, LinkedHashMap::new, Collectors.toList()));
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
        byRule.forEach((rule, cases) -> suite(rule, cases, xml));
        return xml.append("</testsuites>\n").toString();
    }

    private static void suite(String rule, List<CaseResult> cases, StringBuilder xml) {
        List<RunResult> runs =
                cases.stream().flatMap(each -> each.runs().stream()).toList();
        Duration took = runs.stream().map(RunResult::took).reduce(Duration.ZERO, Duration::plus);
        xml.append("  <testsuite name=\"")
                .append(escaped(rule))
                .append("\" tests=\"")
                .append(runs.size())
                .append("\" failures=\"")
                .append(runs.stream().filter(run -> !run.passed()).count())
                .append("\" errors=\"0\" skipped=\"0\" time=\"")
                .append(seconds(took))
                .append("\">\n");
        for (CaseResult each : cases) {
            for (RunResult run : each.runs()) {
                testCase(each, run, xml);
            }
        }
        xml.append("  </testsuite>\n");
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
