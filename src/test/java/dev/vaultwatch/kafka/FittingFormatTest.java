package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.LateEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.testkit.AlertBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A format whose text fits into a message")
class FittingFormatTest {
    private static final int MOST = 20_000;

    private static Alert alert(int values, String value) {
        List<String> list =
                IntStream.range(0, values).mapToObj(i -> value + i).sorted().toList();
        return AlertBuilder.alert()
                .output("source_ip_values", list)
                .output("resource_name_values", List.of("CONTOSO-HR"))
                .build();
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ecs", "ocsf", "cef", "text"})
    @DisplayName("An alert that fits is written as it is")
    void fits(String name) {
        AlertFormat format = AlertFormat.named(name);

        assertThat(new FittingFormat(format, MOST).render(alert(20, "v"))).isEqualTo(format.render(alert(20, "v")));
        assertThat(new FittingFormat(format, MOST).name()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ecs", "ocsf"})
    @DisplayName("Of one that doesn't the lists are cut, to no less than half of what fits")
    void cut(String name) {
        AlertFormat format = AlertFormat.named(name);
        Alert large = alert(1_000, "ä".repeat(20));

        String text = new FittingFormat(format, MOST).render(large);

        assertThat(bytes(format.render(large))).isGreaterThan(MOST);
        assertThat(bytes(text)).isBetween(MOST / 3, MOST);
    }

    @Test
    @DisplayName("It says how many values a list had, and all else as the whole alert")
    void said() throws IOException {
        Alert large = alert(1_000, "v".repeat(40));
        AlertFormat ecs = AlertFormat.named("ecs");

        JsonNode cut = new ObjectMapper().readTree(new FittingFormat(ecs, MOST).render(large));
        JsonNode whole = new ObjectMapper().readTree(ecs.render(large));

        assertThat(cut.findValue("truncated").toString()).contains("1000").doesNotContain("resource_name");
        assertThat(cut.findValue("truncated").size()).isOne();
        assertThat(differing(whole, cut)).isEqualTo("source_ip_values vaultwatch");
    }

    /** The names of the members that differ. */
    private static String differing(JsonNode one, JsonNode other) {
        return String.join(
                " ",
                one.properties().stream()
                        .map(Map.Entry::getKey)
                        .filter(name -> !one.get(name).equals(other.get(name)))
                        .sorted()
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ecs", "ocsf", "text"})
    @DisplayName(
            "Of one that is too large with a value a list the texts are cut, the key's too, and its id is the same")
    void longTexts(String name) {
        Alert large = AlertBuilder.alert()
                .upn("\uD83D\uDE00ä".repeat(MOST))
                .output("note", "x".repeat(MOST))
                .output("source_ip_values", List.of("1", "2", "y".repeat(MOST)))
                .build();

        String text = new FittingFormat(AlertFormat.named(name), MOST).render(large);

        assertThat(bytes(text)).isLessThanOrEqualTo(MOST);
        assertThat(text).contains(large.id()).contains("…").doesNotContain("\uFFFD");
    }

    @Test
    @DisplayName("A late event's texts are cut, so that it fits into a message whoever made it")
    void lateEvents() {
        String text = "\u0001".repeat(1 << 20);
        Map<String, String> fields = new TreeMap<>();
        for (Property property : Property.values()) {
            fields.put(property.ecs(), text);
        }
        LateEvent late = new LateEvent("hub-0", Instant.EPOCH, Instant.EPOCH.plusSeconds(1), fields);

        assertThat(OutRecord.of(late).value()).hasSizeLessThan(1_000_000);
        assertThat(new String(OutRecord.of(late).value(), StandardCharsets.UTF_8))
                .contains("…");
    }
}
