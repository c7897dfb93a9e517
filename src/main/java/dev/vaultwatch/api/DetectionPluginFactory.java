package dev.vaultwatch.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The entry that a host finds: through {@link java.util.ServiceLoader}, or by the class name under {@code factory} in
 * {@code plugin-descriptor.json}. It has a public constructor without parameters and no state; any thread may call it.
 */
public interface DetectionPluginFactory {

    /**
     * Says what the plugin is and which configuration it takes. Reads only what is packed with the plugin; starts nothing.
     *
     * @throws IllegalStateException if the packed descriptor is missing or broken, with what is wrong
     */
    PluginDescriptor descriptor();

    /**
     * Makes a plugin that is not started yet. Starts no thread and reads no file.
     *
     * @throws IllegalArgumentException if a configuration key is unknown or its value is out of range; the message names
     *     the key, the value and what was expected
     */
    DetectionPlugin create(PluginContext context);

    /**
     * Splits a payload into its records and says which grouping keys the rules of a configuration give each: for hosts that
     * repartition before they feed. Decided by the decoder that {@code accept} uses, so the two can't disagree. What can't be
     * read has no entry here: {@link KeyReader#read(byte[], DeadLetterListener)} tells it.
     *
     * @param config as for {@link PluginContext#config()}; its rules and identity settings count
     * @throws IllegalArgumentException as {@link #create}
     * @throws RuleException if a rule can't be read
     */
    KeyReader keyReader(Map<String, String> config);

    /** As {@link #keyReader} without configuration: the grouping keys of the rules that are enabled as shipped. */
    default List<KeyedRecord> keysOf(byte[] payload) {
        return keyReader(Map.of()).read(payload);
    }

    /** The event time of a payload's first record that has one. */
    default Optional<Instant> eventTimeOf(byte[] payload) {
        return keysOf(payload).stream()
                .map(KeyedRecord::eventTime)
                .flatMap(Optional::stream)
                .findFirst();
    }
}
