package dev.vaultwatch.enrich;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Enricher;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What an enricher's answer does to an event. */
class EnrichmentTest {
    private final KeyVaultEvent event = KeyVaultEvent.bare(7, "SecretGet", "a@contoso.example");

    private final List<String> notices = new ArrayList<>();

    private Enrichment of(Enricher... enrichers) {
        return new Enrichment(List.of(enrichers), notices::add);
    }

    @Test
    @DisplayName("A field that is absent is added")
    void added() {
        assertThat(of(asked -> Map.of("agent.name", "host-1")).enrich(event))
                .isEqualTo(event.toBuilder().with(Property.AGENT, "host-1").build());
    }

    @Test
    @DisplayName("What the record says is never changed, its time and action least of all")
    void kept() {
        Enrichment enrichment = of(asked ->
                Map.of("azure.platformlogs.identity.claim.upn", "boss", "@timestamp", "1", "event.action", "KeyGet"));

        assertThat(enrichment.enrich(event)).isSameAs(event);
    }

    @Test
    @DisplayName("A later enricher sees what an earlier one added, and does not change it")
    void order() {
        Enrichment enrichment = of(
                asked -> Map.of("agent.name", "first"),
                asked -> Map.of(
                        "agent.name",
                        "second",
                        "cloud.region",
                        asked.get("agent.name").orElse("?")));

        KeyVaultEvent enriched = enrichment.enrich(event);

        assertThat(enriched.agent()).isEqualTo("first");
        assertThat(enriched.cloudRegion()).isEqualTo("first");
    }

    @Test
    @DisplayName("An enricher that throws is counted; the event and the next enricher go on")
    void failure() {
        Enrichment enrichment = of(
                asked -> {
                    throw new IllegalStateException("down");
                },
                asked -> Map.of("agent.name", "host-1"));

        assertThat(enrichment.enrich(event).agent()).isEqualTo("host-1");
        assertThat(enrichment.failures()).isEqualTo(1);
    }

    @Test
    @DisplayName("A failure is said with its class and place and without its message, for the 1st, 10th and 100th time")
    void said() {
        Enrichment enrichment = of(asked -> {
            throw new IllegalStateException("mallory is not on the list");
        });

        for (int i = 0; i < 150; i++) {
            enrichment.enrich(event);
        }

        assertThat(notices)
                .hasSize(3)
                .allSatisfy(notice -> assertThat(notice)
                        .contains("java.lang.IllegalStateException at ", "EnrichmentTest")
                        .doesNotContain("mallory"));
        assertThat(notices.get(2)).startsWith("An enricher failed for the 100th time with ");
        assertThat(enrichment.failures()).isEqualTo(150);
    }

    @SuppressWarnings("NullAway") // a host in another language, or without such checks
    static List<Enricher> broken() {
        Map<String, String> noValue = new HashMap<>();
        noValue.put("agent.name", null);
        Map<String, String> noName = new HashMap<>();
        noName.put(null, "x");
        return List.of(
                asked -> null,
                asked -> noValue,
                asked -> noName,
                asked -> Map.of("agent.name", asked.get(null).orElse("x")),
                asked -> {
                    throw new NoClassDefFoundError("com/host/Gone");
                },
                asked -> {
                    throw new StackOverflowError();
                },
                asked -> {
                    throw new AssertionError();
                });
    }

    @ParameterizedTest
    @MethodSource("broken")
    @DisplayName("Whatever a broken enricher gives or throws, the event goes on as it was")
    void anything(Enricher enricher) {
        Enrichment enrichment = of(enricher, asked -> Map.of("cloud.region", "westeurope"));

        assertThat(enrichment.enrich(event))
                .isEqualTo(event.toBuilder()
                        .with(Property.CLOUD_REGION, "westeurope")
                        .build());
        assertThat(enrichment.failures()).isEqualTo(1);
        assertThat(notices).hasSize(1);
    }

    @Test
    @DisplayName("A value that is not of its field's type is counted and left out")
    void type() {
        Enrichment enrichment = of(asked -> Map.of("source.as.number", "AS64500", "agent.name", "host-1"));

        assertThat(enrichment.enrich(event).asNumber()).isNull();
        assertThat(enrichment.enrich(event).agent()).isEqualTo("host-1");
        assertThat(enrichment.failures()).isEqualTo(2);
    }

    @Test
    @DisplayName("A field that no rule can see is ignored")
    void unknown() {
        assertThat(of(asked -> Map.of("host.name", "host-1")).enrich(event)).isSameAs(event);
    }
}
