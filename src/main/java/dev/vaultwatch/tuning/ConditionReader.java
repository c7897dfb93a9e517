package dev.vaultwatch.tuning;

import com.fasterxml.jackson.databind.JsonNode;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.LetterCase;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Cidr;
import java.math.BigDecimal;
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
    private final ValueCheck check;

    ConditionReader(JsonFile file, ValueLists lists, List<RuleFault> faults, List<RuleFault> warnings) {
        this.file = file;
        this.lists = lists;
        this.faults = faults;
        this.check = new ValueCheck(file, faults, warnings);
    }

    /**
     * The conditions under a field; none after a fault.
     *
     * @param ofEvents whether events are asked, and not alerts
     */
    Conditions read(JsonFields parent, String field, boolean ofEvents) {
        Map<String, ValueTest> conditions = new LinkedHashMap<>();
        parent.object(field).ifPresent(where -> {
            if (where.names().isEmpty()) {
                parent.fault(field, "is empty, which would be everything: expected at least one condition");
            }
            for (String name : where.names()) {
                condition(where, name, ofEvents).ifPresent(test -> conditions.put(name, test));
            }
        });
        return new Conditions(conditions);
    }

    private Optional<ValueTest> condition(JsonFields where, String name, boolean ofEvents) {
        Optional<Property> property = Property.named(name);
        // Users' and vaults' names differ in case from record to record and are the same user or vault.
        boolean ignoreCase =
                property.filter(named -> named.letterCase() != LetterCase.KEPT).isPresent();
        JsonNode value = where.raw(name);
        if (!value.isObject()) {
            ValueCheck.About about = new ValueCheck.About(where.pointer(name), "is", property, ofEvents, ignoreCase);
            return where.scalar(name).map(given -> equal(about, given, ignoreCase));
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
        Optional<ValueTest> test = test(
                fields,
                kinds.get(0),
                new ValueCheck.About(fields.pointer(kinds.get(0)), "is", property, ofEvents, ignore));
        fields.refuseOthers("a condition");
        return test;
    }

    private Optional<ValueTest> test(JsonFields fields, String kind, ValueCheck.About about) {
        boolean ignoreCase = about.ignoreCase();
        return switch (kind) {
            case "is" -> fields.scalar("is").map(value -> equal(about, value, ignoreCase));
            case "like" ->
                fields.text("like").map(pattern -> {
                    check.like(about, pattern);
                    return new ValueTest.Like(pattern, ignoreCase);
                });
            case "cidr" -> {
                check.blocks(about);
                yield blocks(fields);
            }
            default -> in(fields, about);
        };
    }

    private ValueTest equal(ValueCheck.About about, Object value, boolean ignoreCase) {
        Set<String> values = Set.of(value instanceof BigDecimal number ? Conditions.plain(number) : value.toString());
        check.equal(about, values);
        return new ValueTest.In(values, ignoreCase);
    }

    private Optional<ValueTest> in(JsonFields fields, ValueCheck.About about) {
        boolean ignoreCase = about.ignoreCase();
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
            list.ifPresent(values -> check.equal(about.saying("names the list " + value + ", which has"), values));
            return list.map(values -> new ValueTest.In(values, ignoreCase));
        }
        List<String> texts = fields.texts("in");
        if (value.isArray() && value.isEmpty()) {
            fields.fault("in", "is empty, so that nothing would match: expected at least one value");
        }
        check.equal(about.saying("has"), texts);
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
