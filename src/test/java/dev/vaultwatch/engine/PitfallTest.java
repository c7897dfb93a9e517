package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.MALLORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.KeyVaultEventBuilder;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Esper accepts and nobody means, what may be shown, and the functions that rules get from us. */
class PitfallTest {
    private static final String MINUTE = "#time_batch(1 min, 0L) group by upn";

    private static Rule selecting(String columns) {
        return Rules.of("rule", "@name('alert') select upn, " + columns + " from KeyVaultEvent" + MINUTE + ";");
    }

    private static Rule filtering(String filter) {
        return Rules.of(
                "rule",
                "@name('alert') select upn, count(*) as n from KeyVaultEvent(" + filter + ")" + MINUTE
                        + " having count(*) > 1;");
    }

    private static List<String> faults(Rule rule) {
        return Rules.faults(rule).stream().map(RuleFault::problem).toList();
    }

    private static List<String> warnings(Rule rule) {
        return Rules.compile(rule).warnings().stream().map(RuleFault::problem).toList();
    }

    private static Finding only(Rule rule, KeyVaultEvent... events) {
        try (Lane lane = Rules.lane(rule)) {
            for (KeyVaultEvent event : events) {
                lane.send(AT_02_41, event);
            }
            lane.closeWindow();
            assertThat(lane.takeFailures()).isEmpty();
            List<Finding> found = lane.takeFindings().stream()
                    .filter(finding -> !finding.early())
                    .toList();
            assertThat(found).hasSize(1);
            return found.get(0);
        }
    }

    private static KeyVaultEventBuilder read() {
        return KeyVaultEvent.bare(AT_02_41, "SecretGet", MALLORY).toBuilder();
    }

