package dev.vaultwatch.engine;

import com.espertech.esper.common.client.soda.CaseSwitchExpression;
import com.espertech.esper.common.client.soda.CompareListExpression;
import com.espertech.esper.common.client.soda.DotExpression;
import com.espertech.esper.common.client.soda.Expression;
import com.espertech.esper.common.client.soda.InExpression;
import com.espertech.esper.common.client.soda.LikeExpression;
import com.espertech.esper.common.client.soda.PropertyValueExpression;
import com.espertech.esper.common.client.soda.RegExpExpression;
import com.espertech.esper.common.client.soda.RelationalOpExpression;
import com.espertech.esper.common.client.soda.SingleRowMethodExpression;
import com.espertech.esper.common.client.soda.StaticMethodExpression;
import dev.vaultwatch.event.LetterCase;
import dev.vaultwatch.event.Operations;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Nearest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Texts that a rule compares with what events say, and that no event says: an action in another case, a vault's name in small letters.
 * Such a condition is never true, and never says so. Texts may stand in the condition, in a list, or in a variable.
 */
final class ComparedTexts {
    private static final Set<String> EQUALITIES = Set.of("=", "!=", "is", "is not");

    /** A call of a text's method, as Esper writes it down; of those that look for a text in another. */
    private static final Pattern LOOKS_FOR =
            Pattern.compile("(?:\\w+\\.)?(\\w+)\\.(startsWith|endsWith|contains)\\([\"']([^\"']*)[\"']\\)");

    /** What makes small letters of a text, and what makes capitals. */
    private static final Pattern SMALL = Pattern.compile("(?is)lower\\([^()]*\\)|.*\\.toLowerCase\\(\\)");

    private static final Pattern CAPITAL = Pattern.compile("(?is).*\\.toUpperCase\\(\\)");

    private final Map<String, Object> variables;
    private final List<String> faults;
    private final List<String> warnings;

    /**
     * Starts to look.
     *
     * @param variables those of the rule that have a value
     * @param faults takes what is certain
     * @param warnings takes what is likely
     */
    ComparedTexts(Map<String, Object> variables, List<String> faults, List<String> warnings) {
        this.variables = variables;
        this.faults = faults;
        this.warnings = warnings;
    }

    /** A text, and words that say where it is written if that is not in the condition itself. */
    private record Text(String value, String place) {}

    /** Looks at one expression, not at those in it. */
    void look(Expression expression) {
        List<Expression> sides = expression.getChildren();
        if (expression instanceof CaseSwitchExpression) {
            List<Expression> compared = new ArrayList<>(List.of(sides.get(0)));
            for (int i = 1; i + 1 < sides.size(); i += 2) {
                compared.add(sides.get(i));
            }
            equal(compared);
        } else if (expression instanceof InExpression
                || (expression instanceof CompareListExpression list && EQUALITIES.contains(list.getOperator()))
                || (expression instanceof RelationalOpExpression one && EQUALITIES.contains(one.getOperator()))) {
            equal(sides);
        } else if (expression instanceof LikeExpression) {
            like(sides);
        } else if (expression instanceof RegExpExpression && isAction(sides.get(0))) {
            texts(sides.get(1)).forEach(this::regexp);
        }
        called(expression);
    }

    /** Esper has methods of a value, and functions, in several kinds of expressions, which are all written alike. */
    private static boolean isCall(Expression expression) {
        return expression instanceof PropertyValueExpression
                || expression instanceof DotExpression
                || expression instanceof StaticMethodExpression
                || expression instanceof SingleRowMethodExpression;
    }

    private static boolean isAction(Expression expression) {
        return Models.property(expression).filter(Property.ACTION::equals).isPresent();
    }

    private List<Text> texts(Expression expression) {
        String place = expression instanceof PropertyValueExpression name
                ? " of the variable '" + name.getPropertyName() + "'"
                : "";
        return Models.values(expression, variables).stream()
                .filter(String.class::isInstance)
                .map(text -> new Text((String) text, place))
                .toList();
    }

    private void equal(List<Expression> sides) {
        for (Expression side : sides) {
            Optional<Consumer<Text>> test = test(side);
            if (test.isPresent()) {
                sides.stream()
                        .filter(other -> other != side)
                        .flatMap(other -> texts(other).stream())
                        .forEach(test.get());
            }
        }
    }

