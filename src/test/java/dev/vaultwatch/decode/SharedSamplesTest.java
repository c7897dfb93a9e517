package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vaultwatch.api.DeadLetter.Reason;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Records from the wild, kept outside the repository since they are others' texts. */
class SharedSamplesTest {

    private static final Path FOLDER = Path.of("../shared/samples");

    /** File, then: kept, ignored, bad. */
    private static final Map<String, List<Integer>> COUNTS = Map.ofEntries(
            Map.entry("acme_SecretGet_serviceprincipal_fullclaims.json", List.of(1, 0, 0)),
            Map.entry("aks_book_KeyGet_userassigned_no_callerip_PARTIAL.json", List.of(1, 0, 0)),
            Map.entry("azkvauditlogs_KeySign_rows.json", List.of(3, 0, 0)),
            Map.entry("cookbook_AzureDiagnostics_VaultGet_strings_None.json", List.of(1, 0, 0)),
            Map.entry("elastic_malformed_single_quotes.txt", List.of(0, 0, 1)),
            Map.entry("elastic_platformlogs_edgecases.ndjson", List.of(0, 2, 0)),
            Map.entry("elastic_time_formats.ndjson", List.of(0, 11, 0)),
            Map.entry("msdocs_VaultGet_envelope.json", List.of(1, 0, 0)),
            Map.entry("msdocs_managedhsm_BackupCreate_array.json", List.of(1, 0, 0)),
            Map.entry("offsec_SecretGet_managedidentity_rbac.json", List.of(1, 0, 0)),
            Map.entry("sdkissue23252_Authentication_401_subnetId.json", List.of(1, 0, 0)),
            Map.entry("secops_Authentication_401_empty_identity.json", List.of(1, 0, 0)),
            Map.entry("secops_AzureDiagnostics_SecretGet_app.json", List.of(1, 0, 0)),
            Map.entry("secops_AzureDiagnostics_VaultGet_resourcegraph_value.json", List.of(1, 0, 0)),
            Map.entry("securathesis_CertificateList.json", List.of(1, 0, 0)),
            Map.entry("securathesis_KeyGet.json", List.of(1, 0, 0)),
            Map.entry("securathesis_KeyList.json", List.of(1, 0, 0)),
            Map.entry("securathesis_SecretGet.json", List.of(1, 0, 0)),
            Map.entry("securathesis_VaultPut_controlplane.json", List.of(1, 0, 0)));

    @BeforeEach
    void skipWithoutTheFolder() {
        assumeTrue(Files.isDirectory(FOLDER), "The folder ../shared/samples is not here.");
    }

    static Stream<String> files() {
        return COUNTS.keySet().stream().sorted();
    }

