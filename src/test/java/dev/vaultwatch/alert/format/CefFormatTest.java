package dev.vaultwatch.alert.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fluenda.parcefone.event.CommonEvent;
import com.fluenda.parcefone.parser.CEFParser;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.RuleInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The Common Event Format, read back by two programs that share no code with the writer: ParCEFone, a library, which knows the
 * dictionary of keys and their types but does not undo every escape; and a reader written here from the specification alone.
 */
class CefFormatTest {
    private static final AlertFormat CEF = AlertFormat.named("cef");

    @ParameterizedTest
    @EnumSource(AlertStage.class)
    @DisplayName("A library that knows the dictionary takes every key and its type")
    void library(AlertStage stage) throws Exception {
        CommonEvent event = new CEFParser().parse(CEF.render(Sample.of(stage)), false);

        assertThat(event).isNotNull();
        assertThat(event.getHeader())
                .containsEntry("version", 0)
                .containsEntry("deviceVendor", "Vaultwatch")
                .containsEntry("deviceProduct", "Vaultwatch")
                .containsEntry("deviceEventClassId", "excessive-secret-retrieval")
                .containsEntry("name", "Excessive Secret or Key Retrieval from Azure Key Vault")
                .containsEntry("severity", "5");
        Map<String, Object> extension = event.getExtension(true);
        assertThat(extension)
                .containsEntry("externalId", "11b0b374c0a615ff5c7e1ce4923b575e")
                .containsEntry("suser", "mallory@contoso.example")
                .containsEntry("cs1", stage.name())
                .containsEntry("cs2", "KeyList, SecretGet, SecretList");
        assertThat(extension.get("cnt")).hasToString(stage == AlertStage.EARLY ? "10" : "34");
        assertThat(extension.get("cn1")).hasToString("43");
        assertThat(extension.keySet())
                .containsAll(Cef.read(CEF.render(Sample.of(stage))).extension().keySet());
    }

