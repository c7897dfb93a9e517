package dev.vaultwatch.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.RuleInfo;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The shipped rule against the facts of the rule that it follows, item by item; docs/upstream.md says the same. */
class UpstreamTest {
    private static final Path DOC = Path.of("docs/upstream.md");
    private static final JsonNode FACTS = facts();

    private final Rule rule =
            RuleFolder.at(Path.of("epl/excessive-secret-retrieval")).read().get(0);
    private final RuleInfo info = rule.info();

    @Test
    @DisplayName("Name and newest name")
    void name() {
        assertThat(info.name()).isEqualTo(text("name"));
        assertThat(info.source()).containsEntry("name", text("name")).containsEntry("newest_name", text("newestName"));
    }

    @Test
    @DisplayName("Identifier")
    void identifier() {
        assertThat(info.uuid()).contains(text("id"));
        assertThat(info.source()).containsEntry("id", text("id"));
    }

    @Test
    @DisplayName("Version and newest version")
    void version() {
        assertThat(info.source())
                .containsEntry("version", text("version"))
                .containsEntry("newest_version", text("newestVersion"));
    }

    @Test
    @DisplayName("Author and licence: ours in the rule, upstream's under source")
    void author() {
        assertThat(info.authors()).isNotEmpty().doesNotContain(text("author"));
        assertThat(info.license()).contains("GPL-2.0-only");
        assertThat(info.source()).containsEntry("author", text("author")).containsEntry("license", text("license"));
    }

    @Test
    @DisplayName("Severity and risk score")
    void severity() {
        assertThat(info.severity()).isEqualTo(text("severity"));
        assertThat(info.riskScore()).isEqualTo(FACTS.path("riskScore").intValue());
    }

    @Test
    @DisplayName("Schedule and most alerts")
    void schedule() {
        assertThat(rule.cap())
                .isEqualTo(new Rule.Cap(
                        FACTS.path("maxAlerts").intValue(),
                        Duration.ofMinutes(FACTS.path("everyMinutes").intValue())));
        assertThat(info.source())
                .containsEntry(
                        "schedule",
                        "every %s minutes over the last %s, at most %s alerts"
                                .formatted(text("everyMinutes"), text("overMinutes"), text("maxAlerts")));
    }

    @Test
    @DisplayName("All ten tags, in order")
    void tags() {
        assertThat(info.tags()).hasSize(10).isEqualTo(texts("tags"));
    }

    @Test
    @DisplayName("Reference")
    void reference() {
        assertThat(info.references()).first().isEqualTo(text("reference"));
    }

    @Test
    @DisplayName("ATT&CK: ids, names and addresses, of both tactics")
    void attack() {
        List<RuleInfo.Attack> told = new ArrayList<>();
        for (RuleInfo.Threat threat : info.threats()) {
            told.add(threat.tactic());
            threat.techniques().forEach(technique -> {
                told.add(technique.attack());
                told.addAll(technique.subtechniques());
            });
        }
        List<RuleInfo.Attack> upstream = new ArrayList<>();
        FACTS.path("threats")
                .forEach(threat -> upstream.add(new RuleInfo.Attack(
                        threat.path("id").textValue(),
                        threat.path("name").textValue(),
                        threat.path("reference").textValue())));
        assertThat(told).isEqualTo(upstream);
    }

    @Test
    @DisplayName("The 20 actions")
    void actions() {
        assertThat(found("'([A-Z]\\w+)'", rule.epl())).hasSize(20).isEqualTo(texts("actions"));
    }

    @Test
    @DisplayName("Window and thresholds")
    void threshold() {
        assertThat(rule.epl())
                .contains("min_events = " + text("minEvents"))
                .contains("min_distinct_actions = " + text("minDistinctActions"))
                .contains("#time_batch(" + text("windowMinutes") + " min, 0L)");
    }

    @Test
    @DisplayName("Every column of upstream's, and no more than those that docs/upstream.md names")
    void columns() {
        List<String> columns = new ArrayList<>(found("as `([^`]+)`", rule.epl()));
        columns.add("Esql.time_window_date_trunc");

        assertThat(columns).containsAll(texts("outputs"));
        columns.removeAll(texts("outputs"));
        assertThat(columns)
                .containsExactlyInAnyOrder(
                        "vaultwatch.result_signature_values",
                        "vaultwatch.source_address_values",
                        "vaultwatch.source_geo_country_iso_code_values",
                        "vaultwatch.source_as_number_values",
                        "vaultwatch.identity_claim_values");
    }

    @Test
    @DisplayName("Every column has a label or a place in the first line, and every mapped column is one of the rule's")
    void labels() {
        List<String> columns = found("as `([^`]+)`", rule.epl());

        assertThat(columns)
                .allSatisfy(column -> assertThat(info.labels().containsKey(column)
                                || column.equals("azure.platformlogs.identity.claim.upn"))
                        .as(column)
                        .isTrue());
        assertThat(columns).containsAll(info.fields().keySet());
    }

    @Test
    @DisplayName("Upstream's false positives are among ours, in other words")
    void falsePositives() {
        String ours = String.join("\n", info.falsePositives()).toLowerCase(Locale.ROOT);

        assertThat(texts("falsePositives")).allSatisfy(cause -> assertThat(ours).contains(cause));
    }

    @Test
    @DisplayName("Set-up and the guide's topics")
    void guide() throws IOException {
        String guide = Files.readString(Path.of(info.guide()));

        assertThat(info.setup()).contains("AuditEvent");
        assertThat(info.note()).contains("FOCI");
        assertThat(texts("guide")).allSatisfy(topic -> assertThat(guide).contains(topic));
    }

    static Stream<String> differences() throws IOException {
        return rows("## Different").filter(row -> !row.startsWith("item"));
    }

    @ParameterizedTest
    @MethodSource("differences")
    @DisplayName("Each difference says what is upstream's, what is ours, why, and the switch")
    void difference(String row) {
        assertThat(row.split(" \\| ", -1))
                .hasSize(5)
                .allSatisfy(cell -> assertThat(cell).isNotBlank());
    }

    @Test
    @DisplayName("The switches that docs/upstream.md names are configuration keys, and exist")
    void switches() throws IOException {
        String descriptor = Files.readString(Path.of("plugin-descriptor.json"));
        String doc = Files.readString(DOC);

        assertThat(Map.of(
                        "alerts.early", "alerts.early",
                        "alerts.cap", "alerts.cap",
                        "alerts.max-values", "alerts.max-values",
                        "time.lateness", "time.lateness",
                        "identity", "identity=upstream"))
                .allSatisfy((key, told) -> {
                    assertThat(descriptor).contains("\"" + key + "\"");
                    assertThat(doc).contains(told);
                });
    }

    private static Stream<String> rows(String heading) throws IOException {
        String section =
                Files.readString(DOC).split(Pattern.quote(heading), -1)[1].split("\n## ", -1)[0];
        return section.lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("|---"))
                .map(line -> line.substring(2, line.length() - 2));
    }

    private static List<String> found(String pattern, String in) {
        return Pattern.compile(pattern)
                .matcher(in)
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }

    private static String text(String fact) {
        return FACTS.path(fact).asText();
    }

    private static List<String> texts(String fact) {
        List<String> texts = new ArrayList<>();
        FACTS.path(fact).forEach(each -> texts.add(each.textValue()));
        return texts;
    }

    private static JsonNode facts() {
        try (InputStream in = UpstreamTest.class.getResourceAsStream("/upstream/facts.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException("upstream/facts.json can't be read", e);
        }
    }
}
