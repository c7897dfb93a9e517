package dev.vaultwatch.tool.preview;

import dev.vaultwatch.tool.preview.PreviewReport.Numbers;
import dev.vaultwatch.tool.preview.PreviewReport.Row;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A report as one page: no script, nothing from a network, charts inline. A content security policy in it forbids what it does
 * not need, and all that comes from records is escaped.
 */
public final class ReportHtml {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 160;
    private static final int BASE = 20;

    /** Rows of a table that a browser shows without delay; the rest is a number, and in the JSON. */
    private static final int MOST = 2_000;

    private static final String STYLE = """
            :root{--bg:#fff;--fg:#1b1b1f;--soft:#6a6a75;--line:#d9d9e0;--today:#8a8fa3;--new:#b4232c;--new2:#d9737a}
            @media(prefers-color-scheme:dark){:root{--bg:#16161a;--fg:#e9e9ee;--soft:#a0a0ad;--line:#3a3a44;--today:#7c8299;--new:#ff7b83;--new2:#b4555c}}
            @media print{:root{--bg:#fff;--fg:#000;--soft:#444;--line:#bbb;--today:#777;--new:#b4232c;--new2:#d9737a}section{break-inside:avoid}}
            *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
            body{background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:760px;padding:0 1rem}
            h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
            table{border-collapse:collapse;width:100%;font-size:.9rem}
            th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
            th,td:first-child{white-space:nowrap}
            td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
            svg{width:100%;height:auto}text{fill:var(--soft);font-size:11px}
            .today{fill:var(--today)}.new{fill:var(--new)}.sweep{fill:var(--new2)}.now{fill:var(--new)}
            .axis{stroke:var(--line)}p.soft{color:var(--soft)}i{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}
            i.today{background:var(--today)}i.new{background:var(--new)}
            """;

    private final StringBuilder page = new StringBuilder();

    private ReportHtml() {}

    /** Writes a report as a page in UTF-8. */
    public static String of(PreviewReport report) {
        return new ReportHtml().write(report);
    }

