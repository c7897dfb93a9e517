package dev.vaultwatch.decode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells records from copies of those before them in one document, where both have one correlation id: a client may choose it (Azure's
 * header {@code x-ms-client-request-id}), so that it alone does not say that two records are of one operation. First the records are
 * noted, then what stands beside them is compared. Not thread-safe.
 */
final class Copies {
    private static final long SECOND_MILLIS = 1_000;

    /** So many of a second are compared one by one: whoever makes the document may put thousands there, and each is compared. */
    private static final int MOST_COMPARED = 64;

    private final Set<Operation> known = new HashSet<>();
    private final Map<Long, List<Operation>> bySecond = new HashMap<>();

    /** What was found since {@link #next}: records of one array are no copies of each other. */
    private final List<Operation> found = new ArrayList<>();

    private boolean comparing;

    private record Operation(
            String action,
            long time,
            @Nullable String correlation,
            @Nullable String object,
            @Nullable String request) {

        private static Operation of(AuditFields fields, String action) {
            return new Operation(
                    action,
                    fields.time(),
                    inOneCase(fields.get(Field.CORRELATION_ID)),
                    inOneCase(fields.get(Field.OBJECT_URI)),
                    inOneCase(fields.get(Field.REQUEST_URI)));
        }

        private static @Nullable String inOneCase(@Nullable String text) {
            return text == null ? null : text.toLowerCase(Locale.ROOT);
        }

        private long second() {
            return Math.floorDiv(time, SECOND_MILLIS);
        }

        /** Whether both may be of one operation: a form of the logs may leave a text out, or cut a time to seconds. */
        private boolean mayBe(Operation other) {
            return action.equals(other.action)
                    && isSame(time, other.time)
                    && isSame(correlation, other.correlation)
                    && isSame(object, other.object)
                    && isSame(request, other.request);
        }

        private static boolean isSame(long one, long other) {
            boolean cut = one % SECOND_MILLIS == 0 || other % SECOND_MILLIS == 0;
            return cut ? Math.floorDiv(one, SECOND_MILLIS) == Math.floorDiv(other, SECOND_MILLIS) : one == other;
        }

        private static boolean isSame(@Nullable String one, @Nullable String other) {
            return one == null || other == null || one.equals(other);
        }
    }

    /** The records of a member have all been seen: what comes from now on is compared with them. */
    void next() {
        for (Operation operation : found) {
            if (known.add(operation)) {
                List<Operation> its = bySecond.computeIfAbsent(operation.second(), second -> new ArrayList<>());
                if (its.size() < MOST_COMPARED) {
                    its.add(operation);
                }
            }
        }
        found.clear();
        comparing = true;
    }

    /** Whether that is a record of its own, to be reported; one without a time that can be read is not. */
    boolean isOther(AuditFields fields, @Nullable String action) {
        if (action == null || fields.time() < TimeText.EARLIEST) {
            return false;
        }
        Operation operation = Operation.of(fields, action);
        if (comparing && isKnown(operation)) {
            return false;
        }
        found.add(operation);
        return comparing;
    }

    private boolean isKnown(Operation operation) {
        return known.contains(operation)
                || bySecond.getOrDefault(operation.second(), List.of()).stream().anyMatch(operation::mayBe);
    }
}
