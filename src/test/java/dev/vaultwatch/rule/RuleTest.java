package dev.vaultwatch.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.vaultwatch.api.RuleInfo;
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

    @Test
    @DisplayName("A fingerprint of several texts tells where one ends and the next begins")
    void boundaries() {
        assertThat(Fingerprints.of(List.of("ab", "c")))
                .isEqualTo(Fingerprints.of(List.of("ab", "c")))
                .isNotEqualTo(Fingerprints.of(List.of("a", "bc")));
    }

    @Nested
    @DisplayName("What alerts carry of a rule")
    class Info {
        private final Rule rule = RULE.toBuilder()
                .name("Harvest")
                .version(4)
                .severity("high")
                .riskScore(73)
                .eventCount(Optional.of("reads"))
                .labels(Map.of("vaults", "vaults"))
                .threats(List.of(new Rule.Threat(
                        new Rule.Attack("TA0006", "Credential Access"),
                        List.of(new Rule.Technique(
                                new Rule.Attack("T1555", "Credentials from Password Stores"),
                                List.of(new Rule.Attack("T1555.006", "Cloud Secrets Management Stores")))))))
                .build();

        @Test
        @DisplayName("has its place in ATT&CK down to the sub-technique, each with its page")
        void attack() {
            String page = "https://attack.mitre.org/";
            assertThat(rule.info().threats())
                    .containsExactly(new RuleInfo.Threat(
                            new RuleInfo.Attack("TA0006", "Credential Access", page + "tactics/TA0006/"),
                            List.of(new RuleInfo.Technique(
                                    new RuleInfo.Attack(
                                            "T1555", "Credentials from Password Stores", page + "techniques/T1555/"),
                                    List.of(new RuleInfo.Attack(
                                            "T1555.006",
                                            "Cloud Secrets Management Stores",
                                            page + "techniques/T1555/006/"))))));
        }

        @Test
        @DisplayName("has the labels, and none for the count of events unless the rule names it")
        void labels() {
            assertThat(rule.info().labels()).isEqualTo(Map.of("vaults", "vaults", "reads", "-"));
            assertThat(rule.toBuilder()
                            .labels(Map.of("reads", "reads"))
                            .build()
                            .info()
                            .labels())
                    .isEqualTo(Map.of("reads", "reads"));
            assertThat(RULE.info().labels()).isEmpty();
        }

        @Test
        @DisplayName("has its name for people; messages name it by id and version")
        void names() {
            assertThat(rule.info().name()).isEqualTo("Harvest");
            assertThat(rule.info().guide()).isEqualTo("epl/r/guide.md");
            assertThat(rule).hasToString("r version 4");
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

    @Nested
    @DisplayName("The text of a rule without what is for people alone")
    class PlainText {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '~',
                value = {
                    "select  a  // what\\nfrom b | select a from b",
                    "select /* one */ a /* two */from b | select a from b",
                    "a // the end | a",
                    "a /* the end | a",
                    "a /*/ still */ b | a b",
                    "a/* one */b | a b",
                    "a// what\\nb | a b",
                    "/* begins */ a | a",
                    "// begins\\na | a",
                    "'a  // b' c | 'a  // b' c",
                    "\"a /* b\"  c | \"a /* b\" c",
                    "`a  b` c | `a  b` c",
                    "'it\\'s  // in' c  // out | 'it\\'s  // in' c",
                    "'never  closed | 'never  closed",
                    "a / b | a / b"
                })
        void plain(String epl, String plain) {
            assertThat(EplText.withoutComments(epl.replace("\\n", "\n"))).isEqualTo(plain);
        }
    }

    @Nested
    @DisplayName("What was probably meant")
    class Meant {
        @ParameterizedTest
        @CsvSource({
            "ab, 'ba', ba",
            "abcdef, 'abcdfe', abcdfe",
            "abcdef, 'abxyef', abxyef",
            "abcdef, 'abwxyz', ''",
            "a, 'abc', ''",
            "aa, 'bb', ''",
            "SECRETGET, 'SecretGet', SecretGet",
            "abc, 'abd;abe', abd",
            "abcd, 'abcde', abcde",
            "a, 'ab', ab",
            "ab, 'c', ''",
            "c, 'ab', ''",
            "xxabc, 'abc', ''",
            "abc, 'xxabc', ''",
            "badc, 'abcd', ''",
            "abcdef, 'abcaaf;abcdez', abcdez"
        })
        void nearest(String name, String known, String meant) {
            assertThat(Nearest.of(name, List.of(known.split(";"))).orElse("")).isEqualTo(meant);
        }

        @Test
        @DisplayName("ends a sentence, with or without a guess; what is known is not guessed at")
        void question() {
            assertThat(Nearest.asQuestion("upm", List.of("upn"))).isEqualTo("; did you mean 'upn'?");
            assertThat(Nearest.asQuestion("zzzzz", List.of("upn"))).isEqualTo(".");
            assertThat(Nearest.of("upn", List.of("upn", "upm"))).isEmpty();
        }
    }

    @Nested
    @DisplayName("A key as text")
    class KeyAsText {
        @Test
        @DisplayName("is read again as what it was, of every type, absent values too")
        void parsed() {
            GroupingKey key =
                    GroupingKey.of(Property.UPN, Property.HTTP_STATUS, Property.DURATION_MS, Property.RBAC_AUTHORIZED);
            KeyVaultEvent event = KeyVaultEvent.builder(1, "SecretGet")
                    .with(Property.UPN, "ann")
                    .with(Property.HTTP_STATUS, 403)
                    .with(Property.DURATION_MS, 12L)
                    .with(Property.RBAC_AUTHORIZED, true)
                    .build();
            assertThat(key.parse(key.named(key.of(event)))).isEqualTo(key.of(event));
            KeyVaultEvent bare = KeyVaultEvent.bare(1, "SecretGet", null);
            assertThat(key.parse(key.named(key.of(bare)))).isEqualTo(key.of(bare));
            GroupingKey single = GroupingKey.of(Property.HTTP_STATUS);
            assertThat(single.parse(single.named(403))).isEqualTo(403);
            assertThat(single.parse(single.named(null))).isNull();
            assertThat(key.properties()).hasSize(4);
        }

        @Test
        @DisplayName("equals another of the same properties")
        void equal() {
            GroupingKey one = GroupingKey.of(Property.UPN, Property.VAULT);
            GroupingKey other = GroupingKey.of(Property.VAULT, Property.UPN);
            assertThat(one).isEqualTo(other).hasSameHashCodeAs(other).isNotEqualTo(GroupingKey.of(Property.UPN));
            assertThat(one.hashCode()).isNotEqualTo(GroupingKey.of(Property.UPN).hashCode());
            assertThatThrownBy(() -> one.ofValues("a")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    @DisplayName("A window says how far it looks: to the second, up to a day")
    void memory() {
        assertThat(new Window.Tumbling(Duration.ofSeconds(1)).memory()).isEqualTo(Duration.ofSeconds(1));
        assertThat(new Window.Tumbling(Duration.ofHours(24)).memory()).isEqualTo(Duration.ofHours(24));
        assertThat(new Window.Single().memory()).isEqualTo(Duration.ZERO);
        assertThat(new Window.Ordered(Duration.ofSeconds(5), Duration.ofSeconds(9)).memory())
                .isGreaterThanOrEqualTo(Duration.ofSeconds(5));
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3, 10.0.0.0/8, true",
        "11.1.2.3, 10.0.0.0/8, false",
        "10.128.0.1, 10.128.0.0/9, true",
        "10.127.0.1, 10.128.0.0/9, false",
        "10.0.0.1, 10.0.0.1, true",
        "10.0.0.2, 10.0.0.1, false",
        "::ffff:10.1.2.3, 10.0.0.0/8, true",
        "2001:db8::1, 2001:db8::/32, true",
        "2001:db9::1, 2001:db8::/32, false",
        "1.2.3.4, 0.0.0.0/0, true",
        "2001:db8::1, 0.0.0.0/0, false",
        "10.0.0.1, 10.0.0.1/32, true",
        "10.0.0.0, 10.0.0.1/32, false",
        "10.0.0.255, 10.0.0.0/8, true",
        "2001:db8::1, 2001:db8::1/128, true",
        "2001:db8::, 2001:db8::1/128, false",
        "1:2:3:4:5:6:7:8, ::/0, true",
        "1:2:3:4::5:6:7:8, ::/0, false",
        "10.0.0, 10.0.0.0/8, false",
        "10.0.0.256, 10.0.0.0/8, false",
        "2001:db8:0:0:0:0:0:1, 2001:db8::1, true",
        "::ffff:0:1, ::/96, false",
        "1::2::3, ::/0, false",
        "::1, ::/0, true",
        "64:ff9b::192.0.2.33, 64:ff9b::/96, true",
        "2001:db8:12345::1, ::/0, false",
        "1:2:3:4:5:6:7:8:9, ::/0, false"
    })
    @DisplayName("An address is in its network, and in no other")
    void networks(String address, String network, boolean in) {
        assertThat(Cidr.of(network).orElseThrow().contains(address)).isEqualTo(in);
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "host/8", "2001:db8::/129", "1.2.3/8", "10.0.0.0/8/8"})
    @DisplayName("What is no network is none")
    void noNetwork(String text) {
        assertThat(Cidr.of(text)).isEmpty();
    }
}
