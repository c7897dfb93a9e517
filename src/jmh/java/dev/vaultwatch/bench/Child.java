package dev.vaultwatch.bench;

import dev.vaultwatch.api.Counter;
import dev.vaultwatch.samples.PopulationGenerator;
import dev.vaultwatch.samples.Profile;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What is measured from a process's beginning: its start, how little heap it lives with, and
 * what a rule costs in a process that has met no other.
 */
final class Child {
    private static final int BLOCK_BYTES = 64 << 10;

    /** What the plugin runs with in a host, by the beginnings of the jars' names; a log library is the host's own. */
    private static final List<String> LIBRARIES = List.of(
            "antlr4-runtime",
            "commons-compiler",
            "esper-",
            "jackson-",
            "janino",
            "jspecify",
            "maxmind-db",
            "re2j",
            "slf4j-api");

    private Child() {}

    /** Starts the plugin in a new process that has nothing on its class path but it and its libraries; answers one line. */
    static String start() {
        return process(leanPath(), "-Xmx400m", "start");
    }

    private static String leanPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> Files.isDirectory(Path.of(entry))
                        || LIBRARIES.stream()
                                .anyMatch(Path.of(entry).getFileName().toString()::startsWith))
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Runs a part in a new process with an option for Java; answers its one line. */
    static String run(String option, String... part) {
        return process(System.getProperty("java.class.path"), option, part);
    }

    /** Starts a part in a new process with an option for Java, and what the plugin runs with in a host; what goes wrong there is shown. */
    static Process spawn(String option, String... part) {
        return begin(
                leanPath(), List.of(option, "-Dslf4j.internal.verbosity=ERROR"), ProcessBuilder.Redirect.INHERIT, part);
    }

    private static Process begin(
            String classPath, List<String> options, ProcessBuilder.Redirect errors, String... part) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, Child.class.getName()));
        command.addAll(List.of(part));
        try {
            return new ProcessBuilder(command).redirectError(errors).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String process(String classPath, String option, String... part) {
        Process process = begin(classPath, List.of(option), ProcessBuilder.Redirect.DISCARD, part);
        try (InputStream out = process.getInputStream()) {
            String line = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
            Check.that(process.waitFor() == 0, String.join(" ", part) + " ended with an error");
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void main(String[] args) throws IOException {
        if (args[0].equals("race")) {
            Race.run(
                    Contender.Kind.valueOf(args[1]),
                    Profile.valueOf(args[2]),
                    Integer.parseInt(args[3]),
                    Integer.parseInt(args[4]));
            System.exit(0);
        }
        String line = switch (args[0]) {
            case "start" -> started();
            case "memory" -> memory(Profile.valueOf(args[1]), Long.parseLong(args[2]));
            case "rule" -> RuleCost.measure(args[1], Integer.parseInt(args[2]));
            default -> throw new IllegalArgumentException(args[0]);
        };
        System.out.println(line);
        System.exit(0);
    }

    private static String started() {
        byte[] record = Raw.record(Instant.parse("2026-11-03T12:00:00Z"), "SecretGet", 1);
        Host host = new Host();
        host.plugin.accept(record);
        long now = System.currentTimeMillis();
        return String.format(
                Locale.ROOT,
                "start: from the process's start to the first accept's end %d ms, no cache of any kind, no log library",
                now - ManagementFactory.getRuntimeMXBean().getStartTime());
    }

    /** Makes a profile's records as it feeds them, so that nothing but the plugin holds heap for long. */
    private static String memory(Profile profile, long records) {
        PopulationGenerator generator = new PopulationGenerator(profile, records, 1);
        Host host = new Host();
        long before = Clocks.heap();
        ByteArrayOutputStream block = new ByteArrayOutputStream(BLOCK_BYTES * 2);
        while (generator.hasNext()) {
            block.writeBytes(generator.next());
            block.write('\n');
            if (block.size() > BLOCK_BYTES || !generator.hasNext()) {
                host.plugin.accept(block.toByteArray());
                block.reset();
            }
        }
        long said = host.plugin.health().journalBytes();
        long kept = host.plugin.health().kept() - host.plugin.health().value(Counter.WITHOUT_USER);
        long held = Clocks.heap() - before;
        long peak = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
        Check.same(generator.expected(), host.finish(), "the plugin");
        return String.format(
                Locale.ROOT,
                "memory: %-12s %,9d records, heap of at most %d MiB: alerts right; %,d events kept; at the end %d MiB more than before (its"
                        + " own estimate: %d MiB), the generator's notes for the check among it; peak of the heap at most %d MiB",
                profile.name().toLowerCase(Locale.ROOT),
                records,
                Runtime.getRuntime().maxMemory() >> 20,
                kept,
                held >> 20,
                said >> 20,
                peak >> 20);
    }
}
