package dev.vaultwatch.plugin;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.engine.Lane;
import dev.vaultwatch.engine.RuleFailure;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A lane for each of several tumbling rules with windows of one length, which are fed the same events. A lane whose rule threw is
 * replaced between two windows. Not thread-safe; the owner holds a lock.
 */
final class RuleLanes implements AutoCloseable {
    private static final GroupingKey USER = GroupingKey.of(Property.UPN);

    private final CompiledRules rules;
    private final List<Lane> lanes = new ArrayList<>();

    RuleLanes(CompiledRules rules) {
        this.rules = rules;
        rules.rules().forEach(rule -> lanes.add(rule.newLane()));
    }

    /**
     * The length of the rules' windows.
     *
     * @throws RuleException if they have several, or other windows than tumbling ones
     */
    static Duration window(CompiledRules rules) {
        List<RuleFault> faults = new ArrayList<>();
        List<Duration> lengths = new ArrayList<>();
        for (CompiledRule compiled : rules.rules()) {
            Rule rule = compiled.rule();
            if (!(rule.window() instanceof Window.Tumbling tumbling)) {
                faults.add(fault(rule, "/window/kind must be \"tumbling\"; this version runs no other."));
            } else if (!lengths.isEmpty() && !lengths.get(0).equals(tumbling.length())) {
                faults.add(fault(
                        rule,
                        "/window/length is " + tumbling.length() + ", but another rule has " + lengths.get(0)
                                + ": rules that run together need windows of one length. Give each length a plugin of its"
                                + " own (rules.dir)."));
            } else {
                lengths.add(tumbling.length());
            }
        }
        if (!faults.isEmpty()) {
            throw new RuleException(faults);
        }
        return lengths.get(0);
    }

    private static RuleFault fault(Rule rule, String problem) {
        return new RuleFault(rule.file().replace("rule.epl", "rule.json"), 0, 0, problem);
    }

    /** The least number of events of one user in one window with which any rule can find anything. */
    static int minEvents(CompiledRules rules) {
        return rules.rules().stream()
                .mapToInt(rule -> rule.rule().key().equals(USER) ? rule.shape().minEvents() : 1)
                .min()
                .orElse(1);
    }

    /** Whether a finding is about one user. */
    static boolean isOfUser(Finding finding) {
        return finding.rule().key().equals(USER);
    }

    void send(long window, KeyVaultEvent event) {
        for (Lane lane : lanes) {
            lane.send(window, event);
        }
    }

    boolean hasOpenWindow() {
        return lanes.stream().anyMatch(Lane::hasOpenWindow);
    }

    void closeWindow() {
        lanes.forEach(Lane::closeWindow);
    }

    List<Finding> judge(long window, Iterable<KeyVaultEvent> events) {
        List<Finding> findings = new ArrayList<>();
        for (Lane lane : lanes) {
            findings.addAll(lane.judge(window, events));
        }
        return findings;
    }

    boolean hasOutput() {
        return lanes.stream().anyMatch(Lane::hasOutput);
    }

    List<Finding> takeFindings() {
        if (lanes.size() == 1) {
            return lanes.get(0).takeFindings();
        }
        return lanes.stream().flatMap(lane -> lane.takeFindings().stream()).toList();
    }

    /** What rules threw since the last call; between two windows their lanes are replaced. */
    List<RuleFailure> takeFailures() {
        List<RuleFailure> failures = new ArrayList<>();
        for (int i = 0; i < lanes.size(); i++) {
            Lane lane = lanes.get(i);
            failures.addAll(lane.takeFailures());
            if (lane.isDamaged() && !lane.hasOpenWindow() && !lane.hasOutput()) {
                lanes.set(i, rules.rules().get(i).newLane());
                lane.close();
            }
        }
        return failures;
    }

    @Override
    public void close() {
        lanes.forEach(Lane::close);
    }
}
