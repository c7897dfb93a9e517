package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.event.LetterCase;
import dev.vaultwatch.event.Operations;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Nearest;
import dev.vaultwatch.tool.sigma.YamlNode.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** One line of a selection, {@code field|modifier: value}, as a comparison. Used once. */
final class FieldMatch {
    private static final Set<String> DONE = Set.of(
            "contains",
            "startswith",
            "endswith",
            "all",
            "re",
            "i",
            "m",
            "s",
            "cidr",
            "exists",
            "cased",
            "neq",
            "lt",
            "lte",
            "gt",
            "gte",
            "fieldref");

    /** Those of the specification's appendix (version 2.1.0) that have no meaning for a Key Vault record, or none here. */
    private static final Set<String> NOT_DONE = Set.of(
            "windash",
            "base64",
            "base64offset",
            "utf16le",
            "utf16be",
            "utf16",
            "wide",
            "expand",
            "minute",
            "hour",
            "day",
            "week",
            "month",
            "year");

    private final YamlNode key;
    private final YamlNode value;
    private final Faults faults;
    private final List<String> modifiers;

    private FieldMatch(YamlNode key, YamlNode value, Faults faults) {
        this.key = key;
        this.value = value;
        this.faults = faults;
        List<String> parts = Arrays.asList(key.text().split("\\|", -1));
        this.modifiers = parts.subList(1, parts.size());
    }

    /** The comparison; empty if it can't be made, which is then among the faults. */
    static Optional<Matching> of(YamlNode key, YamlNode value, Faults faults) {
        return new FieldMatch(key, value, faults).matching();
    }

    private Optional<Matching> matching() {
        String field = key.text().split("\\|", -1)[0];
        Optional<Property> property = SigmaFields.property(field);
        if (property.isEmpty()) {
            faults.error(
                    key,
                    "The field \"" + field + "\" is none that a Key Vault record has here"
                            + Nearest.asQuestion(field, SigmaFields.names()));
            return Optional.empty();
        }
        for (String modifier : modifiers) {
            if (NOT_DONE.contains(modifier)) {
                faults.error(key, "The modifier \"" + modifier + "\" is not supported.");
                return Optional.empty();
            }
            if (!DONE.contains(modifier)) {
                faults.error(key, "There is no modifier \"" + modifier + "\"" + Nearest.asQuestion(modifier, DONE));
                return Optional.empty();
            }
        }
        if (modifiers.contains("cased") && property.get().letterCase() != LetterCase.KEPT) {
            faults.error(
                    key,
                    "\"cased\" can't be had for " + property.get().epl()
                            + ", which is the same person or thing in any case; leave it out.");
            return Optional.empty();
        }
        List<YamlNode> values = value.each();
        if (value.kind() == Kind.MAP || values.isEmpty() || values.stream().anyMatch(each -> isNested(each))) {
            faults.error(value, "The field has " + value.kind() + "; expected a value, or a list of values.");
            return Optional.empty();
        }
        boolean all = modifiers.contains("all");
        if (all && values.size() == 1) {
            faults.error(key, "\"all\" needs a list of at least two values.");
            return Optional.empty();
        }
        Optional<Matching> whole = all ? Optional.empty() : oneOf(property.get(), values);
        if (whole.isEmpty()) {
            List<Matching> each = new ArrayList<>();
            for (YamlNode one : values) {
                Optional<Matching> match = single(property.get(), one);
                if (match.isEmpty()) {
                    return Optional.empty();
                }
                each.add(match.get());
            }
            whole = Optional.of(each.size() == 1 ? each.get(0) : all ? new Matching.All(each) : new Matching.Any(each));
        }
        return whole.map(match -> modifiers.contains("neq") ? new Matching.Not(match) : match);
    }

    private static boolean isNested(YamlNode node) {
        return node.kind() == Kind.MAP || node.kind() == Kind.LIST;
    }

