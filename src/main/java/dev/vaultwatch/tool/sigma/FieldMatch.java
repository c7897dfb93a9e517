package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.engine.LinearPattern;
import dev.vaultwatch.event.LetterCase;
import dev.vaultwatch.event.Operations;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.gate.Patterns;
import dev.vaultwatch.rule.Cidr;
import dev.vaultwatch.rule.Nearest;
import dev.vaultwatch.tool.sigma.YamlNode.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** One line of a selection, {@code field|modifier: value}, as a comparison. Used once. */
final class FieldMatch {
    private final YamlNode key;
    private final YamlNode value;
    private final Property property;
    private final Modifiers modifiers;
    private final Faults faults;

    private FieldMatch(YamlNode key, YamlNode value, Property property, Modifiers modifiers, Faults faults) {
        this.key = key;
        this.value = value;
        this.property = property;
        this.modifiers = modifiers;
        this.faults = faults;
    }

    /** The comparison; empty if it can't be made, which is then among the faults. */
    static Optional<Matching> of(YamlNode key, YamlNode value, Faults faults) {
        String field = key.text().split("\\|", -1)[0];
        Optional<Property> property = SigmaFields.property(field);
        if (property.isEmpty()) {
            faults.error(
                    key,
                    "The field \"" + field + "\" is none that a Key Vault record has here"
                            + Nearest.asQuestion(field, SigmaFields.names()));
            return Optional.empty();
        }
        return Modifiers.of(key, property.get(), faults)
                .flatMap(modifiers -> new FieldMatch(key, value, property.get(), modifiers, faults).matching());
    }

    private Optional<Matching> matching() {
        List<YamlNode> values = value.each();
        if (value.kind() == Kind.MAP || values.isEmpty() || values.stream().anyMatch(FieldMatch::isNested)) {
            faults.error(value, "The field has " + value.kind() + "; expected a value, or a list of values.");
            return Optional.empty();
        }
        boolean all = modifiers.has("all");
        if (!all(values)) {
            return Optional.empty();
        }
        Optional<Matching> whole = all ? Optional.empty() : oneOf(values);
        if (whole.isEmpty()) {
            List<Matching> each = new ArrayList<>();
            for (YamlNode one : values) {
                single(one).ifPresent(each::add);
            }
            if (each.size() < values.size()) {
                return Optional.empty();
            }
            whole = Optional.of(each.size() == 1 ? each.get(0) : all ? new Matching.All(each) : new Matching.Any(each));
        }
        return whole.map(match -> modifiers.has("neq") ? new Matching.Not(match) : match);
    }

    private static boolean isNested(YamlNode node) {
        return node.kind() == Kind.MAP || node.kind() == Kind.LIST;
    }

    /** Whether the values can be had as they are given: each by itself, and together where all of them must match. */
    private boolean all(List<YamlNode> values) {
        boolean good = true;
        if (modifiers.has("all")) {
            if (values.size() == 1) {
                faults.error(key, "\"all\" needs a list of at least two values.");
                return false;
            }
            if (modifiers.isPlain()
                    && values.stream()
                            .anyMatch(each -> !SigmaText.of(each.text()).hasWildcard())) {
                faults.error(
                        key,
                        "Nothing equals several values at once; with \"all\" expected values with wildcards, or a modifier such"
                                + " as contains.");
                return false;
            }
        }
        for (YamlNode one : values) {
            if (one.kind() == Kind.NULL && modifiers.needsValue().isPresent()) {
                faults.error(
                        one,
                        "\"" + modifiers.needsValue().get()
                                + "\" has nothing to compare with; expected a value, or the field without a modifier where"
                                + " it is to be absent.");
                good = false;
            } else if (one.kind() == Kind.TEXT) {
                good &= isInCase(one);
            }
        }
        return good;
    }

    /** Whether an operation that is compared with regard to case is in the case in which it comes. */
    private boolean isInCase(YamlNode one) {
        if (property != Property.ACTION || !modifiers.has("cased") || modifiers.has("fieldref")) {
            return true;
        }
        SigmaText text = SigmaText.of(one.text());
        return isInCase(
                one,
                name -> text.matches(name, isBefore(), isAfter(), true),
                name -> text.matches(name, isBefore(), isAfter(), false),
                "leave \"cased\" out");
    }

    private boolean isInCase(YamlNode one, Predicate<String> exact, Predicate<String> inAnyCase, String instead) {
        Optional<String> known = Operations.known().stream().filter(inAnyCase).findFirst();
        if (known.isEmpty() || Operations.known().stream().anyMatch(exact)) {
            return true;
        }
        faults.error(
                one,
                "\"" + one.text() + "\" matches no operation, since operations have their case, such as " + known.get()
                        + "; write it so, or " + instead + ".");
        return false;
    }

    private boolean isBefore() {
        return modifiers.has("contains") || modifiers.has("endswith");
    }

