package dev.vaultwatch.alert.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A Detection Finding against the attributes, types, requirements and numbers of the published schema. */
class OcsfFormatTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AlertFormat OCSF = AlertFormat.named("ocsf");

    static Stream<Sample> alerts() {
        return Stream.concat(
                Stream.of(AlertStage.values()).map(Sample::of),
                Stream.of(
                        Sample.of(AlertStage.ON_TIME).bounded(),
                        Sample.of(AlertStage.ON_TIME).with("Esql.source_ip_values", List.of("203.0.113.9")),
                        Sample.of(AlertStage.ON_TIME)
                                .with("Esql.source_ip_values", List.of("203.0.113.9"))
                                .with("source.geo.country_iso_code", "PT")
                                .with("source.as.number", 64_500L),
                        Sample.of(AlertStage.ON_TIME).with("Esql.source_ip_values", List.of()),
                        odd(),
                        swarm(),
                        Sample.of(AlertStage.ON_TIME).with(Sample.UPN, "not an address")));
    }

    @ParameterizedTest
    @MethodSource("alerts")
    @DisplayName("The schema finds no fault")
    void valid(Sample alert) throws IOException {
        assertThat(faults(document(alert))).isEmpty();
    }

    @Test
    @DisplayName("The check is one that finds faults: of names, types, numbers, requirements and constraints")
    void check() throws IOException {
        JsonNode good = document(Sample.of(AlertStage.ON_TIME));

        assertThat(faults(JSON.readTree(good.toString().replace("\"is_alert\":true", "\"is_alarm\":true"))))
                .contains("/is_alarm is no attribute of detection_finding");
        assertThat(faults(JSON.readTree(good.toString().replace("\"severity_id\":3", "\"severity_id\":\"3\""))))
                .contains("/severity_id is no integer_t");
        assertThat(faults(JSON.readTree(good.toString().replace("\"severity_id\":3", "\"severity_id\":7"))))
                .contains("/severity_id has the number 7, which the schema does not");
        assertThat(faults(JSON.readTree(good.toString().replace("\"type_id\":1,", ""))))
                .contains("/finding_info/analytic/type_id is required");
        assertThat(faults(JSON.readTree(good.toString().replaceAll("\"actor\":\\{\"user\":\\{[^}]*}", "\"actor\":{"))))
                .anyMatch(fault -> fault.startsWith("/evidences/0/actor needs one of"));
    }

    @ParameterizedTest
    @EnumSource(AlertStage.class)
    @DisplayName("The numbers of a class, an activity and a type agree")
    void numbers(AlertStage stage) throws IOException {
        JsonNode written = document(Sample.of(stage));
        int activity = written.path("activity_id").intValue();

        assertThat(written.path("class_uid").intValue()).isEqualTo(2004);
        assertThat(written.path("type_uid").intValue()).isEqualTo(200_400 + activity);
        assertThat(activity).isEqualTo(stage == AlertStage.RETRACTED ? 3 : stage == AlertStage.REVISED ? 2 : 1);
        assertThat(written.path("is_alert").booleanValue()).isEqualTo(stage != AlertStage.RETRACTED);
    }

    @Test
    @DisplayName("A caption beside a number is the schema's caption of that number")
    void captions() throws IOException {
        JsonNode written = document(Sample.of(AlertStage.ON_TIME));
        JsonNode attributes = schema().at("/class/attributes");

        Stream.of("severity", "status", "activity")
                .forEach(name -> assertThat(written.path(name.equals("activity") ? "activity_name" : name)
                                .textValue())
                        .isEqualTo(attributes
                                .path(name + "_id")
                                .path("enum")
                                .path(written.path(name + "_id").asText())
                                .textValue()));
        written.path("observables")
                .forEach(observable -> assertThat(observable.path("type").textValue())
                        .isEqualTo(schemaOf("observable")
                                .at("/attributes/type_id/enum")
                                .path(observable.path("type_id").asText())
                                .textValue()));
    }

    @Test
    @DisplayName("With one address, its place and its network stand beside it")
    void place() throws IOException {
        Sample alert = Sample.of(AlertStage.ON_TIME).with("Esql.source_ip_values", List.of("203.0.113.9"));

        assertThat(document(alert).at("/evidences/0/src_endpoint")).isEqualTo(JSON.readTree("""
                {
                  "ip": "203.0.113.9",
                  "location": { "city": "Lisbon", "country": "PT", "desc": "Lisboa, Portugal" },
                  "autonomous_system": { "name": "Example Hosting", "number": 64500 }
                }
                """));
    }

    @Test
    @DisplayName("With several addresses, or several places, it can't be told which is whose: neither is said")
    void places() throws IOException {
        Sample alert = Sample.of(AlertStage.ON_TIME);
        Sample one = alert.with("Esql.source_ip_values", List.of("203.0.113.9"));
        Sample several = one.with("Esql.geo_city_values", List.of("Lisbon", "Porto"))
                .with("vaultwatch.source_geo_country_iso_code_values", List.of("PT", "ES"))
                .with("Esql.source_as_organization_name_values", List.of("Example Hosting", "Other"))
                .with("vaultwatch.source_as_number_values", List.of(64_500L, 64_501L));

        assertThat(document(alert).at("/evidences/0/src_endpoint"))
                .isEqualTo(JSON.readTree("{\"ip\": \"2001:db8::7\"}"));
        assertThat(document(several).at("/evidences/0/src_endpoint"))
                .isEqualTo(JSON.readTree("{\"ip\": \"203.0.113.9\"}"));
    }

    @Test
    @DisplayName("The user stands with each address, and alone only where there is none")
    void actors() throws IOException {
        Sample alert = Sample.of(AlertStage.ON_TIME);

        assertThat(document(alert).path("evidences").findValues("actor")).hasSize(2);
        JsonNode without = document(alert.with("Esql.source_ip_values", List.of()));
        assertThat(without.path("evidences").findValues("actor")).hasSize(1);
        assertThat(without.at("/evidences/0/actor/user/name").textValue()).isEqualTo("mallory@contoso.example");
        JsonNode nobody = document(alert.about(Map.of("vault", "KV-PAY"), Map.of("vault", "KV-PAY")));
        assertThat(nobody.path("evidences").findValues("actor")).isEmpty();
    }

    @Test
    @DisplayName("Of several users each is an actor, so that what observables point to is there")
    void severalUsers() throws IOException {
        JsonNode swarm = document(swarm());

        assertThat(swarm.at("/evidences").findValuesAsText("email_addr"))
                .containsExactly("alice@contoso.example", "bob@contoso.example");
        assertThat(swarm.at("/evidences/0/src_endpoint/ip").textValue()).isEqualTo("203.0.113.9");
        assertThat(swarm.at("/evidences/0").has("actor")).isFalse();
    }

    @Test
    @DisplayName("What stood in an address's place and is none is an endpoint's name, and no address")
    void noAddress() throws IOException {
        JsonNode odd = document(odd());

        assertThat(odd.path("evidences").findValuesAsText("ip")).containsExactly("203.0.113.9");
        assertThat(odd.path("evidences").findValues("src_endpoint").stream()
                        .map(endpoint -> endpoint.path("name").asText())
                        .filter(name -> !name.isEmpty()))
                .containsExactly("jump.example", "10.0.0.1:443", "unknown");
        assertThat(odd.at("/evidences/1/actor/user/name").textValue()).isEqualTo("mallory@contoso.example");
        assertThat(odd.path("observables").findValuesAsText("value")).doesNotContain("10.0.0.1:443", "unknown");
    }

    /** Of a rule that has a text among the addresses, and one that is no number for a network. */
    private static Sample odd() {
        return Sample.of(AlertStage.ON_TIME)
                .with("Esql.source_ip_values", List.of("10.0.0.1:443", "203.0.113.9", "unknown"))
                .with("vaultwatch.source_address_values", List.of("jump.example"))
                .with("vaultwatch.source_as_number_values", List.of("AS64500"));
    }

    @Test
    @DisplayName("Without a vault's id, its name is the resource")
    void vaultName() throws IOException {
        assertThat(document(swarm()).path("resources"))
                .isEqualTo(JSON.readTree("[{\"name\": \"KV-PAY\", \"type\": \"Azure Key Vault\"}]"));
        assertThat(document(Sample.of(AlertStage.ON_TIME).with("azure.resource.name", "KV-PAY"))
                        .path("resources")
                        .findValues("uid"))
                .hasSize(2);
    }

    private static Sample swarm() {
        return Sample.of(AlertStage.ON_TIME)
                .about(
                        Map.of("vault", "KV-PAY"),
                        Map.of(
                                "vault",
                                "KV-PAY",
                                "source.ip",
                                "203.0.113.9",
                                "user.name",
                                List.of("alice@contoso.example", "bob@contoso.example")));
    }

    @ParameterizedTest
    @CsvSource({
        "m@c, c",
        "mallory@Contoso.Example, contoso.example",
        "m_home.example#EXT#@contoso.example, contoso.example",
        "@contoso.example,",
        "mallory@,",
        "mallory,"
    })
    @DisplayName("A user name that has the form of an address is one, with its domain")
    void address(String name, String domain) throws IOException {
        JsonNode user =
                document(Sample.of(AlertStage.ON_TIME).with(Sample.UPN, name)).at("/evidences/0/actor/user");

        assertThat(user.path("name").textValue()).isEqualTo(name);
        assertThat(user.path("email_addr").textValue()).isEqualTo(domain == null ? null : name);
        assertThat(user.path("domain").textValue()).isEqualTo(domain);
    }

    // ---- the check

    private static JsonNode document(Sample alert) throws IOException {
        return JSON.readTree(OCSF.render(alert));
    }

    private static JsonNode schema() {
        try {
            return JSON.readTree(Files.readString(Path.of("src/test/resources/ocsf/detection-finding-1.5.0.json")));
        } catch (IOException e) {
            throw new IllegalStateException("The schema's facts can't be read", e);
        }
    }

    private static JsonNode schemaOf(String object) {
        return schema().path("objects").path(object);
    }

    private static List<String> faults(JsonNode document) {
        List<String> faults = new ArrayList<>();
        checkObject("", document, "detection_finding", schema().path("class"), schema(), faults);
        return faults;
    }

    private static void checkObject(
            String at, JsonNode node, String name, JsonNode object, JsonNode schema, List<String> faults) {
        JsonNode attributes = object.path("attributes");
        node.properties().forEach(entry -> {
            JsonNode attribute = attributes.path(entry.getKey());
            String here = at + "/" + entry.getKey();
            if (attribute.isMissingNode()) {
                faults.add(here + " is no attribute of " + name);
            } else if (attribute.path("array").booleanValue()) {
                if (entry.getValue().isArray()) {
                    for (int i = 0; i < entry.getValue().size(); i++) {
                        checkValue(here + "/" + i, entry.getValue().get(i), attribute, schema, faults);
                    }
                } else {
                    faults.add(here + " is no array");
                }
            } else {
                checkValue(here, entry.getValue(), attribute, schema, faults);
            }
        });
        attributes.properties().forEach(entry -> {
            if (entry.getValue().path("requirement").asText().equals("required") && !node.has(entry.getKey())) {
                faults.add(at + "/" + entry.getKey() + " is required");
            }
        });
        JsonNode needed = object.at("/constraints/at_least_one");
        if (needed.isArray()) {
            List<String> names = new ArrayList<>();
            needed.forEach(each -> names.add(each.textValue()));
            if (names.stream().noneMatch(node::has)) {
                faults.add(at + " needs one of " + names);
            }
        }
    }

    private static void checkValue(
            String at, JsonNode value, JsonNode attribute, JsonNode schema, List<String> faults) {
        String type = attribute.path("type").textValue();
        JsonNode object = schema.path("objects").path(type);
        if (!object.isMissingNode()) {
            checkObject(at, value, type, object, schema, faults);
            return;
        }
        boolean fits = switch (type) {
            case "object", "json_t" -> value.isObject();
            case "integer_t" -> value.canConvertToInt() && value.isIntegralNumber();
            case "long_t", "timestamp_t" -> value.isIntegralNumber();
            case "boolean_t" -> value.isBoolean();
            case "email_t" -> value.isTextual() && value.textValue().matches("[^@\\s]+@[^@\\s]+");
            case "ip_t" -> value.isTextual() && value.textValue().matches("[0-9a-fA-F.:]+");
            case "url_t" -> value.isTextual() && value.textValue().startsWith("https://");
            case "string_t", "username_t", "hostname_t", "resource_uid_t" -> value.isTextual();
            default -> false;
        };
        if (!fits) {
            faults.add(at + " is no " + type);
        }
        JsonNode numbers = attribute.path("enum");
        if (fits && numbers.isObject() && !numbers.has(value.asText())) {
            faults.add(at + " has the number " + value.asText() + ", which the schema does not");
        }
    }
}
