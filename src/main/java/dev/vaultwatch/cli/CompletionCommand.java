package dev.vaultwatch.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the script that completes commands and options in a shell. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        header = "Prints a script for bash and zsh that completes commands and options.",
        synopsisHeading = "%nUsage: ",
        customSynopsis = "java -jar vaultwatch.jar completion",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  In ~/.bashrc, for a short name that completes:",
            "    alias vaultwatch='java -jar /opt/vaultwatch/vaultwatch.jar'",
            "    source <(java -jar /opt/vaultwatch/vaultwatch.jar completion)"
        })
final class CompletionCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    CompletionCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        String script = AutoComplete.bash("vaultwatch", spec.root().commandLine());
        surroundings.out().write(script.getBytes(StandardCharsets.UTF_8));
        surroundings.out().flush();
        return ExitCode.OK.code();
    }
}
