package dev.vaultwatch.kafka;

import dev.vaultwatch.api.DeadLetterListener;
import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.KeyedRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The grouping keys that any rule gives a record: of the rules in the files, and of every set in the control topic that compiles,
 * whether it is in force, was, or will be. Sending a record to a key too many does no harm. Used by one thread.
 */
final class SplitKeys {
    private final KeyReader configured;
    private List<KeyReader> readers;

    SplitKeys(KeyReader configured) {
        this.configured = configured;
        this.readers = List.of(configured);
    }

    /** A record and the distinct keys that it has, each by property name. */
    record Keyed(KeyedRecord record, Set<Map<String, String>> keys) {}

    /** Takes the sets that are announced now. */
    void refresh(List<ControlTopic.Announced> announced, RuleSets rules) {
        Map<Map<String, String>, KeyReader> byFiles = new LinkedHashMap<>();
        for (ControlTopic.Announced each : announced) {
            each.change()
                    .ifPresent(change ->
                            rules.compiled(change).keys().ifPresent(keys -> byFiles.putIfAbsent(change.files(), keys)));
        }
        List<KeyReader> all = new ArrayList<>();
        all.add(configured);
        all.addAll(byFiles.values());
        readers = List.copyOf(all);
    }

    /** Splits a payload. All readers find the same records in the same order: they differ in the keys alone. */
    List<Keyed> split(byte[] payload, DeadLetterListener letters) {
        List<KeyedRecord> records = readers.get(0).read(payload, letters);
        List<Keyed> keyed = new ArrayList<>(records.size());
        for (KeyedRecord record : records) {
            keyed.add(new Keyed(record, new HashSet<>(record.keys().values())));
        }
        for (KeyReader other : readers.subList(1, readers.size())) {
            List<KeyedRecord> same = other.read(payload);
            for (int i = 0; i < keyed.size(); i++) {
                keyed.get(i).keys().addAll(same.get(i).keys().values());
            }
        }
        return keyed;
    }
}
