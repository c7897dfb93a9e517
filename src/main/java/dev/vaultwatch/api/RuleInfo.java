package dev.vaultwatch.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a rule says of itself in its {@code rule.json}: who wrote it, what it finds, how to judge what it found. An alert carries
 * it, so that a destination needs no second look-up. Immutable; nothing is {@code null}; what the rule does not say is empty.
 */
public final class RuleInfo {
    private final String id;
    private final String name;
    private final int version;
    private final String severity;
    private final int riskScore;
    private final String description;
    private final Optional<String> uuid;
    private final Optional<String> license;
    private final String setup;
    private final String note;
    private final String guide;
    private final List<String> authors;
    private final List<String> tags;
    private final List<Threat> threats;
    private final List<String> references;
    private final List<String> falsePositives;
    private final Map<String, String> source;
    private final Map<String, String> labels;
    private final Map<String, String> fields;

    private RuleInfo(Builder builder) {
        this.id = builder.id;
        this.name = builder.name;
        this.version = builder.version;
        this.severity = builder.severity;
        this.riskScore = builder.riskScore;
        this.description = builder.description;
        this.uuid = builder.uuid;
        this.license = builder.license;
        this.setup = builder.setup;
        this.note = builder.note;
        this.guide = builder.guide;
        this.authors = List.copyOf(builder.authors);
        this.tags = List.copyOf(builder.tags);
        this.threats = List.copyOf(builder.threats);
        this.references = List.copyOf(builder.references);
        this.falsePositives = List.copyOf(builder.falsePositives);
        this.source = ordered(builder.source);
        this.labels = ordered(builder.labels);
        this.fields = ordered(builder.fields);
    }

    private static Map<String, String> ordered(Map<String, String> map) {
        return map.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }

    /**
     * Starts a rule's description with what every rule has.
     *
     * @param id the name of the rule's folder
     * @param name for a person
     * @param version of the rule's content, from 1
     * @param severity {@code low}, {@code medium}, {@code high} or {@code critical}
     * @param riskScore from 0 to 100
     */
    public static Builder builder(String id, String name, int version, String severity, int riskScore) {
        return new Builder(id, name, version, severity, riskScore);
    }

    /** The name of the rule's folder; the same for every version of the rule. */
    public String id() {
        return id;
    }

    /** The rule's name for a person, as its file has it: a format cleans it before it shows it. */
    public String name() {
        return name;
    }

    /** The version of the rule's content, from 1. */
    public int version() {
        return version;
    }

    /** {@code low}, {@code medium}, {@code high} or {@code critical}. */
    public String severity() {
        return severity;
    }

    /** From 0 to 100. */
    public int riskScore() {
        return riskScore;
    }

    /** What the rule finds, in a sentence or two. */
    public String description() {
        return description;
    }

    /** The identifier under which the rule is known elsewhere, such as the detection rule that it follows. */
    public Optional<String> uuid() {
        return uuid;
    }

    /** The licence of the rule's text, as an SPDX identifier where there is one. */
    public Optional<String> license() {
        return license;
    }

    /** What must be switched on for the rule to see anything. */
    public String setup() {
        return setup;
    }

    /** How to judge an alert: a short investigation guide in plain text. */
    public String note() {
        return note;
    }

    /** Where the full guide lies, relative to the rules' folder's parent, such as {@code epl/my-rule/guide.md}. */
    public String guide() {
        return guide;
    }

    /** Who wrote the rule. */
    public List<String> authors() {
        return authors;
    }

    /** Tags, in the rule's order. */
    public List<String> tags() {
        return tags;
    }

    /** Where the rule stands in MITRE ATT&amp;CK, in the rule's order. */
    public List<Threat> threats() {
        return threats;
    }

    /** Addresses to read on; the first is the one for destinations that have room for one. */
    public List<String> references() {
        return references;
    }

    /** What looks like it and is harmless, one sentence each. */
    public List<String> falsePositives() {
        return falsePositives;
    }

    /** The rule that this one follows, as facts by name ({@code id}, {@code name}, {@code version}, …). */
    public Map<String, String> source() {
        return source;
    }

    /**
     * How the text form names the rule's outputs, in the order of its lines: output name to label. Outputs of one label share a
     * line. A label {@code "# vault"} is a number that the first line counts ("2 vaults"); {@code "-"} leaves the output out.
     */
    public Map<String, String> labels() {
        return labels;
    }

