package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.Rule;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules that can't run are refused, with file, line and column. */
class RuleCompilerTest {
    private static final String SELECTED = "@name('alert') select upn, count(*) as n ";
    private static final String MINUTES = "#time_batch(1 min, 0L) group by upn";

    /**
     * One thing broken in the shipped rule.
     *
     * @param piece what stood there
     * @param replacement what stands there now
     * @param at the text at whose first letter the fault must be found
     * @param says what the fault must say
     */
    private record Broken(String piece, String replacement, String at, String says) {
        Rule rule() {
            return Rules.shippedWith(piece, replacement);
        }

        @Override
        public String toString() {
            return piece.strip() + " -> " + replacement.strip();
        }
    }

    static Stream<Broken> broken() {
        String statement = "@name('alert')";
        return Stream.of(
                // Names that do not exist.
                new Broken("values(city)", "values(town)", "distinct_values(town)", "'town' is not valid"),
                new Broken(">= min_events", ">= min_event\n", "min_event\n", "'min_event' is not valid"),
                new Broken("from KeyVaultEvent", "from KeyVaultEvents", "KeyVaultEvents", "'KeyVaultEvents'"),
                new Broken("distinct_values(city)", "distinct_vals(city)", "distinct_vals", "'distinct_vals'"),
                new Broken("variable int min_events", "variable integr min_events", "integr", "'integr'"),
                // Syntax.
                new Broken("select\n", "selec\n", "selec\n", "near 'selec'"),
                new Broken("from KeyVaultEvent", "form KeyVaultEvent", "form KeyVaultEvent", "near 'form'"),
                new Broken("group by upn", "group upn", "upn\nhaving", "expecting 'by'"),
                new Broken("having count(*) >=", "having count(* >=", ">= min_events", "near '>='"),
                new Broken("as `Esql.event_count`,", "as `Esql.event_count`", "distinct_values(action)", "near"),
                new Broken("min_events = 10;", "min_events = 10", "create constant", "near 'create'"),
                new Broken("'VaultGet'", "'VaultGet", "'VaultGet", "quote that opens here is never closed"),
                new Broken("'KeyListVersions'", "'KeyListVersions", "'KeyListVersions", "never closed"),
                new Broken("'VaultGet'", "\"VaultGet", "\"VaultGet", "quote that opens here is never closed"),
                // Types.
                new Broken("having count(*) >=", "having upn >=", statement, "'String' to numeric"),
                new Broken("int min_events = 10", "int min_events = 'ten'", "min_events", "'ten'"),
                // Functions.
                new Broken("values(city)", "values()", "distinct_values()", "has 0 parameters"),
                new Broken("values(city)", "values(city, region)", "distinct_values(city, region)", "2 parameters"),
                // The form of a tumbling rule.
                new Broken("batch(1 min, 0L)", "batch(5 min, 0L)", "time_batch", "another length"),
                new Broken("batch(1 min, 0L)", "batch(1 min)", "time_batch", "not aligned"),
                new Broken("batch(1 min, 0L)", "batch(1 min, 30L)", "time_batch", "not aligned"),
                new Broken("time_batch(1 min, 0L)", "time(1 min)", "time(1 min)", "window"),
                new Broken("#time_batch(1 min, 0L)", "", statement, "no window"),
                new Broken("group by upn", "group by upn, httpStatus", "httpStatus", "'httpStatus' too"),
                // The columns that rule.json names.
                new Broken("    upn   ", "    1   ", "upn)      as `Esql_priv", "does not select 'upn'"),
                new Broken("`Esql.geo_city_values`", "`Esql.geo_region_values`", "Esql.geo_region_values`", "more"));
    }

    @ParameterizedTest
    @MethodSource
    void broken(Broken broken) {
        Rule rule = broken.rule();

        List<RuleFault> faults = Rules.faults(rule);

        assertThat(faults).isNotEmpty().first().satisfies(fault -> {
            assertThat(fault.file()).isEqualTo("epl/excessive-secret-retrieval/rule.epl");
            assertThat(fault.line() + ":" + fault.column()).as("%s", fault).isEqualTo(position(rule, broken));
            assertThat(fault.problem()).contains(broken.says());
        });
    }

    /** Line and column, counted the plain way. */
    private static String position(Rule rule, Broken broken) {
        int from = broken.replacement().contains(broken.at()) ? rule.epl().indexOf(broken.replacement()) : 0;
        return position(rule.epl(), rule.epl().indexOf(broken.at(), from));
    }

