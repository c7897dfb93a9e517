package dev.vaultwatch.tuning;

import dev.vaultwatch.rule.Rule;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a site says of one rule. What is empty stays as the rule has it.
 *
 * @param enabled whether it runs
 * @param settings values of its parameters, by name: texts, truths and {@link java.math.BigDecimal}s
 * @param severities the first whose conditions hold counts
 * @param riskScore from 0 to 100
 * @param cap the most alerts in a period
 * @param exemptions in the file's order: the first that matches counts a hit
 * @param suppression how alerts of one key are thinned out
 */
record RuleTuning(
        Optional<Enabled> enabled,
        Map<String, Object> settings,
        List<SeverityRule> severities,
        Optional<Integer> riskScore,
        Optional<Rule.Cap> cap,
        List<Exemption> exemptions,
        Optional<Suppress> suppression) {

    RuleTuning {
        settings = Map.copyOf(settings);
        severities = List.copyOf(severities);
        exemptions = List.copyOf(exemptions);
    }

    RuleTuning withoutSuppression() {
        return new RuleTuning(enabled, settings, severities, riskScore, cap, exemptions, Optional.empty());
    }

    /** A severity for alerts of which the conditions hold; always, if there are none. */
    record SeverityRule(Optional<Conditions> when, String severity) {}

    /**
     * How alerts are thinned out.
     *
     * @param by names of the grouping key or of outputs; alerts with the same values are alike
     * @param period of event time, from an alert that is delivered
     */
    record Suppress(List<String> by, Duration period) {
        Suppress {
            by = List.copyOf(by);
        }
    }
}