    /** Several plain values as one {@code in}, which the engine looks up instead of comparing one by one. */
    private Optional<Matching> oneOf(Property property, List<YamlNode> values) {
        boolean plain = modifiers.stream().allMatch(each -> each.equals("cased") || each.equals("neq"))
                && values.size() > 1
                && values.stream().allMatch(each -> each.kind() == Kind.TEXT)
                && property.type() == String.class;
        if (!plain) {
            return Optional.empty();
        }
        List<SigmaText> texts =
                values.stream().map(each -> SigmaText.of(each.text())).toList();
        if (texts.stream().anyMatch(text -> text.hasWildcard() || text.literal().isEmpty())) {
            return Optional.empty();
        }
        boolean cased = modifiers.contains("cased");
        if (property == Property.ACTION && !cased) {
            List<Optional<String>> known =
                    texts.stream().map(text -> operation(text.literal())).toList();
            if (known.stream().allMatch(Optional::isPresent)) {
                return Optional.of(in(
                        property,
                        "action",
                        known.stream().map(Optional::orElseThrow).toList()));
            }
        }
        List<String> literals = texts.stream()
                .map(text -> cased ? text.literal() : text.literal().toLowerCase(Locale.ROOT))
                .toList();
        return Optional.of(in(property, cased ? property.epl() : "lower(" + property.epl() + ")", literals));
    }

    private static Matching in(Property property, String expression, List<String> literals) {
        return new Matching.Comparison(
                property,
                expression
                        + literals.stream()
                                .distinct()
                                .map(FieldMatch::quoted)
                                .collect(Collectors.joining(", ", " in (", ")")),
                false,
                Optional.of(literals.get(0)));
    }

    /** The operation as Azure spells it. */
    private static Optional<String> operation(String name) {
        return Operations.known().stream()
                .filter(known -> known.equalsIgnoreCase(name))
                .findFirst();
    }

    private Optional<Matching> single(Property property, YamlNode one) {
        if (modifiers.contains("exists")) {
            return exists(property, one);
        }
        if (modifiers.contains("fieldref")) {
            return reference(property, one);
        }
        if (one.kind() == Kind.NULL || (one.text().isEmpty() && modifiers.isEmpty())) {
            return Optional.of(new Matching.Comparison(property, property.epl() + " is null", true, Optional.empty()));
        }
        if (modifiers.contains("cidr")) {
            return cidr(property, one);
        }
        Optional<String> order = modifiers.stream()
                .filter(Set.of("lt", "lte", "gt", "gte")::contains)
                .findFirst();
        if (property.type() != String.class) {
            return property.type() == Boolean.class ? bool(property, one) : number(property, one, order.orElse("eq"));
        }
        if (order.isPresent()) {
            faults.error(key, "\"" + order.get() + "\" compares numbers, and " + property.epl() + " is a text.");
            return Optional.empty();
        }
        return modifiers.contains("re") ? Optional.of(expression(property, one)) : Optional.of(text(property, one));
    }

    private Optional<Matching> exists(Property property, YamlNode one) {
        if (!one.text().equals("true") && !one.text().equals("false")) {
            faults.error(one, "\"exists\" has \"" + one.text() + "\"; expected true or false.");
            return Optional.empty();
        }
        boolean there = one.text().equals("true");
        return Optional.of(new Matching.Comparison(
                property, property.epl() + (there ? " is not null" : " is null"), true, Optional.empty()));
    }

    private Optional<Matching> reference(Property property, YamlNode one) {
        Optional<Property> other = SigmaFields.property(one.text());
        if (other.isEmpty() || other.get().type() != property.type()) {
            faults.error(
                    one,
                    "\"fieldref\" names \"" + one.text() + "\"; expected a field of a Key Vault record of the same type"
                            + Nearest.asQuestion(one.text(), SigmaFields.names()));
            return Optional.empty();
        }
        boolean text = property.type() == String.class;
        return Optional.of(new Matching.Comparison(
                property,
                text
                        ? "lower(" + property.epl() + ") = lower(" + other.get().epl() + ")"
                        : property.epl() + " = " + other.get().epl(),
                false,
                Optional.empty()));
    }

