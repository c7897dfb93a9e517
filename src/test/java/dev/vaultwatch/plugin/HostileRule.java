package dev.vaultwatch.plugin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A rule file that is after its host's time or memory. {@code ⟦n|separator|text⟧} in it stands for n times the text, in which {@code
 * %d} is the number of each; a bar that is one is written {@code \|}.
 */
record HostileRule(String name, String text) {
    private static final Path RESOURCES = Path.of("src/test/resources");

    static List<HostileRule> in(String folder) throws IOException {
        try (Stream<Path> files = Files.list(RESOURCES.resolve(folder))) {
            return files.sorted().map(HostileRule::read).toList();
        }
    }

    private static HostileRule read(Path file) {
        try {
            String name = file.getFileName().toString().replace(".epl", "");
            return new HostileRule(name, Files.readString(file, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    String epl() {
        return expanded(text).replace("\\|", "|");
    }

    private static String expanded(String text) {
        String rest = text;
        for (int end = rest.indexOf('⟧'); end >= 0; end = rest.indexOf('⟧')) {
            int start = rest.lastIndexOf('⟦', end);
            String[] parts = rest.substring(start + 1, end).split("(?<!\\\\)\\|", 3);
            String made = IntStream.rangeClosed(1, Integer.parseInt(parts[0]))
                    .mapToObj(i -> parts[2].replace("%d", String.valueOf(i)))
                    .collect(Collectors.joining(parts[1]));
            rest = rest.substring(0, start) + made + rest.substring(end + 1);
        }
        return rest;
    }

    /** The window as in rule.json. */
    String window() {
        if (text.contains("\n// Window: ordered")) {
            return "{\"kind\": \"ordered\", \"reach\": \"PT5M\", \"quiet\": \"PT5M\"}";
        }
        if (text.contains("\n// Window: event")) {
            return "{\"kind\": \"event\"}";
        }
        return "{\"kind\": \"tumbling\", \"length\": \""
                + (text.contains("\n// Window: tumbling PT24H") ? "PT24H" : "PT1M") + "\"}";
    }

    @Override
    public String toString() {
        return name;
    }
}
