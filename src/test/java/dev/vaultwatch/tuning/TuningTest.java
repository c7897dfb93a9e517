package dev.vaultwatch.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.Cidr;
import dev.vaultwatch.rule.Rule;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TuningTest {
    private static final long TIME = Instant.parse("2026-11-03T02:41:00Z").toEpochMilli();

    private static final Rule RULE = Rule.builder("burst")
            .parameters(List.of(new Rule.Parameter(
                    "min_events", "int", Optional.of(BigDecimal.ONE), Optional.of(new BigDecimal(1000)), "How many.")))
            .epl("create constant variable int min_events = 10; select upn as `user.name`, count(*) as reads from X;")
            .build();

    @TempDir
    private Path folder;

    /** With ' for ", which Java's texts would have to escape. */
    private Tuning tuning(String json) throws IOException {
        Path file = folder.resolve("tuning.json");
        Files.writeString(file, json.replace('\'', '"'));
        return Tuning.read(file);
    }

    private Tuning rule(String json) throws IOException {
        return tuning("{'rules': {'burst': {" + json + "}}}");
    }

    private Tuning exception(String on, String where) throws IOException {
        return rule("'except': [{'id': 'EX-1', 'on': '" + on + "', 'where': " + where
                + ", 'why': 'backup', 'by': 'ann', 'until': '2026-12-31'}]");
    }

    private static KeyVaultEvent event(long time, Property property, Object value) {
        return KeyVaultEvent.builder(time, "SecretGet").with(property, value).build();
    }

    @Nested
    class OfRules {
        @Test
        @DisplayName("Parameters, severity, risk score and cap are the site's; the rest stays")
        void applied() throws IOException {
            Rule tuned = rule("'set': {'min_events': 25}, 'severity': 'high', 'riskScore': 70,"
                            + " 'cap': {'alerts': 5, 'period': 'PT1H'}")
                    .apply(RULE);
            assertThat(tuned.settings()).containsExactly(Map.entry("min_events", new BigDecimal(25)));
            assertThat(tuned.severity()).isEqualTo("high");
            assertThat(tuned.riskScore()).isEqualTo(70);
            assertThat(tuned.cap()).isEqualTo(new Rule.Cap(5, Duration.ofHours(1)));
            assertThat(tuned.epl()).isEqualTo(RULE.epl());
        }

        @Test
        @DisplayName("A rule that the site says nothing of is the same")
        void untouched() throws IOException {
            assertThat(tuning("{'rules': {'other': {'riskScore': 1}}}").apply(RULE))
                    .isSameAs(RULE);
        }

        @ParameterizedTest
        @CsvSource({"true,ON", "false,OFF", "'\"shadow\"',SHADOW"})
        @DisplayName("A rule is on, off or in the shadow")
        void enabled(String json, Enabled expected) throws IOException {
            assertThat(rule("'enabled': " + json).enabled("burst")).contains(expected);
        }

        @Test
        @DisplayName("A setting is part of the rule's identity, so that a restart sees it")
        void fingerprint() throws IOException {
            assertThat(rule("'set': {'min_events': 25}").apply(RULE).fingerprint())
                    .isNotEqualTo(RULE.fingerprint());
        }
    }

    @Nested
    class OfEvents {
        private boolean excepts(String where, Property property, Object value) throws IOException {
            return exceptedBy(exception("events", where), event(TIME, property, value))
                    .isPresent();
        }

        private Optional<String> exceptedBy(Tuning tuning, KeyVaultEvent event) {
            return tuning.eventExceptions().of("burst").flatMap(exceptions -> exceptions.apply(event));
        }

        @Test
        @DisplayName(
                "A plain value must be equal, with its case; names of users and vaults without, since events have them in one case")
        void exact() throws IOException {
            assertThat(excepts("{'vault': 'kv-pay'}", Property.VAULT, "KV-PAY")).isTrue();
            assertThat(excepts("{'vault': 'kv-pay'}", Property.VAULT, "KV-PAY2"))
                    .isFalse();
            assertThat(excepts("{'country': 'de'}", Property.COUNTRY, "DE")).isFalse();
            assertThat(excepts("{'upn': 'Ann@Contoso.example'}", Property.UPN, "ann@contoso.example"))
                    .isTrue();
            assertThat(excepts("{'httpStatus': 403}", Property.HTTP_STATUS, 403))
                    .isTrue();
        }

        @Test
        @DisplayName("The case counts or not as the condition says")
        void letterCase() throws IOException {
            assertThat(excepts("{'country': {'is': 'de', 'case': 'ignore'}}", Property.COUNTRY, "DE"))
                    .isTrue();
            assertThat(excepts("{'upn': {'is': 'Ann', 'case': 'exact'}}", Property.UPN, "ann"))
                    .isFalse();
        }

        @ParameterizedTest
        @CsvSource({
            "kv-%, kv-pay, true",
            "kv-%, kw-pay, false",
            "%-dev, kv-a-dev, true",
            "k_-%y, kv-pay, true",
            "%a%a%b, aaaaaaaaaaaaaab, true",
            "%a%a%b, aaaaaaaaaaaaaac, false",
            "kv-pay, kv-pay, true",
            "kv-pay, kv-payx, false",
            "'', x, false"
        })
        @DisplayName("In a form, % is any text and _ any character")
        void like(String pattern, String value, boolean expected) {
            assertThat(new ValueTest.Like(pattern, false).holds(value)).isEqualTo(expected);
        }

        @ParameterizedTest
        @CsvSource({
            "10.0.0.0/8, 10.255.1.2, true",
            "10.0.0.0/8, 11.0.0.1, false",
            "10.0.0.128/25, 10.0.0.127, false",
            "10.0.0.128/25, 10.0.0.128, true",
            "0.0.0.0/0, 8.8.8.8, true",
            "203.0.113.7, 203.0.113.7, true",
            "203.0.113.7, 203.0.113.8, false",
            "2001:db8::/32, 2001:db8:1::5, true",
            "2001:db8::/32, 2001:db9::5, false",
            "10.0.0.0/8, ::ffff:10.1.2.3, true",
            "10.0.0.0/8, not an address, false",
            "::1, ::1, true"
        })
        @DisplayName("A block holds its addresses, of either version")
        void cidr(String block, String address, boolean expected) {
            assertThat(Cidr.of(block).orElseThrow().contains(address)).isEqualTo(expected);
        }

        @ParameterizedTest
        @CsvSource({"10.0.0.0/33", "10.0.0/8", "10.0.0.256", "::1::", "1:2:3:4:5:6:7:8:9", "example.org", "10.0.0.0/"})
        @DisplayName("What is no block is none")
        void noCidr(String text) {
            assertThat(Cidr.of(text)).isEmpty();
        }

        @Test
        @DisplayName("All conditions must hold, and one on what the event does not have doesn't")
        void all() throws IOException {
            String where = "{'action': 'SecretGet', 'vault': 'kv'}";
            assertThat(excepts(where, Property.VAULT, "kv")).isTrue();
            assertThat(excepts(where, Property.CITY, "Oslo")).isFalse();
        }

        @Test
        @DisplayName("A list is read from its file, without comments and blank lines")
        void lists() throws IOException {
            Files.createDirectories(folder.resolve("lists"));
            Files.writeString(folder.resolve("lists/robots.txt"), "# ours\nbot1@x.example\n\n bot2@x.example # new\n");
            Tuning tuning =
                    tuning("{'lists': {'robots': 'lists/robots.txt'}, 'rules': {'burst': {'except': [{'id': 'E',"
                            + " 'on': 'events', 'where': {'upn': {'in': 'robots'}}, 'why': 'w', 'by': 'b', 'until':"
                            + " '2026-12-31'}]}}}");
            assertThat(exceptedBy(tuning, event(TIME, Property.UPN, "bot2@x.example")))
                    .contains("E");
            assertThat(exceptedBy(tuning, event(TIME, Property.UPN, "bot2@x.example # new")))
                    .isEmpty();
            assertThat(tuning.files()).hasSize(2).last().asString().endsWith("robots.txt");
        }

        @Test
        @DisplayName("An exception ends with its last day, by the event's time, and is reported then")
        void expires() throws IOException {
            Tuning tuning = exception("events", "{'vault': 'kv'}");
            long lastInstant = Instant.parse("2026-12-31T23:59:59.999Z").toEpochMilli();
            assertThat(exceptedBy(tuning, event(lastInstant, Property.VAULT, "kv")))
                    .contains("EX-1");
            assertThat(exceptedBy(tuning, event(lastInstant + 1, Property.VAULT, "kv")))
                    .isEmpty();
            assertThat(tuning.warnings(Instant.ofEpochMilli(lastInstant))).isEmpty();
            assertThat(tuning.warnings(Instant.ofEpochMilli(lastInstant + 1)))
                    .singleElement()
                    .satisfies(warning -> assertThat(warning.problem()).contains("/rules/burst/except/0", "EX-1"));
        }

        @Test
        @DisplayName("An exception on alerts leaves events alone, and one of another rule, too")
        void others() throws IOException {
            assertThat(exception("alerts", "{'vault': 'kv'}").eventExceptions().of("burst"))
                    .isEmpty();
            assertThat(exception("events", "{'vault': 'kv'}").eventExceptions().of("x"))
                    .isEmpty();
        }

        @Test
        @DisplayName("Exceptions are the same if they leave out the same events, whoever answers for them")
        void same() throws IOException {
            String one =
                    "'except': [{'id': 'E', 'on': 'events', 'where': {'sourceIp': {'cidr': '10.0.0.0/8'}}, 'why': 'w',"
                            + " 'by': 'b', 'until': '2026-12-31'}]";

            assertThat(exceptions(one.replace("'w'", "'because'"))).isEqualTo(exceptions(one));
            assertThat(exceptions(one).hashCode()).isEqualTo(exceptions(one).hashCode());
            assertThat(exceptions(one.replace("10.0.0.0/8", "10.0.0.0/9"))).isNotEqualTo(exceptions(one));
            assertThat(exceptions(one.replace("10.0.0.0/8", "11.0.0.0/8"))).isNotEqualTo(exceptions(one));
            assertThat(exceptions(one.replace("2026-12-31", "2026-12-30"))).isNotEqualTo(exceptions(one));
            assertThat(exceptions(one.replace("'E'", "'F'"))).isNotEqualTo(exceptions(one));
        }

        private Object exceptions(String ofRule) throws IOException {
            return rule(ofRule).eventExceptions().of("burst").orElseThrow();
        }
    }

    @Nested
    class OfAlerts {
        private final Map<String, String> key = Map.of("upn", "ann@contoso.example");

        private AlertPolicy.Decision decide(AlertPolicy policy, String id, long anchor, Map<String, Object> outputs) {
            return policy.decide(RULE, id, anchor, anchor + 60_000, key, outputs);
        }

        @Test
        @DisplayName("Without a word of the site's an alert is delivered with the rule's severity")
        void none() {
            assertThat(decide(Tuning.none().alertPolicy(List.of(RULE)), "a", TIME, Map.of()))
                    .isEqualTo(new AlertPolicy.Decision(AlertPolicy.Outcome.DELIVER, Optional.empty(), "low", 0));
        }

        @Test
        @DisplayName("An exception speaks of the key or of outputs, and of a list only if all of it fits")
        void excepted() throws IOException {
            AlertPolicy policy =
                    exception("alerts", "{'ips': {'cidr': '10.0.0.0/8'}}").alertPolicy(List.of(RULE));
            assertThat(decide(policy, "a", TIME, Map.of("ips", List.of("10.1.1.1", "10.2.2.2")))
                            .exception())
                    .contains("EX-1");
            assertThat(decide(policy, "b", TIME, Map.of("ips", List.of("10.1.1.1", "8.8.8.8")))
                            .delivers())
                    .isTrue();
            assertThat(decide(policy, "c", TIME, Map.of("ips", List.of())).delivers())
                    .isTrue();
        }

        @ParameterizedTest
        @ValueSource(strings = {"1", "1.00", "'1.0'", "{'in': ['1']}"})
        @DisplayName("A number of an alert is the number of a condition, however it is written")
        void numbers(String one) throws IOException {
            AlertPolicy policy = exception("alerts", "{'ratio': " + one + "}").alertPolicy(List.of(RULE));
            assertThat(decide(policy, "a", TIME, Map.of("ratio", 1.0)).exception())
                    .contains("EX-1");
            assertThat(decide(policy, "b", TIME, Map.of("ratio", 1.5)).delivers())
                    .isTrue();
        }

        @Test
        @DisplayName("The first severity whose conditions hold counts")
        void severity() throws IOException {
            AlertPolicy policy = rule("'severity': [{'where': {'reads': '500'}, 'is': 'critical'}, {'is': 'medium'}]")
                    .alertPolicy(List.of(RULE));
            assertThat(decide(policy, "a", TIME, Map.of("reads", 500L)).severity())
                    .isEqualTo("critical");
            assertThat(decide(policy, "b", TIME, Map.of("reads", 5L)).severity())
                    .isEqualTo("medium");
        }

        @Test
        @DisplayName("In the shadow nothing is delivered")
        void shadow() throws IOException {
            Tuning shadow = rule("'enabled': 'shadow'");
            assertThat(decide(shadow.alertPolicy(List.of(shadow.apply(RULE))), "a", TIME, Map.of())
                            .outcome())
                    .isEqualTo(AlertPolicy.Outcome.SHADOW);
        }

        @Test
        @DisplayName("The first of a key goes out, and the next after the period says how many did not")
        void suppressed() throws IOException {
            AlertPolicy policy =
                    rule("'suppress': {'by': ['upn'], 'for': 'PT10M'}").alertPolicy(List.of(RULE));
            long minute = Duration.ofMinutes(1).toMillis();
            assertThat(decide(policy, "a", TIME, Map.of()).delivers()).isTrue();
            assertThat(decide(policy, "b", TIME + minute, Map.of()).outcome())
                    .isEqualTo(AlertPolicy.Outcome.SUPPRESSED);
            assertThat(decide(policy, "c", TIME + 9 * minute, Map.of()).delivers())
                    .isFalse();
            AlertPolicy.Decision next = decide(policy, "d", TIME + 10 * minute, Map.of());
            assertThat(next.delivers()).isTrue();
            assertThat(next.withheldBefore()).isEqualTo(2);
        }

        @Test
        @DisplayName("Later stages of an alert meet the decision of its first")
        void stages() throws IOException {
            AlertPolicy policy =
                    rule("'suppress': {'by': ['upn'], 'for': 'PT10M'}").alertPolicy(List.of(RULE));
            decide(policy, "a", TIME, Map.of());
            assertThat(decide(policy, "a", TIME, Map.of()).delivers()).isTrue();
            decide(policy, "b", TIME + 1, Map.of());
            assertThat(decide(policy, "b", TIME + 1, Map.of()).delivers()).isFalse();
        }

        @Test
        @DisplayName("What no later alert tells of is told when its key is forgotten")
        void forgotten() throws IOException {
            AlertPolicy policy =
                    rule("'suppress': {'by': ['upn'], 'for': 'PT10M'}").alertPolicy(List.of(RULE));
            long minute = Duration.ofMinutes(1).toMillis();
            decide(policy, "a", TIME, Map.of());
            decide(policy, "b", TIME + minute, Map.of());
            assertThat(policy.forget("burst", TIME + 11 * minute)).isEmpty();
            assertThat(policy.forget("burst", TIME + 20 * minute))
                    .containsExactly(new AlertPolicy.Withheld("burst", List.of("ann@contoso.example"), 1));
            assertThat(policy.forget("burst", TIME + 20 * minute)).isEmpty();
        }
    }

    @Nested
    class Faults {
        @ParameterizedTest(name = "{2}")
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '~',
                value = {
                    "{'rule': {}}                                     | 1:2  | /rule is no field of tuning.json; known are $schema, lists, rules; did you mean 'rules'?",
                    "{'rules': []}                                    | 1:2  | /rules must be an object",
                    "{'rules': {'burst': {'enable': true}}}           | 1:22 | did you mean 'enabled'?",
                    "{'rules': {'burst': {'enabled': 'yes'}}}         | 1:22 | /rules/burst/enabled is 'yes'; expected true, false or 'shadow'",
                    "{'rules': {'burst': {'severity': 'hihg'}}}       | 1:22 | did you mean 'high'?",
                    "{'rules': {'burst': {'severity': [{'where': {'upn': 'a'}}]}}} | 1:35 | has no 'is'",
                    "{'rules': {'burst': {'severity': [{'is': 'low'}, {'is': 'high'}]}}} | 1:50 | is never reached",
                    "{'rules': {'burst': {'riskScore': 101}}}         | 1:22 | is 101; expected a whole number from 0 to 100",
                    "{'rules': {'burst': {'cap': {'alerts': 5}}}}     | 1:22 | must have both 'alerts' and 'period'",
                    "{'rules': {'burst': {'cap': {'alerts': 0, 'period': 'PT1H'}}}} | 1:30 | from 1 to 1000000",
                    "{'rules': {'burst': {'suppress': {'by': 'upn', 'for': '1h'}}}} | 1:48 | expected an ISO 8601 duration above zero",
                    "{'rules': {'burst': {'set': {'min_events': [1]}}}} | 1:30 | must be a text, a number, true or false",
                    "{'lists': {'robots': 'nowhere.txt'}}             | 1:12 | t be read: there is none",
                    "{'rules': {}, 'rules': {}}                       | 1:22 | Not JSON: Duplicate",
                    "{'rules': {'burst': {'except': [{'id': 'E', 'on': 'event', 'where': {'upn': 'a'}, 'why': 'w', 'by': 'b', 'until': '2026-12-31'}]}}} | 1:45 | did you mean 'events'?",
                    "{'rules': {'burst': {'except': [{'id': 'E', 'on': 'events', 'where': {}, 'why': 'w', 'by': 'b', 'until': '2026-12-31'}]}}} | 1:61 | which would be everything",
                    "{'rules': {'burst': {'except': [{'id': 'E', 'on': 'events', 'where': {'upn': 'a'}, 'why': 'w', 'by': 'b'}]}}} | 1:33 | has no 'until'",
                    "{'rules': {'burst': {'except': [{'id': 'E', 'on': 'events', 'where': {'upn': 'a'}, 'why': 'w', 'by': 'b', 'until': 'soon'}]}}} | 1:107 | expected a day such as",
                    "{'rules': {'burst': {'except': [{'id': 'E', 'on': 'events', 'where': {'upn': {'lik': 'a'}}, 'why': 'w', 'by': 'b', 'until': '2026-12-31'}]}}} | 1:79 | did you mean 'like'?",
                    "{'rules': {'burst': {'except': [{'id': 'E', 'on': 'events', 'where': {'sourceIp': {'cidr': '10.0.0.0/40'}}, 'why': 'w', 'by': 'b', 'until': '2026-12-31'}]}}} | 1:84 | expected a block of addresses",
                    "{'rules': {'burst': {'except': [{'id': 'E', 'on': 'events', 'where': {'action': 'secretget'}, 'why': 'w', 'by': 'b', 'until': '2026-12-31'}]}}} | 1:71 | /where/action is 'secretget', which no event has, since actions have their case; in another it would be 'SecretGet'",
                    "{'rules': {'burst': {'except': [{'id': 'E', 'on': 'events', 'where': {'action': {'in': ['SecretGet', 'keyget']}}, 'why': 'w', 'by': 'b', 'until': '2026-12-31'}]}}} | 1:82 | has 'keyget', which no event has",
                    "{'rules': {'burst': {'except': [{'id': 'E', 'on': 'events', 'where': {'action': {'like': 'secret%'}}, 'why': 'w', 'by': 'b', 'until': '2026-12-31'}]}}} | 1:82 | is 'secret%', which no event has",
                    "{'rules': {'burst': {'except': [{'id': 'E', 'on': 'events', 'where': {'upn': {'cidr': '10.0.0.0/8'}}, 'why': 'w', 'by': 'b', 'until': '2026-12-31'}]}}} | 1:79 | asks whether upn is an address in a block, which it never is",
                    "{'rules': {'burst': {'except': [{'id': 'E', 'on': 'events', 'where': {'upn': {'in': 'robts'}}, 'why': 'w', 'by': 'b', 'until': '2026-12-31'}]}}} | 1:79 | which is not under /lists"
                })
        @DisplayName("What can be seen without the rules is a fault at its place")
        void alone(String json, String place, String problem) {
            assertThatExceptionOfType(RuleException.class)
                    .isThrownBy(() -> tuning(json))
                    .satisfies(thrown -> assertThat(thrown.faults())
                            .anySatisfy(fault -> assertThat(fault.toString())
                                    .contains("tuning.json:" + place + ": ")
                                    .contains(problem.replace('\'', '"'))));
        }

        @ParameterizedTest(name = "{2}")
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '~',
                value = {
                    "{'rules': {'brust': {}}}                          | 1:12 | /rules/brust is no rule; there are burst; did you mean 'burst'?",
                    "{'rules': {'burst': {'set': {'min_event': 5}}}}   | 1:30 | did you mean 'min_events'?",
                    "{'rules': {'burst': {'set': {'min_events': 0}}}}  | 1:30 | is 0; expected a whole number of at least 1 and at most 1000",
                    "{'rules': {'burst': {'set': {'min_events': '5'}}}} | 1:30 | is '5'; expected a whole number",
                    "{'rules': {'burst': {'set': {'min_events': 2.5}}}} | 1:30 | is 2.5; expected a whole number",
                    "{'rules': {'burst': {'suppress': {'by': 'unp', 'for': 'PT1H'}}}} | 1:35 | did you mean 'upn'?",
                    "{'rules': {'burst': {'severity': [{'where': {'raeds': 5}, 'is': 'high'}]}}} | 1:46 | did you mean 'reads'?",
                    "{'rules': {'burst': {'except': [{'id': 'E', 'on': 'events', 'where': {'source.ip': 'a'}, 'why': 'w', 'by': 'b', 'until': '2026-12-31'}]}}} | 1:71 | write 'sourceIp'",
                    "{'rules': {'burst': {'except': [{'id': 'E', 'on': 'alerts', 'where': {'vault': 'a'}, 'why': 'w', 'by': 'b', 'until': '2026-12-31'}]}}} | 1:71 | is no grouping key or output of burst"
                })
        @DisplayName("What does not fit the rules is a fault at its place")
        void withRules(String json, String place, String problem) throws IOException {
            assertThat(tuning(json).faults(List.of(RULE)))
                    .anySatisfy(fault -> assertThat(fault.toString())
                            .contains("tuning.json:" + place + ": ")
                            .contains(problem.replace('\'', '"')));
        }

        @ParameterizedTest(name = "{1}")
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '~',
                value = {
                    "{'upn': {'like': 'mallory*'}}                        | /where/upn/like is 'mallory*', in which the star stands for itself",
                    "{'upn': 'ann@x.example '}                            | /where/upn is 'ann@x.example ', with a blank at an end: expected 'ann@x.example'",
                    "{'upn': {'in': ['a@x.example', 'a\\u200bn@x.example']}} | in which the character U+200B",
                    "{'vault': 'kv\\u00a0a'}                            | in which the character U+00A0",
                    "{'vault': {'is': 'kv-a', 'case': 'exact'}}           | and events have it in capitals unless identity=upstream; expected 'KV-A'",
                    "{'action': 'SecretGte'}                              | actions that are known here; did you mean 'SecretGet'?",
                    "{'action': {'like': 'Hsm%'}}                         | is 'Hsm%', which is none of Key Vault"
                })
        @DisplayName("A value that probably nothing equals is a warning at its place, and taken all the same")
        void unlikely(String where, String problem) throws IOException {
            assertThat(exception("events", where).warnings(Instant.EPOCH))
                    .singleElement()
                    .asString()
                    .contains("tuning.json:1:")
                    .contains(problem.replace('\'', '"'));
        }

        @Test
        @DisplayName("Values as events have them are taken without a word")
        void likely() throws IOException {
            for (String where : List.of(
                    "{'action': {'in': ['SecretGet', 'KeyGet']}}",
                    "{'action': {'is': 'secretget', 'case': 'ignore'}}",
                    "{'action': {'like': 'Secret%'}}",
                    "{'client': {'like': '%Azure CLI%'}}",
                    "{'upn': 'Ann@x.example'}",
                    "{'sourceIp': {'cidr': '10.0.0.0/8'}}",
                    "{'vault': {'is': 'KV-A', 'case': 'exact'}}")) {
                assertThat(exception("events", where).warnings(Instant.EPOCH))
                        .as(where)
                        .isEmpty();
            }
        }

        @Test
        @DisplayName("Of an alert's output nothing is certain, and of a list's values three are told")
        void ofAlerts() throws IOException {
            assertThat(exception("alerts", "{'action': 'secretget'}").warnings(Instant.EPOCH))
                    .hasSize(1);
            Files.writeString(folder.resolve("robots.txt"), "a\u200b1\na\u200b2\na\u200b3\na\u200b4\na\u200b5\n");
            Tuning tuning = tuning("{'lists': {'robots': 'robots.txt'}, 'rules': {'burst': {'except': [{'id': 'E',"
                    + " 'on': 'events', 'where': {'upn': {'in': 'robots'}}, 'why': 'w', 'by': 'b', 'until':"
                    + " '2026-12-31'}]}}}");
            assertThat(tuning.warnings(Instant.EPOCH))
                    .hasSize(3)
                    .last()
                    .asString()
                    .contains("names the list \"robots\", which has", "(and so 2 more values here)");
        }

        @Test
        @DisplayName("All faults come at once")
        void together() {
            assertThatExceptionOfType(RuleException.class)
                    .isThrownBy(() -> rule("'enabled': 1, 'riskScore': -1, 'foo': 2"))
                    .satisfies(thrown -> assertThat(thrown.faults()).hasSize(3));
        }
    }
}
