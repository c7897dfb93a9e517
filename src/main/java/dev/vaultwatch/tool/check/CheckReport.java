package dev.vaultwatch.tool.check;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.vaultwatch.api.RuleFault;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Writes what a check found: for a person, for a program, or as SARIF 2.1.0 for code scanning. Each ends with a line end. */
public final class CheckReport {
    /** What a path may have beside letters and digits; no colon, which would make a scheme of what is before it. */
    private static final String PLAIN = "/-._~!$&'()*+,;=@";

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
            place.putObject("artifactLocation").put("uri", uri(fault.file()));
            if (fault.line() > 0) {
                ObjectNode region = place.putObject("region").put("startLine", fault.line());
                if (fault.column() > 0) {
                    region.put("startColumn", fault.column());
                }
            }
        }
        return log.toPrettyString() + "\n";
    }

    /** A path as a reference by RFC 3986, in which a viewer finds the file: bytes beyond those of paths are escaped. */
    private static String uri(String path) {
        StringBuilder uri = new StringBuilder();
        for (byte each : path.replace('\\', '/').getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (each & 0xFF);
            boolean plain =
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || PLAIN.indexOf(c) >= 0;
            uri.append(plain ? String.valueOf(c) : String.format(Locale.ROOT, "%%%02X", (int) c));
        }
        return uri.toString();
    }
}
