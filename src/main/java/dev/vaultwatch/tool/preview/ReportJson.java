package dev.vaultwatch.tool.preview;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.vaultwatch.tool.preview.PreviewReport.Numbers;
import dev.vaultwatch.tool.preview.PreviewReport.Row;
import java.util.List;

/** A report for programs. */
public final class ReportJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ReportJson() {}

    /** Writes a report as one JSON object with line breaks. */
    public static String of(PreviewReport report) {
        ObjectNode root = JSON.createObjectNode();
        report.since().ifPresent(time -> root.put("since", time.toString()));
        report.until().ifPresent(time -> root.put("until", time.toString()));
        ArrayNode rules = root.putArray("rules");
        report.rules()
                .forEach(each -> rules.addObject()
                        .put("rule", each.rule())
                        .put("today", each.today())
                        .put("changed", each.changed())
                        .put("todayPerDay", each.todayPerDay())
                        .put("changedPerDay", each.changedPerDay()));
        rows(root.putArray("gone"), report.gone());
        rows(root.putArray("new"), report.appeared());
        rows(root.putArray("changed"), report.changed());
        numbers(root.putArray("keys"), report.keys());
        numbers(root.putArray("vaults"), report.vaults());
        numbers(root.putArray("hours"), report.hours());
        numbers(root.putArray("times"), report.times());
        ArrayNode near = root.putArray("nearMisses");
        report.near()
                .forEach(each -> near.addObject()
                        .put("rule", each.rule())
                        .put("key", each.key())
                        .put("at", each.at().toString())
                        .put("parameter", each.parameter())
                        .put("value", each.value())
                        .put("threshold", each.threshold()));
        report.sweep().ifPresent(sweep -> {
            ObjectNode node = root.putObject("sweep").put("parameter", sweep.parameter());
            node.put("inOnePass", sweep.inOnePass());
            sweep.now().ifPresent(now -> node.put("now", now));
            ArrayNode values = node.putArray("values");
            sweep.values()
                    .forEach((value, alerts) ->
                            values.addObject().put("value", value).put("alerts", alerts));
        });
        return root.toPrettyString() + "\n";
    }

    private static void rows(ArrayNode to, List<Row> rows) {
        for (Row row : rows) {
            ObjectNode node = to.addObject()
                    .put("rule", row.rule())
                    .put("key", row.key())
                    .put("at", row.at().toString());
            row.events().ifPresent(events -> node.put("events", events));
            ArrayNode vaults = node.putArray("vaults");
            row.vaults().forEach(vaults::add);
            if (!row.difference().isEmpty()) {
                node.put("difference", row.difference());
            }
        }
    }

    private static void numbers(ArrayNode to, List<Numbers> rows) {
        rows.forEach(each -> to.addObject()
                .put("name", each.name())
                .put("today", each.today())
                .put("changed", each.changed()));
    }
}
