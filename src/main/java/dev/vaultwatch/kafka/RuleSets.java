package dev.vaultwatch.kafka;

import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.KeyReader;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rule sets of the control topic that an instance has compiled, each once for all tasks of its JVM. Thread-safe.
 */
final class RuleSets implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RuleSets.class);

    private final DetectionPluginFactory factory;
    private final Map<String, String> config;
    private final String instance;
    private final Map<String, Compiled> byDigest = new HashMap<>();

    /**
     * None yet.
     *
     * @param config the plugin's configuration
     * @param instance the name of this instance in what it says of a change
     */
    RuleSets(DetectionPluginFactory factory, Map<String, String> config, String instance) {
        this.factory = factory;
        this.config = config;
        this.instance = instance;
    }

    /** A rule set on this machine, or why it can't run here. */
    static final class Compiled {
        private final Optional<RuleFiles> files;
        private final Optional<KeyReader> keys;
        private final List<String> faults;

        private Compiled(Optional<RuleFiles> files, Optional<KeyReader> keys, List<String> faults) {
            this.files = files;
            this.keys = keys;
            this.faults = List.copyOf(faults);
        }

        /** Where the plugin reads it; empty if it can't run. */
        Map<String, String> config() {
            return files.map(RuleFiles::config).orElse(Map.of());
        }

        /** What its rules make of a record; empty if it can't run. */
        Optional<KeyReader> keys() {
            return keys;
        }

        /** Why it can't run, each with file, line and column where they are known. */
        List<String> faults() {
            return faults;
        }
    }

    String instance() {
        return instance;
    }

    /** Compiles a change, unless that was done. */
    synchronized Compiled compiled(RuleSetChange change) {
        return byDigest.computeIfAbsent(change.digest(), digest -> compile(change));
    }

    private Compiled compile(RuleSetChange change) {
        Optional<RuleFiles> files = Optional.empty();
        try {
            RuleFiles written = RuleFiles.of(change.files());
            files = Optional.of(written);
            Map<String, String> own = new HashMap<>(config);
            own.putAll(written.config());
            return new Compiled(files, Optional.of(factory.keyReader(own)), List.of());
        } catch (RuleException e) {
            return refused(files, e.faults().stream().map(RuleFault::toString));
        } catch (IllegalArgumentException e) {
            return refused(files, Stream.of(String.valueOf(e.getMessage())));
        } catch (IOException e) {
            // This machine's fault and not the rules': the task fails and goes to another.
            throw new UncheckedIOException("The rules of " + change.version() + " can't be written to disk.", e);
        }
    }

    /** Places are those of the control topic, and not of this machine's copy. */
    private static Compiled refused(Optional<RuleFiles> files, Stream<String> faults) {
        return new Compiled(
                files,
                Optional.empty(),
                faults.map(fault ->
                                files.map(folder -> folder.withoutFolder(fault)).orElse(fault))
                        .toList());
    }

    @Override
    public synchronized void close() {
        for (Compiled each : byDigest.values()) {
            try {
                if (each.files.isPresent()) {
                    each.files.get().close();
                }
            } catch (IOException e) {
                LOG.warn("A folder of rules is left behind: {}", e.toString());
            }
        }
        byDigest.clear();
    }
}
