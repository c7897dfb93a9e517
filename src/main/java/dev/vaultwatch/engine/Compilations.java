package dev.vaultwatch.engine;

import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.rule.Rule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the compilers of one process have made of the rules they saw last, so that a second plugin, or a second start, with the same
 * rules does not compile them again. An LRU cache of {@value #KEPT} rules. Thread-safe.
 */
public final class Compilations {
    /** A rule's classes are some 100 to 300 KB. */
    private static final int KEPT = 32;

    /** Everything that what is compiled, and what is said of it, depends on. */
    private record Key(Rule rule, EplGate.Permissions permissions) {}

    private final Map<Key, CompiledRule.Unit> kept = new LinkedHashMap<>(KEPT, 0.75f, true);

    /** Without any. */
    public Compilations() {}

    synchronized Optional<CompiledRule.Unit> find(Rule rule, EplGate.Permissions permissions) {
        return Optional.ofNullable(kept.get(new Key(rule, permissions)));
    }

    /** Keeps what has been compiled and tried. */
    synchronized void keep(EplGate.Permissions permissions, CompiledRule.Unit unit) {
        kept.put(new Key(unit.rule(), permissions), unit);
        if (kept.size() > KEPT) {
            kept.remove(kept.keySet().iterator().next());
        }
    }
}
