package dev.vaultwatch.fuzz;

import dev.vaultwatch.fuzz.SiteTuning.Cap;
import dev.vaultwatch.fuzz.SiteTuning.Except;
import dev.vaultwatch.fuzz.SiteTuning.OfRule;
import dev.vaultwatch.fuzz.SiteTuning.Severity;
import dev.vaultwatch.fuzz.SiteTuning.Suppress;
import dev.vaultwatch.fuzz.SiteTuning.Where;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Draws what a site says of rules. */
final class SiteDice {
    private final Dice dice;
    private final boolean early;
    private final boolean limits;
    private final long start;
    private final long span;
    private int exceptions;

    /**
     * @param early whether alerts are raised early: whoever of several keys crosses first is then nobody's promise, and what depends
     *     on it is not drawn
     * @param limits whether what depends on other alerts is drawn: caps, suppressions; and conditions on what an alert shows
     */
    SiteDice(Dice dice, boolean early, boolean limits, long start, long span) {
        this.dice = dice;
        this.early = early;
        this.limits = limits;
        this.start = start;
        this.span = span;
    }

    SiteTuning tuning(List<FuzzRule> rules) {
        Map<String, OfRule> all = new TreeMap<>();
        for (FuzzRule rule : rules) {
            if (!dice.oneIn(5)) {
                all.put(rule.id(), ofRule(rule));
            }
        }
        return new SiteTuning(all);
    }

    /** The same but for what is said of one rule. */
    SiteTuning changed(SiteTuning before, List<FuzzRule> rules) {
        Map<String, OfRule> all = new TreeMap<>(before.rules());
        FuzzRule rule = rules.get(dice.below(rules.size()));
        OfRule old = before.of(rule);
        OfRule drawn = ofRule(rule);
        all.put(
                rule.id(),
                switch (dice.below(7)) {
                    case 0 -> drawn;
                    case 1 ->
                        new OfRule(
                                !rule.isShipped() && !old.off() && dice.oneIn(3),
                                dice.oneIn(3),
                                old.set(),
                                old.severities(),
                                old.cap(),
                                old.excepts(),
                                old.suppress());
                    case 2 ->
                        new OfRule(
                                old.off(),
                                old.shadow(),
                                drawn.set(),
                                drawn.severities(),
                                old.cap(),
                                old.excepts(),
                                old.suppress());
                    case 3 ->
                        new OfRule(
                                old.off(),
                                old.shadow(),
                                old.set(),
                                old.severities(),
                                drawn.cap(),
                                old.excepts(),
                                old.suppress());
                    case 4 ->
                        new OfRule(
                                old.off(),
                                old.shadow(),
                                old.set(),
                                old.severities(),
                                old.cap(),
                                old.excepts(),
                                drawn.suppress());
                    default ->
                        new OfRule(
                                old.off(),
                                old.shadow(),
                                old.set(),
                                old.severities(),
                                old.cap(),
                                drawn.excepts(),
                                old.suppress());
                });
        return new SiteTuning(all);
    }

    private OfRule ofRule(FuzzRule rule) {
        List<Except> excepts = new ArrayList<>();
        for (int i = dice.below(4); i > 0; i--) {
            excepts.add(except(rule));
        }
        List<Severity> severities = new ArrayList<>();
        for (int i = dice.below(3); i > 0; i--) {
            severities.add(new Severity(onAlert(rule), dice.oneOf("low", "high", "critical")));
        }
        return new OfRule(
                !rule.isShipped() && dice.oneIn(12),
                dice.oneIn(8),
                rule.isShipped() && dice.coin()
                        ? Optional.of(List.of(dice.oneOf(3, 4, 6), dice.oneOf(1, 2)))
                        : Optional.empty(),
                severities,
                !early && limits && dice.oneIn(3)
                        ? Optional.of(new Cap(1 + dice.below(4), dice.oneOf(60_000L, 480_000L, 3_600_000L)))
                        : Optional.empty(),
                excepts,
                limits && dice.oneIn(3) ? Optional.of(suppress(rule)) : Optional.empty());
    }

    private Suppress suppress(FuzzRule rule) {
        List<String> by = early || dice.coin() ? rule.key() : List.of(rule.key().get(0));
        return new Suppress(by, dice.oneOf(60_000L, 150_000L, 600_000L, 3_600_000L));
    }

    private Except except(FuzzRule rule) {
        boolean onEvents = !dice.oneIn(3);
        List<Where> where = onEvents ? onEvent() : onAlert(rule);
        long until = dice.oneIn(4) ? start + dice.below((int) span) : start + 400L * 24 * 3_600_000;
        return new Except("EX-" + exceptions++ + "-" + rule.id(), onEvents, where, until);
    }

    private List<Where> onEvent() {
        List<Where> where = new ArrayList<>(List.of(condition(dice.oneOf("upn", "vault", "sourceIp", "action"))));
        if (dice.oneIn(3)) {
            String other = dice.oneOf("upn", "vault", "sourceIp", "action", "country");
            where.removeIf(each -> each.name().equals(other));
            where.add(condition(other));
        }
        return where;
    }

    /** At early alerts' first event a list has one value, and more later: then by the key alone. */
    private List<Where> onAlert(FuzzRule rule) {
        if (early || !limits || dice.coin()) {
            return List.of(condition(rule.key().get(dice.below(rule.key().size()))));
        }
        String property = dice.oneOf("vault", "sourceIp", "action");
        Where drawn = condition(property);
        return List.of(new Where(rule.valuesOutput(property), drawn.kind(), drawn.values()));
    }

    private Where condition(String name) {
        if (name.equals("sourceIp") && dice.coin()) {
            return new Where(name, "cidr", List.of(dice.oneOf("0", "2")));
        }
        if (dice.oneIn(5)) {
            return new Where(name, "list", List.of());
        }
        List<String> values = switch (name) {
            case "upn" -> List.of("ann@contoso.example", "bob@contoso.example", "eve@contoso.example");
            case "vault" -> List.of("VAULT0", "VAULT1", "VAULT2");
            case "sourceIp" -> List.of("192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3");
            case "country" -> List.of("Germany", "France", "Spain");
            default -> List.of("SecretGet", "SecretList", "KeyGet", "CertificateGet");
        };
        String value = values.get(dice.below(values.size()));
        return switch (dice.below(4)) {
            case 0 -> new Where(name, "in", List.of(value, values.get(dice.below(values.size()))));
            case 1 -> new Where(name, "like", List.of(value.substring(0, value.length() - 1)));
            default ->
                new Where(name, "is", List.of(name.equals("upn") ? value.toUpperCase(java.util.Locale.ROOT) : value));
        };
    }
}
