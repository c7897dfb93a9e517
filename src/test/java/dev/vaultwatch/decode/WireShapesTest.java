package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.samples.Fact;
import dev.vaultwatch.samples.KeyVaultScenario;
import dev.vaultwatch.samples.SampleFile;
import dev.vaultwatch.samples.WireShapes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same facts make the same events whatever shape they come in. */
class WireShapesTest {

    private static final List<Fact> FACTS = KeyVaultScenario.quietHour();
    private final WireShapes shapes = new WireShapes();

    @ParameterizedTest
    @EnumSource(SampleFile.class)
    void givenTheSameFactsWhenDecodedFromEveryShapeThenTheEventsAreEqual(SampleFile file) throws IOException {
        byte[] bytes = bytes(file);

        Outcome outcome = Outcome.of(bytes, IdentityMode.MERGED);

        assertThat(outcome.letters).isEmpty();
        assertThat(outcome.ignored).isZero();
        assertThat(outcome.events.stream().map(WireShapesTest::common).toList())
                .isEqualTo(FACTS.stream().map(WireShapesTest::expected).toList());
    }

    @ParameterizedTest
    @EnumSource(SampleFile.class)
    void givenAFileOfEveryShapeWhenReadInPiecesThenTheEventsAreThoseOfTheWhole(SampleFile file) throws IOException {
        byte[] bytes = bytes(file);

        Outcome inPieces = Outcome.read(new ByteArrayInputStream(bytes), Outcome.MAX_BYTES);

        assertThat(inPieces.events).isEqualTo(Outcome.of(bytes, IdentityMode.MERGED).events);
        assertThat(inPieces.records()).isEqualTo(FACTS.size());
    }

    @ParameterizedTest
    @EnumSource(SampleFile.class)
    void givenUpstreamIdentityWhenDecodedThenOnlyTheUpnClaimCounts(SampleFile file) throws IOException {
        Outcome outcome = Outcome.of(bytes(file), IdentityMode.UPSTREAM);

        assertThat(outcome.events.stream().map(KeyVaultEvent::upn).toList())
                .isEqualTo(FACTS.stream().map(Fact::claimUpn).toList());
        assertThat(outcome.events)
                .allSatisfy(event -> assertThat(event.objectId()).isNull());
    }

    @Test
    void givenAnEcsDocumentWhenDecodedThenItsPlaceAndAgentAreKept() {
        Fact fact = FACTS.get(0);
        Fact.Place place = fact.caller().place();

        for (Map<String, Object> document : List.of(shapes.ecs(fact), shapes.ecsDotted(fact))) {
            KeyVaultEvent event =
                    Outcome.of(shapes.json(document), IdentityMode.MERGED).event();
            assertThat(event.city()).isEqualTo(place.city());
            assertThat(event.region()).isEqualTo(place.region());
            assertThat(event.country()).isEqualTo(place.country());
            assertThat(event.organization()).isEqualTo(place.organization());
            assertThat(event.agent()).isEqualTo("eventhub-reader-01");
        }
    }

    @Test
    void givenMapsOfEveryShapeWhenDecodedThenTheEventsAreThoseOfTheBytes() {
        for (Fact fact : FACTS.subList(0, 50)) {
            for (Map<String, Object> map : List.of(
                    shapes.raw(fact),
                    shapes.azureDiagnostics(fact),
                    shapes.auditLogs(fact),
                    shapes.auditLogsWithTextIdentity(fact),
                    shapes.ecs(fact),
                    shapes.ecsDotted(fact))) {
                assertThat(Outcome.of(map).event())
                        .isEqualTo(Outcome.of(shapes.json(map), IdentityMode.MERGED)
                                .event());
            }
        }
    }

    @Test
    void givenManyThreadsWhenDecodingAtOnceThenEachGetsItsOwnEvents() {
        byte[] lines = SampleFile.AUDIT_EVENT.render(FACTS);
        List<KeyVaultEvent> expected = Outcome.of(lines, IdentityMode.MERGED).events;

        assertThat(IntStream.range(0, 40).parallel().mapToObj(i -> Outcome.of(lines, IdentityMode.MERGED).events))
                .allMatch(expected::equals);
    }

    private static byte[] bytes(SampleFile file) throws IOException {
        byte[] bytes = file.render(FACTS);
        if (file != SampleFile.AUDIT_EVENT_GZ) {
            return bytes;
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return in.readAllBytes();
        }
    }

    /** What all shapes tell. Only Elastic's know places; rows spell ids in small letters; these have no agent. */
    private static List<@Nullable Object> common(KeyVaultEvent event) {
        return Arrays.asList(
                event.time(),
                event.action(),
                event.upn(),
                event.appId(),
                event.objectId(),
                event.sourceIp(),
                event.sourceAddress(),
                lower(event.vault()),
                event.resultType(),
                event.resultSignature(),
                event.httpStatus(),
                event.cloudRegion(),
                lower(event.subscriptionId()),
                lower(event.resourceGroup()),
                lower(event.resourceId()));
    }

    private static List<@Nullable Object> expected(Fact fact) {
        Fact.Vault vault = fact.vault();
        return Arrays.asList(
                fact.time().toEpochMilli(),
                fact.operation(),
                fact.upn(),
                fact.isAnonymous() ? null : fact.caller().appId(),
                fact.isAnonymous() ? null : fact.caller().oid(),
                fact.caller().ip(),
                null,
                lower(vault.name()),
                "Success",
                fact.resultSignature(),
                fact.httpStatus(),
                null,
                lower(vault.subscription()),
                lower(vault.resourceGroup()),
                lower(vault.resourceId()));
    }

    private static @Nullable String lower(@Nullable String text) {
        return text == null ? null : text.toLowerCase(Locale.ROOT);
    }
}
