package dev.vaultwatch.host;

import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.PluginContext;
import java.io.IOException;
import java.io.ObjectStreamClass;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Opens a bundle, runs and closes it on a thread that ends, keeps what a host would keep, and says whether the plugin's class
 * loader is collected. Arguments: the bundle and a file of records.
 */
final class UnloadHost {
    private static final int TRIES = 50;
    private static final int WAIT_MILLIS = 100;

    private record Linked(Object a, int b) {}

    private record AlsoLinked(Object a, int b) {}

    private UnloadHost() {}

    public static void main(String[] args) throws Exception {
        byte[] records = Files.readAllBytes(Path.of(args[1]));
        PluginLoader loader = PluginLoader.open(Path.of(args[0]));
        ReferenceQueue<Object> gone = new ReferenceQueue<>();
        WeakReference<ClassLoader> world = new WeakReference<>(worldOf(loader), gone);
        List<DetectionPlugin> kept = new ArrayList<>();
        // Esper leaves a list in a thread local of each caller, so the caller ends.
        Thread caller = new Thread(() -> {
            kept.add(run(loader, records));
            loader.close();
        });
        caller.start();
        caller.join();
        // Java 17 keeps the record class that was linked last; here are others.
        Linked linked = new Linked("a", 1);
        AlsoLinked also = new AlsoLinked("a", 1);
        System.out.println(linked + " " + linked.equals(new Linked("b", 2)) + linked.hashCode());
        System.out.println(also + " " + also.equals(new AlsoLinked("b", 2)) + also.hashCode());
        System.out.println(isCollected(world, gone) ? "collected" : "still there");
        // Kept until here, as a host keeps them in its registry.
        System.out.println(
                List.of(kept.get(0).health().state(), loader.descriptor().id()));
        System.out.println("threads "
                + Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("vaultwatch"))
                        .count());
    }

    private static DetectionPlugin run(PluginLoader loader, byte[] records) {
        DetectionPlugin plugin = loader.factory()
                .create(PluginContext.builder().onAlert(alert -> {}).build());
        plugin.start();
        plugin.accept(records);
        plugin.advanceTo(Instant.parse("2026-11-04T00:00:00Z"));
        plugin.accept(records);
        return plugin;
    }

    private static ClassLoader worldOf(PluginLoader loader) throws ReflectiveOperationException, IOException {
        Field field = PluginLoader.class.getDeclaredField("loaded");
        field.setAccessible(true);
        Record loaded = (Record) ((Optional<?>) field.get(loader)).orElseThrow();
        var accessor = loaded.getClass().getDeclaredMethod("loader");
        accessor.setAccessible(true);
        return (ClassLoader) accessor.invoke(loaded);
    }

    private static boolean isCollected(WeakReference<?> world, ReferenceQueue<Object> gone)
            throws InterruptedException {
        for (int i = 1; i <= TRIES; i++) {
            System.gc();
            // The JDK's caches of serializable classes let go of what was collected when a class they have not seen is
            // looked up; so each time another one is.
            ObjectStreamClass.lookup(Array.newInstance(int.class, new int[i]).getClass());
            if (gone.remove(WAIT_MILLIS) == world) {
                return true;
            }
        }
        return false;
    }
}
