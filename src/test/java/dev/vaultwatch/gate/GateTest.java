package dev.vaultwatch.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the gate's first check lets through and what it refuses, with which sentence and where; nothing is compiled. */
@DisplayName("The gate, before Esper compiles")
class GateTest {
    private static final Vocabulary WORDS = new Vocabulary(
            "KeyVaultEvent",
            Set.of("upn", "action", "vault", "time", "sourceIp", "requestUri"),
            Set.of("requestUri"),
            Map.of("user.email", "upn"),
            Map.of("distinct_values", true, "distinct_count", true, "lower", false, "cidr_match", false),
            "alert",
            Set.of("early"),
            Set.of("com/google/re2j/Matcher"));

    private static final OptionalLong MINUTES = OptionalLong.empty();
    private static final OptionalLong FIVE_MINUTES = OptionalLong.of(300_000);

    private static EplGate gate() {
        return new EplGate(WORDS, new EplGate.Permissions(false, false));
    }

    /** Why statements of one rule may not pass, all of them. */
    private static List<Refusal> refusals(EplGate gate, OptionalLong reach, String... statements) {
        EplGate.Statements rule = gate.statements(reach);
        return java.util.Arrays.stream(statements)
                .flatMap(each -> rule.check(each).stream())
                .toList();
    }

    private static String said(OptionalLong reach, String... statements) {
        return refusals(gate(), reach, statements).stream()
                .map(Refusal::problem)
                .collect(Collectors.joining(" | "));
    }

    private static String select(String column) {
        return "select " + column + " from KeyVaultEvent#time(1 min)";
    }

    @Nested
    @DisplayName("A window")
    class OfWindows {
        @ParameterizedTest
        @DisplayName("that ends passes")
        @ValueSource(
                strings = {
                    "time(1 sec)",
                    "time(1)",
                    "time(1000 milliseconds)",
                    "time(1000 msec)",
                    "time(1 day)",
                    "time(24 hours)",
                    "time(86400)",
                    "time(60.5d)",
                    "time(1 hour 30 minutes 2 seconds)",
                    "time_batch(1 min, 0L)",
                    "length(1)",
                    "length(100000)",
                    "length_batch(10)",
                    "lastevent",
                    "firstevent",
                    "keepall#length(3)"
                })
        void ends(String window) {
            assertThat(said(MINUTES, "select upn from KeyVaultEvent#" + window)).isEmpty();
        }

        @ParameterizedTest
        @DisplayName("whose end can't be read off it is refused, unless the site permits it")
        @ValueSource(
                strings = {
                    "time(999 msec)",
                    "time(0)",
                    "time(500000 microseconds)",
                    "time(500000 usec)",
                    "time(86401)",
                    "time(25 hours)",
                    "time(1 week)",
                    "time(2 days)",
                    "time(1 day 1 second)",
                    "time(n)",
                    "time(n min)",
                    "time_batch(1 min, n)",
                    "length(0)",
                    "length(100001)",
                    "length(n)",
                    "keepall",
                    "unique(upn)",
                    "groupwin(upn)#length(10)",
                    "firstunique(upn)",
                    "lastevent(3)"
                })
        void endless(String window) {
            String statement = "select upn from KeyVaultEvent#" + window;

            assertThat(said(MINUTES, statement))
                    .contains("has no bound that can be read")
                    .contains("unless the site allows rules without bounds.");
            EplGate permits = new EplGate(WORDS, new EplGate.Permissions(true, false));
            assertThat(refusals(permits, MINUTES, statement)).isEmpty();
        }

        @ParameterizedTest
        @DisplayName("that Esper does not have, or that somebody else brings, is refused whatever the site permits")
        @ValueSource(strings = {"mine(3)", "my:length(3)"})
        void unknown(String window) {
            String statement = "select upn from KeyVaultEvent#" + window;

            assertThat(refusals(new EplGate(WORDS, new EplGate.Permissions(true, true)), MINUTES, statement))
                    .extracting(Refusal::problem)
                    .anyMatch(problem ->
                            problem.contains("is no window for rules") || problem.contains("is not for rules"));
        }

