package dev.vaultwatch.log;

import dev.vaultwatch.alert.RuleEdition;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.detect.LateLoss;
import dev.vaultwatch.event.KeyVaultEvent;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads entries and tells them; {@link StoreLog} draws them. Used once, by the thread that opens the log. */
final class EntryReader implements SegmentLog.Recovery {
    static final byte BATCH = 1;
    static final byte STEP = 2;
    static final byte CHECKPOINT = 3;
    static final byte FIRST_PART = 4;
    static final byte PART = 5;
    static final byte LAST_PART = 6;
    static final byte RULE = 10;
    static final byte RAISED = 11;
    static final byte KNOWN = 12;
    static final byte WITHHELD = 13;
    static final byte NOTICED = 14;
    static final byte FORGOTTEN = 15;
    static final byte ACKNOWLEDGED = 16;
    static final byte CAPS = 17;
    static final byte SOURCE = 18;
    static final byte COUNTERS = 19;
    static final byte MARK = 20;
    static final byte COMPLETE_FROM = 21;
    static final byte DECIDED = 22;
    static final byte LOST = 23;
    static final byte LOSSES_TOLD = 24;
    static final byte LATE_SINCE = 25;
    static final byte IN_FORCE = 26;
    static final byte SETTLED = 27;

    private static final int EXCLUDES = 1;
    private static final int FROM_NEXT = 2;
    private static final int EXCLUSIONS = 4;

    /** What is said of exclusions of which the log does not say more. */
    private static final String UNKNOWN_EXCLUSIONS = "?";

    private static final byte TEXT = 0;
    private static final byte BOOLEAN = 1;
    private static final byte NUMBER = 2;

    /** As many texts, and as long, as the decoder finds again. */
    private static final int MAX_TEXTS = 1 << 16;

    private static final int MAX_TEXT = 256;

    private final Path folder;
    private final LogReader reader;
    private final StoreLog.State state;
    private final Map<String, RuleEdition> rules = new HashMap<>();
    private final Map<String, String> texts = new HashMap<>();

    /** Parts read so far of an entry that is not whole yet. */
    private final ByteArrayOutputStream parts = new ByteArrayOutputStream();

    /** The segment of its first part; 0 if there is none. */
    private long firstPart;

    EntryReader(Path folder, LogReader reader, StoreLog.State state) {
        this.folder = folder;
        this.reader = reader;
        this.state = state;
    }

    @Override
    public void entry(long segment, ByteBuffer entry) {
        state.segment(segment);
        byte kind = entry.hasRemaining() ? entry.get(entry.position()) : 0;
        switch (kind) {
            case FIRST_PART -> {
                // A part before it has no end: the process was killed between them.
                parts.reset();
                firstPart = segment;
                addPart(entry);
            }
            case PART -> addPart(entry);
            case LAST_PART -> {
                addPart(entry);
                if (firstPart != 0) {
                    read(firstPart, segment, ByteBuffer.wrap(parts.toByteArray()));
                }
                firstPart = 0;
            }
            default -> read(segment, segment, entry);
        }
    }

    /** The first may have been given back with its segment, since a checkpoint took the place of the entry. */
    private void addPart(ByteBuffer entry) {
        if (firstPart != 0) {
            byte[] part = new byte[entry.remaining() - 1];
            entry.get(entry.position() + 1, part);
            parts.writeBytes(part);
        }
    }

    private void read(long first, long last, ByteBuffer entry) {
        try {
            byte kind = entry.get();
            switch (kind) {
                case BATCH -> readBatch(first, last, entry);
                case STEP, CHECKPOINT -> {
                    if (kind == STEP && hasMark(entry.slice())) {
                        reader.step();
                    }
                    while (entry.hasRemaining()) {
                        int length = entry.getInt();
                        if (length < 1 || length > entry.remaining()) {
                            throw new BufferUnderflowException();
                        }
                        readPart(last, entry.slice(entry.position(), length));
                        entry.position(entry.position() + length);
                    }
                    if (kind == CHECKPOINT) {
                        state.checkpoint(first);
                    }
                }
                default -> readSmall(kind, entry);
            }
        } catch (RuntimeException e) {
            unreadable(last, e);
        }
    }

    /** Without one, a step says nothing of the batches before it. */
    private static boolean hasMark(ByteBuffer parts) {
        while (parts.hasRemaining()) {
            int length = parts.getInt();
            if (parts.get(parts.position()) == MARK) {
                return true;
            }
            parts.position(parts.position() + length);
        }
        return false;
    }

    private void readPart(long segment, ByteBuffer part) {
        try {
            readSmall(part.get(), part);
        } catch (RuntimeException e) {
            unreadable(segment, e);
        }
    }

    private void unreadable(long segment, RuntimeException e) {
        reader.gap();
        reader.damaged("The journal in " + folder + " has an entry in segment " + segment + " that can't be read ("
                + e.getClass().getSimpleName() + "); it is passed over.");
    }

