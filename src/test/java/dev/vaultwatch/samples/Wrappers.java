package dev.vaultwatch.samples;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** What shippers, brokers and APIs put around records, drawn by chance and nested. Thread-safe, but for the random that is given. */
public final class Wrappers {
    /** The decoder looks into eight levels; two are left for the envelope. */
    private static final int MOST_LEVELS = 6;

    private static final int KINDS = 22;

    private final WireShapes shapes = new WireShapes();

    /** Makes wrappers. */
    public Wrappers() {}

    /** One document that holds the elements in their order: an envelope of them in wrappers. */
    public Map<String, Object> wrap(List<?> elements, SplittableRandom random) {
        Map<String, Object> wrapped = list(elements, random);
        for (int levels = random.nextInt(MOST_LEVELS + 1); levels > 0; ) {
            int kind = random.nextInt(KINDS + 7);
            // A list of texts, and these kinds, put the record deeper by more than one.
            int depth = kind >= KINDS ? 2 : kind == 20 ? 3 : Set.of(1, 5, 19).contains(kind) ? 2 : 1;
            if (depth > levels) {
                break;
            }
            wrapped = kind >= KINDS ? list(List.of(wrapped), random) : one(kind, wrapped);
            levels -= depth;
        }
        return wrapped;
    }

    /** A line that holds the document alone, as shippers write lines. */
    public String line(Map<String, ?> document, SplittableRandom random) {
        String json = text(document);
        return switch (random.nextInt(8)) {
            case 0 -> "<134>1 2026-11-03T02:45:00.1Z hub azure 17 - [meta x=\"1\"] " + json + "\n";
            case 1 -> "Nov  3 02:45:00 hub azure[17]: " + json + "\n";
            case 2 -> "2026-11-03T02:45:00.1Z stdout F " + json + "\n";
            case 3 -> "[2026-11-03T02:45:00Z] INFO " + json + "\n";
            case 4 -> "\u001e" + json + "\n";
            case 5 -> json + ",\n";
            case 6 -> "azure.kv: [1793673660.1, " + json + "]\n";
            default -> json + "\n";
        };
    }

    /** The document as JSON text. */
    public String text(Object document) {
        return new String(shapes.json(document), StandardCharsets.UTF_8);
    }

    /** An envelope of several. */
    private Map<String, Object> list(List<?> elements, SplittableRandom random) {
        List<Object> texts = new ArrayList<>();
        List<Object> hits = new ArrayList<>();
        boolean maps = true;
        for (Object element : elements) {
            boolean map = element instanceof Map;
            maps &= map;
            texts.add(map ? text(element) : element);
            hits.add(map ? document("_index", "logs", "_source", element) : element);
        }
        return switch (random.nextInt(maps ? 11 : 8)) {
            case 0 -> document("records", elements);
            case 1 -> document("Records", elements, "count", elements.size());
            case 2 -> document("@odata.count", elements.size(), "value", elements, "nextLink", "");
            case 3 -> document("results", elements, "schema", List.of());
            case 4 -> document("records", texts);
            case 5 ->
                document(
                        "took", 3, "hits", document("total", document("value", elements.size()), "hits", hits), "x", 1);
            case 6 -> document("data", elements);
            case 7 -> document("records", text(elements));
            case 8 -> document("tables", List.of(table(elements, "rows", true, random.nextBoolean())));
            case 9 -> table(elements, "values", true, random.nextBoolean());
            default -> table(elements, "rows", false, random.nextBoolean());
        };
    }

    private static Map<String, Object> table(List<?> elements, String rowsName, boolean named, boolean rowsFirst) {
        Set<Object> names = new LinkedHashSet<>();
        elements.forEach(element -> names.addAll(((Map<?, ?>) element).keySet()));
        List<Object> columns = new ArrayList<>();
        names.forEach(
                name -> columns.add(named ? document("name", name, "type", "string") : document("ColumnName", name)));
        List<Object> rows = new ArrayList<>();
        for (Object element : elements) {
            List<Object> row = new ArrayList<>();
            names.forEach(name -> row.add(((Map<?, ?>) element).get(name)));
            rows.add(row);
        }
        return rowsFirst
                ? document("name", "PrimaryResult", rowsName, rows, "columns", columns)
                : document("name", "PrimaryResult", "columns", columns, rowsName, rows);
    }

    private Map<String, Object> one(int kind, Map<String, Object> inner) {
        return switch (kind) {
            case 0 -> document("@timestamp", "2026-11-03T02:45:00Z", "message", text(inner), "agent", document("x", 1));
            case 1 ->
                document("event", document("original", text(inner), "dataset", "generic"), "message", text(inner));
            case 2 -> document("time", 1793673660.123, "host", "hub", "event", inner);
            case 3 -> document("time", 1793673660.123, "host", "hub", "event", text(inner));
            case 4 -> document("_time", 1793673660.123, "_raw", text(inner), "cribl_pipe", "main");
            case 5 -> document("preview", false, "result", document("_raw", text(inner)));
            case 6 -> document("schema", document("type", "struct"), "payload", inner);
            case 7 -> document("specversion", "1.0", "data", inner, "source", "/hub");
            case 8 ->
                document(
                        "data_base64",
                        Base64.getEncoder().encodeToString(text(inner).getBytes(StandardCharsets.UTF_8)));
            case 9 -> document("SequenceNumber", 1, "Properties", document(), "Body", text(inner));
            case 10 -> document("Offset", "1", "Body", inner);
            case 11 -> document("records", inner, "@version", "1");
            case 12 -> document("Records", text(inner), "@version", "1");
            case 13 -> document("_index", "logs", "_id", "1", "_source", inner, "sort", List.of(1));
            case 14 -> document("agent", document("id", "1"), "rule", document("level", 3), "data", inner);
            case 15 -> document("agent", document("id", "1"), "full_log", text(inner), "location", "azure-logs");
            case 16 -> document("log", text(inner) + "\n", "stream", "stdout", "time", "2026-11-03T02:45:00.1Z");
            case 17 -> document("date", 1793673660.1, "record", inner);
            case 18 -> document("message", text(inner), "source_type", "kafka", "timestamp", "2026-11-03T02:45:00Z");
            case 19 -> document("unheard_of", document("of", inner));
            case 20 -> document("resourceLogs", List.of(document("body", document("stringValue", text(inner)))));
            default -> document("version", "1.1", "short_message", "x", "full_message", text(inner));
        };
    }

    private static Map<String, Object> document(Object... namesAndValues) {
        Map<String, Object> document = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            document.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return document;
    }
}