    private Optional<Matching> cidr(Property property, YamlNode one) {
        if (property != Property.SOURCE_IP && property != Property.SOURCE_ADDRESS) {
            faults.error(key, "\"cidr\" compares addresses, and " + property.epl() + " is none.");
            return Optional.empty();
        }
        String network = one.text();
        int slash = network.indexOf('/');
        String first = slash < 0 ? network : network.substring(0, slash);
        return Optional.of(new Matching.Comparison(
                property,
                "cidr_match(" + property.epl() + ", " + quoted(network) + ")",
                false,
                // The network's own address is in the network.
                Optional.of(first)));
    }

    private Optional<Matching> bool(Property property, YamlNode one) {
        String text = one.text().toLowerCase(Locale.ROOT);
        if (!text.equals("true") && !text.equals("false")) {
            faults.error(one, property.epl() + " is true or false, and is compared with \"" + one.text() + "\".");
            return Optional.empty();
        }
        return Optional.of(new Matching.Comparison(property, property.epl() + " = " + text, false, Optional.of(text)));
    }

    private Optional<Matching> number(Property property, YamlNode one, String order) {
        String text = one.text();
        boolean others = modifiers.stream()
                .anyMatch(
                        each -> !Set.of("lt", "lte", "gt", "gte", "neq", "all").contains(each));
        if (others || !text.matches("-?\\d{1,18}")) {
            faults.error(
                    one,
                    property.epl() + " is a number, and is compared with \"" + text + "\"; expected a whole number"
                            + " and one of gt, gte, lt, lte, neq or no modifier.");
            return Optional.empty();
        }
        long number = Long.parseLong(text);
        String sign = switch (order) {
            case "lt" -> "<";
            case "lte" -> "<=";
            case "gt" -> ">";
            case "gte" -> ">=";
            default -> "=";
        };
        long matching = number + (order.equals("lt") ? -1 : order.equals("gt") ? 1 : 0);
        boolean fits = property.type() == Integer.class && (number > Integer.MAX_VALUE || number < Integer.MIN_VALUE);
        return Optional.of(new Matching.Comparison(
                property,
                property.epl() + " " + sign + " " + number + (property.type() == Long.class || fits ? "L" : ""),
                false,
                Optional.of(Long.toString(matching))));
    }

    private Matching expression(Property property, YamlNode one) {
        String flags = modifiers.stream()
                .filter(Set.of("i", "m", "s")::contains)
                .distinct()
                .collect(Collectors.joining());
        if (property.letterCase() != LetterCase.KEPT && !flags.contains("i")) {
            faults.warning(
                    key, property.epl() + " is the same person or thing in any case; the expression disregards case.");
            flags += "i";
        }
        // Sigma's expressions find a part of the value; regexp in EPL wants the whole.
        String whole = "(?s:.*)(?" + flags + ":" + one.text() + ")(?s:.*)";
        return new Matching.Comparison(property, property.epl() + " regexp " + quoted(whole), false, Optional.empty());
    }

    private Matching text(Property property, YamlNode one) {
        SigmaText text = SigmaText.of(one.text());
        boolean cased = modifiers.contains("cased");
        boolean before = modifiers.contains("contains") || modifiers.contains("endswith");
        boolean after = modifiers.contains("contains") || modifiers.contains("startswith");
        String expression = cased ? property.epl() : "lower(" + property.epl() + ")";
        if (!before && !after && !text.hasWildcard()) {
            Optional<String> known =
                    property == Property.ACTION && !cased ? operation(text.literal()) : Optional.empty();
            return new Matching.Comparison(
                    property,
                    known.map(name -> "action = " + quoted(name))
                            .orElseGet(() -> expression + " = "
                                    + quoted(
                                            cased
                                                    ? text.literal()
                                                    : text.literal().toLowerCase(Locale.ROOT))),
                    false,
                    Optional.of(known.orElse(text.literal())));
        }
        String like = (before ? "%" : "") + text.like() + (after ? "%" : "");
        return new Matching.Comparison(
                property,
                expression + " like " + quoted(cased ? like : like.toLowerCase(Locale.ROOT)) + " escape '"
                        + SigmaText.ESCAPE + "'",
                false,
                property == Property.ACTION
                        ? Operations.known().stream()
                                .filter(name -> text.matches(name, before, after))
                                .findFirst()
                        : Optional.of(text.sample()));
    }

    /** A text as EPL writes it. */
    static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
