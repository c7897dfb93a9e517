package dev.vaultwatch.tool;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The ids and names of MITRE ATT&amp;CK Enterprise, version 18.0, as packed in the jar. Immutable. */
public final class AttackList {
    private static final String PACKED = "/META-INF/vaultwatch/attack.txt";

    private final Map<String, String> names;

    private AttackList(Map<String, String> names) {
        this.names = Collections.unmodifiableMap(names);
    }

    /** The list in the jar. */
    public static AttackList packed() {
        Map<String, String> names = new TreeMap<>();
        try (InputStream in = AttackList.class.getResourceAsStream(PACKED)) {
            if (in == null) {
                throw new IllegalStateException(PACKED + " is not in the jar.");
            }
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .filter(line -> line.startsWith("T"))
                    .forEach(line ->
                            names.put(line.substring(0, line.indexOf(' ')), line.substring(line.indexOf(' ') + 1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new AttackList(names);
    }

    /** The name of a tactic, a technique or a sub-technique. */
    public Optional<String> name(String id) {
        return Optional.ofNullable(names.get(id));
    }

    /** The ids of all. */
    public Set<String> ids() {
        return names.keySet();
    }

    /** The id of a tactic by its name, whatever its case. */
    public Optional<String> tactic(String name) {
        return names.entrySet().stream()
                .filter(each ->
                        each.getKey().startsWith("TA") && each.getValue().equalsIgnoreCase(name))
                .map(Map.Entry::getKey)
                .findFirst();
    }
}
