package dev.vaultwatch.rule;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One rule as its folder says it. Immutable.
 *
 * @param id the folder's name; part of every alert's id, so a rule that is renamed is another rule
 * @param name for a person
 * @param version of the rule's content, from 1
 * @param description what it finds, in a sentence or two
 * @param severity {@code low}, {@code medium}, {@code high} or {@code critical}
 * @param riskScore from 0 to 100
 * @param window length of the tumbling, epoch-aligned window: whole minutes
 * @param groupingKey the output columns that name the group; at least one
 * @param eventCount the output column with the number of events, if the rule has one
 * @param cap the most alerts in a period of event time
 * @param tags free words
 * @param threats where it stands in ATT&amp;CK
 * @param references addresses to read on
 * @param falsePositives what looks like it and is harmless, one sentence each
 * @param setup what must be switched on for the rule to see anything
 * @param epl the text of {@code rule.epl}
 * @param file the path of {@code rule.epl} as a person would name it, for faults
 */
public record Rule(
        String id,
        String name,
        int version,
        String description,
        String severity,
        int riskScore,
        Duration window,
        List<String> groupingKey,
        Optional<String> eventCount,
        Cap cap,
        List<String> tags,
        List<Threat> threats,
        List<String> references,
        List<String> falsePositives,
        String setup,
        String epl,
        String file) {

    public Rule {
        groupingKey = List.copyOf(groupingKey);
        tags = List.copyOf(tags);
        threats = List.copyOf(threats);
        references = List.copyOf(references);
        falsePositives = List.copyOf(falsePositives);
    }

    /** Short, because it stands in messages: id and version. */
    @Override
    public String toString() {
        return id + " version " + version;
    }

    /**
     * The most alerts in a period.
     *
     * @param alerts how many; at least 1
     * @param period of event time, aligned to the epoch
     */
    public record Cap(int alerts, Duration period) {}

    /**
     * A tactic and the techniques under it.
     *
     * @param tactic such as TA0006
     * @param techniques in the rule's order
     */
    public record Threat(Attack tactic, List<Technique> techniques) {
        public Threat {
            techniques = List.copyOf(techniques);
        }
    }

    /**
     * A technique and its sub-techniques.
     *
     * @param attack such as T1555
     * @param subtechniques such as T1555.006
     */
    public record Technique(Attack attack, List<Attack> subtechniques) {
        public Technique {
            subtechniques = List.copyOf(subtechniques);
        }
    }

    /**
     * A tactic, technique or sub-technique of MITRE ATT&amp;CK.
     *
     * @param id such as T1555.006
     * @param name as ATT&amp;CK spells it
     */
    public record Attack(String id, String name) {

        /** The page that describes it. */
        public String reference() {
            String kind = id.startsWith("TA") ? "tactics/" : "techniques/";
            return "https://attack.mitre.org/" + kind + id.replace('.', '/') + "/";
        }
    }
}
