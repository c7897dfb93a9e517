package dev.vaultwatch.flink;

import dev.vaultwatch.api.DetectionPluginFactory;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * What every subtask is given.
 *
 * @param config the plugin's configuration; serializable
 * @param format the name of the format that alerts are written in
 */
record Setup(HashMap<String, String> config, String format) implements Serializable {

    /**
     * Checks a configuration.
     *
     * @throws IllegalArgumentException if it names what Flink decides
     */
    static Setup of(Map<String, String> config, String format) {
        refuse(config, "journal.dir", "checkpoints are the journal");
        refuse(config, "time.owner", "Flink's watermarks are the clock");
        refuse(config, "rules.key", "the operator has a plugin per grouping key");
        return new Setup(new HashMap<>(config), format);
    }

    private static void refuse(Map<String, String> config, String key, String why) {
        if (!config.getOrDefault(key, "").isEmpty()) {
            throw new IllegalArgumentException(
                    "'" + key + "' must not be set: " + why + "; it was '" + config.get(key) + "'.");
        }
    }

    /** For a plugin that runs the rules with a grouping key of those properties. */
    Map<String, String> configOf(String grouping) {
        Map<String, String> own = new HashMap<>(config);
        // A subtask sees a part of a rule's alerts: a cap would withhold other ones at another parallelism.
        own.putIfAbsent("alerts.cap", "false");
        // Rules and time change at steps of the stream and never by a thread of the plugin's.
        own.put("rules.watch", "false");
        own.put("time.owner", "host");
        own.put("time.idle-timeout", "PT0S");
        own.put("rules.key", grouping);
        return own;
    }

    /**
     * The factory in a job's class path. Flink makes one class loader per job and JVM, so that all subtasks there share the
     * engine's classes.
     */
    static DetectionPluginFactory factory(ClassLoader userCode) {
        return ServiceLoader.load(DetectionPluginFactory.class, userCode)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "No DetectionPluginFactory is in the job's class path; expected the jar of dev.vaultwatch:vaultwatch in"
                                + " it."));
    }
}
