package dev.vaultwatch.log;

import dev.vaultwatch.alert.CapNotice;
import dev.vaultwatch.alert.CapState;
import dev.vaultwatch.alert.RuleEdition;
import dev.vaultwatch.alert.Said;
import dev.vaultwatch.alert.Withheld;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.tuning.AlertPolicy;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What the desk says and knows, as the log and snapshots write it; big-endian, texts as {@link EventCodec} writes them, stages
 * by name.
 *
 * <pre>
 *   said       text rule's fingerprint, text id, key, 8 anchor, text discriminator, text stage, 4 revision, 8 start, 8 end,
 *              columns, counts truncated, 8 without evidence, 1 flags: bit 0 at least, bit 1 incomplete history,
 *              bit 2 the site's word follows: text severity, 4 risk score
 *   withheld   text rule id, text id, key, 8 anchor, 8 events, -1 for unknown
 *   notice     text rule id, 8 period, 8 withheld
 *   caps       text rule id, 8 alerts, 8 withheld, 8 retracted, counts sent, counts held, list of withheld, counts recent,
 *              list of notices
 *   key        4 number, each: text name, text value
 *   counts     4 number, each: text name, 8 number
 *   columns    4 number, each: text name, value
 *   value      1 'S' text | 'L' 8 | 'D' 8 | 'B' 1 | 'I' 8 seconds 4 nanoseconds | 'A' 4 number, each a value
 * </pre>
 */
public final class AlertCodec {
    private static final int AT_LEAST = 1;
    private static final int INCOMPLETE = 2;
    private static final int RATED = 4;
    private static final long UNKNOWN = -1;

    private AlertCodec() {}

    /** Writes a message; not the text of its rule. */
    public static void putSaid(EventCodec to, Said message) {
        to.putText(message.rule().fingerprint());
        to.putText(message.id());
        putKey(to, message.key());
        to.putLong(message.anchor());
        to.putText(message.discriminator());
        to.putText(message.stage().name());
        to.putInt(message.revision());
        to.putLong(message.start());
        to.putLong(message.end());
        to.putInt(message.columns().size());
        message.columns().forEach((name, value) -> {
            to.putText(name);
            putValue(to, value);
        });
        Map<String, Long> truncated = new LinkedHashMap<>();
        message.truncated().forEach((name, size) -> truncated.put(name, (long) size));
        putCounts(to, truncated);
        to.putLong(message.withoutEvidence());
        to.putByte((message.atLeast() ? AT_LEAST : 0) | (message.incompleteHistory() ? INCOMPLETE : 0) | RATED);
        to.putText(message.rule().rule().severity());
        to.putInt(message.rule().rule().riskScore());
    }

    /**
     * Reads what {@link #putSaid} wrote.
     *
     * @param rules gives the edition of that fingerprint
     * @throws RuntimeException if the entry is not of this form, or what {@code rules} throws
     */
    public static Said said(ByteBuffer from, Function<String, RuleEdition> rules) {
        RuleEdition rule = rules.apply(EventCodec.text(from));
        String id = EventCodec.text(from);
        Map<String, String> key = key(from);
        long anchor = from.getLong();
        String discriminator = EventCodec.text(from);
        AlertStage stage = AlertStage.valueOf(EventCodec.text(from));
        int revision = from.getInt();
        long start = from.getLong();
        long end = from.getLong();
        Map<String, Object> columns = new LinkedHashMap<>();
        for (int i = number(from); i > 0; i--) {
            columns.put(EventCodec.text(from), value(from));
        }
        Map<String, Integer> truncated = new LinkedHashMap<>();
        counts(from).forEach((name, size) -> truncated.put(name, Math.toIntExact(size)));
        long withoutEvidence = from.getLong();
        int flags = from.get();
        if ((flags & RATED) != 0) {
            // The texts of the rule do not have what the site says of it.
            rule = rule.rated(EventCodec.text(from), from.getInt());
        }
        return new Said(
                rule,
                id,
                key,
                anchor,
                discriminator,
                stage,
                revision,
                start,
                end,
                Collections.unmodifiableMap(columns),
                Collections.unmodifiableMap(truncated),
                withoutEvidence,
                (flags & AT_LEAST) != 0,
                (flags & INCOMPLETE) != 0);
    }

    static void putWithheld(EventCodec to, Withheld alert) {
        to.putText(alert.ruleId());
        to.putText(alert.id());
        putKey(to, alert.key());
        to.putLong(alert.anchor());
        to.putLong(alert.events().orElse(UNKNOWN));
    }

    static Withheld withheld(ByteBuffer from) {
        String ruleId = EventCodec.text(from);
        String id = EventCodec.text(from);
        Map<String, String> key = key(from);
        long anchor = from.getLong();
        long events = from.getLong();
        return new Withheld(
                ruleId, id, key, anchor, events == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(events));
    }

    static void putNotice(EventCodec to, CapNotice notice) {
        to.putText(notice.ruleId());
        to.putLong(notice.period());
        to.putLong(notice.withheld());
    }

    static CapNotice notice(ByteBuffer from) {
        return new CapNotice(EventCodec.text(from), from.getLong(), from.getLong());
    }

