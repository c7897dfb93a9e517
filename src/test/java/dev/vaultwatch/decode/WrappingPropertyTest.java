package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.samples.Fact;
import dev.vaultwatch.samples.KeyVaultScenario;
import dev.vaultwatch.samples.WireShapes;
import dev.vaultwatch.samples.Wrappers;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Random records in random nestings of wrappers")
class WrappingPropertyTest {
    private static final long SEED = Long.getLong("vaultwatch.fuzz.seed", 20261125);
    private static final int CASES = Outcome.cases(1_500);

    private final Wrappers wrappers = new Wrappers();
    private final WireShapes shapes = new WireShapes();
    private final List<Fact> facts = KeyVaultScenario.quietHour();

    @Test
    @DisplayName("give the events of the records alone, from bytes, a stream and a map")
    void sameEvents() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < CASES; i++) {
            List<Map<String, Object>> records = records(random);
            List<KeyVaultEvent> expected = events(records);
            Map<String, Object> wrapped = wrappers.wrap(records, random);
            byte[] json = shapes.json(wrapped);
            byte[] line = wrappers.line(wrapped, random).getBytes(StandardCharsets.UTF_8);

            for (Outcome outcome : List.of(
                    Outcome.of(json, IdentityMode.MERGED),
                    Outcome.read(json, Outcome.MAX_BYTES),
                    Outcome.of(line, IdentityMode.MERGED),
                    Outcome.read(line, Outcome.MAX_BYTES),
                    Outcome.of(wrapped))) {
                String said = "seed " + SEED + ", case " + i + ": " + new String(line, StandardCharsets.UTF_8);
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
            byte[] damaged = shapes.json(wrappers.wrap(records(random), random));
            int at = 1 + random.nextInt(damaged.length - 2);
            damaged[at] = (byte) "{}[]\",:\\'x0 \u00ff".charAt(random.nextInt(13));
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            stream.writeBytes(shapes.json(wrappers.wrap(before, random)));
            stream.write('\n');
            stream.writeBytes(damaged);
            stream.write('\n');
            stream.writeBytes(shapes.json(wrappers.wrap(after, random)));
            stream.write('\n');

            for (Outcome outcome : List.of(
                    Outcome.of(stream.toByteArray(), IdentityMode.MERGED),
                    Outcome.read(stream.toByteArray(), Outcome.MAX_BYTES))) {
                String said = "seed " + SEED + ", case " + i + ": " + stream.toString(StandardCharsets.UTF_8);
                int others = before.size() + after.size();
                assertThat(outcome.events).as(said).containsAll(events(before)).containsAll(events(after));
                assertThat(outcome.records()).as(said).isGreaterThan(others);
                assertThat(outcome.letters)
                        .as(said)
                        .noneMatch(letter -> letter.reason() == dev.vaultwatch.api.DeadLetter.Reason.INTERNAL);
            }
        }
    }

    @Test
    @DisplayName("damaged in any way: the fast way through wrappers finds what the parser finds")
    void asTheParser() {
        SplittableRandom random = new SplittableRandom(SEED);
        KeyVaultDecoder parser = new KeyVaultDecoder(IdentityMode.MERGED, Outcome.MAX_BYTES, false);
        String[] odd = {
            "{",
            "}",
            "[",
            "]",
            "\"",
            ",",
            ":",
            "\\",
            "\\u00",
            "\\ud800",
            "\\x",
            "01",
            "1e5",
            "-",
            ".5",
            "tru",
            "null",
            "\t",
            "\u0001",
            "\u00e9",
            "\ud83d\ude00",
            " ",
            "\n",
            "\"hits\":{",
            "\"records\":[",
            "\"time\":\"x\",",
            "\"category\":1,"
        };
        for (int i = 0; i < CASES; i++) {
            StringBuilder text = new StringBuilder(wrappers.text(wrappers.wrap(records(random), random)));
            for (int n = random.nextInt(4); n > 0; n--) {
                int at = random.nextInt(Math.min(text.length(), random.nextBoolean() ? 80 : Integer.MAX_VALUE));
                text.replace(at, Math.min(text.length(), at + random.nextInt(3)), odd[random.nextInt(odd.length)]);
            }
            byte[] json = text.toString().getBytes(StandardCharsets.UTF_8);
            if (random.nextInt(8) == 0) {
                json[random.nextInt(json.length)] = (byte) random.nextInt(256);
            }
            Outcome expected = new Outcome();
            parser.decode(json, 0, json.length, Outcome.ALL, expected);

            assertThat(Outcome.of(json, IdentityMode.MERGED))
                    .as("seed " + SEED + ", case " + i + ": " + text)
                    .hasToString(expected.toString());
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
}
