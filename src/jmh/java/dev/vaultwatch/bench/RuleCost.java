package dev.vaultwatch.bench;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.samples.ExpectedAlert;
import dev.vaultwatch.samples.PopulationGenerator;
import dev.vaultwatch.samples.Profile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * What a further rule costs: the shipped rule alone, and with one other beside it, each pair in a process of its own so that Java has
 * compiled for these rules and no others. The two take turns at stretches of the same stream of {@link Profile#POPULATION}, after
 * others of their kind have taken half as many records of another stream; the first quarter of the stretches is not measured, of the
 * others the median is of wall time, and the mean of CPU time. In each the shipped rule's alerts are compared with the expected ones at the end.
 */
final class RuleCost {
    private static final String ROW = "%-30s %-9s %8s %8s | %8s %8s | %8s %8s %6s | %9s";
    private static final List<Path> FOLDERS = List.of(Path.of("epl"), Path.of("src/test/resources/rules-wanted"));
    private static final int STRETCHES = 12;
    private static final int MEASURED_FROM = STRETCHES / 4;

    private RuleCost() {}

    /** Prints a line for each rule; the first compares the shipped rule with itself, so that it says how far to trust the others. */
    static void run(int records, Consumer<String> out) {
        out.accept(String.format(
                Locale.ROOT,
                "%n== a further rule beside the shipped one: %,d records of the population, medians of the last %d of %d stretches (CPU: means), a block a"
                        + " call, one thread; 1,000 records/s, ns of the whole process's CPU and of wall time a record; its alerts are right in"
                        + " each run",
                records,
                STRETCHES - MEASURED_FROM,
                STRETCHES));
        out.accept(row("", "", "alone", "", "beside", "", "cost", "", "", "messages"));
        out.accept(row("rule", "window", "k/s", "cpu ns", "k/s", "cpu ns", "wall ns", "cpu ns", "cpu", "of it"));
        out.accept(Child.run("-Xmx3g", "rule", "", Integer.toString(records)));
        for (Path folder : FOLDERS) {
            for (Path rule : rules(folder)) {
                if (!rule.endsWith(Host.SHIPPED)) {
                    out.accept(Child.run("-Xmx3g", "rule", rule.toString(), Integer.toString(records)));
                }
            }
        }
    }

    private static List<Path> rules(Path folder) {
        try (Stream<Path> rules = Files.list(folder)) {
            return rules.filter(rule -> Files.exists(rule.resolve("rule.json")))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The line of one rule.
     *
     * @param rule its folder; empty for none
     */
    static String measure(String rule, int records) {
        try {
            Path alone = Files.createTempDirectory("alone");
            Path beside = Files.createTempDirectory("beside");
            copy(Path.of("epl", Host.SHIPPED), alone);
            copy(Path.of("epl", Host.SHIPPED), beside);
            String window = "";
            if (!rule.isEmpty()) {
                copy(Path.of(rule), beside);
                window = window(Files.readString(Path.of(rule, "rule.json")));
            }
            String name =
                    rule.isEmpty() ? "(none)" : Path.of(rule).getFileName().toString();
            try {
                new Host(config(beside)).close();
            } catch (RuntimeException e) {
                return row(
                        name,
                        window,
                        "refused: " + e.getMessage().lines().findFirst().orElse(""));
            }
            race(alone, beside, records / 2, 2);
            return line(name, window, race(alone, beside, records, 1), records);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String window(String json) {
        for (String kind : List.of("tumbling", "ordered", "event")) {
            if (json.contains("\"" + kind + "\"")) {
                return kind;
            }
        }
        return "";
    }

    private static String[] config(Path rules) {
        return new String[] {"rules.dir", rules.toString(), "rules.enabled", "*", "rules.watch", "false"};
    }

    private static void copy(Path rule, Path to) throws IOException {
        Path folder = Files.createDirectories(to.resolve(rule.getFileName().toString()));
        for (String file : List.of("rule.epl", "rule.json")) {
            Files.copy(rule.resolve(file), folder.resolve(file));
        }
    }

    /** What the two took of a stream, by stretch, and what the other rule said. */
    private record Race(List<Clocks> alone, List<Clocks> beside, long messages, Set<Notice.Kind> notices) {}

    private static Race race(Path alone, Path beside, int records, int seed) {
        PopulationGenerator generator = new PopulationGenerator(Profile.POPULATION, records, seed);
        try (Host one = new Host(config(alone));
                Host two = new Host(config(beside))) {
            List<Clocks> ofOne = new ArrayList<>();
            List<Clocks> ofTwo = new ArrayList<>();
            for (int i = 0; i < STRETCHES; i++) {
                Blocks stretch = Blocks.next(generator, Profile.POPULATION, records / STRETCHES);
                if (i % 2 == 0) {
                    ofOne.add(feed(one, stretch));
                    ofTwo.add(feed(two, stretch));
                } else {
                    ofTwo.add(feed(two, stretch));
                    ofOne.add(feed(one, stretch));
                }
            }
            List<ExpectedAlert> expected = generator.expected();
            Check.same(expected, one.finish(), "the shipped rule alone");
            Check.same(expected, two.finish(), "the shipped rule beside another");
            Check.that(one.early() >= expected.size() && one.early() == two.early(), "other EARLY alerts");
            Check.that(one.revised() == two.revised(), "other revisions");
            return new Race(ofOne, ofTwo, two.ofOtherRules(), two.notices());
        }
    }

    private static Clocks feed(Host host, Blocks stretch) {
        return Clocks.of(1, () -> stretch.blocks().forEach(block -> host.plugin.accept(block)));
    }

    private static String line(String name, String window, Race race, int records) {
        double wallAlone = median(race.alone(), Clocks::wall, records);
        double wallBeside = median(race.beside(), Clocks::wall, records);
        double cpuAlone = mean(race.alone(), records);
        double cpuBeside = mean(race.beside(), records);
        String line = row(
                name,
                window,
                number(1e6 / wallAlone),
                number(cpuAlone),
                number(1e6 / wallBeside),
                number(cpuBeside),
                number(wallBeside - wallAlone),
                number(cpuBeside - cpuAlone),
                String.format(Locale.ROOT, "%.2f", cpuBeside / cpuAlone),
                String.format(Locale.ROOT, "%,d", race.messages()));
        Set<Notice.Kind> notices = new TreeSet<>(race.notices());
        return notices.isEmpty() ? line : line + "  " + notices;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%,d", Math.round(value));
    }

    private static String row(String... cells) {
        if (cells.length < 10) {
            return String.format(Locale.ROOT, "%-30s %-9s %s", (Object[]) cells);
        }
        return String.format(Locale.ROOT, ROW, (Object[]) cells);
    }

    /** Of the process's CPU time, which goes on in steps of 10 ms: too coarse for one stretch. */
    private static double mean(List<Clocks> clocks, int records) {
        return clocks.subList(MEASURED_FROM, STRETCHES).stream()
                        .mapToLong(Clocks::process)
                        .average()
                        .orElseThrow()
                * STRETCHES
                / records;
    }

    private static double median(List<Clocks> clocks, ToLongFunction<Clocks> clock, int records) {
        long[] sorted = clocks.subList(MEASURED_FROM, STRETCHES).stream()
                .mapToLong(clock)
                .sorted()
                .toArray();
        return Arrays.stream(sorted).skip(sorted.length / 2).findFirst().orElseThrow() * (double) STRETCHES / records;
    }
}