    private void readBatch(long first, long last, ByteBuffer entry) {
        String source = EventCodec.text(entry);
        Optional<String> epoch = optional(entry);
        Optional<OffsetRange> range =
                entry.get() == 1 ? Optional.of(new OffsetRange(entry.getLong(), entry.getLong())) : Optional.empty();
        String hash = EventCodec.text(entry);
        int number = AlertCodec.number(entry);
        List<LoggedBatch.Item> items = new ArrayList<>(number);
        for (int i = 0; i < number; i++) {
            if (entry.get() == 0) {
                items.add(new LoggedBatch.Item(entry.getLong(), Optional.empty()));
            } else {
                KeyVaultEvent event = EventCodec.event(entry, this::held);
                items.add(new LoggedBatch.Item(event.time(), Optional.of(event)));
            }
        }
        LoggedBatch batch = new LoggedBatch(source, epoch, range, hash, items);
        for (long segment = first; segment <= last; segment++) {
            state.batch(segment, batch);
        }
        reader.batch(batch);
    }

    static void putBatch(EventCodec to, LoggedBatch batch) {
        to.putByte(EntryReader.BATCH);
        to.putText(batch.source());
        EntryReader.putOptional(to, batch.epoch());
        to.putByte(batch.range().isPresent() ? 1 : 0);
        if (batch.range().isPresent()) {
            to.putLong(batch.range().get().first());
            to.putLong(batch.range().get().last());
        }
        to.putText(batch.hash());
        to.putInt(batch.items().size());
        for (LoggedBatch.Item item : batch.items()) {
            if (item.event().isPresent()) {
                KeyVaultEvent event = item.event().get();
                to.putByte(1);
                to.putEvent(event);
            } else {
                to.putByte(0);
                to.putLong(item.time());
            }
        }
    }

    private void readSmall(byte kind, ByteBuffer from) {
        switch (kind) {
            case RULE -> readRule(from);
            case RAISED, KNOWN -> {
                Said message = AlertCodec.said(from, this::rule);
                if (kind == RAISED) {
                    state.owed().add(message);
                }
                reader.said(message, kind == RAISED);
            }
            case WITHHELD -> reader.withheld(AlertCodec.withheld(from));
            case NOTICED -> reader.noticed(AlertCodec.notice(from));
            case DECIDED -> reader.decided(AlertCodec.memo(from));
            case FORGOTTEN -> {
                String ruleId = EventCodec.text(from);
                long anchor = from.getLong();
                String id = EventCodec.text(from);
                state.owed().remove(id);
                reader.forgotten(ruleId, anchor, id);
            }
            case ACKNOWLEDGED ->
                state.owed().remove(EventCodec.text(from), AlertStage.valueOf(EventCodec.text(from)), from.getInt());
            case CAPS -> reader.caps(AlertCodec.caps(from));
            case SOURCE -> reader.source(source(from));
            case COUNTERS -> {
                Map<CounterPart, Long> values = counters(from);
                state.counters(values);
                reader.counters(values);
            }
            case MARK -> {
                long watermark = from.getLong();
                boolean isLateJudged = from.get() == 1;
                state.mark(watermark, isLateJudged);
                reader.mark(watermark, isLateJudged);
            }
            case COMPLETE_FROM -> {
                long time = from.getLong();
                state.completeFrom(time);
                reader.completeFrom(time);
            }
            case LOST -> reader.lost(new LateLoss(EventCodec.text(from), from.getLong(), from.getLong()));
            case LOSSES_TOLD -> reader.lossesTold();
            case LATE_SINCE -> {
                long time = from.getLong();
                state.lateSince(time);
                reader.lateSince(time);
            }
            case SETTLED -> {
                long time = from.getLong();
                state.settled(time);
                reader.settled(time);
            }
            case IN_FORCE -> {
                LoggedRules rules = inForce(from);
                state.inForce(rules);
                reader.inForce(rules);
            }
            default ->
                reader.damaged("The journal in " + folder + " has an entry of kind " + kind
                        + ", which this version does not know; it is passed over.");
        }
    }

    private void readRule(ByteBuffer from) {
        String fingerprint = EventCodec.text(from);
        String id = EventCodec.text(from);
        String json = EventCodec.text(from);
        String epl = EventCodec.text(from);
        if (!rules.containsKey(fingerprint)) {
            try {
                rules.put(fingerprint, new RuleEdition(reader.rule(id, json, epl), json, fingerprint));
            } catch (RuntimeException e) {
                reader.damaged("The journal in " + folder + " has alerts of an edition of rule " + id
                        + " that this version can't read (" + e.getClass().getSimpleName()
                        + "); those that were not acknowledged are lost.");
            }
        }
    }

    private RuleEdition rule(String fingerprint) {
        RuleEdition rule = rules.get(fingerprint);
        if (rule == null) {
            throw new IllegalArgumentException("An alert of a rule whose text is missing.");
        }
        return rule;
    }

