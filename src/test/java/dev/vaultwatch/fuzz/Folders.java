package dev.vaultwatch.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What a scenario keeps on disk. */
final class Folders {
    /** Says which process uses a journal; a process that is gone has none. */
    private static final String OWNER = "owner";

    private Folders() {}

    static void copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (!file.endsWith(OWNER)) {
                    Files.copy(file, target);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void remove(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void writeRules(Path folder, List<FuzzRule> rules, String comment) {
        remove(folder);
        try {
            for (FuzzRule rule : rules) {
                rule.write(folder, comment);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void breakRules(Path folder, List<FuzzRule> rules) {
        writeRules(folder, rules, "select from nothing;\n");
    }
}
