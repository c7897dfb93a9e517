package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The oracle knows nothing of how members are looked into: the test writes the documents, and so knows which records are in them. */
@DisplayName("A random document with several members that carry records")
class CarriersPropertyTest {
    private static final long SEED = Long.getLong("vaultwatch.fuzz.seed", 20261128);
    private static final int CASES = Outcome.cases(3_000);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String[] KNOWN = {
        "message", "original", "event", "log", "_raw", "payload", "data", "Body", "record", "full_message", "result"
    };
    private static final String[] NESTED = {"event.original", "log.original", "kafka.value"};
    private static final String[] OTHERS = {"first", "copy", "auditJson"};

    private enum Form {
        OBJECT,
        TEXT,
        BASE64,
        ARRAY,
        TEXT_OF_ARRAY
    }

    /** A record by its number: two of the same number say the same operation. */
    private static String record(int number, boolean spaced) {
        String json =
                "{\"time\":\"2026-11-03T02:41:%02d.100Z\",\"category\":\"AuditEvent\",\"operationName\":\"SecretGet\","
                                .formatted(number)
                        + "\"resultType\":\"Success\",\"correlationId\":\"5a0b6f6e-0000-4000-8000-0000000000%02d\","
                                .formatted(number)
                        + "\"identity\":{\"claim\":{\"upn\":\"mallory@contoso.example\"}},"
                        + "\"properties\":{\"id\":\"https://v.vault.azure.net/secrets/s%d\"}}".formatted(number);
        return spaced ? json.replace(",\"", ", \"") : json;
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String carried(Form form, List<Integer> numbers, boolean spaced) {
        String all = numbers.stream().map(number -> record(number, spaced)).collect(Collectors.joining(","));
        String one = record(numbers.get(0), spaced);
        return switch (form) {
            case OBJECT -> one;
            case TEXT -> quoted(one);
            case BASE64 -> quoted(Base64.getEncoder().encodeToString(one.getBytes(StandardCharsets.UTF_8)));
            case ARRAY -> '[' + all + ']';
            case TEXT_OF_ARRAY -> quoted('[' + all + ']');
        };
    }

    @Test
    @DisplayName("gives each record once, whatever carries it and in which order")
    void eachOnce() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < CASES; i++) {
            Map<String, String> members = new LinkedHashMap<>();
            Map<Integer, Long> expected = new TreeMap<>();
            int carriers = 2 + random.nextInt(2);
            int records = 1 + random.nextInt(3);
            for (int n = 0; n < carriers; n++) {
                String[] names = random.nextInt(3) == 0 ? NESTED : random.nextInt(3) == 0 ? OTHERS : KNOWN;
                String name = names[random.nextInt(names.length)];
                if (members.keySet().stream()
                        .anyMatch(member -> member.split("\\.", -1)[0].equals(name.split("\\.", -1)[0]))) {
                    continue;
                }
                Form form = Form.values()[random.nextInt(Form.values().length)];
                List<Integer> numbers = IntStream.range(
                                0, form == Form.ARRAY || form == Form.TEXT_OF_ARRAY ? 1 + random.nextInt(records) : 1)
                        .boxed()
                        .collect(Collectors.toCollection(ArrayList::new));
                int shift = random.nextInt(records);
                numbers.replaceAll(number -> (number + shift) % records);
                numbers.forEach(number -> expected.put(number, 1L));
                members.put(name, carried(form, numbers, random.nextInt(4) == 0));
            }
            String json = members.entrySet().stream()
                    .map(member -> {
                        String[] path = member.getKey().split("\\.", -1);
                        return path.length == 1
                                ? quoted(path[0]) + ":" + member.getValue()
                                : quoted(path[0]) + ":{" + quoted(path[1]) + ":" + member.getValue() + "}";
                    })
                    .collect(Collectors.joining(",", "{\"@timestamp\":\"2026-11-03T02:45:00Z\",", "}"));
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            for (Outcome outcome : List.of(
                    Outcome.of(bytes, IdentityMode.MERGED),
                    Outcome.read(bytes, Outcome.MAX_BYTES),
                    Outcome.of(JSON.readValue(json, new TypeReference<LinkedHashMap<String, Object>>() {})))) {
                assertThat(outcome.events.stream()
                                .collect(Collectors.groupingBy(
                                        event -> (int) (event.time() / 1000 % 60), Collectors.counting())))
                        .as("seed " + SEED + ", case " + i + ": " + json)
                        .isEqualTo(expected);
                assertThat(outcome.records()).as(json).isEqualTo(expected.size());
            }
        }
    }

    @Test
    @DisplayName("counts a second record as ignored where no rule wants it, also where it had to be compared")
    void ignored() {
        String unwanted = record(1, false).replace("SecretGet", "KeySign");
        String json =
                "{\"log\":" + quoted(record(0, false)) + ",\"message\":[" + record(0, false) + "," + unwanted + "]}";
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        Outcome outcome = new Outcome();

        new KeyVaultDecoder(IdentityMode.MERGED, Outcome.MAX_BYTES)
                .decode(bytes, 0, bytes.length, "SecretGet"::equals, outcome);

        assertThat(outcome.actions()).containsExactly("SecretGet");
        assertThat(outcome.reasons).containsExactly(Ignored.ACTION);
        assertThat(outcome.records()).isEqualTo(2);
    }
}
