package dev.vaultwatch.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The files in {@code src/samples} are what the scenario says, and the scenario is what README.md there says. */
class SampleFilesTest {

    private static final Path FOLDER = Path.of("src/samples");

    @ParameterizedTest
    @EnumSource(SampleFile.class)
    void givenTheScenarioWhenRenderedThenTheFileCheckedInIsTheSame(SampleFile file) throws IOException {
        byte[] rendered = file.render(KeyVaultScenario.quietHour());

        byte[] checkedIn = Files.readAllBytes(FOLDER.resolve(file.fileName()));

        // What zlib makes of the same bytes changes with its version, so compressed files are compared by content.
        boolean compressed = file == SampleFile.AUDIT_EVENT_GZ;
        assertThat(compressed ? unzip(checkedIn) : checkedIn)
                .as("rewrite by running %s in the project folder", SampleFile.class.getName())
                .isEqualTo(compressed ? unzip(rendered) : rendered);
    }

    @Test
    void givenTheQuietHourWhenCountedThenOneMinuteOfOnePersonQualifies() {
        List<ExpectedAlert> alerts = ExpectedAlerts.of(KeyVaultScenario.quietHour());

        assertThat(alerts)
                .containsExactly(new ExpectedAlert(
                        KeyVaultScenario.HARVEST_MINUTE,
                        KeyVaultScenario.HARVESTER,
                        37,
                        List.of(
                                "CertificateGet",
                                "CertificateList",
                                "CertificatePolicyGet",
                                "KeyGet",
                                "KeyList",
                                "SecretGet",
                                "SecretList",
                                "SecretListDeleted",
                                "SecretListVersions",
                                "VaultGet")));
    }

    @Test
    void givenOnlyTheUpnClaimWhenCountedThenTheSameMinuteQualifiesWithoutVaultGet() {
        List<ExpectedAlert> alerts = ExpectedAlerts.ofUpstream(KeyVaultScenario.quietHour());

        assertThat(alerts).singleElement().satisfies(alert -> {
            assertThat(alert.minute()).isEqualTo(KeyVaultScenario.HARVEST_MINUTE);
            assertThat(alert.upn()).isEqualTo(KeyVaultScenario.HARVESTER);
            assertThat(alert.eventCount()).isEqualTo(34);
            assertThat(alert.actions()).hasSize(9).doesNotContain("VaultGet");
        });
    }

    @Test
    void givenNineReadsAmongWritesWhenCountedThenTheyAreOneShort() {
        assertThat(readsByMinute(KeyVaultScenario.NINE_READS)).containsExactly(Map.entry(minute("02:15"), 9));
    }

    @Test
    void givenReadsOfOneOperationWhenCountedThenOnlyTheDistinctOperationsAreShort() {
        assertThat(readsByMinute(KeyVaultScenario.ONE_ACTION)).containsExactly(Map.entry(minute("02:22"), 12));
    }

    @Test
    void givenABurstOverTheEdgeWhenCountedThenNeitherMinuteHasTen() {
        assertThat(readsByMinute(KeyVaultScenario.OVER_THE_EDGE))
                .containsExactly(Map.entry(minute("02:29"), 9), Map.entry(minute("02:30"), 9));
    }

    @Test
    void givenTheQuietHourWhenInOrderOfArrivalThenNoFactIsMoreThanThreeSecondsLate() {
        Instant newest = Instant.MIN;
        Duration worst = Duration.ZERO;
        for (Fact fact : KeyVaultScenario.quietHour()) {
            if (fact.time().isAfter(newest)) {
                newest = fact.time();
            }
            Duration late = Duration.between(fact.time(), newest);
            worst = late.compareTo(worst) > 0 ? late : worst;
        }
        assertThat(worst).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(3));
    }

    @Test
    void givenTheQuietHourWhenReadThenEveryoneIsInvented() {
        assertThat(KeyVaultScenario.quietHour()).allSatisfy(fact -> {
            assertThat(fact.caller().ip()).matches("(192\\.0\\.2|198\\.51\\.100|203\\.0\\.113)\\.\\d+|2001:db8:.*");
            assertThat(fact.caller().oid()).startsWith("00000000-0000-4000-8000-");
            if (fact.caller().isPerson()) {
                assertThat(fact.caller().uniqueName()).endsWith(".example");
            }
        });
    }

    private static Map<Instant, Integer> readsByMinute(String upn) {
        return KeyVaultScenario.quietHour().stream()
                .filter(fact -> upn.equals(fact.upn()) && Operations.isRead(fact.operation()))
                .collect(Collectors.toMap(
                        fact -> fact.time().truncatedTo(ChronoUnit.MINUTES), fact -> 1, Integer::sum, TreeMap::new));
    }

    private static Instant minute(String hourAndMinute) {
        return Instant.parse("2026-11-03T" + hourAndMinute + ":00Z");
    }

    private static byte[] unzip(byte[] compressed) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
            return in.readAllBytes();
        }
    }
}
