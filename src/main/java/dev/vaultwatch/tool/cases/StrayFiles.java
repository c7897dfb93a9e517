package dev.vaultwatch.tool.cases;

import dev.vaultwatch.api.RuleFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Finds what lies in a rule's folder, looks like cases or their records, and is read by nobody: who wrote it takes it for tested. */
final class StrayFiles {
    /** The folder of cases. */
    static final String FOLDER = "cases";

    /** How the name of a file of cases ends. */
    static final String ENDING = ".json";

    private static final Set<String> LIKE_CASES = Set.of("json", "jsonc", "json5", "ndjson", "jsonl");

    /** Names that other tools have for the same, and slips of the key. */
    private static final Set<String> LIKE_FOLDER = Set.of(FOLDER, "case", "test", "tests");

    private static final int DEPTH = 8;

    /** A rule's logic. */
    private static final String LOGIC = "rule.epl";

    private StrayFiles() {}

    /**
     * A sentence for each.
     *
     * @param read files of cases, and the records that they name; absolute and normalized
     */
    static List<RuleFault> of(Path ruleFolder, Set<Path> read) {
        List<RuleFault> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(ruleFolder)) {
            for (Path entry : entries.filter(Files::isDirectory).sorted().toList()) {
                String name = nameOf(entry);
                if (name.equals(FOLDER)) {
                    inCases(entry, read, found);
                } else if (LIKE_FOLDER.contains(name.toLowerCase(Locale.ROOT)) && hasCases(entry, read)) {
                    found.add(new RuleFault(
                            entry.toString(),
                            0,
                            0,
                            "The folder is not read: expected cases in " + ruleFolder.resolve(FOLDER) + "."));
                }
            }
        } catch (IOException e) {
            found.add(new RuleFault(ruleFolder.toString(), 0, 0, "The rule's folder can't be read: " + e + "."));
        }
        return found;
    }

    /** A sentence for each folder that holds the logic of a rule and is no rule to hosts. */
    static List<RuleFault> rules(Path folder) {
        List<RuleFault> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.filter(Files::isDirectory)
                    .filter(Files::isExecutable)
                    .filter(each -> !nameOf(each).startsWith("."))
                    .filter(each -> !Files.exists(each.resolve(LOGIC)))
                    .sorted()
                    .toList()) {
                logic(entry)
                        .ifPresent(logic -> found.add(new RuleFault(
                                logic.toString(),
                                0,
                                0,
                                "The file is not read: expected a rule's files in "
                                        + folder.resolve("RULE").resolve(LOGIC)
                                        + " and rule.json beside it, in small letters.")));
            }
        } catch (IOException | UncheckedIOException e) {
            return found;
        }
        return found;
    }

    private static Optional<Path> logic(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder, DEPTH)) {
            return files.filter(file -> nameOf(file).equalsIgnoreCase(LOGIC))
                    .sorted()
                    .findFirst();
        }
    }

    private static void inCases(Path folder, Set<Path> read, List<RuleFault> found) throws IOException {
        for (Path file : unread(folder, read)) {
            boolean isBelow = !folder.equals(file.getParent());
            found.add(new RuleFault(
                    file.toString(),
                    0,
                    0,
                    "The file is not read: expected cases in files directly in " + folder + ", with names that end in "
                            + ENDING + (isBelow ? "" : " in small letters") + ", or records that a case names."));
        }
    }

    private static boolean hasCases(Path folder, Set<Path> read) throws IOException {
        return !unread(folder, read).isEmpty();
    }

    private static List<Path> unread(Path folder, Set<Path> read) throws IOException {
        try (Stream<Path> files = Files.walk(folder, DEPTH)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> isLikeCases(nameOf(file)))
                    .filter(file -> !read.contains(file.toAbsolutePath().normalize()))
                    .sorted()
                    .toList();
        }
    }

    private static boolean isLikeCases(String name) {
        return !name.startsWith(".")
                && LIKE_CASES.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    }

    private static String nameOf(Path path) {
        return String.valueOf(path.getFileName());
    }
}
