package dev.vaultwatch.fuzz;

import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A host that is killed. It reads a stream on from its last commit, puts alerts into a queue, and acknowledges each when its
 * worker has written it down. It ends by itself when the stream has.
 */
final class KillChild {
    static final FuzzRule RULE = FuzzRule.shipped(4, 2);
    static final int SOURCES = 3;

    private final Path folder;
    private final Path heard;
    private final Path commit;
    private final BlockingQueue<Delivery> queue = new LinkedBlockingQueue<>();

    private record Delivery(Alert alert, Acknowledgement acknowledgement) {}

    private KillChild(Path folder) {
        this.folder = folder;
        this.heard = folder.resolve("heard");
        this.commit = folder.resolve("commit");
    }

    /** One call: where it lies in its source, and what it brings. */
    record Call(int source, long offset, Item item) {}

    public static void main(String[] arguments) throws Exception {
        new KillChild(Path.of(arguments[0]))
                .live(
                        Long.parseLong(arguments[1]),
                        Integer.parseInt(arguments[2]),
                        () -> System.out.println("started"));
    }

    /** Reads the stream to its end, in this process. */
    static void undisturbed(Path folder, long seed) throws Exception {
        new KillChild(folder).live(seed, 0, () -> {});
    }

    /** The calls of a seed's stream; a few of its records come late, inside what is allowed. */
    static List<Call> calls(long seed) {
        Dice dice = new Dice(seed);
        List<Call> calls = new ArrayList<>();
        long[] offsets = new long[SOURCES];
        long time = 1_772_323_200_000L;
        for (int number = 0; number < 1_500; number++) {
            time += dice.below(600);
            String user = "user" + dice.below(6) + "@contoso.example";
            long late = dice.oneIn(12) ? dice.below(180_000) : 0;
            int source = dice.below(SOURCES);
            Item item = new Item(
                    number,
                    Item.Kind.EVENT,
                    time - late,
                    dice.oneOf("SecretGet", "SecretGet", "SecretList"),
                    user,
                    "oid",
                    "VAULT" + dice.below(3),
                    "192.0.2.1");
            calls.add(new Call(source, offsets[source]++, item));
        }
        return calls;
    }

    private void live(long seed, int pauseMicros, Runnable started) throws Exception {
        List<Call> calls = calls(seed);
        CountDownLatch ended = new CountDownLatch(1);
        PluginContext context = PluginContext.builder()
                .config("rules.dir", folder.resolve("rules").toString())
                .config("rules.cache-dir", folder.resolve("cache").toString())
                .config("rules.watch", "false")
                .config("journal.dir", folder.resolve("journal").toString())
                .config("time.idle-timeout", "PT0S")
                .config("time.max-future", "PT0S")
                .config("alerts.cap", "false")
                .config("alerts.max-values", "100000")
                .onAlertToAcknowledge((alert, acknowledgement) -> queue.add(new Delivery(alert, acknowledgement)))
                .build();
        cutTornLine();
        Thread worker = new Thread(() -> work(ended), "worker");
        worker.setDaemon(true);
        worker.start();
        try (DetectionPlugin plugin = ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(context)) {
            plugin.start();
            List<Source> sources = new ArrayList<>();
            for (int i = 0; i < SOURCES; i++) {
                sources.add(plugin.source(SourceSpec.of("hub-" + i)));
            }
            started.run();
            // The commit may be older than what the journal knows.
            for (int i = Math.max(0, committed() - 20); i < calls.size(); i++) {
                Call call = calls.get(i);
                byte[] json = call.item().json().getBytes(StandardCharsets.UTF_8);
                Admission admission = sources.get(call.source()).accept(OffsetRange.at(call.offset()), json);
                if (admission.status() == Admission.Status.OVERLOADED) {
                    throw new IllegalStateException(admission.toString());
                }
                write(commit, Integer.toString(i + 1), StandardOpenOption.TRUNCATE_EXISTING);
                pause(pauseMicros);
            }
            plugin.endOfInput();
            ended.countDown();
            worker.join();
        }
        write(folder.resolve("ended"), "ended", StandardOpenOption.TRUNCATE_EXISTING);
    }

    private int committed() throws IOException {
        String text = Files.exists(commit) ? Files.readString(commit) : "";
        return text.isEmpty() ? 0 : Integer.parseInt(text);
    }

    private static void pause(int micros) {
        long until = System.nanoTime() + micros * 1_000L;
        while (System.nanoTime() < until) {
            Thread.onSpinWait();
        }
    }

    /** Until the stream has ended and the queue is empty. */
    private void work(CountDownLatch ended) {
        try {
            while (ended.getCount() > 0 || !queue.isEmpty()) {
                Delivery delivery = queue.poll(20, java.util.concurrent.TimeUnit.MILLISECONDS);
                if (delivery != null) {
                    Message message = Message.of(0, 0, delivery.alert(), RULE);
                    write(
                            heard,
                            message.name() + " " + message.group().start() + " "
                                    + message.group().key() + " " + message.count() + " " + message.marks() + "\n",
                            StandardOpenOption.APPEND);
                    delivery.acknowledgement().acknowledge();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A kill within a write leaves a part of a line, of an alert that was not acknowledged and so comes again. */
    private void cutTornLine() throws IOException {
        if (Files.exists(heard)) {
            // Whole lines are never written anew: a kill here would lose them.
            int whole = Files.readString(heard).lastIndexOf('\n') + 1;
            try (FileChannel file = FileChannel.open(heard, StandardOpenOption.WRITE)) {
                file.truncate(whole);
            }
        }
    }

    private static void write(Path file, String text, StandardOpenOption how) {
        try {
            Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
