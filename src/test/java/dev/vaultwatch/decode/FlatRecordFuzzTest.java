package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.samples.Fact;
import dev.vaultwatch.samples.KeyVaultScenario;
import dev.vaultwatch.samples.Operations;
import dev.vaultwatch.samples.WireShapes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The fast path has no opinion of its own: over records of every shape, changed in every way that one could think of, a decoder
 * with it and one without it give the same events, refusals and dead letters, in the same order.
 *
 * <p>As many records as fit into {@link #SECONDS}; with {@code -Dvaultwatch.fuzz=1000000}, so many. The seed is fixed unless
 * {@code -Dvaultwatch.fuzz.seed} gives one.
 */
class FlatRecordFuzzTest {
    private static final int SECONDS = 15;

    /** Some records are larger: what becomes of those must be the same, too. */
    private static final int SMALL_LIMIT = 1300;

    private static final String[] NAMES = {
        "time",
        "operationName",
        "OperationName",
        "category",
        "identity",
        "claim",
        "upn",
        "oid",
        "appid",
        "properties",
        "event",
        "event.action",
        "action",
        "dataset",
        "event.dataset",
        "data_stream.dataset",
        "@timestamp",
        "_source",
        "identity.claim.upn",
        "identity_claim_upn_s",
        "source",
        "source.ip",
        "ip",
        "callerIpAddress",
        "CallerIPAddress",
        "resourceId",
        "ResourceId",
        "_ResourceId",
        "Resource",
        "resultType",
        "resultSignature",
        "httpStatusCode",
        "httpStatusCode_d",
        "records",
        "value",
        "valve",
        "rfcords",
        "azure",
        "platformlogs",
        "azure.platformlogs",
        "TimeGenerated",
        "cloud",
        "agent",
        "name",
        "geo",
        "city_name",
        "SubscriptionId",
        "ResourceGroup",
        "x",
        "",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
        "objectid",
        "Region",
        "hits",
        "Records",
        "results",
        "tables",
        "columns",
        "rows",
        "values",
        "message",
        "original",
        "payload",
        "_raw",
        "unique_name",
        "preferred_username",
        "idtyp",
        "scp",
        "amr",
        "appidacr",
        "tid",
        "iss",
        "tenantId",
        "TenantId",
        "correlationId",
        "requestUri",
        "id",
        "id_s",
        "clientInfo",
        "durationMs",
        "event.duration",
        "isRbacAuthorized",
        "tlsVersion",
        "number",
        "as",
        "AdditionalFields",
        "_time",
        "_operationName",
        "identity_claim",
        "identity_claim_upn",
        "Identity",
        "time [UTC]",
        "TimeGenerated [UTC]"
    };

    private static final String[] VALUES = {
        "\"SecretGet\"",
        "\"KeyGet\"",
        "\"SecretSet\"",
        "\"secretget\"",
        "\"\"",
        "\"None\"",
        "\"none\"",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "12",
        "200",
        "200.0",
        "4e2",
        "1E+2",
        "-1.50",
        "01",
        "-",
        "1.",
        ".5",
        "+1",
        "NaN",
        "nul",
        "truex",
        "99999999999999999999999",
        "12345678901234567890123456789",
        "[]",
        "[1]",
        "[\"a\",\"b\"]",
        "[null,\"c\"]",
        "[[\"d\"]]",
        "[{\"upn\":\"e\"}]",
        "{}",
        "{\"upn\":\"f\"}",
        "{\"claim\":{\"upn\":\"g@x\"}}",
        "{\"action\":\"KeyList\",\"dataset\":\"azure.platformlogs\"}",
        "\"{'claim':{'upn':'h@x'}}\"",
        "\"{\\\"claim\\\":{\\\"upn\\\":\\\"i@x\\\"}}\"",
        "\" {\"",
        "\"a\\u0041b\"",
        "\"\\u004eone\"",
        "\"\\n\"",
        "\"\u00fc\"",
        "\"\u20ac\ud83d\ude00\"",
        "\"\\ud83d\"",
        "\"a\tb\"",
        "\"\u007f\"",
        "\"azure.platformlogs\"",
        "\"{\\\"time\\\":\\\"2026-11-03T00:00:02Z\\\",\\\"operationName\\\":\\\"KeyGet\\\"}\"",
        "{\"time\":\"2026-11-03T00:00:02Z\",\"operationName\":\"KeyGet\"}",
        "[{\"time\":\"2026-11-03T00:00:02Z\",\"operationName\":\"KeyGet\"}]",
        "{\"hits\":[{\"time\":\"2026-11-03T00:00:02Z\",\"operationName\":\"KeyGet\"}]}",
        "[{\"name\":\"time\"}]",
        "\"user\"",
        "\"app\"",
        "\" Live.com#G@X.example\"",
        "[\"pwd\",\"mfa\"]",
        "\"[\\\"pwd\\\",\\\"mfa\\\"]\"",
        "\"https://v.vault.azure.net/secrets/S/0a?api-version=7.4\"",
        "\"https://sts.windows.net/T/\"",
        "\"13/02/2026 01:02:03\"",
        "\"/Date(1793671740123)/\"",
        "1793671740",
        "1793671740.5",
        "1793671740123456",
        "\"[2001:db8::1]:443\"",
        "\"1.5\"",
        "\"AuditEvent\"",
        "\"AUDITEVENT\"",
        "\"Audit\"",
        "\"2026-11-03T00:00:01.1331231Z\"",
        "\"2026-11-03T00:00:01Z\"",
        "\"2026-11-03T00:00:01.Z\"",
        "\"2026-11-03T00:00:01.5Z\"",
        "\"2026-11-03T00:00:01,25Z\"",
        "\"2026-11-03T00:00:01.1234567891Z\"",
        "\"2026-02-29T00:00:01Z\"",
        "\"2024-02-29T23:59:59.999999999Z\"",
        "\"0000-01-01T00:00:00Z\"",
        "\"1969-12-31T23:59:59.999Z\"",
        "\"9999-12-31T23:59:59Z\"",
        "\"2026-13-01T00:00:00Z\"",
        "\"2026-11-03T24:00:00Z\"",
        "\"2026-11-03T00:60:00Z\"",
        "\"2026-11-03 00:00:00Z\"",
        "\"2026-11-03T00:00:00+01:00\"",
        "\"2026-11-03T0\u0661:00:00Z\"",
        "\"11/3/2026 2:09:00 AM\"",
        "\"1762128000000\"",
        "1762128000000",
        "\"192.0.2.1\"",
        "\"192.0.2.01\"",
        "\"::1\"",
        "\"10.0.0.1:443\"",
        "\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/N/T/V\"",
        "\"x/subscriptions/s/resourceGroups/\"",
        "\"/subscriptions/\""
    };

    /** What may be put into the middle of a text: characters of every length in UTF-8, escapes good and bad, bytes that are no UTF-8. */
    private static final String[] PIECES = {
        "\u00fc",
        "\u20ac",
        "\ud83d\ude00",
        "\\\"",
        "\\\\",
        "\\/",
        "\\b\\f\\n\\r\\t",
        "\\u00fc",
        "\\u004E",
        "\\ud83d\\ude00",
        "\\ud83d",
        "\\udc00x",
        "\\x",
        "\\u12",
        "\\u00g0",
        "\\",
        "\\u0000",
        "\u007f"
    };

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final byte[][] BROKEN = {
        {(byte) 0x80},
        {(byte) 0xc3},
        {(byte) 0xc0, (byte) 0xaf},
        {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
        {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80}
    };

    private final WireShapes shapes = new WireShapes();
    private final List<byte[]> seeds = new ArrayList<>();
    private final KeyVaultDecoder[] fast = decoders(true);

    /** Of a source whose records have their members in any order. */
    private final KeyVaultDecoder[] fastInAnyOrder = decoders(true);

    private final KeyVaultDecoder[] full = decoders(false);

    FlatRecordFuzzTest() {
        for (Fact fact : KeyVaultScenario.quietHour()) {
            for (Object record : List.of(
                    shapes.raw(fact),
                    shapes.raw(fact),
                    shapes.azureDiagnostics(fact),
                    shapes.auditLogs(fact),
                    shapes.auditLogsWithTextIdentity(fact),
                    shapes.ecs(fact),
                    shapes.ecsDotted(fact),
                    Map.of("_index", "i", "_source", shapes.ecs(fact)))) {
                seeds.add(shapes.json(record));
            }
            seeds.add(shapes.pretty(shapes.raw(fact)));
            seeds.add(shapes.json(shapes.envelope(List.of(fact, fact))));
        }
    }

    private static KeyVaultDecoder[] decoders(boolean takesFlat) {
        return new KeyVaultDecoder[] {
            new KeyVaultDecoder(IdentityMode.MERGED, Outcome.MAX_BYTES, takesFlat),
            new KeyVaultDecoder(IdentityMode.UPSTREAM, Outcome.MAX_BYTES, takesFlat),
            new KeyVaultDecoder(IdentityMode.MERGED, SMALL_LIMIT, takesFlat)
        };
    }

    @Test
    void givenMutatedRecordsWhenDecodedThenTheFastPathAndTheFullParseAgree() {
        long most = Long.getLong("vaultwatch.fuzz", Long.MAX_VALUE);
        long until = most == Long.MAX_VALUE ? System.nanoTime() + SECONDS * 1_000_000_000L : Long.MAX_VALUE;
        SplittableRandom random = new SplittableRandom(Long.getLong("vaultwatch.fuzz.seed", 20261124));
        long events = 0;
        long letters = 0;
        long count = 0;
        for (; count < most && System.nanoTime() < until; count++) {
            boolean anyOrder = random.nextInt(3) == 0;
            byte[] input = input(anyOrder, random);
            int which = random.nextInt(fast.length);
            List<Object> expected = said(full[which], input);
            List<Object> got = said((anyOrder ? fastInAnyOrder : fast)[which], input);
            if (!expected.equals(got)) {
                assertThat(got)
                        .as(
                                "input %d, any order %s, decoder %d: %s",
                                count, anyOrder, which, new String(input, StandardCharsets.UTF_8))
                        .isEqualTo(expected);
            }
            for (Object each : got) {
                events += each instanceof KeyVaultEvent ? 1 : 0;
                letters += each instanceof DeadLetter ? 1 : 0;
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%,d mutated inputs: %,d events, %,d dead letters, no difference%n",
                count,
                events,
                letters);
        // A fuzz of nothing but damage, or of none, would prove little.
        assertThat(events).isGreaterThan(count / 4);
        assertThat(letters).isGreaterThan(count / 20);
    }

    @Test
    void givenNoMutationWhenDecodedThenTheFastPathAndTheFullParseAgree() {
        for (byte[] seed : seeds) {
            for (int which = 0; which < fast.length; which++) {
                assertThat(said(fast[which], seed)).isEqualTo(said(full[which], seed));
            }
        }
    }

    @Test
    void givenMoreLayoutsThanAreRememberedWhenDecodedThenTheFastPathAndTheFullParseAgree() {
        // Each record is told twice: the second time its layout may be known. Five thousand are more than the tree
        // holds, and more than make it start anew.
        int cases = Outcome.cases(5_000);
        SplittableRandom random = new SplittableRandom(20261124);
        long events = 0;
        for (int i = 0; i < cases; i++) {
            List<String> members = new ArrayList<>(List.of(
                    "\"time\":\"2026-11-03T00:00:01." + random.nextInt(1_000) + "Z\"",
                    "\"operationName\":\"SecretGet\"",
                    "\"identity\":{\"claim\":{\"x" + random.nextInt(50) + "\":1,\"upn\":\"a" + i + "@x\"}}"));
            for (int n = random.nextInt(6); n > 0; n--) {
                members.add(random.nextInt(members.size() + 1), member(random));
            }
            String record = "{" + String.join(",", members) + "}";
            byte[] twice = (record + "\n" + record).getBytes(StandardCharsets.UTF_8);
            List<Object> got = said(fast[0], twice);
            assertThat(got).as(record).isEqualTo(said(full[0], twice));
            events += got.stream().filter(KeyVaultEvent.class::isInstance).count();
        }
        assertThat(events).isGreaterThan(cases / 2);
    }

    @Test
    void givenAValueThatWasTheSameForLongWhenItDiffersInAnyWayThenTheFastPathAndTheFullParseAgree() {
        Pattern values = Pattern.compile("(?<=:)(\"[^\"]*\"|\\d+|true|false)(?=[,}])");
        long events = 0;
        int records = Outcome.cases(8_000) / 100;
        for (byte[] seed : seeds.subList(0, records)) {
            String usual = new String(seed, StandardCharsets.UTF_8);
            said(fast[0], (usual + "\n").repeat(20).getBytes(StandardCharsets.UTF_8));
            for (MatchResult value : values.matcher(usual).results().toList()) {
                String text = value.group();
                String inner = text.startsWith("\"") ? text.substring(1, text.length() - 1) : text;
                for (String other : List.of(
                        text + "7",
                        "\"" + inner + "x\"",
                        "\"" + inner.substring(0, Math.max(0, inner.length() - 1)) + "\"",
                        "\"" + inner.substring(0, Math.max(0, inner.length() - 1)) + "q\"",
                        "\"" + inner + "\u00fc\"",
                        "\"" + inner + "\\u0041\"",
                        "\"\"",
                        "\"None\"",
                        "null",
                        "1234567",
                        "[" + text + "]")) {
                    String changed = usual.substring(0, value.start()) + other + usual.substring(value.end());
                    byte[] input = (changed + "\n" + usual).getBytes(StandardCharsets.UTF_8);
                    List<Object> got = said(fast[0], input);
                    assertThat(got).as(changed).isEqualTo(said(full[0], input));
                    events +=
                            got.stream().filter(KeyVaultEvent.class::isInstance).count();
                }
            }
        }
        assertThat(events).isGreaterThan(60L * records);
    }

    @Test
    void givenAnObjectThatLooksLikeUtf16ThenItIsADeadLetterOrUnrecognisedAndNothingIsThrown() {
        // Found by Jazzer on 2026-11-24.
        byte[] input = {0x7b, 0, 0x7d, 0, 0, 0, 0, 0, 0, 0x3a, 0x0a, 0x0a, 0x0a, 0x7b, 0x67};

        assertThat(said(fast[0], input)).isNotEmpty();
    }

    @Test
    @DisplayName("a byte order mark is no prefix, so what lies about behind the record is said")
    void byteOrderMarkBeforeDamage() {
        // Found among 1,000,000 mutated records on 2026-11-26.
        byte[] input = "\uFEFF{\"time\":\"2026-11-03T00:00:01Z\",\"operationName\":\"KeyGet\"}\n},\n"
                .getBytes(StandardCharsets.UTF_8);

        assertThat(said(fast[0], input))
                .isEqualTo(said(full[0], input))
                .filteredOn(DeadLetter.class::isInstance)
                .hasSize(1);
    }

    @Test
    void givenANumberWhereATextStoodWhenDecodedThenEachIsReadByItsOwnKind() {
        List<String> values = List.of("1", "\"1\"", "{\"a\":1}", "[1]", "null", "true", "\"\"", "-2.5", "[]", "{}");
        StringBuilder lines = new StringBuilder();
        for (int round = 0; round < 3; round++) {
            for (String value : values) {
                lines.append("{\"operationName\":\"KeyGet\",\"resultType\":")
                        .append(value)
                        .append(",\"time\":\"2026-11-03T00:00:01Z\"}\n");
            }
        }
        byte[] input = lines.toString().getBytes(StandardCharsets.UTF_8);

        assertThat(said(fast[0], input)).hasSize(2 * 30).isEqualTo(said(full[0], input));
    }

    private static List<Object> said(KeyVaultDecoder decoder, byte[] input) {
        List<Object> said = new ArrayList<>();
        decoder.decode(
                input,
                0,
                input.length,
                action -> Operations.isRead(action) || action.length() % 2 == 0,
                new EventSink() {
                    @Override
                    public void event(KeyVaultEvent event) {
                        said.add(event);
                    }

                    @Override
                    public void ignored() {
                        said.add("ignored");
                    }

                    @Override
                    public void ignored(Ignored reason) {
                        said.add(reason);
                    }

                    @Override
                    public void unrecognised(List<String> firstKeys) {
                        said.add(firstKeys);
                    }

                    @Override
                    public void userless(Userless cause) {
                        said.add(cause);
                    }

                    @Override
                    public void longTexts() {
                        said.add("long texts");
                    }

                    @Override
                    public void invalidUtf8() {
                        said.add("invalid UTF-8");
                    }

                    @Override
                    public void deadLetter(DeadLetter letter) {
                        said.add(letter);
                    }
                });
        return said;
    }

    private byte[] input(boolean anyOrder, SplittableRandom random) {
        byte[] record = seed(anyOrder, random);
        for (int n = random.nextInt(anyOrder ? 6 : 4) - (anyOrder ? 2 : 0); n >= 0; n--) {
            record = mutate(record, random);
        }
        return switch (random.nextInt(8)) {
            case 0 -> join(record, "\n", seed(anyOrder, random));
            case 1 -> join(seed(anyOrder, random), ws(random), record, "\n", seed(anyOrder, random), "\n");
            case 2 ->
                join("{\"records\":[", seed(anyOrder, random), ",", record, ws(random), ",", seed(false, random), "]}");
            case 3 -> join("[", record, ",", seed(anyOrder, random), "]");
            default -> record;
        };
    }

    private byte[] seed(boolean anyOrder, SplittableRandom random) {
        byte[] seed = seeds.get(random.nextInt(seeds.size()));
        return anyOrder ? inAnyOrder(seed, random) : seed;
    }

    private static byte[] inAnyOrder(byte[] record, SplittableRandom random) {
        try {
            return JSON.writeValueAsBytes(inAnyOrder(JSON.readTree(record), random));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode inAnyOrder(JsonNode node, SplittableRandom random) {
        if (!node.isObject()) {
            return node;
        }
        List<Map.Entry<String, JsonNode>> members = new ArrayList<>(node.properties());
        ObjectNode shuffled = JSON.createObjectNode();
        while (!members.isEmpty()) {
            Map.Entry<String, JsonNode> next = members.remove(random.nextInt(members.size()));
            shuffled.set(next.getKey(), inAnyOrder(next.getValue(), random));
        }
        return shuffled;
    }

    private static byte[] mutate(byte[] record, SplittableRandom random) {
        int at = random.nextInt(record.length + 1);
        switch (random.nextInt(20)) {
            case 0 -> {
                byte[] flipped = record.clone();
                if (at < flipped.length) {
                    flipped[at] = (byte) random.nextInt(256);
                }
                return flipped;
            }
            case 1 -> {
                return splice(record, at, Math.min(record.length, at + 1 + random.nextInt(20)), "");
            }
            case 2 -> {
                return splice(record, at, at, "{}[]\",:\\'x0 \n".charAt(random.nextInt(13)) + "");
            }
            case 3, 4, 5 -> {
                // A member more: often a name that is there already, before or after it, or deeper.
                int bracket = next(record, at, '{');
                return bracket < 0 ? record : splice(record, bracket + 1, bracket + 1, member(random) + ",");
            }
            case 6, 7 -> {
                int bracket = next(record, at, '}');
                return bracket < 0 ? record : splice(record, bracket, bracket, "," + member(random));
            }
            case 8 -> {
                int comma = next(record, at, ',');
                return comma < 0 ? record : splice(record, comma, comma, "," + member(random));
            }
            case 9 -> {
                // Another value for a name that is there.
                int colon = next(record, at, ':');
                int end = colon < 0 ? -1 : next(record, colon, ',');
                return end < 0 ? record : splice(record, colon + 1, end, value(random));
            }
            case 10 -> {
                // Another name for a value that is there.
                int quote = next(record, at, '"');
                int end = quote < 0 ? -1 : next(record, quote + 1, '"');
                return end < 0 ? record : splice(record, quote + 1, end, NAMES[random.nextInt(NAMES.length)]);
            }
            case 11 -> {
                if (at >= record.length || !Character.isLetter(record[at])) {
                    return record;
                }
                char c = (char) record[at];
                return splice(
                        record,
                        at,
                        at + 1,
                        switch (random.nextInt(3)) {
                            case 0 -> "" + (char) (c ^ 0x20);
                            case 1 -> String.format(Locale.ROOT, "\\u%04x", (int) c);
                            default -> "\u00fc";
                        });
            }
            case 12 -> {
                int sign = next(record, at, ":,{}".charAt(random.nextInt(4)));
                return sign < 0 ? record : splice(record, sign + random.nextInt(2), sign + 1, ws(random));
            }
            case 13, 14, 15, 16 -> {
                // In half of the cases the caller's program, which is read with its escapes.
                int client = random.nextBoolean() ? indexOf(record, "lientInfo\":\"", 0) : -1;
                int text =
                        client >= 0 ? client + 12 + random.nextInt(8) : next(record, at, '"') + 1 + random.nextInt(4);
                int place = Math.min(text, record.length);
                return random.nextInt(12) == 0
                        ? spliceBytes(record, place, BROKEN[random.nextInt(BROKEN.length)])
                        : splice(record, place, place, PIECES[random.nextInt(PIECES.length)]);
            }
            case 17 -> {
                // An object as its own text, if it is none of damage.
                int bracket = indexOf(record, ":{", at);
                int end = bracket < 0 ? -1 : endOfObject(record, bracket + 1);
                return end < 0 ? record : splice(record, bracket + 1, end, asText(record, bracket + 1, end));
            }
            case 18 -> {
                // All of a text in escapes.
                int quote = indexOf(record, ":\"", at);
                int end = quote < 0 ? -1 : next(record, quote + 2, '"');
                return end < 0 ? record : splice(record, quote + 2, end, escaped(record, quote + 2, end, random));
            }
            default -> {
                return splice(
                        record,
                        random.nextBoolean() ? 0 : at,
                        random.nextBoolean() ? 0 : at,
                        random.nextBoolean() ? "\ufeff" : ws(random));
            }
        }
    }

    private static int endOfObject(byte[] record, int start) {
        int depth = 0;
        boolean text = false;
        for (int i = start; i < record.length; i++) {
            if (record[i] == '\\') {
                i++;
            } else if (record[i] == '"') {
                text = !text;
            } else if (!text && (record[i] == '{' || record[i] == '}')) {
                depth += record[i] == '{' ? 1 : -1;
                if (depth == 0) {
                    return i + 1;
                }
            }
        }
        return -1;
    }

    private static String asText(byte[] record, int from, int to) {
        String object = new String(record, from, to - from, StandardCharsets.UTF_8);
        return '"' + object.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String escaped(byte[] record, int from, int to, SplittableRandom random) {
        String text = new String(record, from, to - from, StandardCharsets.UTF_8);
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // What is an escape already stays one.
            boolean isPlain = text.indexOf('\\') < 0 && random.nextInt(8) > 0;
            escaped.append(isPlain ? String.format(Locale.ROOT, "\\u%04x", (int) c) : String.valueOf(c));
        }
        return escaped.toString();
    }

    private static int indexOf(byte[] record, String sought, int from) {
        // Latin-1: a character is a byte.
        return new String(record, StandardCharsets.ISO_8859_1).indexOf(sought, from);
    }

    private static byte[] spliceBytes(byte[] record, int at, byte[] more) {
        byte[] spliced = Arrays.copyOf(record, record.length + more.length);
        System.arraycopy(more, 0, spliced, at, more.length);
        System.arraycopy(record, at, spliced, at + more.length, record.length - at);
        return spliced;
    }

    private static String member(SplittableRandom random) {
        String name = NAMES[random.nextInt(NAMES.length)];
        return "\"" + name + "\"" + (random.nextInt(4) == 0 ? ws(random) : "") + ":" + value(random);
    }

    private static String value(SplittableRandom random) {
        return random.nextInt(4) == 0 ? "{" + member(random) + "}" : VALUES[random.nextInt(VALUES.length)];
    }

    private static String ws(SplittableRandom random) {
        return new String[] {" ", "\n", "\r\n", "\t", "", "\f", "\u00a0", "  ", "\0"}[random.nextInt(9)];
    }

    private static int next(byte[] bytes, int from, char sign) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == sign) {
                return i;
            }
        }
        return -1;
    }

    private static byte[] splice(byte[] bytes, int from, int to, String instead) {
        int end = Math.max(from, to);
        return join(Arrays.copyOf(bytes, from), instead, Arrays.copyOfRange(bytes, end, bytes.length));
    }

    private static byte[] join(Object... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Object part : parts) {
            out.writeBytes(
                    part instanceof byte[] bytes ? bytes : part.toString().getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }
}
