package dev.vaultwatch.tool.sigma;

import dev.vaultwatch.rule.Nearest;
import dev.vaultwatch.tool.sigma.YamlNode.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code detection} of a Sigma rule: named selections, and a condition over them. A recursive descent parser of the condition;
 * {@code not} binds closest, then {@code and}, then {@code or}. Used once.
 */
final class Detection {
    private static final Pattern WORD = Pattern.compile("[()|]|[^\\s()|]+");
    private static final Set<String> OPERATORS = Set.of("and", "or", "not", "of", "(", ")");

    private record Word(String text, int offset) {}

    private final Faults faults;
    private final Map<String, Matching> selections = new LinkedHashMap<>();
    private final Set<String> used = new HashSet<>();
    private final List<Word> words = new ArrayList<>();
    private final YamlNode condition;
    private int next;
    private boolean broken;

    private Detection(YamlNode condition, Faults faults) {
        this.condition = condition;
        this.faults = faults;
    }

    /** What an event must be like; empty if that can't be told, which is then among the faults. */
    static Optional<Matching> of(YamlNode detection, Faults faults) {
        if (detection.kind() != Kind.MAP) {
            faults.error(detection, "\"detection\" has " + detection.kind() + "; expected selections and a condition.");
            return Optional.empty();
        }
        Optional<YamlNode> condition = detection.get("condition");
        if (condition.filter(its -> !its.items().isEmpty()).isPresent()) {
            faults.error(
                    condition.get(),
                    "A list of conditions is not supported; expected one text, such as: selection and not filter. Several"
                            + " conditions are joined by \"or\".");
            return Optional.empty();
        }
        if (condition.isEmpty() || condition.get().kind() != Kind.TEXT) {
            faults.error(
                    condition.orElse(detection),
                    "\"detection\" has no condition; expected \"condition\" with one text, such as: selection and not"
                            + " filter.");
            return Optional.empty();
        }
        Detection read = new Detection(condition.get(), faults);
        for (YamlNode.Entry entry : detection.entries()) {
            String name = entry.key().text();
            if (name.equals("timeframe")) {
                faults.error(
                        entry.key(),
                        "\"timeframe\" is of Sigma 1; expected a correlation with \"timespan\" in a document of its own.");
                read.broken = true;
            } else if (!name.equals("condition")) {
                Optional<Matching> selection = read.selection(entry.value());
                selection.ifPresent(its -> read.selections.put(name, its));
                read.broken |= selection.isEmpty();
            }
        }
        Optional<Matching> parsed = read.broken ? Optional.empty() : read.parsed();
        if (parsed.isPresent()) {
            detection.entries().stream()
                    .map(YamlNode.Entry::key)
                    .filter(key -> !key.text().equals("condition") && !read.used.contains(key.text()))
                    .forEach(key -> faults.warning(
                            key,
                            "The condition does not name the selection \"" + key.text()
                                    + "\", which has no effect; the rule is made without it."));
        }
        return parsed;
    }

    private Optional<Matching> selection(YamlNode node) {
        if (node.kind() == Kind.MAP && !node.entries().isEmpty()) {
            List<Matching> all = new ArrayList<>();
            boolean whole = true;
            for (YamlNode.Entry entry : node.entries()) {
                Optional<Matching> one = FieldMatch.of(entry.key(), entry.value(), faults);
                one.ifPresent(all::add);
                whole &= one.isPresent();
            }
            return whole ? Optional.of(new Matching.All(all)) : Optional.empty();
        }
        if (node.kind() == Kind.LIST && !node.items().isEmpty()) {
            List<Matching> any = new ArrayList<>();
            boolean whole = true;
            for (YamlNode item : node.items()) {
                if (item.kind() != Kind.MAP) {
                    faults.error(
                            item,
                            "Words that are sought in the whole record are not supported; expected a field and a value, such"
                                    + " as operationName: SecretGet.");
                    return Optional.empty();
                }
                Optional<Matching> one = selection(item);
                one.ifPresent(any::add);
                whole &= one.isPresent();
            }
            return whole ? Optional.of(new Matching.Any(any)) : Optional.empty();
        }
        faults.error(node, "The selection has " + node.kind() + "; expected a map of fields, or a list of such maps.");
        return Optional.empty();
    }

