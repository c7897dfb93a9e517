package dev.vaultwatch.bench;

import dev.vaultwatch.decode.Decoders;
import dev.vaultwatch.decode.KeyVaultDecoder;
import dev.vaultwatch.samples.PopulationGenerator;
import dev.vaultwatch.samples.Profile;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * What the slowest records that somebody may send cost to decode beside plain ones: CPU time of this thread, the best of some rounds
 * that take turns; by record, and by byte, since who sends more bytes may cost more.
 *
 * <p>{@code mvn -Pbench test -DskipTests -Dbench.main=dev.vaultwatch.bench.AttackCost}
 */
public final class AttackCost {
    private static final int RECORDS = 2_000;
    private static final int ROUNDS = 60;
    private static final Pattern VALUE = Pattern.compile("(?<=:\")[^\"]+(?=\")");

    private AttackCost() {}

    public static void main(String[] args) {
        List<String> plain = new ArrayList<>();
        PopulationGenerator generator = new PopulationGenerator(Profile.POPULATION, RECORDS, 1);
        while (generator.hasNext()) {
            plain.add(new String(generator.next(), StandardCharsets.UTF_8));
        }
        List<String> strangers = new ArrayList<>();
        PopulationGenerator strange = new PopulationGenerator(Profile.STRANGERS, RECORDS, 1);
        while (strange.hasNext()) {
            strangers.add(new String(strange.next(), StandardCharsets.UTF_8));
        }
        Map<String, UnaryOperator<String>> kinds = new LinkedHashMap<>();
        kinds.put(
                "an escape in each text",
                r -> VALUE.matcher(r)
                        .replaceAll(m ->
                                "\\\\u" + String.format("%04x", (int) m.group().charAt(0))
                                        + java.util.regex.Matcher.quoteReplacement(
                                                m.group().substring(1))));
        kinds.put(
                "each letter escaped",
                r -> VALUE.matcher(r).replaceAll(m -> {
                    StringBuilder escaped = new StringBuilder();
                    m.group().chars().forEach(c -> escaped.append(String.format("\\\\u%04x", c)));
                    return escaped.toString();
                }));
        kinds.put(
                "letters beyond ASCII",
                r -> VALUE.matcher(r).replaceAll(m -> "\u00fc".repeat(m.group().length())));
        kinds.put("identity as JSON text", r -> asText(r, "identity", "properties"));
        kinds.put("the record as JSON text", r -> "{\"message\":\"" + escaped(r) + "\"}");
        kinds.put(
                "the record as JSON text in JSON text",
                r -> "{\"message\":\"" + escaped("{\"message\":\"" + escaped(r) + "\"}") + "\"}");
        kinds.put("a copy beside the record, as JSON text", r -> beside(r, r));
        kinds.put(
                "another record with its correlation id",
                r -> beside(r, r.replaceFirst("\"operationName\":\"[A-Za-z]+\"", "\"operationName\":\"KeyGet\"")));
        kinds.put("eight copies in one document", r -> {
            StringBuilder copies = new StringBuilder("{\"message\":\"" + escaped(r) + '"');
            for (int i = 0; i < 7; i++) {
                copies.append(",\"copy")
                        .append(i)
                        .append("\":\"")
                        .append(escaped(r))
                        .append('"');
            }
            return copies.append('}').toString();
        });
        kinds.put("nested 90 deep", r -> "{\"x\":" + "[".repeat(90) + "]".repeat(90) + "," + r.substring(1));
        kinds.put("400 members more", r -> {
            StringBuilder more = new StringBuilder("{");
            for (int i = 0; i < 400; i++) {
                more.append("\"m").append(i).append("\":").append(i).append(',');
            }
            return more.append(r.substring(1)).toString();
        });
        kinds.put("bytes that are no UTF-8", r -> r.replace("AuditEvent\"", "AuditEvent\",\"x\":\"\u0001\u0001\""));
        kinds.put("cut off", r -> r.substring(0, r.length() - 2));
        kinds.put("a number of 300 digits", r -> "{\"x\":" + "9".repeat(300) + "," + r.substring(1));
        Map<String, byte[]> inputs = new LinkedHashMap<>();
        inputs.put("plain", bytes(plain));
        inputs.put("members in random order", bytes(strangers));
        kinds.forEach((name, change) ->
                inputs.put(name, bytes(plain.stream().map(change).toList())));
        // What JSON may not hold stands for bytes that are no UTF-8, which a text could not carry until here.
        byte[] broken = inputs.get("bytes that are no UTF-8");
        for (int i = 0; broken != null && i < broken.length; i++) {
            broken[i] = broken[i] == 1 ? (byte) 0xc3 : broken[i];
        }

        KeyVaultDecoder decoder = Decoders.of(true);
        Map<String, Long> best = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            inputs.forEach((name, input) -> {
                long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                Decoders.decode(decoder, List.of(input), action -> true);
                long took = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
                best.merge(name, took, Math::min);
            });
        }
        long base = best.getOrDefault("plain", 1L);
        int baseBytes = inputs.getOrDefault("plain", new byte[1]).length;
        best.forEach((name, nanos) -> {
            int bytes = inputs.getOrDefault(name, new byte[1]).length;
            System.out.printf(
                    Locale.ROOT,
                    "%-40s %6d B %7d ns a record, %5.2f x plain; %5.2f x by byte%n",
                    name,
                    bytes / RECORDS,
                    nanos / RECORDS,
                    (double) nanos / base,
                    (double) nanos / bytes / ((double) base / baseBytes));
        });
    }

    private static byte[] bytes(List<String> records) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        records.forEach(record -> {
            lines.writeBytes(record.getBytes(StandardCharsets.UTF_8));
            lines.write('\n');
        });
        return lines.toByteArray();
    }

    private static String beside(String record, String other) {
        return "{\"message\":\"" + escaped(record) + "\",\"event\":{\"original\":\"" + escaped(other) + "\"}}";
    }

    private static String escaped(String json) {
        return json.replace("\\", "\\\\").replace("\"", "\\\"");
    }

    /** The record with the objects of some members as JSON text. */
    private static String asText(String record, String... names) {
        String changed = record;
        for (String name : Arrays.asList(names)) {
            int at = changed.indexOf("\"" + name + "\":{");
            int start = at < 0 ? -1 : changed.indexOf('{', at);
            int depth = 0;
            for (int i = start; start >= 0 && i < changed.length(); i++) {
                depth += changed.charAt(i) == '{' ? 1 : changed.charAt(i) == '}' ? -1 : 0;
                if (depth == 0) {
                    changed = changed.substring(0, start)
                            + '"'
                            + escaped(changed.substring(start, i + 1))
                            + '"'
                            + changed.substring(i + 1);
                    break;
                }
            }
        }
        return changed;
    }
}