    private boolean isAfter() {
        return modifiers.has("contains") || modifiers.has("startswith");
    }

    /** Several plain values as one {@code in}, which the engine looks up instead of comparing one by one. */
    private Optional<Matching> oneOf(List<YamlNode> values) {
        boolean plain = modifiers.isPlain()
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
        boolean cased = modifiers.has("cased");
        if (property == Property.ACTION && !cased) {
            List<Optional<String>> known =
                    texts.stream().map(text -> operation(text.literal())).toList();
            if (known.stream().allMatch(Optional::isPresent)) {
                return Optional.of(in(
                        "action",
                        UnaryOperator.identity(),
                        known.stream().map(Optional::orElseThrow).toList()));
            }
        }
        UnaryOperator<String> folded = cased ? UnaryOperator.identity() : FieldMatch::lower;
        return Optional.of(in(
                folded(property),
                folded,
                texts.stream().map(text -> folded.apply(text.literal())).toList()));
    }

    private Matching in(String expression, UnaryOperator<String> folded, List<String> literals) {
        Set<String> all = Set.copyOf(literals);
        return new Matching.Comparison(
                property,
                expression
                        + literals.stream()
                                .distinct()
                                .map(FieldMatch::quoted)
                                .collect(Collectors.joining(", ", " in (", ")")),
                each -> all.contains(folded.apply(each)),
                literals);
    }

