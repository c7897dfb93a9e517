package dev.vaultwatch.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.spi.ToolProvider;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The options of {@code kafka}, which the Kafka adapter runs: it is found where its jar is on the class path. */
@Command(
        name = "kafka",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        header = "Runs the rules over Kafka topics (in the Kafka distribution).",
        synopsisHeading = "%nUsage: ",
        customSynopsis = "vaultwatch kafka --config FILE [OPTION]...",
        description = {
            "",
            "Runs as a Kafka Streams application, or with --consumer as a plain consumer, until it is",
            "told to end by SIGTERM. With --announce it writes rules to the control topic instead.",
            ""
        },
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  Alerts on a topic, from the raw topics that my.conf names:",
            "    vaultwatch kafka --config my.conf",
            "",
            "  Other rules from noon on, in every instance:",
            "    vaultwatch kafka --config my.conf --announce v7 --from 2026-11-25T12:00:00Z --rules epl"
        })
final class KafkaCommand implements Callable<Integer> {
    /** Its name among the JDK's tools: no class of the command line's is shared with an adapter. */
    private static final String TOOL = "vaultwatch-kafka";

    private final Surroundings surroundings;

    @Option(names = "--config", paramLabel = "FILE", required = true, description = "What to read and write, and how.")
    private String config = "";

    @Option(
            names = "--consumer",
            description = "One process reads all partitions, others stand by; for brokers on which"
                    + " Kafka Streams can't create topics.")
    private boolean consumer;

    @Option(
            names = "--announce",
            paramLabel = "VERSION",
            description = "Write the rules of --rules to the control topic.")
    private Optional<String> version = Optional.empty();

    @Option(
            names = "--from",
            paramLabel = "TIME",
            description = "The event time from which they hold, such as 2026-11-25T12:00:00Z.")
    private Optional<String> from = Optional.empty();

    @Option(names = "--rules", paramLabel = "DIR", description = "A folder with one folder per rule.")
    private Optional<String> rules = Optional.empty();

    @Option(names = "--tuning", paramLabel = "FILE", description = "A tuning.json; lists/ beside it goes with it.")
    private Optional<String> tuning = Optional.empty();

    KafkaCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        Optional<ToolProvider> tool = ToolProvider.findFirst(TOOL);
        if (tool.isEmpty()) {
            surroundings
                    .err()
                    .println("vaultwatch: 'kafka' is not in this jar. Unpack vaultwatch-kafka.zip, the"
                            + " distribution with Kafka's libraries, and run bin/vaultwatch kafka.");
            return ExitCode.FAILED.code();
        }
        List<String> options = new ArrayList<>(List.of("--config", config));
        if (consumer) {
            options.add("--consumer");
        }
        add(options, "--announce", version);
        add(options, "--from", from);
        add(options, "--rules", rules);
        add(options, "--tuning", tuning);
        PrintStream out = new PrintStream(surroundings.out(), true, StandardCharsets.UTF_8);
        return tool.get().run(out, surroundings.err(), options.toArray(String[]::new));
    }

    private static void add(List<String> options, String name, Optional<String> value) {
        value.ifPresent(given -> options.addAll(List.of(name, given)));
    }
}