        @Test
        @DisplayName("is asked of what aggregates a stream, not of the alert, nor of what only selects")
        void aggregates() {
            String stream = "insert into Reads select upn, count(*) as n from KeyVaultEvent";

            assertThat(said(MINUTES, stream)).contains("which has no window and so never forgets");
            assertThat(said(MINUTES, stream + " group by upn")).contains("never forgets");
            assertThat(said(MINUTES, "insert into Reads select upn from KeyVaultEvent group by upn"))
                    .contains("never forgets");
            assertThat(said(MINUTES, stream + "#time(1 min)")).isEmpty();
            assertThat(said(MINUTES, "@name('alert') select upn, count(*) as n from KeyVaultEvent"))
                    .isEmpty();
            assertThat(said(MINUTES, "insert into Reads select upn from KeyVaultEvent"))
                    .isEmpty();
            assertThat(said(MINUTES, "insert into Reads select upn, max(time, 3) as t from KeyVaultEvent"))
                    .isEmpty();
            assertThat(said(MINUTES, "insert into Reads select max(time) as t from KeyVaultEvent"))
                    .contains("never forgets");
            assertThat(said(MINUTES, "insert into Reads select lower(upn) as t from KeyVaultEvent"))
                    .isEmpty();
            assertThat(said(MINUTES, "insert into Reads select coalesce(upn, vault) as t from KeyVaultEvent"))
                    .isEmpty();
            assertThat(said(MINUTES, "insert into Reads select distinct_count(upn) as t from KeyVaultEvent"))
                    .contains("never forgets");
        }
    }

    @Nested
    @DisplayName("An expression")
    class OfExpressions {
        @ParameterizedTest
        @DisplayName("of values, counts and the rule's own names passes")
        @ValueSource(
                strings = {
                    "count(*)",
                    "sum(time)",
                    "window(upn)",
                    "coalesce(upn, vault)",
                    "cast(time, string)",
                    "distinct_values(upn)",
                    "lower(upn)",
                    "upn.length()",
                    "upn.toLowerCase()",
                    "window(*).where(x => x.upn is not null).countOf()",
                    "count(requestUri)",
                    "distinct_count(requestUri)",
                    "requestUri = 'x'",
                    "requestUri like 'x%'",
                    "upn like 'a%'",
                    "upn regexp 'a.*b'",
                    "cidr_match(sourceIp, '10.0.0.0/8')",
                    "case when upn = 'a' then 1 else 2 end",
                    "first(*).upn",
                    "sum(time, filter: upn = 'a')",
                    "window(*).where(x => x.upn = 'a').where(y => y.upn = 'b').countOf()"
                })
        void passes(String column) {
            assertThat(said(MINUTES, select(column + " as c"))).isEmpty();
        }

        @ParameterizedTest
        @DisplayName("that reaches Java, or costs what nobody can tell, is refused and says why")
        @CsvSource(delimiter = '~', textBlock = """
                        java.lang.Runtime.getRuntime() ~ reaches through 'java', which is no property
                        Runtime.getRuntime() ~ reaches through 'Runtime'
                        user.email ~ 'user.email' is a field of ECS; in a rule write 'upn'.
                        upn.getClass() ~ The method 'getClass' is not for rules
                        upn.length().x ~ '.x' reaches into a value
                        upn.vault ~ '.vault' reaches into a value
                        window(*).aggregate(0, (a, b) => a + 1) ~ The method 'aggregate' is not for rules
                        systemx(1) ~ The function 'systemx' is not for rules
                        distinct_valuez(upn) ~ did you mean 'distinct_values'
                        prev(1, upn) ~ The function 'prev' is not for rules
                        cidr_match(sourceIp, upn) ~ is not written out; expected a text such as '10.0.0.0/8'.
                        upn like vault ~ is not written out, so nobody knows what it costs
                        upn regexp vault ~ is not written out, so nobody knows what it costs
                        upn regexp '(a' ~ is none that RE2 takes
                        upn regexp '(?=a)' ~ without look-around and back references
                        upn regexp 'a{1001}' ~ repeats up to 1001 times
                        upn regexp '(a{40}){30}' ~ repeats up to 1200 times
                        upn regexp 'a{1001,}' ~ repeats up to 1001 times
                        upn regexp 'a{2,1001}' ~ repeats up to 1001 times
                        upn regexp '(abcdefghij){900}' ~ is too large to be fast; expected a shorter one.
                        requestUri ~ 'requestUri' is confidential
                        requestUri || 'x' ~ 'requestUri' is confidential
                        max(requestUri) ~ 'requestUri' is confidential
                        coalesce(coalesce(upn, vault), 'x') ~ coalesce stands within coalesce
                        cast(upn, date, dateformat: 'yyyy') ~ A cast with
                        sum(time, group_by: upn) ~ The parameter 'group_by' is not for rules
                        new {a = 1} ~ makes an object
                        new java.util.ArrayList() ~ makes an object
                        upn? ~ makes a property dynamic
                        window(upn)[0] ~ is not for rules
                        window(*).where(x => window(*).where(y => y.upn = x.upn).countOf() > 1).countOf() ~ stands within another, which squares its cost
                        """)
        void refused(String column, String why) {
            assertThat(said(MINUTES, select(column + " as c"))).contains(why);
        }

