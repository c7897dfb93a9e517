package dev.vaultwatch.fuzz;

import static org.assertj.core.api.Assertions.fail;

import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.fuzz.Generator.Theme;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Runs many seeds, and prints the least scenario that still fails. {@code -Dfuzz.seed=S,T} runs these seeds, {@code -Dfuzz.runs=N}
 * and {@code -Dfuzz.from=S} others than the usual, {@code -Dfuzz.shrink=0} leaves a scenario as it was drawn.
 */
final class Fuzzing {
    private final Theme theme;
    private final Path folder;
    private final Path cache;
    private int runs;

    Fuzzing(Theme theme, Path folder) throws IOException {
        this.theme = theme;
        this.folder = folder;
        this.cache = Files.createDirectories(folder.resolve("cache"));
    }

    /** Fails with the first seed's least scenario if a seed's alerts are not those that its events deserve. */
    void run(String test, int usual) {
        Map<Long, String> failures = new TreeMap<>();
        for (long seed : seeds(usual).toArray()) {
            List<String> differences = differences(Generator.scenario(seed, theme));
            if (!differences.isEmpty()) {
                failures.put(seed, differences.get(0));
            }
        }
        if (!failures.isEmpty()) {
            long first = failures.keySet().iterator().next();
            Scenario least = least(Generator.scenario(first, theme));
            fail(failures.size() + " of " + runs + " seeds fail; the first alone: mvn -o test -Dtest=" + test
                    + " -Dfuzz.seed=" + first + "\n" + kinds(failures) + "\n" + least + "\n"
                    + String.join("\n", differences(least)));
        }
    }

    private LongStream seeds(int usual) {
        return seeds(theme.name(), usual);
    }

    /** The seeds that were asked for, or else the usual ones. */
    static LongStream seeds(String theme, int usual) {
        String some = System.getProperty("fuzz.seed");
        if (some != null) {
            return Arrays.stream(some.split(",")).mapToLong(Long::parseLong);
        }
        long from = Long.getLong("fuzz.from", 1);
        Set<Long> open = OpenFindings.of(theme);
        return LongStream.range(from, from + Integer.getInteger("fuzz.runs", usual))
                .filter(seed -> !open.contains(seed));
    }

    /** Per kind of difference, the seeds. */
    private static String kinds(Map<Long, String> failures) {
        Map<String, List<Long>> kinds = failures.entrySet().stream()
                .collect(Collectors.groupingBy(
                        failure -> failure.getValue()
                                .replaceAll("[0-9]+", "#")
                                .substring(
                                        0,
                                        Math.min(
                                                60,
                                                failure.getValue()
                                                        .replaceAll("[0-9]+", "#")
                                                        .length())),
                        TreeMap::new,
                        Collectors.mapping(Map.Entry::getKey, Collectors.toList())));
        return kinds.entrySet().stream()
                .map(kind -> "  " + kind.getValue().size() + " × " + kind.getKey() + " … seeds "
                        + kind.getValue()
                                .subList(0, Math.min(12, kind.getValue().size())))
                .collect(Collectors.joining("\n"));
    }

