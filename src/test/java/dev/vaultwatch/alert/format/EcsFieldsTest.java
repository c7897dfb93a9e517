package dev.vaultwatch.alert.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.RuleInfo;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every field of an ECS document against the published list of fields, and against the mappings that docs/elastic ships. */
class EcsFieldsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path TEMPLATES = Path.of("docs/elastic");

    /** Text types of Elasticsearch that ECS counts as one family with the type it names. */
    private static final Map<String, String> FAMILY = Map.of("match_only_text", "text", "wildcard", "keyword");

    private record Field(String type, boolean array) {}

    static Stream<Sample> alerts() {
        return Stream.concat(
                Stream.of(AlertStage.values()).map(Sample::of),
                Stream.of(
                        Sample.of(AlertStage.ON_TIME).bounded(),
                        Sample.of(AlertStage.ON_TIME).with("message", "an own rule's column"),
                        Sample.of(AlertStage.ON_TIME)
                                .with("vaultwatch.source_address_values", List.of("10.0.0.4:443", "unknown"))));
    }

    @ParameterizedTest
    @MethodSource("alerts")
    @DisplayName("Every field is one of ECS with ECS's type, or one that our mapping declares")
    void fields(Sample alert) throws IOException {
        Map<String, Field> ecs = published();
        Map<String, String> ours = declared("vaultwatch-alerts@custom.json");
        leaves(alert).forEach((name, values) -> {
            Field field = ecs.get(name);
            if (field == null) {
                assertThat(typeOf(name, ours))
                        .as(name + " is no ECS field; is it in our mapping?")
                        .isNotEmpty();
            }
            String type = field == null ? typeOf(name, ours) : field.type();
            values.forEach(value -> assertThat(fits(value, type))
                    .as(name + " is a " + type + ": " + value)
                    .isTrue());
        });
    }

    @ParameterizedTest
    @MethodSource("alerts")
    @DisplayName("Where ECS asks for an array, an array stands")
    void arrays(Sample alert) throws IOException {
        JsonNode document = document(alert);
        published().forEach((name, field) -> {
            JsonNode value = document.at("/" + name.replace('.', '/'));
            if (field.array() && !value.isMissingNode()) {
                assertThat(value.isArray()).as(name).isTrue();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("alerts")
    @DisplayName("No name stands both nested and dotted")
    void once(Sample alert) throws IOException {
        List<String> roots = new ArrayList<>();
        document(alert).fieldNames().forEachRemaining(name -> roots.add(name.split("\\.", 2)[0]));
        List<String> nested = new ArrayList<>();
        document(alert).properties().stream()
                .filter(entry -> entry.getValue().isObject())
                .forEach(entry -> nested.add(entry.getKey()));

        assertThat(nested)
                .allSatisfy(root ->
                        assertThat(roots.stream().filter(root::equals)).as(root).hasSize(1));
    }

    @Test
    @DisplayName("The component template for ECS fields has ECS's types, and nothing that ECS does not have")
    void template() throws IOException {
        Map<String, Field> ecs = published();
        Map<String, String> declared = declared("vaultwatch-alerts@ecs.json");

        assertThat(declared)
                .isNotEmpty()
                .allSatisfy((name, type) -> assertThat(type)
                        .as(name)
                        .isEqualTo(Optional.ofNullable(ecs.get(name))
                                .map(Field::type)
                                .orElse("no field of ECS")));
    }

    /** Lucene takes terms of 32,766 bytes, and Elasticsearch refuses a whole document for a longer one; a character has 3 at most. */
    @Test
    @DisplayName("No text is so long that its field would make Elasticsearch refuse the alert")
    void longTexts() throws IOException {
        for (String file : List.of("vaultwatch-alerts@ecs.json", "vaultwatch-alerts@custom.json")) {
            JsonNode template = JSON.readTree(Files.readString(TEMPLATES.resolve(file)));
            List<JsonNode> mappings = new ArrayList<>(template.findParents("type"));
            mappings.removeIf(mapping -> !List.of("keyword", "flattened")
                    .contains(mapping.path("type").asText()));

            assertThat(mappings)
                    .isNotEmpty()
                    .allSatisfy(
                            mapping -> assertThat(mapping.path("ignore_above").asInt(Integer.MAX_VALUE))
                                    .isLessThanOrEqualTo(8_191));
        }
    }

    /** A data stream's own time can't be left out, so Elasticsearch takes the setting only where that field refuses it. */
    @Test
    @DisplayName("A value that is not of its field's type costs the field, and not the alert")
    void malformed() throws IOException {
        JsonNode settings = JSON.readTree(Files.readString(TEMPLATES.resolve("vaultwatch-alerts@settings.json")));
        JsonNode fields = JSON.readTree(Files.readString(TEMPLATES.resolve("vaultwatch-alerts@ecs.json")));

        assertThat(settings.at("/template/settings/index/mapping/ignore_malformed")
                        .booleanValue())
                .isTrue();
        assertThat(fields.at("/template/mappings/properties/@timestamp/ignore_malformed"))
                .isEqualTo(BooleanNode.FALSE);
    }

    @ParameterizedTest
    @MethodSource("alerts")
    @DisplayName("Every field of the document is mapped by one of the two component templates")
    void mapped(Sample alert) throws IOException {
        Map<String, String> declared = new LinkedHashMap<>(declared("vaultwatch-alerts@ecs.json"));
        declared.putAll(declared("vaultwatch-alerts@custom.json"));

        assertThat(leaves(alert).keySet())
                .allSatisfy(name -> assertThat(typeOf(name, declared)).as(name).isNotEmpty());
    }

    @Test
    @DisplayName("Elastic's rule that promotes external alerts finds what it reads")
    void promotion() throws IOException {
        JsonNode document = document(Sample.of(AlertStage.ON_TIME));

        assertThat(document.at("/event/kind").textValue()).isEqualTo("alert");
        assertThat(document.at("/event/module").textValue()).isNotIn("endgame", "endpoint", "cloud_defend");
        assertThat(document.at("/event/severity").intValue()).isIn(21, 47, 73, 99);
        assertThat(document.at("/event/risk_score").intValue()).isEqualTo(43);
        assertThat(document.at("/message").textValue()).isNotBlank();
    }

    @Test
    @DisplayName("An alert that is taken back is promoted by nobody")
    void retracted() throws IOException {
        assertThat(document(Sample.of(AlertStage.RETRACTED)).at("/event/kind").textValue())
                .isNotEqualTo("alert");
    }

    @Test
    @DisplayName(
            "An output that is named as what the mappings have stands apart, even where this alert does not have it itself")
    void mappedNames() throws IOException {
        Set<String> names = new TreeSet<>(declared("vaultwatch-alerts@ecs.json").keySet());
        names.addAll(declared("vaultwatch-alerts@custom.json").keySet());
        names.removeIf(name -> name.contains("*"));
        Set<String> objects = new TreeSet<>();
        for (String name : names) {
            for (int dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
                objects.add(name.substring(0, dot));
            }
        }

        assertThat(objects).contains("user", "threat.tactic", "azure.platformlogs", "Esql", "vaultwatch.alert");
        for (String object : objects) {
            JsonNode document = document(bare(object));
            assertThat(leafNames(document)).as(object).doesNotContain(object);
            assertThat(document.at("/vaultwatch/output").path(object).textValue())
                    .as(object)
                    .isEqualTo("a text");
        }
        for (String below : List.of("azure.platformlogs.identity.claim.upn.x", "message.x", "user.roles")) {
            assertThat(document(bare(below)).at("/vaultwatch/output").has(below))
                    .as(below)
                    .isTrue();
        }
    }

    /** Of a rule that knows neither users nor addresses, with one output. */
    private static Sample bare(String output) {
        return Sample.of(AlertStage.ON_TIME)
                .of(RuleInfo.builder("r", "r", 1, "low", 21).build())
                .about(Map.of("vault", "KV-PAY"), Map.of(output, "a text"));
    }

    private static Set<String> leafNames(JsonNode document) {
        Map<String, List<JsonNode>> leaves = new TreeMap<>();
        collect("", document, leaves);
        return leaves.keySet();
    }

    @Test
    @DisplayName("What a rule calls an address, or a network's number, and is none is in no field of that type")
    void noAddress() throws IOException {
        List<String> odd = List.of(
                "1.2.3",
                "01.2.3.4",
                "256.1.1.1",
                "1.2.3.4.",
                "1.2.3.4\n",
                "10.0.0.1:443",
                ":::",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "::1%eth0",
                "1:2:3:4:5:6:7:8:9",
                "1.2.3.4::",
                "::12345",
                "unknown",
                "",
                ":");
        List<String> fit =
                List.of("0.0.0.0", "255.249.199.99", "::", "::1", "2001:DB8::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4");
        List<String> all = new ArrayList<>(odd);
        all.addAll(fit);
        JsonNode document = document(Sample.of(AlertStage.ON_TIME)
                .of(RuleInfo.builder("r", "r", 1, "low", 21).build())
                .about(
                        Map.of("vault", "KV-PAY"),
                        Map.of("source.ip", all, "source.as.number", List.of("AS64500", 64_500L))));

        assertThat(document.at("/source/ip")).extracting(JsonNode::textValue).containsExactlyElementsOf(fit);
        assertThat(document.at("/related/ip")).hasSize(fit.size());
        assertThat(document.at("/source/address"))
                .extracting(JsonNode::textValue)
                .containsAll(odd);
        assertThat(document.at("/source/as/number").longValue()).isEqualTo(64_500);
        assertThat(document.at("/vaultwatch/output/source.ip")).hasSize(all.size());
    }

    @Test
    @DisplayName("An open window has no end yet, and says so")
    void open() throws IOException {
        JsonNode document = document(Sample.of(AlertStage.EARLY));

        assertThat(document.at("/event").has("end")).isFalse();
        assertThat(document.at("/vaultwatch/alert/open").booleanValue()).isTrue();
        assertThat(document.at("/vaultwatch/alert/window_end").textValue()).isEqualTo("2026-11-03T02:42:00.000Z");
    }

    @Test
    @DisplayName("Each stage replaces the one before by a greater sequence")
    void sequence() throws IOException {
        List<Long> sequences = new ArrayList<>();
        for (AlertStage stage : AlertStage.values()) {
            sequences.add(
                    document(Sample.of(stage)).at("/vaultwatch/alert/sequence").longValue());
        }

        assertThat(sequences).containsExactly(0L, 1L, 2L, 2L);
    }

    // ---- reading

    private static JsonNode document(Sample alert) throws IOException {
        return JSON.readTree(alert.toEcsJson());
    }

    /** Dotted names to the values that stand there, arrays taken apart as Elasticsearch does. */
    private static Map<String, List<JsonNode>> leaves(Sample alert) throws IOException {
        Map<String, List<JsonNode>> leaves = new TreeMap<>();
        collect("", document(alert), leaves);
        return leaves;
    }

    private static void collect(String at, JsonNode node, Map<String, List<JsonNode>> leaves) {
        if (node.isObject()) {
            node.properties()
                    .forEach(entry -> collect(
                            at.isEmpty() ? entry.getKey() : at + "." + entry.getKey(), entry.getValue(), leaves));
        } else if (node.isArray()) {
            node.forEach(each -> collect(at, each, leaves));
        } else {
            leaves.computeIfAbsent(at, name -> new ArrayList<>()).add(node);
        }
    }

    private static Map<String, Field> published() throws IOException {
        Map<String, Field> fields = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("src/test/resources/ecs/fields.tsv"))) {
            if (!line.startsWith("#")) {
                String[] columns = line.split("\t", -1);
                fields.put(columns[0], new Field(columns[1], columns.length > 2 && columns[2].equals("array")));
            }
        }
        // labels is an object of keywords; Elastic's own template maps what is in it so.
        fields.put("labels.vaultwatch_stage", new Field("keyword", false));
        fields.put("labels.vaultwatch_rule", new Field("keyword", false));
        return fields;
    }

    /** The fields of a component template, dotted, with their types; a dynamic template under its path with stars. */
    private static Map<String, String> declared(String file) throws IOException {
        JsonNode mappings =
                JSON.readTree(Files.readString(TEMPLATES.resolve(file))).at("/template/mappings");
        Map<String, String> declared = new LinkedHashMap<>();
        properties("", mappings.path("properties"), declared);
        mappings.path("dynamic_templates")
                .forEach(template -> template.properties().forEach(entry -> {
                    JsonNode match = entry.getValue().path("path_match");
                    String type = entry.getValue().at("/mapping/type").textValue();
                    (match.isArray() ? match : JSON.createArrayNode().add(match))
                            .forEach(path -> declared.put(path.textValue(), type));
                }));
        return declared;
    }

    private static void properties(String at, JsonNode properties, Map<String, String> declared) {
        properties.properties().forEach(entry -> {
            String name = at + entry.getKey();
            if (entry.getValue().has("type")) {
                declared.put(name, entry.getValue().path("type").textValue());
            }
            properties(name + ".", entry.getValue().path("properties"), declared);
        });
    }

    /** The type of a name, by itself, by a flattened object above it, or by a pattern with stars; empty if there is none. */
    private static String typeOf(String name, Map<String, String> declared) {
        String exact = declared.get(name);
        if (exact != null) {
            return exact;
        }
        for (int dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
            if ("flattened".equals(declared.get(name.substring(0, dot)))) {
                return "flattened";
            }
        }
        return declared.entrySet().stream()
                .filter(entry -> entry.getKey().contains("*"))
                .filter(entry -> name.matches(entry.getKey().replace(".", "\\.").replace("*", ".*")))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("");
    }

    private static boolean fits(JsonNode value, String type) {
        return switch (FAMILY.getOrDefault(type, type)) {
            case "keyword", "text" -> value.isTextual();
            case "long" -> value.isIntegralNumber();
            case "float" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "date" -> isDate(value.textValue());
            case "ip" -> isAddress(value.textValue());
            case "flattened" -> value.isValueNode();
            default -> false;
        };
    }

    private static boolean isDate(String text) {
        try {
            return Instant.parse(text) != null;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private static boolean isAddress(String text) {
        try {
            // A literal is not looked up; a name would be, so it is refused before.
            return text.matches("[0-9a-fA-F:.]+") && InetAddress.getByName(text) != null;
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
