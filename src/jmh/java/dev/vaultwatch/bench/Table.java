package dev.vaultwatch.bench;

import dev.vaultwatch.samples.ExpectedAlert;
import dev.vaultwatch.samples.PopulationGenerator;
import dev.vaultwatch.samples.Profile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Prints the table of speed and size in a few minutes: {@code mvn -Pbench test -DskipTests}. Arguments: names of parts, all
 * without. {@code -Dbench.records=200000} shortens it, {@code -Dbench.out=FILE} keeps it.
 */
public final class Table {
    private static final int RECORDS = Integer.getInteger("bench.records", 400_000);
    private static final int ROUNDS = Integer.getInteger("bench.rounds", 3);
    private static final int CLOSES = 11;
    private static final int STARTS = 9;
    private static final Instant NOON = Instant.parse("2026-11-03T12:00:00Z");

    /** Far enough into a minute that the slack has opened it. */
    private static final Instant OPEN = NOON.plusSeconds(10);

    private final PrintStream out;

    private Table(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] args) throws IOException {
        Path file = Path.of(System.getProperty("bench.out", "docs/benchmarks/table.txt"));
        if (file.getParent() != null) {
            Files.createDirectories(file.getParent());
        }
        List<String> parts = args.length == 0
                ? List.of(
                        "profiles",
                        "rules",
                        "steps",
                        "latency",
                        "processes",
                        "close",
                        "idle",
                        "reload",
                        "late",
                        "memory",
                        "growth",
                        "day")
                : Arrays.asList(args);
        try (PrintStream kept = new PrintStream(Files.newOutputStream(file), true, StandardCharsets.UTF_8)) {
            Table table = new Table(kept);
            table.say(
                    "Vaultwatch bench %s; JDK %s (%s); %d processors; %s; heap at most %d MiB; commit %s; args %s",
                    Instant.now(),
                    System.getProperty("java.runtime.version"),
                    System.getProperty("java.vm.name"),
                    Runtime.getRuntime().availableProcessors(),
                    Machine.cpu(),
                    Runtime.getRuntime().maxMemory() >> 20,
                    Machine.commit(),
                    parts);
            table.say(
                    "cpu = CPU time of the busiest feeding thread; of %d rounds the best, clock by clock, but where medians are"
                            + " said; load average %s",
                    ROUNDS, Machine.load());
            for (String part : parts) {
                table.run(part);
            }
            table.say("load average at the end %s", Machine.load());
        }
        System.exit(0);
    }

    private void run(String part) {
        switch (part) {
            case "steps" -> steps();
            case "profiles" -> profiles(false);
            case "apart" -> profiles(true);
            case "rules" -> RuleCost.run(2 * RECORDS, line -> say("%s", line));
            case "latency" -> latency();
            case "processes" -> processes();
            case "start" -> starts();
            case "close" -> close();
            case "idle" -> idle();
            case "reload" -> reload();
            case "late" -> late();
            case "memory" -> memory();
            case "growth" -> growth();
            case "day" -> day();
            default -> throw new IllegalArgumentException("no part " + part);
        }
    }

    private void say(String format, Object... values) {
        String line = String.format(Locale.ROOT, format, values);
        out.println(line);
        System.out.println(line);
    }

    // ---- decoding

    private void steps() {
        Blocks data =
                Blocks.generate("--records", "" + RECORDS / 10, "--upns", System.getProperty("bench.upns", "20000"));
        say(
                "%n== decoding alone, a block of lines a call, one thread, %,d records of %,d bytes",
                data.records(), data.bytes() / data.records());
        Steps.run(data, 3 * ROUNDS)
                .forEach((name, result) ->
                        say("%-40s %8.0f ns cpu a record, %8.1f B allocated", name, result[0], result[1]));
    }

    // ---- whole path

    /** All profiles, or those that {@code -Dbench.profiles} names with commas between. */
    private void profiles(boolean apart) {
        String named = System.getProperty("bench.profiles", "");
        int records = Integer.getInteger("bench.profile.records", (apart ? 12 : 3) * RECORDS);
        new Profiles(records, apart, line -> say("%s", line))
                .run(Arrays.stream(Profile.values())
                        .filter(profile -> named.isEmpty()
                                || Arrays.asList(named.toUpperCase(Locale.ROOT).split(","))
                                        .contains(profile.name()))
                        .toList());
    }

    // ---- latency

    private void latency() {
        int records = Integer.getInteger("bench.profile.records", 9 * RECORDS);
        PopulationGenerator generator = new PopulationGenerator(Profile.STORM, records, 1);
        try (Host host = new Host()) {
            long[] nanos = new long[records / 100];
            int[] count = {0};
            long[] inMinute = new long[nanos.length];
            int[] inMinutes = {0};
            Longest longest = new Longest();
            int stretches = 12;
            for (int i = 0; i < stretches; i++) {
                Blocks stretch = Blocks.next(generator, Profile.STORM, records / stretches);
                int[][] ends = stretch.lineEnds();
                // The first third is the compiler's.
                boolean measured = i >= stretches / 3;
                Clocks.of(1, () -> {
                    for (int k = 0; k < ends.length; k++) {
                        byte[] block = stretch.blocks().get(k);
                        int from = 0;
                        for (int end : ends[k]) {
                            long before = host.early();
                            long closed = host.confirmed();
                            long start = System.nanoTime();
                            host.plugin.accept(block, from, end - from);
                            if (measured) {
                                longest.add(System.nanoTime() - start);
                            }
                            from = end + 1;
                            if (host.early() > before && measured) {
                                nanos[count[0]++] = host.lastEarlyNanos() - start;
                                if (host.confirmed() == closed) {
                                    inMinute[inMinutes[0]++] = host.lastEarlyNanos() - start;
                                }
                            }
                        }
                    }
                });
            }
            List<ExpectedAlert> expected = generator.expected();
            Check.same(expected, host.finish(), "the plugin");
            Check.that(host.early() >= expected.size(), "an alert without EARLY");
            long[] sorted = Arrays.copyOf(nanos, count[0]);
            Arrays.sort(sorted);
            say(
                    "%n== crossing event's accept to EARLY callback, profile storm, a record a call at full load, one thread,"
                            + " %,d calls with an EARLY alert, wall clock:",
                    count[0]);
            say("%s", spread(sorted));
            say(
                    "of these, %,d calls that closed no minute: %s",
                    inMinutes[0],
                    spread(Arrays.stream(inMinute, 0, inMinutes[0]).sorted().toArray()));
            say(
                    "longest accept of all, minute close included, %,.1f ms with a collection in it, %,.1f ms without",
                    longest.collecting / 1e6, longest.own / 1e6);
        }
    }

    private static String spread(long[] sorted) {
        return String.format(
                Locale.ROOT,
                "p50 %,.1f us, p99 %,.1f us, p99.9 %,.1f us, worst %,.1f us",
                sorted[sorted.length / 2] / 1e3,
                sorted[(int) (sorted.length * 0.99)] / 1e3,
                sorted[(int) (sorted.length * 0.999)] / 1e3,
                sorted[sorted.length - 1] / 1e3);
    }

    // ---- in processes of their own

    private void processes() {
        say("%n== in a process of its own");
        say("%s", Child.run("-Xmx400m", "memory", Profile.POPULATION.name(), Integer.toString(5 * RECORDS)));
        for (Profile profile : Profile.values()) {
            // 27 minutes of event time: all that was kept is still held.
            say("%s", Child.run("-Xmx400m", "memory", profile.name(), Integer.toString(9 * RECORDS / 4)));
        }
        starts();
    }

    private void starts() {
        say("%n== start");
        for (int i = 0; i < STARTS; i++) {
            say("%s", Child.start());
        }
    }

    /** The longest calls: of those that Java's collector stopped, and of the others. */
    private static final class Longest {
        /** Shorter calls held no collection. */
        private static final long LONG = 1_000_000;

        private long collected = Clocks.collected();
        private long collecting;
        private long own;

        void add(long nanos) {
            if (nanos < LONG) {
                return;
            }
            long now = Clocks.collected();
            if (now > collected) {
                collecting = Math.max(collecting, nanos);
            } else {
                own = Math.max(own, nanos);
            }
            collected = now;
        }
    }

    // ---- minute close

    private void close() {
        say(
                "%n== minute close: accept of the event that ends a minute, the alerts' callbacks in it, wall clock, %d minutes",
                CLOSES);
        closing(100_000, 1, 0, 10);
        closing(100_000, 1, 100, 10);
        closing(100_000, 1, 1_500, 10);
        // With as many events behind the tenth as may wait for the close.
        closing(100_000, 1, 1_500, 41);
        closing(100_000, 10, 100_000, 10);
    }

    private void closing(int upns, int each, int harvesters, int reads) {
        // Beyond a quarter of the bound on users, so many suspects would be answered with OVERLOADED.
        try (Host host = new Host("bounds.keys", "1000000")) {
            double[] millis = new double[CLOSES];
            int alerts = each >= 10 ? upns : harvesters;
            for (int minute = 0; minute < CLOSES; minute++) {
                Instant at = NOON.plusSeconds(60L * minute);
                for (int read = 0; read < reads; read++) {
                    int readers = read < each ? upns : harvesters;
                    for (int upn = 0; upn < readers; upn++) {
                        host.plugin.accept(Raw.record(at.plusMillis(10_000 + read), Raw.ACTIONS[read % 2], upn));
                    }
                }
                long start = System.nanoTime();
                // By somebody who reads once: a reader of the next minute would be one event more than the engine may
                // hold.
                host.plugin.accept(Raw.record(at.plusSeconds(66), "SecretGet", upns));
                millis[minute] = (System.nanoTime() - start) / 1e6;
                Check.that(host.early() == (long) alerts * (minute + 1), host.early() + " EARLY alerts");
            }
            double first = millis[0];
            Arrays.sort(millis);
            say(
                    "%,d open UPNs with %s, %,d alerts of %d events: best %,.1f ms, median %,.1f ms, worst %,.1f ms; the first, before Java"
                            + " compiled the way, %,.1f ms",
                    upns,
                    each == 1 ? "an event each" : each + " events each",
                    alerts,
                    reads,
                    millis[0],
                    millis[CLOSES / 2],
                    millis[CLOSES - 1],
                    first);
        }
    }

    // ---- idle

    private void idle() {
        try (Host host = new Host()) {
            double best = Double.MAX_VALUE;
            for (int i = 0; i < 5; i++) {
                Instant at = NOON.plusSeconds(i * 31L * 86_400);
                for (int read = 0; read < 12; read++) {
                    host.plugin.accept(Raw.record(at.plusMillis(read), Raw.ACTIONS[read % 2], i));
                }
                long start = System.nanoTime();
                host.plugin.accept(Raw.record(at.plusSeconds(30L * 86_400), "SecretGet", 1_000_000 + i));
                best = Math.min(best, (System.nanoTime() - start) / 1e6);
            }
            Check.that(host.finish().size() == 5, "alerts around idle gaps");
            say(
                    "%n== 30 days of silence, then an event: accept took %.2f ms (best of 5, with the open minute's close)",
                    best);
        }
        try (Host host = new Host("time.idle-timeout", "PT10S", "rules.dir", "epl")) {
            host.plugin.accept(Raw.record(OPEN, "SecretGet", 0));
            long start = Clocks.computed();
            try {
                Thread.sleep(20_000);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            say(
                    "an idle plugin with its ticker, and its rules' folder watched: %.1f ms of CPU in 20 s, the whole process",
                    (Clocks.computed() - start) / 1e6);
        }
    }

    // ---- reload

    private void reload() {
        try (Host host = new Host()) {
            for (int upn = 0; upn < 100_000; upn++) {
                for (int read = 0; read < (upn < 5_000 ? 12 : 1); read++) {
                    host.plugin.accept(Raw.record(OPEN.plusMillis(read), Raw.ACTIONS[read % 2], upn));
                }
            }
            double longest = 0;
            double total = 0;
            for (int i = 0; i < 5; i++) {
                double[] stall = {0};
                boolean[] over = {false};
                Thread feeder = new Thread(() -> {
                    int n = 0;
                    while (!over[0]) {
                        long start = System.nanoTime();
                        host.plugin.accept(Raw.record(OPEN.plusMillis(20), "SecretGet", 200_000 + n++ % 1000 * 100));
                        stall[0] = Math.max(stall[0], (System.nanoTime() - start) / 1e6);
                        Thread.onSpinWait();
                    }
                });
                feeder.start();
                long start = System.nanoTime();
                Check.that(host.plugin.reload().applied(), "a reload refused");
                total += (System.nanoTime() - start) / 1e6;
                over[0] = true;
                try {
                    feeder.join();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                longest = i == 0 ? stall[0] : Math.min(longest, stall[0]);
            }
            Check.that(host.early() >= 5_000, "EARLY alerts");
            say(
                    "%n== reload with 100,000 open UPNs, 5,000 of them suspects: longest accept meanwhile %.1f ms (best of 5),"
                            + " reload() itself %.0f ms",
                    longest, total / 5);
        }
    }

    // ---- late

    private void late() {
        try (Host host = new Host()) {
            int users = 2_000;
            for (int upn = 0; upn < users; upn++) {
                for (int read = 0; read < 10; read++) {
                    host.plugin.accept(Raw.record(OPEN.plusMillis(read), Raw.ACTIONS[read % 2], upn));
                }
            }
            host.plugin.accept(Raw.record(NOON.plusSeconds(90), "SecretGet", 0));
            double best = Double.MAX_VALUE;
            for (int i = 0; i < 5; i++) {
                long start = System.nanoTime();
                for (int upn = 0; upn < users; upn++) {
                    host.plugin.accept(Raw.record(OPEN.plusMillis(100), "SecretGet", upn));
                }
                host.plugin.accept(Raw.record(NOON.plusSeconds(92 + 2L * i), "SecretGet", 0));
                best = Math.min(best, (System.nanoTime() - start) / 1e3 / users);
            }
            Check.that(host.revised() == 5L * users, host.revised() + " revisions");
            say(
                    "%n== re-evaluation: %.1f us a late event (accept, judging of its user's %d events, revision), best of 5",
                    best, 15);
        }
    }

    // ---- memory

    private void memory() {
        say("%n== memory: heap in use after collection, a plugin with one open minute of 200,000 UPNs");
        long[] held = new long[4];
        int[] reads = {0, 1, 5, 9};
        int upns = 200_000;
        for (int i = 0; i < reads.length; i++) {
            long before = Clocks.heap();
            try (Host host = new Host("bounds.keys", "1000000", "bounds.events", "10000000")) {
                for (int read = 0; read < reads[i]; read++) {
                    for (int upn = 0; upn < upns; upn++) {
                        host.plugin.accept(Raw.record(OPEN.plusMillis(read), Raw.ACTIONS[read % 2], upn));
                    }
                }
                held[i] = Clocks.heap() - before;
                long said = host.plugin.health().journalBytes();
                Check.that(host.plugin.health().kept() == (long) reads[i] * upns, "events kept");
                say(
                        "%d events each: %,d KiB held, %,d KiB by the journal's own estimate",
                        reads[i], held[i] >> 10, said >> 10);
            }
        }
        double event = (held[3] - held[2]) / 4.0 / upns;
        say(
                "an event: %.0f B; an open (UPN, minute) beside its events: %.0f B (from 5 and 9 events)",
                event, (held[2] - held[0]) / (double) upns - 5 * event);
        say("a first event with its (UPN, minute): %.0f B", (held[1] - held[0]) / (double) upns);
    }

    private void growth() {
        say("%n== cost against growth: cpu ns a record, one thread, a block a call, 1,000 records/s of event time");
        for (String[] size : new String[][] {
            {"500000", "20000"}, {"2000000", "20000"}, {"8000000", "20000"},
            {"2000000", "2000"}, {"2000000", "200000"}, {"2000000", "2000000"}
        }) {
            // Generated as it goes: 8,000,000 records would not fit.
            Clocks best = growing(size);
            say(
                    "%,10d records, %,10d UPNs: %.0f ns a record, heap at the end %,d KiB",
                    Integer.parseInt(size[0]),
                    Integer.parseInt(size[1]),
                    best.cpu() / Double.parseDouble(size[0]),
                    best.allocated() >> 10);
        }
    }

    private Clocks growing(String... size) {
        long before = Clocks.heap();
        try (Host host = new Host()) {
            Streamed stream =
                    new Streamed("--records", size[0], "--upns", size[1], "--rate", "1000", "--harvests", "20");
            long[] cpu = {0};
            Clocks.of(1, () -> cpu[0] = stream.into(host.plugin));
            long heap = Clocks.heap() - before;
            Check.same(stream.expected(), host.finish(), "the plugin");
            return new Clocks(1, cpu[0], 0, 0, heap);
        }
    }

    /** A day of event time: what is held after each of some hours. */
    private void day() {
        say("%n== 24 h of event time at 50 records/s, 20,000 UPNs, a harvest now and then: heap after collection");
        long before = Clocks.heap();
        try (Host host = new Host()) {
            Streamed stream = new Streamed("--records", "4320000", "--rate", "50", "--harvests", "48");
            for (int hour = 1; hour <= 24; hour++) {
                stream.into(host.plugin, 180_000);
                if (hour == 1 || hour % 6 == 0) {
                    say(
                            "after hour %2d: %,d KiB; journal %,d KiB by its estimate",
                            hour,
                            (Clocks.heap() - before) >> 10,
                            host.plugin.health().journalBytes() >> 10);
                }
            }
            Check.same(stream.expected(), host.finish(), "the plugin");
        }
    }
}
