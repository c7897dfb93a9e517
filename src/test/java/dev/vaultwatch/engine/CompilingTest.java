package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.AT_02_42;
import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.TRENT;
import static dev.vaultwatch.engine.Events.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.espertech.esper.runtime.client.EPDeployException;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPStatement;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Compiling a rule: what is refused and warned of beside Esper's faults, and what is changed beforehand")
class CompilingTest {
    private static final String SELECTED = "@name('alert') select upn, count(*) as n ";
    private static final String MINUTES = "#time_batch(1 min, 0L) group by upn";
    private static final String SLIDING = SELECTED + "from KeyVaultEvent#time(1 min) group by upn having count(*) >= 2";

    private static Rule ordered(String epl) {
        return Rules.of("ordered", epl).toBuilder()
                .window(new Window.Ordered(Duration.ofMinutes(5), Duration.ofMinutes(5)))
                .eventCount(Optional.of("n").filter(column -> epl.contains("count(*) as " + column)))
                .build();
    }

    private static CompiledRule compiled(Rule rule) {
        return Rules.compile(rule).rules().get(0);
    }

    /** How many findings there are at the end of a window with two reads of one user. */
    private static long found(Rule rule) {
        try (Lane lane = Rules.lane(rule)) {
            lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
            lane.send(AT_02_41, read(AT_02_41 + 1, "SecretGet", MALLORY));
            lane.closeWindow();
            return lane.takeFindings().stream()
                    .filter(finding -> !finding.early())
                    .count();
        }
    }

    private static String position(String text, String at) {
        int offset = text.indexOf(at);
        int line = text.substring(0, offset).split("\n", -1).length;
        return line + ":" + (offset - text.lastIndexOf('\n', offset));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            // A\u202e | 1 | 5
            //\\n\\tx\u202e | 2 | 3
            import java.lang.Runtime; | 1 | 1
            """)
    @DisplayName("What the file as a whole may not hold is refused where it stands")
    void inFile(String beginning, int line, int column) {
        String epl = beginning.translateEscapes() + "\n" + SELECTED + "from KeyVaultEvent" + MINUTES + ";";

        assertThat(Rules.faults(Rules.of("file", epl)))
                .singleElement()
                .extracting(RuleFault::line, RuleFault::column)
                .containsExactly(line, column);
    }

    // ---- the other kinds of window

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            operationName = 'SecretGet' | count(*) >= 3 | 1:79 | what a record has as operationName is 'action' here
            callerIpAddress is not null | count(*) >= 3 | 1:79 | what a record has as callerIpAddress is 'sourceIp' here
            upn is not null             | n >= 3        | 1:138 | it is the name of a column, which is known last; expected what the column is
            upm is not null             | count(*) >= 3 | 1:79 | did you mean 'upn'?
            """)
    @DisplayName("A name that is none of an event's is answered with what it was probably meant to be, and where it is")
    void names(String filter, String having, String place, String says) {
        String epl = "@name('alert') select upn, count(*) as n from KeyVaultEvent(httpStatus = 200, " + filter
                + ")#time_batch(1 min, 0L) group by upn having " + having + ";";

        assertThat(Rules.faults(Rules.of("named", epl))).singleElement().satisfies(fault -> {
            assertThat(fault.problem()).contains(says);
            assertThat(fault.line() + ":" + fault.column()).isEqualTo(place);
        });
    }

    @Test
    @DisplayName(
            "An ordered rule whose window does not slide, and a rule of events that has one, are refused at the window")
    void windows() {
        String batch = SELECTED + "from KeyVaultEvent" + MINUTES + ";";
        assertThat(Rules.faults(ordered(batch))).singleElement().satisfies(fault -> {
            assertThat(fault.problem()).contains("does not slide");
            assertThat(fault.line() + ":" + fault.column()).isEqualTo(position(batch, "time_batch"));
        });

        String single = "@name('alert') select upn from KeyVaultEvent#length(2);";
        assertThat(Rules.faults(Rules.of("single", single).toBuilder()
                        .window(new Window.Single())
                        .build()))
                .singleElement()
                .satisfies(fault -> {
                    assertThat(fault.problem()).contains("the window kind \"event\"");
                    assertThat(fault.line() + ":" + fault.column()).isEqualTo(position(single, "length"));
                });
    }

    @Test
    @DisplayName("Of an ordered rule 'output' is left out, which is warned of, and it finds without it")
    void output() {
        Rule limited = ordered(SLIDING + " output every 5 events;");

        assertThat(Rules.compile(limited).warnings()).singleElement().satisfies(warning -> {
            assertThat(warning.problem()).startsWith("The clause 'output' is left out");
            assertThat(warning.line() + ":" + warning.column()).isEqualTo(position(limited.epl(), "output"));
        });
        try (Lane lane = Rules.lane(limited)) {
            lane.send(read(AT_02_41, "SecretGet", MALLORY));
            lane.send(read(AT_02_41 + 1, "SecretGet", MALLORY));
            assertThat(lane.takeFindings()).hasSize(1);
        }
        assertThat(Rules.compile(ordered(SLIDING + ";")).warnings()).isEmpty();
    }

