package dev.vaultwatch.api;

import java.util.List;
import java.util.Objects;

/** What a plugin says of itself; the content of {@code plugin-descriptor.json}. Immutable. */
public final class PluginDescriptor {
    private final int schemaVersion;
    private final String id;
    private final String name;
    private final String version;
    private final String licence;
    private final String factory;
    private final String apiRange;
    private final int javaMinimum;
    private final List<String> javaModules;
    private final String engine;
    private final List<String> inputs;
    private final String partitionKey;
    private final List<String> outputs;
    private final List<String> rules;
    private final List<ConfigKey> config;

    private PluginDescriptor(Builder builder) {
        this.schemaVersion = builder.schemaVersion;
        this.id = builder.id;
        this.name = builder.name;
        this.version = builder.version;
        this.licence = builder.licence;
        this.factory = builder.factory;
        this.apiRange = builder.apiRange;
        this.javaMinimum = builder.javaMinimum;
        this.javaModules = List.copyOf(builder.javaModules);
        this.engine = builder.engine;
        this.inputs = List.copyOf(builder.inputs);
        this.partitionKey = builder.partitionKey;
        this.outputs = List.copyOf(builder.outputs);
        this.rules = List.copyOf(builder.rules);
        this.config = List.copyOf(builder.config);
    }

    /** Starts a descriptor in which every text is empty. */
    public static Builder builder() {
        return new Builder();
    }

    /** The descriptor's own form; a host refuses a greater number than it knows. */
    public int schemaVersion() {
        return schemaVersion;
    }

    /** The plugin's id, the same for every version. */
    public String id() {
        return id;
    }

    /** For a person. */
    public String name() {
        return name;
    }

    /** The plugin's version, SemVer. */
    public String version() {
        return version;
    }

    /** An SPDX expression. */
    public String licence() {
        return licence;
    }

    /** Class name of the {@link DetectionPluginFactory}. */
    public String factory() {
        return factory;
    }

    /** Versions of this package that it works with, such as {@code [0.1,0.2)}. */
    public String apiRange() {
        return apiRange;
    }

    /** The oldest Java feature release it runs on. */
    public int javaMinimum() {
        return javaMinimum;
    }

    /** Modules of the JDK that it needs beside java.base, for runtime images that are cut to size; unmodifiable. */
    public List<String> javaModules() {
        return javaModules;
    }

    /** The engine and its version. */
    public String engine() {
        return engine;
    }

    /** Wire shapes it reads; unmodifiable. */
    public List<String> inputs() {
        return inputs;
    }

    /** The field by which a host may split the stream for the shipped rule without changing its alerts; for other rules see {@link DetectionPluginFactory#keysOf}. */
    public String partitionKey() {
        return partitionKey;
    }

    /** The alert formats; unmodifiable. */
    public List<String> outputs() {
        return outputs;
    }

    /** Ids of the rules packed with it; unmodifiable. */
    public List<String> rules() {
        return rules;
    }

    /** The configuration keys; unmodifiable. */
    public List<ConfigKey> config() {
        return config;
    }

    private List<Object> all() {
        return List.of(
                schemaVersion,
                id,
                name,
                version,
                licence,
                factory,
                apiRange,
                javaMinimum,
                javaModules,
                engine,
                inputs,
                partitionKey,
                outputs,
                rules,
                config);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PluginDescriptor descriptor && descriptor.all().equals(all());
    }

    @Override
    public int hashCode() {
        return all().hashCode();
    }

    /** Short, because it stands in messages: id and version. */
    @Override
    public String toString() {
        return id + " " + version;
    }

    /** Collects what a descriptor says. Not thread-safe. */
    public static final class Builder {
        private int schemaVersion;
        private String id = "";
        private String name = "";
        private String version = "";
        private String licence = "";
        private String factory = "";
        private String apiRange = "";
        private int javaMinimum;
        private List<String> javaModules = List.of();
        private String engine = "";
        private List<String> inputs = List.of();
        private String partitionKey = "";
        private List<String> outputs = List.of();
        private List<String> rules = List.of();
        private List<ConfigKey> config = List.of();

        private Builder() {}

        /** Sets {@link PluginDescriptor#schemaVersion()}. */
        public Builder schemaVersion(int value) {
            schemaVersion = value;
            return this;
        }

        /** Sets {@link PluginDescriptor#id()}. */
        public Builder id(String value) {
            id = Objects.requireNonNull(value, "id");
            return this;
        }

        /** Sets {@link PluginDescriptor#name()}. */
        public Builder name(String value) {
            name = Objects.requireNonNull(value, "name");
            return this;
        }

        /** Sets {@link PluginDescriptor#version()}. */
        public Builder version(String value) {
            version = Objects.requireNonNull(value, "version");
            return this;
        }

        /** Sets {@link PluginDescriptor#licence()}. */
        public Builder licence(String value) {
            licence = Objects.requireNonNull(value, "licence");
            return this;
        }

        /** Sets {@link PluginDescriptor#factory()}. */
        public Builder factory(String value) {
            factory = Objects.requireNonNull(value, "factory");
            return this;
        }

        /** Sets {@link PluginDescriptor#apiRange()}. */
        public Builder apiRange(String value) {
            apiRange = Objects.requireNonNull(value, "apiRange");
            return this;
        }

        /** Sets {@link PluginDescriptor#javaMinimum()}. */
        public Builder javaMinimum(int value) {
            javaMinimum = value;
            return this;
        }

        /** Sets {@link PluginDescriptor#javaModules()}. */
        public Builder javaModules(List<String> value) {
            javaModules = Objects.requireNonNull(value, "javaModules");
            return this;
        }

        /** Sets {@link PluginDescriptor#engine()}. */
        public Builder engine(String value) {
            engine = Objects.requireNonNull(value, "engine");
            return this;
        }

        /** Sets {@link PluginDescriptor#inputs()}. */
        public Builder inputs(List<String> value) {
            inputs = Objects.requireNonNull(value, "inputs");
            return this;
        }

        /** Sets {@link PluginDescriptor#partitionKey()}. */
        public Builder partitionKey(String value) {
            partitionKey = Objects.requireNonNull(value, "partitionKey");
            return this;
        }

        /** Sets {@link PluginDescriptor#outputs()}. */
        public Builder outputs(List<String> value) {
            outputs = Objects.requireNonNull(value, "outputs");
            return this;
        }

        /** Sets {@link PluginDescriptor#rules()}. */
        public Builder rules(List<String> value) {
            rules = Objects.requireNonNull(value, "rules");
            return this;
        }

        /** Sets {@link PluginDescriptor#config()}. */
        public Builder config(List<ConfigKey> value) {
            config = Objects.requireNonNull(value, "config");
            return this;
        }

        /** Makes the descriptor. */
        public PluginDescriptor build() {
            return new PluginDescriptor(this);
        }
    }
}