        @ParameterizedTest
        @DisplayName("that is refused is refused once: nothing is said of what stands in it")
        @ValueSource(
                strings = {
                    "systemx(java.A.b())",
                    "prev(1, java.A.b())",
                    "coalesce(coalesce(java.A.b(), vault), 'x')",
                    "coalesce(upn,upn,upn,upn,upn,upn,upn,upn,upn,upn,upn,upn,upn,upn,upn,upn,upn,upn,upn,upn,java.A.b())",
                    "cast(java.A.b(), date, dateformat: 'yyyy')",
                    "lower(lower(lower(lower(lower(lower(lower(lower(lower(lower(lower(java.A.b())))))))))))",
                    "cast("
                            + "cast(cast(cast(cast(cast(cast(cast(cast(cast(cast(java.A.b(), string), string), string), string), string), string),"
                            + " string), string), string), string), string)",
                    "sum(time, group_by: java.A.b())",
                    "java.lang.A.b(java.A.b())",
                    "cidr_match(java.A.b(), upn)",
                    "upn.getClass(java.A.b())",
                    "upn.length().x.y(java.A.b())",
                    "upn like java.A.b()",
                    "java.A.b() like vault",
                    "java.A.b() regexp '(a'",
                    "window(*).where(x => window(*).where(y => java.A.b() = 1).countOf() > 1).countOf()",
                    "new java.util.ArrayList(java.A.b())",
                    "(select java.A.b() as x from KeyVaultEvent#length(3))",
                    "window(*).where(x => java.A.b() = 1).countOf()"
                })
        void once(String column) {
            assertThat(refusals(gate(), MINUTES, select(column + " as c"))).hasSize(1);
        }

        @ParameterizedTest
        @DisplayName("is judged wherever it may stand")
        @ValueSource(
                strings = {
                    "create variable int x = java.A.b()",
                    "select upn from KeyVaultEvent(java.A.b() = 1)",
                    "select upn from KeyVaultEvent#length(java.A.b())",
                    "select upn from KeyVaultEvent#time(1 min) as a, KeyVaultEvent(java.A.b() = 1)#time(1 min) as b",
                    "select rstream java.A.b() as c from KeyVaultEvent",
                    "select sum(time, filter: java.A.b() > 1) as c from KeyVaultEvent#time(1 min)",
                    "select lower(java.A.b()) as c from KeyVaultEvent",
                    "select cast(java.A.b(), string) as c from KeyVaultEvent",
                    "select upn.indexOf(java.A.b()) as c from KeyVaultEvent",
                    "select upn from KeyVaultEvent where java.A.b() = 1",
                    "select java.A.b() like 'x' as c from KeyVaultEvent",
                    "select java.A.b() regexp 'x' as c from KeyVaultEvent",
                    "select upn from KeyVaultEvent#time(1 min) group by upn having java.A.b() = 1",
                    "select upn from KeyVaultEvent order by java.A.b()"
                })
        void everywhere(String statement) {
            assertThat(said(MINUTES, statement)).contains("reaches through 'java'");
        }

        @Test
        @DisplayName("is judged in what reads a stream of the rule, too")
        void inStreams() {
            String fill = "insert into Reads select upn from KeyVaultEvent";

            assertThat(said(MINUTES, fill, "select upn from Reads(java.A.b() = 1)"))
                    .contains("reaches through 'java'");
            assertThat(said(MINUTES, "select e.requestUri from KeyVaultEvent as e"))
                    .contains("'requestUri' is confidential");
            assertThat(said(MINUTES, select("systemx(1) as c"))).contains("They may use count, sum, avg");
        }

        @Test
        @DisplayName("may be confidential where the site permits it")
        void revealed() {
            EplGate permits = new EplGate(WORDS, new EplGate.Permissions(false, true));

            assertThat(refusals(permits, MINUTES, select("requestUri"))).isEmpty();
            assertThat(refusals(permits, MINUTES, "@name('alert') " + select("*")))
                    .isEmpty();
            assertThat(said(MINUTES, "@name('alert') " + select("*")))
                    .isEqualTo(
                            "'*' selects every property, and requestUri are confidential: name the properties, or let the"
                                    + " site permit it (rules.reveal).");
            assertThat(said(MINUTES, select("*"))).isEmpty();
            assertThat(said(MINUTES, "select upn from KeyVaultEvent#time(1 min) where lower(requestUri) = 'x'"))
                    .isEmpty();
        }

