package dev.vaultwatch.rule;

import com.fasterxml.jackson.databind.JsonNode;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.Property;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads one {@code rule.json}: checks it against the schema that ships ({@code META-INF/vaultwatch/rule.schema.json}), and then what no
 * schema says. Collects every fault instead of stopping at the first; each has the line and column of its place.
 */
final class FactReader {
    private static final String SCHEMA = "/META-INF/vaultwatch/rule.schema.json";

    /** Used where a fault has been added, so that reading can go on. */
    private static final Duration ANY = Duration.ofMinutes(1);

    private final String json;
    private final JsonNode root;
    private final List<RuleFault> faults;
    private final FactPlaces places;

    /** Where faults are. */
    private final List<String> pointers = new ArrayList<>();

    /**
     * Prepares to read.
     *
     * @param text the file's text, which {@code root} was made from; it says where things stand
     */
    FactReader(String file, String text, JsonNode root, List<RuleFault> faults) throws IOException {
        this.json = text;
        this.root = root;
        this.faults = faults;
        this.places = FactPlaces.of(file, text);
    }

    private static JsonSchema schema() {
        try (InputStream in = FactReader.class.getResourceAsStream(SCHEMA)) {
            return new JsonSchema(JsonTree.of(in));
        } catch (IOException e) {
            throw new UncheckedIOException("The schema of rule.json can't be read from the jar.", e);
        }
    }

    /** The rule, or empty when a fault was added. */
    Optional<Rule> rule(String folderName, String epl, String eplFile) {
        int before = faults.size();
        schema().check(root, this::fault);
        if (faults.size() > before) {
            return Optional.empty();
        }
        String id = text("/id");
        if (!id.equals(folderName)) {
            fault("/id", "is \"" + id + "\", but the folder is named \"" + folderName + "\"; they must agree");
        }
        Rule.Builder rule = Rule.builder(id)
                .name(text("/name"))
                .version(root.at("/version").intValue())
                .description(text("/description"))
                .severity(text("/severity"))
                .riskScore(root.at("/riskScore").intValue())
                .window(window())
                .key(key())
                .eventCount(Optional.ofNullable(root.at("/eventCount").textValue()))
                .cap(new Rule.Cap(root.at("/cap/alerts").intValue(), positive("/cap/period")))
                .parameters(parameters())
                .labels(textsByName("/labels"))
                .tags(texts("/tags"))
                .threats(threats())
                .references(texts("/references"))
                .falsePositives(texts("/falsePositives"))
                .setup(text("/setup"))
                .enabled(root.at("/enabled").asBoolean(true))
                .shadow(root.at("/enabled").isTextual())
                .about(about())
                .json(json)
                .epl(epl)
                .file(eplFile);
        return faults.size() == before ? Optional.of(rule.build()) : Optional.empty();
    }

    /**
     * What is known of a rule that can't be read.
     *
     * @param facts which have been asked for the rule; empty if its {@code rule.json} is no JSON
     */
    static RuleFolder.Draft draft(Optional<FactReader> facts, String id, String epl, String eplFile) {
        Rule.Builder rule = Rule.builder(id).epl(epl).file(eplFile);
        Optional<FactReader> form = facts.filter(FactReader::isFormKnown);
        form.ifPresent(reader -> rule.window(reader.window()).key(reader.key()));
        return new RuleFolder.Draft(rule.build(), form.isPresent());
    }

    private boolean isFormKnown() {
        return pointers.stream().noneMatch(each -> each.startsWith("/window") || each.startsWith("/groupingKey"));
    }

    private GroupingKey key() {
        return GroupingKey.of(texts("/groupingKey").stream()
                .map(name -> Property.named(name).orElseThrow())
                .toList());
    }

    private Window window() {
        return switch (text("/window/kind")) {
            case "tumbling" -> new Window.Tumbling(ofWindow("/window/length"));
            case "ordered" ->
                new Window.Ordered(
                        ofWindow("/window/reach"),
                        ofWindow(root.at("/window/quiet").isMissingNode() ? "/window/reach" : "/window/quiet"));
            default -> new Window.Single();
        };
    }

    private Duration ofWindow(String pointer) {
        Duration duration = positive(pointer);
        if (!Window.isPossible(duration)) {
            fault(pointer, "must be whole seconds from PT1S to PT24H");
            return ANY;
        }
        return duration;
    }

    private Duration positive(String pointer) {
        try {
            Duration duration = Duration.parse(text(pointer));
            if (duration.toMillis() > 0) {
                return duration;
            }
            fault(pointer, "must be positive");
        } catch (DateTimeParseException | ArithmeticException e) {
            fault(pointer, "must be an ISO 8601 duration, such as PT1M");
        }
        return ANY;
    }

    private List<Rule.Parameter> parameters() {
        List<Rule.Parameter> parameters = new ArrayList<>();
        for (Map.Entry<String, JsonNode> each : root.at("/parameters").properties()) {
            JsonNode said = each.getValue();
            Optional<BigDecimal> min = number(said, "min");
            Optional<BigDecimal> max = number(said, "max");
            if (min.isPresent() && max.isPresent() && min.get().compareTo(max.get()) > 0) {
                fault("/parameters/" + each.getKey() + "/max", "is less than min");
            }
            parameters.add(new Rule.Parameter(
                    each.getKey(),
                    said.get("type").textValue(),
                    min,
                    max,
                    said.get("description").textValue()));
        }
        return parameters;
    }

    private static Optional<BigDecimal> number(JsonNode parent, String name) {
        return Optional.ofNullable(parent.get(name)).map(JsonNode::decimalValue);
    }

    private Rule.About about() {
        return new Rule.About(
                texts("/authors"),
                optionalText("/license"),
                optionalText("/uuid"),
                optionalText("/note").orElse(""),
                textsByName("/source"),
                textsByName("/fields"));
    }

    private Optional<String> optionalText(String pointer) {
        return Optional.ofNullable(root.at(pointer).textValue());
    }

    /** An object of texts and whole numbers, in the file's order; empty if it is absent. */
    private Map<String, String> textsByName(String pointer) {
        Map<String, String> texts = new LinkedHashMap<>();
        root.at(pointer).properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            if (!value.isTextual() && !value.isIntegralNumber()) {
                fault(FactPlaces.member(pointer, entry.getKey()), "must be a text or a whole number");
            }
            texts.put(entry.getKey(), value.asText());
        });
        return texts;
    }

    private List<Rule.Threat> threats() {
        List<Rule.Threat> threats = new ArrayList<>();
        for (JsonNode threat : root.at("/threat")) {
            List<Rule.Technique> techniques = new ArrayList<>();
            for (JsonNode technique : threat.get("techniques")) {
                List<Rule.Attack> subtechniques = new ArrayList<>();
                technique.path("subtechniques").forEach(each -> subtechniques.add(attack(each)));
                techniques.add(new Rule.Technique(attack(technique), subtechniques));
            }
            threats.add(new Rule.Threat(attack(threat.get("tactic")), techniques));
        }
        return threats;
    }

    private static Rule.Attack attack(JsonNode said) {
        return new Rule.Attack(said.get("id").textValue(), said.get("name").textValue());
    }

    private String text(String pointer) {
        return root.at(pointer).textValue();
    }

    private List<String> texts(String pointer) {
        List<String> values = new ArrayList<>();
        root.at(pointer).forEach(each -> values.add(each.textValue()));
        return values;
    }

    private void fault(String pointer, String problem) {
        pointers.add(pointer);
        faults.add(places.fault(pointer, pointer + " " + problem + (problem.endsWith("?") ? "" : ".")));
    }
}
