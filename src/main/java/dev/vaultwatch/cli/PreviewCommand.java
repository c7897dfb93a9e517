package dev.vaultwatch.cli;

import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.tool.preview.PreviewReport;
import dev.vaultwatch.tool.preview.PreviewRun;
import dev.vaultwatch.tool.preview.PreviewRun.Asked;
import dev.vaultwatch.tool.preview.PreviewRun.Sweep;
import dev.vaultwatch.tool.preview.ReportHtml;
import dev.vaultwatch.tool.preview.ReportJson;
import dev.vaultwatch.tool.preview.ReportText;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options of {@code preview}: what changed rules would say of recorded events, beside today's. */
@Command(
        name = "preview",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        header = "Says what changed rules would alert on in recorded events, beside today's.",
        synopsisHeading = "%nUsage: ",
        customSynopsis = "java -jar vaultwatch.jar preview [OPTION]... FILE|DIR...",
        description = {
            "",
            "The records are read once, and both sets of rules run side by side: which alerts",
            "are new, gone or changed, by key, vault and hour, how many a day, and what missed a",
            "threshold by little. Nothing of it is delivered.",
            ""
        },
        parameterListHeading = "Files:%n",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  What would a tuning keep away?",
            "    java -jar vaultwatch.jar preview --tuning tuning.json audit.ndjson",
            "",
            "  Which threshold fits us? As a page to look at:",
            "    java -jar vaultwatch.jar preview --sweep min_events=2..40 --format html \\",
            "      audit.ndjson > preview.html"
        })
final class PreviewCommand implements Callable<Integer> {
    private static final Pattern SWEEP = Pattern.compile("(\\w+)=(\\d{1,9})\\.\\.(\\d{1,9})");

    /** Values that a chart can show. */
    private static final long MOST_VALUES = 1_000;

    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "1..*", paramLabel = "FILE|DIR", description = "Files and folders of records, as for replay.")
    private List<Path> typed = List.of();

    @Option(names = "--epl", paramLabel = "DIR", description = "The changed rules: a folder with one folder per rule.")
    private Optional<Path> rules = Optional.empty();

    @Option(names = "--tuning", paramLabel = "FILE", description = "The changed tuning.json.")
    private Optional<Path> tuning = Optional.empty();

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "A changed value of a parameter, of each rule that runs and has it, or of --rule.")
    private List<String> settings = List.of();

    @Option(names = "--rule", paramLabel = "RULE", description = "The only rule that --set and --sweep are of.")
    private Optional<String> rule = Optional.empty();

    @Option(
            names = "--sweep",
            paramLabel = "NAME=A..B",
            description = "How many alerts there would be at each value of a parameter, such as min_events=2..40.")
    private Optional<String> sweep = Optional.empty();

    @Option(names = "--today-epl", paramLabel = "DIR", description = "Today's rules. Default: those in the jar.")
    private Optional<Path> todaysRules = Optional.empty();

    @Option(names = "--today-tuning", paramLabel = "FILE", description = "Today's tuning.json. Default: none.")
    private Optional<Path> todaysTuning = Optional.empty();

    @Option(
            names = "--enable",
            paramLabel = "RULE",
            split = ",",
            description = "Run these rules, too, today and changed, of those that are off by default.")
    private List<String> enabled = List.of();

    @Option(
            names = "--format",
            paramLabel = "text|json|html",
            defaultValue = "text",
            description = "How the report looks: text, the default; json; or html, one page without script.")
    private String format = "text";

    PreviewCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        if (!List.of("text", "json", "html").contains(format)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Invalid value for option '--format': expected text or json or html, but was '" + format + "'.");
        }
        Asked asked = new Asked(rules, tuning, settings(), rule, sweep.map(this::sweep));
        Asked todays = new Asked(todaysRules, todaysTuning, Map.of(), Optional.empty(), Optional.empty());
        return new Trial(surroundings, this::configure, "The rules can't run as asked.")
                .run(typed, (plugin, packed) -> {
                    PreviewRun run = new PreviewRun(plugin, asked, todays, packed);
                    return standing -> {
                        PreviewReport report = run.report(standing);
                        return switch (format) {
                            case "json" -> ReportJson.of(report);
                            case "html" -> ReportHtml.of(report);
                            default -> ReportText.of(report);
                        };
                    };
                });
    }

    private Map<String, String> settings() {
        Map<String, String> byName = new LinkedHashMap<>();
        for (String each : settings) {
            int equals = each.indexOf('=');
            if (equals < 1) {
                throw new ParameterException(
                        spec.commandLine(),
                        "Invalid value for option '--set': expected NAME=VALUE, such as min_events=12, but was '" + each
                                + "'.");
            }
            if (byName.putIfAbsent(each.substring(0, equals), each.substring(equals + 1)) != null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "Invalid value for option '--set': expected " + each.substring(0, equals)
                                + " once, but was given " + settings + ".");
            }
        }
        return byName;
    }

    private Sweep sweep(String text) {
        Matcher matcher = SWEEP.matcher(text);
        if (matcher.matches()) {
            long from = Long.parseLong(matcher.group(2));
            long to = Long.parseLong(matcher.group(3));
            if (from <= to && to - from < MOST_VALUES) {
                return new Sweep(matcher.group(1), from, to);
            }
        }
        throw new ParameterException(
                spec.commandLine(),
                "Invalid value for option '--sweep': expected a parameter and up to " + MOST_VALUES
                        + " values, such as min_events=2..40, but was '" + text + "'.");
    }

    private void configure(PluginContext.Builder context) {
        todaysRules.ifPresent(folder -> context.config("rules.dir", folder.toString()));
        todaysTuning.ifPresent(file -> context.config("rules.tuning", file.toString()));
        if (!enabled.isEmpty()) {
            context.config("rules.enabled", String.join(",", enabled));
        }
    }
}