    private static String position(String text, int offset) {
        assertThat(offset).as("the text where the fault is expected").isNotNegative();
        long line = text.substring(0, offset).lines().count() + (text.charAt(offset - 1) == '\n' ? 1 : 0);
        return line + ":" + (offset - text.lastIndexOf('\n', offset - 1));
    }

    @Test
    void givenTheShippedRuleWhenCompiledThenItHasNoFault() {
        assertThat(Rules.faults(Rules.shipped())).isEmpty();
    }

    @Test
    void givenCompiledRulesWhenAskedThenTheyKnowTheirIds() {
        CompiledRules rules = Rules.compile(
                Rules.of("b-rule", SELECTED + "from KeyVaultEvent" + MINUTES + ";"),
                Rules.of("a-rule", SELECTED + "from KeyVaultEvent" + MINUTES + ";"));

        assertThat(rules.ids()).containsExactly("a-rule", "b-rule");
    }

    @ParameterizedTest
    @ValueSource(strings = {"time_batch(60 sec, 0L)", "time_batch(60, 0L)", "time_batch(60 sec, 0)"})
    void givenTheSameLengthWrittenAnotherWayWhenCompiledThenItHasNoFault(String window) {
        assertThat(Rules.faults(Rules.shippedWith("time_batch(1 min, 0L)", window)))
                .isEmpty();
    }

    @Test
    void givenLineEndsOfWindowsWhenCompiledThenTheRuleIsTheSame() {
        assertThat(Rules.faults(Rules.shippedWith("\n", "\r\n"))).isEmpty();
    }

    @Test
    void givenLineEndsOfWindowsWhenAFaultIsFoundThenItsLineIsRight() {
        Rule unix = Rules.shippedWith("values(city)", "values(town)");
        Rule windows = Rules.withEpl(unix, unix.epl().replace("\n", "\r\n"));

        assertThat(Rules.faults(windows)).isEqualTo(Rules.faults(unix)).isNotEmpty();
    }

    @Test
    void givenApostrophesInCommentsWhenCompiledThenTheRuleIsTheSame() {
        Rule rule = Rules.withEpl(
                Rules.shipped(), "/* don't */\n// it's\n" + Rules.shipped().epl());

        assertThat(Rules.faults(rule)).isEmpty();
    }

    @Test
    void givenApostrophesInCommentsWhenAQuoteIsNotClosedThenThatQuoteIsFound() {
        String epl = "/* don't */\n// it's\n"
                + Rules.shippedWith("'VaultGet'", "'VaultGet").epl();

        assertThat(Rules.faults(Rules.withEpl(Rules.shipped(), epl)))
                .singleElement()
                .satisfies(fault -> assertThat(fault.line() + ":" + fault.column())
                        .isEqualTo(position(epl, epl.indexOf("'VaultGet"))));
    }

    // ---- the one statement that alerts

    @ParameterizedTest
    @ValueSource(strings = {"", " \n\n", "// nothing\n", "/* nothing */\n// at all", "create variable int x = 1;"})
    void givenAFileWithoutAnAlertStatementWhenCompiledThenItIsMissed(String epl) {
        assertThat(Rules.faults(Rules.of("empty", epl)))
                .containsExactly(new RuleFault(
                        "epl/empty/rule.epl",
                        epl.startsWith("create") ? 1 : 0,
                        epl.startsWith("create") ? 1 : 0,
                        "A rule has exactly one statement with @name('alert'); this one has 0."));
    }

    @ParameterizedTest
    @ValueSource(strings = {"@name('alarm')", "@Description('alert')", ""})
    void givenAStatementOfAnotherNameWhenCompiledThenTheAlertStatementIsMissed(String annotation) {
        assertThat(Rules.faults(Rules.shippedWith("@name('alert')", annotation)))
                .singleElement()
                .satisfies(fault -> assertThat(fault.problem()).contains("exactly one statement", "this one has 0"));
    }

    @Test
    void givenTwoAlertStatementsWhenCompiledThenTheSecondIsPointedAt() {
        String epl = "// Two of them.\n\n" + SELECTED + "from KeyVaultEvent" + MINUTES + ";\n\n// The second.\n"
                + SELECTED + "\nfrom KeyVaultEvent(upn is not null)" + MINUTES + ";\n";

        assertThat(Rules.faults(Rules.of("two", epl)))
                .containsExactly(new RuleFault(
                        "epl/two/rule.epl",
                        6,
                        1,
                        "A rule has exactly one statement with @name('alert'); this one has 2."));
    }

    // ---- several faults

