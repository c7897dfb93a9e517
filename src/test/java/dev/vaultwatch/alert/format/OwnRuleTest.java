package dev.vaultwatch.alert.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.AlertStage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** An alert of a rule that says nothing of labels and fields: it reads well all the same. */
class OwnRuleTest {
    private final Sample ofAVault = Sample.of(AlertStage.ON_TIME)
            .about(
                    Map.of("vault", "KV-PAY"),
                    Map.of("vault", "KV-PAY", "upn", List.of("a@contoso.example", "b@contoso.example")));

    @Test
    @DisplayName("The first line says what kind of thing was judged, where it is no user")
    void key() {
        assertThat(ofAVault.toText().lines().findFirst())
                .hasValue("[HIGH 70] vault KV-PAY: 2026-11-03 02:41 to 02:42 UTC");
    }

    @Test
    @DisplayName("Outputs stand under their own names, the key only once")
    void outputs() {
        assertThat(ofAVault.toText().lines())
                .contains("  upn     a@contoso.example, b@contoso.example")
                .noneMatch(line -> line.startsWith("  vault "));
    }

    @Test
    @DisplayName("An output, or a key, named as an event's property is the ECS field that it is")
    void fields() throws IOException {
        JsonNode document = new ObjectMapper()
                .readTree(Sample.of(AlertStage.ON_TIME)
                        .about(Map.of("sourceIp", "203.0.113.9"), Map.of("upn", List.of("a@contoso.example")))
                        .toEcsJson());

        assertThat(document.at("/source/ip").textValue()).isEqualTo("203.0.113.9");
        assertThat(document.at("/user/name").textValue()).isEqualTo("a@contoso.example");
    }

    @Test
    @DisplayName("A group without the property that names it says so")
    void none() {
        assertThat(Sample.of(AlertStage.ON_TIME)
                        .about(Map.of("upn", ""), Map.of())
                        .toText())
                .startsWith("[HIGH 70] (no user name): ");
    }

    @Test
    @DisplayName("A user stands first, whatever else the rule groups by, and other parts by a person's word for them")
    void order() {
        assertThat(Sample.of(AlertStage.ON_TIME)
                        .about(
                                new TreeMap<>(Map.of(
                                        "action", "KeyGet", "sourceIp", "203.0.113.9", "upn", "a@contoso.example")),
                                Map.of())
                        .toText())
                .startsWith("[HIGH 70] a@contoso.example / action KeyGet / address 203.0.113.9: ");
    }

    @Test
    @DisplayName("An output that holds what the key holds is not shown again, under whatever name of the field")
    void once() {
        assertThat(Sample.of(AlertStage.ON_TIME)
                        .about(
                                Map.of("vault", "KV-PAY"),
                                Map.of("azure.resource.name", "KV-PAY", "source.ip", "203.0.113.9"))
                        .toText())
                .containsOnlyOnce("KV-PAY")
                .contains("203.0.113.9");
    }
}
