package dev.vaultwatch.rule;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.api.RuleFault;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder of rules, on disk or packed in the jar. {@link #read()} reads every file anew, so a folder that is edited gives
 * new rules the next time. Immutable; any thread may read.
 */
public final class RuleFolder {
    private static final String PACKED = "/META-INF/vaultwatch/epl/";
    private static final String LOGIC = "rule.epl";
    private static final String FACTS = "rule.json";
    private static final String LOGIC_PREFIX = "epl/";

    /** Names that people give rules; others are left to those who put them there. */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]+");

    /** The most bytes that a file of a rule may have; an exception list of 20,000 users fits. */
    private static final int MAX_BYTES = 1 << 20;

    private final Optional<Path> folder;
    private final List<String> packedIds;

    private RuleFolder(Optional<Path> folder, List<String> packedIds) {
        this.folder = folder;
        this.packedIds = packedIds;
    }

    /** The rules packed in the jar, by id. */
    public static RuleFolder packed(List<String> ids) {
        return new RuleFolder(Optional.empty(), List.copyOf(ids));
    }

    /** Rules on disk: a folder with one folder per rule in it, or the folder of a single rule. */
    public static RuleFolder at(Path folder) {
        return new RuleFolder(Optional.of(folder), List.of());
    }

    /**
     * What a folder holds.
     *
     * @param rules in the order of their ids
     * @param drafts logic that can be read, beside a {@code rule.json} that is at fault
     * @param faults what is wrong with files; empty if all can be read
     */
    public record Reading(List<Rule> rules, List<Draft> drafts, List<RuleFault> faults) {
        public Reading {
            rules = List.copyOf(rules);
            drafts = List.copyOf(drafts);
            faults = List.copyOf(faults);
        }
    }

    /**
     * A rule of which little is known but its logic. It can't run; its logic can be checked.
     *
     * @param isFormKnown whether its window and its key are known, too
     */
    public record Draft(Rule rule, boolean isFormKnown) {}

    /**
     * A rule of its two texts, as they were read from a folder before.
     *
     * @throws RuleException if they are no rule for this version
     */
    public static Rule ofTexts(String id, String json, String epl) {
        Reader read = new Reader();
        read.one(id, file -> file.equals(LOGIC) ? epl : json, LOGIC_PREFIX + id + "/");
        if (!read.faults.isEmpty()) {
            throw new RuleException(read.faults);
        }
        return read.rules.get(0);
    }

    /**
     * Reads all rules, in the order of their ids.
     *
     * @throws RuleException if a file is missing or broken, or there is no rule; with every fault found
     */
    public List<Rule> read() {
        Reading reading = reading();
        if (!reading.faults().isEmpty()) {
            throw new RuleException(reading.faults());
        }
        return reading.rules();
    }

    /** Reads all rules, and what can be read of those that are at fault. */
    public Reading reading() {
        Reader read = new Reader();
        if (folder.isPresent()) {
            read.disk(folder.get());
        } else {
            for (String id : packedIds) {
                read.one(id, name -> readPacked(id, name), LOGIC_PREFIX + id + "/");
            }
        }
        if (read.faults.isEmpty() && read.rules.isEmpty()) {
            read.faults.add(new RuleFault(
                    folder.map(Path::toString).orElse("epl"),
                    0,
                    0,
                    "There is no rule here: expected one folder per rule, each with " + LOGIC + " and " + FACTS + "."));
        }
        return new Reading(read.rules, read.drafts, read.faults);
    }

    /**
     * What has a rule's name and can't be looked into: left out, it would be missed by nobody. What volumes and editors put there
     * (lost+found, .#rule) has other names.
     *
     * @param entries of a folder of rules
     * @return a fault for each
     */
    public static List<RuleFault> closed(List<Path> entries) {
        List<RuleFault> faults = new ArrayList<>();
        for (Path entry : entries) {
            if (!ID.matcher(String.valueOf(entry.getFileName())).matches()) {
                continue;
            }
            if (Files.isSymbolicLink(entry) && !Files.exists(entry)) {
                faults.add(unread(entry, "it is a link that leads nowhere"));
            } else if (Files.isDirectory(entry) && !Files.isExecutable(entry)) {
                faults.add(unread(entry, "permission is denied"));
            }
        }
        return faults;
    }

    private static RuleFault unread(Path entry, String why) {
        return new RuleFault(entry.toString(), 0, 0, "The rule's folder can't be read: " + why + ".");
    }

    private interface FileReader {
        String read(String name) throws IOException;
    }

    /** Reads a file that anyone may have put there: not a device or a pipe, which may never end, and nothing large. */
    private static String readDiskFile(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (!attributes.isRegularFile()) {
            throw new IOException(attributes.isDirectory() ? "it is a folder" : "it is no regular file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("it has more than " + MAX_BYTES + " bytes");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        }
    }

    private static String readPacked(String id, String name) throws IOException {
        try (InputStream in = RuleFolder.class.getResourceAsStream(PACKED + id + "/" + name)) {
            if (in == null) {
                throw new IOException("not packed in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Gathers what there is. Used once, by one thread. */
    private static final class Reader {
        private final List<Rule> rules = new ArrayList<>();
        private final List<Draft> drafts = new ArrayList<>();
        private final List<RuleFault> faults = new ArrayList<>();

        private void disk(Path folder) {
            if (Files.exists(folder.resolve(LOGIC))) {
                single(folder);
                return;
            }
            List<Path> children;
            try (Stream<Path> entries = Files.list(folder)) {
                List<Path> all = entries.sorted().toList();
                children = all.stream()
                        .filter(entry -> Files.exists(entry.resolve(LOGIC)) || Files.exists(entry.resolve(FACTS)))
                        .toList();
                faults.addAll(closed(all));
            } catch (IOException e) {
                faults.add(
                        new RuleFault(folder.toString(), 0, 0, "The rules' folder can't be read: " + problem(e) + "."));
                return;
            }
            if (children.isEmpty() && Files.exists(folder.resolve(FACTS))) {
                single(folder);
                return;
            }
            for (Path child : children) {
                one(child.getFileName().toString(), file -> readDiskFile(child.resolve(file)), child + "/");
            }
        }

        private void single(Path folder) {
            Path name = folder.toAbsolutePath().normalize().getFileName();
            one(name.toString(), file -> readDiskFile(folder.resolve(file)), folder + "/");
        }

        /** Reads both files whatever is wrong with one of them. */
        private void one(String id, FileReader files, String shownFolder) {
            Optional<String> epl = text(files, shownFolder, LOGIC);
            int before = faults.size();
            Optional<String> json = text(files, shownFolder, FACTS);
            if (epl.isEmpty() && json.isEmpty()) {
                // No rule at all: that is said once.
                faults.subList(before, faults.size()).clear();
                return;
            }
            Optional<FactReader> facts = json.flatMap(text -> facts(shownFolder + FACTS, text));
            Optional<Rule> rule = facts.flatMap(reader -> reader.rule(id, epl.orElse(""), shownFolder + LOGIC));
            if (epl.isPresent()) {
                rule.ifPresentOrElse(
                        rules::add, () -> drafts.add(FactReader.draft(facts, id, epl.get(), shownFolder + LOGIC)));
            }
        }

        private Optional<FactReader> facts(String file, String text) {
            try {
                return Optional.of(new FactReader(file, text, JsonTree.of(text), faults));
            } catch (JsonProcessingException e) {
                faults.add(new RuleFault(
                        file,
                        e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                        e.getLocation() == null ? 0 : e.getLocation().getColumnNr(),
                        JsonTree.problem(e)));
            } catch (IOException e) {
                faults.add(new RuleFault(file, 0, 0, "The file can't be read: " + problem(e) + "."));
            }
            return Optional.empty();
        }

        private Optional<String> text(FileReader files, String shownFolder, String name) {
            try {
                return Optional.of(withoutMark(files.read(name)));
            } catch (IOException | UncheckedIOException e) {
                faults.add(new RuleFault(shownFolder + name, 0, 0, "The file can't be read: " + problem(e) + "."));
                return Optional.empty();
            }
        }
    }

    /** In words: several of Java's messages are the path alone, which the fault names anyway. */
    private static String problem(Exception failure) {
        if (failure instanceof NoSuchFileException) {
            return "there is none";
        }
        if (failure instanceof NotDirectoryException) {
            return "it is a file";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission is denied";
        }
        if (failure instanceof CharacterCodingException) {
            return "it is not UTF-8";
        }
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    /** Some editors put a byte order mark first, which EPL does not know. */
    private static String withoutMark(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }
}
