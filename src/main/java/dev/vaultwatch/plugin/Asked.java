package dev.vaultwatch.plugin;

import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.event.Property;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which events were kept for a rule, and what of them: what another rule of the same id, elsewhere or later, is compared with.
 *
 * @param actions the only actions that it asked for; empty for any
 * @param required names of properties without which an event was not kept
 * @param read names of the properties that events were kept with
 */
record Asked(Optional<Set<String>> actions, Set<String> required, Set<String> read) {
    private static final String ANY = "*";

    /** What is kept for a rule where those rules are in force. */
    static Asked of(CompiledRule rule, CompiledRules inForce) {
        return new Asked(rule.shape().actions(), names(rule.shape().required()), names(inForce.reads()));
    }

    /** As {@link #texts} gave it. */
    static Asked ofTexts(String actions, String required, String read) {
        return new Asked(actions.equals(ANY) ? Optional.empty() : Optional.of(set(actions)), set(required), set(read));
    }

    /** Three texts: actions, properties that are required, properties that are read. */
    List<String> texts() {
        return List.of(actions.map(Asked::text).orElse(ANY), text(required), text(read));
    }

    /** Whether it is every event that the rule asks for, with all that it looks at. */
    boolean hasAllFor(CompiledRule rule) {
        boolean hasActions = actions.isEmpty()
                || rule.shape().actions().filter(actions.get()::containsAll).isPresent();
        return hasActions
                && names(rule.shape().required()).containsAll(required)
                && read.containsAll(names(rule.shape().reads()));
    }

    private static Set<String> names(Set<Property> properties) {
        return properties.stream().map(Property::epl).collect(Collectors.toSet());
    }

    private static String text(Set<String> names) {
        return names.stream().sorted().collect(Collectors.joining(","));
    }

    private static Set<String> set(String text) {
        return Stream.of(text.split(",")).filter(name -> !name.isEmpty()).collect(Collectors.toSet());
    }
}
