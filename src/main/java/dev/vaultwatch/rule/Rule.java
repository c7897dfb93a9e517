package dev.vaultwatch.rule;

import dev.vaultwatch.api.RuleInfo;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * @param about what destinations are told of the rule beyond the above
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
        String file,
        About about) {

    public Rule {
        groupingKey = List.copyOf(groupingKey);
        tags = List.copyOf(tags);
        threats = List.copyOf(threats);
        references = List.copyOf(references);
        falsePositives = List.copyOf(falsePositives);
    }

    /** A rule that says nothing of itself beyond what every rule does. */
    public Rule(
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
        this(
                id,
                name,
                version,
                description,
                severity,
                riskScore,
                window,
                groupingKey,
                eventCount,
                cap,
                tags,
                threats,
                references,
                falsePositives,
                setup,
                epl,
                file,
                About.NOTHING);
    }

    /** The rule as alerts carry it to destinations. */
    public RuleInfo info() {
        Map<String, String> labels = new LinkedHashMap<>(about.labels());
        // The first line of the text form has the count; it needs no line of its own.
        eventCount.ifPresent(output -> labels.putIfAbsent(output, "-"));
        return RuleInfo.builder(id, name, version, severity, riskScore)
                .description(description)
                .uuid(about.uuid())
                .license(about.license())
                .authors(about.authors())
                .tags(tags)
                .threats(threats.stream().map(Threat::info).toList())
                .references(references)
                .falsePositives(falsePositives)
                .setup(setup)
                .note(about.note())
                .guide("epl/" + id + "/guide.md")
                .source(about.source())
                .labels(labels)
                .fields(about.fields())
                .build();
    }

    /** Short, because it stands in messages: id and version. */
    @Override
    public String toString() {
        return id + " version " + version;
    }

    /**
     * What destinations are told of a rule, all of it optional.
     *
     * @param authors who wrote the rule
     * @param license of the rule's text
     * @param uuid the identifier under which the rule is known elsewhere
     * @param note how to judge an alert, in a few sentences; empty if the rule says nothing
     * @param source facts of the rule that this one follows, by name
     * @param labels output to the label of its line in the text form, in the order of the lines
     * @param fields output to the ECS field that it holds
     */
    public record About(
            List<String> authors,
            Optional<String> license,
            Optional<String> uuid,
            String note,
            Map<String, String> source,
            Map<String, String> labels,
            Map<String, String> fields) {
        /** Of a rule that says nothing more. */
        public static final About NOTHING =
                new About(List.of(), Optional.empty(), Optional.empty(), "", Map.of(), Map.of(), Map.of());

        public About {
            authors = List.copyOf(authors);
            source = Collections.unmodifiableMap(new LinkedHashMap<>(source));
            labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
            fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        }
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

        private RuleInfo.Threat info() {
            return new RuleInfo.Threat(
                    tactic.info(), techniques.stream().map(Technique::info).toList());
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

        private RuleInfo.Technique info() {
            return new RuleInfo.Technique(
                    attack.info(), subtechniques.stream().map(Attack::info).toList());
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

        private RuleInfo.Attack info() {
            return new RuleInfo.Attack(id, name, reference());
        }
    }
}
