package dev.vaultwatch.plugin;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DeadLetterListener;
import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.KeyedRecord;
import dev.vaultwatch.decode.DayOrder;
import dev.vaultwatch.decode.KeyVaultDecoder;
import dev.vaultwatch.engine.CompiledRule;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Tells the grouping keys of records, by the decoder and the rules that a plugin of the same configuration has. Thread-safe. */
final class KeyReading implements KeyReader {
    private final KeyVaultDecoder decoder;
    private final CompiledRules rules;

    KeyReading(PluginConfig config, CompiledRules rules) {
        this.decoder = new KeyVaultDecoder(config.identity(), config.maxRecordBytes());
        this.rules = rules;
    }

    @Override
    public List<KeyedRecord> read(byte[] payload) {
        return read(payload, letter -> {});
    }

    @Override
    public List<KeyedRecord> read(byte[] payload, DeadLetterListener letters) {
        List<KeyedRecord> records = new ArrayList<>();
        KeyVaultDecoder.RecordSink sink = new KeyVaultDecoder.RecordSink() {
            @Override
            public void record(KeyVaultEvent event, byte[] record) {
                records.add(KeyedRecord.of(record, Optional.of(Instant.ofEpochMilli(event.time())), keys(event)));
            }

            @Override
            public Set<Property> properties() {
                return rules.reads();
            }

            @Override
            public boolean needsAnonymous(long time) {
                return !rules.needUpn();
            }

            @Override
            public void ignored() {}

            @Override
            public void deadLetter(DeadLetter letter) {
                letters.onDeadLetter(letter);
            }
        };
        decoder.split(payload, 0, payload.length, action -> true, sink, new DayOrder());
        return List.copyOf(records);
    }

    private Map<String, Map<String, String>> keys(KeyVaultEvent event) {
        Map<String, Map<String, String>> keys = new TreeMap<>();
        for (CompiledRule rule : rules.rules()) {
            if (rule.takes(event)) {
                keys.put(
                        rule.rule().id(),
                        rule.rule().key().named(rule.rule().key().of(event)));
            }
        }
        return keys;
    }
}