    @Test
    @DisplayName("Time alone makes a tumbling rule speak, or a pattern, and no sliding window")
    void speaksOnTime() {
        assertThat(compiled(Rules.of("tumbling", SELECTED + "from KeyVaultEvent" + MINUTES + ";"))
                        .unit()
                        .speaksOnTime())
                .isTrue();
        assertThat(compiled(ordered(SLIDING + ";")).unit().speaksOnTime()).isFalse();
        assertThat(compiled(ordered("@name('alert') select a.upn as upn from pattern [every a=KeyVaultEvent ->"
                                + " (timer:interval(5 sec) and not KeyVaultEvent(upn = a.upn))];"))
                        .unit()
                        .speaksOnTime())
                .isTrue();
    }

    @Test
    @DisplayName("A tumbling rule that looks beyond its window is warned of where its alert statement begins")
    void remembers() {
        String beyond = "\n" + SELECTED + "from KeyVaultEvent(exists (select * from KeyVaultEvent#time(1 min)))";

        assertThat(Rules.compile(Rules.of("beyond", beyond + MINUTES + " having count(*) >= 2;"))
                        .warnings())
                .singleElement()
                .satisfies(warning -> {
                    assertThat(warning.problem()).contains("more than the events of one window");
                    assertThat(warning.line() + ":" + warning.column()).isEqualTo("2:1");
                });
        assertThat(Rules.compile(ordered(beyond + "#time(1 min) group by upn having count(*) >= 2;"))
                        .warnings())
                .isEmpty();
    }

    // ---- statements that are changed before they are compiled

    @ParameterizedTest
    @ValueSource(strings = {"", ", max(httpStatus) as m"})
    @DisplayName("A variable has the value that the site has set, whether the rule is read off or has a batch window")
    void settings(String column) {
        Rule rule = Rules.of(
                        "set",
                        "create constant variable int least = 3;\n@name('alert') select upn, count(*) as n" + column
                                + " from KeyVaultEvent" + MINUTES + " having count(*) >= least;")
                .toBuilder()
                .parameters(List.of(new Rule.Parameter("least", "int", Optional.empty(), Optional.empty(), "Least.")))
                .build();

        assertThat(found(rule)).isZero();
        Rule set = rule.toBuilder().settings(Map.of("least", 2)).build();
        assertThat(found(set)).isOne();
        assertThat(compiled(set).shape().minEvents()).isEqualTo(2);
    }

    @Test
    @DisplayName("A parameter that is no variable is refused")
    void parameters() {
        Rule rule = Rules.of("set", SELECTED + "from KeyVaultEvent" + MINUTES + ";").toBuilder()
                .parameters(List.of(new Rule.Parameter("most", "int", Optional.empty(), Optional.empty(), "Most.")))
                .build();

        assertThat(Rules.faults(rule)).singleElement().satisfies(fault -> {
            assertThat(fault.file()).isEqualTo("epl/set/rule.json");
            assertThat(fault.problem()).startsWith("/parameters/most names no variable of rule.epl");
        });
    }

    @Test
    @DisplayName("What Esper accepts and nobody means is refused, or warned of, at the word that says it")
    void pitfalls() {
        String epl = SELECTED + "from KeyVaultEvent(vault = 'kv-pay')" + MINUTES + " having count(*) >= 2";

        assertThat(Rules.faults(Rules.of("limited", epl + " limit 1;")))
                .singleElement()
                .satisfies(fault ->
                        assertThat(fault.line() + ":" + fault.column()).isEqualTo(position(epl + " limit", "limit")));
        assertThat(Rules.compile(Rules.of("folded", epl + ";")).warnings())
                .singleElement()
                .satisfies(warning ->
                        assertThat(warning.line() + ":" + warning.column()).isEqualTo(position(epl, "kv-pay")));
        assertThat(Rules.faults(Rules.of("called", "\n" + epl.replace("'kv-pay'", "lower(upn.toString())") + ";")))
                .isNotEmpty()
                .allSatisfy(fault -> assertThat(fault.line()).isEqualTo(2));
    }

    /** The names of the statements that a rule is compiled to. */
    private static List<String> statements(String epl) throws EPDeployException {
        Engines engines = new Engines();
        EPRuntime runtime = engines.take(EsperConfiguration.create());
        try {
            return Stream.of(runtime.getDeploymentService()
                            .deploy(compiled(Rules.of("named", epl)).compiled())
                            .getStatements())
                    .map(EPStatement::getName)
                    .toList();
        } finally {
            engines.giveBack(runtime, true);
        }
    }

