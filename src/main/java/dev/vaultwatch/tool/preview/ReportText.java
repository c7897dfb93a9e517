package dev.vaultwatch.tool.preview;

import dev.vaultwatch.tool.preview.PreviewReport.Numbers;
import dev.vaultwatch.tool.preview.PreviewReport.Row;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** A report for a terminal. */
public final class ReportText {
    /** Rows of a part that are shown; JSON and the page have all. */
    private static final int MOST = 20;

    private static final int BAR = 40;

    private final StringBuilder text = new StringBuilder();

    private ReportText() {}

    /** Writes a report; lines end in a line feed. */
    public static String of(PreviewReport report) {
        return new ReportText().write(report);
    }

    private String write(PreviewReport report) {
        report.since()
                .ifPresent(since ->
                        report.until().ifPresent(until -> line("Events from %s to %s", second(since), second(until))));
        for (PreviewReport.RuleNumbers rule : report.rules()) {
            line(
                    "%s: %d %s today, %d changed (a day: %.1f, %.1f)",
                    rule.rule(),
                    rule.today(),
                    rule.today() == 1 ? "alert" : "alerts",
                    rule.changed(),
                    rule.todayPerDay(),
                    rule.changedPerDay());
        }
        part("Gone", report.gone(), this::row);
        part("New", report.appeared(), this::row);
        part("Changed", report.changed(), this::row);
        part("By key (today, changed)", differing(report.keys()), ReportText::numbers);
        part("By vault (today, changed)", differing(report.vaults()), ReportText::numbers);
        part("By hour in UTC (today, changed)", differing(report.hours()), ReportText::numbers);
        part(
                "Near misses",
                report.near(),
                each -> each.key() + "  " + second(each.at()) + "  " + each.value() + " of " + each.threshold() + " ("
                        + each.parameter() + ", " + each.rule() + ")");
        report.sweep().ifPresent(this::sweep);
        return text.toString();
    }

    private void sweep(PreviewReport.Sweep sweep) {
        line("");
        line(
                "%s, alerts at each value without caps and suppressions%s:",
                sweep.parameter(), sweep.inOnePass() ? "" : " (the rule is not monotone in it: a run for each value)");
        long most = Math.max(
                1,
                sweep.values().values().stream().mapToLong(each -> each).max().orElse(1));
        for (Map.Entry<Long, Long> each : sweep.values().entrySet()) {
            boolean now = sweep.now().isPresent() && sweep.now().getAsLong() == each.getKey();
            line(
                    "%s%6d %8d %s",
                    now ? ">" : " ", each.getKey(), each.getValue(), "#".repeat((int)
                                    Math.ceil(BAR * (double) each.getValue() / most)));
        }
    }

    private static List<Numbers> differing(List<Numbers> all) {
        return all.stream().filter(each -> each.today() != each.changed()).toList();
    }

    private static String numbers(Numbers each) {
        return each.name() + "  " + each.today() + ", " + each.changed();
    }

    private String row(Row row) {
        return row.key() + "  " + second(row.at())
                + (row.events().isPresent() ? "  " + row.events().getAsLong() + " events" : "")
                + (row.vaults().isEmpty() ? "" : "  on " + String.join(", ", row.vaults()))
                + (row.difference().isEmpty() ? "" : ": " + row.difference());
    }

    private <T> void part(String title, List<T> rows, Function<T, String> shown) {
        if (rows.isEmpty()) {
            return;
        }
        line("");
        line("%s: %d", title, rows.size());
        rows.stream().limit(MOST).forEach(row -> line("  %s", shown.apply(row)));
        if (rows.size() > MOST) {
            line("  and %d more (--format json has all)", rows.size() - MOST);
        }
    }

    private static String second(Instant time) {
        return time.truncatedTo(java.time.temporal.ChronoUnit.SECONDS).toString();
    }

    /** Of what comes from records nothing may steer a terminal. */
    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).replaceAll("\\p{Cntrl}", "?"))
                .append('\n');
    }
}