        @Test
        @DisplayName("may be as large as each bound, and no larger")
        void bounds() {
            assertThat(said(MINUTES, select(coalesce(20) + " as c"))).isEmpty();
            assertThat(said(MINUTES, select(coalesce(21) + " as c"))).contains("coalesce has 21 values");
            String five = IntStream.range(0, 5)
                    .mapToObj(i -> coalesce(20) + " as c" + i)
                    .collect(Collectors.joining(", "));
            assertThat(said(MINUTES, select(five))).isEmpty();
            assertThat(said(MINUTES, select(five + ", coalesce(upn, vault) as d")))
                    .contains("coalesce has 2 values, and 102 up to here");
            assertThat(said(MINUTES, select("lower(".repeat(10) + "upn" + ")".repeat(10) + " as c")))
                    .isEmpty();
            assertThat(said(MINUTES, select("lower(".repeat(11) + "upn" + ")".repeat(11) + " as c")))
                    .contains("The call of 'lower' stands within 10 others");
            assertThat(said(MINUTES, select("cast(".repeat(11) + "upn" + ", string)".repeat(11) + " as c")))
                    .contains("The call of 'cast' stands within 10 others");
            assertThat(said(MINUTES, select("upn like '" + "a".repeat(498) + "' as c")))
                    .isEmpty();
            assertThat(said(MINUTES, select("upn like '" + "a".repeat(499) + "' as c")))
                    .isEqualTo("The pattern has 501 characters; expected at most 500.");
            assertThat(said(MINUTES, select(columns(100)))).isEmpty();
            assertThat(said(MINUTES, select(columns(101)))).contains("The statement selects 101 columns");
            assertThat(refusals(gate(), MINUTES, select("java.A.b() like '" + "a".repeat(499) + "' as c")))
                    .hasSize(1);
            assertThat(said(MINUTES, select("upn regexp 'a{1000}' as c"))).isEmpty();
            assertThat(said(MINUTES, select("upn regexp '" + "[a-c]{0,40}".repeat(1) + "(b{2}){12}' as c")))
                    .isEmpty();
        }

        private static String coalesce(int values) {
            return "coalesce(" + String.join(", ", java.util.Collections.nCopies(values, "upn")) + ")";
        }

        private static String columns(int count) {
            return IntStream.range(0, count).mapToObj(i -> "upn as c" + i).collect(Collectors.joining(", "));
        }

        @Test
        @DisplayName("that may fail does not stand in a filter, where it would hide the event")
        void castInFilter() {
            assertThat(said(MINUTES, "select upn from KeyVaultEvent(cast(upn, int) > 3)#time(1 min)"))
                    .contains("may fail, and a filter that fails keeps the event from the rule");
            assertThat(refusals(gate(), MINUTES, "select upn from KeyVaultEvent(cast(java.A.b(), int) > 3)"))
                    .hasSize(1);
            assertThat(said(MINUTES, select("cast(upn, int) as c"))).isEmpty();
        }
    }