    @Test
    @DisplayName(
            "A rule of counts is one statement, and each event is sent to that alone; another has a batch beside it")
    void statements() throws EPDeployException {
        assertThat(statements(SELECTED + "from KeyVaultEvent" + MINUTES + " having count(*) >= 2;"))
                .contains("early")
                .doesNotContain("alert");
        assertThat(statements(SELECTED + ", max(httpStatus) as m from KeyVaultEvent" + MINUTES + ";"))
                .contains("early", "alert");
    }

    @Test
    @DisplayName("A fault in a statement that is changed is found where it is written")
    void changed() {
        String epl = "\n@name('alert') select upn,\n  max(town) as m from KeyVaultEvent" + MINUTES + ";";

        assertThat(Rules.faults(Rules.of("changed", epl))).isNotEmpty().allSatisfy(fault -> {
            assertThat(fault.problem()).contains("'town'").doesNotContain("early statement");
            assertThat(fault.line() + ":" + fault.column()).isEqualTo(position(epl, "max(town)"));
        });
    }

    @Test
    @DisplayName("A rule without a condition finds nothing in groups that were in the window before alone")
    void groupsThatLeft() {
        Rule rule = Rules.of(
                "leaving", "@name('alert') select upn, max(httpStatus) as m from KeyVaultEvent" + MINUTES + ";");
        try (Lane lane = Rules.lane(rule)) {
            lane.send(AT_02_41, read(AT_02_41, "SecretGet", MALLORY));
            lane.closeWindow();
            lane.takeFindings();
            lane.send(AT_02_42, read(AT_02_42, "SecretGet", TRENT));
            lane.closeWindow();

            assertThat(lane.takeFindings())
                    .isNotEmpty()
                    .allSatisfy(finding -> assertThat(finding.columns()).containsEntry("upn", TRENT));
        }
    }

    // ---- measuring

    @Test
    @DisplayName("The measuring rule has the rule's other statements, and an alert statement of its own")
    void measuring() {
        Rule rule = Rules.of(
                "measured",
                "create constant variable int least = 7;\n" + SELECTED + "from KeyVaultEvent" + MINUTES
                        + " having count(*) >= least;");
        try (RuleCompiler compiler = new RuleCompiler()) {
            Measures.Measuring measuring = compiler.measuring(rule).orElseThrow();
            assertThat(measuring.conditions()).hasSize(1);
            assertThat(measuring.rule().epl())
                    .startsWith("create constant variable int least = 7;\n@name('alert')")
                    .containsOnlyOnce("@name('alert')");

            assertThat(
                            compiler.measuring(
                                    ordered(
                                            "@name('alert') select a.upn as upn from pattern"
                                                    + " [every a=KeyVaultEvent -> (timer:interval(5 sec) and not KeyVaultEvent(upn = a.upn))];")))
                    .isEmpty();
            assertThatThrownBy(() -> compiler.measuring(Rules.shippedWith("select\n", "selec\n")))
                    .isInstanceOf(RuleException.class)
                    .hasMessageContaining("near 'selec'");
        }
    }

    // ---- budget

    @Test
    @DisplayName("A budget that is spent before anything is compiled is the whole file's fault")
    void budget() {
        try (RuleCompiler compiler = new RuleCompiler(
                new EplGate.Permissions(false, false),
                Optional.empty(),
                complaint -> {},
                new Compilations(),
                Duration.ZERO)) {
            assertThatThrownBy(() -> compiler.compile(List.of(Rules.shipped())))
                    .isInstanceOfSatisfying(
                            RuleException.class,
                            refused -> assertThat(refused.faults())
                                    .singleElement()
                                    .satisfies(fault -> {
                                        assertThat(fault.problem()).startsWith("Compiling the rule has taken");
                                        assertThat(fault.line()).isZero();
                                    }));
        }
    }

    // ---- the folder of compiled rules

    @Test
    @DisplayName(
            "An event count that is no column is refused though what the rule compiles to was kept by an earlier start")
    void eventCountOfAKeptRule(@TempDir Path temp) {
        Optional<Path> folder = Optional.of(temp.resolve("cache"));
        Rule rule = Rules.of("kept", SELECTED + "from KeyVaultEvent" + MINUTES + ";");
        Rule counted = rule.toBuilder().eventCount(Optional.of("total")).build();
        try (RuleCompiler first = new RuleCompiler(false, folder, complaint -> {});
                RuleCompiler second = new RuleCompiler(false, folder, complaint -> {})) {
            first.compile(List.of(rule));

            assertThat(second.compile(List.of(rule)).rules().get(0).fromCache()).isTrue();
            assertThatThrownBy(() -> second.compile(List.of(counted)))
                    .isInstanceOf(RuleException.class)
                    .hasMessageContaining("/eventCount is 'total'");
        }
    }
}
