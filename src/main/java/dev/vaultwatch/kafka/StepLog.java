package dev.vaultwatch.kafka;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * A write-ahead log of a task's steps in a changelogged store: replaying it into new plugins gives the state that the task had
 * at its last commit. Used by the task's thread alone.
 *
 * <p>Key: the number of the step. Value: the offset in the task's input at which it was taken (long), then the step. Each
 * record is written once and deleted once, when no window needs it; a snapshot at every commit would write each open group
 * again and again, and a commit can fall behind any record.
 */
final class StepLog {
    private final KeyValueStore<Long, byte[]> store;
    /** Per source, its records in the log, in order of position. */
    private final Map<String, Deque<Place>> records = new HashMap<>();
    /** Steps that are no record, in order. */
    private final Deque<Long> others = new ArrayDeque<>();

    private long next = 1;

    StepLog(KeyValueStore<Long, byte[]> store) {
        this.store = store;
    }

    private record Place(long number, long position) {}

    /** A step of the log and the offset in the task's input at which it was taken. */
    record Logged(long offset, Routed step) {}

    /** Takes every step of the log again, in order. */
    void replay(Consumer<Logged> taker) {
        try (KeyValueIterator<Long, byte[]> steps = store.all()) {
            while (steps.hasNext()) {
                KeyValue<Long, byte[]> each = steps.next();
                ByteBuffer value = ByteBuffer.wrap(each.value);
                long offset = value.getLong();
                byte[] bytes = new byte[value.remaining()];
                value.get(bytes);
                Routed step = Routed.of(bytes);
                remember(each.key, step);
                next = Math.max(next, each.key + 1);
                taker.accept(new Logged(offset, step));
            }
        }
    }

    /** Adds a step that was taken. */
    void add(long offset, Routed step) {
        byte[] bytes = step.bytes();
        store.put(
                next,
                ByteBuffer.allocate(Long.BYTES + bytes.length)
                        .putLong(offset)
                        .put(bytes)
                        .array());
        remember(next, step);
        next++;
    }

    private void remember(long number, Routed step) {
        if (step.kind() == Routed.Kind.RECORD) {
            records.computeIfAbsent(step.source(), source -> new ArrayDeque<>())
                    .add(new Place(number, step.position()));
        } else {
            others.add(number);
        }
    }

    /**
     * Deletes what no window needs: records before their source's oldest needed position, and steps before the first record
     * that is left, but for the last {@code keep} of them, which say how far time has come.
     *
     * @param needed by source; nothing is needed of one that is not listed
     */
    void trim(Map<String, Long> needed, int keep) {
        List<Long> dropped = new ArrayList<>();
        records.forEach((source, places) -> {
            Long oldest = needed.get(source);
            while (!places.isEmpty() && (oldest == null || places.getFirst().position() < oldest)) {
                dropped.add(places.removeFirst().number());
            }
        });
        long first = records.values().stream()
                .filter(places -> !places.isEmpty())
                .mapToLong(places -> places.getFirst().number())
                .min()
                .orElse(Long.MAX_VALUE);
        while (others.size() > keep && others.getFirst() < first) {
            dropped.add(others.removeFirst());
        }
        dropped.forEach(store::delete);
    }
}