    @Test
    void givenSeveralStatementsWithWrongSyntaxWhenCompiledThenEachIsTold() {
        Rule rule = Rules.shippedWith("int min_events = 10", "int min_events = = 10");
        Rule both = Rules.withEpl(rule, rule.epl().replace("group by upn", "group upn"));

        assertThat(Rules.faults(both))
                .extracting(RuleFault::problem)
                .satisfiesExactly(
                        first -> assertThat(first).contains("near '='"),
                        second -> assertThat(second).contains("expecting 'by'"));
    }

    @Test
    void givenSeveralRulesWithFaultsWhenCompiledThenEachIsTold() {
        Rule first = Rules.of("first", "@name('alert') selec upn from KeyVaultEvent" + MINUTES + ";");
        Rule sound = Rules.of("sound", SELECTED + "from KeyVaultEvent" + MINUTES + ";");
        Rule second = Rules.of("second", "@name('alert') select upn, town from KeyVaultEvent" + MINUTES + ";");

        assertThat(Rules.faults(first, sound, second))
                .extracting(RuleFault::file)
                .containsExactly("epl/first/rule.epl", "epl/second/rule.epl");
    }

    // ---- what rule.json says

    @Test
    void givenAnEventCountThatIsNotSelectedWhenCompiledThenTheColumnsThereAreAreNamed() {
        Rule rule = Rules.of("counted", SELECTED + "from KeyVaultEvent" + MINUTES + ";").toBuilder()
                .eventCount(Optional.of("total"))
                .build();

        assertThat(Rules.faults(rule))
                .singleElement()
                .satisfies(
                        fault -> assertThat(fault.problem()).contains("/eventCount is 'total'", "It selects upn, n."));
    }

    // ---- what is not tumbling

    /** Esper lets each of these run, and each would put rows out at another time than the minute's close. */
    @ParameterizedTest
    @ValueSource(strings = {"output every 1 min", "output every 2 events", "output last every 3 min"})
    void givenAnOutputClauseWhenCompiledThenItIsRefused(String output) {
        Rule rule = Rules.of("output", SELECTED + "from KeyVaultEvent" + MINUTES + " " + output + ";");

        assertThat(Rules.faults(rule)).isNotEmpty();
    }

    @Test
    void givenNoGroupingWhenCompiledThenItIsMissed() {
        assertThat(Rules.faults(Rules.shippedWith("group by upn\n", "\n")))
                .first()
                .satisfies(fault -> assertThat(fault.problem()).contains("alert statement", "group"));
    }

    @Test
    void givenAContextOfItsOwnWhenCompiledThenItIsRefused() {
        Rule rule = Rules.of(
                "context",
                "create context Own start KeyVaultEvent end (*, *, *, *, *);\n"
                        + "@name('alert') context Own select upn, count(*) as n from KeyVaultEvent" + MINUTES + ";");

        assertThat(Rules.faults(rule)).isNotEmpty();
    }

    @Test
    void givenAJoinWhenCompiledThenItIsRefused() {
        Rule rule = Rules.of(
                "join",
                "@name('alert') select a.upn as upn from KeyVaultEvent#time_batch(1 min, 0L) as a,"
                        + " KeyVaultEvent#time_batch(1 min, 0L) as b where a.upn = b.upn group by a.upn;");

        assertThat(Rules.faults(rule)).isNotEmpty();
    }

    // ---- EPL is data from outside

    @ParameterizedTest
    @ValueSource(
            strings = {
                "java.lang.Runtime.getRuntime().availableProcessors()",
                "java.lang.System.getProperty('user.name')",
                "Runtime.getRuntime().availableProcessors()",
                "System.getProperty('user.name')",
                "upn.getClass().getName()",
                "new java.lang.Object()"
            })
    void givenACallIntoJavaWhenCompiledThenItIsRefused(String call) {
        Rule rule = Rules.of("java", "@name('alert') select upn, " + call + " as x from KeyVaultEvent" + MINUTES + ";");

        assertThat(Rules.faults(rule)).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "create expression int js:two() [ 2 ];\n@name('alert') select upn, two() as x",
                "@name('alert') expression int js:two() [ 2 ] select upn, two() as x",
                "create inlined_class \"\"\" public class Two { public static int two() { return 2; } } \"\"\";\n"
                        + "@name('alert') select upn, Two.two() as x",
                "@name('alert') inlined_class \"\"\" public class Two { public static int two() { return 2; } } \"\"\""
                        + " select upn, Two.two() as x",
                "import java.lang.Runtime;\n"
                        + "@name('alert') select upn, Runtime.getRuntime().availableProcessors() as x"
            })
    void givenCodeInARuleWhenCompiledThenItIsRefused(String statement) {
        assertThat(Rules.faults(Rules.of("code", statement + " from KeyVaultEvent" + MINUTES + ";")))
                .isNotEmpty();
    }
}
