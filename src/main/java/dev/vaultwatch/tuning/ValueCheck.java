package dev.vaultwatch.tuning;

import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.LetterCase;
import dev.vaultwatch.event.Operations;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Nearest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Values of conditions that nothing equals: an exception with one excepts nothing, and never says so. What is certain is a fault, what is
 * likely a warning, as with the texts that rules compare. Not thread-safe.
 */
final class ValueCheck {
    /** Of one condition, values that are told each alone: a list has as many as it likes. */
    private static final int MOST = 3;

    private static final Set<Property> ADDRESSES = Set.of(Property.SOURCE_IP, Property.SOURCE_ADDRESS);

    private final JsonFile file;
    private final List<RuleFault> faults;
    private final List<RuleFault> warnings;

    /**
     * Starts to look.
     *
     * @param faults takes what is certain
     * @param warnings takes what is likely
     */
    ValueCheck(JsonFile file, List<RuleFault> faults, List<RuleFault> warnings) {
        this.file = file;
        this.faults = faults;
        this.warnings = warnings;
    }

    /**
     * What a condition is about.
     *
     * @param pointer of the value in the file
     * @param says the words before the value, such as "is"
     * @param property of that name; absent for an output of a rule's own
     * @param ofEvents whether events are asked, whose properties are known; an alert's output may be called like one
     * @param ignoreCase whether letters may have either case
     */
    record About(String pointer, String says, Optional<Property> property, boolean ofEvents, boolean ignoreCase) {
        /** The same with other words before the value. */
        About saying(String words) {
            return new About(pointer, words, property, ofEvents, ignoreCase);
        }

        private boolean isAction() {
            return property.filter(Property.ACTION::equals).isPresent();
        }
    }

    /** Looks at values that are to be equal. */
    void equal(About about, Collection<String> values) {
        if (about.isAction()) {
            actions(
                    about,
                    values,
                    value -> about.ignoreCase()
                            ? Operations.known().stream().anyMatch(value::equalsIgnoreCase)
                            : Operations.known().contains(value),
                    value -> Operations.known().stream()
                            .filter(value::equalsIgnoreCase)
                            .findFirst());
        }
        written(about, values);
    }

    /** Looks at a form. */
    void like(About about, String pattern) {
        if (about.isAction()) {
            ValueTest.Like asked = new ValueTest.Like(pattern, about.ignoreCase());
            ValueTest.Like inAnyCase = new ValueTest.Like(pattern, true);
            actions(
                    about,
                    List.of(pattern),
                    value -> Operations.known().stream().anyMatch(asked::holds),
                    value ->
                            Operations.known().stream().filter(inAnyCase::holds).findFirst());
        }
        if (pattern.indexOf('*') >= 0) {
            warn(
                    about,
                    List.of(pattern),
                    value -> ", in which the star stands for itself: \"like\" has % for any characters and _ for one");
        }
        written(about, List.of(pattern));
    }

    /** Looks at what is compared with blocks of addresses. */
    void blocks(About about) {
        Optional<Property> other = about.property().filter(each -> !ADDRESSES.contains(each));
        other.ifPresent(property -> (about.ofEvents() ? faults : warnings)
                .add(file.fault(
                        about.pointer(),
                        "asks whether " + property.epl() + " is an address in a block, which it never is: expected"
                                + " \"is\", \"in\" or \"like\", or the property "
                                + Property.SOURCE_IP.epl())));
    }

    private void actions(
            About about,
            Collection<String> values,
            Predicate<String> isKnown,
            Function<String, Optional<String>> inAnotherCase) {
        List<String> unknown = values.stream().filter(isKnown.negate()).toList();
        List<String> wrongCase = unknown.stream()
                .filter(value -> inAnotherCase.apply(value).isPresent())
                .toList();
        tell(
                about.ofEvents() ? faults : warnings,
                about,
                wrongCase,
                value -> ", which no event has, since actions have their case; in another it would be \""
                        + inAnotherCase.apply(value).orElse("") + "\"");
        warn(
                about,
                unknown.stream().filter(value -> !wrongCase.contains(value)).toList(),
                value -> ", which is none of Key Vault's actions that are known here"
                        + Nearest.of(value, Operations.known())
                                .map(nearest -> "; did you mean \"" + nearest + "\"?")
                                .orElse(""));
    }

    /** How a value is written, whatever it is about. */
    private void written(About about, Collection<String> values) {
        LetterCase letters = about.property().map(Property::letterCase).orElse(LetterCase.KEPT);
        if (!about.ignoreCase()) {
            warn(
                    about,
                    values.stream()
                            .filter(value -> !letters.of(value).equals(value))
                            .toList(),
                    value -> ", and events have it in " + (letters == LetterCase.SMALL ? "small letters" : "capitals")
                            + " unless identity=upstream; expected \"" + letters.of(value)
                            + "\", or no \"case\": \"exact\"");
        }
        warn(
                about,
                values.stream().filter(value -> !value.equals(value.strip())).toList(),
                value -> ", with a blank at an end: expected \"" + value.strip() + "\"");
        warn(
                about,
                values.stream().filter(value -> invisible(value).isPresent()).toList(),
                value -> ", in which the character "
                        + String.format(Locale.ROOT, "U+%04X", invisible(value).orElse(0))
                        + " can't be seen: expected the text without it");
    }

    /** The first character that nobody sees or takes for a blank. */
    private static Optional<Integer> invisible(String value) {
        return value.codePoints()
                .filter(c -> Character.getType(c) == Character.FORMAT
                        || Character.isISOControl(c)
                        || (Character.isSpaceChar(c) && c != ' '))
                .boxed()
                .findFirst();
    }

    private void warn(About about, List<String> values, Function<String, String> why) {
        tell(warnings, about, values, why);
    }

    private void tell(List<RuleFault> to, About about, List<String> values, Function<String, String> why) {
        List<String> first = new ArrayList<>(values.subList(0, Math.min(MOST, values.size())));
        for (int i = 0; i < first.size(); i++) {
            String value = first.get(i);
            String more = i == MOST - 1 && values.size() > MOST
                    ? " (and so " + (values.size() - MOST) + " more values here)"
                    : "";
            to.add(file.fault(about.pointer(), about.says() + " \"" + value + "\"" + why.apply(value) + more));
        }
    }
}