    @Nested
    class Refused {

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                    select upn, event.action as a from KeyVaultEvent#time_batch(1 min, 0L) group by upn      | write 'action'
                    select upn, count(*) as n from KeyVaultEvent(action = 'secretget')#time_batch(1 min, 0L) group by upn | did you mean 'SecretGet'?
                    select upn, count(*) as n from KeyVaultEvent(action in ('SecretGet', 'KEYGET'))#time_batch(1 min, 0L) group by upn | did you mean 'KeyGet'?
                    select rstream upn, count(*) as n from KeyVaultEvent#time_batch(1 min, 0L) group by upn   | selects what leaves
                    select irstream upn, count(*) as n from KeyVaultEvent#time_batch(1 min, 0L) group by upn  | selects what leaves
                    select upn, count(*) as n from KeyVaultEvent#time_batch(1 min, 0L) group by upn limit 5   | 'limit'
                    select upn, count(*) as n from KeyVaultEvent#time(1 min) group by upn                     | "ordered"
                    select upn, distinct_vals(vault) as n from KeyVaultEvent#time_batch(1 min, 0L) group by upn | did you mean 'distinct_values'?
                    select upn, count(*) as n from KeyVaultEvents#time_batch(1 min, 0L) group by upn          | did you mean 'KeyVaultEvent'?
                    select upn, count(*) as n from KeyVaultEvent(cidr_match(sourceIp, '10.0.0.0/33'))#time_batch(1 min, 0L) group by upn | no network
                    select upn, count(*) as n from KeyVaultEvent(cidr_match(sourceIp, upn))#time_batch(1 min, 0L) group by upn | not written out
                    select upn, distinct_values(vault).countOf() as n from KeyVaultEvent#time_batch(1 min, 0L) group by upn | follows 'distinct_values', of which nothing can be asked
                    select upn, last(*).vault as v from KeyVaultEvent#time_batch(1 min, 0L) group by upn      | expected 'last(vault)'
                    select upn, first(cast(resultType, boolean)) as b from KeyVaultEvent#time_batch(1 min, 0L) group by upn | A cast of a text to 'boolean'
                    select upn, first(cast(resultType, 'int')) as b from KeyVaultEvent#time_batch(1 min, 0L) group by upn | in quotes; expected it without
                    select upn, count(*) as n from KeyVaultEvent(upn regexp '(?=a)b')#time_batch(1 min, 0L) group by upn | RE2
                    select upn, count(*) as n from KeyVaultEvent(upn regexp '(a{100}){100}')#time_batch(1 min, 0L) group by upn | repeats
                    select upn, count(*) as n from KeyVaultEvent(upn regexp '(a\\u007b100}){100}')#time_batch(1 min, 0L) group by upn | repeats
                    """)
        @DisplayName("It is refused with its place and what was probably meant")
        void refused(String statement, String says) {
            List<RuleFault> found = Rules.faults(Rules.of("rule", "\n@name('alert') " + statement + ";"));

            assertThat(found).isNotEmpty().allSatisfy(fault -> {
                assertThat(fault.line()).isEqualTo(2);
                assertThat(fault.column()).isPositive();
            });
            assertThat(found)
                    .extracting(RuleFault::problem)
                    .anySatisfy(problem -> assertThat(problem).contains(says));
        }

        @Test
        @DisplayName("A number that is given a text is refused")
        void textForANumber() {
            Rule rule = Rules.of(
                    "rule",
                    "create constant variable int least = \"10\";\n@name('alert') select upn, count(*) as n from"
                            + " KeyVaultEvent" + MINUTE + " having count(*) >= least;");

            assertThat(faults(rule)).anySatisfy(problem -> assertThat(problem).contains("'least'"));
        }

        @Test
        @DisplayName("A stream that makes up a upn is refused")
        void madeUpKey() {
            Rule rule = Rules.of(
                    "rule",
                    "insert into Staged select vault as upn from KeyVaultEvent;\n"
                            + "@name('alert') select upn, count(*) as n from Staged" + MINUTE + ";");

            assertThat(faults(rule)).singleElement().asString().contains("'upn'", "'Staged'", "not the event's upn");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "[every a=KeyVaultEvent -> b=KeyVaultEvent]",
                    "[every a=KeyVaultEvent -> b=KeyVaultEvent -> c=KeyVaultEvent where timer:within(1 min)]",
                    "[every a=KeyVaultEvent -> b=KeyVaultEvent where timer:within(1 hour)]",
                    "[every a=KeyVaultEvent -> b=KeyVaultEvent where timer:withinmax(1 day, 5)]",
                    "[every timer:interval(1 sec) -> a=KeyVaultEvent]",
                    "[every a=KeyVaultEvent -> timer:at(*, *, *, *, *)]"
                })
        @DisplayName("A pattern that waits without an end, or beyond the reach, is refused")
        void endlessPattern(String pattern) {
            assertThat(faults(ordered("@name('alert') select a.upn as upn from pattern " + pattern + ";")))
                    .isNotEmpty();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "#time(10 min)",
                    "#time(5.5 min)",
                    "#time(0.5 hours)",
                    "#time_batch(1 min, 0L)",
                    "",
                    "#keepall"
                })
        @DisplayName("An ordered rule whose window does not slide within its reach is refused")
        void windows(String window) {
            assertThat(faults(ordered(
                            "@name('alert') select upn, count(*) as n from KeyVaultEvent" + window + " group by upn;")))
                    .isNotEmpty();
        }
    }

    private static Rule ordered(String epl) {
        return Rules.of("rule", epl).toBuilder()
                .window(new Window.Ordered(Duration.ofMinutes(5), Duration.ofMinutes(5)))
                .build();
    }

    @Nested
    class Warned {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "vault = 'kv-pay'",
                    "vault in ('KV-WEB', 'kv-pay')",
                    "vault like 'kv-%'",
                    "upn = 'Ann@contoso.example'"
                })
        @DisplayName("A text in a case that the property never has is warned of, with the form that it has")
        void letterCase(String filter) {
            assertThat(warnings(filtering(filter)))
                    .singleElement()
                    .asString()
                    .contains("never comes as", filter.contains("upn") ? "'ann@contoso.example'" : "'KV-");
        }

        @Test
        @DisplayName(
                "A count that rule.json doesn't name is warned of in an ordered rule, which shows its last finding then")
        void uncounted() {
            Rule sliding = Rules.of(
                            "rule",
                            "@name('alert') select upn, count(*) as n from KeyVaultEvent#time(1 min) group by upn"
                                    + " having count(*) > 9;")
                    .toBuilder()
                    .window(new Window.Ordered(Duration.ofMinutes(1), Duration.ofMinutes(1)))
                    .build();

            assertThat(warnings(sliding)).singleElement().asString().contains("'n'", "expected \"eventCount\": \"n\"");
            assertThat(warnings(sliding.toBuilder().eventCount(Optional.of("n")).build()))
                    .isEmpty();
        }

        @Test
        @DisplayName("An action that is not known is a warning with its place")
        void action() {
            List<RuleFault> found = Rules.compile(filtering("action in ('SecretGet', 'SecretGte')"))
                    .warnings();

            assertThat(found).singleElement().satisfies(warning -> {
                assertThat(warning.problem()).contains("'SecretGte'", "did you mean 'SecretGet'?");
                assertThat(warning.line()).isEqualTo(1);
                assertThat(warning.column()).isGreaterThan(50);
            });
        }

        @Test
        @DisplayName("A star in like is a warning, a condition that is always true, too, and none at all")
        void others() {
            assertThat(warnings(filtering("sourceIp like '10.*'")))
                    .singleElement()
                    .asString()
                    .contains("cidr_match");
            assertThat(warnings(selecting("count(*) as n")))
                    .singleElement()
                    .asString()
                    .contains("no 'having'");
            for (String having : List.of("count(*) >= 0", "count(*) > -1", "count(*) >= 1")) {
                assertThat(warnings(Rules.of(
                                "rule",
                                "@name('alert') select upn, count(*) as n from KeyVaultEvent" + MINUTE + " having "
                                        + having + ";")))
                        .as(having)
                        .singleElement()
                        .asString()
                        .contains("always true");
            }
        }

        @Test
        @DisplayName(
                "A subquery in 'where' of what aggregates a window is a fault: it may answer otherwise when an event leaves")
        void askedAgain() {
            String exists = " where %s (select * from KeyVaultEvent#time(1 hour) as l where l.upn = k.upn)";
            for (String epl : List.of(
                    "@name('alert') select upn, count(*) as n from KeyVaultEvent#time_batch(1 min, 0L) as k"
                            + exists.formatted("not exists") + " group by upn having count(*) > 1;",
                    "insert into S select upn, count(*) as c from KeyVaultEvent#time(1 min) as k"
                            + exists.formatted("exists")
                            + " group by upn; @name('alert') select upn, count(*) as n from S" + MINUTE + " having"
                            + " count(*) > 1;")) {
                assertThatThrownBy(() -> Rules.compile(Rules.of("rule", epl)))
                        .isInstanceOf(RuleException.class)
                        .hasMessageContaining("may answer otherwise when an event leaves the window");
            }
            assertThat(Rules.compile(Rules.of(
                                    "rule",
                                    "insert into S select upn from KeyVaultEvent as k" + exists.formatted("exists")
                                            + "; @name('alert') select upn, count(*) as n from S" + MINUTE
                                            + " having count(*) > 1;"))
                            .rules())
                    .hasSize(1);
        }

        @Test
        @DisplayName("A column of a tumbling rule that is one event's is a warning")
        void columnOfOneEvent() {
            assertThat(warnings(Rules.of(
                            "rule",
                            "create constant variable int least = 2; @name('alert') select upn, least, vault as v, count(*) as n,"
                                    + " first(vault) as f, distinct_values(vault) as vs, max(time) - min(time) as t"
                                    + " from KeyVaultEvent" + MINUTE + " having count(*) > least;")))
                    .singleElement()
                    .asString()
                    .contains("The column 'v' is neither of the key nor an aggregation");
        }

        @Test
        @DisplayName(
                "A tumbling rule that remembers more than its window is warned of, where its alert statement begins")
        void remembers() {
            String alert = "@name('alert') select upn, count(*) as n from %s" + MINUTE + " having count(*) > 1;";
            for (String epl : List.of(
                    alert.formatted("KeyVaultEvent(exists (select * from KeyVaultEvent#time(1 hour)))"),
                    "insert into Seen select upn from KeyVaultEvent#time(1 hour);\n" + alert.formatted("Seen"),
                    "insert into Seen select upn from KeyVaultEvent;\n" + alert.formatted("Seen"))) {
                List<RuleFault> found = Rules.compile(Rules.of("rule", epl)).warnings();
                if (epl.contains("hour")) {
                    assertThat(found).singleElement().satisfies(warning -> {
                        assertThat(warning.problem()).contains("more than the events of one window");
                        assertThat(warning.line()).isEqualTo(epl.contains("insert") ? 2 : 1);
                        assertThat(warning.column()).isOne();
                    });
                } else {
                    assertThat(found).isEmpty();
                }
            }
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
            upn from KeyVaultEvent#length(20)                                                    | The window 'length' holds events however old
            a.upn as upn from pattern [every-distinct(a.upn, 1 min) a=KeyVaultEvent]             | With 'every-distinct' an event begins a match or not
            a.upn as upn from pattern [every (a=KeyVaultEvent -> ([2] b=KeyVaultEvent(upn = a.upn)) where timer:within(1 min))] | has no 'every' just before its first event
            upn from KeyVaultEvent match_recognize (measures A.upn as upn pattern (A) interval 1 min define A as A.upn is not null) | does not bound it
            """)
        @DisplayName("What an ordered rule finds by more than its reach is a warning")
        void beyondReach(String epl, String expected) {
            assertThat(warnings(ordered("@name('alert') select " + epl + ";")))
                    .singleElement()
                    .asString()
                    .contains(expected);
        }