    @Nested
    @DisplayName("A statement")
    class OfStatements {
        @ParameterizedTest
        @DisplayName("of a form that rules have no use for is refused, by the name that people call it")
        @CsvSource(delimiter = '~', textBlock = """
                        create schema S (a string) ~ Create schema
                        create window W#keepall as KeyVaultEvent ~ A named window
                        create table T (a string) ~ A table
                        create expression e { 1 } ~ A declared expression or script
                        on KeyVaultEvent set x = 1 ~ An on-trigger
                        update istream KeyVaultEvent set upn = 'x' ~ Update
                        create context C partition by upn from KeyVaultEvent ~ A context
                        select upn from pattern [every KeyVaultEvent] ~ A pattern
                        select upn from KeyVaultEvent#time(1 min) output every 1 min ~ An output clause
                        select upn from KeyVaultEvent#time(1 min) group by rollup(upn, vault) ~ Group by cube or rollup
                        select upn from KeyVaultEvent#time(1 min) as a, KeyVaultEvent#time(1 min) as b ~ The join with
                        select upn from KeyVaultEvent#time(1 min) as a left outer join KeyVaultEvent#time(1 min) as b on a.upn = b.upn ~ An outer join
                        select rstream upn from KeyVaultEvent#time(1 min) ~ 'rstream' selects what leaves a window
                        select irstream upn from KeyVaultEvent#time(1 min) ~ 'irstream' selects what leaves a window
                        select upn from KeyVaultEvent#length(2)#time(1 min) retain-union ~ A union of windows
                        select upn from sql:db ['select 1'] ~ A database query
                        select upn from method:a.B.c() ~ A method join
                        select ? as c from KeyVaultEvent ~ question mark
                        select upn from Other ~ 'Other' is no stream of this rule
                        select upn from KeyVaultEvents ~ did you mean 'KeyVaultEvent'?
                        @Hook(type = HookType.SQLCOL) select upn from KeyVaultEvent ~ is not for rules; they may use @name
                        @name(a.B.C) select upn from KeyVaultEvent ~ is no text: Esper would look for a class of that name
                        @tag(name = a.B.C, value = 'x') select upn from KeyVaultEvent ~ is no text
                        @name('a#b') select upn from KeyVaultEvent ~ has characters that names may not have
                        @name('early') select upn from KeyVaultEvent ~ is kept for the statement that is derived
                        create variable java.util.List x ~ is no type for rules
                        create variable string[primitive] x ~ is no type for rules
                        create variable string[][] x ~ is no type for rules
                        create other variable int x = 1 ~ is no kind of variable for rules
                        insert into KeyVaultEvent select upn from KeyVaultEvent ~ is not filled by rules
                        insert into early select upn from KeyVaultEvent ~ is not filled by rules
                        insert into string select upn from KeyVaultEvent ~ can't name a stream
                        insert into `a b` select upn from KeyVaultEvent ~ can't name a stream
                        insert into S select upn || vault as c from KeyVaultEvent ~ may not join texts
                        select `a!` from KeyVaultEvent ~ has characters that names may not have
                        """)
        void refused(String statement, String why) {
            assertThat(said(MINUTES, statement)).contains(why);
        }

        @ParameterizedTest
        @DisplayName("that is refused is refused once: nothing is said of what stands in it")
        @ValueSource(
                strings = {
                    "create window W#keepall as select java.A.b() as x from KeyVaultEvent",
                    "create other variable int x = java.A.b()",
                    "create variable java.util.List x",
                    "select upn from Other(java.A.b() = 1)",
                    "select upn from KeyVaultEvent#mine(java.A.b())",
                    "@Hook(x = 'a') select upn from KeyVaultEvent",
                    "select upn from KeyVaultEvent#keepall"
                })
        void once(String statement) {
            assertThat(refusals(gate(), MINUTES, statement)).hasSize(1);
        }

        @Test
        @DisplayName("whose names hold a backslash is refused")
        void backslash() {
            assertThat(said(MINUTES, "select a\\.b from KeyVaultEvent")).contains("A backslash in a name");
        }

        @ParameterizedTest
        @DisplayName("that declares, fills a stream of its own or finds passes")
        @ValueSource(
                strings = {
                    "create constant variable int LEAST = 10",
                    "create variable string[] x",
                    "@name('alert') @description('x') @tag(name='a', value='b') select upn from KeyVaultEvent",
                    "@name(\"A: rule (1)\") select upn from KeyVaultEvent",
                    "select istream upn from KeyVaultEvent",
                    "select `upn` from KeyVaultEvent",
                    "select upn || vault as c from KeyVaultEvent",
                    "select e.upn from KeyVaultEvent as e order by e.upn limit 3",
                    "select upn from KeyVaultEvent#time(1 min)#length(3)",
                    "select upn from KeyVaultEvent where upn in (select upn from KeyVaultEvent#length(3))",
                    "this is no statement, and so passes: the compiler refuses it before it does anything"
                })
        void passes(String statement) {
            assertThat(said(MINUTES, statement)).isEmpty();
        }

        @Test
        @DisplayName("may read a stream that was filled before it, by names that were declared before it")
        void streams() {
            String fill = "insert into Reads select upn, vault as v from KeyVaultEvent";

            assertThat(said(MINUTES, fill, "select r.v, v from Reads as r")).isEmpty();
            assertThat(said(MINUTES, "select v from Reads", fill)).contains("'Reads' is no stream of this rule");
            assertThat(said(MINUTES, fill, "select r.other from Reads as r")).contains("'.other' reaches into a value");
            assertThat(said(MINUTES, fill, "select upn from Reads", fill)).contains("has been read already");
            assertThat(said(MINUTES, "create variable int x", "select x.y from KeyVaultEvent"))
                    .contains("'.y' reaches into a value");
            assertThat(said(MINUTES, "select x.y from KeyVaultEvent")).contains("reaches through 'x'");
            assertThat(said(MINUTES, "select e.upn from KeyVaultEvent as e", "select e.upn from KeyVaultEvent"))
                    .contains("reaches through 'e'");
            assertThat(said(
                            MINUTES,
                            "insert into S (a, b) select upn, vault from KeyVaultEvent",
                            "select t.a from S as t"))
                    .isEmpty();
        }

