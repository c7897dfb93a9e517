package dev.vaultwatch.tool.cases;

import dev.vaultwatch.api.Notice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One case of a rule: events, and the alerts that they must and must not raise.
 *
 * @param ruleFolder the folder of the rule, with {@code rule.epl}
 * @param file the file that it stands in
 * @param shownFile the same, as faults and reports name it
 * @param line where it begins in the file
 * @param name for a person; no two of a file have the same
 * @param events in the order of the file
 * @param disturbances under which the case is repeated
 * @param expectations what it expects; none if it expects no alert
 * @param notices kinds of notices that the straight run must bring
 * @param config keys of the plugin's configuration that the case sets
 * @param tuning a {@code tuning.json}, if the case has one
 */
record RuleCase(
        Path ruleFolder,
        Path file,
        String shownFile,
        int line,
        String name,
        List<CaseEvent> events,
        List<Disturbance> disturbances,
        List<Expectation> expectations,
        List<Notice.Kind> notices,
        Map<String, String> config,
        Optional<CaseTuning> tuning) {

    RuleCase {
        events = List.copyOf(events);
        disturbances = List.copyOf(disturbances);
        expectations = List.copyOf(expectations);
        notices = List.copyOf(notices);
        config = Map.copyOf(config);
    }

    String ruleId() {
        return RuleCases.idOf(ruleFolder);
    }

    /** Whether the rule must find something. */
    boolean isTrue() {
        return expectations.stream().anyMatch(each -> each.least() > 0);
    }

    /** The runs that it takes, the straight one first. */
    List<Disturbance> runs() {
        List<Disturbance> runs = new ArrayList<>();
        runs.add(new Disturbance.Straight("straight"));
        runs.addAll(disturbances);
        return runs;
    }
}
