package dev.vaultwatch.samples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The generator of whole populations")
class PopulationGeneratorTest {
    private final JsonMapper mapper = new JsonMapper();

    @ParameterizedTest
    @EnumSource
    @DisplayName("gives the same bytes and alerts for the same seed")
    void deterministic(Profile profile) {
        PopulationGenerator one = new PopulationGenerator(profile, 500, 7);
        PopulationGenerator other = new PopulationGenerator(profile, 500, 7);

        while (one.hasNext()) {
            assertThat(one.next()).isEqualTo(other.next());
        }

        assertThat(other.hasNext()).isFalse();
        assertThat(one.expected()).isEqualTo(other.expected());
    }

    @Test
    @DisplayName("has the shares that it says, and the alerts that counting its records gives")
    void shares() throws IOException {
        PopulationGenerator generator = new PopulationGenerator(Profile.POPULATION, 20_000, 7);
        ExpectedAlerts recounted = new ExpectedAlerts();
        Map<String, Integer> byUser = new HashMap<>();
        int reads = 0;
        int foreign = 0;
        int escaped = 0;
        int programs = 0;
        List<Instant> times = new ArrayList<>();
        while (generator.hasNext()) {
            byte[] line = generator.next();
            JsonNode record = mapper.readTree(line);
            JsonNode claim = record.at("/identity/claim");
            String upn = claim.has("upn")
                    ? claim.get("upn").asText()
                    : claim.path(WireShapes.UPN_BY_URL).asText(null);
            String text = new String(line, StandardCharsets.UTF_8);
            foreign += text.length() < line.length ? 1 : 0;
            escaped += text.indexOf('\\') >= 0 ? 1 : 0;
            programs += claim.path("idtyp").asText().equals("app") ? 1 : 0;
            reads += Operations.isRead(record.get("operationName").asText()) ? 1 : 0;
            times.add(Instant.parse(record.get("time").asText()));
            if (upn != null) {
                byUser.merge(upn.toLowerCase(Locale.ROOT), 1, Integer::sum);
                recounted.count(
                        times.get(times.size() - 1).toEpochMilli(),
                        upn.toLowerCase(Locale.ROOT),
                        record.get("operationName").asText());
            }
        }

        assertThat(generator.expected()).hasSizeGreaterThan(30).isEqualTo(recounted.alerts());
        assertThat(reads).isBetween(11_600, 12_400);
        assertThat(foreign).isBetween(400, 2_400);
        assertThat(escaped).isBetween(50, 160);
        assertThat(programs).isBetween(5_000, 6_500);
        assertThat(times).isNotEqualTo(times.stream().sorted().toList());
        int busiest = byUser.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
        assertThat(busiest)
                .as("Zipf's first of 20,000 has a share of 1 in 10.5")
                .isBetween(1_000, 1_700);
    }
}
