package dev.vaultwatch.alert;

import java.util.List;
import java.util.Map;

/**
 * All that the desk knows of a rule beside what it has said: counters, and its alerts of the capped periods that can still
 * change. Immutable.
 *
 * @param ruleId the rule's id
 * @param alerts raised so far, each counted once
 * @param withheld so far, each counted once
 * @param retracted so far
 * @param sent alerts raised in those periods: id to anchor
 * @param held alerts withheld in those periods, in order: id to anchor
 * @param named those of them of which key and events are known
 * @param recent keys that raised alerts lately, by hash: the anchor of the latest
 * @param notices what operators were told
 */
public record CapState(
        String ruleId,
        long alerts,
        long withheld,
        long retracted,
        Map<String, Long> sent,
        Map<String, Long> held,
        List<Withheld> named,
        Map<String, Long> recent,
        List<CapNotice> notices) {}
