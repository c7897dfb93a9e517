package dev.vaultwatch.host;

import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * A host that runs in a process of its own, with whatever libraries the test puts on its class path; it refers to none itself.
 *
 * <p>Arguments: the bundle, or {@code flat} for what {@link ServiceLoader} finds; and a file of records. Prints each alert as JSON
 * and, last, the time from opening the plugin to the first {@code accept} that returned.
 */
final class TenLineHost {
    private TenLineHost() {}

    public static void main(String[] args) throws IOException {
        byte[] records = Files.readAllBytes(Path.of(args[1]));
        long start = System.nanoTime();
        if (args[0].equals("flat")) {
            run(ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow(), records, start);
        } else {
            try (PluginLoader loader = PluginLoader.open(Path.of(args[0]))) {
                System.out.println("opened " + millis(start) + " ms");
                run(loader.factory(), records, start);
            }
        }
        System.out.println("jackson "
                + version("com.fasterxml.jackson.databind.ObjectMapper").orElse("none"));
        System.out.println("java " + Runtime.version().feature());
    }

    private static void run(DetectionPluginFactory factory, byte[] records, long start) {
        PluginContext context = PluginContext.builder()
                .config("time.idle-timeout", "PT0S")
                .onAlert(alert -> System.out.println(alert.toEcsJson()))
                .build();
        try (DetectionPlugin plugin = factory.create(context)) {
            plugin.start();
            System.out.println("started " + millis(start) + " ms");
            plugin.accept(records);
            System.out.println("accepted " + millis(start) + " ms");
            plugin.endOfInput();
        }
    }

    private static long millis(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }

    private static Optional<String> version(String type) {
        try {
            return Optional.ofNullable(Class.forName(type).getPackage().getImplementationVersion());
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }
}
