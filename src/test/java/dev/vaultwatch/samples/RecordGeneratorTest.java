package dev.vaultwatch.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.vaultwatch.samples.RecordGenerator.Options;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordGeneratorTest {

    private final JsonMapper mapper = new JsonMapper();

    @Test
    void givenHarvestsAndBusyPeopleWhenTheRecordsAreReadBackThenCountingThemGivesTheExpectedAlerts()
            throws IOException {
        // 300 people at 100 records a second: about 8 reads a person's minute, so some background alerts too.
        RecordGenerator generator =
                generator("--records", "20000", "--upns", "300", "--rate", "100", "--harvests", "3");
        ExpectedAlerts recounted = new ExpectedAlerts();
        for (JsonNode record : records(generator)) {
            JsonNode claim = record.at("/identity/claim");
            String upn = claim.has("upn")
                    ? claim.get("upn").asText()
                    : claim.path(WireShapes.UPN_BY_URL).asText(null);
            recounted.count(time(record).toEpochMilli(), upn, action(record));
        }

        List<ExpectedAlert> expected = generator.expected();

        assertThat(expected).hasSizeGreaterThan(20).isEqualTo(recounted.alerts());
    }

    @Test
    void givenUpstreamIdentityWhenTheRecordsAreReadBackThenOnlyTheUpnClaimIsCounted() throws IOException {
        RecordGenerator generator =
                generator("--records", "20000", "--upns", "300", "--rate", "100", "--identity", "upstream");
        ExpectedAlerts recounted = new ExpectedAlerts();
        for (JsonNode record : records(generator)) {
            recounted.count(time(record).toEpochMilli(), claim(record, "upn"), action(record));
        }

        assertThat(generator.expected()).isNotEmpty().isEqualTo(recounted.alerts());
    }

    @Test
    void givenAQuietBackgroundWhenHarvestedThenTheAlertsAreTheHarvests() throws IOException {
        RecordGenerator generator = generator("--records", "30000", "--rate", "100", "--harvests", "4");
        generator.writeTo(new ByteArrayOutputStream());

        assertThat(generator.expected()).hasSize(4).allSatisfy(alert -> {
            assertThat(alert.upn()).isGreaterThanOrEqualTo("user0020000@");
            assertThat(alert.eventCount()).isEqualTo(40);
            assertThat(alert.actions()).hasSize(5);
        });
    }

    @Test
    void givenDefaultSharesWhenManyRecordsAreWrittenThenSizesAndSharesAreAsAsked() throws IOException {
        List<JsonNode> records = new ArrayList<>();
        long bytes = 0;
        RecordGenerator generator = generator("--records", "20000");
        while (generator.hasNext()) {
            byte[] record = generator.next();
            bytes += record.length;
            records.add(mapper.readTree(record));
        }

        assertThat(bytes / records.size()).isBetween(1300L, 1500L);
        double reads = share(records, record -> Operations.isRead(action(record)));
        // The challenge carries no identity either, whoever is behind it.
        double noUpn = share(
                records,
                record -> claim(record, "upn") == null
                        && claim(record, WireShapes.UPN_BY_URL) == null
                        && !action(record).equals("Authentication"));
        assertThat(reads).isCloseTo(0.60, within(0.02));
        assertThat(noUpn).isCloseTo(0.30, within(0.02));
    }

    @Test
    void givenADisorderWhenTimesAreReadThenNoneIsEarlierThanTheNewestByMore() throws IOException {
        Instant newest = Instant.MIN;
        for (JsonNode record : records(generator("--records", "5000", "--disorder-ms", "2000"))) {
            Instant time = time(record);
            newest = time.isAfter(newest) ? time : newest;
            assertThat(time).isAfter(newest.minus(Duration.ofMillis(2001)));
        }
    }

    @Test
    void givenTheSameOptionsWhenWrittenTwiceThenTheBytesAreTheSame() throws IOException {
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        ByteArrayOutputStream second = new ByteArrayOutputStream();
        generator("--records", "2000", "--harvests", "1").writeTo(first);
        generator("--records", "2000", "--harvests", "1").writeTo(second);

        assertThat(first.toByteArray()).isEqualTo(second.toByteArray());
    }

    @Test
    void givenFilesWhenRunFromTheCommandLineThenBothHoldALineEach(@TempDir Path folder) throws IOException {
        Path out = folder.resolve("records.ndjson");
        Path expect = folder.resolve("alerts.ndjson");

        RecordGenerator.main(new String[] {
            "--records",
            "12000",
            "--rate",
            "50",
            "--harvests",
            "1",
            "--out",
            out.toString(),
            "--expect",
            expect.toString()
        });

        assertThat(Files.readAllLines(out)).hasSize(12_000);
        assertThat(Files.readString(expect, StandardCharsets.UTF_8))
                .matches("\\{\"minute\":\"2026-11-03T00:0\\d:00Z\",\"upn\":\"user0020000@contoso.example\","
                        + "\"event_count\":40,\"actions\":\\[.*]}\n");
    }

    @Test
    void givenAnUnknownOptionWhenParsedThenItIsNamed() {
        assertThatThrownBy(() -> Options.parse("--record", "1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--record");
    }

    private static RecordGenerator generator(String... options) {
        return new RecordGenerator(Options.parse(options));
    }

    private List<JsonNode> records(RecordGenerator generator) throws IOException {
        List<JsonNode> records = new ArrayList<>();
        while (generator.hasNext()) {
            records.add(mapper.readTree(generator.next()));
        }
        return records;
    }

    private static double share(List<JsonNode> records, Predicate<JsonNode> wanted) {
        return records.stream().filter(wanted).count() / (double) records.size();
    }

    private static Instant time(JsonNode record) {
        return Instant.parse(record.get("time").asText());
    }

    private static String action(JsonNode record) {
        return record.get("operationName").asText();
    }

    private static @Nullable String claim(JsonNode record, String name) {
        return record.at("/identity/claim").path(name).asText(null);
    }
}
