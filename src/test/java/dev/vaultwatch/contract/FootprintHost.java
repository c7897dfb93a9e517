package dev.vaultwatch.contract;

import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.ResponseCache;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.Security;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.stream.Collectors;

/**
 * A process of its own that looks at everything a plugin could touch: before it, while it runs with both of its threads, and
 * after it. Prints each difference as a line. Arguments: a folder of rules, a folder for the journal.
 */
final class FootprintHost {
    private FootprintHost() {}

    public static void main(String[] args) throws Exception {
        // What the first look itself, or any use of the JDK's own services, starts is not the plugin's.
        look();
        Map<String, String> before = look();
        DetectionPlugin plugin = ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(PluginContext.builder()
                        .config("rules.dir", args[0])
                        .config("journal.dir", args[1])
                        .onAlert(alert -> System.out.println("alert " + alert.id()))
                        .build());
        plugin.start();
        Instant now = Instant.now();
        for (int i = 0; i < 12; i++) {
            plugin.accept(("{\"time\":\"" + now + "\",\"category\":\"AuditEvent\",\"operationName\":\""
                            + (i % 2 == 0 ? "SecretGet" : "KeyGet")
                            + "\",\"identity\":{\"claim\":{\"upn\":\"a@contoso.example\"}}}")
                    .getBytes(StandardCharsets.UTF_8));
        }
        plugin.accept("{broken".getBytes(StandardCharsets.UTF_8));
        plugin.reload();
        say("running", before, look());
        plugin.endOfInput();
        plugin.close();
        Map<String, String> after = look();
        // The JDK's own watch thread ends a moment after its service is closed.
        for (int i = 0; i < 100 && !Objects.equals(after.get("threads"), before.get("threads")); i++) {
            Thread.sleep(50);
            after = look();
        }
        say("closed", before, after);
        System.out.println("looked at " + before.keySet());
    }

    private static void say(String when, Map<String, String> before, Map<String, String> now) {
        now.forEach((what, is) -> {
            String was = Objects.requireNonNull(before.get(what));
            if (!was.equals(is)) {
                TreeSet<String> added = new TreeSet<>(Arrays.asList(is.split("\n")));
                added.removeAll(Arrays.asList(was.split("\n")));
                TreeSet<String> gone = new TreeSet<>(Arrays.asList(was.split("\n")));
                gone.removeAll(Arrays.asList(is.split("\n")));
                System.out.println("touched " + when + " " + what + ": added " + added + ", gone " + gone);
            }
        });
    }

    private static Map<String, String> look() throws Exception {
        Map<String, String> seen = new TreeMap<>();
        seen.put(
                "threads",
                lines(Thread.getAllStackTraces().keySet().stream()
                        .map(FootprintHost::name)
                        .toList()));
        seen.put("shutdown hooks", lines(hooks()));
        seen.put("system properties", lines(System.getProperties().entrySet()));
        seen.put("JMX beans", lines(ManagementFactory.getPlatformMBeanServer().queryNames(null, null)));
        seen.put(
                "locales",
                Locale.getDefault() + " " + Locale.getDefault(Locale.Category.FORMAT) + " "
                        + Locale.getDefault(Locale.Category.DISPLAY));
        seen.put("time zone", TimeZone.getDefault().getID());
        seen.put("uncaught handler", String.valueOf(Thread.getDefaultUncaughtExceptionHandler()));
        seen.put("streams", System.in + " " + System.out + " " + System.err);
        seen.put("security providers", lines(Arrays.asList(Security.getProviders())));
        seen.put("URL handlers", String.valueOf(statics(URL.class, "factory")));
        seen.put(
                "network defaults",
                Authenticator.getDefault() + " " + CookieHandler.getDefault() + " " + ProxySelector.getDefault() + " "
                        + ResponseCache.getDefault());
        seen.put("context loader", String.valueOf(Thread.currentThread().getContextClassLoader()));
        java.util.logging.Logger root = LogManager.getLogManager().getLogger("");
        seen.put(
                "java.util.logging",
                root.getLevel() + " "
                        + Arrays.stream(root.getHandlers())
                                .map(Handler::toString)
                                .toList());
        return seen;
    }

    /** Threads that the VM may start at any time are not told apart; what is not a daemon is said to be one. */
    private static String name(Thread thread) {
        return thread.getName().replaceAll("^Thread-\\d+$", "Thread-n") + (thread.isDaemon() ? "" : " (not a daemon)");
    }

    private static List<String> hooks() throws Exception {
        Map<?, ?> hooks = (Map<?, ?>) statics(Class.forName("java.lang.ApplicationShutdownHooks"), "hooks");
        Object[] system = (Object[]) statics(Class.forName("java.lang.Shutdown"), "hooks");
        return List.of(
                hooks.keySet().toString(),
                Arrays.stream(system)
                        .map(hook ->
                                hook == null ? "-" : hook.getClass().getName().replaceAll("/.*", ""))
                        .toList()
                        .toString());
    }

    private static Object statics(Class<?> type, String field) throws ReflectiveOperationException {
        Field found = type.getDeclaredField(field);
        found.setAccessible(true);
        Object value = found.get(null);
        return value == null ? Collections.emptyMap() : value;
    }

    private static String lines(Iterable<?> all) {
        return java.util.stream.StreamSupport.stream(all.spliterator(), false)
                .map(String::valueOf)
                .sorted()
                .collect(Collectors.joining("\n"));
    }
}
