package dev.vaultwatch.kafka;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The files of a {@link RuleSetChange} on this machine's disk, in a new folder that only its user can read. */
final class RuleFiles implements AutoCloseable {
    static final String RULES = "rules";
    static final String LISTS = "lists";
    static final String TUNING = "tuning.json";

    private final Path folder;
    private final boolean tuned;

    private RuleFiles(Path folder, boolean tuned) {
        this.folder = folder;
        this.tuned = tuned;
    }

    /**
     * Writes them.
     *
     * @throws IllegalArgumentException if a path leads elsewhere
     * @throws IOException if they can't be written
     */
    static RuleFiles of(Map<String, String> files) throws IOException {
        Path folder = Files.createTempDirectory("vaultwatch-rules");
        RuleFiles made = new RuleFiles(folder, files.containsKey(TUNING));
        try {
            Files.createDirectory(folder.resolve(RULES));
            for (Map.Entry<String, String> file : files.entrySet()) {
                Path path = inside(folder, file.getKey());
                Files.createDirectories(path.getParent());
                Files.writeString(path, file.getValue());
            }
            return made;
        } catch (IOException | RuntimeException e) {
            made.close();
            throw e;
        }
    }

    private static Path inside(Path folder, String name) {
        Path path;
        try {
            path = folder.resolve(name).normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("\"" + name + "\" is no path: " + e.getReason() + ".", e);
        }
        Path relative = path.startsWith(folder) ? folder.relativize(path) : path;
        boolean known = relative.startsWith(RULES) || relative.startsWith(LISTS) || relative.equals(Path.of(TUNING));
        if (relative.isAbsolute() || !known) {
            throw new IllegalArgumentException("\"" + name + "\" has no place in a change of rules; expected " + RULES
                    + "/<id>/rule.json, " + RULES + "/<id>/rule.epl, " + TUNING + " or " + LISTS + "/<name>.");
        }
        return path;
    }

    /** What the plugin's configuration names it by. */
    Map<String, String> config() {
        Map<String, String> config = new HashMap<>();
        config.put("rules.dir", folder.resolve(RULES).toString());
        config.put("rules.tuning", tuned ? folder.resolve(TUNING).toString() : "");
        return config;
    }

    /** A text with the paths in it as they were given. */
    String withoutFolder(String text) {
        return text.replace(folder + folder.getFileSystem().getSeparator(), "");
    }

    /** Removes the folder. */
    @Override
    public void close() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