        @Test
        @DisplayName("A guard on the last event alone is a warning")
        void guard() {
            assertThat(warnings(ordered("@name('alert') select a.upn as upn from pattern [every a=KeyVaultEvent ->"
                            + " b=KeyVaultEvent where timer:within(1 min)];")))
                    .singleElement()
                    .asString()
                    .contains("'within'");
        }
    }

    @Nested
    class Confidential {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "requestUri as u",
                    "max(requestUri) as u",
                    "distinct_values(objectName) as u",
                    "window(client) as u",
                    "requestUri || 'x' as u",
                    "lower(requestUri) as u",
                    "window(*).selectFrom(e => e.requestUri) as u",
                    "case when count(*) > 1 then requestUri else '' end as u",
                    "(select requestUri from KeyVaultEvent#lastevent) as u"
                })
        @DisplayName("It is not selected, unless the site permits it")
        void selected(String column) {
            assertThat(faults(selecting(column)))
                    .anySatisfy(problem -> assertThat(problem).contains("confidential", "rules.reveal"));

            RuleCompiler permitted =
                    new RuleCompiler(new EplGate.Permissions(false, true), Optional.empty(), complaint -> {});
            assertThat(permitted.compile(List.of(selecting(column))).rules()).hasSize(1);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "count(distinct requestUri) as u",
                    "distinct_count(objectName) as u",
                    "count(*, requestUri like '%/secrets/%') as u",
                    "max(case when client like '%python%' then 1 else 0 end) as u"
                })
        @DisplayName("It is counted and compared")
        void counted(String column) {
            assertThat(faults(selecting(column))).isEmpty();
        }

        @Test
        @DisplayName("It does not pass through a stream of the rule, or a wildcard, or a key")
        void laundered() {
            assertThat(faults(Rules.of(
                            "rule",
                            "insert into Staged select upn, requestUri as u from KeyVaultEvent;\n"
                                    + "@name('alert') select upn, max(u) as u from Staged" + MINUTE + ";")))
                    .isNotEmpty();
            assertThat(faults(
                            Rules.of("rule", "@name('alert') select * from KeyVaultEvent(action = 'SecretPurge');")
                                    .toBuilder()
                                    .window(new Window.Single())
                                    .build()))
                    .isNotEmpty();
            assertThat(faults(Rules.of(
                                    "rule",
                                    "@name('alert') select objectName, count(*) as n from KeyVaultEvent"
                                            + "#time_batch(1 min, 0L) group by objectName;")
                            .toBuilder()
                            .key(GroupingKey.of(Property.OBJECT_NAME))
                            .build()))
                    .isNotEmpty();
        }
    }

    @Nested
    class Functions {

        @ParameterizedTest
        @CsvSource({
            "10.1.2.3, 10.0.0.0/8, true",
            "11.1.2.3, 10.0.0.0/8, false",
            "10.1.2.3, 0.0.0.0/0, true",
            "10.1.2.3, 10.1.2.3/32, true",
            "10.1.2.2, 10.1.2.3/31, true",
            "10.1.2.1, 10.1.2.3/31, false",
            "2001:db8::1, 2001:db8::/32, true",
            "2001:db9::1, 2001:db8::/32, false",
            "::ffff:10.1.2.3, 10.0.0.0/8, true",
            "::1, 10.0.0.0/8, false",
            "10.1.2, 10.0.0.0/8, false",
            "example.org, 10.0.0.0/8, false",
            "1:2:3:4:5:6:7:8:9, ::/0, false",
            "1::2::3, ::/0, false",
            ", 10.0.0.0/8, false"
        })
        @DisplayName("cidr_match tells whether an address is in a network")
        void cidr(String address, String network, boolean expected) {
            assertThat(RuleFunctions.cidrMatch(address, network)).isEqualTo(expected);
        }

        @Test
        @DisplayName("lower and cidr_match work in a rule")
        void inARule() {
            Rule rule = filtering("lower(vault) = 'v', cidr_match(sourceIp, '10.0.0.0/8')");
            KeyVaultEventBuilder event = read().with(Property.VAULT, "V").with(Property.SOURCE_IP, "10.1.1.1");

            assertThat(only(
                                    rule,
                                    event.build(),
                                    event.build(),
                                    event.with(Property.SOURCE_IP, "11.1.1.1").build())
                            .columns())
                    .containsEntry("n", 2L);
        }

        @Test
        @DisplayName("Aggregations take filters, each by itself")
        void filters() {
            Rule rule = selecting("distinct_values(vault) as every, distinct_values(vault, filter: httpStatus = 403) as"
                    + " denied, distinct_count(vault, filter: httpStatus = 200) as granted, count(*, httpStatus = 403)"
                    + " as denials");
            Finding finding = only(
                    rule,
                    read().with(Property.VAULT, "a")
                            .with(Property.HTTP_STATUS, 403)
                            .build(),
                    read().with(Property.VAULT, "b")
                            .with(Property.HTTP_STATUS, 200)
                            .build(),
                    read().with(Property.VAULT, "c")
                            .with(Property.HTTP_STATUS, 200)
                            .build());

            assertThat(finding.columns())
                    .containsEntry("every", List.of("a", "b", "c"))
                    .containsEntry("denied", List.of("a"))
                    .containsEntry("granted", 2L)
                    .containsEntry("denials", 1L);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    vault regexp 'v[0-9]+'          | v12   | true
                    vault regexp 'v[0-9]+'          | v12x  | false
                    vault not regexp 'v[0-9]+'      | v12x  | true
                    vault like 'v%2'                | v12   | true
                    vault like 'v_2'                | v12   | true
                    vault like 'v_2'                | v112  | false
                    vault like '%1%2%'              | 9192  | true
                    vault like 'v!_2' escape '!'    | v_2   | true
                    vault like 'v!_2' escape '!'    | v12   | false
                    vault not like 'v%'             | w     | true
                    """)
        @DisplayName("regexp and like match as they did, by matchers of linear time")
        void patterns(String condition, String vault, boolean expected) {
            KeyVaultEvent event = read().with(Property.VAULT, vault).build();
            try (Lane lane = Rules.lane(filtering(condition))) {
                lane.send(AT_02_41, event);
                lane.send(AT_02_41, event);
                lane.closeWindow();

                assertThat(lane.hasOutput()).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"upn != null | upn is not null", "httpStatus = null | httpStatus is null"})
    @DisplayName("A comparison with null is refused, with what is meant")
    void comparedWithNull(String condition, String meant) {
        assertThat(faults(filtering(condition)))
                .singleElement()
                .asString()
                .contains("is never true")
                .endsWith("did you mean '" + meant + "'?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "window(*).countOf(x => x.durationMs > 100)",
                "window(*).where(e => e.action = 'KeyGet' and (e.httpStatus = 403)).countOf()",
                "window(*).firstOf(x => x.vault like 'KV%').action"
            })
    @DisplayName("A condition that takes what is unknown for true is warned of")
    void unknownTakenForTrue(String column) {
        assertThat(warnings(selecting(column + " as x")))
                .filteredOn(each -> each.contains("holds for events without"))
                .singleElement()
                .asString()
                .contains("is not null and ...");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "window(*).countOf(x => x.durationMs is not null and x.durationMs > 100)",
                "window(*).countOf(x => coalesce(x.httpStatus, 0) = 403)",
                "window(*).countOf(x => x.action = 'KeyGet')",
                "window(*).anyOf(x => x.httpStatus = 403)"
            })
    @DisplayName("One that says what unknown means, or asks what is always known, is not")
    void unknownThoughtOf(String column) {
        assertThat(warnings(selecting(column + " as x"))).noneMatch(each -> each.contains("holds for events without"));
    }

    @Test
    @DisplayName("stddev, which values that have left falsify, is warned of")
    void stddev() {
        assertThat(warnings(selecting("stddev(durationMs) as x"))).anyMatch(each -> each.contains("expected 'avedev'"));
    }

    @Test
    @DisplayName(
            "What a division by zero gives is no number, and an alert leaves it out; window leaves out what is absent")
    void absent() {
        assertThat(only(
                                selecting(
                                        "sum(httpStatus) / count(durationMs) as infinite, (count(*) - 1) / count(durationMs) as"
                                                + " unknown, 1 / count(*) as one, window(country) as countries"),
                                read().with(Property.HTTP_STATUS, 200).build())
                        .columns())
                .containsOnlyKeys("upn", "one", "countries")
                .containsEntry("one", 1.0)
                .containsEntry("countries", List.of());
    }

    @Test
    @DisplayName("cast reads long numbers from texts, as it reads the shorter ones")
    void casts() {
        KeyVaultEvent event = KeyVaultEvent.builder(AT_02_41, "SecretGet")
                .with(Property.UPN, MALLORY)
                .with(Property.TLS_VERSION, "13")
                .build();

        assertThat(only(selecting("sum(cast(tlsVersion, long)) as n"), event).columns())
                .containsEntry("n", 13L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into B select upn, count(*) as c from KeyVaultEvent#time(1 min) group by upn;"
                        + " @name('alert') select upn from B(c >= 4);",
                "@name('alert') select e.upn as upn from KeyVaultEvent as e where exists"
                        + " (select * from KeyVaultEvent(action = 'SecretList')#time(90 sec) as l where l.upn = e.upn);",
                "insert into B select a.upn as upn from pattern [every a=KeyVaultEvent -> timer:interval(5 sec)];"
                        + " @name('alert') select upn from B;"
            })
    @DisplayName("What goes by time is refused in a rule of single events, for which none passes")
    void timeOfSingleEvents(String epl) {
        Rule rule = Rule.builder("single")
                .window(new Window.Single())
                .key(GroupingKey.of(Property.UPN))
                .epl(epl)
                .build();
        assertThatThrownBy(() -> new RuleCompiler(true).compile(List.of(rule)))
                .hasMessageContaining("which goes by time")
                .hasMessageContaining("expected a rule of the kind \"ordered\"");
    }

    @Test
    @DisplayName("A text that looks like time is none, and what is held by number may be")
    void noTimeOfSingleEvents() {
        Rule rule = Rule.builder("single")
                .window(new Window.Single())
                .key(GroupingKey.of(Property.UPN))
                .epl(
                        "@name('alert') select e.upn as upn from KeyVaultEvent(vault != '#time(1 min)', city != \"timer:at\") as e"
                                + " where exists (select * from KeyVaultEvent(action = 'SecretList')#length(5) as l where l.upn = e.upn);")
                .build();

        assertThat(new RuleCompiler(true).compile(List.of(rule)).rules()).hasSize(1);
    }
}
