package dev.vaultwatch.cli;

import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options of {@code replay}: checks them, makes a plugin of them, and hands over to a {@link Replay}. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        header = "Runs the rules over Azure Key Vault audit records and prints the alerts.",
        synopsisHeading = "%nUsage: ",
        customSynopsis = "java -jar vaultwatch.jar replay [OPTION]... FILE|DIR...",
        description = {
            "",
            "Alerts alone go to standard output; progress, notices and the summary go to",
            "standard error. An alert is printed when its threshold is crossed (EARLY),",
            "again with its totals when its minute has closed, and again if records that",
            "come up to " + Replay.LATENESS_MINUTES + " minutes late change them (REVISED).",
            ""
        },
        parameterListHeading = "Files:%n",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  What happened in these logs? Each alert once, with its final totals:",
            "    java -jar vaultwatch.jar replay --settled monday.ndjson.gz tuesday.ndjson.gz",
            "",
            "  The same of everything that Azure wrote into a storage account's container:",
            "    java -jar vaultwatch.jar replay --settled insights-logs-auditevent/",
            "",
            "  Watch a log that is being written; alerts appear as they happen:",
            "    tail -F audit.ndjson | java -jar vaultwatch.jar replay -",
            "",
            "  Try a changed rule, keep what can't be read, and hand the alerts to a program:",
            "    java -jar vaultwatch.jar replay --epl ./epl --dead-letters bad.ndjson \\",
            "      --settled --format ecs audit.ndjson | jq '.\"Esql.event_count\"'",
            "",
            "  Read a long log so that a kill costs nothing: the same line again goes on",
            "  where it stopped, and the last line of each alert id has its totals:",
            "    java -jar vaultwatch.jar replay --journal ./journal --format ecs \\",
            "      year.ndjson.gz >> alerts.ndjson"
        })
