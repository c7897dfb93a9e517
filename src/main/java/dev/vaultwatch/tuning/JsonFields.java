package dev.vaultwatch.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.FactPlaces;
import dev.vaultwatch.rule.Nearest;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * One object of a {@link JsonFile}: gives out its fields by name and type, and adds a fault for each that is missing, of another
 * type, out of range or, in {@link #refuseOthers}, not known. Reading goes on after a fault, with an empty value, so that all of a
 * file's faults are found at once. Not thread-safe.
 */
public final class JsonFields {
    private final JsonFile file;
    private final String pointer;
    private final JsonNode node;
    private final List<RuleFault> faults;
    private final TreeSet<String> known = new TreeSet<>();

    /**
     * The object at a pointer; one without fields if there is something else there, which is a fault.
     *
     * @param faults is given each fault
     */
    public JsonFields(JsonFile file, String pointer, List<RuleFault> faults) {
        this.file = file;
        this.pointer = pointer;
        this.node = file.root().at(pointer);
        this.faults = faults;
        if (!node.isObject()) {
            fault("", "must be an object, in braces");
        }
    }

    /** The pointer of one of its fields. */
    public String pointer(String field) {
        return FactPlaces.member(pointer, field);
    }

    /** Whether the object has the field. */
    public boolean has(String field) {
        known.add(field);
        return node.has(field);
    }

    /** The names of its fields, in the file's order. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** The field as it stands; a missing node if there is none. */
    public JsonNode raw(String field) {
        known.add(field);
        return node.path(field);
    }

    /** Adds a fault at a field, or at the object itself for "". */
    public void fault(String field, String problem) {
        faults.add(file.fault(field.isEmpty() ? pointer : pointer(field), problem));
    }

    /** A text that is not blank, if the field is there. */
    public Optional<String> text(String field) {
        JsonNode value = raw(field);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isTextual() || value.textValue().isBlank()) {
            fault(field, "must be a text that is not blank");
            return Optional.empty();
        }
        return Optional.of(value.textValue());
    }

    /** A text that must be there; empty after a fault. */
    public Optional<String> requiredText(String field, String meaning) {
        if (!has(field)) {
            fault("", "has no \"" + field + "\": expected " + meaning);
            return Optional.empty();
        }
        return text(field);
    }

    /** One of several texts, if the field is there. */
    public Optional<String> choice(String field, Collection<String> choices) {
        JsonNode value = raw(field);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isTextual() || !choices.contains(value.textValue())) {
            fault(
                    field,
                    "is " + value + "; expected " + String.join(", ", new TreeSet<>(choices))
                            + question(value.asText(), choices));
            return Optional.empty();
        }
        return Optional.of(value.textValue());
    }

    /** True or false, if the field is there. */
    public Optional<Boolean> truth(String field) {
        JsonNode value = raw(field);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isBoolean()) {
            fault(field, "is " + value + "; expected true or false, without quotation marks");
            return Optional.empty();
        }
        return Optional.of(value.booleanValue());
    }

    /** A whole number in a range, if the field is there. */
    public Optional<Integer> number(String field, int least, int most) {
        JsonNode value = raw(field);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isInt() || value.intValue() < least || value.intValue() > most) {
            fault(field, "is " + value + "; expected a whole number from " + least + " to " + most);
            return Optional.empty();
        }
        return Optional.of(value.intValue());
    }

    /** An ISO 8601 duration that is longer than zero, if the field is there. */
    public Optional<Duration> duration(String field) {
        return text(field).flatMap(given -> {
            try {
                Duration duration = Duration.parse(given);
                if (!duration.isNegative() && !duration.isZero()) {
                    return Optional.of(duration);
                }
            } catch (DateTimeParseException e) {
                // Said below, in the same words.
            }
            fault(field, "is \"" + given + "\"; expected an ISO 8601 duration above zero, such as PT15M");
            return Optional.empty();
        });
    }

    /** The elements' pointers of a list, if the field is there; none for another value, which is a fault. */
    public List<String> list(String field) {
        JsonNode value = raw(field);
        if (value.isMissingNode()) {
            return List.of();
        }
        if (!value.isArray()) {
            fault(field, "must be a list, in square brackets");
            return List.of();
        }
        List<String> pointers = new ArrayList<>();
        for (int i = 0; i < value.size(); i++) {
            pointers.add(pointer(field) + "/" + i);
        }
        return pointers;
    }

    /** A list of texts; a single text counts as a list of one. */
    public List<String> texts(String field) {
        JsonNode value = raw(field);
        if (value.isTextual()) {
            return text(field).map(List::of).orElse(List.of());
        }
        List<String> texts = new ArrayList<>();
        for (String each : list(field)) {
            JsonNode element = file.root().at(each);
            if (element.isTextual() && !element.textValue().isBlank()) {
                texts.add(element.textValue());
            } else {
                faults.add(file.fault(each, "must be a text that is not blank"));
            }
        }
        return texts;
    }

    /** The object under a field, if the field is there. */
    public Optional<JsonFields> object(String field) {
        return has(field) ? Optional.of(new JsonFields(file, pointer(field), faults)) : Optional.empty();
    }

    /** A value as Java has it: a text, a truth, or a number as {@link BigDecimal}; empty after a fault. */
    public Optional<Object> scalar(String field) {
        JsonNode value = raw(field);
        if (value.isTextual()) {
            return Optional.of(value.textValue());
        }
        if (value.isBoolean()) {
            return Optional.of(value.booleanValue());
        }
        if (value.isNumber()) {
            return Optional.of(value.decimalValue());
        }
        fault(field, "must be a text, a number, true or false");
        return Optional.empty();
    }

    /** Adds a fault for each field that was not asked for, with the known name that is nearest. */
    public void refuseOthers(String what) {
        for (String name : names()) {
            if (!known.contains(name)) {
                fault(
                        name,
                        "is no field of " + what + "; known are " + String.join(", ", known) + question(name, known));
            }
        }
    }

    /** Adds a fault for each name that is not among the known ones. */
    public void refuseOtherThan(Set<String> names, String what) {
        for (String name : names()) {
            if (!names.contains(name)) {
                fault(
                        name,
                        "is no " + what + "; known are " + String.join(", ", new TreeSet<>(names))
                                + question(name, names));
            }
        }
    }

    /** The end of a sentence about a name that is not known. */
    static String question(String name, Collection<String> known) {
        return Nearest.of(name, known)
                .map(each -> "; did you mean \"" + each + "\"?")
                .orElse("");
    }
}