    private Optional<Matching> parsed() {
        Matcher matcher = WORD.matcher(condition.text());
        while (matcher.find()) {
            words.add(new Word(matcher.group(), matcher.start()));
        }
        Optional<Matching> whole = or();
        if (whole.isPresent() && next < words.size()) {
            Word word = words.get(next);
            return refuse(
                    word,
                    word.text().equals("|")
                            ? "has \"|\": counting within a condition is of Sigma 1; expected a correlation in a document of"
                                    + " its own."
                            : "goes on with \"" + word.text() + "\"; expected \"and\" or \"or\" before it.");
        }
        return whole;
    }

    private Optional<Matching> or() {
        return chain("or", this::and, Matching.Any::new);
    }

    private Optional<Matching> and() {
        return chain("and", this::not, Matching.All::new);
    }

    private interface Level {
        Optional<Matching> parse();
    }

    private interface Combined {
        Matching of(List<Matching> parts);
    }

    private Optional<Matching> chain(String operator, Level level, Combined combined) {
        List<Matching> parts = new ArrayList<>();
        do {
            Optional<Matching> part = level.parse();
            if (part.isEmpty()) {
                return Optional.empty();
            }
            parts.add(part.get());
        } while (take(operator));
        return Optional.of(parts.size() == 1 ? parts.get(0) : combined.of(parts));
    }

    private boolean take(String operator) {
        boolean found = next < words.size()
                && words.get(next).text().toLowerCase(Locale.ROOT).equals(operator);
        next += found ? 1 : 0;
        return found;
    }

    private Optional<Matching> not() {
        if (take("not")) {
            return not().map(Matching.Not::new);
        }
        if (take("(")) {
            Optional<Matching> inner = or();
            if (inner.isPresent() && !take(")")) {
                return refuse(end(), "lacks a closing parenthesis.");
            }
            return inner;
        }
        if (next == words.size()) {
            return refuse(end(), "ends where a selection is expected.");
        }
        Word word = words.get(next++);
        if (next < words.size() && words.get(next).text().equals("of")) {
            next++;
            return of(word);
        }
        used.add(word.text());
        Matching selection = selections.get(word.text());
        if (selection == null) {
            return refuse(
                    word,
                    OPERATORS.contains(word.text())
                            ? "has \"" + word.text() + "\" where a selection is expected."
                            : "names the selection \"" + word.text() + "\", which is not there"
                                    + Nearest.asQuestion(word.text(), selections.keySet()));
        }
        return Optional.of(selection);
    }

    /** {@code 1 of them}, {@code all of filter_*}. */
    private Optional<Matching> of(Word quantity) {
        boolean all = quantity.text().equals("all");
        if (!all && !quantity.text().equals("1") && !quantity.text().equals("any")) {
            return refuse(quantity, "has \"" + quantity.text() + " of\"; expected \"1 of\" or \"all of\".");
        }
        if (next == words.size()) {
            return refuse(end(), "ends after \"of\"; expected \"them\" or the beginning of names, such as filter_*.");
        }
        Word names = words.get(next++);
        String pattern = names.text().equals("them")
                ? "(?!_).*"
                : Pattern.quote(names.text()).replace("*", "\\E.*\\Q");
        List<Matching> found = new ArrayList<>();
        selections.forEach((name, selection) -> {
            if (name.matches(pattern)) {
                used.add(name);
                found.add(selection);
            }
        });
        if (found.isEmpty()) {
            return refuse(names, "names \"" + names.text() + "\", and no selection is called so.");
        }
        return Optional.of(found.size() == 1 ? found.get(0) : all ? new Matching.All(found) : new Matching.Any(found));
    }

    private Word end() {
        return new Word("", condition.text().length());
    }

    private Optional<Matching> refuse(Word at, String problem) {
        faults.error(condition.line(), condition.column() + at.offset(), "The condition " + problem);
        return Optional.empty();
    }
}