final class ReplayCommand implements Callable<Integer> {
    private static final String TEXT = "text";

    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE|DIR",
            description = {
                "Files of records in any order, and folders, of which every file below them is read but those whose name"
                        + " begins with a dot: lines of JSON, arrays or envelopes of records, in any shape that Azure or"
                        + " Elastic gives them, plain or gzip. They are merged by the time in the records. '-' is standard"
                        + " input."
            })
    private List<Path> typed = List.of();

    /** What was typed, with folders looked into. */
    private List<Path> files = List.of();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description =
                    "How alerts look: text, blocks for a person, which is the default; ecs, one line of JSON each in the"
                            + " shape of the Elastic Common Schema; ocsf, one line of JSON each, an OCSF Detection"
                            + " Finding; or cef, one line of the Common Event Format each. On a terminal text has"
                            + " colour, unless NO_COLOR is set.")
    private AlertFormat format = AlertFormat.named(TEXT);

    @Option(
            names = "--settled",
            description =
                    "Print each alert once, with its latest totals: at the end of the input, or when no late record can"
                            + " change it any more, some " + Replay.LATENESS_MINUTES
                            + " minutes after its end in the log. In the order of time.")
    private boolean settled;

    @Option(
            names = "--assume-sorted",
            description =
                    "Take each file to be in the order of time. Without it a file is read twice: once to see whether it is, and"
                            + " it is sorted in temporary files if records lie more than 10 minutes behind earlier ones.")
    private boolean assumeSorted;

    @Option(
            names = "--enable",
            paramLabel = "RULE",
            split = ",",
            description =
                    "Run these rules, too, of those in the jar that are off by default. Several: with a comma between.")
    private List<String> enabled = List.of();

    @Option(
            names = "--dedupe",
            paramLabel = "content|none",
            description =
                    "Whether a record that equals an earlier one is counted once: content, the default if there are several"
                            + " files, which may overlap; or none, the default for one.")
    private Optional<Dedupe> dedupe = Optional.empty();

    @Option(
            names = "--identity",
            paramLabel = "merged|upstream",
            defaultValue = "merged",
            description =
                    "Which claims name the person: merged, the default, counts VaultGet towards its user, too; upstream"
                            + " counts as the Elastic rule does, where it never is.")
    private Identity identity = Identity.MERGED;

    @Option(
            names = "--epl",
            paramLabel = "DIR",
            description =
                    "Take the rules from this folder, in place of those in the jar: one folder a rule, with rule.epl and"
                            + " rule.json in it.")
    private Optional<Path> rules = Optional.empty();

    @Option(
            names = "--tuning",
            paramLabel = "FILE",
            description =
                    "A tuning.json: what your site says about rules, such as other thresholds and exceptions, without a"
                            + " changed copy of them.")
    private Optional<Path> tuning = Optional.empty();

    @Option(
            names = "--geo",
            paramLabel = "FILE",
            split = ",",
            description =
                    "Files in MaxMind's format, such as GeoLite2-City.mmdb and GeoLite2-ASN.mmdb: alerts then say where"
                            + " addresses lie and whose networks they are. Several: with a comma between.")
    private List<Path> geo = List.of();

    @Option(
            names = "--dead-letters",
            paramLabel = "FILE",
            description =
                    "Append each record that can't be read to this file, as a line of JSON that says what was wrong."
                            + " It holds log data: keep it where the log is kept.")
    private Optional<Path> deadLetters = Optional.empty();

    @Option(
            names = "--journal",
            paramLabel = "DIR",
            description =
                    "Keep in this folder how far the files were read and what is still open. Run again on the same files"
                            + " after a kill or an interrupt, the command goes on where it stopped. It holds log data: keep"
                            + " it where the log is kept.")
    private Optional<Path> journal = Optional.empty();

    @Option(
            names = {"-v", "--verbose"},
            description = "Log on standard error what the plugin does.")
    private boolean verbose;

    /** Which claims name the person. */
    enum Identity {
        MERGED,
        UPSTREAM;

        /** As it is typed, and as the plugin's configuration takes it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What is taken for a repetition. */
    enum Dedupe {
        NONE,
        CONTENT;

        /** As it is typed, and as the plugin's configuration takes it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    ReplayCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        Screen screen = new Screen(surroundings.err(), surroundings.terminal().err());
        InputFiles inputs;
        try {
            inputs = InputFiles.of(typed);
        } catch (IOException e) {
            screen.say("vaultwatch: " + Problem.of(e) + ". Nothing was read.");
            return ExitCode.FAILED.code();
        }
        files = inputs.files();
        refuseMistakes();
        inputs.repeated().forEach(file -> screen.say(file + " is named more than once, and read once."));
        if (surroundings.ownsProcess()) {
            Logging.toScreen(screen, verbose);
        }
        DeadLetters letters = DeadLetters.counted();
        if (deadLetters.isPresent()) {
            try {
                letters = DeadLetters.appendedTo(deadLetters.get());
            } catch (IOException e) {
                screen.say(
                        "vaultwatch: " + deadLetters.get() + ", for the records that can't be read, can't be written: "
                                + Problem.of(e) + ". Nothing was read.");
                return ExitCode.FAILED.code();
            }
        }
        AlertPrinter alerts = new AlertPrinter(
                surroundings.out(), screen, shown(), settled ? Optional.of(Replay.SETTLED_AFTER) : Optional.empty());
        Notices notices = new Notices(screen, files.stream().anyMatch(Input::isLive));
        PluginContext context = context(alerts, letters, notices);
        DetectionPlugin plugin;
        try {
            plugin = ServiceLoader.load(DetectionPluginFactory.class)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("The jar names no detection plugin."))
                    .create(context);
            plugin.start();
        } catch (RuleException e) {
            e.faults().stream().map(RuleFault::toString).forEach(screen::say);
            screen.say("vaultwatch: " + (e.faults().size() == 1 ? "The rule above" : "The rules above")
                    + " can't run. Nothing was read.");
            letters.close();
            return ExitCode.FAILED.code();
        } catch (UncheckedIOException e) {
            screen.say("vaultwatch: " + e.getMessage() + " Nothing was read.");
            letters.close();
            return ExitCode.FAILED.code();
        }
        if (plugin.health().rules().isEmpty()) {
            screen.say(
                    "No rule runs, so that nothing is found: rule.json or the tuning says \"enabled\": false of each;"
                            + " --enable RULE runs one that is off by its rule.json.");
        }
        return new Replay(
                        plugin,
                        new Replay.Listeners(alerts, letters, notices),
                        screen,
                        new Replay.Settings(deadLetters, journal, assumeSorted))
                .run(files, surroundings)
                .code();
    }

    private AlertFormat shown() {
        if (!format.name().equals(TEXT)) {
            return format;
        }
        AlertFormat text = surroundings.showsColour(System.getenv()) ? new ColouredText(format) : format;
        OptionalInt columns = surroundings.terminal().columns();
        return columns.isPresent() ? new WrappedText(text, columns.getAsInt()) : text;
    }

    /** What picocli can't see: mistakes that only the options together make. */
    private void refuseMistakes() {
        if (typed.stream().filter(Input::isStandardInput).count() > 1) {
            throw new ParameterException(
                    spec.commandLine(), "'-' is given twice, but standard input can be read once.");
        }
        for (Path file : files) {
            if (deadLetters.isPresent() && isSame(file, deadLetters.get())) {
                throw new ParameterException(
                        spec.commandLine(),
                        file + " is to be read, and --dead-letters is to append to it: name another file there.");
            }
        }
        if (journal.isPresent()) {
            refuseWithJournal();
        }
    }

    /** A journal names places in files, and knows what was handed to the printer. */
    private void refuseWithJournal() {
        if (settled) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--settled holds alerts back in memory, where a kill loses them: with --journal, leave it out and take"
                            + " the last line of each alert id.");
        }
        for (Path file : files) {
            if (Input.isLive(file)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--journal goes on in files that can be read again, which " + Input.nameOf(file)
                                + " can't: write it to a file first.");
            }
        }
    }

    private static boolean isSame(Path file, Path other) {
        try {
            return !Input.isStandardInput(file) && Files.isSameFile(file, other);
        } catch (IOException e) {
            // One of them does not exist, so they are two.
            return false;
        }
    }

    private PluginContext context(AlertPrinter alerts, DeadLetters letters, Notices notices) {
        PluginContext.Builder context = PluginContext.builder()
                .config("identity", identity.toString())
                .config("record.max-bytes", Integer.toString(Replay.MAX_RECORD_BYTES))
                .config("time.lateness", Replay.LATENESS.toString())
                .onAlert(alerts)
                .onDeadLetter(letters)
                .onNotice(notices);
        rules.ifPresent(folder -> context.config("rules.dir", folder.toString()));
        tuning.ifPresent(file -> context.config("rules.tuning", file.toString()));
        if (!geo.isEmpty()) {
            context.config("enrich.files", geo.stream().map(Path::toString).collect(Collectors.joining(",")));
        }
        journal.ifPresent(folder -> context.config("journal.dir", folder.toString()));
        if (!enabled.isEmpty()) {
            context.config("rules.enabled", String.join(",", enabled));
        }
        context.config(
                "dedupe",
                dedupe.orElse(files.size() > 1 ? Dedupe.CONTENT : Dedupe.NONE).toString());
        if (files.size() > 1 || files.stream().noneMatch(Input::isLive)) {
            // A disk that is slow for a while is not a source that has fallen silent, nor is a file whose turn has not
            // come.
            context.config("time.idle-timeout", Duration.ZERO.toString());
        }
        return context.build();
    }
}
