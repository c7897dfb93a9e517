package dev.vaultwatch.engine;

import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.EplText;
import dev.vaultwatch.rule.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Columns of several rules that one index can't hold beside each other. Alerts of all rules go to one place, and most places give each
 * name one type, the first alert's: what another rule's alerts have under it is left out, or they are refused, and no plugin hears
 * of it.
 */
final class SharedColumns {
    /** A document's own names, below which format {@code ecs} puts no column: such a column stands apart there. */
    static final Set<String> APART = Set.of(
            "@timestamp",
            "agent",
            "cloud",
            "ecs",
            "event",
            "labels",
            "message",
            "observer",
            "related",
            "rule",
            "source",
            "tags",
            "threat",
            "user");

    private record Column(Rule rule, String name, ColumnKind kind) {}

    private final Map<String, Column> first = new HashMap<>();

    /** By the name of what would have to be an object, a column below it. */
    private final Map<String, Column> below = new HashMap<>();

    private final List<RuleFault> warnings = new ArrayList<>();

    private SharedColumns() {}

    /** A warning at each column of a rule that clashes with one of a rule whose id comes before; sorted by rule. */
    static List<RuleFault> warnings(List<CompiledRule> rules) {
        SharedColumns shared = new SharedColumns();
        rules.stream()
                .sorted(Comparator.comparing(compiled -> compiled.rule().id()))
                .forEach(shared::add);
        return List.copyOf(shared.warnings);
    }

    private void add(CompiledRule compiled) {
        List<Column> columns = new ArrayList<>();
        compiled.columns().forEach((name, kind) -> columns.add(new Column(compiled.rule(), name, kind)));
        columns.forEach(this::compare);
        for (Column column : columns) {
            first.merge(column.name(), column, (was, is) -> was.kind() == ColumnKind.UNKNOWN ? is : was);
            objectsAbove(column.name()).forEach(object -> below.putIfAbsent(object, column));
        }
    }

    private void compare(Column column) {
        Column same = first.get(column.name());
        if (same != null
                && same.kind() != column.kind()
                && same.kind() != ColumnKind.UNKNOWN
                && column.kind() != ColumnKind.UNKNOWN) {
            warn(
                    column,
                    "is " + column.kind().words() + " here and " + same.kind().words() + " in rule "
                            + same.rule().id(),
                    "give one of them another name or the other's type");
        }
        Column inside = below.get(column.name());
        if (inside != null && !standsApart(column.name())) {
            warn(
                    column,
                    "is a value here and, by '" + inside.name() + "', an object in rule "
                            + inside.rule().id(),
                    "give one of them another name");
        }
        objectsAbove(column.name()).stream()
                .map(first::get)
                .filter(Objects::nonNull)
                .findFirst()
                .ifPresent(value -> warn(
                        column,
                        "makes an object of '" + value.name() + "', which is a value in rule "
                                + value.rule().id(),
                        "give one of them another name"));
    }

    /** What has to be an object for that name to lie in it, the innermost last; none where the name stands apart. */
    private static NavigableSet<String> objectsAbove(String name) {
        NavigableSet<String> objects = new TreeSet<>();
        if (!standsApart(name)) {
            for (int dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
                objects.add(name.substring(0, dot));
            }
        }
        return objects;
    }

    private static boolean standsApart(String name) {
        int dot = name.indexOf('.');
        String top = dot < 0 ? name : name.substring(0, dot);
        return APART.contains(top)
                || name.startsWith("_")
                || (top.equals("vaultwatch") && name.indexOf('.', dot + 1) > 0);
    }

    private void warn(Column column, String clash, String remedy) {
        Matcher place = Pattern.compile(
                        "`" + Pattern.quote(column.name()) + "`|\\b" + Pattern.quote(column.name()) + "\\b")
                .matcher(EplText.blanked(column.rule().epl(), false));
        int at = -1;
        while (place.find()) {
            at = place.start();
        }
        String before = column.rule().epl().substring(0, Math.max(at, 0));
        warnings.add(new RuleFault(
                column.rule().file(),
                at < 0 ? 0 : 1 + (int) before.chars().filter(c -> c == '\n').count(),
                at < 0 ? 0 : at - before.lastIndexOf('\n'),
                "The column '" + column.name() + "' " + clash
                        + ". An index has one type for a name, the first that comes:"
                        + " Elasticsearch leaves the other's value out or refuses its alerts; " + remedy + "."));
    }
}
