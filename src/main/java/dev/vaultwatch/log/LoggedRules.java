package dev.vaultwatch.log;

import dev.vaultwatch.alert.RuleEdition;
import java.util.List;

/**
 * The rules in force: by them late events that wait are judged, and from them follows what the events in the log hold.
 *
 * @param keepAll whether every event was kept in full, whatever the rules ask for
 */
public record LoggedRules(List<One> rules, boolean keepAll) {

    public LoggedRules {
        rules = List.copyOf(rules);
    }

    /**
     * One of them.
     *
     * @param edition with the values that the site has set
     * @param exclusions says which events the site had not count towards it: the same text for the same; empty for none
     * @param isCompleteFromNext whether it is so from the next event on only
     * @param completeSince event time from which on every event that it asks for was kept; the least of numbers if always
     */
    public record One(RuleEdition edition, String exclusions, boolean isCompleteFromNext, long completeSince) {

        /** Whether the site had events not count towards it. */
        public boolean excludes() {
            return !exclusions.isEmpty();
        }
    }
}