        @Test
        @DisplayName("may not make more than sixteen rows of one event")
        void rows() {
            String[] doubling = {
                "insert into A select upn from KeyVaultEvent",
                "insert into A select upn from KeyVaultEvent",
                "insert into B select upn from A",
                "insert into B select upn from A",
                "insert into C select upn from B",
                "insert into C select upn from B",
                "insert into D select upn from C",
                "insert into D select upn from C"
            };

            assertThat(said(MINUTES, doubling)).isEmpty();
            String[] more = java.util.Arrays.copyOf(doubling, 9);
            more[8] = "insert into D select upn from C";
            assertThat(said(MINUTES, more))
                    .contains("The stream 'D' gets up to 24 rows of one event; expected at most 16");
        }

        @Test
        @DisplayName("is refused where it stands: line and column of what is wrong")
        void place() {
            assertThat(refusals(gate(), MINUTES, "select upn\n  from Other"))
                    .singleElement()
                    .satisfies(refusal -> {
                        assertThat(refusal.line()).isEqualTo(2);
                        assertThat(refusal.column()).isEqualTo(7);
                    });
        }

        @Test
        @DisplayName("is quoted in one line of at most sixty characters")
        void quoted() {
            assertThat(said(
                            MINUTES,
                            "select (" + "upn   =\n'x' or ".repeat(20) + "upn like vault) as c from KeyVaultEvent"))
                    .isNotEmpty();
            assertThat(said(MINUTES, "insert into S select count(*) as n from KeyVaultEvent(upn =\n  'x')"))
                    .startsWith("The statement aggregates 'KeyVaultEvent(upn = 'x')', which has no window");
            assertThat(Report.shortened(" a \n\t b ")).isEqualTo("a b");
            assertThat(Report.shortened("x".repeat(60))).hasSize(60).doesNotContain("...");
            assertThat(Report.shortened("x".repeat(61))).isEqualTo("x".repeat(57) + "...");
            assertThat(Report.plain("`a b`")).isEqualTo("a b");
            assertThat(Report.plain("`")).isEqualTo("`");
            assertThat(Report.plain("`a")).isEqualTo("`a");
        }

        @Test
        @DisplayName("is refused for its size before anything parses it")
        void size() {
            assertThat(said(MINUTES, select("(".repeat(40) + "upn" + ")".repeat(40) + " as c")))
                    .isEmpty();
            assertThat(said(MINUTES, select("(".repeat(41) + "upn" + ")".repeat(41) + " as c")))
                    .isEqualTo("The statement nests deeper than 40 brackets.");
            assertThat(said(MINUTES, select("(upn), ".repeat(60) + "(upn) as c")))
                    .isEmpty();
            assertThat(said(MINUTES, select("1" + " + 1".repeat(400) + " as c")))
                    .isEmpty();
            assertThat(said(MINUTES, select("1" + " + 1".repeat(401) + " as c")))
                    .contains("more than 400 operators");
            assertThat(said(MINUTES, select("upn" + " || upn".repeat(20) + " as c")))
                    .isEmpty();
            assertThat(said(MINUTES, select("upn" + " || upn".repeat(21) + " as c")))
                    .contains("joins texts with '||' more than 20 times");
            assertThat(said(MINUTES, "select upn from KeyVaultEvent(upn in (" + texts(6_000) + "))"))
                    .isEmpty();
            assertThat(said(MINUTES, "select upn from KeyVaultEvent(upn in (" + texts(6_001) + "))"))
                    .contains("more than 6000 texts in quotes");
            assertThat(said(MINUTES, "select upn from KeyVaultEvent(upn in (" + "x,".repeat(1_500) + "x))"))
                    .contains("more than 1500 names");
            assertThat(said(MINUTES, "select upn from KeyVaultEvent(time in (" + "1,".repeat(4_000) + "1))"))
                    .contains("more than 4000 words");
            assertThat(said(MINUTES, "select upn from KeyVaultEvent(time in (" + "1,".repeat(3_989) + "1))"))
                    .isEmpty();
            assertThat(said(MINUTES, "select upn from KeyVaultEvent(time in (" + "1,".repeat(3_990) + "1))"))
                    .contains("more than 4000 words");
            assertThat(said(MINUTES, "select upn from KeyVaultEvent(upn in (" + "x,".repeat(1_496) + "x))"))
                    .isEmpty();
            assertThat(said(MINUTES, "select upn from KeyVaultEvent(upn in (" + "x,".repeat(1_497) + "x))"))
                    .contains("more than 1500 names");
        }

