package dev.vaultwatch.cli;

import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.tool.explain.Explain;
import dev.vaultwatch.tool.explain.Explanation;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    public Integer call() {
        if (!List.of("text", "json").contains(format)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Invalid value for option '--format': expected text or json, but was '" + format + "'.");
        }
        Explain.Question question = new Explain.Question(rules, tuning, rule, key(), instant());
        return new Trial(surroundings, this::configure, "The rule can't be explained as asked.")
                .run(typed, (plugin, packed) -> {
                    Explain explain = new Explain(plugin, question, packed);
                    return standing -> {
                        Explanation answer = explain.answer(standing);
                        return format.equals("json") ? answer.toJson() : answer.toText();
                    };
                });
    }

    private void configure(PluginContext.Builder context) {
        context.config("rules.enabled", rule);
        rules.ifPresent(folder -> context.config("rules.dir", folder.toString()));
        tuning.ifPresent(file -> context.config("rules.tuning", file.toString()));
    }

    private Map<String, String> key() {
        Map<String, String> key = new LinkedHashMap<>();
        for (String each : keys) {
            int equals = each.indexOf('=');
            String name = equals < 0 ? "" : each.substring(0, equals);
            if (key.putIfAbsent(name, each.substring(equals + 1)) != null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "Invalid value for option '--key': expected " + (name.isEmpty() ? "one value" : name + " once")
                                + ", but was given " + keys + ".");
            }
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
