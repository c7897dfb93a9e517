package dev.vaultwatch.kafka;

import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.RuleException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.apache.kafka.common.KafkaException;

/**
 * The entry of the Kafka artefact, which the command line finds as {@code vaultwatch kafka}: it runs a host, or announces rules.
 *
 * <table>
 * <caption>Exit codes</caption>
 * <tr><td>143, 130</td><td>ended in good order by SIGTERM or SIGINT: the codes that a JVM gives to these</td></tr>
 * <tr><td>0</td><td>the rules are announced</td></tr>
 * <tr><td>1</td><td>something could not be read, run or written; standard error says what</td></tr>
 * <tr><td>2</td><td>the command or the configuration is wrong; nothing was read</td></tr>
 * </table>
 */
public final class KafkaMain implements ToolProvider {
    private static final String LOGBACK = "logback.configurationFile";
    private static final String USAGE = """
            Usage: kafka --config FILE [--consumer]
                   kafka --config FILE --announce VERSION --from TIME --rules DIR [--tuning FILE]""";
    private static final Set<String> VALUED = Set.of("--config", "--announce", "--from", "--rules", "--tuning");
    /** How long a signal waits for the host to end in good order: under the 30 s that Kubernetes gives. */
    private static final long MOST_SECONDS_TO_END = 25;

    /** For {@link ServiceLoader}. */
    public KafkaMain() {}

    /** Runs a host until the process is told to end. */
    public static void main(String[] args) {
        int exit = new KafkaMain().run(System.out, System.err, args);
        // Not exit() inside a shutdown: it would wait for itself.
        if (exit != 0) {
            System.exit(exit);
        }
    }

    @Override
    public String name() {
        return "vaultwatch-kafka";
    }

    @Override
    public int run(PrintWriter out, PrintWriter err, String... args) {
        if (System.getProperty(LOGBACK) == null) {
            // Without a configuration Logback writes all that Kafka's clients do.
            System.setProperty(LOGBACK, "dev/vaultwatch/kafka/logback.xml");
        }
        List<String> words = Arrays.asList(args);
        List<String> options =
                !words.isEmpty() && words.get(0).equals("kafka") ? words.subList(1, words.size()) : words;
        try {
            return run(options, out, err);
        } catch (UsageProblem e) {
            err.println("vaultwatch kafka: " + e.getMessage());
            err.println(USAGE);
            return 2;
        } catch (ConfigProblem e) {
            err.println("vaultwatch kafka: " + e.getMessage());
            return 2;
        } catch (KafkaException | RuleException | UncheckedIOException e) {
            err.println("vaultwatch kafka: " + e.getMessage() + cause(e));
            return 1;
        }
    }

    /** The command was typed wrongly. */
    private static final class UsageProblem extends Exception {
        private static final long serialVersionUID = 1L;

        UsageProblem(String message) {
            super(message);
        }
    }

    /** A host that runs on its caller's thread until it is stopped from another. */
    private interface Host {
        void run();

        void stop();
    }

    private static int run(List<String> options, PrintWriter out, PrintWriter err) throws UsageProblem, ConfigProblem {
        Map<String, String> values = new TreeMap<>();
        boolean consumer = false;
        for (int i = 0; i < options.size(); i++) {
            if (options.get(i).equals("--consumer")) {
                consumer = true;
            } else if (VALUED.contains(options.get(i)) && i + 1 < options.size()) {
                values.put(options.get(i), options.get(i + 1));
                i++;
            } else {
                throw new UsageProblem("unknown option '" + options.get(i) + "', or one without its value.");
            }
        }
        Path file = path(values, "--config").orElseThrow(() -> new UsageProblem("no configuration file was given."));
        Optional<RuleSetChange> change = change(values);
        DetectionPluginFactory factory = ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow(() -> new ConfigProblem("no plugin on the class path; expected vaultwatch's jar."));
        KafkaSettings settings = KafkaSettings.read(file, factory);
        if (change.isPresent()) {
            Announcement.send(settings, change.get(), out);
            return 0;
        }
        if (consumer && settings.shared() && settings.controlTopic().isPresent()) {
            throw new ConfigProblem(
                    file + ": 'topics.control' needs 'consumer.assignment = single': members that share the"
                            + " partitions have a time each, and none could decide for all.");
        }
        return untilTold(consumer ? consumerHost(factory, settings) : streamsHost(factory, settings), err);
    }

    private static Optional<RuleSetChange> change(Map<String, String> values) throws UsageProblem, ConfigProblem {
        String version = values.get("--announce");
        Optional<Path> rules = path(values, "--rules");
        Optional<Path> tuning = path(values, "--tuning");
        if (version == null) {
            for (String option : List.of("--from", "--rules", "--tuning")) {
                if (values.containsKey(option)) {
                    throw new UsageProblem("'" + option + "' belongs to --announce.");
                }
            }
            return Optional.empty();
        }
        if (rules.isEmpty() || !values.containsKey("--from")) {
            throw new UsageProblem("--announce needs --from and --rules.");
        }
        Instant from;
        try {
            from = Instant.parse(values.getOrDefault("--from", ""));
        } catch (DateTimeParseException e) {
            throw new UsageProblem(
                    "'--from' must be a time such as 2026-11-25T12:00:00Z, but was '" + values.get("--from") + "'.");
        }
        return Optional.of(Announcement.read(version, from, rules.get(), tuning));
    }

    private static Optional<Path> path(Map<String, String> values, String option) throws UsageProblem {
        String value = values.get(option);
        try {
            return Optional.ofNullable(value).map(Path::of);
        } catch (InvalidPathException e) {
            throw new UsageProblem("'" + value + "' is not a path: " + e.getMessage());
        }
    }

    /** The deepest cause: what is around it are Kafka Streams' own words for where it was met. */
    private static String cause(Throwable failure) {
        Throwable deepest = failure;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return deepest.equals(failure) ? "" : " (" + deepest + ")";
    }

    private static Host consumerHost(DetectionPluginFactory factory, KafkaSettings settings) {
        KafkaConsumerHost host = new KafkaConsumerHost(factory, settings);
        return new Host() {
            @Override
            public void run() {
                host.run();
            }

            @Override
            public void stop() {
                host.stop();
            }
        };
    }

    private static Host streamsHost(DetectionPluginFactory factory, KafkaSettings settings) {
        VaultwatchStreams streams = new VaultwatchStreams(factory, settings);
        return new Host() {
            @Override
            public void run() {
                streams.run();
            }

            @Override
            public void stop() {
                streams.stop();
            }
        };
    }

    private static int untilTold(Host host, PrintWriter err) {
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = new Thread(
                () -> {
                    host.stop();
                    try {
                        if (!ended.await(MOST_SECONDS_TO_END, TimeUnit.SECONDS)) {
                            err.println("vaultwatch kafka: did not end in " + MOST_SECONDS_TO_END
                                    + " s; what was not committed is read again.");
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "vaultwatch-kafka-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            host.run();
            return 0;
        } finally {
            ended.countDown();
        }
    }
}
