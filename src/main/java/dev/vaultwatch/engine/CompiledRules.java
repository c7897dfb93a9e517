package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.configuration.Configuration;
import dev.vaultwatch.rule.Rule;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Rules that have been compiled, from which any number of lanes can be made. Immutable; any thread may use it. */
public final class CompiledRules {

    record Unit(Rule rule, EPCompiled compiled, String keyColumn, Threshold threshold, boolean fromCache) {}

    private final Engines engines;
    private final Configuration configuration;
    private final List<Unit> units;
    private final Optional<Set<String>> wantedActions;
    private final Threshold threshold;

    CompiledRules(Engines engines, Configuration configuration, List<Unit> units, Optional<Set<String>> wantedActions) {
        this.engines = engines;
        this.configuration = configuration;
        this.units = List.copyOf(units);
        this.wantedActions = wantedActions;
        this.threshold =
                units.stream().map(Unit::threshold).reduce(Threshold::or).orElseThrow();
    }

    /** The rules' ids, sorted. */
    public List<String> ids() {
        return units.stream().map(unit -> unit.rule().id()).sorted().toList();
    }

    /** What each rule was compiled to. */
    List<Unit> units() {
        return units;
    }

    /** Those that were not compiled but taken from {@link RuleCache}. */
    List<Unit> fromCache() {
        return units.stream().filter(Unit::fromCache).toList();
    }

    /** The rules. */
    public List<Rule> rules() {
        return units.stream().map(Unit::rule).toList();
    }

    /** The same for the same rules, whatever the machine; 32 hexadecimal digits. */
    public String fingerprint() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Unit unit : units) {
                digest.update((unit.rule().id() + "\n" + unit.rule().epl() + "\n").getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(Arrays.copyOf(digest.digest(), 16));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform must have SHA-256.", e);
        }
    }

    /** The length of the rules' windows. */
    public Duration window() {
        return units.get(0).rule().window();
    }

    /** Whether any rule can use an event with this action; may say yes too often, never no. */
    public boolean wants(String action) {
        return wantedActions.isEmpty() || wantedActions.get().contains(action);
    }

    /** Whether no rule can use an event without a user. */
    public boolean needUpn() {
        return threshold.needsUpn();
    }

    /**
     * The least number of events of one user in one window with which any rule can speak of that user; at least 1. Fewer need
     * not be sent to a lane.
     */
    public int minEvents() {
        return threshold.minEvents();
    }

    /** A fresh engine with these rules and no events. The caller closes it. */
    public Lane newLane() {
        return new Lane(engines, configuration, units, window().toMillis());
    }
}
