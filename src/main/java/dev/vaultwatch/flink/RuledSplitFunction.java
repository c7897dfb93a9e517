package dev.vaultwatch.flink;

import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.KeyedRecord;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReadOnlyBroadcastState;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.functions.co.BroadcastProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * As {@link SplitFunction}, for rules that change: a record goes to the owners of the keys that any rule gives it, of those in
 * force or of those announced. A change's rules stay in use here until another comes whose time is more than a day later.
 */
final class RuledSplitFunction extends BroadcastProcessFunction<byte[], RuleChange, RoutedRecord> {
    private static final long serialVersionUID = 1L;

    static final MapStateDescriptor<String, RuleChange> CHANGES = new MapStateDescriptor<>(
            "vaultwatch-rules", TypeInformation.of(String.class), TypeInformation.of(RuleChange.class));

    /** Beyond what a subtask of {@code detect} may lag: {@code time.lateness} is a day at most. */
    private static final long KEPT_MILLIS = 24L * 60 * 60 * 1000;

    private final Setup setup;
    private transient @Nullable DetectionPluginFactory factory;
    /** By version; that of the configuration under the empty name. Empty until the first element. */
    private transient @Nullable Map<String, KeyReader> readers;

    RuledSplitFunction(Setup setup) {
        this.setup = setup;
    }

    private Map<String, KeyReader> readers(ReadOnlyBroadcastState<String, RuleChange> changes) throws Exception {
        if (readers == null) {
            DetectionPluginFactory made = Setup.factory(getRuntimeContext().getUserCodeClassLoader());
            factory = made;
            Map<String, KeyReader> all = new LinkedHashMap<>();
            all.put("", made.keyReader(setup.config()));
            for (Map.Entry<String, RuleChange> change : changes.immutableEntries()) {
                all.put(change.getKey(), RuleGate.compile(setup, made, change.getValue()));
            }
            readers = all;
        }
        return readers;
    }

    @Override
    public void processElement(byte[] payload, ReadOnlyContext context, Collector<RoutedRecord> out) throws Exception {
        Map<String, KeyReader> all = readers(context.getBroadcastState(CHANGES));
        if (all.size() == 1) {
            all.values().forEach(reader -> SplitFunction.split(reader, payload, out));
            return;
        }
        split(List.copyOf(all.values()), payload, out);
    }

    /** All read the same records, in the same order: they differ in the keys alone. */
    static void split(List<KeyReader> readers, byte[] payload, Collector<RoutedRecord> out) {
        List<KeyedRecord> records = readers.get(0).read(payload, letter -> out.collect(RoutedRecord.dead(letter)));
        List<List<KeyedRecord>> others =
                readers.stream().skip(1).map(reader -> reader.read(payload)).toList();
        for (int i = 0; i < records.size(); i++) {
            KeyedRecord record = records.get(i);
            Set<Map<String, String>> keys = new HashSet<>(record.keys().values());
            for (List<KeyedRecord> other : others) {
                keys.addAll(other.get(i).keys().values());
            }
            byte[] json = record.json();
            long time = record.eventTime().orElseThrow().toEpochMilli();
            keys.forEach(key -> out.collect(RoutedRecord.of(key, time, json)));
        }
    }

    @Override
    public void processBroadcastElement(RuleChange change, Context context, Collector<RoutedRecord> out)
            throws Exception {
        var changes = context.getBroadcastState(CHANGES);
        Map<String, KeyReader> all = readers(changes);
        for (Map.Entry<String, RuleChange> known : List.copyOf(entries(changes))) {
            boolean superseded = entries(changes).stream()
                    .anyMatch(
                            other -> other.getValue().from() > known.getValue().from()
                                    && change.from() - other.getValue().from() > KEPT_MILLIS);
            if (superseded) {
                changes.remove(known.getKey());
                all.remove(known.getKey());
            }
        }
        changes.put(change.version(), change);
        all.put(change.version(), compiled(change));
    }

    private KeyReader compiled(RuleChange change) throws IOException {
        if (factory == null) {
            throw new IllegalStateException("The function is used before its rules were read.");
        }
        return RuleGate.compile(setup, factory, change);
    }

    private static List<Map.Entry<String, RuleChange>> entries(ReadOnlyBroadcastState<String, RuleChange> changes)
            throws Exception {
        List<Map.Entry<String, RuleChange>> entries = new java.util.ArrayList<>();
        changes.immutableEntries().forEach(entries::add);
        return entries;
    }
}
