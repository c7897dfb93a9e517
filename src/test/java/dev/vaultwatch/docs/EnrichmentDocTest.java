package dev.vaultwatch.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Enricher;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/enrichment.md shows and names is what there is. */
class EnrichmentDocTest {
    private static final Path DOC = Path.of("docs/enrichment.md");

    @Test
    @DisplayName("The enricher of one's own compiles against the api and names the network")
    void own(@TempDir Path classes) throws Exception {
        try (URLClassLoader loader = Snippet.compile(DOC, "Networks", classes)) {
            Enricher networks = (Enricher)
                    loader.loadClass("Networks").getDeclaredConstructor().newInstance();

            assertThat(networks.enrich(name -> Optional.of("10.1.2.3")))
                    .isEqualTo(Map.of("source.as.organization.name", "Contoso VPN"));
            assertThat(networks.enrich(name -> Optional.of("192.0.2.7"))).isEmpty();
        }
    }

    @Test
    @DisplayName("Fields, properties and columns of the table are those of the event and of the shipped rule")
    void fields() throws Exception {
        Rule rule =
                RuleFolder.at(Path.of("epl/excessive-secret-retrieval")).read().get(0);
        List<String[]> rows = Files.readAllLines(DOC).stream()
                .filter(line -> line.startsWith("| `source."))
                .map(line -> line.replace("`", "").split(" *\\| *"))
                .toList();

        assertThat(rows).hasSize(6).allSatisfy(row -> {
            assertThat(Property.ofEcs(row[1])).map(Property::epl).hasValue(row[2]);
            assertThat(rule.info().fields()).containsEntry(row[3], row[1]);
        });
    }
}
