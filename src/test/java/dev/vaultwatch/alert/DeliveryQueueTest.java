package dev.vaultwatch.alert;

import static dev.vaultwatch.alert.Judgements.judgement;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the outbox holds, step by step, on one thread. */
@DisplayName("The delivery queue")
class DeliveryQueueTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final DeliveryQueue queue = new DeliveryQueue();
    private final Thread me = Thread.currentThread();
    private long now = 1_000 * MILLI;

    private static Alert alert(String user) {
        Judgement judgement = judgement(Judgements.rule(100), 0, user, 12);
        return Said.of(judgement, judgement.id(), AlertStage.ON_TIME, 0, 100).alert();
    }

    private static Notice notice() {
        return Notice.of(Notice.Kind.RULE_FAILED, "text", 1);
    }

    /** Hands over the next message; null if there is none. */
    private @Nullable Object hand(boolean fails) {
        DeliveryQueue.Turn turn = queue.next(me, now);
        if (turn == null) {
            return null;
        }
        DeliveryQueue.Message message = requireNonNull(turn.current());
        queue.end(turn, message, fails, now);
        return message.content();
    }

    @Test
    @DisplayName("gives the message first whose pause ends first, whenever it began")
    void pauses() {
        Alert slow = alert("slow");
        Alert quick = alert("quick");
        queue.add(slow, now);
        for (int pause : new int[] {0, 100, 200}) {
            now += pause * MILLI;
            assertThat(hand(true)).isSameAs(slow);
        }
        queue.add(quick, now);
        assertThat(hand(true)).isSameAs(quick);

        now += 99 * MILLI;
        assertThat(hand(true)).isNull();
        now += MILLI;
        assertThat(hand(true)).isSameAs(quick);
        assertThat(hand(true)).isNull();
        now += 300 * MILLI;
        assertThat(List.of(requireNonNull(hand(false)), requireNonNull(hand(false))))
                .containsExactlyInAnyOrder(slow, quick);
    }

    @Test
    @DisplayName("wakes nothing for a message that was taken back in its pause")
    void takenBack() {
        Alert first = alert("ann");
        queue.add(first, now);
        for (int attempt = 0; attempt < 3; attempt++) {
            assertThat(hand(true)).isSameAs(first);
            now += 200 * MILLI;
        }
        assertThat(queue.takeBack(first.id())).isTrue();
        assertThat(queue.hasWork()).isFalse();
        assertThat(queue.takeBack(first.id())).isFalse();
        assertThat(queue.outstanding()).isZero();
    }

    @Test
    @DisplayName("is idle while all that there is pauses, and no longer")
    void idle() {
        queue.add(alert("ann"), now);
        assertThat(queue.isIdle(now)).isFalse();
        hand(true);
        assertThat(queue.isIdle(now)).isTrue();
        assertThat(queue.isAnythingFree(now)).isFalse();

        assertThat(queue.isIdle(now + 100 * MILLI)).isFalse();
        assertThat(queue.isAnythingFree(now + 100 * MILLI)).isTrue();
    }

    @Test
    @DisplayName("has something free when a pause is over, without anybody having looked")
    void freeAfterAPause() {
        queue.add(alert("ann"), now);
        hand(true);

        assertThat(queue.isAnythingFree(now + 99 * MILLI)).isFalse();
        assertThat(queue.isAnythingFree(now + 100 * MILLI)).isTrue();
    }

    @Test
    @DisplayName("lets nobody wait for what was added after the question")
    void underWay() {
        queue.add(alert("ann"), now);
        queue.add(alert("bob"), now);
        queue.add(alert("eve"), now);
        assertThat(queue.isUnderWay(3)).isFalse();
        DeliveryQueue.Turn first = requireNonNull(queue.next(me, now));
        assertThat(queue.isUnderWay(0)).isFalse();
        assertThat(queue.isUnderWay(1)).isTrue();
        queue.end(first, requireNonNull(first.current()), true, now);
        DeliveryQueue.Turn second = requireNonNull(queue.next(me, now));
        assertThat(queue.isUnderWay(1)).isFalse();
        assertThat(queue.isUnderWay(2)).isTrue();

        assertThat(queue.isIdle(now + 100 * MILLI)).isFalse();
        assertThat(queue.isUnderWay(0)).isFalse();
        assertThat(queue.isUnderWay(1)).isTrue();
        queue.end(second, requireNonNull(second.current()), false, now);
        assertThat(queue.isUnderWay(3)).isFalse();
    }

    @Test
    @DisplayName("says once that a callback is stuck, after its time and not before")
    void stuck() {
        queue.add(notice(), now);
        DeliveryQueue.Turn turn = requireNonNull(queue.next(me, now));

        assertThat(turn.newlyStuck(now + 10_000 * MILLI - 1, 10_000 * MILLI)).isNull();
        assertThat(queue.isAnyStuck()).isFalse();
        assertThat(turn.newlyStuck(now + 10_000 * MILLI, 10_000 * MILLI)).isNotNull();
        assertThat(turn.newlyStuck(now + 20_000 * MILLI, 10_000 * MILLI)).isNull();
        assertThat(queue.isAnyStuck()).isTrue();
    }

    @Test
    @DisplayName(
            "lists alerts that are not acknowledged in the order of adding, given-up ones among them, and no notice")
    void unacknowledged() {
        Alert first = alert("ann");
        Alert second = alert("bob");
        queue.add(first, now);
        for (int attempt = 0; attempt < 8; attempt++) {
            assertThat(hand(true)).isSameAs(first);
            now += 10_000 * MILLI;
        }
        queue.add(second, now);
        queue.add(notice(), now);

        assertThat(queue.unacknowledged()).containsExactly(first, second);
        assertThat(queue.outstanding()).isEqualTo(2);
    }

    @Test
    @DisplayName("says how long the oldest has waited")
    void oldest() {
        assertThat(queue.oldestNanos(now)).isZero();
        queue.add(alert("ann"), now);
        queue.add(alert("bob"), now + 5 * MILLI);

        assertThat(queue.oldestNanos(now + 7 * MILLI)).isEqualTo(7 * MILLI);
    }
}