        private static String texts(int count) {
            return String.join(",", java.util.Collections.nCopies(count, "'x'"));
        }
    }

    @Nested
    @DisplayName("A pattern of an ordered rule")
    class OfPatterns {
        private static String pattern(String pattern) {
            return "select a.upn from pattern [" + pattern + "]";
        }

        @ParameterizedTest
        @DisplayName("that stops waiting within the rule's reach passes")
        @ValueSource(
                strings = {
                    "every a=KeyVaultEvent",
                    "every a=KeyVaultEvent -> b=KeyVaultEvent where timer:within(5 min)",
                    "every a=KeyVaultEvent -> (b=KeyVaultEvent -> c=KeyVaultEvent) where timer:within(1 sec)",
                    "every (a=KeyVaultEvent -> b=KeyVaultEvent) where timer:within(1 min)",
                    "every a=KeyVaultEvent -> (timer:interval(5 min) and not KeyVaultEvent)",
                    "every a=KeyVaultEvent -> (b=KeyVaultEvent where timer:within(1 min) or timer:interval(2 min))",
                    "every a=KeyVaultEvent -> b=KeyVaultEvent where timer:withinmax(1 min, 3)",
                    "every-distinct(a.upn, 5 min) a=KeyVaultEvent",
                    "every a=KeyVaultEvent -> (b=KeyVaultEvent where timer:within(1 min) -> c=KeyVaultEvent where timer:within(1 min))",
                    "every a=KeyVaultEvent -> (not KeyVaultEvent and b=KeyVaultEvent where timer:within(1 min))"
                })
        void passes(String pattern) {
            assertThat(said(FIVE_MINUTES, pattern(pattern))).isEmpty();
        }

        @ParameterizedTest
        @DisplayName("that may wait for ever, or longer than the reach, is refused")
        @CsvSource(delimiter = '~', textBlock = """
                        every a=KeyVaultEvent -> b=KeyVaultEvent ~ without an end; expected 'where timer:within
                        every a=KeyVaultEvent -> (b=KeyVaultEvent -> c=KeyVaultEvent where timer:within(1 min)) ~ without an end
                        every a=KeyVaultEvent -> (b=KeyVaultEvent and not KeyVaultEvent) ~ without an end
                        every a=KeyVaultEvent -> (b=KeyVaultEvent where timer:within(1 min) or c=KeyVaultEvent) ~ without an end
                        every-distinct(a.upn) a=KeyVaultEvent ~ must be written out
                        every-distinct(a.upn, 301 sec) a=KeyVaultEvent ~ at most the reach that rule.json declares (300 s)
                        every a=KeyVaultEvent -> b=KeyVaultEvent where timer:within(301 sec) ~ at most the reach that rule.json declares (300 s)
                        every a=KeyVaultEvent -> b=KeyVaultEvent where timer:within(999 msec) ~ at least a second
                        every a=KeyVaultEvent -> b=KeyVaultEvent where timer:within(x min) ~ must be written out
                        every a=KeyVaultEvent -> b=KeyVaultEvent where my:guard(3) ~ is not for rules; they may use timer:within
                        every a=KeyVaultEvent -> b=KeyVaultEvent while (true) ~ without an end
                        every timer:interval(5 min) ~ runs whether events come or not
                        every (timer:interval(5 min) or a=KeyVaultEvent) ~ runs whether events come or not
                        every timer:interval(5 min) -> a=KeyVaultEvent where timer:within(1 min) ~ runs whether events come or not
                        every a=KeyVaultEvent -> timer:at(*, *, *, *, *) ~ they may use timer:interval after an event
                        every a=KeyVaultEvent -> timer:interval(6 min) ~ at most the reach
                        every a=KeyVaultEvent -> not KeyVaultEvent ~ without an end
                        every a=KeyVaultEvent -> (b=KeyVaultEvent where timer:within(1 min) -> c=KeyVaultEvent) ~ without an end
                        every a=KeyVaultEvent(java.A.b() = 1) ~ reaches through 'java'
                        every a=Other ~ 'Other' is no stream of this rule
                        """)
        void refused(String pattern, String why) {
            assertThat(said(FIVE_MINUTES, pattern(pattern))).contains(why);
        }

