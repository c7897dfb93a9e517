package dev.vaultwatch.cli;

import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.PluginHealth;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The closing words of a replay: a line for each thing that became of records. Immutable. */
final class Summary {
    /** Names of sorted files that are told; the rest is a number. */
    private static final int NAMES = 3;

    private static final long NO_NUMBER = -1;

    private final Tally tally;
    private final PluginHealth before;
    private final PluginHealth after;
    private final DeadLetters bad;
    private final Optional<Path> letterFile;
    private final List<Line> lines = new ArrayList<>();

    private record Line(String label, long number, String rest) {}

    /**
     * Sums up one run.
     *
     * @param before the plugin's counters when the run began, which may be those of earlier runs
     */
    Summary(Tally tally, PluginHealth before, PluginHealth after, DeadLetters bad, Optional<Path> letterFile) {
        this.tally = tally;
        this.before = before;
        this.after = after;
        this.bad = bad;
        this.letterFile = letterFile;
    }

    /**
     * The lines, under 20.
     *
     * @param read what was read, and how fast
     * @param sorted the files that were sorted
     * @param firstUnrecognised a sentence about the first object that was not recognised; empty if there is none
     */
    List<String> lines(String read, List<Path> sorted, Optional<String> firstUnrecognised) {
        lines.clear();
        line("read", tally.records(), read);
        some("before", tally.before(), "lines or elements that an earlier run had taken, passed over");
        line("kept", tally.kept(), "that a rule looks at");
        some(
                "no user",
                grown(Counter.WITHOUT_USER),
                "of the kept, which name no user: no count of one has them"
                        + parts(Map.of(
                                Counter.WITHOUT_IDENTITY, "no identity",
                                Counter.OF_APPLICATION, "an application",
                                Counter.UNREADABLE_IDENTITY, "an identity that can't be read",
                                Counter.WITHOUT_UPN, "a guest without a UPN")));
        line(
                "ignored",
                tally.ignored(),
                "that no rule looks at"
                        + parts(Map.of(
                                Counter.IGNORED_CATEGORY, "of another log",
                                Counter.IGNORED_ACTION, "of an action that no rule wants")));
        some("unknown", tally.unrecognised(), "objects without any field of a Key Vault record");
        if (tally.unrecognised() > 0) {
            firstUnrecognised.ifPresent(this::sentence);
        }
        some("not UTF-8", grown(Counter.INVALID_UTF8), "records with bytes that are no UTF-8; U+FFFD stands for each");
        some("repeated", tally.repeated(), "that had been read before");
        some("reopened", grown(Counter.REOPENED), "of the kept, after their window had closed; it was judged again");
        line("late", tally.late(), tally.late() == 0 ? "" : "too late to be judged: they are in no alert");
        line("bad", tally.bad(), badness());
        bad.first()
                .map(first -> "The first, in " + first.file() + ": " + first.problem())
                .ifPresent(this::sentence);
        line("alerts", grown(Counter.ALERTS), "");
        some("withheld", grown(Counter.WITHHELD), "alerts beyond a rule's cap");
        excepted();
        unused().ifPresent(line -> line("unused", line.number, line.rest));
        some("repeats", grown(Counter.SUPPRESSED), "suppressed alerts, like one that was told shortly before");
        some("shadow", grown(Counter.SHADOWED), "alerts of rules in the shadow" + of(Counter.SHADOWED));
        some("retracted", grown(Counter.RETRACTED), "of the alerts, which what came later proved wrong");
        some("failed", grown(Counter.RULE_FAILURES), "times that a rule failed on an event");
        if (!sorted.isEmpty()) {
            line("sorted", sorted.size(), "not in the order of time: " + names(sorted));
        }
        int width = lines.stream()
                .mapToInt(line -> count(line.number).length())
                .max()
                .orElse(0);
        return lines.stream()
                .map(line -> String.format(
                                Locale.ROOT, "%-9s  %" + width + "s  %s", line.label, count(line.number), line.rest)
                        .stripTrailing())
                .toList();
    }

    private void excepted() {
        long events = grown(Counter.EXCEPTED_EVENTS);
        long alerts = grown(Counter.EXCEPTED_ALERTS);
        String ofAlerts = "alerts, by exceptions of the tuning" + of(Counter.EXCEPTED_ALERTS);
        if (events == 0) {
            some("excepted", alerts, ofAlerts);
        } else {
            line(
                    "excepted",
                    events,
                    "of the kept, by exceptions of the tuning" + of(Counter.EXCEPTED_EVENTS)
                            + (alerts == 0 ? "" : "; and " + count(alerts) + " " + ofAlerts));
        }
    }

    /** The parts of a counter that are not 0. */
    private String of(Counter counter) {
        return after.parts(counter).entrySet().stream()
                .filter(each -> each.getValue() > 0)
                .sorted(Map.Entry.comparingByKey())
                .map(each -> each.getKey() + " " + count(each.getValue()))
                .collect(Collectors.joining(", ", ": ", ""));
    }

    /** Exceptions that nothing has met: they may be for something that is no more. */
    private Optional<Line> unused() {
        List<String> never = after.parts(Counter.EXCEPTED_EVENTS).keySet().stream()
                .filter(id -> after.parts(Counter.EXCEPTED_EVENTS).getOrDefault(id, 0L)
                                + after.parts(Counter.EXCEPTED_ALERTS).getOrDefault(id, 0L)
                        == 0)
                .sorted()
                .toList();
        return never.isEmpty()
                ? Optional.empty()
                : Optional.of(new Line(
                        "unused",
                        never.size(),
                        "exceptions of the tuning that nothing met: " + String.join(", ", never)));
    }

    private long grown(Counter counter) {
        return Math.max(0, after.value(counter) - before.value(counter));
    }

    private void line(String label, long number, String rest) {
        lines.add(new Line(label, number, rest));
    }

    private void some(String label, long number, String rest) {
        if (number > 0) {
            line(label, number, rest);
        }
    }

    /** A line of its own below the one before. */
    private void sentence(String sentence) {
        lines.add(new Line("", NO_NUMBER, sentence));
    }

    /** What a number is made of, the greatest first; nothing if that is not known. */
    private String parts(Map<Counter, String> names) {
        String parts = names.entrySet().stream()
                .filter(part -> grown(part.getKey()) > 0)
                .sorted(Comparator.comparing((Map.Entry<Counter, String> part) -> -grown(part.getKey()))
                        .thenComparing(Map.Entry::getKey))
                .map(part -> count(grown(part.getKey())) + " " + part.getValue())
                .collect(Collectors.joining(", "));
        return parts.isEmpty() ? "" : " (" + parts + ")";
    }

    private static String count(long number) {
        return number == NO_NUMBER ? "" : String.format(Locale.ROOT, "%,d", number);
    }

    /** The first names of some files, and how many more there are. */
    static String names(List<Path> files) {
        String names = files.stream().limit(NAMES).map(Input::nameOf).collect(Collectors.joining(", "));
        return files.size() <= NAMES ? names : names + " and " + (files.size() - NAMES) + " more";
    }

    private String badness() {
        if (tally.bad() == 0) {
            return "";
        }
        String reasons = bad.counts().entrySet().stream()
                .map(entry -> String.format(Locale.ROOT, "%s %,d", entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(", "));
        return (reasons.isEmpty() ? "" : "(" + reasons + "), ")
                + letterFile
                        .map(file -> "kept in " + file)
                        .orElse("which --dead-letters FILE keeps with what is wrong");
    }
}
