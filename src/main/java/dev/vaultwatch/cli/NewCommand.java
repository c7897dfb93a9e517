package dev.vaultwatch.cli;

import dev.vaultwatch.event.Property;
import dev.vaultwatch.tool.NewRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The options of {@code new}: writes the folder of a rule to begin with. */
@Command(
        name = "new",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        header = "Writes the folder of a new rule, with cases, that passes check and test as it is.",
        synopsisHeading = "%nUsage: ",
        customSynopsis = "java -jar vaultwatch.jar new [OPTION]... RULE",
        description = "",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  A rule that counts by vault, and what is to do next:",
            "    java -jar vaultwatch.jar new --key vault many-reads-of-a-vault",
            "    java -jar vaultwatch.jar test ./epl/many-reads-of-a-vault"
        })
final class NewCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "1", paramLabel = "RULE", description = "The rule's id: small letters, digits and hyphens.")
    private String id = "";

    @Option(
            names = "--kind",
            paramLabel = "tumbling|ordered|event",
            defaultValue = "tumbling",
            description =
                    "How far it looks: tumbling, in windows of a minute, which is the default; ordered, within any sixty"
                            + " seconds; or event, at single events.")
    private String kind = "tumbling";

    @Option(
            names = "--key",
            paramLabel = "PROPERTY",
            split = ",",
            defaultValue = "upn",
            description = "Who or what it judges: properties of the event, separated by commas. Default: upn.")
    private List<String> key = List.of("upn");

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            defaultValue = "epl",
            description = "Where the rule's folder is made. Default: epl.")
    private Path folder = Path.of("epl");

    NewCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        NewRule.Kind chosen = switch (kind) {
            case "tumbling", "ordered", "event" -> NewRule.Kind.valueOf(kind.toUpperCase(Locale.ROOT));
            default ->
                throw mistake("Invalid value for option '--kind': expected tumbling or ordered or event, but was '"
                        + kind + "'.");
        };
        List<Property> properties = new ArrayList<>();
        for (String name : key) {
            Optional<Property> property = Property.named(name);
            properties.add(property.orElseThrow(() -> mistake("Invalid value for option '--key': '" + name
                    + "' is no property of an event; there are "
                    + Property.all().stream().map(Property::epl).collect(Collectors.joining(", ")) + ".")));
        }
        try {
            Path made = NewRule.write(folder, id, chosen, properties);
            surroundings.out().write((made + "\n").getBytes(StandardCharsets.UTF_8));
            surroundings.out().flush();
            surroundings.err().println("Next: edit rule.epl and its cases, then");
            surroundings.err().println("  java -jar vaultwatch.jar check " + made);
            surroundings.err().println("  java -jar vaultwatch.jar test " + made);
            return ExitCode.OK.code();
        } catch (IllegalArgumentException e) {
            throw mistake(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            surroundings
                    .err()
                    .println("vaultwatch: " + folder.resolve(id) + " can't be written: " + Problem.of(e) + ".");
            return ExitCode.FAILED.code();
        }
    }

    private ParameterException mistake(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
