package dev.vaultwatch.cli;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.tool.sigma.SigmaImport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options of {@code import}: writes the folders of rules that are written in another language. */
@Command(
        name = "import",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        header = "Writes rule folders from Sigma rules, with a case each where one can be made up.",
        synopsisHeading = "%nUsage: ",
        customSynopsis = "java -jar vaultwatch.jar import [OPTION]... sigma FILE...",
        description = {
            "",
            "Takes rules about Key Vault's records (logsource product: azure, service: keyvault) and",
            "correlations of the types event_count and value_count. A correlation becomes a rule with",
            "a sliding window; a rule that no correlation names becomes a rule about single events.",
            "What can't be converted is said with line and column, and nothing is written.",
            ""
        },
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  Convert a correlation and the rule that it counts, and try the result:",
            "    java -jar vaultwatch.jar import sigma many_reads.yml",
            "    java -jar vaultwatch.jar check ./epl/many-reads && java -jar vaultwatch.jar test ./epl/many-reads"
        })
final class ImportCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", arity = "1", paramLabel = "sigma", description = "The language: sigma.")
    private String language = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "FILE",
            description = "Files with one or more Sigma rules each. A correlation finds its rules in any of them.")
    private List<Path> files = new ArrayList<>();

    @Option(
            names = "--window",
            paramLabel = "sliding|static",
            defaultValue = "sliding",
            description =
                    "When a correlation begins to count: sliding, with any event, which is the default; or static, at"
                            + " multiples of its timespan.")
    private String window = "sliding";

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = "epl",
            description = "Where the rules' folders are made. Default: epl.")
    private Path folder = Path.of("epl");

    ImportCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        if (!language.equals("sigma")) {
            throw new ParameterException(
                    spec.commandLine(), "Rules in the language '" + language + "' can't be imported; expected sigma.");
        }
        SigmaImport.Windows windows = switch (window) {
            case "sliding" -> SigmaImport.Windows.SLIDING;
            case "static" -> SigmaImport.Windows.STATIC;
            default ->
                throw new ParameterException(
                        spec.commandLine(),
                        "Invalid value for option '--window': expected sliding or static, but was '" + window + "'.");
        };
        Screen screen = new Screen(surroundings.err(), surroundings.terminal().err());
        try {
            SigmaImport.Imported imported = SigmaImport.write(files, folder, windows);
            imported.warnings().forEach(warning -> screen.say("warning: " + warning));
            for (Path made : imported.folders()) {
                surroundings.out().write((made + "\n").getBytes(StandardCharsets.UTF_8));
            }
            surroundings.out().flush();
            imported.folders()
                    .forEach(made -> screen.say("Next: java -jar vaultwatch.jar check " + made
                            + " && java -jar vaultwatch.jar test " + made));
            return ExitCode.OK.code();
        } catch (RuleException e) {
            e.faults().forEach(fault -> screen.say(fault.toString()));
            screen.say("Nothing was written.");
        } catch (FileAlreadyExistsException e) {
            screen.say("vaultwatch: " + e.getFile() + " is there already; it is left as it is. Nothing was written.");
        } catch (IOException e) {
            screen.say("vaultwatch: " + Problem.of(e) + ".");
        }
        return ExitCode.FAILED.code();
    }
}
