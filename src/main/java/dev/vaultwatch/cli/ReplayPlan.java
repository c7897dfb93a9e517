package dev.vaultwatch.cli;

import dev.vaultwatch.api.SourceSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What is found out about the inputs before the first record is fed: when each begins in event time, and whether it must be sorted. Files
 * are read once for that; standard input and pipes can't be, and are taken as they come.
 *
 * <p>With a journal, how a file is read is settled when it is first seen, since its places mean bytes or numbers in the order of
 * time by that.
 */
final class ReplayPlan {
    private final List<Entry> entries = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private long bytes;

    /**
     * One input that can be opened.
     *
     * @param sorted whether it is to be sorted
     * @param earliest its least event time, if known
     * @param journalled whether the journal knows it from an earlier run
     */
    record Entry(Path path, boolean sorted, Optional<Instant> earliest, SourceSpec spec, boolean journalled) {}

    /**
     * Looks at the files, and says which are sorted and what the journal makes of names.
     *
     * @param goesOn asked now and then; the rest of the files is left out when it says no
     */
    ReplayPlan(List<Path> files, Replay.Settings settings, EventTimes times, Screen screen, BooleanSupplier goesOn) {
        List<Looked> looked = new ArrayList<>();
        for (Path file : files) {
            if (!goesOn.getAsBoolean()) {
                return;
            }
            try {
                looked.add(look(file, settings, times, screen, goesOn));
            } catch (IOException e) {
                problems.add(Input.nameOf(file) + " can't be read: " + Problem.of(e) + "."
                        + (settings.journal().isPresent() ? " Nothing was read." : ""));
            }
        }
        if (settings.journal().isEmpty()) {
            for (Looked one : looked) {
                add(one, one.order.isDisordered(), SourceSpec.of(Input.nameOf(one.path)), false, screen);
            }
        } else if (problems.isEmpty()) {
            Path journal = settings.journal().get();
            try {
                addKnown(FileLedger.in(journal), looked, screen);
            } catch (IOException e) {
                problems.add("The journal in " + journal + " can't be used: " + Problem.of(e) + ". Nothing was read.");
            }
        }
    }

    private record Looked(Path path, FileOrder order) {}

    private Looked look(Path file, Replay.Settings settings, EventTimes times, Screen screen, BooleanSupplier goesOn)
            throws IOException {
        if (Input.isLive(file)) {
            return new Looked(file, new FileOrder(Optional.empty(), Duration.ZERO));
        }
        screen.progress("looking at the order of time in " + Input.nameOf(file));
        FileOrder order = settings.assumeSorted() ? FileOrder.first(file, times) : FileOrder.of(file, times, goesOn);
        bytes += Files.size(file);
        return new Looked(file, order);
    }

    private void addKnown(FileLedger ledger, List<Looked> looked, Screen screen) throws IOException {
        for (Looked one : looked) {
            FileLedger.Found found = ledger.find(one.path, one.order.isDisordered());
            FileLedger.Known file = found.file();
            found.notice().ifPresent(screen::say);
            if (found.earlier().isPresent()
                    && entries.stream().anyMatch(entry -> entry.spec().name().equals(file.source()))) {
                problems.add(
                        one.path + " begins as another of the files does, but --journal takes each record of a file"
                                + " once. Nothing was read.");
                return;
            }
            if (file.sorted()
                    && found.earlier().filter(was -> was.size() != file.size()).isPresent()) {
                problems.add(one.path + " was sorted when it was read into the journal, and has grown since: give its"
                        + " new records a file of their own. Nothing was read.");
                return;
            }
            if (!file.sorted() && one.order.isDisordered()) {
                screen.say(one.path + " is no longer in the order of time, but the journal has it as it was: it is not"
                        + " sorted.");
            }
            add(
                    one,
                    file.sorted(),
                    SourceSpec.of(file.source()).epoch(file.fingerprint()),
                    found.earlier().isPresent(),
                    screen);
        }
        ledger.save();
    }

    private void add(Looked one, boolean sorted, SourceSpec spec, boolean journalled, Screen screen) {
        if (sorted) {
            screen.say(one.path + " is not in the order of time (records lie up to " + words(one.order.disorder())
                    + " behind earlier ones): it is sorted first.");
        }
        entries.add(new Entry(one.path, sorted, one.order.earliest(), spec, journalled));
    }

    private static String words(Duration span) {
        if (span.toDays() >= 2) {
            return span.toDays() + " days";
        }
        return span.toHours() >= 2 ? span.toHours() + " hours" : Math.max(1, span.toMinutes()) + " minutes";
    }

    /** The inputs that can be opened, in the order of the command line. */
    List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** Sentences about those that can't. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    /** The files that are sorted. */
    List<Path> sorted() {
        return entries.stream().filter(Entry::sorted).map(Entry::path).toList();
    }

    /** The size of all files together. */
    long bytes() {
        return bytes;
    }
}
