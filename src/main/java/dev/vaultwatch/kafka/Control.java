package dev.vaultwatch.kafka;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** The control topic as an instance has it: a store that all its tasks read. Thread-safe. */
final class Control {
    /** The store of the topic's messages, of which every instance has all. */
    static final String ANNOUNCED = "vaultwatch-control";

    /** The store of what {@link ControlGate} decided. */
    static final String DECIDED = "vaultwatch-decided";

    private final RuleSets rules;
    private final AtomicLong messages = new AtomicLong();

    Control(RuleSets rules) {
        this.rules = rules;
    }

    RuleSets rules() {
        return rules;
    }

    /** Changes when the store does. */
    long generation() {
        return messages.get();
    }

    /** The store of {@link #DECIDED} as the gate sees it. */
    static ControlGate.Decided decided(KeyValueStore<String, String> store) {
        return new ControlGate.Decided() {
            @Override
            public Optional<String> get(String version) {
                return Optional.ofNullable(store.get(version));
            }

            @Override
            public void put(String version, String digest, boolean accepted) {
                store.put(version, digest);
            }
        };
    }

    /** Puts what comes into the store. */
    Processor<String, byte[], Void, Void> reader() {
        return new Processor<>() {
            private @Nullable KeyValueStore<String, byte[]> store;

            @Override
            public void init(ProcessorContext<Void, Void> context) {
                store = context.getStateStore(ANNOUNCED);
            }

            @Override
            public void process(Record<String, byte[]> message) {
                if (store != null && message.key() != null) {
                    store.put(message.key(), message.value());
                    messages.incrementAndGet();
                }
            }
        };
    }
}
