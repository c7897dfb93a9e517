package dev.vaultwatch.cli;

import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.tool.explain.Explain;
import dev.vaultwatch.tool.explain.Explanation;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options of {@code explain}: why a rule did or did not alert. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        header = "Says why a rule did or did not alert on a key at a time.",
        synopsisHeading = "%nUsage: ",
        customSynopsis = "java -jar vaultwatch.jar explain --rule RULE --key KEY --at TIME [OPTION]... FILE|DIR...",
        description = {
            "",
            "Which events counted and which did not, and why; and how far the rule's conditions",
            "were from holding. Events without a user, or whatever the key is, are listed, too.",
            ""
        },
        parameterListHeading = "Files:%n",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  Why was there no alert?",
            "    java -jar vaultwatch.jar explain --rule excessive-secret-retrieval \\",
            "      --key ann@contoso.example --at 2026-03-02T11:42:30Z audit.ndjson"
        })
final class ExplainCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "1..*", paramLabel = "FILE|DIR", description = "Files and folders of records, as for replay.")
    private List<Path> typed = List.of();

    @Option(names = "--rule", required = true, paramLabel = "RULE", description = "The rule's id.")
    private String rule = "";

    @Option(
            names = "--key",
            required = true,
            paramLabel = "[NAME=]VALUE",
            description = "The grouping key: a value, or NAME=VALUE once for each of its properties.")
    private List<String> keys = List.of();

    @Option(
            names = "--at",
            required = true,
            paramLabel = "TIME",
            description = "An instant in UTC, such as 2026-03-02T11:42:30Z: in the window, or at the event.")
    private String at = "";

    @Option(names = "--epl", paramLabel = "DIR", description = "Take the rules from this folder.")
    private Optional<Path> rules = Optional.empty();

    @Option(names = "--tuning", paramLabel = "FILE", description = "The site's tuning.json.")
    private Optional<Path> tuning = Optional.empty();

    @Option(
            names = "--format",
            paramLabel = "text|json",
            defaultValue = "text",
            description = "How the answer looks: text, the default; or json.")
    private String format = "text";

    ExplainCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        if (!List.of("text", "json").contains(format)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Invalid value for option '--format': expected text or json, but was '" + format + "'.");
        }
        Explain.Question question = new Explain.Question(rules, tuning, rule, key(), instant());
        Screen screen = new Screen(surroundings.err(), surroundings.terminal().err());
        if (surroundings.ownsProcess()) {
            Logging.toScreen(screen, false);
        }
        Standing standing = new Standing();
        DeadLetters letters = DeadLetters.counted();
        Notices notices = new Notices(screen, false);
        try {
            List<Path> files = InputFiles.of(typed).files();
            DetectionPluginFactory factory = ServiceLoader.load(DetectionPluginFactory.class)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("The jar names no detection plugin."));
            PluginContext.Builder context = Standing.trial(files)
                    .config("rules.enabled", rule)
                    .onAlert(standing)
                    .onDeadLetter(letters)
                    .onNotice(notices);
            rules.ifPresent(folder -> context.config("rules.dir", folder.toString()));
            tuning.ifPresent(file -> context.config("rules.tuning", file.toString()));
            DetectionPlugin plugin = factory.create(context.build());
            Explain explain;
            try {
                plugin.start();
                explain = new Explain(plugin, question, factory.descriptor().rules());
            } catch (RuleException | UncheckedIOException e) {
                plugin.close();
                throw e;
            }
            ExitCode exit = new Replay(
                            plugin,
                            new Replay.Listeners(
                                    new AlertPrinter(
                                            OutputStream.nullOutputStream(),
                                            screen,
                                            AlertFormat.named("text"),
                                            Optional.empty()),
                                    letters,
                                    notices),
                            screen,
                            new Replay.Settings(Optional.empty(), Optional.empty(), false))
                    .run(files, surroundings);
            Explanation answer = explain.answer(standing.alerts());
            String text = format.equals("json") ? answer.toJson() : answer.toText();
            surroundings.out().write(text.getBytes(StandardCharsets.UTF_8));
            surroundings.out().flush();
            return exit.code();
        } catch (RuleException e) {
            e.faults().stream().map(RuleFault::toString).forEach(screen::say);
            screen.say("vaultwatch: The rule can't be explained as asked. Nothing was read.");
        } catch (UncheckedIOException e) {
            screen.say("vaultwatch: " + e.getMessage() + " Nothing was read.");
        } catch (IOException e) {
            screen.say("vaultwatch: " + Problem.of(e) + ". Nothing was read.");
        }
        return ExitCode.FAILED.code();
    }

    private Map<String, String> key() {
        Map<String, String> key = new LinkedHashMap<>();
        for (String each : keys) {
            int equals = each.indexOf('=');
            key.put(equals < 0 ? "" : each.substring(0, equals), each.substring(equals + 1));
        }
        return key;
    }

    private Instant instant() {
        try {
            return Instant.parse(at);
        } catch (DateTimeException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Invalid value for option '--at': expected an instant such as 2026-03-02T11:42:30Z, but was '" + at
                            + "'.");
        }
    }
}