    static void putMemo(EventCodec to, AlertPolicy.Memo memo) {
        to.putText(memo.outcome().name());
        to.putText(memo.ruleId());
        to.putText(memo.alertId());
        to.putLong(memo.end());
        to.putText(memo.exception());
        to.putInt(memo.values().size());
        memo.values().forEach(to::putText);
        to.putLong(memo.start());
        to.putLong(memo.length());
        to.putLong(memo.withheld());
    }

    static AlertPolicy.Memo memo(ByteBuffer from) {
        AlertPolicy.Outcome outcome = AlertPolicy.Outcome.valueOf(EventCodec.text(from));
        String ruleId = EventCodec.text(from);
        String alertId = EventCodec.text(from);
        long end = from.getLong();
        String exception = EventCodec.text(from);
        List<String> values = new ArrayList<>();
        for (int i = number(from); i > 0; i--) {
            values.add(EventCodec.text(from));
        }
        return new AlertPolicy.Memo(
                outcome, ruleId, alertId, end, exception, values, from.getLong(), from.getLong(), from.getLong());
    }

    static void putCaps(EventCodec to, CapState caps) {
        to.putText(caps.ruleId());
        to.putLong(caps.alerts());
        to.putLong(caps.withheld());
        to.putLong(caps.retracted());
        putCounts(to, caps.sent());
        putCounts(to, caps.held());
        to.putInt(caps.named().size());
        caps.named().forEach(alert -> putWithheld(to, alert));
        putCounts(to, caps.recent());
        to.putInt(caps.notices().size());
        caps.notices().forEach(notice -> putNotice(to, notice));
    }

    static CapState caps(ByteBuffer from) {
        String ruleId = EventCodec.text(from);
        long alerts = from.getLong();
        long withheldAlerts = from.getLong();
        long retracted = from.getLong();
        Map<String, Long> sent = counts(from);
        Map<String, Long> held = counts(from);
        List<Withheld> named = new ArrayList<>();
        for (int i = number(from); i > 0; i--) {
            named.add(withheld(from));
        }
        Map<String, Long> recent = counts(from);
        List<CapNotice> notices = new ArrayList<>();
        for (int i = number(from); i > 0; i--) {
            notices.add(notice(from));
        }
        return new CapState(ruleId, alerts, withheldAlerts, retracted, sent, held, named, recent, notices);
    }

    /** Writes a grouping key. */
    public static void putKey(EventCodec to, Map<String, String> key) {
        to.putInt(key.size());
        key.forEach((name, value) -> {
            to.putText(name);
            to.putText(value);
        });
    }

    /** Reads what {@link #putKey} wrote. */
    public static Map<String, String> key(ByteBuffer from) {
        TreeMap<String, String> key = new TreeMap<>();
        for (int i = number(from); i > 0; i--) {
            key.put(EventCodec.text(from), EventCodec.text(from));
        }
        return Collections.unmodifiableSortedMap(key);
    }

    private static void putCounts(EventCodec to, Map<String, Long> counts) {
        to.putInt(counts.size());
        counts.forEach((name, count) -> {
            to.putText(name);
            to.putLong(count);
        });
    }

    private static Map<String, Long> counts(ByteBuffer from) {
        Map<String, Long> counts = new LinkedHashMap<>();
        for (int i = number(from); i > 0; i--) {
            counts.put(EventCodec.text(from), from.getLong());
        }
        return counts;
    }

    private static void putValue(EventCodec to, Object value) {
        if (value instanceof Long number) {
            to.putByte('L');
            to.putLong(number);
        } else if (value instanceof Double number) {
            to.putByte('D');
            to.putLong(Double.doubleToLongBits(number));
        } else if (value instanceof Boolean flag) {
            to.putByte('B');
            to.putByte(flag ? 1 : 0);
        } else if (value instanceof Instant instant) {
            to.putByte('I');
            to.putLong(instant.getEpochSecond());
            to.putInt(instant.getNano());
        } else if (value instanceof List<?> list) {
            to.putByte('A');
            to.putInt(list.size());
            list.forEach(each -> putValue(to, each));
        } else {
            to.putByte('S');
            to.putText(value.toString());
        }
    }

    private static Object value(ByteBuffer from) {
        char kind = (char) from.get();
        return switch (kind) {
            case 'L' -> from.getLong();
            case 'D' -> Double.longBitsToDouble(from.getLong());
            case 'B' -> from.get() == 1;
            case 'I' -> Instant.ofEpochSecond(from.getLong(), from.getInt());
            case 'A' -> list(from);
            case 'S' -> EventCodec.text(from);
            default -> throw new IllegalArgumentException("A value of the unknown kind " + kind + ".");
        };
    }

    private static List<Object> list(ByteBuffer from) {
        int size = number(from);
        List<Object> list = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            list.add(value(from));
        }
        return Collections.unmodifiableList(list);
    }

    /** A number of things each of which takes a byte at least. */
    static int number(ByteBuffer from) {
        int number = from.getInt();
        if (number < 0 || number > from.remaining()) {
            throw new BufferUnderflowException();
        }
        return number;
    }
}
