package dev.vaultwatch.nifi;

import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.ConfigKey;
import dev.vaultwatch.host.PluginLoader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.nifi.components.PropertyDescriptor;
import org.apache.nifi.components.PropertyValue;
import org.apache.nifi.components.ValidationResult;
import org.apache.nifi.components.Validator;
import org.apache.nifi.expression.ExpressionLanguageScope;
import org.apache.nifi.processor.ProcessContext;

/** The processor's properties: the format of alerts, and every key of the bundle's descriptor that has a use in NiFi. */
final class Settings {
    static final PropertyDescriptor FORMAT = new PropertyDescriptor.Builder()
            .name("Alert Format")
            .description("What an alert's FlowFile holds.")
            .allowableValues(AlertFormat.all().stream().map(AlertFormat::name).toArray(String[]::new))
            .defaultValue("ecs")
            .required(true)
            .build();

    static final String JOURNAL = "journal.dir";

    /** Only a host that calls {@code advanceTo} can own time. */
    private static final Set<String> OF_NO_USE = Set.of("time.owner");

    private static final String BUNDLE = "/vaultwatch-plugin.zip";

    private Settings() {}

    /** Reads the descriptor when the first processor is made. */
    private static final class Lazy {
        static final List<PropertyDescriptor> ALL = read();

        private static List<PropertyDescriptor> read() {
            try (PluginLoader loader = open()) {
                List<PropertyDescriptor> all = new ArrayList<>();
                all.add(FORMAT);
                loader.descriptor().config().stream()
                        .filter(key -> !OF_NO_USE.contains(key.name()))
                        .map(Settings::property)
                        .forEach(all::add);
                return List.copyOf(all);
            } catch (IOException e) {
                throw new UncheckedIOException("The bundle in this NAR can't be read.", e);
            }
        }
    }

    static List<PropertyDescriptor> all() {
        return Lazy.ALL;
    }

    /** Opens the bundle that lies in the NAR. */
    static PluginLoader open() throws IOException {
        Path copy = Files.createTempFile("vaultwatch-plugin", ".zip");
        try (InputStream in = Settings.class.getResourceAsStream(BUNDLE)) {
            if (in == null) {
                throw new IOException("The bundle " + BUNDLE + " is not in this NAR.");
            }
            Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
            return PluginLoader.open(copy);
        } finally {
            // The loader has unpacked it.
            Files.deleteIfExists(copy);
        }
    }

    /**
     * What the plugin is to be configured with.
     *
     * @param journal where the journal lies if the operator names no folder
     */
    static Map<String, String> config(ProcessContext context, Path journal) {
        Map<String, String> config = new HashMap<>();
        config.put(JOURNAL, journal.toString());
        for (PropertyDescriptor property : all()) {
            if (property == FORMAT) {
                continue;
            }
            PropertyValue given = context.getProperty(property);
            String value = property.isExpressionLanguageSupported()
                    ? given.evaluateAttributeExpressions().getValue()
                    : given.getValue();
            if (value != null && !value.isBlank()) {
                config.put(property.getName(), value);
            }
        }
        return config;
    }

    private static PropertyDescriptor property(ConfigKey key) {
        PropertyDescriptor.Builder property = new PropertyDescriptor.Builder()
                .name(key.name())
                .description(key.description() + " Allowed: " + key.range() + "."
                        + (key.name().equals(JOURNAL)
                                ? " Without a folder it is state/vaultwatch/ and the processor's id, below NiFi's working directory."
                                : ""))
                .required(false);
        if (!key.defaultValue().isEmpty()) {
            property.defaultValue(key.defaultValue());
        }
        String[] choices = key.range().split(" \\| ", -1);
        if (key.type().equals("boolean") || key.type().equals("choice")) {
            return property.allowableValues(choices).build();
        }
        return property.expressionLanguageSupported(ExpressionLanguageScope.ENVIRONMENT)
                .addValidator(validator(key))
                .build();
    }

    /** The type only; a value out of range is refused when the processor starts, with the key's name and range. */
    private static Validator validator(ConfigKey key) {
        return (subject, input, context) -> new ValidationResult.Builder()
                .subject(subject)
                .input(input)
                .valid(context.isExpressionLanguagePresent(input) || hasType(key.type(), input))
                .explanation("expected " + key.range())
                .build();
    }

    private static boolean hasType(String type, String input) {
        try {
            switch (type) {
                case "duration" -> Duration.parse(input.strip());
                case "integer" -> Integer.parseInt(input.strip());
                default -> {
                    return true;
                }
            }
            return true;
        } catch (DateTimeParseException | NumberFormatException e) {
            return false;
        }
    }
}
