package dev.vaultwatch.cli;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Consumer;

/**
 * Reads recorded files through a plugin that delivers nothing, for a command that asks something of it.
 *
 * @param surroundings of the command
 * @param configuration what the command adds to the plugin's configuration
 * @param refused the sentence for rules that can't run as asked
 */
record Trial(Surroundings surroundings, Consumer<PluginContext.Builder> configuration, String refused) {

    /** What is to be asked: made before the first record. */
    interface Question {
        /** Begins to look at a plugin that has started. */
        Answer ask(DetectionPlugin plugin, List<String> packedRules);
    }

    /** What was found. */
    interface Answer {
        /** The text for standard output, of the alerts that stand at the end. */
        String text(Collection<Alert> standing);
    }

    /** Runs it over files and folders; the command's exit code. */
    int run(List<Path> typed, Question question) {
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
                    .onAlert(standing)
                    .onDeadLetter(letters)
                    .onNotice(notices);
            configuration.accept(context);
            DetectionPlugin plugin = factory.create(context.build());
            Answer answer;
            try {
                plugin.start();
                answer = question.ask(plugin, factory.descriptor().rules());
            } catch (RuleException | UncheckedIOException e) {
                plugin.close();
                throw e;
            }
            AlertPrinter silent = new AlertPrinter(
                    OutputStream.nullOutputStream(), screen, AlertFormat.named("text"), Optional.empty());
            ExitCode exit = new Replay(
                            plugin,
                            new Replay.Listeners(silent, letters, notices),
                            screen,
                            new Replay.Settings(Optional.empty(), Optional.empty(), false))
                    .run(files, surroundings);
            Answered answered = new Answered(surroundings.out(), screen);
            answered.write(answer.text(standing.alerts()));
            return answered.exitCode(exit.code());
        } catch (RuleException e) {
            e.faults().stream().map(RuleFault::toString).forEach(screen::say);
            screen.say("vaultwatch: " + refused + " Nothing was read.");
        } catch (UncheckedIOException e) {
            screen.say("vaultwatch: " + e.getMessage() + " Nothing was read.");
        } catch (IOException e) {
            screen.say("vaultwatch: " + Problem.of(e) + ". Nothing was read.");
        }
        return ExitCode.FAILED.code();
    }
}