    @Test
    void givenTheFolderWhenListedThenEveryFileHasAnExpectation() throws IOException {
        try (Stream<Path> paths = Files.list(FOLDER)) {
            assertThat(paths.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(COUNTS.keySet());
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void givenASampleWhenDecodedAtOnceOrReadInPiecesThenTheCountsAreThose(String file) throws IOException {
        byte[] bytes = Files.readAllBytes(FOLDER.resolve(file));

        for (Outcome outcome :
                List.of(Outcome.of(bytes, IdentityMode.MERGED), Outcome.read(bytes, Outcome.MAX_BYTES))) {
            assertThat(List.of(outcome.events.size(), outcome.ignored, outcome.letters.size()))
                    .as(outcome.toString())
                    .isEqualTo(COUNTS.get(file));
        }
    }

    @Test
    void givenAServicePrincipalWhenDecodedThenNoPersonIsNamed() throws IOException {
        KeyVaultEvent event = event("acme_SecretGet_serviceprincipal_fullclaims.json");

        assertThat(event)
                .isEqualTo(KeyVaultEvent.builder(
                                Instant.parse("2025-06-30T17:33:25.033Z").toEpochMilli(), "SecretGet")
                        .with(Property.APP_ID, "00000000-0000-0000-0000-000000000038")
                        .with(Property.OBJECT_ID, "00000000-0000-0000-0000-000000000037")
                        .with(Property.SOURCE_IP, "203.0.113.10")
                        .with(Property.VAULT, "ACME-SECRETS-DEV")
                        .with(Property.RESULT_TYPE, "Success")
                        .with(Property.RESULT_SIGNATURE, "OK")
                        .with(Property.HTTP_STATUS, 200)
                        .with(Property.SUBSCRIPTION_ID, "00000000-0000-0000-0000-000000000009")
                        .with(Property.RESOURCE_GROUP, "SECRETS")
                        .with(
                                Property.RESOURCE_ID,
                                "/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000009/RESOURCEGROUPS/SECRETS/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/ACME-SECRETS-DEV")
                        .with(Property.OBJECT_TYPE, "secrets")
                        .with(Property.OBJECT_NAME, "jwt-token-feed-external-api-service")
                        .with(Property.OBJECT_VERSION, "6e6212e131ea47c88a52f387cd07d6e9")
                        .with(
                                Property.REQUEST_URI,
                                "https://acme-secrets-dev.vault.azure.net/secrets/jwt-token-feed-external-api-service/?api-version=7.4")
                        .with(Property.TENANT, "00000000-0000-0000-0000-000000000011")
                        .with(
                                Property.CLIENT,
                                "AZURECLI/2.74.0 (DEB) azsdk-python-core/1.31.0 Python/3.12.10 (Linux-5.15.0-1084-azure-aarch64-with-glibc2.39)")
                        .with(Property.CORRELATION_ID, "00000000-0000-0000-0000-000000000036")
                        .with(Property.IDENTITY_TYPE, "app")
                        .with(Property.APP_ID_ACR, "1")
                        .with(Property.DURATION_MS, 41L)
                        .with(Property.TLS_VERSION, "TLS1_3")
                        .build());
    }

    @Test
    void givenARecordWithoutAddressAndResourceWhenDecodedThenTheyAreAbsent() throws IOException {
        KeyVaultEvent event = event("aks_book_KeyGet_userassigned_no_callerip_PARTIAL.json");

        assertThat(event.action()).isEqualTo("KeyGet");
        assertThat(event.objectId()).isEqualTo("80dd018c-ede7-42f4-99a8-00e278868a7c");
        assertThat(event.sourceIp()).isNull();
        assertThat(event.sourceAddress()).isNull();
        assertThat(event.vault()).isNull();
        assertThat(event.resourceId()).isNull();
        assertThat(event.httpStatus()).isNull();
    }

    @Test
    void givenRowsWithIdentityAsTextWhenDecodedThenTheClaimsAreRead() throws IOException {
        List<KeyVaultEvent> events = events("azkvauditlogs_KeySign_rows.json");

        assertThat(events)
                .extracting(KeyVaultEvent::upn)
                .containsExactly("signer@example.com", "signer@example.com", null);
        assertThat(events)
                .extracting(KeyVaultEvent::objectId)
                .containsExactly(
                        "00000000-0000-4000-8000-000000000001",
                        "00000000-0000-4000-8000-000000000001",
                        "00000000-0000-4000-8000-000000000004");
        assertThat(events).extracting(KeyVaultEvent::httpStatus).containsExactly(200, 400, 200);
        assertThat(events).extracting(KeyVaultEvent::resultSignature).containsExactly("OK", "Bad Request", "OK");
    }

    @Test
    void givenARowOfTextsWhenDecodedThenItsOwnColumnsStandInForTheId() throws IOException {
        KeyVaultEvent event = event("cookbook_AzureDiagnostics_VaultGet_strings_None.json");

        assertThat(event.time())
                .isEqualTo(Instant.parse("2023-01-25T12:32:50.128Z").toEpochMilli());
        assertThat(event.sourceIp()).isNull();
        assertThat(event.sourceAddress()).isEqualTo("<xx.xx.xx.xx>");
        assertThat(event.httpStatus()).isEqualTo(200);
        assertThat(event.upn()).isEqualTo("zaalion@outlook.com");
        assertThat(event.resourceId()).isEqualTo(".../VAULTS/MYCOOK2551KV");
        assertThat(event.vault()).isEqualTo("MYCOOK2551KV");
        assertThat(event.resourceGroup()).isEqualTo("CH11");
        assertThat(event.subscriptionId()).isEqualTo("00000000-0000-0000-0000-000000000000");
    }

    @Test
    void givenSingleQuotesWhenDecodedThenTheLetterPointsAtThem() throws IOException {
        Outcome outcome = outcome("elastic_malformed_single_quotes.txt");

        assertThat(outcome.letter().reason()).isEqualTo(Reason.MALFORMED);
        assertThat(outcome.letter().pointer()).isEqualTo("/properties");
        assertThat(outcome.letter().problem()).contains("byte").doesNotContain("appName");
    }

    @Test
    void givenMicrosoftsVaultGetWhenDecodedThenTheMaskedSubscriptionAndTheUrlNamedClaimsAreRead() throws IOException {
        KeyVaultEvent event = event("msdocs_VaultGet_envelope.json");

        assertThat(event.upn()).isEqualTo("username@outlook.com");
        assertThat(event.objectId()).isEqualTo("d9da5048-2737-4770-bd64-XXXXXXXXXXXX");
        assertThat(event.subscriptionId()).isEqualTo("361DA5D4-A47A-4C79-AFDD-XXXXXXXXXXXX");
        assertThat(event.resourceGroup()).isEqualTo("CONTOSOGROUP");
        assertThat(event.vault()).isEqualTo("CONTOSOKEYVAULT");
        assertThat(event.sourceIp()).isEqualTo("104.40.82.76");
    }

    @Test
    void givenManagedHsmWhenDecodedThenItsNestedClaimsAreRead() throws IOException {
        KeyVaultEvent event = event("msdocs_managedhsm_BackupCreate_array.json");

        assertThat(event.upn()).isEqualTo("admin@contoso.com");
        assertThat(event.objectId()).isEqualTo("{object-id}");
        assertThat(event.appId()).isEqualTo("{application-id}");
        assertThat(event.httpStatus()).isEqualTo(202);
        assertThat(event.sourceAddress()).isEqualTo("X.X.X.X");
        assertThat(event.subscriptionId()).isEqualTo("{SUBSCRIPTION-ID}");
        assertThat(event.vault()).isEqualTo("CONTOSOMHSM");
    }

    @Test
    void givenAResourceGraphRowWhenDecodedThenTheUrlNamedObjectIdIsRead() throws IOException {
        KeyVaultEvent event = event("secops_AzureDiagnostics_VaultGet_resourcegraph_value.json");

        assertThat(event.objectId()).isEqualTo("00000000-0000-0000-0000-000000000000");
        assertThat(event.upn()).isNull();
        assertThat(event.vault()).isEqualTo("EXAMPLE-VAULT");
    }

    @Test
    void givenAuthenticationWhenDecodedThenItIsADeniedReadOfNobody() throws IOException {
        KeyVaultEvent event = event("secops_Authentication_401_empty_identity.json");

        assertThat(event.resultType()).isEqualTo("Success");
        assertThat(event.resultSignature()).isEqualTo("Unauthorized");
        assertThat(event.httpStatus()).isEqualTo(401);
        assertThat(event.appId()).isNull();
    }

    @Test
    void givenControlPlaneWhenDecodedThenUpstreamSeesNobody() throws IOException {
        byte[] bytes = Files.readAllBytes(FOLDER.resolve("securathesis_VaultPut_controlplane.json"));

        assertThat(Outcome.of(bytes, IdentityMode.MERGED).event().upn())
                .isEqualTo("attacker@securathesis.onmicrosoft.com");
        assertThat(Outcome.of(bytes, IdentityMode.UPSTREAM).event().upn()).isNull();
        assertThat(Outcome.of(bytes, IdentityMode.UPSTREAM).event().objectId()).isNull();
    }

    @Test
    void givenEveryTimeOfElasticsTestsWhenReadThenItIsTheInstantTheyMean() throws IOException {
        List<String> lines = Files.readAllLines(FOLDER.resolve("elastic_time_formats.ndjson"));

        List<Instant> times = lines.stream()
                .map(line ->
                        Instant.ofEpochMilli(TimeText.millis(line.replaceFirst(".*\"time\": \"([^\"]*)\".*", "$1"))))
                .toList();

        assertThat(times)
                .hasSize(11)
                .allSatisfy(time -> assertThat(time)
                        .isBetween(Instant.parse("2007-01-09T09:41:00Z"), Instant.parse("2007-01-09T09:41:00.999Z")));
        assertThat(times.subList(6, 10))
                .extracting(time -> time.toEpochMilli() % 1000)
                .containsExactly(220L, 681L, 535L, 992L);
    }

    private static Outcome outcome(String file) throws IOException {
        return Outcome.of(Files.readAllBytes(FOLDER.resolve(file)), IdentityMode.MERGED);
    }

    private static List<KeyVaultEvent> events(String file) throws IOException {
        return outcome(file).events;
    }

    private static KeyVaultEvent event(String file) throws IOException {
        return outcome(file).event();
    }
}
