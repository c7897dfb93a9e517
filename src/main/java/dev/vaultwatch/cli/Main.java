package dev.vaultwatch.cli;

import dev.vaultwatch.api.AlertFormat;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/**
 * The entry of {@code vaultwatch.jar}. The exit codes are {@link ExitCode}.
 */
@Command(
        name = "vaultwatch",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisHeading = "Usage: ",
        customSynopsis = "java -jar vaultwatch.jar COMMAND [OPTION]... [ARGUMENT]...",
        description = {
            "",
            "Detects the harvesting of Azure Key Vault secrets in audit logs.",
            "Each command tells its options and examples with --help, such as",
            "'java -jar vaultwatch.jar replay --help'.",
            ""
        },
        commandListHeading = "%nCommands:%n")
public final class Main {
    private Main() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(run(args, Surroundings.ofProcess()));
    }

    /** Runs a command on somebody's streams and returns its exit code. */
    static int run(String[] args, InputStream in, PrintStream out, PrintStream err) {
        return run(args, Surroundings.of(in, out, err));
    }

    static int run(String[] args, Surroundings surroundings) {
        PrintStream err = surroundings.err();
        PrintWriter out = writer(surroundings.out());
        CommandLine main = new CommandLine(new Main())
                .addSubcommand(new ReplayCommand(surroundings))
                .addSubcommand(new TestCommand(surroundings))
                .addSubcommand(new CheckCommand(surroundings))
                .addSubcommand(new NewCommand(surroundings))
                .addSubcommand(new ImportCommand(surroundings))
                .addSubcommand(new CompletionCommand(surroundings))
                .addSubcommand(new PreviewCommand(surroundings))
                .addSubcommand(new ExplainCommand(surroundings))
                .addSubcommand(new KafkaCommand(surroundings));
        main.getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec()
                        .usageMessage()
                        .exitCodeListHeading("%nExit codes:%n")
                        .exitCodeList(ExitCode.table()));
        int exitCode = main.registerConverter(AlertFormat.class, Main::format)
                .registerConverter(
                        ReplayCommand.Identity.class, typed -> choice(ReplayCommand.Identity.values(), typed))
                .registerConverter(ReplayCommand.Dedupe.class, typed -> choice(ReplayCommand.Dedupe.values(), typed))
                .setOut(out)
                .setErr(writer(err))
                .setParameterExceptionHandler((mistake, ignored) -> refuse(mistake, err))
                .setExecutionExceptionHandler((failure, command, ignored) -> {
                    err.println(
                            "vaultwatch failed in a way that it should not have. Please report it with what follows.");
                    failure.printStackTrace(err);
                    return ExitCode.FAILED.code();
                })
                .execute(args);
        out.flush();
        return exitCode;
    }

    /** Picocli's own words for a bad choice show the constants of the source, which nobody types. */
    private static <T> T choice(T[] choices, String typed) {
        return Arrays.stream(choices)
                .filter(choice -> choice.toString().equals(typed))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("expected "
                        + Arrays.stream(choices).map(Object::toString).collect(Collectors.joining(" or "))
                        + ", but was '"
                        + typed + "'."));
    }

    private static AlertFormat format(String typed) {
        List<AlertFormat> formats = AlertFormat.all();
        return formats.stream()
                .filter(format -> format.name().equals(typed))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("expected "
                        + formats.stream().map(AlertFormat::name).collect(Collectors.joining(" or "))
                        + ", but was '"
                        + typed + "'."));
    }

    private static PrintWriter writer(OutputStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    private static int refuse(ParameterException mistake, PrintStream err) {
        CommandLine.Help help = mistake.getCommandLine().getHelp();
        err.println("vaultwatch: " + mistake.getMessage());
        err.print(help.synopsisHeading().strip() + " " + help.synopsis(0));
        err.println("Add --help for what each option does.");
        return ExitCode.USAGE.code();
    }

    /** Tells the version of the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
                    .orElse("(not packaged)");
            return new String[] {"vaultwatch " + version};
        }
    }
}
