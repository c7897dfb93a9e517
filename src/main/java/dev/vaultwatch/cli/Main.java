package dev.vaultwatch.cli;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/**
 * The entry of {@code vaultwatch.jar}.
 *
 * <table>
 * <caption>Exit codes</caption>
 * <tr><td>0</td><td>all was read, whether or not there were alerts; or the reader of standard output has had enough</td></tr>
 * <tr><td>1</td><td>something could not be read, run or written; one line on standard error says what</td></tr>
 * <tr><td>2</td><td>the command was typed wrongly; nothing was done</td></tr>
 * </table>
 */
@Command(
        name = "vaultwatch",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisHeading = "Usage: ",
        customSynopsis = "java -jar vaultwatch.jar replay [OPTION]... FILE...",
        description = {
            "",
            "Detects the harvesting of Azure Key Vault secrets in audit logs.",
            "'java -jar vaultwatch.jar replay --help' says how.",
            ""
        },
        commandListHeading = "%nCommands:%n")
public final class Main {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;

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
        int exitCode = new CommandLine(new Main())
                .addSubcommand(new ReplayCommand(surroundings))
                .addSubcommand(new TestCommand(surroundings))
                .addSubcommand(new CheckCommand(surroundings))
                .registerConverter(AlertPrinter.Format.class, typed -> choice(AlertPrinter.Format.values(), typed))
                .registerConverter(
                        ReplayCommand.Identity.class, typed -> choice(ReplayCommand.Identity.values(), typed))
                .setOut(out)
                .setErr(writer(err))
                .setParameterExceptionHandler((mistake, ignored) -> refuse(mistake, err))
                .setExecutionExceptionHandler((failure, command, ignored) -> {
                    err.println(
                            "vaultwatch failed in a way that it should not have. Please report it with what follows.");
                    failure.printStackTrace(err);
                    return FAILED;
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

    private static PrintWriter writer(OutputStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    private static int refuse(ParameterException mistake, PrintStream err) {
        CommandLine.Help help = mistake.getCommandLine().getHelp();
        err.println("vaultwatch: " + mistake.getMessage());
        err.print(help.synopsisHeading().strip() + " " + help.synopsis(0));
        err.println("Add --help for what each option does.");
        return USAGE;
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
