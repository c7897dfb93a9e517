package dev.vaultwatch.flink;

import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.KeyedRecord;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** Splits payloads into records, one for each grouping key that a record has. Keeps no state. */
final class SplitFunction extends RichFlatMapFunction<byte[], RoutedRecord> {
    private static final long serialVersionUID = 1L;

    private final Setup setup;
    private transient @Nullable KeyReader keys;

    SplitFunction(Setup setup) {
        this.setup = setup;
    }

    @Override
    public void open(OpenContext context) {
        keys = Setup.factory(getRuntimeContext().getUserCodeClassLoader()).keyReader(setup.config());
    }

    @Override
    public void flatMap(byte[] payload, Collector<RoutedRecord> out) {
        if (keys == null) {
            throw new IllegalStateException("The function is used before Flink has opened it.");
        }
        split(keys, payload, out);
    }

    static void split(KeyReader keys, byte[] payload, Collector<RoutedRecord> out) {
        List<KeyedRecord> records = keys.read(payload, letter -> out.collect(RoutedRecord.dead(letter)));
        for (KeyedRecord record : records) {
            if (!record.keys().isEmpty()) {
                route(record, out);
            }
        }
    }

    private static void route(KeyedRecord record, Collector<RoutedRecord> out) {
        byte[] json = record.json();
        long time = record.eventTime().orElseThrow().toEpochMilli();
        if (record.keys().size() == 1) {
            record.keys().values().forEach(key -> out.collect(RoutedRecord.of(key, time, json)));
            return;
        }
        Set<Map<String, String>> distinct = new HashSet<>(record.keys().values());
        for (Map<String, String> key : distinct) {
            out.collect(RoutedRecord.of(key, time, json));
        }
    }
}