    @Test
    @DisplayName("One line, without a line end")
    void line() {
        assertThat(CEF.render(Sample.of(AlertStage.ON_TIME))).doesNotContain("\n", "\r");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a=b", "a\\=b", "a\\", "\\\\", "|", "\\|", "= cs1=CRITICAL", "a|b|c|10|", "cs1=forged suser=boss"
            })
    @DisplayName("Values with the format's own signs are read back as they were, and forge no key")
    void escapes(String value) {
        Cef read = Cef.read(CEF.render(Sample.of(AlertStage.ON_TIME).with(Sample.UPN, value)));

        assertThat(read.extension()).containsEntry("suser", value).containsEntry("cs1", "ON_TIME");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a|b", "a\\", "a\\|b", "=", "|10|x=", "\\\\|"})
    @DisplayName("A rule's name with the header's signs is read back as it was, and forges no severity")
    void header(String name) {
        RuleInfo rule = RuleInfo.builder("r", name, 1, "low", 21).build();

        assertThat(Cef.read(CEF.render(Sample.of(AlertStage.ON_TIME).of(rule))).header())
                .containsExactly("CEF:0", "Vaultwatch", "Vaultwatch", Product.VERSION, "r", name, "3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\u2028", "\u0085", "\u0000", "\u202e"})
    @DisplayName("No sign that ends a line or steers a terminal passes")
    void control(String sign) {
        String line = CEF.render(Sample.of(AlertStage.ON_TIME).with(Sample.UPN, "mal" + sign + "lory"));

        assertThat(line).doesNotContain(sign).contains("suser=mal\uFFFDlory");
    }

    @Test
    @DisplayName("Random texts come back")
    void random() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String signs = "ab =|\\,:\"'ü€😀cs1=suser";
        Sample alert = Sample.of(AlertStage.ON_TIME);
        List<Integer> points = signs.codePoints().boxed().toList();
        for (int i = 0; i < 2_000; i++) {
            String value = "x"
                    + IntStream.range(0, random.nextInt(40))
                            .mapToObj(at -> Character.toString(points.get(random.nextInt(points.size()))))
                            .collect(Collectors.joining())
                    + "x";
            Cef read = Cef.read(CEF.render(alert.with(Sample.UPN, value)));

            assertThat(read.extension().get("suser")).as("seed " + seed).isEqualTo(value);
        }
    }

    @Test
    @DisplayName("A list beyond the longest text of its key is cut at a value, and shows that it is")
    void tooLong() {
        List<String> actions =
                IntStream.range(0, 2_000).mapToObj(i -> "Action" + i).toList();
        String written = Cef.read(CEF.render(Sample.of(AlertStage.ON_TIME).with("Esql.event_action_values", actions)))
                .extension()
                .getOrDefault("cs2", "");

        assertThat(written)
                .hasSizeLessThanOrEqualTo(4_000)
                .startsWith("Action0, ")
                .endsWith(", …");
        assertThat(List.of(written.split(", ", -1))).allMatch(each -> each.equals("…") || actions.contains(each));
    }

    @Test
    @DisplayName(
            "A list as long as its key takes is whole; one value more, and the sign of it fills the key to its end")
    void longest() {
        List<String> nine = IntStream.range(0, 9)
                .mapToObj(i -> i + "a".repeat(Clean.LONGEST - 1))
                .toList();
        String joined = String.join(", ", nine);

        assertThat(resources(nine, "b".repeat(382))).hasSize(4_000).isEqualTo(joined + ", " + "b".repeat(382));
        assertThat(resources(nine, "b".repeat(383))).isEqualTo(joined + ", …");
        assertThat(resources(nine, "b".repeat(379), "c".repeat(Clean.LONGEST)))
                .hasSize(4_000)
                .isEqualTo(joined + ", " + "b".repeat(379) + ", …");
        assertThat(resources(nine, "b".repeat(380), "c".repeat(Clean.LONGEST))).isEqualTo(joined + ", …");
    }

    private static String resources(List<String> nine, String... more) {
        List<String> all = new ArrayList<>(nine);
        all.addAll(List.of(more));
        return Cef.read(CEF.render(Sample.of(AlertStage.ON_TIME).with("Esql.azure_resource_id_values", all)))
                .extension()
                .getOrDefault("cs3", "");
    }

    @Test
    @DisplayName(
            "A list that the alert has in part shows that it is, and so do events without evidence and a history with a gap")
    void bounds() {
        assertThat(extension(Sample.of(AlertStage.ON_TIME).bounded()))
                .containsEntry("cs5", "2001:db8::7, 203.0.113.9, …")
                .containsEntry("cs2", "KeyList, SecretGet, SecretList")
                .containsEntry("flexString1", "at least")
                .containsEntry("flexString2Label", "history")
                .containsEntry("flexString2", "incomplete")
                .containsEntry("flexNumber1Label", "eventsWithoutEvidence")
                .containsEntry("flexNumber1", "12");
        assertThat(extension(Sample.of(AlertStage.ON_TIME)))
                .containsEntry("cs5", "2001:db8::7, 203.0.113.9")
                .doesNotContainKeys("flexString1", "flexString2", "flexNumber1");
    }

    @Test
    @DisplayName("A library that knows the dictionary takes the keys of bounds, too")
    void boundsInTheLibrary() throws Exception {
        Map<String, Object> read = new CEFParser()
                .parse(CEF.render(Sample.of(AlertStage.ON_TIME).bounded()), false)
                .getExtension(true);

        assertThat(read).containsEntry("flexString2", "incomplete");
        assertThat(read.get("flexNumber1")).hasToString("12");
    }

    @Test
    @DisplayName("A long name takes neither the totals nor the time from the message")
    void longName() {
        assertThat(extension(Sample.of(AlertStage.ON_TIME).with(Sample.UPN, "n".repeat(Clean.LONGEST)))
                        .get("msg"))
                .endsWith(", 34 events, 3 distinct actions, 2 vaults, 2026-11-03 02:41 to 02:42 UTC.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a"})
    @DisplayName("A message beyond its longest text is cut between characters")
    void longMessage(String before) {
        RuleInfo rule = RuleInfo.builder("r", before + "😀".repeat(Clean.LONGEST), 1, "low", 21)
                .build();
        String name = "😀".repeat(Clean.LONGEST);

        String message = extension(Sample.of(AlertStage.ON_TIME).of(rule).with(Sample.UPN, name))
                .getOrDefault("msg", "");

        assertThat(message).hasSizeBetween(1_022, 1_023).endsWith("…");
        assertThat(message.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE))
                .isTrue();
    }

    @Test
    @DisplayName("Without the vaults' ids, their names stand")
    void vaultNames() {
        Sample alert = Sample.of(AlertStage.ON_TIME);

        assertThat(extension(alert.about(Map.of("vault", "KV-PAY"), Map.of("vault", "KV-PAY"))))
                .containsEntry("cs3Label", "resources")
                .containsEntry("cs3", "KV-PAY");
        assertThat(extension(alert.with("azure.resource.name", "KV-PAY")).get("cs3"))
                .contains("/SUBSCRIPTIONS/")
                .doesNotEndWith(" KV-PAY");
    }

    @Test
    @DisplayName("The first address of each version has a key of its own")
    void addresses() {
        Sample alert = Sample.of(AlertStage.ON_TIME);

        assertThat(extension(alert.with("Esql.source_ip_values", List.of("::1", "203.0.113.9", "::2", "203.0.113.1"))))
                .containsEntry("src", "203.0.113.9")
                .containsEntry("c6a2", "::1")
                .containsEntry("c6a2Label", "Source IPv6 Address");
        assertThat(extension(alert.with("Esql.source_ip_values", List.of("203.0.113.9"))))
                .containsEntry("src", "203.0.113.9")
                .doesNotContainKeys("c6a2", "c6a2Label");
        assertThat(extension(alert.with("Esql.source_ip_values", List.of("::1"))))
                .containsEntry("c6a2", "::1")
                .doesNotContainKey("src");
    }

    @Test
    @DisplayName("A value with a comma is quoted in a list, so that it is read as one; a user alone stands as it is")
    void commas() {
        Sample alert = Sample.of(AlertStage.ON_TIME)
                .with("vaultwatch.source_address_values", List.of("jump, host", "a \"b\""))
                .with(Sample.UPN, "Doe, Ann@contoso.example");

        assertThat(extension(alert))
                .containsEntry("cs5", "2001:db8::7, 203.0.113.9, \"jump, host\", \"a \"\"b\"\"\"")
                .containsEntry("cs6", "\"Doe, Ann@contoso.example\"")
                .containsEntry("suser", "Doe, Ann@contoso.example");
    }

    @Test
    @DisplayName("What a rule calls an address and is none stands among the addresses alone")
    void noAddress() {
        Sample alert = Sample.of(AlertStage.ON_TIME);

        assertThat(extension(alert.with("Esql.source_ip_values", List.of("10.0.0.1:443", "unknown", "203.0.113.9"))))
                .containsEntry("src", "203.0.113.9")
                .doesNotContainKey("c6a2")
                .containsEntry("cs5", "203.0.113.9, 10.0.0.1:443, unknown");
    }

    private static Map<String, String> extension(Sample alert) {
        return Cef.read(CEF.render(alert)).extension();
    }

    @ParameterizedTest
    @CsvSource({"low,3", "medium,5", "high,8", "critical,10", "grave,5"})
    @DisplayName("Each severity has its number")
    void severity(String word, String number) {
        RuleInfo rule = RuleInfo.builder("r", "r", 1, word, 1).build();

        assertThat(Cef.read(CEF.render(Sample.of(AlertStage.ON_TIME).of(rule)))
                        .header()
                        .get(6))
                .isEqualTo(number);
    }

    /** A reader of version 0, from the specification: bars part the header, a key is a word before an unescaped equals sign. */
    private record Cef(List<String> header, Map<String, String> extension) {

        static Cef read(String line) {
            List<String> header = new ArrayList<>();
            StringBuilder part = new StringBuilder();
            int at = 0;
            while (header.size() < 7) {
                char c = line.charAt(at++);
                if (c == '\\') {
                    part.append(line.charAt(at++));
                } else if (c == '|') {
                    header.add(part.toString());
                    part.setLength(0);
                } else {
                    part.append(c);
                }
            }
            Map<String, String> extension = new LinkedHashMap<>();
            String key = "";
            StringBuilder raw = new StringBuilder();
            for (; at < line.length(); at++) {
                char c = line.charAt(at);
                if (c == '\\') {
                    raw.append(c).append(line.charAt(++at));
                } else if (c == '=') {
                    int space = raw.lastIndexOf(" ");
                    if (!key.isEmpty()) {
                        extension.put(key, unescaped(raw.substring(0, space)));
                    }
                    key = raw.substring(space + 1);
                    raw.setLength(0);
                } else {
                    raw.append(c);
                }
            }
            extension.put(key, unescaped(raw.toString()));
            return new Cef(header, extension);
        }

        private static String unescaped(String raw) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < raw.length(); i++) {
                char c = raw.charAt(i);
                text.append(c == '\\' ? raw.charAt(++i) : c);
            }
            return text.toString();
        }
    }
}