    /** The property in the case in which it is compared. */
    private String folded(Property its) {
        return modifiers.has("cased") ? its.epl() : "lower(" + its.epl() + ")";
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** The operation as Azure spells it. */
    private static Optional<String> operation(String name) {
        return Operations.known().stream()
                .filter(known -> known.equalsIgnoreCase(name))
                .findFirst();
    }

    private Optional<Matching> single(YamlNode one) {
        if (modifiers.has("exists")) {
            return exists(one);
        }
        if (modifiers.has("fieldref")) {
            return reference(one);
        }
        // An empty text in a record is taken as absent.
        if (one.kind() == Kind.NULL || (one.text().isEmpty() && modifiers.isPlain())) {
            return Optional.of(new Matching.Presence(property, false));
        }
        if (modifiers.has("cidr")) {
            return cidr(one);
        }
        if (property.type() != String.class) {
            return property.type() == Boolean.class ? bool(one) : number(one);
        }
        return modifiers.has("re") ? expression(one) : Optional.of(text(one));
    }

    private Optional<Matching> exists(YamlNode one) {
        if (!one.text().equals("true") && !one.text().equals("false")) {
            faults.error(one, "\"exists\" has \"" + one.text() + "\"; expected true or false.");
            return Optional.empty();
        }
        return Optional.of(new Matching.Presence(property, one.text().equals("true")));
    }

    private Optional<Matching> reference(YamlNode one) {
        Optional<Property> other = SigmaFields.property(one.text());
        if (other.isEmpty() || other.get().type() != property.type()) {
            faults.error(
                    one,
                    "\"fieldref\" names \"" + one.text() + "\"; expected a field of a Key Vault record of the same type"
                            + Nearest.asQuestion(one.text(), SigmaFields.names()));
            return Optional.empty();
        }
        if (property.type() != String.class) {
            return Optional.of(new Matching.Reference(
                    property, other.get(), property.epl() + " = " + other.get().epl(), String::equals));
        }
        boolean cased = modifiers.has("cased");
        if (cased && other.get().letterCase() != LetterCase.KEPT) {
            faults.error(
                    one,
                    "\"cased\" can't be had for " + other.get().epl()
                            + ", which is the same person or thing in any case; leave it out.");
            return Optional.empty();
        }
        if (!isBefore() && !isAfter()) {
            return Optional.of(new Matching.Reference(
                    property,
                    other.get(),
                    folded(property) + " = " + folded(other.get()),
                    cased ? String::equals : String::equalsIgnoreCase));
        }
        String method = isBefore() && isAfter() ? "contains" : isAfter() ? "startsWith" : "endsWith";
        BiPredicate<String, String> test =
                isBefore() && isAfter() ? String::contains : isAfter() ? String::startsWith : String::endsWith;
        // A pattern of "like" made of the other value would take its wildcards for such.
        String small = cased ? "" : ".toLowerCase()";
        return Optional.of(new Matching.Reference(
                property,
                other.get(),
                property.epl() + small + "." + method + "(" + other.get().epl() + small + ")",
                cased ? test : (text, part) -> test.test(lower(text), lower(part))));
    }

    private Optional<Matching> cidr(YamlNode one) {
        String network = one.text();
        if (network.indexOf('/') < 0 && Cidr.of(network).isPresent()) {
            // An address alone is a network of one.
            network += Cidr.of(network + "/128").isPresent() ? "/128" : "/32";
        }
        Optional<Cidr> read = Cidr.of(network);
        if (read.isEmpty()) {
            faults.error(
                    one,
                    "\"" + one.text()
                            + "\" is no network; expected an address and a number of bits, such as 10.0.0.0/8 or"
                            + " 2001:db8::/32.");
            return Optional.empty();
        }
        return Optional.of(new Matching.Comparison(
                property,
                "cidr_match(" + property.epl() + ", " + quoted(network) + ")",
                read.get()::contains,
                // The network's own address is in the network.
                List.of(network.substring(0, network.indexOf('/')))));
    }

    private Optional<Matching> bool(YamlNode one) {
        String text = lower(one.text());
        if (!text.equals("true") && !text.equals("false")) {
            faults.error(one, property.epl() + " is true or false, and is compared with \"" + one.text() + "\".");
            return Optional.empty();
        }
        return Optional.of(
                new Matching.Comparison(property, property.epl() + " = " + text, text::equals, List.of(text)));
    }

    private Optional<Matching> number(YamlNode one) {
        String text = one.text();
        if (!text.matches("-?\\d{1,18}")) {
            faults.error(
                    one,
                    property.epl() + " is a number, and is compared with \"" + text + "\"; expected a whole number"
                            + " and one of gt, gte, lt, lte, neq or no modifier.");
            return Optional.empty();
        }
        long number = Long.parseLong(text);
        String sign;
        Predicate<Long> test;
        switch (modifiers.order().orElse("eq")) {
            case "lt" -> {
                sign = "<";
                test = its -> its < number;
            }
            case "lte" -> {
                sign = "<=";
                test = its -> its <= number;
            }
            case "gt" -> {
                sign = ">";
                test = its -> its > number;
            }
            case "gte" -> {
                sign = ">=";
                test = its -> its >= number;
            }
            default -> {
                sign = "=";
                test = its -> its == number;
            }
        }
        boolean large = number > Integer.MAX_VALUE || number < Integer.MIN_VALUE;
        return Optional.of(new Matching.Comparison(
                property,
                property.epl() + " " + sign + " " + number + (property.type() == Long.class || large ? "L" : ""),
                each -> test.test(Long.valueOf(each)),
                List.of(text, Long.toString(number + 1), Long.toString(number - 1))));
    }

    private Optional<Matching> expression(YamlNode one) {
        String flags = modifiers.flags();
        // Alone first: "a)|(b" would be an expression of its own within the parentheses.
        Optional<String> problem =
                Patterns.problem(one.text()).or(() -> Patterns.problem(whole(modifiers.flags(), one.text())));
        if (problem.isPresent()) {
            faults.error(one, "The expression " + problem.get());
            return Optional.empty();
        }
        if (property == Property.ACTION
                && !isInCase(
                        one, matching(flags, one), matching(flags.replace("i", "") + "i", one), "add the modifier i")) {
            return Optional.empty();
        }
        if (property.letterCase() != LetterCase.KEPT && !flags.contains("i")) {
            faults.warning(
                    key, property.epl() + " is the same person or thing in any case; the expression disregards case.");
            flags += "i";
        }
        String plain = one.text().replaceAll("^\\^|\\$$|\\.[*+]", "").replaceAll("\\\\(.)", "$1");
        return Optional.of(new Matching.Comparison(
                property,
                property.epl() + " regexp " + quoted(whole(flags, one.text())),
                matching(flags, one),
                List.of(plain)));
    }

    /** Sigma's expressions find a part of the value; regexp in EPL wants the whole. */
    private static String whole(String flags, String expression) {
        return "(?s:.*)(?" + flags + ":" + expression + ")(?s:.*)";
    }

    private static Predicate<String> matching(String flags, YamlNode expression) {
        LinearPattern pattern = LinearPattern.compile(whole(flags, expression.text()));
        return text -> pattern.matcher(text).matches();
    }

    private Matching text(YamlNode one) {
        SigmaText text = SigmaText.of(one.text());
        boolean cased = modifiers.has("cased");
        if (!isBefore() && !isAfter() && !text.hasWildcard()) {
            Optional<String> known =
                    property == Property.ACTION && !cased ? operation(text.literal()) : Optional.empty();
            return new Matching.Comparison(
                    property,
                    known.map(name -> "action = " + quoted(name))
                            .orElseGet(() ->
                                    folded(property) + " = " + quoted(cased ? text.literal() : lower(text.literal()))),
                    each -> cased ? each.equals(text.literal()) : lower(each).equals(lower(text.literal())),
                    List.of(known.orElse(text.literal())));
        }
        boolean before = isBefore();
        boolean after = isAfter();
        String like = (before ? "%" : "") + text.like() + (after ? "%" : "");
        return new Matching.Comparison(
                property,
                folded(property) + " like " + quoted(cased ? like : lower(like)) + " escape '" + SigmaText.ESCAPE + "'",
                each -> text.matches(each, before, after, cased),
                List.of(text.sample()));
    }

    /** A text as EPL writes it. */
    static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
