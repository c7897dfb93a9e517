package dev.vaultwatch.tuning;

import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.FactPlaces;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The lists of a tuning: files with one value per line, {@code #} and what follows it on a line left out. Immutable. */
final class ValueLists {
    /** A million UPNs; more is a mistake, and would be on the heap. */
    private static final long MAX_BYTES = 32L << 20;

    private final Map<String, Set<String>> values = new HashMap<>();

    private ValueLists() {}

    /** Reads what the tuning names under {@code lists}; a file that can't be read is a fault at its name. */
    static ValueLists read(JsonFile file, Path folder, Map<String, String> paths, List<RuleFault> faults) {
        ValueLists lists = new ValueLists();
        paths.forEach((name, path) -> {
            try {
                lists.values.put(name, values(folder.resolve(path)));
            } catch (IOException e) {
                lists.values.put(name, Set.of());
                faults.add(file.fault(
                        FactPlaces.member("/lists", name),
                        "names the file " + folder.resolve(path) + ", which can't be read: " + JsonFile.problem(e)
                                + "; expected one value per line"));
            }
        });
        return lists;
    }

    private static Set<String> values(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException("it is no regular file");
        }
        if (Files.exists(file) && Files.size(file) > MAX_BYTES) {
            throw new IOException("it has more than " + MAX_BYTES + " bytes");
        }
        Set<String> values = new LinkedHashSet<>();
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            int comment = line.indexOf('#');
            String value = (comment < 0 ? line : line.substring(0, comment)).strip();
            if (!value.isEmpty()) {
                values.add(value.startsWith("\uFEFF") ? value.substring(1) : value);
            }
        }
        return values;
    }

    Set<String> names() {
        return values.keySet();
    }

    Optional<Set<String>> get(String name) {
        return Optional.ofNullable(values.get(name));
    }
}
