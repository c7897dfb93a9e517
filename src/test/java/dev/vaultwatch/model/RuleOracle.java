package dev.vaultwatch.model;

import dev.vaultwatch.fuzz.FuzzRule;
import dev.vaultwatch.fuzz.Group;
import dev.vaultwatch.model.Oracle.Expected;
import dev.vaultwatch.model.Oracle.Mistake;
import java.util.List;
import java.util.Map;

/** What one rule should say. It is given the events that the rule wants, and knows nothing of other rules. */
abstract class RuleOracle {
    final long lateness;
    final Mistake mistake;
    private FuzzRule rule;

    RuleOracle(FuzzRule rule, long lateness, Mistake mistake) {
        this.lateness = lateness;
        this.mistake = mistake;
        this.rule = mistaken(rule, mistake);
    }

    private static FuzzRule mistaken(FuzzRule right, Mistake mistake) {
        boolean isTumbling = right.kind() == FuzzRule.Kind.TUMBLING;
        return switch (mistake) {
            case ONE_EVENT_LESS_IS_ENOUGH -> right.with(right.least() - 1, right.leastDistinct());
            case ONE_ACTION_LESS_IS_ENOUGH -> right.with(right.least(), right.leastDistinct() - 1);
            case EVERY_WINDOW_IS_A_MINUTE -> isTumbling ? right.withLength(60_000) : right;
            case EVERY_KEY_IS_THE_USER -> right.withKey(List.of("upn"));
            case A_SECOND_LESS_OF_REACH -> isTumbling ? right : right.withLength(right.length() - 1_000);
            case NO_QUIET -> right.withQuiet(0);
            default -> right;
        };
    }

    /** As it is in force. */
    final FuzzRule rule() {
        return rule;
    }

    final void reload(FuzzRule to, long watermark) {
        rule = mistaken(to, mistake);
        reloaded(watermark);
    }

    /** Whether nothing can change any more where the event belongs. */
    abstract boolean isTooLate(Read read, long settled);

    abstract void take(Read read, long watermark);

    abstract void advance(long watermark);

    abstract void reloaded(long watermark);

    /** Adds what is to be said up to the watermark. */
    abstract void expect(boolean early, long watermark, Map<Group, Expected> expected);
}