    /** The edition of a rule, as steps refer to it. */
    static void putRule(EventCodec to, RuleEdition rule) {
        to.putText(rule.fingerprint());
        to.putText(rule.id());
        to.putText(rule.json());
        to.putText(rule.rule().epl());
    }

    static void putInForce(EventCodec to, LoggedRules rules) {
        to.putByte(rules.keepAll() ? 1 : 0);
        to.putInt(rules.rules().size());
        for (LoggedRules.One each : rules.rules()) {
            to.putText(each.edition().fingerprint());
            to.putByte((each.excludes() ? EXCLUDES | EXCLUSIONS : 0) | (each.isCompleteFromNext() ? FROM_NEXT : 0));
            to.putLong(each.completeSince());
            if (each.excludes()) {
                to.putText(each.exclusions());
            }
            Map<String, Object> settings = each.edition().rule().settings();
            to.putInt(settings.size());
            settings.forEach((name, value) -> {
                to.putText(name);
                to.putByte(value instanceof Boolean ? BOOLEAN : value instanceof Number ? NUMBER : TEXT);
                to.putText(value.toString());
            });
        }
    }

    private LoggedRules inForce(ByteBuffer from) {
        boolean keepAll = from.get() == 1;
        List<LoggedRules.One> rules = new ArrayList<>();
        for (int i = AlertCodec.number(from); i > 0; i--) {
            RuleEdition edition = rule(EventCodec.text(from));
            int flags = from.get();
            long completeSince = from.getLong();
            String exclusions = (flags & EXCLUDES) == 0
                    ? ""
                    : (flags & EXCLUSIONS) == 0 ? UNKNOWN_EXCLUSIONS : EventCodec.text(from);
            Map<String, Object> settings = new LinkedHashMap<>();
            for (int j = AlertCodec.number(from); j > 0; j--) {
                String name = EventCodec.text(from);
                byte kind = from.get();
                String value = EventCodec.text(from);
                settings.put(
                        name,
                        kind == BOOLEAN ? Boolean.valueOf(value) : kind == NUMBER ? new BigDecimal(value) : value);
            }
            rules.add(new LoggedRules.One(
                    new RuleEdition(
                            edition.rule().toBuilder().settings(settings).build(),
                            edition.json(),
                            edition.fingerprint()),
                    exclusions,
                    (flags & FROM_NEXT) != 0,
                    completeSince));
        }
        return new LoggedRules(rules, keepAll);
    }

    private static LoggedSource source(ByteBuffer from) {
        String name = EventCodec.text(from);
        Optional<String> epoch = optional(from);
        int there = from.get();
        OptionalLong[] numbers = new OptionalLong[3];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (there & 1 << i) == 0 ? OptionalLong.empty() : OptionalLong.of(from.getLong());
        }
        return new LoggedSource(
                name, epoch, numbers[0], numbers[1], numbers[2], LoggedSource.State.valueOf(EventCodec.text(from)));
    }

    private static Map<CounterPart, Long> counters(ByteBuffer from) {
        Map<CounterPart, Long> values = new LinkedHashMap<>();
        for (int i = AlertCodec.number(from); i > 0; i--) {
            String name = EventCodec.text(from);
            String part = EventCodec.text(from);
            long value = from.getLong();
            // One of another version counts nothing here.
            Arrays.stream(Counter.values())
                    .filter(counter -> counter.name().equals(name))
                    .findFirst()
                    .ifPresent(counter -> values.put(new CounterPart(counter, part), value));
        }
        return values;
    }

    static void putOptional(EventCodec to, Optional<String> text) {
        to.putByte(text.isPresent() ? 1 : 0);
        text.ifPresent(to::putText);
    }

    private static Optional<String> optional(ByteBuffer from) {
        return from.get() == 1 ? Optional.of(EventCodec.text(from)) : Optional.empty();
    }

    /** A text that other events hold already, as those had it from the decoder before the restart. */
    private String held(String text) {
        if (text.length() > MAX_TEXT) {
            return text;
        }
        if (texts.size() >= MAX_TEXTS) {
            texts.clear();
        }
        String known = texts.putIfAbsent(text, text);
        return known == null ? text : known;
    }

    @Override
    public void torn(long segment, long offset, long bytes) {
        reader.damaged("The journal in " + folder + " ended in an unfinished entry, as a kill leaves it; " + bytes
                + " bytes at offset " + offset + " of segment " + segment + " were cut off.");
    }

    @Override
    public void damaged(long segment, long offset, long bytes, String why) {
        reader.gap();
        reader.damaged("The journal in " + folder + " is damaged: " + bytes + " bytes at offset " + offset
                + " of segment " + segment + " can't be read (" + why
                + "). Alerts of the last windows may miss events, and alerts that were not delivered may be lost.");
    }
}
