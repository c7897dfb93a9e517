package dev.vaultwatch.fuzz;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As {@link Fuzzing} says, with {@code -Dfuzz.seed}, {@code -Dfuzz.runs}, {@code -Dfuzz.from} and {@code -Dfuzz.shrink}. */
class SiteFuzzTest {
    @TempDir
    Path folder;

    private int runs;

    private List<String> differences(SiteScenario scenario) {
        Path own = folder.resolve("run" + runs++);
        try {
            Path cache = Files.createDirectories(folder.resolve("cache"));
            Path rules = folder.resolve("rules" + scenario.seed() / SiteScenario.SEEDS_PER_RULE);
            return new SiteFuzz(scenario, Files.createDirectories(own), rules, cache).differences();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            Folders.remove(own);
        }
    }

    private static String kind(List<String> differences) {
        return differences.isEmpty() ? "" : differences.get(0).split(":", 2)[0];
    }

    @Test
    @DisplayName("Whatever a site says of rules, and when, the alerts that stand are those that it wants to be told of")
    void random() {
        TreeMap<Long, String> failures = new TreeMap<>();
        for (long seed : Fuzzing.seeds("SITE", 20).toArray()) {
            List<String> differences = differences(SiteScenario.of(seed));
            if (!differences.isEmpty()) {
                failures.put(seed, kind(differences));
            }
        }
        if (!failures.isEmpty()) {
            Map<String, Long> firsts = new TreeMap<>();
            failures.forEach((seed, kind) -> firsts.putIfAbsent(kind, seed));
            fail(failures + "\nalone: mvn -o test -Dtest=SiteFuzzTest -Dfuzz.seed=…\n"
                    + firsts.values().stream().map(this::least).collect(Collectors.joining("\n")));
        }
    }

    /** What still fails in the same way, and how. */
    private String least(long seed) {
        SiteScenario scenario = SiteScenario.of(seed);
        String kind = kind(differences(scenario));
        SiteScenario least = scenario.with(Fuzzing.Shrinking.least(
                scenario.ops(),
                fewer -> kind(differences(scenario.with(fewer))).equals(kind),
                Integer.getInteger("fuzz.shrink", 150)));
        return least + "\n" + String.join("\n", differences(least));
    }
}
