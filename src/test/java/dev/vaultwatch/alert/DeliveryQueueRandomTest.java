package dev.vaultwatch.alert;

import static dev.vaultwatch.alert.Judgements.judgement;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.AcknowledgingAlertListener;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Histories drawn at random, against a list that is searched from its beginning. */
@DisplayName("The delivery queue, over a random history")
class DeliveryQueueRandomTest {
    private static final int HISTORIES = 60;
    private static final int STEPS = 200;
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private enum State {
        WAITING,
        PAUSING,
        HANDED,
        DONE,
        GIVEN_UP
    }

    /** A message as one would write it down; {@code id} is empty for a notice. */
    private static final class Line {
        private final String id;
        private final Object content;
        private final long addedAt;
        private DeliveryQueue.@Nullable Message message;
        private State state = State.WAITING;
        private int attempts;
        private long due;

        private Line(String id, Object content, long addedAt) {
            this.id = id;
            this.content = content;
            this.addedAt = addedAt;
        }

        private boolean is(State... any) {
            return List.of(any).contains(state);
        }
    }

    private final DeliveryQueue queue = new DeliveryQueue();
    private final List<Line> lines = new ArrayList<>();
    private long now = MILLI;

    static Stream<Long> seeds() {
        return new Random().longs(HISTORIES).boxed();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    @DisplayName("hands over, counts and lists what a list of messages does")
    void same(long seed) {
        Random random = new Random(seed);
        // Many users: few messages wait for others; one: all do.
        int users = 1 + random.nextInt(6);
        int failing = random.nextInt(100);
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(8)) {
                case 0, 1 -> addAlert("user" + random.nextInt(users), step);
                case 2 -> add(new Line("", Notice.of(Notice.Kind.RULE_FAILED, "step " + step, 1), now));
                case 3 -> handed(random).ifPresent(this::acknowledge);
                case 4 -> handed(random).ifPresent(line -> retry(line, random.nextInt(4) > 0));
                case 5 -> takeBack("user" + random.nextInt(20 * users));
                default -> hand(random.nextInt(100) < failing);
            }
            now += random.nextInt(10) == 0 ? random.nextInt(12_000) * MILLI : random.nextInt(60) * MILLI;
            assertThat(queue.outstanding()).isEqualTo((int) lines.stream()
                    .filter(line -> !line.is(State.DONE, State.GIVEN_UP))
                    .count());
            assertThat(queue.oldestNanos(now))
                    .isEqualTo(lines.stream()
                            .filter(line -> !line.is(State.DONE, State.GIVEN_UP))
                            .findFirst()
                            .map(line -> now - line.addedAt)
                            .orElse(0L));
            assertThat(queue.hasWork())
                    .isEqualTo(lines.stream().anyMatch(line -> line.is(State.WAITING, State.PAUSING)));
            assertThat(queue.unacknowledged())
                    .isEqualTo(lines.stream()
                            .filter(line -> !line.id.isEmpty() && !line.is(State.DONE))
                            .map(line -> (Alert) line.content)
                            .toList());
        }
    }

    private void addAlert(String user, int step) {
        Judgement judgement = judgement(Judgements.rule(100), 0, user, 12 + step);
        add(new Line(
                judgement.id(),
                Said.of(judgement, judgement.id(), AlertStage.ON_TIME, 0, 100).alert(),
                now));
    }

    private void add(Line line) {
        lines.add(line);
        if (line.content instanceof Alert alert) {
            queue.add(alert, now);
        } else {
            queue.add((Notice) line.content, now);
        }
    }

    private Optional<Line> handed(Random random) {
        List<Line> handed = lines.stream()
                .filter(line -> !line.id.isEmpty() && line.attempts > 0)
                .toList();
        return handed.isEmpty() ? Optional.empty() : Optional.of(handed.get(random.nextInt(handed.size())));
    }

    /** The pauses that are over end, and with each those of the same alert. */
    private void endPauses() {
        lines.stream()
                .filter(line -> line.is(State.PAUSING) && line.due <= now)
                .toList()
                .forEach(due -> lines.stream()
                        .filter(line -> line.is(State.PAUSING) && line.id.equals(due.id))
                        .forEach(line -> line.state = State.WAITING));
    }

    private Optional<Line> next() {
        return lines.stream()
                .filter(line -> line.is(State.WAITING))
                .filter(line -> lines.stream()
                        .noneMatch(other -> !line.id.isEmpty() && other.is(State.PAUSING) && other.id.equals(line.id)))
                .min(Comparator.comparingInt(lines::indexOf));
    }

    private void hand(boolean fails) {
        endPauses();
        Optional<Line> due = next();
        DeliveryQueue.Turn turn = queue.next(Thread.currentThread(), now);
        if (turn == null) {
            assertThat(due).isEmpty();
            return;
        }
        DeliveryQueue.Message message = requireNonNull(turn.current());
        assertThat(due.map(line -> line.content)).containsSame(message.content());
        Line line = due.orElseThrow();
        line.message = message;
        line.attempts++;
        assertThat(message.attempts()).isEqualTo(line.attempts);
        Alert givenUp = queue.end(turn, message, fails, now);
        if (line.id.isEmpty()) {
            line.state = State.DONE;
        } else {
            line.state = State.HANDED;
            pause(line, fails);
        }
        assertThat(givenUp).isSameAs(line.is(State.GIVEN_UP) ? line.content : null);
    }

    private void pause(Line line, boolean fails) {
        if (fails && line.attempts == AcknowledgingAlertListener.MOST_ATTEMPTS) {
            line.state = State.GIVEN_UP;
        } else if (fails) {
            line.state = State.PAUSING;
            line.due = now + Math.min(10_000, 100 << (line.attempts - 1)) * MILLI;
        }
    }

    private void acknowledge(Line line) {
        assertThat(queue.acknowledge(requireNonNull(line.message))).isEqualTo(!line.is(State.DONE));
        line.state = State.DONE;
    }

    private void retry(Line line, boolean latest) {
        Alert givenUp = queue.retry(requireNonNull(line.message), latest ? line.attempts : line.attempts - 1, now);
        boolean was = line.is(State.GIVEN_UP);
        if (line.is(State.HANDED)) {
            pause(line, latest);
        }
        assertThat(givenUp).isSameAs(line.is(State.GIVEN_UP) && !was ? line.content : null);
    }

    private void takeBack(String user) {
        String id = judgement(Judgements.rule(100), 0, user, 12).id();
        List<Line> about = lines.stream()
                .filter(line -> line.id.equals(id) && !line.is(State.DONE))
                .toList();
        assertThat(queue.takeBack(id)).isEqualTo(!about.isEmpty());
        about.forEach(line -> line.state = State.DONE);
    }
}
