package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.LateEvent;
import dev.vaultwatch.plugin.DrawnReads.Read;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What happens to a plugin while it is given reads: after which read what. */
record DrawnLife(TreeMap<Integer, Fault> faults, boolean journal, String lateness) {

    enum Fault {
        RELOAD,
        /** Closed, and another one starts from its journal. */
        RESTART,
        /** The process ends without a word, and another one starts from what is on the disk. */
        KILL
    }

    /** What was heard in a life. */
    record Heard(List<Alert> alerts, List<LateEvent> dropped, List<Read> late) {}

    /** The same with another lateness. */
    DrawnLife with(String other) {
        return new DrawnLife(faults, journal, other);
    }

    long latenessMillis() {
        return Duration.parse(lateness).toMillis();
    }

    static DrawnLife of(int reads, Random random) {
        TreeMap<Integer, Fault> faults = new TreeMap<>();
        boolean journal = random.nextInt(3) > 0;
        for (int i = random.nextInt(4); i > 0; i--) {
            Fault fault = journal ? Fault.values()[random.nextInt(3)] : Fault.RELOAD;
            faults.put(random.nextInt(reads), fault);
        }
        return new DrawnLife(faults, journal, random.nextInt(3) == 0 ? "PT2M" : "PT30M");
    }

    /** Lives it, with the rules of a folder and pairs of configuration keys and values. */
    Heard live(VaultwatchPluginFactory factory, Path rules, List<Read> reads, Path scratch, String... more)
            throws IOException {
        List<Alert> alerts = new ArrayList<>();
        List<LateEvent> dropped = new ArrayList<>();
        List<Read> late = new ArrayList<>();
        Path journalFolder = Files.createTempDirectory(scratch, "journal");
        PluginUnderTest test = start(factory, rules, journalFolder, more);
        try {
            for (int i = 0; i < reads.size(); i++) {
                Admission admission = test.plugin.accept(reads.get(i).json());
                assertThat(admission.status()).isEqualTo(Admission.Status.TAKEN);
                assertThat(admission.bad()).isZero();
                if (admission.late() > 0) {
                    late.add(reads.get(i));
                }
                Fault fault = faults.get(i);
                if (fault == Fault.RELOAD) {
                    assertThat(test.plugin.reload().applied()).isTrue();
                } else if (fault != null) {
                    if (fault == Fault.KILL) {
                        journalFolder = copied(journalFolder, scratch);
                        keep(test, alerts, dropped);
                        test.close();
                    } else {
                        test.close();
                        keep(test, alerts, dropped);
                    }
                    test = start(factory, rules, journalFolder, more);
                }
            }
            test.plugin.endOfInput();
            keep(test, alerts, dropped);
        } finally {
            test.close();
        }
        return new Heard(alerts, dropped, late);
    }

    private static void keep(PluginUnderTest test, List<Alert> alerts, List<LateEvent> dropped) {
        alerts.addAll(test.alerts);
        dropped.addAll(test.lateEvents);
    }

    private PluginUnderTest start(VaultwatchPluginFactory factory, Path rules, Path journalFolder, String... more) {
        List<String> config = new ArrayList<>(List.of(
                "rules.dir",
                rules.toString(),
                "rules.watch",
                "false",
                "rules.enabled",
                "*",
                "time.lateness",
                lateness));
        config.addAll(List.of(more));
        if (journal) {
            config.addAll(List.of("journal.dir", journalFolder.toString(), "journal.fsync", "never"));
        }
        PluginUnderTest test = PluginUnderTest.started(factory, config.toArray(String[]::new));
        test.wallClock.set(NOON.plusSeconds(7_200));
        return test;
    }

    private static Path copied(Path from, Path scratch) throws IOException {
        Path to = Files.createTempDirectory(scratch, "journal");
        try (Stream<Path> files = Files.list(from)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".segment")).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }
}
