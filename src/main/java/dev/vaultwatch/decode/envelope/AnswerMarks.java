package dev.vaultwatch.decode.envelope;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an answer says of itself beside its records: whether they are all that was asked for. Log Analytics ({@code error}), Elasticsearch
 * ({@code timed_out}, {@code terminated_early}, {@code _shards}, {@code _clusters}), ES|QL ({@code is_partial}), Azure Data Explorer
 * ({@code Exceptions}, {@code HasErrors}, {@code Cancelled}), Splunk ({@code preview}). Holds the marks that say no. Not thread-safe.
 */
public final class AnswerMarks {

    /** Elasticsearch's mark, which an asynchronous search writes around the answer itself. */
    public static final String PARTIAL = "is_partial";

    /** The mark of Azure Data Explorer's last frame, which has no rows. */
    public static final String ERRORS = "HasErrors";

    /** Splunk's mark, of a whole answer or of each row of an export, whose search had not ended. */
    public static final String PREVIEW = "preview";

    private static final Set<String> NAMES = Set.of(
            PREVIEW,
            "error",
            "timed_out",
            "terminated_early",
            PARTIAL,
            "_shards",
            "_clusters",
            "Exceptions",
            ERRORS,
            "Cancelled");

    /** Members of an error of which each has one. */
    private static final Set<String> ERROR = Set.of("code", "message", "type", "reason");

    /** Errors have a few levels, of a few members each; of what has more, the rest is left out. */
    private static final int MAX_DEPTH = 8;

    private static final int MAX_MEMBERS = 64;

    /** A greater number of shards is none. */
    private static final int MAX_DIGITS = 9;

    private final Map<String, Object> marks = new LinkedHashMap<>();

    /** Whether a member of that name may be a mark. */
    public static boolean isMark(String name) {
        return NAMES.contains(name);
    }

    /**
     * Reads the members of an object, as far as there are any: it may break off.
     *
     * @param parser stands before the object
     */
    public void read(JsonParser parser) {
        try {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return;
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                if (isMark(name)) {
                    member(name, parser);
                } else {
                    parser.skipChildren();
                }
            }
        } catch (IOException end) {
            // What stands before it was read.
        }
    }

    /** Reads a member's value, on whose first token the parser stands, to its end. */
    public void member(String name, JsonParser parser) throws IOException {
        Object value = value(parser, 0);
        if (value != null) {
            member(name, value);
        }
    }

    /** Notes a member that a host has as a map, a list or a plain value. */
    public void member(String name, Object value) {
        if (!sentence(name, value).isEmpty()) {
            marks.put(name, value);
        }
    }

    /** Whether the answer says that records are missing. */
    public boolean isPartial() {
        return !marks.isEmpty();
    }

    /** Whether that mark is among those that say so. */
    public boolean has(String name) {
        return marks.containsKey(name);
    }

    /** What it says, as the end of a sentence; nothing of its own words. */
    public String sentence() {
        return String.join(
                "; ",
                marks.entrySet().stream()
                        .map(mark -> sentence(mark.getKey(), mark.getValue()))
                        .toList());
    }

    /** The marks beside an array without a record: an answer that says the same. */
    public byte[] toJson(JsonFactory json) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        try (JsonGenerator object = json.createGenerator(out)) {
            object.writeStartObject();
            for (Map.Entry<String, Object> mark : marks.entrySet()) {
                object.writeFieldName(mark.getKey());
                write(mark.getValue(), object);
            }
            object.writeArrayFieldStart("records");
            object.writeEndArray();
            object.writeEndObject();
        }
        return out.toByteArray();
    }

    private static String sentence(String name, Object value) {
        return switch (name) {
            case "error" -> isNoError(value) ? "" : "it has an error beside its records";
            case "Exceptions" -> isEmpty(value) ? "" : "it has exceptions beside its records";
            case "timed_out" -> isTrue(value) ? "it timed out" : "";
            case "terminated_early" -> isTrue(value) ? "it was ended early" : "";
            case PARTIAL -> isTrue(value) ? "it says so itself" : "";
            case PREVIEW -> isTrue(value) ? "it is a preview of a search that had not ended" : "";
            case ERRORS -> isTrue(value) ? "its last frame says that there were errors" : "";
            case "Cancelled" -> isTrue(value) ? "its last frame says that it was cancelled" : "";
            case "_shards" -> parts(value, "shards failed", "failed");
            case "_clusters" -> parts(value, "clusters did not answer in full", "skipped", "partial", "failed");
            default -> "";
        };
    }

    private static boolean isNoError(Object value) {
        return isEmpty(value)
                || (value instanceof Map<?, ?> map && ERROR.stream().noneMatch(map::containsKey));
    }

    private static boolean isEmpty(Object value) {
        return value instanceof Map<?, ?> map
                ? map.isEmpty()
                : value instanceof Iterable<?> list
                        ? !list.iterator().hasNext()
                        : value.toString().isBlank() || value.toString().equals("false");
    }

    private static boolean isTrue(Object value) {
        return value.toString().equalsIgnoreCase("true");
    }

    private static String parts(Object value, String what, String... missing) {
        if (!(value instanceof Map<?, ?> counts)) {
            return "";
        }
        long sum = 0;
        for (String name : missing) {
            sum += number(counts.get(name));
        }
        long total = number(counts.get("total"));
        return sum == 0 ? "" : sum + (total < sum ? " " : " of " + total + " ") + what;
    }

    private static long number(@Nullable Object value) {
        String digits = value == null ? "" : value.toString();
        return digits.matches("\\d{1," + MAX_DIGITS + "}") ? Long.parseLong(digits) : 0;
    }

    private static @Nullable Object value(JsonParser parser, int depth) throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                    parser.nextToken();
                    Object inner = isTooMuch(map.size(), depth) ? skip(parser) : value(parser, depth + 1);
                    if (inner != null) {
                        map.put(name, inner);
                    }
                }
                return map;
            }
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    Object inner = isTooMuch(list.size(), depth) ? skip(parser) : value(parser, depth + 1);
                    if (inner != null) {
                        list.add(inner);
                    }
                }
                return list;
            }
            case VALUE_TRUE -> {
                return true;
            }
            case VALUE_FALSE -> {
                return false;
            }
            case VALUE_NUMBER_INT -> {
                return parser.getNumberValue();
            }
            case VALUE_STRING, VALUE_NUMBER_FLOAT -> {
                return parser.getText();
            }
            default -> {
                return null;
            }
        }
    }

    private static boolean isTooMuch(int members, int depth) {
        return members == MAX_MEMBERS || depth == MAX_DEPTH;
    }

    private static @Nullable Object skip(JsonParser parser) throws IOException {
        parser.skipChildren();
        return null;
    }

    private static void write(Object value, JsonGenerator out) throws IOException {
        if (value instanceof Map<?, ?> map) {
            out.writeStartObject();
            for (Map.Entry<?, ?> member : map.entrySet()) {
                out.writeFieldName(String.valueOf(member.getKey()));
                write(member.getValue(), out);
            }
            out.writeEndObject();
        } else if (value instanceof List<?> list) {
            out.writeStartArray();
            for (Object element : list) {
                write(element, out);
            }
            out.writeEndArray();
        } else if (value instanceof Boolean truth) {
            out.writeBoolean(truth);
        } else if (value instanceof Number number) {
            out.writeNumber(number.toString());
        } else {
            out.writeString(value.toString());
        }
    }
}
