package dev.vaultwatch.api;

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
}
