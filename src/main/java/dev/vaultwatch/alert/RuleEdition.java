package dev.vaultwatch.alert;

import dev.vaultwatch.rule.Rule;

/**
 * A rule and the text it was read from; two editions are of one rule if the id is the same. Immutable.
 *
 * @param rule what the text says
 * @param json the text of {@code rule.json}
 * @param fingerprint the same for the same id and texts, whatever the machine; 32 lower-case hexadecimal digits
 */
public record RuleEdition(Rule rule, String json, String fingerprint) {

    /** The edition of a rule that was read from that {@code rule.json} and its own EPL. */
    public static RuleEdition of(Rule rule, String json) {
        return new RuleEdition(rule, json, AlertId.hash(rule.id(), json, rule.epl()));
    }

    /** The same edition for an alert to which a site gives another severity. */
    RuleEdition withSeverity(String severity) {
        return rated(severity, rule.riskScore());
    }

    /** The same edition for an alert to which a site gave that severity and risk score. */
    public RuleEdition rated(String severity, int riskScore) {
        return severity.equals(rule.severity()) && riskScore == rule.riskScore()
                ? this
                : new RuleEdition(
                        rule.toBuilder().severity(severity).riskScore(riskScore).build(), json, fingerprint);
    }

    /** The rule's id. */
    public String id() {
        return rule.id();
    }

    /** Short, because it stands in messages. */
    @Override
    public String toString() {
        return rule.toString();
    }
}
