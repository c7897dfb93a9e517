package dev.vaultwatch.fuzz;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Seeds that are known to fail, from {@code fuzz/open-findings.txt}, where each stands with what is known of it. */
public final class OpenFindings {
    private static final String FILE = "/fuzz/open-findings.txt";

    private OpenFindings() {}

    public static Set<Long> of(String theme) {
        Set<Long> seeds = new HashSet<>();
        try (InputStream in = OpenFindings.class.getResourceAsStream(FILE);
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(java.util.Objects.requireNonNull(in, FILE), StandardCharsets.UTF_8))) {
            for (String line : lines.lines().toList()) {
                List<String> words = List.of(line.split(" ", 3));
                if (words.get(0).equals(theme)) {
                    seeds.add(Long.valueOf(words.get(1)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return seeds;
    }
}
