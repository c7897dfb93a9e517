package dev.vaultwatch.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A rule's values: its key, its window, its fingerprint. */
class RuleTest {
    private static final Rule RULE = Rule.builder("r").epl("select upn from X").build();

    @Nested
    class Fingerprint {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "// tuned\nselect upn from X",
                    "select /* all */ upn\n\tfrom X\n",
                    "select upn from X // don't",
                    "  select upn from X"
                })
        @DisplayName("Comments and white space do not change it")
        void comments(String epl) {
            assertThat(RULE.toBuilder().epl(epl).build().fingerprint()).isEqualTo(RULE.fingerprint());
        }

        @Test
        @DisplayName("What only describes does not change it")
        void description() {
            Rule described = RULE.toBuilder()
                    .name("n")
                    .severity("high")
                    .tags(List.of("t"))
                    .labels(Map.of("upn", "user"))
                    .build();

            assertThat(described.fingerprint()).isEqualTo(RULE.fingerprint());
        }

        @Test
        @DisplayName("Each fact that changes what is found changes it")
        void facts() {
            Set<String> seen = new TreeSet<>(List.of(RULE.fingerprint()));
            for (Rule.Builder changed : List.of(
                    RULE.toBuilder().id("s"),
                    RULE.toBuilder().epl("select upn from 'X '"),
                    RULE.toBuilder().epl("select upn from 'X  '"),
                    RULE.toBuilder().epl("select upn from '// X'"),
                    RULE.toBuilder().window(new Window.Tumbling(Duration.ofMinutes(2))),
                    RULE.toBuilder().window(new Window.Ordered(Duration.ofMinutes(2), Duration.ofMinutes(2))),
                    RULE.toBuilder().window(new Window.Ordered(Duration.ofMinutes(2), Duration.ofMinutes(3))),
                    RULE.toBuilder().window(new Window.Single()),
                    RULE.toBuilder().key(GroupingKey.of(Property.VAULT)),
                    RULE.toBuilder().eventCount(Optional.of("n")),
                    RULE.toBuilder().cap(new Rule.Cap(1, Duration.ofMinutes(8))),
                    RULE.toBuilder().settings(Map.of("min", 3)))) {
                assertThat(seen.add(changed.build().fingerprint())).isTrue();
            }
        }
    }

    @Nested
    class Key {
        private final KeyVaultEvent event = KeyVaultEvent.bare(0, "SecretGet", "ada");

        @Test
        @DisplayName("A single property's key is its value, or null")
        void single() {
            assertThat(GroupingKey.of(Property.UPN).of(event)).isEqualTo("ada");
            assertThat(GroupingKey.of(Property.VAULT).of(event)).isNull();
        }

        @Test
        @DisplayName("A key of several is a list in the order of the names, however they are given")
        void several() {
            GroupingKey key = GroupingKey.of(Property.VAULT, Property.UPN, Property.ACTION);

            assertThat(key).isEqualTo(GroupingKey.of(Property.ACTION, Property.VAULT, Property.UPN));
            assertThat(key.of(event)).isEqualTo(Arrays.asList("SecretGet", "ada", null));
            assertThat(key.named(key.of(event))).isEqualTo(Map.of("action", "SecretGet", "upn", "ada", "vault", ""));
            assertThat(key.named(key.of(event)).keySet()).containsExactly("action", "upn", "vault");
            assertThat(key.ofValues("SecretGet", "ada", null)).isEqualTo(key.of(event));
        }

        @Test
        @DisplayName("A key without a property can't be made")
        void none() {
            assertThatThrownBy(() -> GroupingKey.of(List.of())).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT0.5S", "PT1.5S", "PT-1S", "PT24H0.001S", "PT25H"})
    @DisplayName("A window of another length than whole seconds up to a day can't be made")
    void lengths(Duration length) {
        assertThatThrownBy(() -> new Window.Tumbling(length)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Window.Ordered(length, Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Window.Ordered(Duration.ofSeconds(1), length))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "secretget, SecretGet",
        "SecretGte, SecretGet",
        "SecrtList, SecretList",
        "KeyGett, KeyGet",
        "nothing,",
        "SecretGet,",
        "'',"
    })
    @DisplayName("The nearest name is what a misspelt one was meant to be")
    void nearest(String name, String expected) {
        assertThat(Nearest.of(name, List.of("SecretGet", "SecretList", "KeyGet")))
                .isEqualTo(Optional.ofNullable(expected));
    }

    @Test
    @DisplayName("The schema lists every property as a possible key")
    void schema() throws IOException {
        JsonNode schema = new ObjectMapper()
                .readTree(Path.of("src/main/resources/META-INF/vaultwatch/rule.schema.json")
                        .toFile());
        Set<String> names = new TreeSet<>();
        schema.at("/properties/groupingKey/items/enum").forEach(each -> names.add(each.textValue()));

        assertThat(names)
                .isEqualTo(
                        new TreeSet<>(Property.all().stream().map(Property::epl).toList()));
    }

    @Test
    @DisplayName("The page about rules lists every property, and marks the confidential ones")
    void page() throws IOException {
        String page = Files.readString(Path.of("docs/rules.md"));
        for (Property property : Property.all()) {
            assertThat(page)
                    .contains("| `" + property.epl() + "` | `" + property.ecs() + "` | "
                            + property.type().getSimpleName() + (property.isConfidential() ? ", confidential" : "")
                            + " |");
        }
    }
}
