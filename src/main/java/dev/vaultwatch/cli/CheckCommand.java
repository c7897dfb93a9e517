package dev.vaultwatch.cli;

import dev.vaultwatch.tool.check.CheckFinding;
import dev.vaultwatch.tool.check.CheckFinding.Level;
import dev.vaultwatch.tool.check.CheckReport;
import dev.vaultwatch.tool.check.RuleCheck;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options of {@code check}: says everything that is wrong with rules, their cases and a tuning. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        header = "Checks rules, their cases and a tuning, without running them.",
        synopsisHeading = "%nUsage: ",
        customSynopsis = "java -jar vaultwatch.jar check [OPTION]... [DIR]",
        description = {
            "",
            "Compiles each rule and reads what belongs to it: metadata, ATT&CK ids, parameters,",
            "guide, cases. Everything that is wrong is said at once, with file, line and column.",
            ""
        },
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  Check all rules of a folder, and what a site lays over them:",
            "    java -jar vaultwatch.jar check --tuning tuning.json ./epl",
            "",
            "  In a build, for code scanning, where warnings count too:",
            "    java -jar vaultwatch.jar check --strict --format sarif ./epl > check.sarif"
        })
final class CheckCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            arity = "0..1",
            paramLabel = "DIR",
            defaultValue = "epl",
            description = "A folder with one folder per rule, or the folder of one rule. Default: epl.")
    private Path folder = Path.of("epl");

    @Option(
            names = "--tuning",
            paramLabel = "FILE",
            description = "A tuning.json that is laid over the rules. Default: tuning.json in DIR, if there is one.")
    private Optional<Path> tuning = Optional.empty();

    @Option(
            names = "--format",
            paramLabel = "text|json|sarif",
            defaultValue = "text",
            description =
                    "How findings look: text, a line each, which is the default; json; or sarif, for code scanning.")
    private String format = "text";

    @Option(names = "--strict", description = "Fail on warnings, too.")
    private boolean strict;

    CheckCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        if (!List.of("text", "json", "sarif").contains(format)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "Invalid value for option '--format': expected text or json or sarif, but was '" + format + "'.");
        }
        Screen screen = new Screen(surroundings.err(), surroundings.terminal().err());
        if (surroundings.ownsProcess()) {
            ShortRun.begin();
            Logging.toScreen(screen, false);
        }
        List<CheckFinding> findings = RuleCheck.of(folder, tuning, Instant.now());
        String report = switch (format) {
            case "json" -> CheckReport.json(findings);
            case "sarif" -> CheckReport.sarif(findings);
            default -> CheckReport.text(findings);
        };
        Answered answered = new Answered(surroundings.out(), screen);
        answered.write(report);
        long errors = count(findings, Level.ERROR);
        long warnings = count(findings, Level.WARNING);
        screen.say(number(errors, "error") + ", " + number(warnings, "warning") + ".");
        boolean failed = errors > 0 || (strict && warnings > 0);
        return answered.exitCode(failed ? ExitCode.FAILED.code() : ExitCode.OK.code());
    }

    private static long count(List<CheckFinding> findings, Level level) {
        return findings.stream().filter(finding -> finding.level() == level).count();
    }

    private static String number(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
