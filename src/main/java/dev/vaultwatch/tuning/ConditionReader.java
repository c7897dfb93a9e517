package dev.vaultwatch.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.LetterCase;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Cidr;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads conditions, the objects under {@code where}. Not thread-safe. */
final class ConditionReader {
    private static final Set<String> KINDS = new TreeSet<>(Set.of("is", "in", "like", "cidr"));

    private final JsonFile file;
    private final ValueLists lists;
    private final List<RuleFault> faults;

    ConditionReader(JsonFile file, ValueLists lists, List<RuleFault> faults) {
        this.file = file;
        this.lists = lists;
        this.faults = faults;
    }

    /** The conditions under a field; none after a fault. */
    Conditions read(JsonFields parent, String field) {
        Map<String, ValueTest> conditions = new LinkedHashMap<>();
        parent.object(field).ifPresent(where -> {
            if (where.names().isEmpty()) {
                parent.fault(field, "is empty, which would be everything: expected at least one condition");
            }
            for (String name : where.names()) {
                condition(where, name).ifPresent(test -> conditions.put(name, test));
            }
        });
        return new Conditions(conditions);
    }

    private Optional<ValueTest> condition(JsonFields where, String name) {
        // Users' and vaults' names differ in case from record to record and are the same user or vault.
        boolean ignoreCase = Property.named(name)
                .filter(property -> property.letterCase() != LetterCase.KEPT)
                .isPresent();
        JsonNode value = where.raw(name);
        if (!value.isObject()) {
            return where.scalar(name).map(given -> new ValueTest.In(Set.of(given.toString()), ignoreCase));
        }
        JsonFields fields = new JsonFields(file, where.pointer(name), faults);
        boolean ignore = fields.choice("case", Set.of("exact", "ignore"))
                .map("ignore"::equals)
                .orElse(ignoreCase);
        List<String> kinds = KINDS.stream().filter(fields::has).toList();
        if (kinds.size() != 1) {
            fields.refuseOthers("a condition");
            where.fault(
                    name,
                    kinds.isEmpty()
                            ? "says nothing to compare with: expected one of " + String.join(", ", KINDS)
                            : "has " + String.join(" and ", kinds) + ": expected one of them");
            return Optional.empty();
        }
        Optional<ValueTest> test = test(fields, kinds.get(0), ignore);
        fields.refuseOthers("a condition");
        return test;
    }

    private Optional<ValueTest> test(JsonFields fields, String kind, boolean ignoreCase) {
        return switch (kind) {
            case "is" -> fields.scalar("is").map(value -> new ValueTest.In(Set.of(value.toString()), ignoreCase));
            case "like" -> fields.text("like").map(pattern -> new ValueTest.Like(pattern, ignoreCase));
            case "cidr" -> blocks(fields);
            default -> in(fields, ignoreCase);
        };
    }

    private Optional<ValueTest> in(JsonFields fields, boolean ignoreCase) {
        JsonNode value = fields.raw("in");
        if (value.isTextual()) {
            Optional<Set<String>> list = lists.get(value.textValue());
            if (list.isEmpty()) {
                fields.fault(
                        "in",
                        "names the list " + value + ", which is not under /lists: expected "
                                + (lists.names().isEmpty()
                                        ? "a list such as [\"a\", \"b\"], or a name under /lists"
                                        : String.join(", ", new TreeSet<>(lists.names())))
                                + JsonFields.question(value.textValue(), lists.names()));
            }
            return list.map(values -> new ValueTest.In(values, ignoreCase));
        }
        List<String> texts = fields.texts("in");
        if (value.isArray() && value.isEmpty()) {
            fields.fault("in", "is empty, so that nothing would match: expected at least one value");
        }
        return texts.isEmpty()
                ? Optional.empty()
                : Optional.of(new ValueTest.In(new LinkedHashSet<>(texts), ignoreCase));
    }

    private Optional<ValueTest> blocks(JsonFields fields) {
        List<Cidr> blocks = new ArrayList<>();
        for (String text : fields.texts("cidr")) {
            Optional<Cidr> block = Cidr.of(text);
            if (block.isEmpty()) {
                fields.fault("cidr", "has \"" + text + "\"; expected a block of addresses, such as 10.0.0.0/8");
            }
            block.ifPresent(blocks::add);
        }
        return blocks.isEmpty() ? Optional.empty() : Optional.of(new ValueTest.InBlocks(blocks));
    }
}
