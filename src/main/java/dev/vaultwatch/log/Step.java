package dev.vaultwatch.log;

import dev.vaultwatch.alert.AlertDesk;
import dev.vaultwatch.alert.CapNotice;
import dev.vaultwatch.alert.CapState;
import dev.vaultwatch.alert.RuleEdition;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.alert.Withheld;
import dev.vaultwatch.detect.LateLoss;
import dev.vaultwatch.tuning.AlertPolicy;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/** Collects the parts of a step or checkpoint; {@link StoreLog} draws them. Not thread-safe. */
final class Step implements StoreLog.CheckpointWriter {
    private final EventCodec part = new EventCodec();
    private final EventCodec parts = new EventCodec();

    /** The rules that the parts refer to, by fingerprint. */
    private final Map<String, RuleEdition> rules = new LinkedHashMap<>();

    boolean isEmpty() {
        return parts.size() == 0;
    }

    void clear() {
        parts.reset();
        rules.clear();
    }

    Set<String> fingerprints() {
        return rules.keySet();
    }

    /** The entry, with the texts of the rules that it needs, but for those that are known. */
    byte[] entry(byte kind, Set<String> known) {
        EventCodec entry = new EventCodec();
        entry.putByte(kind);
        rules.forEach((fingerprint, rule) -> {
            if (!known.contains(fingerprint)) {
                add(entry, EntryReader.RULE, to -> EntryReader.putRule(to, rule));
            }
        });
        int start = entry.size();
        byte[] all = Arrays.copyOf(entry.bytes(), start + parts.size());
        System.arraycopy(parts.bytes(), 0, all, start, parts.size());
        return all;
    }

    private void add(byte kind, Consumer<EventCodec> content) {
        add(parts, kind, content);
    }

    private void add(EventCodec to, byte kind, Consumer<EventCodec> content) {
        part.reset();
        part.putByte(kind);
        content.accept(part);
        to.putInt(part.size());
        to.putBytes(part.bytes(), part.size());
    }

    void said(Said message, boolean isOwed) {
        rules.putIfAbsent(message.rule().fingerprint(), message.rule());
        add(isOwed ? EntryReader.RAISED : EntryReader.KNOWN, to -> AlertCodec.putSaid(to, message));
    }

    void withheld(Withheld alert) {
        add(EntryReader.WITHHELD, to -> AlertCodec.putWithheld(to, alert));
    }

    void noticed(CapNotice notice) {
        add(EntryReader.NOTICED, to -> AlertCodec.putNotice(to, notice));
    }

    void decided(AlertPolicy.Memo memo) {
        add(EntryReader.DECIDED, to -> AlertCodec.putMemo(to, memo));
    }

    void forgotten(String ruleId, long anchor, String id) {
        add(EntryReader.FORGOTTEN, to -> {
            to.putText(ruleId);
            to.putLong(anchor);
            to.putText(id);
        });
    }

    void caps(CapState state) {
        add(EntryReader.CAPS, to -> AlertCodec.putCaps(to, state));
    }

    /** What is owed comes first and in order; caps and counters come last, since they take the place of what was summed up. */
    @Override
    public void desk(AlertDesk desk) {
        List<Said> owed = desk.unacknowledged();
        Set<Said> told = new HashSet<>(owed);
        owed.forEach(message -> said(message, true));
        for (Said message : desk.said(key -> true)) {
            if (!told.contains(message)) {
                said(message, false);
            }
        }
        desk.states().forEach(this::caps);
        desk.policy().memos().forEach(this::decided);
    }

    @Override
    public void source(LoggedSource source) {
        add(EntryReader.SOURCE, to -> {
            to.putText(source.name());
            EntryReader.putOptional(to, source.epoch());
            List<OptionalLong> numbers = List.of(source.highest(), source.greatest(), source.watermark());
            int there = 0;
            for (int i = 0; i < numbers.size(); i++) {
                there |= numbers.get(i).isPresent() ? 1 << i : 0;
            }
            to.putByte(there);
            numbers.forEach(number -> number.ifPresent(to::putLong));
            to.putText(source.state().name());
        });
    }

    void counters(Map<CounterPart, Long> values) {
        add(EntryReader.COUNTERS, to -> {
            to.putInt(values.size());
            values.forEach((counter, value) -> {
                to.putText(counter.counter().name());
                to.putText(counter.part());
                to.putLong(value);
            });
        });
    }

    @Override
    public void lost(LateLoss loss) {
        add(EntryReader.LOST, to -> {
            to.putText(loss.source());
            to.putLong(loss.count());
            to.putLong(loss.oldest());
        });
    }

    void lossesTold() {
        add(EntryReader.LOSSES_TOLD, to -> {});
    }

    void lateSince(long time) {
        add(EntryReader.LATE_SINCE, to -> to.putLong(time));
    }

    void settled(long time) {
        add(EntryReader.SETTLED, to -> to.putLong(time));
    }

    void mark(long watermark, boolean isLateJudged) {
        add(EntryReader.MARK, to -> {
            to.putLong(watermark);
            to.putByte(isLateJudged ? 1 : 0);
        });
    }

    void completeFrom(long time) {
        add(EntryReader.COMPLETE_FROM, to -> to.putLong(time));
    }

    void inForce(LoggedRules inForce) {
        inForce.rules().forEach(each -> rules.putIfAbsent(each.edition().fingerprint(), each.edition()));
        add(EntryReader.IN_FORCE, to -> EntryReader.putInForce(to, inForce));
    }
}
