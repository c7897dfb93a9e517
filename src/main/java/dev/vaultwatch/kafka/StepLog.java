package dev.vaultwatch.kafka;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * A write-ahead log of a task's steps in a changelogged store: replaying it into new plugins gives the state that the task had
 * at its last commit. Used by the task's thread alone.
 *
 * <pre>
 *   1 … n          steps that were taken, in order
 *   2^62 … 2^62+m  steps that wait because the plugin is overloaded, in order of arrival
 * </pre>
 *
 * Value: the offset in the task's input at which it was taken (long), then the step. Each record is written once and deleted
 * once, when no window needs it; a snapshot at every commit would write each open group again and again, and a commit can fall
 * behind any record. A record that waits is in the store alone: memory holds its number.
 */
final class StepLog {
    private static final long FIRST_WAITING = 1L << 62;

    private final KeyValueStore<Long, byte[]> store;
    /** Per source, its records in the log, in order of position. */
    private final Map<String, Deque<Place>> records = new HashMap<>();
    /** Steps that move time, in order. */
    private final Deque<Long> times = new ArrayDeque<>();
    /** Announced rules that have not taken over: number by version. */
    private final Map<String, Long> announced = new HashMap<>();
    /** Rules that took over, in order. */
    private final Deque<Applied> applied = new ArrayDeque<>();
    /** Per source, numbers of the steps that wait. */
    private final Map<String, Deque<Long>> waiting = new HashMap<>();

    private long next = 1;
    private long nextWaiting = FIRST_WAITING;

    StepLog(KeyValueStore<Long, byte[]> store) {
        this.store = store;
    }

    private record Place(long number, long position) {}

    private record Applied(long announcement, long number) {}

    /** A step of the log and the offset in the task's input at which it was taken. */
    record Logged(long offset, Routed step) {}

    /** Takes every step of the log again, in order; those that wait are left to {@link #waiting}. */
    void replay(Consumer<Logged> taker) {
        try (KeyValueIterator<Long, byte[]> steps = store.all()) {
            while (steps.hasNext()) {
                KeyValue<Long, byte[]> each = steps.next();
                Logged logged = logged(each.value);
                if (each.key >= FIRST_WAITING) {
                    rememberWaiting(each.key, logged.step());
                } else {
                    remember(each.key, logged.step());
                    next = Math.max(next, each.key + 1);
                    taker.accept(logged);
                }
            }
        }
    }

    private static Logged logged(byte[] stored) {
        return new Logged(ByteBuffer.wrap(stored).getLong(), Routed.of(stored, Long.BYTES));
    }

    /** Adds a step that was taken. */
    void add(long offset, Routed step) {
        put(next, offset, step);
        remember(next, step);
        next++;
    }

    private void put(long number, long offset, Routed step) {
        byte[] bytes = step.bytes(Long.BYTES);
        ByteBuffer.wrap(bytes).putLong(offset);
        store.put(number, bytes);
    }

    private void remember(long number, Routed step) {
        switch (step.kind()) {
            case RECORD ->
                records.computeIfAbsent(step.source(), source -> new ArrayDeque<>())
                        .add(new Place(number, step.position()));
            case WATERMARK, IDLE -> times.add(number);
            case CHANGE -> announced.put(step.version(), number);
            case APPLY ->
                applied.add(new Applied(
                        Optional.ofNullable(announced.remove(step.version())).orElse(number), number));
        }
    }

    // ---- what waits

    /** Keeps a step of an overloaded plugin's source. */
    void await(long offset, Routed step) {
        put(nextWaiting, offset, step);
        rememberWaiting(nextWaiting, step);
    }

    private void rememberWaiting(long number, Routed step) {
        waiting.computeIfAbsent(step.source(), source -> new ArrayDeque<>()).add(number);
        nextWaiting = number + 1;
    }

    boolean isWaiting(String source) {
        return waiting.containsKey(source);
    }

    /** How many steps wait. */
    long waiting() {
        return waiting.values().stream().mapToLong(Deque::size).sum();
    }

    /**
     * Offers what waits, each source in order.
     *
     * @param taker whether it took, and logged, the step; the rest of the source's go on waiting if not
     */
    void offerWaiting(java.util.function.Predicate<Routed> taker) {
        waiting.values().removeIf(numbers -> {
            while (!numbers.isEmpty()) {
                byte[] stored = store.get(numbers.getFirst());
                if (stored == null) {
                    throw new IllegalStateException(
                            "Step " + numbers.getFirst() + " waits and is not in the store; please report it.");
                }
                if (!taker.test(logged(stored).step())) {
                    return false;
                }
                store.delete(numbers.removeFirst());
            }
            return true;
        });
    }

    // ---- trimming

    /**
     * Deletes what no window needs: records before their source's oldest needed position, and steps before the first record
     * that is left, but for the last {@code keep} that move time, which say how far it has come, and the rules that judged that
     * record.
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
        while (times.size() > keep && times.getFirst() < first) {
            dropped.add(times.removeFirst());
        }
        while (applied.size() > 1 && second(applied).number() < first) {
            Applied superseded = applied.removeFirst();
            dropped.add(superseded.announcement());
            dropped.add(superseded.number());
        }
        dropped.forEach(store::delete);
    }

    private static Applied second(Deque<Applied> applied) {
        return applied.stream().skip(1).findFirst().orElseThrow();
    }
}
