package dev.vaultwatch.engine;

import com.espertech.esper.common.client.util.ClassForNameProvider;
import dev.vaultwatch.event.KeyVaultEvent;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The only classes that Esper finds by name. It looks for one behind every name with a dot and every stream, and what it finds
 * a rule can call. Of these names, measured on Esper 9.0.0, rules need the event, the value types, and the factories that the
 * configuration names.
 */
final class GateClassNames implements ClassForNameProvider {
    private static final Map<String, Class<?>> FOUND = Stream.of(
                    DistinctFunctions.class,
                    FirstOfGroupForge.class,
                    RuleFailureHandler.class,
                    RuleFunctions.class,
                    StateLimitHandler.class,
                    KeyVaultEvent.class,
                    String.class,
                    Boolean.class,
                    Byte.class,
                    Short.class,
                    Integer.class,
                    Long.class,
                    Float.class,
                    Double.class)
            .collect(Collectors.toUnmodifiableMap(Class::getName, Function.identity()));

    @Override
    public Class<?> classForName(String name) throws ClassNotFoundException {
        Class<?> found = FOUND.get(name);
        if (found == null) {
            throw new ClassNotFoundException(name + " is none of the classes that rules may name");
        }
        return found;
    }
}
