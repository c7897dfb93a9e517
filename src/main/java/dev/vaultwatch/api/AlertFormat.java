package dev.vaultwatch.api;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/**
 * Writes an alert for one destination. Four come with Vaultwatch: {@code text} for a person, {@code ecs} (Elastic Common
 * Schema), {@code ocsf} (Open Cybersecurity Schema Framework) and {@code cef} (Common Event Format). A host writes its own from
 * the accessors of {@link Alert} alone, as the four do.
 *
 * <p>An implementation is immutable and called by any thread. It returns the same text for equal alerts, never {@code null},
 * and does not throw for any alert, whatever a record or a rule's file put into it.
 */
public interface AlertFormat {

    /** The name by which an operator chooses it: lower-case letters, digits and hyphens. */
    String name();

    /**
     * The alert, written out. The formats that come with Vaultwatch end without a line end; all but {@code text} are one
     * line.
     *
     * @param alert of any stage
     */
    String render(Alert alert);

    /**
     * Every format on the class path of this interface, sorted by name: the four, and those that a host registers as
     * services ({@code META-INF/services/dev.vaultwatch.api.AlertFormat}). Reads the class path on each call.
     *
     * @throws java.util.ServiceConfigurationError if a registered format can't be made
     */
    static List<AlertFormat> all() {
        List<AlertFormat> formats = new ArrayList<>();
        ServiceLoader.load(AlertFormat.class, AlertFormat.class.getClassLoader())
                .forEach(formats::add);
        formats.sort(Comparator.comparing(AlertFormat::name));
        return List.copyOf(formats);
    }

    /**
     * The format of that name.
     *
     * @throws IllegalArgumentException if there is none; the message lists those there are
     * @throws java.util.ServiceConfigurationError if a registered format can't be made
     */
    static AlertFormat named(String name) {
        List<AlertFormat> formats = all();
        return formats.stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no alert format \"" + name + "\"; known are "
                        + formats.stream().map(AlertFormat::name).collect(Collectors.joining(", ")) + "."));
    }
}
