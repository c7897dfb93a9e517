package dev.vaultwatch.alert.format;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.RuleInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Format {@code cef}: an alert as one line of the Common Event Format, version 0 (Micro Focus, "Implementing ArcSight Common Event
 * Format", version 26). Without a syslog header: the transport adds its own. Immutable.
 *
 * <p>Times are milliseconds since the epoch. A list is written as its values with a comma and a space between them, one with a
 * comma or a quote in it quoted as in CSV (RFC 4180), and cut, at a value, where the specification bounds the length of the key; such a list, and one that the alert itself has in part, ends in "…".
 */
public final class CefFormat implements AlertFormat {
    private static final String CUT = ", …";

    /** The specification's longest texts. */
    private static final int MESSAGE = 1_023;

    private static final int CUSTOM = 4_000;
    private static final int USER = 1_023;

    /** For the service loader; {@link AlertFormats#cef()} is the same. */
    public CefFormat() {}

    @Override
    public String name() {
        return "cef";
    }

    @Override
    public String render(Alert alert) {
        Outputs outputs = new Outputs(alert);
        RuleInfo rule = outputs.rule();
        StringBuilder line = new StringBuilder("CEF:0");
        for (String part : List.of(
                Product.VENDOR,
                Product.NAME,
                Product.VERSION,
                rule.id(),
                Clean.line(rule.name()),
                Integer.toString(Severity.of(alert.severity()).cef()))) {
            line.append('|').append(header(part));
        }
        line.append('|');
        extension(alert, outputs)
                .forEach((key, value) ->
                        line.append(key).append('=').append(extension(value)).append(' '));
        return line.toString().stripTrailing();
    }

    private static Map<String, String> extension(Alert alert, Outputs outputs) {
        RuleInfo rule = outputs.rule();
        Map<String, String> keys = new LinkedHashMap<>();
        keys.put("externalId", alert.id());
        keys.put("start", Long.toString(alert.windowStart().toEpochMilli()));
        if (!alert.isOpen()) {
            keys.put("end", Long.toString(alert.windowEnd().toEpochMilli()));
        }
        alert.eventCount().ifPresent(count -> keys.put("cnt", Long.toString(count)));
        put(
                keys,
                "cat",
                listed(rule.threats().stream()
                        .map(threat -> threat.tactic().name())
                        .toList()),
                false,
                MESSAGE);
        put(keys, "suser", users(outputs.texts("user.name")), outputs.isCut("user.name"), USER);
        put(keys, "suid", users(outputs.texts("user.id")), outputs.isCut("user.id"), USER);
        addresses(keys, outputs.ips());
        keys.put("reason", cut(outputs.reason()));
        keys.put("msg", cut(outputs.sentence()));
        String resource = outputs.resource();
        custom(keys, 1, "stage", List.of(alert.stage().name()), false);
        custom(keys, 2, "actions", outputs.texts("event.action"), outputs.isCut("event.action"));
        custom(keys, 3, "resources", outputs.texts(resource), outputs.isCut(resource));
        custom(keys, 4, "attack", techniques(rule), false);
        custom(
                keys,
                5,
                "addresses",
                allAddresses(outputs),
                outputs.isCut("source.ip") || outputs.isCut("source.address"));
        custom(keys, 6, "groupingKey", List.copyOf(alert.groupingKey().values()), false);
        number(keys, 1, "riskScore", alert.riskScore());
        number(keys, 2, "revision", alert.revision());
        number(keys, 3, "sequence", outputs.sequence());
        if (alert.isAtLeast()) {
            keys.put("flexString1Label", "counts");
            keys.put("flexString1", "at least");
        }
        if (!alert.isHistoryComplete()) {
            keys.put("flexString2Label", "history");
            keys.put("flexString2", "incomplete");
        }
        if (alert.eventsWithoutEvidence() > 0) {
            keys.put("flexNumber1Label", "eventsWithoutEvidence");
            keys.put("flexNumber1", Long.toString(alert.eventsWithoutEvidence()));
        }
        return keys;
    }

    private static List<String> techniques(RuleInfo rule) {
        return rule.threats().stream()
                .flatMap(threat -> threat.techniques().stream())
                .flatMap(technique -> (technique.subtechniques().isEmpty()
                                ? List.of(technique.attack())
                                : technique.subtechniques())
                        .stream())
                .map(RuleInfo.Attack::id)
                .toList();
    }

    private static List<String> allAddresses(Outputs outputs) {
        return Stream.concat(outputs.ips().stream(), outputs.otherAddresses().stream())
                .toList();
    }

    /** {@code src} takes an IPv4 address and {@code c6a2} an IPv6 one, one each; {@code cs5} has them all. */
    private static void addresses(Map<String, String> keys, List<String> ips) {
        ips.stream().filter(ip -> ip.indexOf(':') < 0).findFirst().ifPresent(ip -> keys.put("src", ip));
        ips.stream().filter(ip -> ip.indexOf(':') >= 0).findFirst().ifPresent(ip -> {
            keys.put("c6a2", ip);
            keys.put("c6a2Label", "Source IPv6 Address");
        });
    }

    private static void custom(Map<String, String> keys, int number, String label, List<String> values, boolean isCut) {
        if (!values.isEmpty()) {
            keys.put("cs" + number + "Label", label);
            put(keys, "cs" + number, listed(values), isCut, CUSTOM);
        }
    }

    private static void number(Map<String, String> keys, int number, String label, long value) {
        keys.put("cn" + number + "Label", label);
        keys.put("cn" + number, Long.toString(value));
    }

    /**
     * The values up to the longest text that the key takes, whole ones, and a sign that there are more. One value always fits, since
     * a clean one has not many more characters than {@link Clean#LONGEST}, and twice as many if all are quotes.
     *
     * @param values cleaned
     * @param isCut whether these are not all values that there were
     */
    private static void put(Map<String, String> keys, String key, List<String> values, boolean isCut, int longest) {
        if (values.isEmpty()) {
            return;
        }
        String all = String.join(", ", values);
        if (!isCut && all.length() <= longest) {
            keys.put(key, all);
            return;
        }
        StringBuilder some = new StringBuilder();
        for (String value : values) {
            String next = (some.isEmpty() ? "" : ", ") + value;
            if (some.length() + next.length() + CUT.length() > longest) {
                break;
            }
            some.append(next);
        }
        keys.put(key, some + CUT);
    }

    /** Values, cleaned, as they stand in a list: one with a comma of its own would be read as two. */
    private static List<String> listed(List<String> values) {
        return values.stream().map(CefFormat::listed).toList();
    }

    private static String listed(String value) {
        String clean = Clean.line(value);
        return clean.indexOf(',') < 0 && clean.indexOf('"') < 0 ? clean : '"' + clean.replace("\"", "\"\"") + '"';
    }

    /** The same, but for one alone: a collector looks it up as it is. */
    private static List<String> users(List<String> values) {
        return values.size() == 1 ? List.of(Clean.line(values.get(0))) : listed(values);
    }

    /** A sentence whose parts are clean, up to the longest message: cleaned as a value, it would lose its end to a long name. */
    private static String cut(String sentence) {
        if (sentence.length() <= MESSAGE) {
            return sentence;
        }
        int end = Character.isHighSurrogate(sentence.charAt(MESSAGE - 2)) ? MESSAGE - 2 : MESSAGE - 1;
        return sentence.substring(0, end) + "…";
    }

    /** In the header a bar ends a part. */
    private static String header(String text) {
        return Clean.line(text).replace("\\", "\\\\").replace("|", "\\|");
    }

    /** In an extension an equals sign would begin a key. */
    private static String extension(String text) {
        return text.replace("\\", "\\\\").replace("=", "\\=");
    }
}
