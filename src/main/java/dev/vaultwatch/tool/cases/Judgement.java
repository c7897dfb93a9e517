package dev.vaultwatch.tool.cases;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.Notice;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Compares what a straight run said with what its case expects. */
final class Judgement {
    private Judgement() {}

    /** What differs, a line each. */
    static List<String> of(RuleCase its, Outcome outcome) {
        List<String> problems = new ArrayList<>(outcome.faults());
        Set<Alert> unexpected = new LinkedHashSet<>(outcome.standing());
        for (Expectation expectation : its.expectations()) {
            List<Alert> about =
                    outcome.standing().stream().filter(expectation::isAbout).toList();
            about.forEach(unexpected::remove);
            if (about.size() < expectation.least() || about.size() > expectation.most()) {
                problems.add("expected " + expectation);
                problems.add("found    " + (about.isEmpty() ? nearest(outcome) : number(about.size())));
                about.forEach(alert -> problems.add("           " + Outcome.brief(alert)));
            }
            for (Alert alert : about) {
                for (String difference : expectation.differences(alert, outcome.stages(alert))) {
                    problems.add(Outcome.brief(alert) + ": " + difference);
                }
            }
        }
        for (Notice.Kind notice : its.notices()) {
            if (!outcome.notices().contains(notice)) {
                problems.add("expected the notice " + notice + ", found "
                        + (outcome.notices().isEmpty() ? "none" : outcome.notices()));
            }
        }
        for (Alert alert : unexpected) {
            problems.add("not expected: " + Outcome.brief(alert));
        }
        return problems;
    }

    private static String number(int alerts) {
        return alerts + (alerts == 1 ? " alert" : " alerts");
    }

    private static String nearest(Outcome outcome) {
        int others = outcome.standing().size();
        return others == 0 ? "no alert" : "none of these; " + number(others) + " of another key or window";
    }
}