    /** What is asked of a text that is compared with an expression; absent where any text may come of it. */
    private Optional<Consumer<Text>> test(Expression side) {
        Optional<Property> property = Models.property(side);
        if (property.isPresent()) {
            return Optional.of(
                    property.get() == Property.ACTION ? this::action : text -> letterCase(property.get(), text));
        }
        if (!isCall(side)) {
            return Optional.empty();
        }
        String written = Models.asText(side);
        if (SMALL.matcher(written).matches()) {
            return Optional.of(text -> made(written, LetterCase.SMALL, text));
        }
        return CAPITAL.matcher(written).matches()
                ? Optional.of(text -> made(written, LetterCase.CAPITAL, text))
                : Optional.empty();
    }

    private void action(Text text) {
        String name = text.value();
        if (Operations.known().contains(name)) {
            return;
        }
        Optional<String> nearest = Nearest.of(name, Operations.known());
        if (nearest.filter(name::equalsIgnoreCase).isPresent()) {
            faults.add("The action '" + name + "'" + text.place()
                    + " never comes, since actions have their case; did you mean '" + nearest.get() + "'?");
        } else {
            warnings.add("The action '" + name + "'" + text.place() + " is none of Key Vault's that are known here"
                    + nearest.map(each -> "; did you mean '" + each + "'?").orElse(""));
        }
    }

    /** A vault's name is in capitals in every event, and a text in small letters equals none. */
    private void letterCase(Property property, Text text) {
        String folded = property.letterCase().of(text.value());
        if (!folded.equals(text.value())) {
            warnings.add("The text '" + text.value() + "'" + text.place() + " never comes as " + property.epl()
                    + ", which is in " + name(property.letterCase())
                    + " in every event unless identity=upstream; expected '" + folded + "'");
        }
    }

    private void made(String written, LetterCase letters, Text text) {
        String folded = letters.of(text.value());
        if (!folded.equals(text.value())) {
            faults.add("The text '" + text.value() + "'" + text.place() + " never comes of '" + written
                    + "', which gives " + name(letters) + "; expected '" + folded + "'");
        }
    }

    private static String name(LetterCase letters) {
        return letters == LetterCase.SMALL ? "small letters" : "capitals";
    }

    private void like(List<Expression> sides) {
        for (Text pattern : texts(sides.get(1))) {
            if (isAction(sides.get(0))) {
                matched(
                        "pattern",
                        pattern,
                        action -> new LinearLike(pattern.value(), null, false).compare(action),
                        action -> new LinearLike(pattern.value(), null, true).compare(action));
            } else {
                Models.property(sides.get(0)).ifPresent(property -> letterCase(property, pattern));
            }
            if (pattern.value().indexOf('*') >= 0) {
                warnings.add("In '" + pattern.value() + "'" + pattern.place()
                        + " the star stands for itself; 'like' has % for any characters and _ for one,"
                        + " and for addresses there is cidr_match(sourceIp, '10.0.0.0/8')");
            }
        }
    }

    private void regexp(Text expression) {
        LinearPattern exact;
        LinearPattern any;
        try {
            exact = LinearPattern.compile(expression.value());
            any = LinearPattern.compile("(?i)" + expression.value());
        } catch (IllegalArgumentException e) {
            // The compiler tells of it, with its place.
            return;
        }
        matched(
                "expression",
                expression,
                action -> exact.matcher(action).matches(),
                action -> any.matcher(action).matches());
    }

    private void called(Expression expression) {
        Matcher call = LOOKS_FOR.matcher(isCall(expression) ? Models.asText(expression) : "");
        if (!call.matches()) {
            return;
        }
        String part = call.group(3);
        Text text = new Text(part, "");
        if (!call.group(1).equals(Property.ACTION.epl())) {
            Property.named(call.group(1)).ifPresent(property -> letterCase(property, text));
            return;
        }
        String small = part.toLowerCase(Locale.ROOT);
        switch (call.group(2)) {
            case "startsWith" -> matched("beginning", text, a -> a.startsWith(part), a -> small(a).startsWith(small));
            case "endsWith" -> matched("end", text, a -> a.endsWith(part), a -> small(a).endsWith(small));
            default -> matched("part", text, a -> a.contains(part), a -> small(a).contains(small));
        }
    }

    private static String small(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** Tells of what matches no action that is known; certain where one would match but for its case. */
    private void matched(String what, Text text, Predicate<String> exact, Predicate<String> inAnyCase) {
        if (Operations.known().stream().anyMatch(exact)) {
            return;
        }
        String begin = "The " + what + " '" + text.value() + "'" + text.place();
        Operations.known().stream()
                .filter(inAnyCase)
                .findFirst()
                .ifPresentOrElse(
                        action -> faults.add(begin
                                + " never comes in an action, since actions have their case; in another it would be"
                                + " in '" + action + "'"),
                        () -> warnings.add(begin + " comes in none of Key Vault's actions that are known here"));
    }
}
