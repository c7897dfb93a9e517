package dev.vaultwatch.kafka;

import dev.vaultwatch.api.DetectionPluginFactory;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;

/**
 * The entry of the Kafka artefact: {@code kafka --config FILE [--consumer]}.
 *
 * <table>
 * <caption>Exit codes</caption>
 * <tr><td>143, 130</td><td>ended in good order by SIGTERM or SIGINT: the codes that a JVM gives to these</td></tr>
 * <tr><td>1</td><td>something could not be read, run or written; standard error says what</td></tr>
 * <tr><td>2</td><td>the command or the configuration is wrong; nothing was read</td></tr>
 * </table>
 */
public final class KafkaMain {
    private static final String LOGBACK = "logback.configurationFile";
    private static final String USAGE = "Usage: kafka --config FILE [--consumer]";
    /** How long a signal waits for the host to end in good order: under the 30 s that Kubernetes gives. */
    private static final long MOST_SECONDS_TO_END = 25;

    private KafkaMain() {}

    /** Runs a host until the process is told to end. */
    public static void main(String[] args) {
        if (System.getProperty(LOGBACK) == null) {
            // Without a configuration Logback writes all that Kafka's clients do.
            System.setProperty(LOGBACK, "dev/vaultwatch/kafka/logback.xml");
        }
        int exit = run(args, System.err);
        // Not exit() inside a shutdown: it would wait for itself.
        if (exit != 0) {
            System.exit(exit);
        }
    }

    /** A host that runs on its caller's thread until it is stopped from another. */
    private interface Host {
        void run();

        void stop();
    }

    static int run(String[] args, PrintStream err) {
        List<String> words = Arrays.asList(args);
        List<String> options =
                !words.isEmpty() && words.get(0).equals("kafka") ? words.subList(1, words.size()) : words;
        Optional<Path> file = Optional.empty();
        boolean consumer = false;
        for (int i = 0; i < options.size(); i++) {
            if (options.get(i).equals("--consumer")) {
                consumer = true;
            } else if (options.get(i).equals("--config") && i + 1 < options.size()) {
                i++;
                try {
                    file = Optional.of(Path.of(options.get(i)));
                } catch (InvalidPathException e) {
                    return refuse(err, "'" + options.get(i) + "' is not a path: " + e.getMessage());
                }
            } else {
                return refuse(err, "unknown option '" + options.get(i) + "'.");
            }
        }
        if (file.isEmpty()) {
            return refuse(err, "no configuration file was given.");
        }
        return run(file.get(), consumer, err);
    }

    private static int refuse(PrintStream err, String problem) {
        err.println("vaultwatch kafka: " + problem);
        err.println(USAGE);
        return 2;
    }

    private static int run(Path file, boolean consumer, PrintStream err) {
        try {
            DetectionPluginFactory factory = ServiceLoader.load(DetectionPluginFactory.class)
                    .findFirst()
                    .orElseThrow(() -> new ConfigProblem("no plugin on the class path; expected vaultwatch's jar."));
            KafkaSettings settings = KafkaSettings.read(file, factory);
            return untilTold(consumer ? consumerHost(factory, settings) : streamsHost(factory, settings), err);
        } catch (ConfigProblem e) {
            err.println("vaultwatch kafka: " + e.getMessage());
            return 2;
        } catch (KafkaException e) {
            err.println("vaultwatch kafka: " + e.getMessage() + cause(e));
            return 1;
        }
    }

    private static String cause(Throwable failure) {
        return failure.getCause() == null ? "" : " (" + failure.getCause() + ")";
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

    private static int untilTold(Host host, PrintStream err) {
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
