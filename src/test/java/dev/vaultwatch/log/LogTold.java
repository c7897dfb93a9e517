package dev.vaultwatch.log;

import dev.vaultwatch.alert.CapNotice;
import dev.vaultwatch.alert.CapState;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.alert.Withheld;
import dev.vaultwatch.detect.LateLoss;
import dev.vaultwatch.rule.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes down what a log tells. */
class LogTold implements LogReader {
    final List<Object> all = new ArrayList<>();
    final List<String> damage = new ArrayList<>();
    final List<String> ruleTexts = new ArrayList<>();
    final Map<CounterPart, Long> counters = new HashMap<>();
    long completeFrom = Long.MIN_VALUE;

    private final Rule rule;

    record StepBegins() {}

    record LateSince(long time) {}

    record Settled(long time) {}

    record Mark(long watermark, boolean isLateJudged) {}

    record Message(Said said, boolean isOwed) {}

    record Forgotten(String ruleId, long anchor, String id) {}

    /**
     * A reader.
     *
     * @param rule what every text stands for
     */
    LogTold(Rule rule) {
        this.rule = rule;
    }

    <T> List<T> of(Class<T> type) {
        return all.stream().filter(type::isInstance).map(type::cast).toList();
    }

    @Override
    public void batch(LoggedBatch batch) {
        all.add(batch);
    }

    @Override
    public void step() {
        all.add(new StepBegins());
    }

    @Override
    public void lateSince(long time) {
        all.add(new LateSince(time));
    }

    @Override
    public void settled(long time) {
        all.add(new Settled(time));
    }

    @Override
    public void lost(LateLoss loss) {
        all.add(loss);
    }

    @Override
    public void lossesTold() {
        all.removeIf(LateLoss.class::isInstance);
    }

    @Override
    public void mark(long watermark, boolean isLateJudged) {
        all.add(new Mark(watermark, isLateJudged));
    }

    @Override
    public void source(LoggedSource source) {
        all.add(source);
    }

    @Override
    public void inForce(LoggedRules rules) {
        all.add(rules);
    }

    @Override
    public void counters(Map<CounterPart, Long> values) {
        counters.putAll(values);
    }

    @Override
    public void said(Said message, boolean isOwed) {
        all.add(new Message(message, isOwed));
    }

    @Override
    public void withheld(Withheld alert) {
        all.add(alert);
    }

    @Override
    public void decided(dev.vaultwatch.tuning.AlertPolicy.Memo memo) {
        all.add(memo);
    }

    @Override
    public void noticed(CapNotice notice) {
        all.add(notice);
    }

    @Override
    public void forgotten(String ruleId, long anchor, String id) {
        all.add(new Forgotten(ruleId, anchor, id));
    }

    @Override
    public void caps(CapState state) {
        all.add(state);
    }

    @Override
    public void completeFrom(long time) {
        completeFrom = time;
    }

    @Override
    public Rule rule(String id, String json, String epl) {
        ruleTexts.add(json);
        return rule;
    }

    @Override
    public void gap() {}

    @Override
    public void damaged(String what) {
        damage.add(what);
    }
}
