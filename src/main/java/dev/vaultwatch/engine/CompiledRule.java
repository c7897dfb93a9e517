package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.configuration.Configuration;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Rule;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** One rule that has been compiled, from which any number of lanes can be made. Immutable; any thread may use it. */
public final class CompiledRule {
    private final Engines engines;
    private final Configuration configuration;
    private final Unit unit;
    private final Optional<Function<KeyVaultEvent, Optional<String>>> excluded;

    /**
     * What the compiler made of a rule.
     *
     * @param keyColumns the output columns that hold the key, in the key's order
     * @param speaksOnTime whether the passing of time alone can bring findings
     * @param remembers whether a window's findings can rest on events of windows before it
     * @param fromCache whether it was not compiled but read from {@link RuleCache}
     * @param columns what an alert shows, in the rule's order; empty until it has been tried in an engine
     */
    record Unit(
            Rule rule,
            EPCompiled compiled,
            List<String> keyColumns,
            boolean speaksOnTime,
            boolean remembers,
            RuleShape shape,
            Map<String, Measures.Threshold> thresholds,
            List<RuleFault> warnings,
            boolean fromCache,
            Map<String, ColumnKind> columns) {
        Unit with(Map<String, ColumnKind> tried) {
            return new Unit(
                    rule, compiled, keyColumns, speaksOnTime, remembers, shape, thresholds, warnings, fromCache, tried);
        }
    }

    CompiledRule(Engines engines, Configuration configuration, Unit unit) {
        this(engines, configuration, unit, Optional.empty());
    }

    private CompiledRule(
            Engines engines,
            Configuration configuration,
            Unit unit,
            Optional<Function<KeyVaultEvent, Optional<String>>> excluded) {
        this.engines = engines;
        this.configuration = configuration;
        this.unit = unit;
        this.excluded = excluded;
    }

    /**
     * The same rule for a site that has events not count towards it.
     *
     * @param exception by which an event does not; asked by whoever offers events, on any thread; equal to another by which the
     *     same events do not, and of the same text
     */
    public CompiledRule excluding(Function<KeyVaultEvent, Optional<String>> exception) {
        return new CompiledRule(engines, configuration, unit, Optional.of(exception));
    }

    /** The same rule for a site that has the same events not count as towards another rule. */
    public CompiledRule excludingAs(CompiledRule other) {
        return new CompiledRule(engines, configuration, unit, other.excluded);
    }

    /** Whether the site has the same events not count towards both. */
    public boolean excludesAs(CompiledRule other) {
        return excluded.equals(other.excluded);
    }

    /** Whether it is the same rule, for a site that has the same events not count. */
    public boolean isSameAs(CompiledRule other) {
        // A fingerprint has the id in it, and is work.
        return rule().id().equals(other.rule().id())
                && rule().fingerprint().equals(other.rule().fingerprint())
                && excludesAs(other);
    }

    /** Whether the rule takes the event: it can use it, and the site has not excluded it. */
    public boolean takes(KeyVaultEvent event) {
        return unit.shape().mayMatch(event) && excludedBy(event).isEmpty();
    }

    /** The exception by which the event does not count towards the rule; empty if it does. */
    public Optional<String> excludedBy(KeyVaultEvent event) {
        return excluded.isEmpty() ? Optional.empty() : excluded.get().apply(event);
    }

    /** Says by what the site excludes events: the same text if the same are; empty if none is. */
    public String exclusions() {
        return excluded.map(Object::toString).orElse("");
    }

    /** Whether the site may have excluded events. */
    public boolean excludesAny() {
        return excluded.isPresent();
    }

    /** The rule. */
    public Rule rule() {
        return unit.rule();
    }

    /** What can be read off the rule. */
    public RuleShape shape() {
        return unit.shape();
    }

    /** The properties that the rule may look at, and the site's exceptions from it, of which nothing is known here. */
    public Set<Property> reads() {
        return excluded.isPresent()
                ? EnumSet.allOf(Property.class)
                : unit.shape().reads();
    }

    /**
     * Whether what it finds in a tumbling window can rest on events of windows before it: its lane must then see every window, in
     * order.
     */
    public boolean remembers() {
        return unit.remembers();
    }

    /** What runs and is probably not meant, each with its place; empty if nothing. */
    public List<RuleFault> warnings() {
        return unit.warnings();
    }

    /** How an alert at one value of a parameter tells of the others; empty where that can't be read off the rule. */
    public Optional<Measures.Threshold> threshold(String parameter) {
        return Optional.ofNullable(unit.thresholds().get(parameter));
    }

    /** What its alerts show, in the rule's order, and of what kind each is. */
    Map<String, ColumnKind> columns() {
        return unit.columns();
    }

    /** The same rule, of which its columns are known. */
    CompiledRule with(Map<String, ColumnKind> columns) {
        return new CompiledRule(engines, configuration, unit.with(columns), excluded);
    }

    /** What Esper made of it. */
    EPCompiled compiled() {
        return unit.compiled();
    }

    Unit unit() {
        return unit;
    }

    boolean fromCache() {
        return unit.fromCache();
    }

    /** A fresh engine with this rule alone and no events. The caller closes it. */
    public Lane newLane() {
        return new Lane(engines, configuration, unit);
    }
}
