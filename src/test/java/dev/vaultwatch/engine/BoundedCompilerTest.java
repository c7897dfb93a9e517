package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.espertech.esper.compiler.client.CompilerArguments;
import com.espertech.esper.compiler.client.EPCompileException;
import com.espertech.esper.compiler.client.EPCompiler;
import com.espertech.esper.compiler.client.EPCompilerProvider;
import dev.vaultwatch.api.RuleFault;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The Java that Esper writes for a rule is compiled within bounds")
class BoundedCompilerTest {
    private static final Pattern TIMES = Pattern.compile(
            "Compiling the rule has taken (\\d+) ms of processor time, and may take (\\d+) ms; write .*");

    private static void work(Duration time) {
        long until = ThreadTime.used() + time.toNanos();
        while (ThreadTime.used() < until) {
            Thread.onSpinWait();
        }
    }

    @Test
    @DisplayName("Within its budget it goes on")
    void within() {
        BoundedCompiler compiler = new BoundedCompiler(Duration.ofMinutes(1));
        work(Duration.ofMillis(5));

        assertThatCode(compiler::check).doesNotThrowAnyException();
    }

    @Test
    @DisplayName("Beyond its budget it says how long the thread has worked on it, and how long it may")
    void beyond() {
        work(Duration.ofMillis(30));
        long before = ThreadTime.used();
        BoundedCompiler compiler = new BoundedCompiler(Duration.ofMillis(20));
        work(Duration.ofMillis(40));

        BoundedCompiler.Exceeded exceeded = catchThrowableOfType(BoundedCompiler.Exceeded.class, compiler::check);

        long most = Duration.ofNanos(ThreadTime.used() - before).toMillis();
        assertThat(exceeded).hasMessageMatching(TIMES);
        Matcher times = TIMES.matcher(String.valueOf(exceeded.getMessage()));
        assertThat(times.matches()).isTrue();
        assertThat(Long.parseLong(times.group(1))).isBetween(40L, most);
        assertThat(times.group(2)).isEqualTo("20");
    }

    @Test
    @DisplayName("A statement that no class of Java can hold is refused where it begins, and says so")
    void tooLarge() {
        String names = String.join(",", Collections.nCopies(1_400, "city"));

        List<RuleFault> faults = Rules.faults(Rules.of(
                "large",
                "\n@name('alert') select upn, count(*) as n from KeyVaultEvent(upn in (" + names
                        + "))#time_batch(1 min, 0L) group by upn having count(*) >= 3;"));

        assertThat(faults).singleElement().satisfies(fault -> {
            assertThat(fault.problem())
                    .isEqualTo("What Esper makes of a statement of the rule is more than a class of Java may hold;"
                            + " write fewer values, columns or conditions.");
            assertThat(fault.line()).isEqualTo(2);
            assertThat(fault.column()).isEqualTo(1);
        });
    }

    @Test
    @DisplayName("Each class that Esper writes is begun within the budget, and compiled if it is")
    void eachClass() throws EPCompileException {
        EPCompiler esper = EPCompilerProvider.getCompiler();
        CompilerArguments arguments = new CompilerArguments(EsperConfiguration.create());
        String epl = "select upn from KeyVaultEvent";

        arguments.getOptions().setCompilerHook(context -> new BoundedCompiler(Duration.ZERO));
        assertThatThrownBy(() -> esper.compile(epl, arguments))
                .isInstanceOf(EPCompileException.class)
                .hasRootCauseInstanceOf(BoundedCompiler.Exceeded.class)
                .hasMessageContaining("Compiling the rule has taken");

        arguments.getOptions().setCompilerHook(context -> new BoundedCompiler(BoundedCompiler.BUDGET));
        assertThat(esper.compile(epl, arguments).getClasses()).hasSizeGreaterThan(1);
    }
}
