package dev.vaultwatch.differential;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One alert as both engines can say it.
 *
 * @param outputs everything the rule selects, by output name: a text, a long, or a list of texts without repetition in the
 *     order of {@link String#compareTo}
 */
record AlertRow(AlertStage stage, Instant minute, String upn, Map<String, Object> outputs) {
    private static final int SHOWN = 3;
    private static final int MAX_SHOWN = 2_000;
    private static final Comparator<AlertRow> ORDER = Comparator.comparing(AlertRow::minute)
            .thenComparing(AlertRow::upn)
            .thenComparing(AlertRow::stage)
            .thenComparing(row -> row.outputs().toString());

    static AlertRow of(Alert alert) {
        Map<String, String> key = alert.groupingKey();
        if (key.size() != 1) {
            throw new AssertionError("grouped by " + key.keySet() + " instead of the UPN");
        }
        Map<String, Object> outputs = new LinkedHashMap<>(alert.outputs());
        // What stands where an address is due is the shape's, and the facts that SQL has are without it.
        outputs.remove("vaultwatch.source_address_values");
        // The streams' facts have neither.
        for (String column :
                List.of("vaultwatch.source_geo_country_iso_code_values", "vaultwatch.source_as_number_values")) {
            if (!List.of().equals(outputs.remove(column))) {
                throw new AssertionError("a value in " + column + ", which no fact has");
            }
        }
        outputs.remove("vaultwatch.identity_claim_values");
        return new AlertRow(
                alert.stage(), alert.windowStart(), key.values().iterator().next(), outputs);
    }

    long eventCount() {
        return (Long) Objects.requireNonNull(outputs.get(SqlOracle.EVENT_COUNT));
    }

    /** What is in one and not in the other, repetitions counted; empty if the two are the same but for their order. */
    static Optional<String> difference(List<AlertRow> inSql, List<AlertRow> inPlugin) {
        List<AlertRow> missing = without(inSql, inPlugin);
        List<AlertRow> unexpected = without(inPlugin, inSql);
        if (missing.isEmpty() && unexpected.isEmpty()) {
            return Optional.empty();
        }
        StringBuilder text = new StringBuilder();
        text.append(missing.size()).append(" rows only in SQL, ");
        text.append(unexpected.size()).append(" only from the plugin");
        missing.stream().limit(SHOWN).forEach(row -> {
            text.append("\n  only in SQL: ").append(row.name());
            unexpected.stream()
                    .filter(other -> other.name().equals(row.name()))
                    .findFirst()
                    .ifPresentOrElse(
                            other -> text.append(row.outputsThatDiffer(other)),
                            () -> text.append(' ').append(shown(row.outputs())));
        });
        unexpected.stream()
                .filter(row -> missing.stream().noneMatch(other -> other.name().equals(row.name())))
                .limit(SHOWN)
                .forEach(row -> text.append("\n  only from the plugin: ")
                        .append(row.name())
                        .append(' ')
                        .append(shown(row.outputs())));
        return Optional.of(text.toString());
    }

    private static List<AlertRow> without(List<AlertRow> rows, List<AlertRow> others) {
        List<AlertRow> left = new ArrayList<>(rows);
        others.forEach(left::remove);
        left.sort(ORDER);
        return left;
    }

    private String name() {
        return stage + " " + minute + " <" + upn + ">";
    }

    private String outputsThatDiffer(AlertRow other) {
        Map<String, Object> all = new TreeMap<>(outputs);
        all.putAll(other.outputs);
        StringBuilder text = new StringBuilder();
        for (String output : all.keySet()) {
            Object inSql = outputs.getOrDefault(output, "absent");
            Object inPlugin = other.outputs.getOrDefault(output, "absent");
            if (!inSql.equals(inPlugin)) {
                text.append("\n    ").append(output);
                text.append("\n      SQL:    ").append(shown(inSql));
                text.append("\n      plugin: ").append(shown(inPlugin));
            }
        }
        return text.toString();
    }

    private static String shown(Object value) {
        String text = value.toString();
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
    }
}
