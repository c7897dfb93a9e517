package dev.vaultwatch.tool.check;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.vaultwatch.api.RuleFault;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Writes what a check found: for a person, for a program, or as SARIF 2.1.0 for code scanning. Each ends with a line end. */
public final class CheckReport {
    private CheckReport() {}

    /** One line for each finding; "" for none. */
    public static String text(List<CheckFinding> findings) {
        return findings.stream().map(finding -> finding + "\n").collect(Collectors.joining());
    }

    /** An array with an object for each finding: level, code, file, line, column, message; line and column are 0 if not known. */
    public static String json(List<CheckFinding> findings) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (CheckFinding finding : findings) {
            RuleFault fault = finding.fault();
            array.addObject()
                    .put("level", finding.level().toString())
                    .put("code", finding.code())
                    .put("file", fault.file())
                    .put("line", fault.line())
                    .put("column", fault.column())
                    .put("message", fault.problem());
        }
        return array.toPrettyString() + "\n";
    }

    /** A SARIF log with one run. */
    public static String sarif(List<CheckFinding> findings) {
        ObjectNode log = JsonNodeFactory.instance.objectNode();
        log.put("$schema", "https://json.schemastore.org/sarif-2.1.0.json").put("version", "2.1.0");
        ObjectNode run = log.putArray("runs").addObject();
        ArrayNode rules = run.putObject("tool")
                .putObject("driver")
                .put("name", "vaultwatch check")
                .putArray("rules");
        new TreeSet<>(findings.stream().map(CheckFinding::code).toList())
                .forEach(code -> rules.addObject().put("id", code));
        ArrayNode results = run.putArray("results");
        for (CheckFinding finding : findings) {
            RuleFault fault = finding.fault();
            ObjectNode result = results.addObject()
                    .put("ruleId", finding.code())
                    .put("level", finding.level().toString());
            result.putObject("message").put("text", fault.problem());
            ObjectNode place = result.putArray("locations").addObject().putObject("physicalLocation");
            place.putObject("artifactLocation").put("uri", fault.file().replace('\\', '/'));
            if (fault.line() > 0) {
                ObjectNode region = place.putObject("region").put("startLine", fault.line());
                if (fault.column() > 0) {
                    region.put("startColumn", fault.column());
                }
            }
        }
        return log.toPrettyString() + "\n";
    }
}
