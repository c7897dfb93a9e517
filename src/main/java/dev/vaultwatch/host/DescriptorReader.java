package dev.vaultwatch.host;

import dev.vaultwatch.api.ConfigKey;
import dev.vaultwatch.api.PluginDescriptor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads {@code plugin-descriptor.json} and decides whether this host can run what it describes. Every fault is found before one
 * is thrown. One instance reads one descriptor; not thread-safe.
 */
final class DescriptorReader {
    /** The form that this reader knows. A field more is no new form; a field gone, or with another meaning, is. */
    private static final long SCHEMA = 1;

    private final String apiVersion;
    private final int javaVersion;
    private final List<String> faults = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    DescriptorReader(String apiVersion, int javaVersion) {
        this.apiVersion = apiVersion;
        this.javaVersion = javaVersion;
    }

    /**
     * Reads and checks.
     *
     * @throws BundleException with every fault, a line each
     */
    PluginDescriptor read(byte[] json) throws BundleException {
        Object root;
        try {
            root = Json.read(json);
        } catch (Json.Fault e) {
            throw new BundleException(Bundle.DESCRIPTOR + ":" + e.getMessage(), e);
        }
        if (!(root instanceof Map<?, ?> members)) {
            throw new BundleException(Bundle.DESCRIPTOR + ": A JSON object was expected at the top.");
        }
        Fields fields = new Fields("", members);
        long schema = fields.integer("schemaVersion");
        if (faults.isEmpty() && schema != SCHEMA) {
            // Nothing else in it can be relied upon to mean what it says.
            throw new BundleException(Bundle.DESCRIPTOR + ": /schemaVersion is " + schema + ", and this host knows "
                    + SCHEMA + " alone. Take a bundle of that form, or a newer api jar for the host.");
        }
        PluginDescriptor descriptor = PluginDescriptor.builder()
                .schemaVersion((int) schema)
                .id(fields.string("id"))
                .name(fields.string("name"))
                .version(fields.string("version"))
                .licence(fields.string("licence"))
                .factory(fields.string("factory"))
                .apiRange(fields.string("apiRange"))
                .javaMinimum((int) fields.integer("javaMinimum"))
                .javaModules(fields.optionalStrings("javaModules"))
                .engine(fields.string("engine"))
                .inputs(fields.strings("inputs"))
                .partitionKey(fields.string("partitionKey"))
                .outputs(fields.strings("outputs"))
                .rules(fields.strings("rules"))
                .config(config(fields))
                .build();
        fields.rest();
        if (faults.isEmpty()) {
            checkHost(descriptor);
        }
        if (!faults.isEmpty()) {
            throw new BundleException(Bundle.DESCRIPTOR + ": " + String.join("\n" + Bundle.DESCRIPTOR + ": ", faults));
        }
        return descriptor;
    }

    /** What was odd but no reason to refuse; to be asked after {@link #read}. */
    List<String> warnings() {
        return List.copyOf(warnings);
    }

    private void checkHost(PluginDescriptor descriptor) {
        VersionRange.parse(descriptor.apiRange())
                .ifPresentOrElse(
                        range -> {
                            if (!range.contains(apiVersion)) {
                                faults.add("/apiRange is " + descriptor.apiRange()
                                        + ", and this host's dev.vaultwatch.api is " + apiVersion + ".");
                            }
                        },
                        () -> faults.add("/apiRange is \"" + descriptor.apiRange()
                                + "\"; a range such as [0.1,0.2) was expected."));
        List<String> missing = descriptor.javaModules().stream()
                .filter(module -> ModuleLayer.boot().findModule(module).isEmpty())
                .toList();
        if (!missing.isEmpty()) {
            faults.add("/javaModules names what this host's Java is without: " + String.join(", ", missing)
                    + ". Add " + (missing.size() == 1 ? "it" : "them")
                    + " to the runtime image (jlink --add-modules), or to --limit-modules if that is used.");
        }
        if (javaVersion < descriptor.javaMinimum()) {
            faults.add("/javaMinimum is " + descriptor.javaMinimum() + ", and this host runs on Java " + javaVersion
                    + ".");
        }
    }

    private List<ConfigKey> config(Fields fields) {
        List<ConfigKey> keys = new ArrayList<>();
        List<?> items = fields.list("config");
        for (int i = 0; i < items.size(); i++) {
            String pointer = "/config/" + i;
            if (items.get(i) instanceof Map<?, ?> members) {
                Fields key = new Fields(pointer, members);
                keys.add(new ConfigKey(
                        key.string("name"),
                        key.string("type"),
                        key.string("defaultValue"),
                        key.string("range"),
                        key.bool("reloads"),
                        key.string("description")));
                key.rest();
            } else {
                faults.add(pointer + " is not an object.");
            }
        }
        return keys;
    }

    /** The members of one object, and which of them were asked for. */
    private final class Fields {
        private final String pointer;
        private final Map<?, ?> members;
        private final Set<String> known = new LinkedHashSet<>();

        Fields(String pointer, Map<?, ?> members) {
            this.pointer = pointer;
            this.members = members;
        }

        private Object get(String name, Class<?> type, String expected, Object otherwise) {
            known.add(name);
            Object value = members.get(name);
            if (value == null) {
                faults.add(pointer + "/" + name + " is missing; " + expected + " was expected.");
                return otherwise;
            }
            if (!type.isInstance(value)) {
                faults.add(pointer + "/" + name + " is not " + expected + ".");
                return otherwise;
            }
            return value;
        }

        String string(String name) {
            return (String) get(name, String.class, "a string", "");
        }

        boolean bool(String name) {
            return (Boolean) get(name, Boolean.class, "true or false", false);
        }

        long integer(String name) {
            long value = (Long) get(name, Long.class, "an integer", 0L);
            if (value < 0 || value > Integer.MAX_VALUE) {
                faults.add(pointer + "/" + name + " is " + value + "; it must lie between 0 and " + Integer.MAX_VALUE
                        + ".");
            }
            return value;
        }

        List<?> list(String name) {
            return (List<?>) get(name, List.class, "an array", List.of());
        }

        List<String> strings(String name) {
            List<String> strings = new ArrayList<>();
            for (Object item : list(name)) {
                if (item instanceof String string) {
                    strings.add(string);
                } else {
                    faults.add(pointer + "/" + name + " holds something that is not a string.");
                }
            }
            return strings;
        }

        /** Empty where the field is missing: bundles of before do not have it. */
        List<String> optionalStrings(String name) {
            return members.containsKey(name) ? strings(name) : List.of();
        }

        void rest() {
            for (Object name : members.keySet()) {
                if (name instanceof String string && !known.contains(string)) {
                    warnings.add(Bundle.DESCRIPTOR + ": " + pointer + "/" + string
                            + " is not known to this host and was ignored.");
                }
            }
        }
    }
}
