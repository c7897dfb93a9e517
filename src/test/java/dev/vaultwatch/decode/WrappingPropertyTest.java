package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.samples.Fact;
import dev.vaultwatch.samples.KeyVaultScenario;
import dev.vaultwatch.samples.WireShapes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Random records in random nestings of wrappers")
class WrappingPropertyTest {
    private static final long SEED = Long.getLong("vaultwatch.fuzz.seed", 20261125);
    private static final int CASES = 1_500;
    private static final int MOST_WRAPPERS = 5;

    private final WireShapes shapes = new WireShapes();
    private final List<Fact> facts = KeyVaultScenario.quietHour();

    @Test
    @DisplayName("give the events of the records alone, from bytes, a stream and a map")
    void sameEvents() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < CASES; i++) {
            List<Map<String, Object>> records = records(random);
            List<KeyVaultEvent> expected = events(records);
            Map<String, Object> wrapped = wrap(records, random);
            byte[] json = shapes.json(wrapped);

            for (Outcome outcome : List.of(
                    Outcome.of(json, IdentityMode.MERGED),
                    Outcome.read(json, Outcome.MAX_BYTES),
                    Outcome.of(wrapped))) {
                String said = "seed " + SEED + ", case " + i + ": " + new String(json, StandardCharsets.UTF_8);
                assertThat(outcome.events).as(said).isEqualTo(expected);
                assertThat(outcome.records()).as(said).isEqualTo(expected.size());
            }
        }
    }

    @Test
    @DisplayName("damaged in one document: that one is reported, and every record of the others")
    void accounting() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < CASES; i++) {
            List<Map<String, Object>> before = records(random);
            List<Map<String, Object>> after = records(random);
            byte[] damaged = shapes.json(wrap(records(random), random));
            int at = 1 + random.nextInt(damaged.length - 2);
            damaged[at] = (byte) "{}[]\",:\\'x0 \u00ff".charAt(random.nextInt(13));
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            stream.writeBytes(shapes.json(wrap(before, random)));
            stream.write('\n');
            stream.writeBytes(damaged);
            stream.write('\n');
            stream.writeBytes(shapes.json(wrap(after, random)));
            stream.write('\n');

            for (Outcome outcome : List.of(
                    Outcome.of(stream.toByteArray(), IdentityMode.MERGED),
                    Outcome.read(stream.toByteArray(), Outcome.MAX_BYTES))) {
                String said = "seed " + SEED + ", case " + i + ": " + new String(damaged, StandardCharsets.UTF_8);
                int others = before.size() + after.size();
                assertThat(outcome.events).as(said).containsAll(events(before)).containsAll(events(after));
                assertThat(outcome.records()).as(said).isGreaterThan(others);
                assertThat(outcome.letters)
                        .as(said)
                        .noneMatch(letter -> letter.reason() == dev.vaultwatch.api.DeadLetter.Reason.INTERNAL);
            }
        }
    }

    private List<KeyVaultEvent> events(List<Map<String, Object>> records) {
        return records.stream()
                .map(record ->
                        Outcome.of(shapes.json(record), IdentityMode.MERGED).event())
                .toList();
    }

    private List<Map<String, Object>> records(SplittableRandom random) {
        List<Map<String, Object>> records = new ArrayList<>();
        for (int n = random.nextInt(3); n >= 0; n--) {
            Fact fact = facts.get(random.nextInt(facts.size()));
            records.add(
                    switch (random.nextInt(5)) {
                        case 0 -> shapes.azureDiagnostics(fact);
                        case 1 -> shapes.auditLogs(fact);
                        case 2 -> shapes.auditLogsWithTextIdentity(fact);
                        case 3 -> shapes.ecs(fact);
                        default -> shapes.raw(fact);
                    });
        }
        return records;
    }

    private Map<String, Object> wrap(List<Map<String, Object>> records, SplittableRandom random) {
        Map<String, Object> wrapped = list(records, random);
        for (int n = random.nextInt(MOST_WRAPPERS); n > 0; n--) {
            wrapped = random.nextInt(4) == 0 ? list(List.of(wrapped), random) : one(wrapped, random);
        }
        return wrapped;
    }

    /** An envelope of several. */
    private Map<String, Object> list(List<Map<String, Object>> records, SplittableRandom random) {
        List<Object> texts = new ArrayList<>();
        List<Object> hits = new ArrayList<>();
        for (Map<String, Object> record : records) {
            texts.add(text(record));
            hits.add(document("_index", "logs", "_source", record));
        }
        return switch (random.nextInt(6)) {
            case 0 -> document("records", records);
            case 1 -> document("@odata.count", records.size(), "value", records, "nextLink", "");
            case 2 -> document("results", records, "schema", List.of());
            case 3 -> document("records", texts);
            case 4 ->
                document("took", 3, "hits", document("total", document("value", records.size()), "hits", hits), "x", 1);
            default -> document("data", records);
        };
    }

    private Map<String, Object> one(Map<String, Object> inner, SplittableRandom random) {
        return switch (random.nextInt(12)) {
            case 0 -> document("@timestamp", "2026-11-03T02:45:00Z", "message", text(inner), "agent", document("x", 1));
            case 1 ->
                document("event", document("original", text(inner), "dataset", "generic"), "message", text(inner));
            case 2 -> document("time", 1793673660.123, "host", "hub", "event", inner);
            case 3 -> document("_time", 1793673660.123, "_raw", text(inner));
            case 4 -> document("preview", false, "result", document("_raw", text(inner)));
            case 5 -> document("schema", document("type", "struct"), "payload", inner);
            case 6 -> document("specversion", "1.0", "data", inner, "source", "/hub");
            case 7 ->
                document(
                        "data_base64",
                        Base64.getEncoder().encodeToString(text(inner).getBytes(StandardCharsets.UTF_8)));
            case 8 -> document("SequenceNumber", 1, "Properties", document(), "Body", text(inner));
            case 9 -> document("records", inner, "@version", "1");
            case 10 -> document("unheard_of", document("of", inner));
            default -> document("version", "1.1", "short_message", "x", "full_message", text(inner));
        };
    }

    private String text(Map<String, Object> inner) {
        return new String(shapes.json(inner), StandardCharsets.UTF_8);
    }

    private static Map<String, Object> document(Object... namesAndValues) {
        Map<String, Object> document = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            document.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return document;
    }
}
