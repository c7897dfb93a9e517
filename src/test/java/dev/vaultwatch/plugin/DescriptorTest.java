package dev.vaultwatch.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.ConfigKey;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginDescriptor;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

/** The descriptor tells the truth: about the pom, the classes, the rules and the configuration. */
class DescriptorTest {
    private final PluginDescriptor descriptor = new VaultwatchPluginFactory().descriptor();

    @Test
    void theOneInTheJarIsTheOneAtTheTopLevel() throws Exception {
        try (InputStream packed =
                VaultwatchPlugin.class.getResourceAsStream("/META-INF/vaultwatch/plugin-descriptor.json")) {
            assertThat(packed).hasContent(Files.readString(Path.of("plugin-descriptor.json")));
        }
        ObjectMapper mapper = new ObjectMapper();
        for (Map.Entry<String, JsonNode> field :
                mapper.readTree(Path.of("plugin-descriptor.json").toFile()).properties()) {
            Object value = PluginDescriptor.class.getMethod(field.getKey()).invoke(descriptor);
            assertThat(mapper.<JsonNode>valueToTree(value)).as(field.getKey()).isEqualTo(field.getValue());
        }
    }

    @Test
    void versionLicenceJavaAndEngineAreThePoms() throws Exception {
        assertThat(descriptor.version()).isEqualTo(pom("/project/version"));
        assertThat(descriptor.licence()).isEqualTo(pom("/project/licenses/license/name"));
        assertThat(descriptor.javaMinimum())
                .isEqualTo(Integer.parseInt(pom("/project/properties/maven.compiler.release")));
        assertThat(descriptor.engine()).isEqualTo("Esper " + pom("/project/properties/esper.version"));
        assertThat(descriptor.apiRange()).startsWith("[0.1,").endsWith(")");
    }

    private static String pom(String path) throws Exception {
        Document document = DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(Path.of("pom.xml").toFile());
        return XPathFactory.newDefaultInstance().newXPath().evaluate(path, document);
    }

    @Test
    void theFactoryIsAClassThatServiceLoaderWouldMake() throws Exception {
        Object factory = Class.forName(descriptor.factory()).getConstructor().newInstance();
        assertThat(factory).isInstanceOf(DetectionPluginFactory.class);
        assertThat(Files.readString(
                        Path.of("src/main/resources/META-INF/services", DetectionPluginFactory.class.getName())))
                .isEqualToIgnoringNewLines(descriptor.factory());
    }

    @Test
    void theRulesAreThoseInTheFolderAndInTheJar() throws IOException {
        try (var folders = Files.list(Path.of("epl"))) {
            assertThat(descriptor.rules())
                    .containsExactlyInAnyOrderElementsOf(
                            folders.map(folder -> folder.getFileName().toString())
                                    .toList());
        }
        List<Rule> packed = RuleFolder.packed(descriptor.rules()).read();
        List<Rule> onDisk = RuleFolder.at(Path.of("epl")).read();
        assertThat(packed)
                .extracting(Rule::id)
                .isEqualTo(onDisk.stream().map(Rule::id).toList());
        assertThat(packed)
                .extracting(Rule::epl)
                .isEqualTo(onDisk.stream().map(Rule::epl).toList());
        assertThat(packed)
                .allSatisfy(rule ->
                        assertThat(Path.of("epl", rule.id(), "guide.md")).isNotEmptyFile());
    }

    @Test
    void thePartitionKeyIsTheGroupingKeyOfEveryRuleThatIsOnByDefault() {
        assertThat(RuleFolder.packed(descriptor.rules()).read())
                .filteredOn(Rule::enabled)
                .allSatisfy(rule -> assertThat(rule.key().properties())
                        .extracting(Property::ecs)
                        .containsExactly(descriptor.partitionKey()));
    }

    @Test
    void everyKeyIsKnownAndItsDefaultIsWhatHoldsWithoutIt() {
        PluginConfig silent = PluginConfig.read(Map.of());
        assertThat(descriptor.config())
                .isNotEmpty()
                .allSatisfy(key -> assertThat(PluginConfig.read(Map.of(key.name(), key.defaultValue())))
                        .as(key.name())
                        .isEqualTo(silent));
    }

    @Test
    void everyKeyThatThePluginKnowsIsDescribed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PluginConfig.read(Map.of("no.such.key", "1")))
                .satisfies(e -> {
                    String message = String.valueOf(e.getMessage());
                    String known = message.substring(message.indexOf("there are ") + 10, message.length() - 1);
                    assertThat(known.split(", "))
                            .containsExactlyInAnyOrderElementsOf(descriptor.config().stream()
                                    .map(ConfigKey::name)
                                    .toList());
                });
    }

    @Test
    void theRangesAreTheOnesThatHold() {
        assertRefused("time.slack", "PT10M0.001S");
        assertRefused("time.slack", "PT-1S");
        assertRefused("time.idle-timeout", "PT1H0.001S");
        assertRefused("time.max-future", "PT24H0.001S");
        assertRefused("time.max-future", "PT0.0004S");
        assertRefused("bounds.rule-time", "PT0S");
        assertRefused("alerts.max-values", "0");
        assertRefused("alerts.max-values", "100001");
        assertRefused("record.max-bytes", "1023");
        assertRefused("record.max-bytes", "67108865");
        assertRefused("identity", "both");
        assertRefused("time.owner", "me");
        assertRefused("alerts.early", "yes");
        assertRefused("alerts.cap", "1");
    }

    private static void assertRefused(String key, String value) {
        assertThatIllegalArgumentException()
                .as("%s=%s", key, value)
                .isThrownBy(() -> PluginConfig.read(Map.of(key, value)))
                .withMessageContaining(key)
                .withMessageContaining(value)
                .withMessageContaining("expected");
    }
}
