package dev.vaultwatch.rule;

import dev.vaultwatch.api.RuleInfo;
import dev.vaultwatch.event.Property;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One rule as its folder says it. Immutable; made by {@link #builder}.
 *
 * @param id the folder's name; part of every alert's id, so a rule that is renamed is another rule
 * @param name for a person
 * @param version of the rule's content, from 1
 * @param description what it finds, in a sentence or two
 * @param severity {@code low}, {@code medium}, {@code high} or {@code critical}
 * @param riskScore from 0 to 100
 * @param window how far it looks
 * @param key whose events it judges together
 * @param eventCount the output column with the number of events, if the rule has one
 * @param cap the most alerts in a period of event time
 * @param parameters the EPL variables that a site may set, in the file's order
 * @param settings values that a site has set, by parameter; the others have the value that {@code rule.epl} gives
 * @param labels words for a person by output column, in the order in which a text form shows them
 * @param tags free words
 * @param threats where it stands in ATT&amp;CK
 * @param references addresses to read on
 * @param falsePositives what looks like it and is harmless, one sentence each
 * @param setup what must be switched on for the rule to see anything
 * @param epl the text of {@code rule.epl}
 * @param file the path of {@code rule.epl} as a person would name it, for faults
 * @param about what destinations are told of the rule beyond the above
 * @param enabled whether it runs unless the site says otherwise
 * @param shadow whether it runs and is counted, and nothing of it is delivered
 * @param json the text of {@code rule.json}
 */
public record Rule(
        String id,
        String name,
        int version,
        String description,
        String severity,
        int riskScore,
        Window window,
        GroupingKey key,
        Optional<String> eventCount,
        Cap cap,
        List<Parameter> parameters,
        Map<String, Object> settings,
        Map<String, String> labels,
        List<String> tags,
        List<Threat> threats,
        List<String> references,
        List<String> falsePositives,
        String setup,
        String epl,
        String file,
        About about,
        boolean enabled,
        boolean shadow,
        String json) {

    public Rule {
        parameters = List.copyOf(parameters);
        settings = Collections.unmodifiableMap(new TreeMap<>(settings));
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        tags = List.copyOf(tags);
        threats = List.copyOf(threats);
        references = List.copyOf(references);
        falsePositives = List.copyOf(falsePositives);
    }

    /** The rule as alerts carry it to destinations. */
    public RuleInfo info() {
        Map<String, String> lines = new LinkedHashMap<>(labels);
        // The first line of the text form has the count; it needs no line of its own.
        eventCount.ifPresent(output -> lines.putIfAbsent(output, "-"));
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
                .labels(lines)
                .fields(about.fields())
                .build();
    }

    /** Starts a rule of the given id with nothing else in it: a tumbling minute, by user, without texts. */
    public static Builder builder(String id) {
        return new Builder(id);
    }

    /** Starts a rule with everything that this one has. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /**
     * The same for rules that find the same: over the id, the EPL without comments and with any white space as one blank, and
     * of {@code rule.json} the window, the key, the cap, the column of the event count and the values that a site has set. What
     * only describes (name, version, severity, tags, labels …) is no part of it.
     *
     * @return 32 hexadecimal digits
     */
    public String fingerprint() {
        return Fingerprints.of(List.of(
                id,
                EplText.withoutComments(epl),
                window.toString(),
                key.toString(),
                eventCount.toString(),
                cap.toString(),
                settings.toString()));
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
     * @param fields output to the ECS field that it holds
     */
    public record About(
            List<String> authors,
            Optional<String> license,
            Optional<String> uuid,
            String note,
            Map<String, String> source,
            Map<String, String> fields) {
        /** Of a rule that says nothing more. */
        public static final About NOTHING =
                new About(List.of(), Optional.empty(), Optional.empty(), "", Map.of(), Map.of());

        public About {
            authors = List.copyOf(authors);
            source = Collections.unmodifiableMap(new LinkedHashMap<>(source));
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
     * An EPL variable that a site may set.
     *
     * @param name of the variable in {@code rule.epl}
     * @param type {@code int}, {@code long}, {@code double}, {@code boolean} or {@code string}
     * @param min the least value of a number, if there is one
     * @param max the greatest value of a number, if there is one
     * @param description what it means, in a sentence
     */
    public record Parameter(
            String name, String type, Optional<BigDecimal> min, Optional<BigDecimal> max, String description) {}

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

    /** Makes rules. Not thread-safe. */
    public static final class Builder {
        private String id;
        private String name = "";
        private int version = 1;
        private String description = "";
        private String severity = "low";
        private int riskScore = 0;
        private Window window = new Window.Tumbling(Duration.ofMinutes(1));
        private GroupingKey key = GroupingKey.of(Property.UPN);
        private Optional<String> eventCount = Optional.empty();
        private Cap cap = new Cap(100, Duration.ofMinutes(8));
        private List<Parameter> parameters = List.of();
        private Map<String, Object> settings = Map.of();
        private Map<String, String> labels = Map.of();
        private List<String> tags = List.of();
        private List<Threat> threats = List.of();
        private List<String> references = List.of();
        private List<String> falsePositives = List.of();
        private String setup = "";
        private String epl = "";
        private String file;
        private About about = About.NOTHING;
        private boolean enabled = true;
        private boolean shadow;
        private String json = "";

        private Builder(String id) {
            this.id = id;
            this.file = "epl/" + id + "/rule.epl";
        }

        private Builder(Rule from) {
            id = from.id;
            name = from.name;
            version = from.version;
            description = from.description;
            severity = from.severity;
            riskScore = from.riskScore;
            window = from.window;
            key = from.key;
            eventCount = from.eventCount;
            cap = from.cap;
            parameters = from.parameters;
            settings = from.settings;
            labels = from.labels;
            tags = from.tags;
            threats = from.threats;
            references = from.references;
            falsePositives = from.falsePositives;
            setup = from.setup;
            epl = from.epl;
            file = from.file;
            about = from.about;
            enabled = from.enabled;
            shadow = from.shadow;
            json = from.json;
        }

        public Builder id(String id) {
            this.id = id;
            return this;
        }

        public Builder name(String name) {
            this.name = name;
            return this;
        }

        public Builder version(int version) {
            this.version = version;
            return this;
        }

        public Builder description(String description) {
            this.description = description;
            return this;
        }

        public Builder severity(String severity) {
            this.severity = severity;
            return this;
        }

        public Builder riskScore(int riskScore) {
            this.riskScore = riskScore;
            return this;
        }

        public Builder window(Window window) {
            this.window = window;
            return this;
        }

        public Builder key(GroupingKey key) {
            this.key = key;
            return this;
        }

        public Builder eventCount(Optional<String> eventCount) {
            this.eventCount = eventCount;
            return this;
        }

        public Builder cap(Cap cap) {
            this.cap = cap;
            return this;
        }

        public Builder parameters(List<Parameter> parameters) {
            this.parameters = parameters;
            return this;
        }

        public Builder settings(Map<String, Object> settings) {
            this.settings = settings;
            return this;
        }

        public Builder labels(Map<String, String> labels) {
            this.labels = labels;
            return this;
        }

        public Builder tags(List<String> tags) {
            this.tags = tags;
            return this;
        }

        public Builder threats(List<Threat> threats) {
            this.threats = threats;
            return this;
        }

        public Builder references(List<String> references) {
            this.references = references;
            return this;
        }

        public Builder falsePositives(List<String> falsePositives) {
            this.falsePositives = falsePositives;
            return this;
        }

        public Builder setup(String setup) {
            this.setup = setup;
            return this;
        }

        public Builder epl(String epl) {
            this.epl = epl;
            return this;
        }

        public Builder file(String file) {
            this.file = file;
            return this;
        }

        public Builder about(About about) {
            this.about = about;
            return this;
        }

        public Builder enabled(boolean enabled) {
            this.enabled = enabled;
            return this;
        }

        /** Sets {@link Rule#shadow()}. */
        public Builder shadow(boolean shadow) {
            this.shadow = shadow;
            return this;
        }

        public Builder json(String json) {
            this.json = json;
            return this;
        }

        public Rule build() {
            return new Rule(
                    id,
                    name,
                    version,
                    description,
                    severity,
                    riskScore,
                    window,
                    key,
                    eventCount,
                    cap,
                    parameters,
                    settings,
                    labels,
                    tags,
                    threats,
                    references,
                    falsePositives,
                    setup,
                    epl,
                    file,
                    about,
                    enabled,
                    shadow,
                    json);
        }
    }
}
