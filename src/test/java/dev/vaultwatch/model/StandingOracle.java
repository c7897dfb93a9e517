package dev.vaultwatch.model;

import dev.vaultwatch.fuzz.FuzzRule;
import dev.vaultwatch.fuzz.Group;
import dev.vaultwatch.model.Oracle.Expected;
import dev.vaultwatch.model.Oracle.Mistake;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** What stands in the end of an ordered rule, or of one over single events. */
final class StandingOracle extends RuleOracle {
    private final List<Read> taken = new ArrayList<>();

    StandingOracle(FuzzRule rule, long lateness, Mistake mistake) {
        super(rule, lateness, mistake);
    }

    @Override
    boolean isTooLate(Read read, long settled) {
        return settled != Long.MIN_VALUE && read.time() < settled - lateness;
    }

    @Override
    void take(Read read, long watermark) {
        if (mistake != Mistake.NO_LATE_EVENTS || read.time() >= watermark) {
            taken.add(read);
        }
    }

    @Override
    void advance(long watermark) {}

    @Override
    void reloaded(long watermark) {}

    @Override
    void expect(boolean early, long watermark, Map<Group, Expected> expected) {
        boolean atOnce = rule().kind() == FuzzRule.Kind.EVENT;
        List<Read> judged =
                taken.stream().filter(read -> atOnce || read.time() < watermark).toList();
        rule().deserved(judged).forEach(group -> expected.put(group, Expected.standing(OptionalLong.empty())));
        if (!atOnce) {
            rule().bursts(judged).stream()
                    .filter(burst -> burst.last() + rule().quiet() < watermark)
                    .forEach(burst -> expected.put(burst.group(), Expected.standing(OptionalLong.of(burst.most()))));
        }
    }
}
