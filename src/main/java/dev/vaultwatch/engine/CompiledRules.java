package dev.vaultwatch.engine;

import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Fingerprints;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rules that a plugin runs, compiled. Each runs in lanes of its own. Immutable; any thread may use it. */
public final class CompiledRules {
    private final List<CompiledRule> rules;
    private final Optional<Set<String>> wantedActions;
    private final boolean needUpn;
    private final Set<Property> reads;

    CompiledRules(List<CompiledRule> rules) {
        this.rules = List.copyOf(rules);
        this.wantedActions = wantedActions(rules);
        this.needUpn = rules.stream().allMatch(rule -> rule.shape().required().contains(Property.UPN));
        this.reads = rules.stream().flatMap(rule -> rule.reads().stream()).collect(Collectors.toUnmodifiableSet());
    }

    private static Optional<Set<String>> wantedActions(List<CompiledRule> rules) {
        Set<String> wanted = new HashSet<>();
        for (CompiledRule rule : rules) {
            if (rule.shape().actions().isEmpty()) {
                return Optional.empty();
            }
            wanted.addAll(rule.shape().actions().get());
        }
        // Not Set.copyOf, whose look-up divides: this is asked of every record.
        return Optional.of(Collections.unmodifiableSet(wanted));
    }

    /** The same rules, each as the site changes it. */
    public CompiledRules each(UnaryOperator<CompiledRule> change) {
        return new CompiledRules(rules.stream().map(change).toList());
    }

    /** The rules, in the order in which they were given. */
    public List<CompiledRule> rules() {
        return rules;
    }

    /** The rules' ids, sorted. */
    public List<String> ids() {
        return rules.stream().map(rule -> rule.rule().id()).sorted().toList();
    }

    /** The same for rules that find the same, whatever their order and the machine; 32 hexadecimal digits. */
    public String fingerprint() {
        return Fingerprints.of(rules.stream()
                .map(CompiledRule::rule)
                .sorted(Comparator.comparing(rule -> rule.id()))
                .map(rule -> rule.fingerprint())
                .toList());
    }

    /** Whether any rule can use an event with this action; may say yes too often, never no. */
    public boolean wants(String action) {
        return wantedActions.isEmpty() || wantedActions.get().contains(action);
    }

    /** Whether no rule can use an event without a user. */
    public boolean needUpn() {
        return needUpn;
    }

    /** The properties that any rule may look at; the same set at each call. */
    public Set<Property> reads() {
        return reads;
    }

    /**
     * What runs and is probably not meant, each with its place: of each rule, then what one index can't hold of them beside each other;
     * empty if nothing.
     */
    public List<RuleFault> warnings() {
        return Stream.concat(
                        rules.stream().flatMap(rule -> rule.warnings().stream()),
                        SharedColumns.warnings(rules).stream())
                .toList();
    }

    /** What one index can't hold of rules beside each other, each with its place; empty if nothing. */
    public static List<RuleFault> clashes(List<CompiledRule> rules) {
        return SharedColumns.warnings(rules);
    }
}