    private String write(PreviewReport report) {
        page.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n")
                .append(
                        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")
                .append(
                        "<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\n")
                .append("<title>Vaultwatch preview</title>\n<style>\n")
                .append(STYLE)
                .append("</style></head><body>\n<h1>Changed rules beside today's</h1>\n");
        report.since()
                .ifPresent(since -> report.until()
                        .ifPresent(until -> page.append("<p class=\"soft\">Events from ")
                                .append(escaped(second(since)))
                                .append(" to ")
                                .append(escaped(second(until)))
                                .append("</p>\n")));
        rules(report);
        section("Alerts over time");
        legend();
        pairs(report.times(), "Alerts over time, today and changed");
        page.append("<p class=\"soft\">Each pair of bars is ")
                .append(escaped(report.stretch().toString().substring(2).toLowerCase(Locale.ROOT)))
                .append(" of event time.</p></section>\n");
        report.sweep().ifPresent(this::sweep);
        rows("Gone", report.gone());
        rows("New", report.appeared());
        rows("Changed", report.changed());
        near(report);
        numbers("By key", report.keys());
        numbers("By vault", report.vaults());
        section("By hour of the day (UTC)");
        pairs(report.hours(), "Alerts by hour of the day");
        page.append("</section>\n</body></html>\n");
        return page.toString();
    }

    private void rules(PreviewReport report) {
        section("Rules");
        head(text("Rule"), number("Today"), number("Changed"), number("A day, today"), number("A day, changed"));
        report.rules()
                .forEach(each -> cells(
                        text(each.rule()),
                        number(Long.toString(each.today())),
                        number(Long.toString(each.changed())),
                        number(tenth(each.todayPerDay())),
                        number(tenth(each.changedPerDay()))));
        page.append("</table></section>\n");
    }

    private static String tenth(double number) {
        return String.format(Locale.ROOT, "%.1f", number);
    }

    private void rows(String title, List<Row> rows) {
        section(title + ": " + rows.size());
        if (!rows.isEmpty()) {
            head(text("Time"), text("Key"), number("Events"), text("Vaults"), text("Rule"));
            for (Row row : rows.stream().limit(MOST).toList()) {
                cells(
                        text(second(row.at())),
                        text(row.key()),
                        number(
                                row.events().isPresent()
                                        ? Long.toString(row.events().getAsLong())
                                        : ""),
                        text(String.join(", ", row.vaults())),
                        text(row.rule() + (row.difference().isEmpty() ? "" : ": " + row.difference())));
            }
            page.append("</table>");
            more(rows.size());
        }
        page.append("</section>\n");
    }

    private void near(PreviewReport report) {
        section("Near misses: " + report.near().size());
        if (!report.near().isEmpty()) {
            head(text("Time"), text("Key"), number("Value"), number("Threshold"), text("Parameter"));
            report.near().stream()
                    .limit(MOST)
                    .forEach(each -> cells(
                            text(second(each.at())),
                            text(each.key()),
                            number(Long.toString(each.value())),
                            number(Long.toString(each.threshold())),
                            text(each.parameter() + " of " + each.rule())));
            page.append("</table>");
            more(report.near().size());
        }
        page.append("</section>\n");
    }

    private void numbers(String title, List<Numbers> rows) {
        section(title);
        head(text("Name"), number("Today"), number("Changed"));
        rows.stream()
                .limit(MOST)
                .forEach(each -> cells(
                        text(each.name()), number(Long.toString(each.today())), number(Long.toString(each.changed()))));
        page.append("</table>");
        more(rows.size());
        page.append("</section>\n");
    }

    private void more(int rows) {
        if (rows > MOST) {
            page.append("<p class=\"soft\">and ").append(rows - MOST).append(" more, which the JSON form has</p>");
        }
    }

    private void section(String title) {
        page.append("<section><h2>").append(escaped(title)).append("</h2>\n");
    }

    private record Cell(String text, boolean number) {}

    private static Cell text(String text) {
        return new Cell(text, false);
    }

    private static Cell number(String text) {
        return new Cell(text, true);
    }

    private void head(Cell... names) {
        page.append("<table><tr>");
        for (Cell name : names) {
            cell("th", name);
        }
        page.append("</tr>\n");
    }

    private void cells(Cell... values) {
        page.append("<tr>");
        for (Cell value : values) {
            cell("td", value);
        }
        page.append("</tr>\n");
    }

    private void cell(String tag, Cell cell) {
        page.append('<')
                .append(tag)
                .append(cell.number() ? " class=\"n\">" : ">")
                .append(escaped(cell.text()))
                .append("</")
                .append(tag)
                .append('>');
    }

    private void legend() {
        page.append("<p class=\"soft\"><i class=\"today\"></i>today<i class=\"new\"></i>changed</p>\n");
    }

    private void pairs(List<Numbers> numbers, String title) {
        long most = Math.max(
                1,
                numbers.stream()
                        .mapToLong(each -> Math.max(each.today(), each.changed()))
                        .max()
                        .orElse(1));
        List<Bar> bars = new ArrayList<>();
        double width = (double) WIDTH / Math.max(1, numbers.size());
        for (int i = 0; i < numbers.size(); i++) {
            Numbers each = numbers.get(i);
            String name = each.name() + ": " + each.today() + " today, " + each.changed() + " changed";
            bars.add(new Bar("today", i * width, width * 0.42, (double) each.today() / most, name));
            bars.add(new Bar("new", i * width + width * 0.42, width * 0.42, (double) each.changed() / most, name));
        }
        chart(
                title,
                bars,
                most,
                numbers.isEmpty() ? "" : numbers.get(0).name(),
                numbers.isEmpty() ? "" : numbers.get(numbers.size() - 1).name());
    }

    private void sweep(PreviewReport.Sweep sweep) {
        section("Alerts by " + sweep.parameter());
        long most = Math.max(
                1,
                sweep.values().values().stream().mapToLong(each -> each).max().orElse(1));
        List<Bar> bars = new ArrayList<>();
        double width = (double) WIDTH / Math.max(1, sweep.values().size());
        List<Map.Entry<Long, Long>> values = List.copyOf(sweep.values().entrySet());
        for (int i = 0; i < values.size(); i++) {
            long value = values.get(i).getKey();
            boolean now = sweep.now().isPresent() && sweep.now().getAsLong() == value;
            bars.add(new Bar(
                    now ? "now" : "sweep",
                    i * width,
                    width * 0.8,
                    (double) values.get(i).getValue() / most,
                    sweep.parameter() + " = " + value + ": " + values.get(i).getValue() + " alerts"));
        }
        chart(
                "Alerts at each value of " + sweep.parameter(),
                bars,
                most,
                values.isEmpty() ? "" : values.get(0).getKey().toString(),
                values.isEmpty() ? "" : values.get(values.size() - 1).getKey().toString());
        page.append("<p class=\"soft\">Alerts there would be at each value, without caps and suppressions.");
        if (sweep.now().isPresent()) {
            page.append(" The marked bar is the changed rules' value, ")
                    .append(sweep.now().getAsLong())
                    .append('.');
        }
        if (!sweep.inOnePass()) {
            page.append(" The rule is not monotone in it: each value was a run of its own.");
        }
        page.append("</p>\n");
        head(number("Value"), number("Alerts"));
        sweep.values().forEach((value, alerts) -> cells(number(Long.toString(value)), number(Long.toString(alerts))));
        page.append("</table></section>\n");
    }

    private record Bar(String style, double x, double width, double height, String title) {}

    private void chart(String title, List<Bar> bars, long most, String first, String last) {
        int floor = HEIGHT - BASE;
        page.append(String.format(
                Locale.ROOT,
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n",
                WIDTH,
                HEIGHT,
                escaped(title)));
        for (Bar bar : bars) {
            double height = bar.height() * (floor - 14);
            if (height > 0) {
                page.append(String.format(
                        Locale.ROOT,
                        "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%s</title></rect>%n",
                        bar.style(),
                        bar.x(),
                        floor - height,
                        Math.max(1, bar.width()),
                        height,
                        escaped(bar.title())));
            }
        }
        page.append(String.format(
                Locale.ROOT,
                "<line class=\"axis\" x1=\"0\" y1=\"%1$d\" x2=\"%2$d\" y2=\"%1$d\"/><text x=\"0\" y=\"%3$d\">%4$s</text>"
                        + "<text x=\"%2$d\" y=\"%3$d\" text-anchor=\"end\">%5$s</text><text x=\"0\" y=\"10\">%6$d</text></svg>%n",
                floor,
                WIDTH,
                HEIGHT - 5,
                escaped(first),
                escaped(last),
                most));
    }

    private static String second(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** For text and attributes; what is no character of XML becomes a question mark. */
    static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            switch (point) {
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '&' -> escaped.append("&amp;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> {
                    boolean odd = point < 0x20
                            || (point >= 0x7f && point < 0xa0)
                            || (point >= 0x202a && point <= 0x202e)
                            || (point >= 0x2066 && point <= 0x2069)
                            || (point >= 0xd800 && point <= 0xdfff);
                    escaped.appendCodePoint(odd ? '?' : point);
                }
            }
        });
        return escaped.toString();
    }
}
