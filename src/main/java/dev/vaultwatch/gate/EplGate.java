package dev.vaultwatch.gate;

import com.espertech.esper.common.client.module.Module;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The gate that rules pass on their way to Esper, in three places: {@link #file} and {@link Statements} before it compiles, and
 * {@link #foreign} between compiling and deploying. What is not known to be harmless is refused. Immutable; any thread may use it.
 */
public final class EplGate {
    private final Vocabulary vocabulary;
    private final Permissions permissions;
    private final ClassPoolCheck pools;

    /**
     * What a site permits beyond what is safe anywhere. Nothing else depends on it: what could run code is refused either way.
     *
     * @param unboundedState rules whose state or cost has no bound that can be read off them
     * @param confidential rules that show confidential properties
     */
    public record Permissions(boolean unboundedState, boolean confidential) {}

    /** A gate for rules made of these words. */
    public EplGate(Vocabulary vocabulary, Permissions permissions) {
        this.vocabulary = vocabulary;
        this.permissions = permissions;
        this.pools = new ClassPoolCheck(vocabulary.classes());
    }

    /** What is wrong with a file's text, before anything parses it; empty if nothing. */
    public Optional<Refusal> file(String text) {
        return TextCheck.ofFile(text);
    }

    /** What is wrong with a file once it is cut into statements; empty if nothing. */
    public Optional<Refusal> module(Module module, String text) {
        return TextCheck.ofModule(module, text);
    }

    /**
     * Starts to read the statements of one rule.
     *
     * @param reachMillis how far back an ordered rule looks, which lets it use patterns and {@code match_recognize} within; empty
     *     for other rules
     */
    public Statements statements(OptionalLong reachMillis) {
        return new Statements(new StatementCheck(vocabulary, permissions, reachMillis));
    }

    /** Reads the statements of one rule, in their order. Not thread-safe. */
    public static final class Statements {
        private final StatementCheck check;

        private Statements(StatementCheck check) {
            this.check = check;
        }

        /**
         * Why the next statement may not pass; empty if it may. A statement that can't be parsed passes: the compiler parses the
         * same text by the same rules, and fails before it does anything else.
         */
        public List<Refusal> check(String statement) {
            return check.check(statement);
        }
    }

    /** What compiled classes refer to and rules may not, in Java's notation and sorted; empty if nothing. */
    public NavigableSet<String> foreign(Map<String, byte[]> classes) {
        return pools.foreign(classes);
    }
}