    List<String> differences(Scenario scenario) {
        try {
            Account account = run(scenario);
            List<String> differences = new ArrayList<>(Judge.differences(scenario, account));
            if (!differences.isEmpty()) {
                differences.add("notices: " + account.notices);
            }
            return differences.isEmpty()
                            && scenario.rules().size() > 1
                            && scenario.settings().bounds().isEmpty()
                            && theme == Theme.RULES
                            && scenario.settings().listener() != Scenario.Listener.THROWS
                    ? differencesAlone(scenario, account)
                    : differences;
        } catch (RuntimeException | AssertionError e) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            return List.of("thrown: " + trace.toString().lines().limit(14).collect(Collectors.joining("\n")));
        }
    }

    /**
     * A rule's alerts are the same whether another stands beside it or not; each message of them, unless time moves by events that only
     * the other one wants. Events may be late then, windows be judged in another order, so that a cap that is reached withholds others,
     * and a reload find windows closed that would be judged by the rule as it has become.
     */
    private List<String> differencesAlone(Scenario scenario, Account both) {
        FuzzRule first = scenario.rules().get(0);
        Account single = run(scenario.onlyRule(first.id()));
        boolean sameTime = scenario.feeders().stream()
                .flatMap(feeder -> feeder.items().stream())
                .allMatch(item -> first.wants(item) || scenario.rules().stream().noneMatch(rule -> rule.wants(item)));
        List<String> beside = sameTime ? messages(both, first) : lastWords(both, first);
        List<String> alone = sameTime ? messages(single, first) : lastWords(single, first);
        boolean stays = scenario.steps().stream()
                .allMatch(step ->
                        !(step instanceof Step.Reload reload) || reload.rules().contains(first));
        boolean mayDiffer = !sameTime && (!both.doubtful.isEmpty() || single.withheld > 0 || !stays);
        return beside.equals(alone) || mayDiffer
                ? List.of()
                : List.of("not as alone: beside another rule " + beside + ", and alone " + alone);
    }

    private static List<String> messages(Account account, FuzzRule rule) {
        return account.heard.stream()
                .filter(message -> message.group().rule().equals(rule.id()))
                .map(Message::toString)
                .toList();
    }

    private static List<String> lastWords(Account account, FuzzRule rule) {
        Map<String, String> last = new TreeMap<>();
        account.heard.stream()
                .filter(message -> message.group().rule().equals(rule.id()))
                .forEach(message -> last.put(
                        message.group().toString(),
                        message.stage() == AlertStage.RETRACTED
                                ? ""
                                : message.group() + " " + message.count() + " " + message.marks()));
        return last.values().stream().filter(words -> !words.isEmpty()).toList();
    }

    private Account run(Scenario scenario) {
        Path own = folder.resolve("run" + runs++);
        try {
            Files.createDirectories(own);
            return Host.run(scenario, own, cache);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            Folders.remove(own);
        }
    }

    /** Delta debugging: halves, quarters and so on of the steps, then of the records, as long as it fails in the same way. */
    Scenario least(Scenario scenario) {
        int attempts = Integer.getInteger("fuzz.shrink", 400);
        String kind = kind(scenario);
        Scenario least = scenario;
        for (int round = 0; round < 2; round++) {
            Scenario before = least;
            List<Step> steps = Shrinking.least(
                    least.steps(), fewer -> kind(before.withSteps(fewer)).equals(kind), attempts);
            least = least.withSteps(steps);
            Scenario then = least;
            List<Integer> numbers = then.feeders().stream()
                    .flatMap(feeder -> feeder.items().stream())
                    .map(Item::number)
                    .toList();
            List<Integer> kept = Shrinking.least(
                    numbers, fewer -> kind(then.without(others(numbers, fewer))).equals(kind), attempts);
            least = then.without(others(numbers, kept));
        }
        return least;
    }

    private static Set<Integer> others(List<Integer> all, List<Integer> some) {
        Set<Integer> others = new HashSet<>(all);
        some.forEach(others::remove);
        return others;
    }

    private String kind(Scenario scenario) {
        List<String> differences = differences(scenario);
        return differences.isEmpty()
                ? ""
                : differences.get(0).replaceAll("[0-9]+", "#").split(":", 2)[0];
    }

    /** Delta debugging on a list. */
    static final class Shrinking {
        private Shrinking() {}

        static <T> List<T> least(List<T> all, Predicate<List<T>> fails, int attempts) {
            List<T> least = all;
            int left = attempts;
            for (int size = Math.max(1, all.size() / 2); size >= 1; size = size == 1 ? 0 : size / 2) {
                for (int from = 0; from < least.size() && left > 0; ) {
                    List<T> fewer = new ArrayList<>(least.subList(0, from));
                    fewer.addAll(least.subList(Math.min(least.size(), from + size), least.size()));
                    left--;
                    if (fails.test(fewer)) {
                        least = fewer;
                    } else {
                        from += size;
                    }
                }
            }
            return least;
        }
    }
}
