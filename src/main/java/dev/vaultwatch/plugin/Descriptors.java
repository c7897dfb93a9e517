package dev.vaultwatch.plugin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.vaultwatch.api.ConfigKey;
import dev.vaultwatch.api.PluginDescriptor;
import dev.vaultwatch.rule.JsonTree;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Reads the descriptor that is packed with the plugin. Field by field: data binding would take a tenth of the plugin's start. */
final class Descriptors {
    private static final String PACKED = "/META-INF/vaultwatch/plugin-descriptor.json";

    private Descriptors() {}

    static PluginDescriptor packed() {
        try (InputStream in = Descriptors.class.getResourceAsStream(PACKED)) {
            if (in == null) {
                throw new IllegalStateException(PACKED + " is not in the jar.");
            }
            return descriptor(JsonTree.of(in));
        } catch (IOException e) {
            throw new IllegalStateException(PACKED + " is broken: " + e.getMessage(), e);
        }
    }

    private static PluginDescriptor descriptor(JsonNode json) {
        return PluginDescriptor.builder()
                .schemaVersion(json.required("schemaVersion").intValue())
                .id(text(json, "id"))
                .name(text(json, "name"))
                .version(text(json, "version"))
                .licence(text(json, "licence"))
                .factory(text(json, "factory"))
                .apiRange(text(json, "apiRange"))
                .javaMinimum(json.required("javaMinimum").intValue())
                .javaModules(list(json, "javaModules", JsonNode::textValue))
                .engine(text(json, "engine"))
                .inputs(list(json, "inputs", JsonNode::textValue))
                .partitionKey(text(json, "partitionKey"))
                .outputs(list(json, "outputs", JsonNode::textValue))
                .rules(list(json, "rules", JsonNode::textValue))
                .config(list(json, "config", Descriptors::key))
                .build();
    }

    private static ConfigKey key(JsonNode json) {
        return new ConfigKey(
                text(json, "name"),
                text(json, "type"),
                text(json, "defaultValue"),
                text(json, "range"),
                json.required("reloads").booleanValue(),
                text(json, "description"));
    }

    private static String text(JsonNode json, String name) {
        return json.required(name).textValue();
    }

    private static <T> List<T> list(JsonNode json, String name, Function<JsonNode, T> each) {
        List<T> values = new ArrayList<>();
        json.required(name).forEach(value -> values.add(each.apply(value)));
        return values;
    }
}