    /**
     * What the rule's outputs are in the Elastic Common Schema: output name to field, such as {@code source.ip}. Every format
     * reads from it who acted, from where and on what.
     */
    public Map<String, String> fields() {
        return fields;
    }

    /** Short, because it stands in messages: id and version. */
    @Override
    public String toString() {
        return id + " version " + version;
    }

    /**
     * A tactic, technique or sub-technique of MITRE ATT&amp;CK.
     *
     * @param id such as {@code T1555.006}
     * @param name as ATT&amp;CK spells it
     * @param reference the page that describes it
     */
    public record Attack(String id, String name, String reference) {}

    /**
     * A technique and its sub-techniques.
     *
     * @param attack such as T1555
     * @param subtechniques such as T1555.006; may be empty
     */
    public record Technique(Attack attack, List<Attack> subtechniques) {
        /** Copies the list. */
        public Technique {
            subtechniques = List.copyOf(subtechniques);
        }
    }

    /**
     * A tactic and the techniques that the rule sees under it.
     *
     * @param tactic such as TA0006
     * @param techniques in the rule's order; may be empty
     */
    public record Threat(Attack tactic, List<Technique> techniques) {
        /** Copies the list. */
        public Threat {
            techniques = List.copyOf(techniques);
        }
    }

    /** Collects what a rule says of itself. Not thread-safe. */
    public static final class Builder {
        private final String id;
        private final String name;
        private final int version;
        private final String severity;
        private final int riskScore;
        private String description = "";
        private Optional<String> uuid = Optional.empty();
        private Optional<String> license = Optional.empty();
        private String setup = "";
        private String note = "";
        private String guide = "";
        private List<String> authors = List.of();
        private List<String> tags = List.of();
        private List<Threat> threats = List.of();
        private List<String> references = List.of();
        private List<String> falsePositives = List.of();
        private Map<String, String> source = Map.of();
        private Map<String, String> labels = Map.of();
        private Map<String, String> fields = Map.of();

        private Builder(String id, String name, int version, String severity, int riskScore) {
            this.id = id;
            this.name = name;
            this.version = version;
            this.severity = severity;
            this.riskScore = riskScore;
        }

        /** See {@link RuleInfo#description()}. */
        public Builder description(String text) {
            this.description = text;
            return this;
        }

        /** See {@link RuleInfo#uuid()}. */
        public Builder uuid(Optional<String> known) {
            this.uuid = known;
            return this;
        }

        /** See {@link RuleInfo#license()}. */
        public Builder license(Optional<String> spdx) {
            this.license = spdx;
            return this;
        }

        /** See {@link RuleInfo#setup()}. */
        public Builder setup(String text) {
            this.setup = text;
            return this;
        }

        /** See {@link RuleInfo#note()}. */
        public Builder note(String text) {
            this.note = text;
            return this;
        }

        /** See {@link RuleInfo#guide()}. */
        public Builder guide(String path) {
            this.guide = path;
            return this;
        }

        /** See {@link RuleInfo#authors()}. */
        public Builder authors(List<String> names) {
            this.authors = new ArrayList<>(names);
            return this;
        }

        /** See {@link RuleInfo#tags()}. */
        public Builder tags(List<String> words) {
            this.tags = new ArrayList<>(words);
            return this;
        }

        /** See {@link RuleInfo#threats()}. */
        public Builder threats(List<Threat> places) {
            this.threats = new ArrayList<>(places);
            return this;
        }

        /** See {@link RuleInfo#references()}. */
        public Builder references(List<String> addresses) {
            this.references = new ArrayList<>(addresses);
            return this;
        }

        /** See {@link RuleInfo#falsePositives()}. */
        public Builder falsePositives(List<String> sentences) {
            this.falsePositives = new ArrayList<>(sentences);
            return this;
        }

        /** See {@link RuleInfo#source()}. */
        public Builder source(Map<String, String> facts) {
            this.source = new LinkedHashMap<>(facts);
            return this;
        }

        /** See {@link RuleInfo#labels()}. */
        public Builder labels(Map<String, String> byOutput) {
            this.labels = new LinkedHashMap<>(byOutput);
            return this;
        }

        /** See {@link RuleInfo#fields()}. */
        public Builder fields(Map<String, String> byOutput) {
            this.fields = new LinkedHashMap<>(byOutput);
            return this;
        }

        /** The rule's description. */
        public RuleInfo build() {
            return new RuleInfo(this);
        }
    }
}
