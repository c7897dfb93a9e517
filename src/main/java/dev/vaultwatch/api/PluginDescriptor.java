package dev.vaultwatch.api;

import java.util.List;

/**
 * What a plugin says of itself; the content of {@code plugin-descriptor.json}.
 *
 * @param schemaVersion of the descriptor's own form; a host refuses a greater number than it knows
 * @param id the plugin's id, the same for every version
 * @param name for a person
 * @param version of the plugin, SemVer
 * @param licence an SPDX expression
 * @param factory class name of the {@link DetectionPluginFactory}
 * @param apiRange versions of this package that it works with, such as {@code [0.1,0.2)}
 * @param javaMinimum the oldest Java feature release it runs on
 * @param engine the engine and its version
 * @param inputs wire shapes it reads
 * @param partitionKey the field by which a host may split the stream without changing the alerts
 * @param outputs the alert formats
 * @param rules ids of the rules packed with it
 * @param config the configuration keys
 */
public record PluginDescriptor(
        int schemaVersion,
        String id,
        String name,
        String version,
        String licence,
        String factory,
        String apiRange,
        int javaMinimum,
        String engine,
        List<String> inputs,
        String partitionKey,
        List<String> outputs,
        List<String> rules,
        List<ConfigKey> config) {
    /** Copies the lists; they can't be modified. */
    public PluginDescriptor {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        rules = List.copyOf(rules);
        config = List.copyOf(config);
    }
}
