package dev.vaultwatch.engine.gate;

import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** One file of the corpus: a rule that attacks its host. */
public record Attack(String name, String text) {
    private static final Path CORPUS = Path.of("src/test/resources/epl-attacks");

    /** All of the corpus, by name. */
    public static List<Attack> all() throws IOException {
        try (Stream<Path> files = Files.list(CORPUS)) {
            return files.sorted().map(Attack::read).toList();
        }
    }

    private static Attack read(Path file) {
        try {
            String name = file.getFileName().toString().replace(".epl", "");
            return new Attack(name, Files.readString(file, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether it is after memory and time alone, which a site may allow. */
    public boolean isOnState() {
        return name.startsWith("state-");
    }

    /** Whether it is after Java: what the parser, the compiler or the rule can reach. */
    public boolean isAfterJava() {
        return !name.matches("(state|cost|mute|reveal)-.*");
    }

    /** It as a rule of minutes, grouped by upn. */
    public Rule rule(Effects effects) {
        Rule.Builder rule = Rule.builder(name).epl(effects.aim(text));
        if (text.contains("\n// Window: ordered")) {
            rule.window(new Window.Ordered(Duration.ofMinutes(5), Duration.ofMinutes(5)));
        }
        return rule.build();
    }

    @Override
    public String toString() {
        return name;
    }
}
