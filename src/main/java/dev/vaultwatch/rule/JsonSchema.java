package dev.vaultwatch.rule;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/**
 * Checks a document against a JSON Schema, as far as {@code rule.schema.json} uses one (draft 2020-12): {@code type}, {@code
 * enum}, {@code const}, {@code pattern}, {@code minimum}, {@code maximum}, {@code minItems}, {@code uniqueItems}, {@code items},
 * {@code properties}, {@code additionalProperties}, {@code required}, local {@code $ref}, and {@code oneOf} between objects told apart
 * by a constant {@code kind}. Written here since a library for all of JSON Schema would be larger than the plugin.
 */
final class JsonSchema {
    private static final String MUST_BE = "must be ";

    private final JsonNode root;

    JsonSchema(JsonNode root) {
        this.root = root;
    }

    /**
     * Checks a document.
     *
     * @param faults is told, for each fault, the JSON pointer and a sentence that begins with a verb
     */
    void check(JsonNode document, BiConsumer<String, String> faults) {
        check(root, document, "", faults);
    }

    private void check(JsonNode given, JsonNode value, String at, BiConsumer<String, String> faults) {
        JsonNode schema =
                given.has("$ref") ? root.at(given.get("$ref").textValue().substring(1)) : given;
        if (schema.has("oneOf")) {
            oneOf(schema, value, at, faults);
            return;
        }
        if (schema.has("const")) {
            // The kind by which oneOf has chosen.
            return;
        }
        if (schema.has("enum")) {
            oneOfTexts(schema.get("enum"), value, at, faults);
            return;
        }
        switch (schema.path("type").asText()) {
            case "string" -> {
                if (!value.isTextual()
                        || (schema.has("pattern")
                                && !Pattern.compile(schema.get("pattern").textValue())
                                        .matcher(value.textValue())
                                        .find())) {
                    faults.accept(
                            at,
                            "^P".equals(schema.path("pattern").asText())
                                    ? "must be an ISO 8601 duration, such as PT1M"
                                    : "must be a text that is not blank");
                }
            }
            case "integer", "number" -> number(schema, value, at, faults);
            case "array" -> array(schema, value, at, faults);
            case "object" -> object(schema, value, at, faults);
            default -> throw new IllegalStateException("The schema has no type that is known here: " + schema);
        }
    }

    private void oneOf(JsonNode schema, JsonNode value, String at, BiConsumer<String, String> faults) {
        List<String> kinds = new ArrayList<>();
        for (JsonNode choice : schema.get("oneOf")) {
            JsonNode kind = choice.at("/properties/kind/const");
            if (kind.equals(value.path("kind"))) {
                check(choice, value, at, faults);
                return;
            }
            kinds.add(kind.textValue());
        }
        faults.accept(
                at + "/kind",
                "must be one of " + String.join(", ", kinds)
                        + Nearest.of(value.path("kind").asText(), kinds)
                                .map(each -> "; did you mean \"" + each + "\"?")
                                .orElse(""));
    }

    private static void oneOfTexts(JsonNode known, JsonNode value, String at, BiConsumer<String, String> faults) {
        Set<String> names = new TreeSet<>();
        for (JsonNode each : known) {
            if (each.equals(value)) {
                return;
            }
            names.add(each.asText());
        }
        faults.accept(
                at,
                "must be one of " + String.join(", ", names)
                        + Nearest.of(value.asText(), names)
                                .map(each -> "; did you mean \"" + each + "\"?")
                                .orElse(""));
    }

    private static void number(JsonNode schema, JsonNode value, String at, BiConsumer<String, String> faults) {
        boolean whole = "integer".equals(schema.get("type").textValue());
        boolean fits = whole ? value.isInt() : value.isNumber();
        boolean inRange = !schema.has("minimum")
                || (value.asLong() >= schema.get("minimum").asLong()
                        && value.asLong() <= schema.get("maximum").asLong());
        if (!fits || !inRange) {
            faults.accept(
                    at,
                    whole
                            ? "must be a whole number from " + schema.get("minimum") + " to " + schema.get("maximum")
                            : "must be a number");
        }
    }

    private void array(JsonNode schema, JsonNode value, String at, BiConsumer<String, String> faults) {
        boolean ofTexts = "string".equals(schema.at("/items/type").asText());
        if (!value.isArray()) {
            faults.accept(at, ofTexts ? "must be a list of texts" : "must be a list");
            return;
        }
        if (value.size() < schema.path("minItems").asInt(0)) {
            faults.accept(
                    at,
                    "must have at least " + schema.get("minItems") + " of " + at.substring(at.lastIndexOf('/') + 1));
        }
        Set<JsonNode> seen = new HashSet<>();
        for (int i = 0; i < value.size(); i++) {
            if (!seen.add(value.get(i)) && schema.path("uniqueItems").asBoolean()) {
                faults.accept(at + "/" + i, "stands in the list twice");
            }
            check(schema.get("items"), value.get(i), at + "/" + i, faults);
        }
    }

    private void object(JsonNode schema, JsonNode value, String at, BiConsumer<String, String> faults) {
        if (!value.isObject() && !at.isEmpty()) {
            faults.accept(at, value.isMissingNode() ? "is missing; expected an object" : "must be an object");
            return;
        }
        JsonNode known = schema.path("properties");
        Optional<JsonNode> others =
                Optional.of(schema.path("additionalProperties")).filter(JsonNode::isObject);
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            String pointer = FactPlaces.member(at, field.getKey());
            if (known.has(field.getKey())) {
                check(known.get(field.getKey()), field.getValue(), pointer, faults);
            } else if (others.isPresent()) {
                check(others.get(), field.getValue(), pointer, faults);
            } else if (schema.has("additionalProperties")) {
                Set<String> names = new TreeSet<>();
                known.fieldNames().forEachRemaining(names::add);
                faults.accept(
                        pointer,
                        "is not a field of rule.json" + (at.isEmpty() ? "" : " under " + at) + "; known are "
                                + String.join(", ", names)
                                + Nearest.of(field.getKey(), names)
                                        .map(each -> "; did you mean \"" + each + "\"?")
                                        .orElse(""));
            }
        }
        for (JsonNode required : schema.path("required")) {
            if (!value.has(required.textValue())) {
                check(
                        known.get(required.textValue()),
                        value.path(required.textValue()),
                        at + "/" + required.textValue(),
                        (place, problem) -> faults.accept(place, missing(problem)));
            }
        }
    }

    private static String missing(String problem) {
        return problem.startsWith(MUST_BE) ? "is missing; expected " + problem.substring(MUST_BE.length()) : problem;
    }
}
