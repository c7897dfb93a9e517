package dev.vaultwatch.tool.sigma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.tool.cases.RuleCases;
import dev.vaultwatch.tool.check.CheckFinding;
import dev.vaultwatch.tool.check.RuleCheck;
import dev.vaultwatch.tool.sigma.SigmaImport.Imported;
import dev.vaultwatch.tool.sigma.SigmaImport.Windows;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SigmaImportTest {
    private static final Path MANY_READS = Path.of("src/test/resources/sigma/many-reads.yml");

    /** A rule about events and a correlation of it, each line a fault can be put into. */
    private static final String WHOLE = """
            title: Reads
            name: reads
            logsource:
                product: azure
                service: keyvault
            detection:
                selection:
                    operationName: SecretGet
                condition: selection
            level: low
            ---
            title: Many reads
            correlation:
                type: event_count
                rules:
                    - reads
                group-by:
                    - upn
                timespan: 1m
                condition:
                    gte: 5
            level: medium
            """;

    @TempDir
    private Path folder;

    private Imported convert(String yaml) throws IOException {
        return convert(yaml, Windows.SLIDING);
    }

    private Imported convert(String yaml, Windows windows) throws IOException {
        Path file = Files.writeString(folder.resolve("rule.yml"), yaml);
        return SigmaImport.write(List.of(file), folder.resolve("epl"), windows);
    }

    private static List<String> errors(Path rules) {
        return RuleCheck.of(rules, Optional.empty(), Instant.parse("2026-11-25T00:00:00Z")).stream()
                .filter(finding -> finding.level() == CheckFinding.Level.ERROR)
                .map(CheckFinding::toString)
                .toList();
    }

    private static void passCasesOf(Path rules) {
        try (Stream<RuleCases.RuleTest> tests = RuleCases.in(rules).tests()) {
            List<RuleCases.RuleTest> all = tests.toList();
            assertThat(all).isNotEmpty();
            all.forEach(RuleCases.RuleTest::run);
        }
    }

    @Test
    @DisplayName("A correlation and its rule become one rule that passes check and test")
    void correlation() throws IOException {
        Imported imported = SigmaImport.write(List.of(MANY_READS), folder, Windows.SLIDING);

        assertThat(imported.folders()).containsExactly(folder.resolve("many-key-vault-reads-by-one-user"));
        assertThat(imported.warnings()).isEmpty();
        assertThat(errors(folder)).isEmpty();
        passCasesOf(folder);
    }

    @Test
    @DisplayName("docs/sigma.md shows that rule and what becomes of it")
    void page() throws IOException {
        Path rule = SigmaImport.write(List.of(MANY_READS), folder, Windows.SLIDING)
                .folders()
                .get(0);

        assertThat(Path.of("docs/sigma.md"))
                .content()
                .contains("```yaml\n" + Files.readString(MANY_READS) + "```")
                .contains("```sql\n" + Files.readString(rule.resolve("rule.epl")) + "```");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "operationName: SecretGet | operationName: KeyGet | 9:9",
                "level: low | level: high | 11:1",
                "type: event_count | type: value_count | 15:5"
            })
    @DisplayName(
            "A key that is there twice is refused at its second place: one of the two would be lost without a word")
    void twice(String line, String again, String place) {
        String indent = WHOLE.lines()
                .filter(each -> each.endsWith(line))
                .findFirst()
                .orElseThrow()
                .replace(line, "");
        assertThatThrownBy(() -> convert(WHOLE.replaceFirst(line, line + "\n" + indent + again)))
                .isInstanceOf(RuleException.class)
                .hasMessageContaining("rule.yml:" + place + ": The key \"" + again.replaceAll(":.*", "")
                        + "\" is there before in the same map");
        assertThat(folder.resolve("epl")).doesNotExist();
    }

    @Test
    @DisplayName(
            "A correlation of a name that two rules have is refused: it would count one of them, and which is chance")
    void ambiguous() throws IOException {
        Path other = Files.writeString(
                folder.resolve("other.yml"),
                WHOLE.substring(0, WHOLE.indexOf("---")).replace("title: Reads", "title: Others"));
        Path file = Files.writeString(folder.resolve("rule.yml"), WHOLE);

        assertThatThrownBy(() -> SigmaImport.write(List.of(file, other), folder.resolve("epl"), Windows.SLIDING))
                .isInstanceOf(RuleException.class)
                .hasMessageContaining("rule.yml:16:11: \"reads\" is the name or id of 2 rules: ")
                .hasMessageContaining("other.yml:1:8");
    }

    @Test
    @DisplayName("A rule that a correlation names by its name and by its id counts once")
    void byNameAndId() throws IOException {
        String id = "3f0e1c7a-6c0b-4f0e-9a63-0d8a0a6f2d11";
        Imported imported = convert(
                WHOLE.replace("name: reads", "name: reads\nid: " + id).replace("- reads", "- reads\n        - " + id));

        assertThat(imported.warnings()).isEmpty();
        assertThat(imported.folders().get(0).resolve("rule.epl"))
                .content()
                .contains("from KeyVaultEvent(\n    action = 'SecretGet',");
        passCasesOf(folder.resolve("epl"));
    }

    @Test
    @DisplayName("The window slides, so that a burst over the edge of a minute is found")
    void sliding() throws IOException {
        Path rule = convert(WHOLE).folders().get(0);

        assertThat(rule.resolve("rule.epl")).content().contains("#time(60 sec)", "int min_events = 5;");
        assertThat(rule.resolve("rule.json")).content().contains("\"ordered\"", "\"PT1M\"");
        Files.writeString(rule.resolve("cases/edge.json"), """
                [{"name": "Over the edge", "events": ["5 x SecretGet over 30s at 10:00:45"], "expect": {"totals": {"count": 5}}}]
                """);
        passCasesOf(rule);
    }

    @Test
    @DisplayName("Static windows are had for the asking, and warned of")
    void staticWindows() throws IOException {
        Imported imported = convert(WHOLE, Windows.STATIC);

        assertThat(imported.warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning.problem()).contains("static", "counted in two parts"));
        assertThat(imported.folders().get(0).resolve("rule.epl")).content().contains("#time_batch(60 sec, 0L)");
        assertThat(errors(folder.resolve("epl"))).isEmpty();
        passCasesOf(folder.resolve("epl"));
    }

    @Test
    @DisplayName("value_count counts distinct values; gt is one more than gte")
    void valueCount() throws IOException {
        Imported imported = convert(
                WHOLE.replace("event_count", "value_count").replace("gte: 5", "field: callerIpAddress\n        gt: 2"));

        assertThat(imported.folders().get(0).resolve("rule.epl"))
                .content()
                .contains("int min_values = 3;", "having count(distinct sourceIp) >= min_values");
        assertThat(errors(folder.resolve("epl"))).isEmpty();
        passCasesOf(folder.resolve("epl"));
    }

    @Test
    @DisplayName("A rule that no correlation names, or whose correlation generates it, finds single events")
    void singleEvents() throws IOException {
        Imported imported = convert(WHOLE.replace("    timespan", "    generate: true\n    timespan"));

        assertThat(imported.folders())
                .map(path -> path.getFileName().toString())
                .containsExactly("many-reads", "reads");
        assertThat(errors(folder.resolve("epl"))).isEmpty();
        passCasesOf(folder.resolve("epl"));
    }

    @Test
    @DisplayName("A correlation finds its rule in another file, by id")
    void severalFiles() throws IOException {
        String[] documents = WHOLE.split("---\n", -1);
        String id = "0e95725d-7320-415d-80f7-004da920fc12";
        Path base = Files.writeString(folder.resolve("base.yml"), documents[0].replace("name: reads", "id: " + id));
        Path count = Files.writeString(folder.resolve("count.yml"), documents[1].replace("- reads", "- " + id));

        Imported imported = SigmaImport.write(List.of(count, base), folder.resolve("epl"), Windows.SLIDING);

        assertThat(imported.folders()).hasSize(1);
    }

    @Test
    @DisplayName("An alias that stands for one field is that field")
    void alias() throws IOException {
        Imported imported =
                convert(WHOLE.replace("- upn", "- who\n    aliases:\n        who:\n            reads: objectId"));

        assertThat(imported.folders().get(0).resolve("rule.epl")).content().contains("group by objectId");
    }

    @Test
    @DisplayName("A folder that is there stays as it is")
    void existing() throws IOException {
        convert(WHOLE);

        assertThatThrownBy(() -> convert(WHOLE)).isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    @DisplayName("Hostile texts stay texts: in the rule's comment, its strings and its folder's name")
    void hostileTexts() throws IOException {
        Imported imported = convert(WHOLE.replace("title: Many reads", "title: \"../Ma\\nny' \\u2028 reads\"")
                .replace("operationName: SecretGet", "callerIpAddress: \"a' or upn like '%\""));

        Path rule = imported.folders().get(0);
        assertThat(rule.getParent()).isEqualTo(folder.resolve("epl"));
        assertThat(rule.resolve("rule.epl")).content().contains("lower(sourceIp) = 'a\\' or upn like \\'%'");
        assertThat(errors(folder.resolve("epl"))).isEmpty();
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                Arguments.of("operationName: SecretGet", "opertionName: SecretGet", "8:9: The field \"opertionName\""),
                Arguments.of(
                        "operationName: SecretGet",
                        "operationName|contain: Get",
                        "8:9: There is no modifier \"contain\""),
                Arguments.of(
                        "operationName: SecretGet", "operationName|base64: Get", "8:9: The modifier \"base64\" is not"),
                Arguments.of("operationName: SecretGet", "operationName|gt: 5", "8:9: \"gt\" compares numbers"),
                Arguments.of("operationName: SecretGet", "operationName|all: Get", "8:9: \"all\" needs a list"),
                Arguments.of("operationName: SecretGet", "httpStatusCode: '4*'", "8:26: httpStatus is a number"),
                Arguments.of("operationName: SecretGet", "upn|cidr: 10.0.0.0/8", "8:9: \"cidr\" compares addresses"),
                Arguments.of(
                        "operationName: SecretGet",
                        "clientInfo|contains|all: [a, null]",
                        "8:38: \"contains\" has nothing to compare with; expected a value"),
                Arguments.of("operationName: SecretGet", "callerIpAddress|cidr: null", "8:31: \"cidr\" has nothing"),
                Arguments.of(
                        "operationName: SecretGet",
                        "clientInfo|all: [a, 'b*']",
                        "8:9: Nothing equals several values at once"),
                Arguments.of(
                        "operationName: SecretGet",
                        "clientInfo|re: '^(?!azsdk).*'",
                        "8:25: The expression is none that RE2 takes"),
                Arguments.of("operationName: SecretGet", "clientInfo|re: '('", "8:25: The expression is none"),
                Arguments.of("operationName: SecretGet", "clientInfo|re: 'a)|(b'", "8:25: The expression is none"),
                Arguments.of("operationName: SecretGet", "clientInfo|re: 'a\\Qb'", "8:25: The expression is none"),
                Arguments.of(
                        "operationName: SecretGet",
                        "callerIpAddress|cidr: [10.0.0.0/8, 10.0.0.0/99]",
                        "8:44: \"10.0.0.0/99\" is no network"),
                Arguments.of(
                        "operationName: SecretGet", "callerIpAddress|cidr: '10.0.*'", "8:32: \"10.0.*\" is no network"),
                Arguments.of(
                        "operationName: SecretGet",
                        "operationName|cased: secretget",
                        "8:30: \"secretget\" matches no operation, since operations have their case, such as SecretGet"),
                Arguments.of(
                        "operationName: SecretGet",
                        "operationName|cased: [KeyGet, secretget]",
                        "8:39: \"secretget\" matches no operation"),
                Arguments.of(
                        "operationName: SecretGet",
                        "operationName|cased|startswith: secret",
                        "8:41: \"secret\" matches no operation"),
                Arguments.of(
                        "operationName: SecretGet",
                        "operationName|re: '^secret'",
                        "8:28: \"^secret\" matches no operation"),
                Arguments.of(
                        "operationName: SecretGet",
                        "clientInfo|fieldref|cased: vault",
                        "8:36: \"cased\" can't be had for vault"),
                Arguments.of("operationName: SecretGet", "upn|exists: perhaps", "8:21: \"exists\" has \"perhaps\""),
                Arguments.of("operationName: SecretGet", "upn|fieldref: nobody", "8:23: \"fieldref\" names \"nobody\""),
                Arguments.of("operationName: SecretGet", "- SecretGet", "8:11: Words that are sought"),
                Arguments.of(
                        "condition: selection",
                        "condition: selektion",
                        "9:16: The condition names the selection \"selektion\", which is not there; did you mean 'selection'?"),
                Arguments.of("condition: selection", "condition: selection and", "9:29: The condition ends"),
                Arguments.of("condition: selection", "condition: (selection", "9:26: The condition lacks a closing"),
                Arguments.of(
                        "condition: selection", "condition: selection | count() > 5", "9:26: The condition has \"|\""),
                Arguments.of("condition: selection", "condition: 2 of them", "9:16: The condition has \"2 of\""),
                Arguments.of(
                        "condition: selection", "condition: 1 of filter_*", "9:21: The condition names \"filter_*\""),
                Arguments.of(
                        "condition: selection",
                        "timeframe: 5m\n    condition: selection",
                        "9:5: \"timeframe\" is of Sigma 1"),
                Arguments.of(
                        "condition: selection",
                        "condition: [selection, a]",
                        "9:16: A list of conditions is not supported"),
                Arguments.of(
                        "service: keyvault",
                        "service: keyvault\n    category: process_creation",
                        "6:15: The rule is about the category process_creation"),
                Arguments.of(
                        "    condition:\n        gte: 5\n",
                        "",
                        "14:5: The correlation has no \"condition\"; expected a map with the least count"),
                Arguments.of("condition:\n        gte: 5", "condition: 5", "20:16: The condition has a value"),
                Arguments.of(
                        "timespan: 1m",
                        "timespan: 1m\n    generate: 'yes'",
                        "20:16: \"generate\" has \"yes\"; expected true"),
                Arguments.of(
                        "correlation:\n",
                        "detection:\n    s: {upn: a}\ncorrelation:\n",
                        "13:1: The document has a \"correlation\" and a \"detection\""),
                Arguments.of("product: azure", "product: windows", "4:14: The rule is about windows"),
                Arguments.of("service: keyvault", "service: activitylogs", "5:14: The rule is about activitylogs"),
                Arguments.of("level: medium", "level: mild", "22:8: The level is \"mild\""),
                Arguments.of("type: event_count", "type: temporal", "14:11: The type \"temporal\" is not supported"),
                Arguments.of("type: event_count", "type: event_cuont", "14:11: The type is \"event_cuont\""),
                Arguments.of("- reads", "- writes", "16:11: There is no rule with the name or id \"writes\""),
                Arguments.of("- upn", "- user", "18:11: The field \"user\""),
                Arguments.of("- upn", "- requestUri", "18:11: The field \"requestUri\" can be counted"),
                Arguments.of("    group-by:\n        - upn\n", "", "14:5: The correlation has no \"group-by\""),
                Arguments.of("timespan: 1m", "timespan: 1M", "19:15: The timespan is \"1M\""),
                Arguments.of("timespan: 1m", "timespan: 30d", "19:15: The timespan is 30d"),
                Arguments.of(
                        "timespan: 1m",
                        "timespam: 1m",
                        "19:5: A correlation has no \"timespam\"; did you mean 'timespan'?"),
                Arguments.of("gte: 5", "lte: 5", "21:9: \"lte\" is not supported"),
                Arguments.of("gte: 5", "gte: many", "21:14: \"gte\" is \"many\""),
                Arguments.of("type: event_count", "type: value_count", "21:9: A value_count counts one field"),
                Arguments.of("title: Many reads", "description: x", "12:1: The rule has no \"title\""),
                Arguments.of("title: Many reads", "title: [", ": This is no YAML"));
    }

    @ParameterizedTest
    @MethodSource
    @DisplayName("What can't be converted is said with its place, and nothing is written")
    void broken(String good, String bad, String expected) {
        String yaml = WHOLE.replace(good, bad);
        assertThat(yaml).isNotEqualTo(WHOLE);

        assertThatThrownBy(() -> convert(yaml))
                .isInstanceOfSatisfying(
                        RuleException.class,
                        e -> assertThat(e.faults())
                                .anySatisfy(
                                        fault -> assertThat(fault.toString()).contains(expected)));
        assertThat(folder.resolve("epl")).doesNotExist();
    }

    @Test
    @DisplayName("One slip is one fault")
    void oneFault() {
        assertThatThrownBy(() -> convert(WHOLE.replace("    condition:\n        gte: 5\n", "")))
                .isInstanceOfSatisfying(
                        RuleException.class, e -> assertThat(e.faults()).hasSize(1));
    }

    private static String event(String detection) {
        return "title: One\nlevel: low\nlogsource: {product: azure, service: keyvault}\ndetection:\n    "
                + detection.replace("; ", "\n    ") + "\n";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "upn|fieldref|re: objectName",
                "httpStatusCode|gt|lt: 400",
                "httpStatusCode|gt|neq: 400",
                "isRbacAuthorized|gt: true",
                "isRbacAuthorized|contains: true",
                "callerIpAddress|contains|cidr: 10.0.0.0/8",
                "clientInfo|contains|re: '^abc$'",
                "clientInfo|re|cased: abc",
                "clientInfo|i: abc",
                "clientInfo|i|m: abc",
                "clientInfo|startswith|endswith: abc",
                "clientInfo|contains|startswith: abc",
                "clientInfo|exists|contains: true",
                "upn|exists|all: [true, false]",
                "clientInfo|neq|neq: abc"
            })
    @DisplayName("Modifiers of which one would be ignored are refused at the field, with what goes together")
    void modifiers(String line) {
        assertThatThrownBy(() -> convert(event("s:; " + "    " + line + "; condition: s")))
                .isInstanceOfSatisfying(
                        RuleException.class,
                        e -> assertThat(e.faults())
                                .singleElement()
                                .satisfies(fault -> assertThat(fault.toString())
                                        .containsPattern(":6:9: .*(goes with|compares|expected|twice)")));
    }

    @ParameterizedTest
    @CsvSource({
        "contains, 'AB', 'xxAByy', true",
        "contains, 'ab', 'xxAByy', true",
        "contains|cased, 'ab', 'xxAByy', false",
        "contains|cased, 'AB', 'xxAByy', true",
        "contains, 'a%b', 'xxaXXb', false",
        "startswith, 'XX', 'xxAByy', true",
        "startswith, 'ab', 'xxAByy', false",
        "endswith, 'YY', 'xxAByy', true",
        "endswith|cased, 'YY', 'xxAByy', false",
        "cased, 'ab', 'AB', false",
        "cased, 'AB', 'AB', true",
        "neq, 'ab', 'AB', false",
        "contains|neq, 'ab', 'AB', false"
    })
    @DisplayName("fieldref goes with contains, startswith, endswith and cased")
    void references(String modifiers, String part, String whole, boolean found) throws IOException {
        Path rule = convert(event("s:;     clientInfo|fieldref|" + modifiers + ": resultType; condition: s"))
                .folders()
                .get(0);

        Files.createDirectories(rule.resolve("cases"));
        Files.writeString(
                rule.resolve("cases/own.json"),
                "[{\"name\": \"Own\", \"events\": [\"SecretGet with client=" + whole + ",resultType=" + part
                        + " at 10:00:05\"], \"expect\": " + (found ? "{\"exactly\": 1}" : "\"none\"") + "}]");
        passCasesOf(rule);
    }

    @Test
    @DisplayName("A reference to a field that is absent is false, and its opposite true")
    void absentReference() throws IOException {
        Path rule = convert(event("s:;     clientInfo|fieldref: tlsVersion; condition: not s"))
                .folders()
                .get(0);

        assertThat(rule.resolve("cases/true.json")).content().contains("SecretGet at 10:00:05");
        passCasesOf(rule);
    }

    @Test
    @DisplayName("An address alone is a network of one")
    void bareAddress() throws IOException {
        Path rule = convert(event("s:;     callerIpAddress|cidr: [10.0.0.5, '2001:db8::7']; condition: s"))
                .folders()
                .get(0);

        assertThat(rule.resolve("rule.epl")).content().contains("'10.0.0.5/32'", "'2001:db8::7/128'");
        passCasesOf(rule);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s: {operationName: SecretGet}; f: {httpStatusCode: 200}; condition: s and not f",
                "s: {operationName: SecretGet}; f: {callerIpAddress|cidr: [10.0.0.0/8, 203.0.113.0/24]}; condition: s and not f",
                "s: {httpStatusCode|neq: [200, 404]}; condition: s",
                "s: {ResourceId|contains: kv-pay}; condition: s",
                "s: {azure.resource.group|startswith: RG-PAY}; condition: s",
                "s: {upn: null}; condition: s",
                "s: {upn|endswith: '@contoso.example'}; condition: not s",
                "s: {operationName: [SecretGet, KeyGet]}; condition: not s",
                "s: {operationName|re: 'List$'}; f: {operationName|startswith: secret}; condition: s and not f",
                "s: [{clientInfo: a}, {clientInfo: b}]; f: {clientInfo: a}; condition: s and not f",
                "s: {clientInfo: a}; f: {clientInfo: [a, b]}; g: {durationMs|gt: 100}; condition: s and not f or g",
                "s: {clientInfo|neq: ''}; condition: s",
                "s: {requestUri|fieldref|contains: objectName}; condition: s",
                "s: {resultSignature: OK, httpStatusCode: 403}; condition: s"
            })
    @DisplayName("The case that is made up is one that the rule finds")
    void examples(String detection) throws IOException {
        Imported imported = convert(event(detection));

        assertThat(imported.warnings()).isEmpty();
        assertThat(imported.folders().get(0).resolve("cases/true.json")).exists();
        passCasesOf(folder.resolve("epl"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"event_count, vaultName", "value_count, upn"})
    @DisplayName("Cases of counts avoid what the rule excludes, too")
    void countedExamples(String how) throws IOException {
        String[] typeAndKey = how.split(", ", -1);
        Imported imported = convert(WHOLE.replace(
                        "condition: selection",
                        "filter: {httpStatusCode: 200}\n" + "    condition: selection and not filter")
                .replace("event_count", typeAndKey[0])
                .replace("- upn", "- " + typeAndKey[1])
                .replace("gte: 5", "gte: 5\n        field: vaultName"));

        assertThat(imported.warnings()).isEmpty();
        assertThat(imported.folders().get(0).resolve("cases/true.json"))
                .content()
                .contains("status 403");
        passCasesOf(folder.resolve("epl"));
    }

    @ParameterizedTest
    @CsvSource({
        "'s: {clientInfo: \"\"}; condition: s', 'No event that the rule finds could be made up'",
        "'s: {clientInfo|exists|neq: true}; condition: s', 'No event that the rule finds could be made up'",
        "'s: {clientInfo: a}; f: {clientInfo: b}; condition: s and f', 'No event that the rule finds could be made up'",
        "'s: {vaultwatch.identity.claim: null}; condition: s', '(\"One such event\"), so that none is written'"
    })
    @DisplayName("Where no case holds none is written, and that is said")
    void noCase(String detection, String expected) throws IOException {
        Imported imported = convert(event(detection));

        assertThat(imported.warnings())
                .singleElement()
                .satisfies(warning ->
                        assertThat(warning.toString()).contains("rule.yml:1:1: ", expected, "write cases of your own"));
        assertThat(imported.folders().get(0).resolve("cases/true.json")).doesNotExist();
        assertThat(errors(folder.resolve("epl"))).isEmpty();
    }

    @Test
    @DisplayName("What the compiler refuses is said at the rule, and nothing is written")
    void refusedRule() {
        String condition = "not ".repeat(400) + "s";

        assertThatThrownBy(() -> convert(event("s: {clientInfo: a}; condition: " + condition)))
                .isInstanceOfSatisfying(
                        RuleException.class,
                        e -> assertThat(e.faults())
                                .singleElement()
                                .satisfies(fault -> assertThat(fault.toString())
                                        .contains("rule.yml:1:1: The rule that is made of it can't run: rule.epl:")));
        assertThat(folder.resolve("epl")).doesNotExist();
    }

    @Test
    @DisplayName("Two rules with one folder between them are refused, with both places")
    void collision() {
        assertThatThrownBy(() -> convert(event("s: {clientInfo: a}; condition: s") + "---\n"
                        + event("s: {clientInfo: b}; condition: s").replace("title: One", "title: one!")))
                .isInstanceOfSatisfying(
                        RuleException.class,
                        e -> assertThat(e.faults())
                                .singleElement()
                                .satisfies(fault -> assertThat(fault.toString())
                                        .contains(
                                                "rule.yml:8:8: The rule's folder would be \"one\"",
                                                "rule.yml:1:8; expected titles that differ")));
        assertThat(folder.resolve("epl")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "level: low, 'level: low\ndetektion: 3', '3:1: \"detektion\" is no key of a Sigma rule about events, and is ignored; did you mean ''detection''?'",
        "level: low, 'level: low\ngenerate: true', '3:1: \"generate\" is no key'",
        "product: azure, 'servise: x, product: azure', '3:13: A log source has no \"servise\", which is ignored; did you mean ''service''?'",
        "condition: s, 'f: {upn: x}\n    condition: s', '6:5: The condition does not name the selection \"f\"'"
    })
    @DisplayName("What has no effect is warned of, at its place")
    void withoutEffect(String good, String bad, String expected) throws IOException {
        Imported imported = convert(event("s: {clientInfo: a}; condition: s").replace(good, bad.replace("\\n", "\n")));

        assertThat(imported.warnings())
                .singleElement()
                .satisfies(warning -> assertThat(warning.toString()).contains("rule.yml:" + expected));
    }

    @Test
    @DisplayName("Operations are compared in Azure's own case, as the page says; others without regard to case")
    void operations() throws IOException {
        Path known = convert(event("s: {operationName: [secretget, KEYGET]}; condition: s"))
                .folders()
                .get(0);
        Path other = convert(event("s: {operationName: [secretget, HsmGet]}; condition: s")
                        .replace("One", "Other"))
                .folders()
                .get(0);

        assertThat(known.resolve("rule.epl")).content().contains("action in ('SecretGet', 'KeyGet')");
        assertThat(other.resolve("rule.epl")).content().contains("lower(action) in ('secretget', 'hsmget')");
        assertThat(Path.of("docs/sigma.md"))
                .content()
                .contains("`operationName: secretget` becomes `action = 'SecretGet'`");
    }
}
