package dev.vaultwatch.plugin;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonPOJOBuilder;
import dev.vaultwatch.api.PluginDescriptor;
import java.io.IOException;
import java.io.InputStream;

/** Reads the descriptor that is packed with the plugin. */
final class Descriptors {
    private static final String PACKED = "/META-INF/vaultwatch/plugin-descriptor.json";

    private Descriptors() {}

    static PluginDescriptor packed() {
        try (InputStream in = Descriptors.class.getResourceAsStream(PACKED)) {
            if (in == null) {
                throw new IllegalStateException(PACKED + " is not in the jar.");
            }
            return new ObjectMapper()
                    .setPropertyNamingStrategy(PropertyNamingStrategies.LOWER_CAMEL_CASE)
                    .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                    .addMixIn(PluginDescriptor.class, ByBuilder.class)
                    .addMixIn(PluginDescriptor.Builder.class, WithoutPrefix.class)
                    .readValue(in, PluginDescriptor.class);
        } catch (IOException e) {
            throw new IllegalStateException(PACKED + " is broken: " + e.getMessage(), e);
        }
    }

    /** The api knows no Jackson, so what it needs to be told stands here. */
    @JsonDeserialize(builder = PluginDescriptor.Builder.class)
    private interface ByBuilder {}

    @JsonPOJOBuilder(withPrefix = "")
    private interface WithoutPrefix {}
}
