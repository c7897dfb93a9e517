package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs docs/tuning.md: writes its files, runs its commands, and compares what they print. */
class TuningDocTest {
    private static final Pattern BLOCK = Pattern.compile("```(\\w+)(?: file=(\\S+))?\n(.*?)```", Pattern.DOTALL);
    private static final String COMMAND = "$ java -jar vaultwatch.jar ";
    private static final String ONLY_FIRST_LINES = " | grep '^\\['";

    @TempDir
    private Path folder;

    @Test
    @DisplayName("Every command of the page prints what the page says")
    void page() throws IOException {
        Files.createDirectories(folder.resolve("site"));
        Files.copy(Path.of("src/test/resources/tuning/audit.ndjson"), folder.resolve("site/audit.ndjson"));
        Matcher block = BLOCK.matcher(Files.readString(Path.of("docs/tuning.md")));
        int commands = 0;
        while (block.find()) {
            if (block.group(2) != null) {
                Path file = folder.resolve(block.group(2));
                Files.createDirectories(file.getParent());
                Files.writeString(file, block.group(3));
            } else if (block.group(1).equals("console")) {
                String expected = block.group(3);
                assertThat(transcript(expected)).isEqualTo(expected);
                commands++;
            }
        }
        assertThat(commands).isGreaterThanOrEqualTo(5);
    }

    /** The block with what its commands print now. */
    private String transcript(String block) {
        StringBuilder transcript = new StringBuilder();
        for (String line :
                block.lines().filter(each -> each.startsWith(COMMAND)).toList()) {
            transcript.append(line).append('\n').append(output(line.substring(COMMAND.length())));
        }
        return transcript.toString();
    }

    private String output(String command) {
        boolean filtered = command.endsWith(ONLY_FIRST_LINES);
        String typed = filtered ? command.substring(0, command.length() - ONLY_FIRST_LINES.length()) : command;
        List<Object> args = new ArrayList<>(Arrays.stream(typed.split(" "))
                .map(arg -> arg.startsWith("site/") ? folder.resolve(arg).toString() : arg)
                .toList());
        String printed = CommandLineRun.of(args.toArray()).out().replace(folder + "/", "");
        if (command.startsWith("check ")) {
            // Sorted by path, and paths are others here than for whoever types the command.
            return printed.lines()
                    .sorted(java.util.Comparator.comparing((String line) -> line.startsWith("site/broken")))
                    .collect(Collectors.joining("\n", "", "\n"));
        }
        return filtered
                ? printed.lines().filter(line -> line.startsWith("[")).collect(Collectors.joining("\n", "", "\n"))
                : printed;
    }
}
