package dev.vaultwatch.fuzz;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One record of a source. Every event carries its number in the subscription id of its vault, so an alert that selects the
 * distinct subscription ids lists exactly the events that it counted.
 *
 * @param number unique in its scenario
 * @param time event time, in milliseconds since the epoch
 * @param upn empty for none
 */
record Item(int number, Kind kind, long time, String action, String upn, String principal, String vault, String address)
        implements FuzzRule.Event {

    enum Kind {
        EVENT,
        /** An object without a field of a Key Vault record. */
        STRANGER,
        /** A record that a rule wants, whose time can't be read. */
        TIMELESS
    }

    private static final String MARK = "00000000-0000-4000-8000-";

    boolean isEvent() {
        return kind == Kind.EVENT;
    }

    String mark() {
        return MARK + String.format("%012d", number);
    }

    /** The number in a mark; -1 if the text is none. */
    static int numberOf(String mark) {
        return mark.startsWith(MARK) ? Integer.parseInt(mark.substring(MARK.length())) : -1;
    }

    /** Of a record that is no event, no action. */
    @Override
    public String value(String property) {
        return switch (property) {
            case "upn" -> upn;
            case "objectId" -> principal;
            case "vault" -> vault;
            case "sourceIp" -> address;
            case "action" -> isEvent() ? action : "";
            default -> throw new IllegalArgumentException(property);
        };
    }

    /** The raw record that Azure writes. */
    Map<String, Object> record() {
        Map<String, Object> record = new LinkedHashMap<>();
        if (kind == Kind.STRANGER) {
            record.put("weather", "fine");
            record.put("station", number);
            return record;
        }
        record.put(
                "time",
                kind == Kind.TIMELESS ? "yesterday" : Instant.ofEpochMilli(time).toString());
        record.put("category", "AuditEvent");
        if (number % 4 > 0) {
            record.put("correlationId", mark());
        }
        record.put("operationName", action);
        record.put("resultType", "Success");
        record.put("resultSignature", "OK");
        record.put("callerIpAddress", address);
        Map<String, Object> claim = new LinkedHashMap<>();
        claim.put("oid", principal);
        claim.put("appid", "04b07795-8ddb-461a-bbee-02f9e1bf7b46");
        if (!upn.isEmpty()) {
            claim.put("upn", upn);
        }
        record.put("identity", Map.of("claim", claim));
        record.put(
                "resourceId",
                "/SUBSCRIPTIONS/" + mark() + "/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/" + vault);
        return record;
    }

    String json() {
        StringBuilder text = new StringBuilder();
        write(record(), text);
        return text.toString();
    }

    private static void write(Object value, StringBuilder to) {
        if (value instanceof Map<?, ?> map) {
            String separator = "{";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                to.append(separator);
                write(entry.getKey(), to);
                to.append(':');
                write(entry.getValue(), to);
                separator = ",";
            }
            to.append('}');
        } else if (value instanceof Number) {
            to.append(value);
        } else {
            to.append('"').append(value).append('"');
        }
    }

    /** As it stands in a printed scenario. */
    String toString(long origin) {
        String at = "+" + (time - origin) / 1_000.0;
        return number
                + (isEvent()
                        ? "@" + at + " " + action + " " + upn + "|" + principal + "|" + vault + "|" + address
                        : "@" + at + " " + kind);
    }
}
