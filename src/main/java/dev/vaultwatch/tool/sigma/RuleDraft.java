package dev.vaultwatch.tool.sigma;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.vaultwatch.event.Property;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The folder of a converted rule before it is written. Immutable. */
final class RuleDraft {
    /** When the records of a case begin. */
    private static final LocalTime BEGIN = LocalTime.of(10, 0);

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** What a counting rule shows beside its key: output column, property, and the word for a person. */
    private static final List<Shown> SHOWN = List.of(
            new Shown("upn_values", Property.UPN, "users"),
            new Shown("source_ip_values", Property.SOURCE_IP, "from"),
            new Shown("vault_values", Property.VAULT, "vaults"),
            new Shown("action_values", Property.ACTION, "did"),
            new Shown("result_signature_values", Property.RESULT_SIGNATURE, "result"));

    private record Shown(String column, Property property, String label) {}

    /** Whom a rule about single events judges; one whose records lack a value has it empty. */
    private static final List<Property> EVENT_KEY =
            List.of(Property.ACTION, Property.OBJECT_ID, Property.UPN, Property.VAULT);

    private final SigmaFacts facts;
    private final List<Property> key;
    private final ObjectNode window;
    private final String epl;
    private final Optional<String> parameter;
    private final ArrayNode trueCases;
    private final ArrayNode falseCases;

    private RuleDraft(
            SigmaFacts facts,
            List<Property> key,
            ObjectNode window,
            String epl,
            Optional<String> parameter,
            ArrayNode trueCases,
            ArrayNode falseCases) {
        this.facts = facts;
        this.key = key;
        this.window = window;
        this.epl = epl;
        this.parameter = parameter;
        this.trueCases = trueCases;
        this.falseCases = falseCases;
    }

    String id() {
        return facts.id();
    }

    boolean hasCases() {
        return !trueCases.isEmpty() || !falseCases.isEmpty();
    }

    /** The same without cases. */
    RuleDraft withoutCases() {
        ArrayNode none = JsonNodeFactory.instance.arrayNode();
        return new RuleDraft(facts, key, window, epl, parameter, none, none);
    }

    /** A rule about single events. */
    static RuleDraft ofEvent(SigmaFacts facts, Matching matching) {
        String epl = heading(facts) + """

                @name('alert')
                select
                    action,
                    objectId,
                    upn,
                    vault,
                    sourceIp as source_ip,
                    resultSignature as result_signature
                from KeyVaultEvent(
                    %s);
                """.formatted(filters(matching, List.of()));
        ObjectNode window = JsonNodeFactory.instance.objectNode().put("kind", "event");
        ArrayNode trueCases = JsonNodeFactory.instance.arrayNode();
        Example.sentence("", List.of(matching), Optional.empty())
                .ifPresent(text -> testCase(trueCases, "One such event", text + " at 10:00:05")
                        .putObject("expect")
                        .put("exactly", 1));
        return new RuleDraft(
                facts, EVENT_KEY, window, epl, Optional.empty(), trueCases, JsonNodeFactory.instance.arrayNode());
    }

    /** A rule that counts. */
    static RuleDraft ofCorrelation(
            SigmaFacts facts, Matching matching, Correlation correlation, SigmaImport.Windows windows) {
        List<Property> key = correlation.key();
        boolean sliding = windows == SigmaImport.Windows.SLIDING;
        String period = correlation.timespan().toSeconds() + " sec";
        List<String> columns = new ArrayList<>(key.stream().map(Property::epl).toList());
        columns.add("count(*) as event_count");
        correlation
                .counted()
                .ifPresent(counted ->
                        columns.add("count(distinct " + counted.epl() + ") as " + snake(counted) + "_count_distinct"));
        SHOWN.stream()
                .filter(shown -> !key.contains(shown.property()))
                .forEach(shown ->
                        columns.add("distinct_values(" + shown.property().epl() + ") as " + shown.column()));
        String measure = correlation
                .counted()
                .map(counted -> "count(distinct " + counted.epl() + ")")
                .orElse("count(*)");
        String variable = correlation.counted().isPresent() ? "min_values" : "min_events";
        String epl = heading(facts)
                + """

                create constant variable int %s = %d;

                @name('alert')
                select
                    %s
                from KeyVaultEvent(
                    %s)%s
                group by %s
                having %s >= %s;
                """.formatted(
                                variable,
                                correlation.threshold(),
                                String.join(",\n    ", columns),
                                filters(matching, key),
                                sliding ? "#time(" + period + ")" : "#time_batch(" + period + ", 0L)",
                                key.stream().map(Property::epl).collect(Collectors.joining(", ")),
                                measure,
                                variable);
        ObjectNode window = JsonNodeFactory.instance.objectNode();
        window.put("kind", sliding ? "ordered" : "tumbling");
        window.put(sliding ? "reach" : "length", correlation.timespan().toString());
        ArrayNode trueCases = JsonNodeFactory.instance.arrayNode();
        ArrayNode falseCases = JsonNodeFactory.instance.arrayNode();
        // All within the first tenth, so that no static window's edge lies between them.
        Duration over = Duration.ofMillis(correlation.timespan().toMillis() / 10);
        int enough = correlation.threshold();
        counting(enough, matching, correlation, over).ifPresent(text -> {
            ObjectNode one = testCase(trueCases, "Just enough", text);
            one.putObject("expect").putObject("totals").put("count", enough);
            ArrayNode also = one.putArray("also").add("duplicate").add("shuffled");
            // Somewhere between the first record and the last, on the same day.
            long within = Math.min(over.toSeconds() / 2, 3_600);
            if (enough > 1 && within > 0) {
                also.add("restart at " + BEGIN.plusSeconds(within).format(DateTimeFormatter.ISO_LOCAL_TIME));
            }
        });
        if (enough > 1) {
            counting(enough - 1, matching, correlation, over)
                    .ifPresent(text -> testCase(falseCases, "One too few", text).put("expect", "none"));
        }
        return new RuleDraft(facts, key, window, epl, Optional.of(variable), trueCases, falseCases);
    }