        @Test
        @DisplayName("that reads a stream of nobody's is refused once: nothing is said of its filter")
        void once() {
            assertThat(refusals(gate(), FIVE_MINUTES, pattern("every a=Other(java.A.b() = 1)")))
                    .hasSize(1);
        }

        @Test
        @DisplayName("or a match_recognize that is written out too long, or waits too long, is refused")
        void recognize() {
            String rule =
                    "select * from KeyVaultEvent#time(5 min) match_recognize (partition by upn measures A.upn as upn"
                            + " pattern (%s) %s define A as A.action = 'x')";

            assertThat(said(FIVE_MINUTES, rule.formatted("A{2,1000}", "interval 5 min")))
                    .isEmpty();
            assertThat(said(FIVE_MINUTES, rule.formatted("A{2,1001}", "interval 5 min")))
                    .contains("is written out 1001 times");
            assertThat(said(FIVE_MINUTES, rule.formatted("(A{40}){30}", "interval 5 min")))
                    .contains("is written out 1200 times");
            assertThat(said(FIVE_MINUTES, rule.formatted("A{x}", "interval 5 min")))
                    .contains("expected numbers, and at most 1000.");
            assertThat(said(FIVE_MINUTES, rule.formatted("A+", "interval 6 min")))
                    .contains("at most the reach");
        }
    }

    @Nested
    @DisplayName("A file")
    class OfFiles {
        private static String module(String text) throws Exception {
            com.espertech.esper.common.client.module.Module module =
                    com.espertech.esper.compiler.client.EPCompilerProvider.getCompiler()
                            .parseModule(text);
            return gate().module(module, text)
                    .map(refusal -> refusal.line() + ":" + refusal.column() + " " + refusal.problem())
                    .orElse("");
        }

        @Test
        @DisplayName("cut into statements has at most fifty, and twelve thousand words")
        void statements() throws Exception {
            assertThat(module("select upn from KeyVaultEvent;\n".repeat(50))).isEmpty();
            assertThat(module("select upn from KeyVaultEvent;\n".repeat(51)))
                    .isEqualTo("1:0 The file has 51 statements; a rule may have at most 50.");
            String list = "select upn from KeyVaultEvent(time in (" + "1,".repeat(3_988) + "1));\n";
            assertThat(module(list.repeat(3))).isEmpty();
            assertThat(module(list.repeat(3) + "select")).contains("more than 12000 words");
        }

        @Test
        @DisplayName("that begins with a module, or uses or imports one, is refused where it says so")
        void header() throws Exception {
            String rule = "select upn from KeyVaultEvent;";

            assertThat(module(rule)).isEmpty();
            assertThat(module("// x\n module a.b;\n" + rule)).startsWith("2:1 The file begins with 'module'");
            assertThat(module("uses a.b;\n" + rule)).startsWith("1:0 The file begins with 'module'");
            assertThat(module("import java.util.*;\n" + rule)).startsWith("1:0 The file begins with 'module'");
        }

        @Test
        @DisplayName("has at most 256 K characters")
        void size() {
            assertThat(gate().file("x".repeat(256 * 1024))).isEmpty();
            assertThat(gate().file("x".repeat(256 * 1024 + 1)))
                    .hasValueSatisfying(
                            refusal -> assertThat(refusal.problem()).startsWith("The file has 262145 characters"));
        }

        @Test
        @DisplayName("that compiled to no class is refused by the gate, as its check says")
        void compiled() {
            assertThat(gate().foreign(Map.of("Rule", new byte[0])))
                    .containsExactly("Rule, which is no class file that can be read");
        }

        @ParameterizedTest
        @DisplayName("in which a character hides something is refused, with its place")
        @ValueSource(ints = {0, 7, 0x7f, 0x9f, 0x200e, 0x200f, 0x202a, 0x202e, 0x2066, 0x2069})
        void hidden(int character) {
            assertThat(gate().file("select\n ab" + (char) character)).hasValueSatisfying(refusal -> {
                assertThat(refusal.line()).isEqualTo(2);
                assertThat(refusal.column()).isEqualTo(3);
                assertThat(refusal.problem()).contains(String.format("U+%04X", character));
            });
        }

        @ParameterizedTest
        @DisplayName("may have line ends, tabs and any letter")
        @ValueSource(
                strings = {
                    "a\nb",
                    "a\r\nb",
                    "a\tb",
                    "a\fb",
                    "\u00e4\u65e5",
                    "\u200d",
                    "\u2029",
                    "\u202f",
                    "\u2065",
                    "\u206a"
                })
        void visible(String text) {
            assertThat(gate().file(text)).isEmpty();
        }
    }
}
