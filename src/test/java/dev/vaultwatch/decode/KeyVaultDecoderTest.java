package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DeadLetter.Reason;
import dev.vaultwatch.event.KeyVaultEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyVaultDecoderTest {

    private static final String TIME = "2026-11-03T02:09:00.1234567Z";
    private static final long MILLIS = Instant.parse("2026-11-03T02:09:00.123Z").toEpochMilli();

    // Framing

    @ParameterizedTest
    @ValueSource(
            strings = {
                "%s",
                "\uFEFF%s",
                "  \r\n\t%s\r\n",
                "[%s]",
                "{\"records\":[%s]}",
                "{\"value\":[%s]}",
                "{\"@odata.context\":\"x\",\"value\":[%s],\"nextLink\":null}",
                "[{\"records\":[%s]}]",
                "[[%s]]",
                "{\n  \"records\": [\n    %s\n  ]\n}\n"
            })
    void givenARecordInAnyWrappingWhenDecodedThenItIsFound(String wrapping) {
        assertThat(Outcome.of(wrapping.formatted(record("KeyGet"))).event().action())
                .isEqualTo("KeyGet");
        assertThat(Outcome.read(wrapping.formatted(record("KeyGet"))).event().action())
                .isEqualTo("KeyGet");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "%s\n%s\n%s\n",
                "%s\r\n\r\n%s\r\n%s",
                "%s%s%s",
                "%s %s\n%s",
                "[%s,%s]\n%s",
                "{\"records\":[%s]}\n{\"records\":[%s,%s]}\n",
                "{\"records\":[]}\n[]\n%s\n{\"value\":[%s]}{\"records\":[%s]}"
            })
    void givenSeveralValuesWhenDecodedThenAllAreFoundInOrder(String stream) {
        String json = stream.formatted(record("KeyGet"), record("KeyList"), record("SecretGet"));

        assertThat(Outcome.of(json).actions()).containsExactly("KeyGet", "KeyList", "SecretGet");
        assertThat(Outcome.read(json).actions()).containsExactly("KeyGet", "KeyList", "SecretGet");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "[]", "{\"records\":[]}", "{\"value\": [ ]}\n", "\uFEFF"})
    void givenNoRecordsWhenDecodedThenNothingIsCounted(String json) {
        assertThat(Outcome.of(json).records()).isZero();
        assertThat(Outcome.read(json).records()).isZero();
    }

    @Test
    void givenPartOfAnArrayWhenDecodedThenTheRestIsNotRead() {
        byte[] bytes = ("xx" + record("KeyGet") + "yy").getBytes(StandardCharsets.UTF_8);
        Outcome outcome = new Outcome();

        new KeyVaultDecoder(IdentityMode.MERGED, 1000).decode(bytes, 2, bytes.length - 4, Outcome.ALL, outcome);

        assertThat(outcome.event().action()).isEqualTo("KeyGet");
    }

    // Ignored

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"category\":\"Administrative\",\"operationName\":\"SecretGet\",\"time\":\"2026-11-03T02:09:00Z\"}",
                "{\"Category\":\"AzurePolicyEvaluationDetails\",\"operationName\":\"SecretGet\"}",
                "{\"event\":{\"action\":\"SecretGet\"}}",
                "{\"event\":{\"action\":\"SecretGet\",\"dataset\":\"azure.activitylogs\"}}",
                "{\"event.action\":\"SecretGet\",\"data_stream.dataset\":\"azure.signinlogs\"}"
            })
    void givenAWellFormedObjectThatIsNoAuditRecordWhenDecodedThenItIsIgnored(String json) {
        assertThat(Outcome.of(json).ignored).isEqualTo(1);
        assertThat(Outcome.of(json).records()).isEqualTo(1);
    }

    @Test
    void givenAnActionThatNoRuleWantsWhenDecodedThenItIsIgnoredWhateverItsTime() {
        byte[] bytes = "{\"operationName\":\"SecretSet\",\"time\":\"never\"}".getBytes(StandardCharsets.UTF_8);
        Outcome outcome = new Outcome();

        new KeyVaultDecoder(IdentityMode.MERGED, 1000).decode(bytes, 0, bytes.length, "SecretGet"::equals, outcome);

        assertThat(outcome.ignored).isEqualTo(1);
        assertThat(outcome.records()).isEqualTo(1);
    }

    @Test
    void givenTheCategoryInAnyCaseWhenDecodedThenItIsAnAuditEvent() {
        assertThat(Outcome.of(record("KeyGet", "\"Category\":\"AUDITEVENT\"")).events)
                .hasSize(1);
    }

    // Dead letters

    @ParameterizedTest
    @ValueSource(strings = {"1", "\"text\"", "null", "true", "-1.5e3"})
    void givenAScalarWhenDecodedThenItIsNotARecord(String scalar) {
        assertThat(Outcome.of(scalar).letter().reason()).isEqualTo(Reason.NOT_A_RECORD);
        assertThat(Outcome.of(scalar).letter().record()).isEqualTo(scalar);

        Outcome inEnvelope = Outcome.of("{\"records\":[" + scalar + "," + record("KeyGet") + "," + scalar + "]}");
        assertThat(inEnvelope.events).hasSize(1);
        assertThat(inEnvelope.letters)
                .extracting(DeadLetter::pointer, DeadLetter::reason)
                .containsExactly(tuple("/records/0", Reason.NOT_A_RECORD), tuple("/records/2", Reason.NOT_A_RECORD));
    }

    @Test
    void givenAMalformedLineWhenDecodedThenReadingGoesOnAtTheNext() {
        String broken = "{\"time\":\"2026-11-03T02:09:00Z\",\"operationName\":SECRETNAME}";

        Outcome outcome = Outcome.of(record("KeyGet") + "\n" + broken + "\n" + record("KeyList") + "\n");

        assertThat(outcome.actions()).containsExactly("KeyGet", "KeyList");
        DeadLetter letter = outcome.letters.get(0);
        assertThat(letter.reason()).isEqualTo(Reason.MALFORMED);
        assertThat(letter.pointer()).isEqualTo("/operationName");
        assertThat(letter.record()).isEqualTo(broken);
        assertThat(letter.problem()).matches("The record is not well-formed JSON at byte \\d+ of the record\\.");
        assertThat(outcome.records()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"time\":\"2026",
                "{\"time\":\"2026\\",
                "{\"time\":",
                "{\"time\"",
                "{\"identity\":{\"claim\":{",
                "{\"identity\":{\"claim\":{\"upn\":\"a\"}",
                "{\"identity\":{\"claim\":{\"upn\":\"a\"},",
                "{\"x\":[",
                "{\"x\":[1,",
                "{\"x\":[1",
                "{\"x\":tr",
                "{"
            })
    void givenARecordCutShortWhenDecodedThenTheNextLineIsNotSwallowed(String cut) {
        String json = record("KeyGet") + "\n" + cut + "\n" + record("KeyList") + "\n" + record("SecretGet") + "\n";

        for (Outcome outcome : List.of(Outcome.of(json), Outcome.read(json))) {
            assertThat(outcome.actions()).containsExactly("KeyGet", "KeyList", "SecretGet");
            assertThat(outcome.letters).singleElement().satisfies(letter -> {
                assertThat(letter.reason()).isEqualTo(Reason.MALFORMED);
                assertThat(letter.record()).isEqualTo(cut);
            });
        }
    }

    @Test
    void givenGarbageLinesWhenDecodedThenEachIsALetter() {
        String json = "INFO starting {\n" + record("KeyGet") + "\n]]\n<xml a=\"b>\n" + record("KeyList");

        for (Outcome outcome : List.of(Outcome.of(json), Outcome.read(json))) {
            assertThat(outcome.actions()).containsExactly("KeyGet", "KeyList");
            assertThat(outcome.letters)
                    .extracting(DeadLetter::record)
                    .containsExactly("INFO starting {", "]]", "<xml a=\"b>");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // a bad value; a quote lost in front, in the middle, at the very end; one added; a bracket lost, added
                "{\"time\":x,\"category\":\"AuditEvent\"}",
                "{time\":\"2026\",\"category\":\"AuditEvent\"}",
                "{\"time\":\"2026,\"category\":\"AuditEvent\"}",
                "{\"category\":\"AuditEvent\",\"durationMs\":\"41}",
                "{\"category\":\"Audit\"Event\",\"durationMs\":\"41\"}",
                "{\"identity\":{\"claim\":{\"upn\":\"a\"},\"durationMs\":\"41\"}",
                "{\"x\":[1,\"durationMs\":\"41\"}",
                "\"time\":\"2026\",\"category\":\"AuditEvent\"}",
                "{\"identity\"{\"claim\":{}},\"durationMs\":\"41\"}",
                "{'time':'2026','identity':{'upn':'a'}}"
            })
    void givenADamagedElementOfAOneLineEnvelopeWhenDecodedThenTheOthersAreRead(String damaged) {
        String json = "{\"records\":[" + record("KeyGet") + "," + damaged + "," + record("KeyList") + ","
                + record("SecretGet") + "]}";

        for (Outcome outcome : List.of(Outcome.of(json), Outcome.read(json))) {
            assertThat(outcome.actions()).containsExactly("KeyGet", "KeyList", "SecretGet");
            assertThat(outcome.letters).singleElement().satisfies(letter -> {
                assertThat(letter.reason()).isEqualTo(Reason.MALFORMED);
                assertThat(letter.record()).isEqualTo(damaged);
            });
        }
        assertThat(Outcome.of(json).letters.get(0).pointer()).startsWith("/records/1");
    }

    @Test
    void givenADamagedElementOfAPrettyArrayWhenDecodedThenTheOthersAreRead() {
        String damaged = record("SecretList").replace(",", ",\n    ").replace("\"category\"", "\"category");
        String json = "[\n  " + pretty("KeyGet") + ",\n  " + damaged + ",\n  " + pretty("KeyList") + "\n]\n";

        for (Outcome outcome : List.of(Outcome.of(json), Outcome.read(json))) {
            assertThat(outcome.actions()).containsExactly("KeyGet", "KeyList");
            assertThat(outcome.letters).extracting(DeadLetter::record).containsExactly(damaged);
        }
    }

    @Test
    void givenAnEnvelopeCutInsideARecordWhenDecodedThenTheNextLinesAreRead() {
        String json = "{\"records\":[" + record("KeyGet") + ",{\"time\":\"20\n{\"records\":[" + record("KeyList")
                + "]}\n" + record("SecretGet");

        for (Outcome outcome : List.of(Outcome.of(json), Outcome.read(json))) {
            assertThat(outcome.actions()).containsExactly("KeyGet", "KeyList", "SecretGet");
            assertThat(outcome.letters).extracting(DeadLetter::record).contains("{\"time\":\"20");
        }
    }

    @Test
    void givenAnEnvelopeCutBetweenRecordsWhenDecodedThenItsLossIsReported() {
        String json = "{\"records\":[" + record("KeyGet") + "," + record("KeyList");

        for (Outcome outcome : List.of(Outcome.of(json), Outcome.read(json))) {
            assertThat(outcome.actions()).containsExactly("KeyGet", "KeyList");
            assertThat(outcome.letters).singleElement().satisfies(letter -> {
                assertThat(letter.reason()).isEqualTo(Reason.MALFORMED);
                assertThat(letter.problem()).contains("breaks off");
            });
        }
    }

    @Test
    void givenAnEnvelopeCutInItsLastRecordWhenDecodedThenThereIsOneLetter() {
        String json = "{\"records\":[" + record("KeyGet") + ",{\"time\":\"20";

        for (Outcome outcome : List.of(Outcome.of(json), Outcome.read(json))) {
            assertThat(outcome.actions()).containsExactly("KeyGet");
            assertThat(outcome.letters).extracting(DeadLetter::record).containsExactly("{\"time\":\"20");
        }
    }

    @Test
    void givenADamagedListInsideARecordWhenDecodedThenItsObjectsAreNoRecords() {
        String json = "[{\"time\":x,\"list\":[{'a':1},{\"b\":2},{\"c\":3}]}," + record("KeyGet") + "]";

        Outcome outcome = Outcome.of(json);

        assertThat(outcome.actions()).containsExactly("KeyGet");
        assertThat(outcome.records()).isEqualTo(2);
    }

    @Test
    void givenARecordLargerThanAllowedWhenDecodedThenItAloneIsTooLarge() {
        String large = record("KeyList", "\"padding\":\"" + "}".repeat(2000) + "\"");
        byte[] bytes = ("{\"records\":[" + record("KeyGet") + "," + large + "," + record("SecretGet") + "]}\n" + large
                        + "\n" + record("VaultGet"))
                .getBytes(StandardCharsets.UTF_8);
        Outcome outcome = new Outcome();

        new KeyVaultDecoder(IdentityMode.MERGED, 1000).decode(bytes, 0, bytes.length, Outcome.ALL, outcome);

        assertThat(outcome.actions()).containsExactly("KeyGet", "SecretGet", "VaultGet");
        assertThat(outcome.letters).extracting(DeadLetter::reason).containsExactly(Reason.TOO_LARGE, Reason.TOO_LARGE);
        assertThat(outcome.letters.get(0).pointer()).startsWith("/records/1");
        assertThat(outcome.letters.get(0).expected()).contains("1000 bytes");
    }

    @Test
    void givenARecordOfTheFullSizeWhenDecodedThenItIsTaken() {
        byte[] bytes = record("KeyGet").getBytes(StandardCharsets.UTF_8);
        Outcome exact = new Outcome();
        Outcome oneLess = new Outcome();

        new KeyVaultDecoder(IdentityMode.MERGED, bytes.length).decode(bytes, 0, bytes.length, Outcome.ALL, exact);
        new KeyVaultDecoder(IdentityMode.MERGED, bytes.length - 1).decode(bytes, 0, bytes.length, Outcome.ALL, oneLess);

        assertThat(exact.events).hasSize(1);
        assertThat(oneLess.letter().reason()).isEqualTo(Reason.TOO_LARGE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":", "["})
    void givenDeepNestingWhenDecodedThenItIsTooLarge(String level) {
        String close = level.equals("[") ? "]" : "}";
        String deep = "{\"properties\":" + level.repeat(100_000) + "1" + close.repeat(100_000) + "}";

        Outcome outcome = Outcome.of(deep + "\n" + record("KeyGet"));

        assertThat(outcome.actions()).containsExactly("KeyGet");
        assertThat(outcome.letters).extracting(DeadLetter::reason).containsExactly(Reason.TOO_LARGE);
    }

    @Test
    void givenArraysInArraysWithoutEndWhenDecodedThenItIsTooLarge() {
        Outcome outcome = Outcome.of("[".repeat(200_000));

        assertThat(outcome.letters).extracting(DeadLetter::reason).contains(Reason.TOO_LARGE);
        assertThat(outcome.records()).isLessThan(200);
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"operationName\":\"KeyGet\",\"category\":\"AuditEvent\"}', '', The record has no time.",
        "'{\"operationName\":\"KeyGet\",\"time\":\"\"}', '', The record has no time.",
        "'{\"operationName\":\"KeyGet\",\"time\":\"yesterday\"}', /time, The time can't be read.",
        "'{\"operationName\":\"KeyGet\",\"time\":1793671}', /time, 'The time lies before 2014, when there was no Key Vault.'",
        "'{\"OperationName\":\"KeyGet\",\"AdditionalFields\":{\"TimeGenerated\":\"x\"}}', /AdditionalFields/TimeGenerated, The time can't be read.",
        "'{\"OperationName\":\"KeyGet\",\"TimeGenerated\":\"2026-02-30T00:00:00Z\"}', /TimeGenerated, The time can't be read.",
        "'{\"event.action\":\"KeyGet\",\"event.dataset\":\"azure.platformlogs\"}', '', The record has no time.",
        "'{\"_source\":{\"event.action\":\"KeyGet\",\"event.dataset\":\"azure.platformlogs\",\"@timestamp\":\"x\"}}',"
                + " /_source/@timestamp, The time can't be read."
    })
    void givenAWantedRecordWithoutAReadableTimeWhenDecodedThenTheLetterSaysWhereAndWhatIsRight(
            String json, String pointer, String problem) {
        DeadLetter letter = Outcome.of(json.replace("''", "'")).letter();

        assertThat(letter.reason()).isEqualTo(Reason.BAD_TIME);
        assertThat(letter.pointer()).isEqualTo(pointer);
        assertThat(letter.problem()).isEqualTo(problem);
        assertThat(letter.expected()).contains("2026-11-03T02:09:00+01:00", "11/3/2026 2:09:00 AM");
    }

    @Test
    void givenABadTimeInAnEnvelopeWhenDecodedThenThePointerStartsAtTheEnvelope() {
        Outcome outcome = Outcome.of("{\"records\":[{},{\"operationName\":\"KeyGet\",\"time\":\"x\"}]}");

        assertThat(outcome.letters).extracting(DeadLetter::pointer).containsExactly("/records/1/time");
    }

    @Test
    void givenASinkThatThrowsWhenDecodingThenItsExceptionComesThrough() {
        byte[] bytes = record("KeyGet").getBytes(StandardCharsets.UTF_8);
        IllegalStateException thrown = new IllegalStateException("the sink's");

        assertThatThrownBy(() -> new KeyVaultDecoder(IdentityMode.MERGED, 1000)
                        .decode(bytes, 0, bytes.length, Outcome.ALL, new EventSink() {
                            @Override
                            public void event(KeyVaultEvent event) {
                                throw thrown;
                            }

                            @Override
                            public void ignored() {}

                            @Override
                            public void deadLetter(DeadLetter letter) {}
                        }))
                .isSameAs(thrown);
    }

    // Identity

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}",
                "\"a name\"",
                "\"\"",
                "null",
                "[]",
                "5",
                "\"{broken\"",
                "\"{\\\"claim\\\":{\\\"upn\\\":\\\"a@b\\\"\"",
                "{\"claim\":{}}",
                "{\"claim\":\"None\"}",
                "{\"claim\":{\"upn\":\"None\"}}",
                "{\"claim\":{\"upn\":null}}",
                "{\"claim\":{\"upn\":\"\"}}",
                "{\"claim\":{\"upn\":[]}}",
                "{\"claim\":{\"upn\":{\"x\":1}}}"
            })
    void givenAnIdentityThatNamesNobodyWhenDecodedThenThereIsNoUpn(String identity) {
        assertThat(Outcome.of(record("KeyGet", "\"identity\":" + identity))
                        .event()
                        .upn())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"identity\":{\"claim\":{\"upn\":\"a@b\"}}",
                "\"Identity\":{\"claim\":{\"upn\":\"a@b\"}}",
                "\"identity\":{\"claim\":{\"upn\":[null,\"a@b\",\"c@d\"]}}",
                "\"identity\":{\"claim\":{\"xms_az_nwperimid\":[[1],{\"upn\":\"no\"}],\"upn\":\"a@b\"}}",
                "\"identity\":\"{\\\"claim\\\":{\\\"upn\\\":\\\"a@b\\\"}}\"",
                "\"identity\":{\"claim\":{\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn\":\"a@b\"}}",
                "\"identity\":{\"claim\":{\"http_schemas_xmlsoap_org_ws_2005_05_identity\":{\"claims\":{\"upn\":\"a@b\"}}}}",
                "\"identity_claim_upn_s\":\"a@b\"",
                "\"identity_claim_http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn_s\":\"a@b\"",
                "\"identity.claim.upn\":\"a@b\"",
                "\"identity\":{\"claim\":{\"upn\":\"c@d\",\"upn\":\"a@b\"}}",
                "\"identity\":{\"claim\":{\"upn\":\"a@b\",\"upn\":null}}",
                "\"identity\":{\"claim\":{\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn\":\"c@d\",\"upn\":\"a@b\"}}"
            })
    void givenAUpnInAnyOfItsPlacesWhenDecodedThenItIsFound(String field) {
        assertThat(Outcome.of(record("KeyGet", field)).event().upn()).isEqualTo("a@b");
    }

    @Test
    void givenSeveralObjectIdsWhenDecodedThenTheMostExactNameWins() {
        String claims = "\"identity\":{\"claim\":{\"oid\":\"2\",\"http://schemas.microsoft.com/identity/claims/"
                + "objectidentifier\":\"3\"%s}}";

        assertThat(Outcome.of(record("KeyGet", claims.formatted(",\"objectid\":\"1\"")))
                        .event()
                        .objectId())
                .isEqualTo("1");
        assertThat(Outcome.of(record("KeyGet", claims.formatted(""))).event().objectId())
                .isEqualTo("2");
    }

    @Test
    void givenAnIdentityTextThatBreaksOffWhenDecodedThenNoClaimOfItCounts() {
        KeyVaultEvent event = Outcome.of(record(
                        "KeyGet", "\"identity\":\"{\\\"claim\\\":{\\\"appid\\\":\\\"1\\\",\\\"upn\\\":\\\"a@b\""))
                .event();

        assertThat(event.appId()).isNull();
    }

    @Test
    void givenAnIdentityTextNestedDeeplyWhenDecodedThenTheRecordIsKept() {
        String deep = "{\\\"claim\\\":".repeat(50_000);

        assertThat(Outcome.of(record("KeyGet", "\"identity\":\"" + deep + "\""))
                        .event()
                        .upn())
                .isNull();
    }

    // Addresses, resources, status

    @ParameterizedTest
    @CsvSource({
        "203.0.113.7, 203.0.113.7",
        "2001:db8::1, 2001:db8::1",
        "2a02:cf40:add:4002:91f2:a9b2:e09a:6fc6, 2a02:cf40:add:4002:91f2:a9b2:e09a:6fc6",
        "::ffff:203.0.113.7, 203.0.113.7",
        "'[::ffff:203.0.113.7]:443', 203.0.113.7",
        "203.0.113.7:443, 203.0.113.7",
        "'[2001:db8::1]:443', 2001:db8::1",
        "'[2001:db8::1]', 2001:db8::1",
        "fe80::1%eth0, fe80::1",
        "'203.0.113.7:443, 192.0.2.1', 203.0.113.7",
        "'203.0.113.7,192.0.2.1', 203.0.113.7",
        "203.0.113.7:, ",
        "203.0.113.7:443443, ",
        "<Redacted>, ",
        "example.com, ",
        "X.X.X.X, ",
        "XX:2a02:cf40:add:4002:91f2:a9b2:e09a:6fc6, "
    })
    void givenACallerAddressWhenDecodedThenItsIpIsTheSourceIpAndWhatElseStoodThereIsKept(String address, String ip) {
        for (String name : List.of("callerIpAddress", "CallerIPAddress", "CallerIpAddress", "EventIpAddress")) {
            KeyVaultEvent event = Outcome.of(record("KeyGet", "\"" + name + "\":\"" + address + "\""))
                    .event();
            assertThat(event.sourceIp()).isEqualTo(ip);
            assertThat(event.sourceAddress()).isEqualTo(address.equals(ip) ? null : address);
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "200, 200",
                "'\"403\"', 403",
                "200.0, 200",
                "'\"200.00\"', 200",
                "'\"OK\"', -",
                "200.5, -",
                "null, -",
                "'\"None\"', -",
                "99999999999, -",
                "[404], 404"
            })
    void givenAStatusWhenDecodedThenItIsANumberOrAbsent(String status, Integer expected) {
        for (String field : List.of(
                "\"properties\":{\"httpStatusCode\":%s}",
                "\"httpStatusCode_d\":%s",
                "\"HttpStatusCode\":%s",
                "\"properties\":{\"x\":{\"httpStatusCode\":1},\"httpStatusCode\":%s}")) {
            assertThat(Outcome.of(record("KeyGet", field.formatted(status)))
                            .event()
                            .httpStatus())
                    .isEqualTo(expected);
        }
    }

    @Test
    void givenPropertiesAsTextWithSingleQuotesWhenDecodedThenTheyAreReadAsUpstreamDoes() {
        assertThat(Outcome.of(record("KeyGet", "\"properties\":\"{'httpStatusCode':403}\""))
                        .event()
                        .httpStatus())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "/SUBSCRIPTIONS/S1/RESOURCEGROUPS/G1/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/V1, S1, G1, V1",
                "/subscriptions/s1/resourceGroups/g1/providers/Microsoft.KeyVault/vaults/v1, s1, g1, v1",
                "/subscriptions/XXXX-****/resourceGroups/g1/providers/Microsoft.KeyVault/vaults/v1, XXXX-****, g1, v1",
                "/subscriptions/s1/resourceGroups/g1, s1, g1, -",
                "/subscriptions/s1, s1, -, -",
                "/subscriptions/s1/resourceGroups/g1/providers/Microsoft.KeyVault/vaults/, s1, g1, -",
                ".../VAULTS/V1, -, -, -",
                "vault, -, -, -"
            })
    void givenAResourceIdWhenDecodedThenItsPartsAreTakenInAnyCase(
            String id, String subscription, String group, String vault) {
        for (String name : List.of("resourceId", "ResourceId", "_ResourceId")) {
            KeyVaultEvent event = Outcome.of(record("KeyGet", "\"" + name + "\":\"" + id + "\""))
                    .event();
            assertThat(event.resourceId()).isEqualTo(id.toUpperCase(Locale.ROOT));
            assertThat(event.subscriptionId()).isEqualTo(upper(subscription));
            assertThat(event.resourceGroup()).isEqualTo(upper(group));
            assertThat(event.vault()).isEqualTo(upper(vault));
        }
    }

    private static @Nullable String upper(@Nullable String text) {
        return text == null ? null : text.toUpperCase(Locale.ROOT);
    }

    // Elastic documents

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"event\":{\"action\":\"KeyGet\",\"dataset\":\"azure.platformlogs\"},\"source\":{\"ip\":\"192.0.2.1\"},%s}",
                "{\"event.action\":\"KeyGet\",\"event.dataset\":\"azure.platformlogs\",\"source.ip\":\"192.0.2.1\",%s}",
                "{\"event\":{\"action\":\"KeyGet\"},\"data_stream.dataset\":\"azure.platformlogs\",\"source\":{\"ip\":[\"192.0.2.1\"]},%s}",
                "{\"event.action\":[\"KeyGet\"],\"data_stream\":{\"dataset\":[\"azure.platformlogs\"]},\"source.ip\":[\"192.0.2.1\"],%s}",
                "{\"_index\":\"x\",\"_source\":{\"event.action\":\"KeyGet\",\"event.dataset\":\"azure.platformlogs\",\"source.ip\":\"192.0.2.1\",%s}}"
            })
    void givenAnElasticDocumentInAnySpellingWhenDecodedThenItIsRead(String document) {
        for (String claim : List.of(
                "\"azure\":{\"platformlogs\":{\"identity\":{\"claim\":{\"upn\":\"a@b\"}}}}",
                "\"azure.platformlogs\":{\"identity.claim.upn\":\"a@b\"}",
                "\"azure\":{\"platformlogs.identity\":{\"claim.upn\":\"a@b\"}}",
                "\"azure.platformlogs.identity.claim.upn\":\"a@b\"")) {
            KeyVaultEvent event = Outcome.of(document.formatted(claim + ",\"@timestamp\":\"" + TIME + "\""))
                    .event();
            assertThat(event.time()).isEqualTo(MILLIS);
            assertThat(event.action()).isEqualTo("KeyGet");
            assertThat(event.upn()).isEqualTo("a@b");
            assertThat(event.sourceIp()).isEqualTo("192.0.2.1");
        }
    }

    @Test
    void givenBothPlacesWhenDecodedThenTheSourcesIsPreferred() {
        KeyVaultEvent event = Outcome.of(ecs("\"source.geo\":{\"city_name\":\"new\"},\"geo.city_name\":\"old\","
                        + "\"geo\":{\"country_name\":\"only old\"}"))
                .event();

        assertThat(event.city()).isEqualTo("new");
        assertThat(event.country()).isEqualTo("only old");
    }

    @Test
    void givenAnElasticDocumentWhenDecodedThenItsOwnResourceFieldsCount() {
        KeyVaultEvent event = Outcome.of(ecs(
                        "\"azure\":{\"subscription_id\":\"S\",\"resource\":{\"id\":\"/subscriptions/x/resourceGroups/y\","
                                + "\"name\":\"V\"},\"resource_group.name\":\"G\"},\"cloud.region\":\"westeurope\","
                                + "\"source.address\":\"192.0.2.1:80\""))
                .event();

        assertThat(event.subscriptionId()).isEqualTo("S");
        assertThat(event.resourceGroup()).isEqualTo("G");
        assertThat(event.vault()).isEqualTo("V");
        assertThat(event.resourceId()).isEqualTo("/SUBSCRIPTIONS/X/RESOURCEGROUPS/Y");
        assertThat(event.cloudRegion()).isEqualTo("westeurope");
        assertThat(event.sourceAddress()).isEqualTo("192.0.2.1:80");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1793671740123", "\"1793671740123\"", "[1793671740123]"})
    void givenEpochMillisecondsInAnElasticDocumentWhenDecodedThenTheyAreTheTime(String time) {
        assertThat(Outcome.of("{\"event.action\":\"KeyGet\",\"event.dataset\":\"azure.platformlogs\",\"@timestamp\":"
                                + time + "}")
                        .event()
                        .time())
                .isEqualTo(1793671740123L);
    }

    @Test
    void givenARawRecordThatAShipperStampedWhenDecodedThenItIsStillRaw() {
        KeyVaultEvent event = Outcome.of(record("KeyGet", "\"@timestamp\":\"2030-01-01T00:00:00Z\",\"@version\":\"1\""))
                .event();

        assertThat(event.time()).isEqualTo(MILLIS);
    }

    // Maps

    @Test
    @SuppressWarnings("JavaUtilDate") // what hosts have
    void givenAMapWithAnyKindOfTimeWhenDecodedThenItIsRead() {
        Instant instant = Instant.ofEpochMilli(MILLIS);
        for (Object time : List.of(
                TIME,
                instant,
                new Date(MILLIS),
                MILLIS,
                (double) MILLIS,
                OffsetDateTime.ofInstant(instant, ZoneId.of("+02:00")),
                instant.atZone(ZoneId.of("Europe/Berlin")))) {
            assertThat(Outcome.of(Map.of("operationName", "KeyGet", "time", time))
                            .event()
                            .time())
                    .as("%s", time.getClass())
                    .isEqualTo(MILLIS);
            assertThat(Outcome.of(Map.of(
                                    "event.action",
                                    "KeyGet",
                                    "event",
                                    Map.of("dataset", "azure.platformlogs"),
                                    "@timestamp",
                                    time))
                            .event()
                            .time())
                    .isEqualTo(MILLIS);
        }
    }

    @Test
    void givenAMapOfOddValuesWhenDecodedThenItDoesNotThrow() {
        Map<Object, Object> itself = new HashMap<>();
        itself.put("azure", itself);
        itself.put(null, 1);
        itself.put("operationName", Arrays.asList(null, List.of("x"), "KeyGet"));
        itself.put("identity", itself);
        @SuppressWarnings("unchecked")
        Map<String, ?> map = (Map<String, ?>) (Map<?, ?>) itself;

        DeadLetter letter = Outcome.of(map).letter();

        assertThat(letter.reason()).isEqualTo(Reason.BAD_TIME);
        assertThat(letter.record().length()).isLessThanOrEqualTo(DeadLetter.MAX_RECORD_CHARS);
    }

    @Test
    void givenAMapWithArraysWhenDecodedThenTheyAreReadAsLists() {
        Map<String, Object> record = Map.of(
                "operationName",
                new String[] {"KeyGet"},
                "time",
                TIME,
                "identity",
                Map.of("claim", Map.of("upn", new Object[] {null, "jane@contoso.example"}, "appid", new int[] {1})));

        Outcome outcome = Outcome.of(Map.of("records", new Object[] {record, new Object[] {"no map"}}));

        assertThat(outcome.events).singleElement().satisfies(event -> {
            assertThat(event.action()).isEqualTo("KeyGet");
            assertThat(event.upn()).isEqualTo("jane@contoso.example");
            assertThat(event.appId()).isNull();
        });
        assertThat(outcome.letters).extracting(DeadLetter::record).containsExactly("[\"no map\"]");
    }

    /** In UTF-8, which the journal and the alert's id are made of, both users would otherwise be "?x". */
    @Test
    void givenHalvesOfSurrogatePairsWhenDecodedThenEachIsTheReplacementCharacterWhateverTheShape() {
        String text = record("KeyGet", "\"identity\":{\"claim\":{\"upn\":\"\\ud83dx\\ud83d\\ude00\\ude00\"}}");
        Map<String, Object> map = Map.of(
                "operationName", "KeyGet", "time", TIME, "identity", Map.of("claim", Map.of("upn", "\ud83dx😀\ude00")));

        assertThat(Outcome.of(text).event().upn()).isEqualTo("\ufffdx😀\ufffd");
        assertThat(Outcome.of(map).event().upn()).isEqualTo("\ufffdx😀\ufffd");
    }

    @Test
    void givenAMapThatThrowsWhenDecodedThenTheLetterIsInternalAndTellsNothing() {
        DeadLetter letter = Outcome.of(Map.of("operationName", new Object() {
                    @Override
                    public String toString() {
                        throw new IllegalStateException("hunter2");
                    }
                }))
                .letter();

        assertThat(letter.reason()).isEqualTo(Reason.INTERNAL);
        assertThat(letter.toString()).doesNotContain("hunter2");
    }

    @Test
    void givenAnEnvelopeAsAMapWhenDecodedThenItsElementsAre() {
        List<Object> records = new ArrayList<>();
        records.add(Map.of("operationName", "KeyGet", "time", TIME));
        records.add("no map");

        Outcome outcome = Outcome.of(Map.of("records", records));

        assertThat(outcome.actions()).containsExactly("KeyGet");
        assertThat(outcome.letters).extracting(DeadLetter::pointer).containsExactly("/records/1");
    }

    private static String record(String action, String... more) {
        String fields = more.length == 0 ? "" : "," + String.join(",", more);
        return "{\"time\":\"" + TIME + "\",\"category\":\"AuditEvent\",\"operationName\":\"" + action + "\"" + fields
                + "}";
    }

    private static String pretty(String action) {
        return record(action).replace("{", "{\n    ").replace(",", ",\n    ").replace("}", "\n  }");
    }

    private static String ecs(String more) {
        return "{\"@timestamp\":\"" + TIME + "\",\"event\":{\"action\":\"KeyGet\",\"dataset\":\"azure.platformlogs\"},"
                + more + "}";
    }

    @Test
    void givenRecordsThatOnlyTheParserReadsThenWhatTheySayAlikeIsOneText() {
        // An escape is the parser's.
        String record = "{\"time\":\"" + TIME + "\",\"category\":\"AuditEvent\",\"operationName\":\"SecretGet\","
                + "\"identity\":{\"claim\":{\"upn\":\"ada\\u0040contoso.example\"}},"
                + "\"resourceId\":\"/SUBSCRIPTIONS/1/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/CONTOSO-1\"}";

        Outcome outcome = Outcome.of(record + "\n" + record);

        assertThat(outcome.events).hasSize(2);
        KeyVaultEvent first = outcome.events.get(0);
        KeyVaultEvent second = outcome.events.get(1);
        assertThat(second.upn()).isEqualTo("ada@contoso.example").isSameAs(first.upn());
        assertThat(second.vault()).isEqualTo("CONTOSO-1").isSameAs(first.vault());
        assertThat(second.resourceId()).isNotNull().isSameAs(first.resourceId());
    }
}