    private static Optional<String> counting(int number, Matching matching, Correlation correlation, Duration over) {
        Optional<Example.Varied> varied = Optional.empty();
        if (correlation.counted().isPresent()) {
            Property counted = correlation.counted().get();
            String first = switch (counted) {
                case SOURCE_IP -> number <= 250 ? "203.0.113.1" : "";
                case VAULT -> "kv1";
                case UPN -> "user1";
                case OBJECT_NAME -> "object1";
                default -> "";
            };
            if (first.isEmpty() && number > 1) {
                return Optional.empty();
            }
            varied = Optional.of(first)
                    .filter(name -> !name.isEmpty())
                    .map(name -> new Example.Varied(
                            counted,
                            counted == Property.UPN ? name + "@contoso.example" : name,
                            number == 1 ? name : name + ".." + number));
        }
        List<Matching> all = new ArrayList<>(List.of(matching));
        correlation.key().forEach(property -> all.add(new Matching.Presence(property, true)));
        correlation.counted().ifPresent(property -> all.add(new Matching.Presence(property, true)));
        return Example.sentence(number + " x ", all, varied)
                .map(text ->
                        text + " over " + over.toMillis() + "ms at " + BEGIN.format(DateTimeFormatter.ISO_LOCAL_TIME));
    }

    private static ObjectNode testCase(ArrayNode cases, String name, String events) {
        ObjectNode one = cases.addObject().put("name", name);
        one.putArray("events").add(events);
        return one;
    }

    /** A comment with the title: line ends of a title would end the comment. */
    private static String heading(SigmaFacts facts) {
        return "// " + facts.title().replaceAll("\\s+", " ") + "\n// Converted from a Sigma rule.\n";
    }

    private static String filters(Matching matching, List<Property> key) {
        List<String> filters = new ArrayList<>();
        matching.conjuncts().forEach(part -> filters.add(part.epl(false)));
        key.stream()
                .filter(property -> property != Property.ACTION)
                .map(property -> property.epl() + " is not null")
                .filter(filter -> !filters.contains(filter))
                .forEach(filters::add);
        return String.join(",\n    ", filters);
    }

    private static String snake(Property property) {
        return property.epl().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    /** Writes the folder, which is not there yet. */
    void write(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("cases"));
        Files.writeString(folder.resolve("rule.epl"), epl);
        Files.writeString(folder.resolve("rule.json"), text(json()));
        Files.writeString(folder.resolve("guide.md"), guide());
        if (!trueCases.isEmpty()) {
            Files.writeString(folder.resolve("cases/true.json"), text(trueCases));
        }
        if (!falseCases.isEmpty()) {
            Files.writeString(folder.resolve("cases/false.json"), text(falseCases));
        }
    }

    private ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", facts.id());
        json.setAll(facts.json().deepCopy());
        json.set("window", window);
        ArrayNode keys = json.putArray("groupingKey");
        key.forEach(property -> keys.add(property.epl()));
        ObjectNode labels = json.putObject("labels");
        if (parameter.isPresent()) {
            json.put("eventCount", "event_count");
            json.putObject("parameters")
                    .putObject(parameter.get())
                    .put("type", "int")
                    .put("min", 1)
                    .put("max", 100_000)
                    .put("description", "The least count.");
            SHOWN.stream()
                    .filter(shown -> !key.contains(shown.property()))
                    .forEach(shown -> labels.put(shown.column(), shown.label()));
        } else {
            labels.put("source_ip", "from").put("result_signature", "result");
        }
        json.putObject("cap").put("alerts", 100).put("period", "PT8M");
        return json;
    }

    private String guide() {
        StringBuilder guide = new StringBuilder("# ")
                .append(facts.title())
                .append("\n\n")
                .append(facts.description())
                .append("\n\nThe rule was converted from Sigma. Say here what to look at first, and what to do.\n");
        if (!facts.falsePositives().isEmpty()) {
            guide.append("\n## What looks like it and is harmless\n\n");
            facts.falsePositives()
                    .forEach(each -> guide.append("- ").append(each).append('\n'));
        }
        return guide.toString();
    }

    private static String text(JsonNode json) {
        try {
            return JSON.writeValueAsString(json) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
