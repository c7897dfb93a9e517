package dev.vaultwatch.detect;

import static dev.vaultwatch.detect.DetectorUnderTest.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.vaultwatch.api.Notice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What was dropped as late, told and written down. */
@DisplayName("Losses of late events")
class LateLossesTest {
    private static final LateLoss A = new LateLoss("a", 2, START + 10);
    private static final LateLoss B = new LateLoss("", 1, START + 60_000);

    private final LateLosses losses = new LateLosses();
    private final List<Object> taken = new ArrayList<>();

    @BeforeEach
    void lose() {
        losses.add(START + 20, "a");
        losses.add(START + 60_000, "");
        losses.add(START + 10, "a");
    }

    private List<Notice> told() {
        List<Notice> notices = new ArrayList<>();
        losses.tell(notices::add);
        return notices;
    }

    private List<Object> changes() {
        taken.clear();
        losses.takeChanges(() -> taken.add("delivered"), taken::add);
        return taken;
    }

    @Test
    @DisplayName("are told once, by minute and source, with the oldest")
    void tell() {
        assertThat(losses.isEmpty()).isFalse();
        assertThat(told())
                .extracting(
                        Notice::kind, Notice::count, notice -> notice.message().replaceAll(": .*", ""))
                .containsExactly(
                        tuple(
                                Notice.Kind.LATE_LOSS,
                                2L,
                                "2 events of source a in the minute of 2026-11-03T02:00:00Z were dropped as late, the oldest"
                                        + " of 2026-11-03T02:00:00.010Z"),
                        tuple(
                                Notice.Kind.LATE_LOSS,
                                1L,
                                "1 events of the default source in the minute of 2026-11-03T02:01:00Z were dropped as late,"
                                        + " the oldest of 2026-11-03T02:01:00Z"));
        assertThat(losses.isEmpty()).isTrue();
        assertThat(told()).isEmpty();
    }

    @Test
    @DisplayName("are owed until they are delivered")
    void owed() {
        assertThat(losses.owed()).containsExactly(A, B);
        told();
        assertThat(losses.owed()).containsExactly(A, B);
        losses.delivered();
        assertThat(losses.owed()).isEmpty();
    }

    @Test
    @DisplayName("that were not told are owed though others were delivered")
    void partlyDelivered() {
        told();
        losses.add(START + 5, "a");
        losses.delivered();

        assertThat(losses.owed()).containsExactly(new LateLoss("a", 1, START + 5));
        losses.delivered();
        assertThat(changes()).containsExactly("delivered", new LateLoss("a", 1, START + 5));
    }

    @Test
    @DisplayName("are written down as they change, and that they were delivered")
    void changed() {
        assertThat(losses.hasChanged()).isTrue();
        assertThat(changes()).containsExactly(A, B);
        assertThat(losses.hasChanged()).isFalse();
        assertThat(changes()).isEmpty();
        losses.add(START + 60_001, "");
        assertThat(losses.hasChanged()).isTrue();
        assertThat(changes()).containsExactly(new LateLoss("", 2, START + 60_000));
        losses.delivered();
        assertThat(losses.hasChanged()).isFalse();
        told();
        losses.delivered();
        assertThat(losses.hasChanged()).isTrue();
        assertThat(changes()).containsExactly("delivered");
        assertThat(losses.hasChanged()).isFalse();
    }

    @Test
    @DisplayName("of an earlier run are told and owed here, unless they were delivered")
    void restored() {
        LateLosses again = new LateLosses();
        again.restore(new LateLoss("a", 1, START + 20));
        again.restore(A);
        assertThat(again.owed()).containsExactly(A);
        assertThat(again.hasChanged()).isFalse();
        List<Notice> notices = new ArrayList<>();
        again.tell(notices::add);
        assertThat(notices).extracting(Notice::count).containsExactly(2L);
        again.restore(B);
        again.restoreDelivered();
        assertThat(again.owed()).isEmpty();
        assertThat(again.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("Keys with late events are each waited for once, by window")
    void keys() {
        LateKeys keys = new LateKeys();
        keys.add(2, "b");
        keys.add(1, "a");
        keys.add(2, null);
        keys.add(2, "b");
        assertThat(keys.size()).isEqualTo(3);
        assertThat(keys.has(2)).isTrue();
        assertThat(keys.has(3)).isFalse();
        keys.remove(2, "c");
        keys.remove(3, "b");
        assertThat(keys.size()).isEqualTo(3);
        keys.remove(2, "b");
        assertThat(keys.size()).isEqualTo(2);

        assertThat(keys.takeAll().toString()).isEqualTo("{1=[a], 2=[null]}");
        assertThat(keys.size()).isZero();
        assertThat(keys.takeAll()).isEmpty();
        keys.add(1, "a");
        keys.clear();
        assertThat(keys.size()).isZero();
        assertThat(keys.has(1)).isFalse();
    }

    @Test
    @DisplayName("A set of sources says when the last of them is gone")
    void sources() {
        SourceSet sources = new SourceSet();
        assertThat(sources.removeLast(1)).isFalse();
        sources.add(1);
        sources.add(2);
        sources.add(1);
        assertThat(sources.removeLast(3)).isFalse();
        assertThat(sources.removeLast(1)).isFalse();
        assertThat(sources.removeLast(1)).isFalse();
        assertThat(sources.removeLast(2)).isTrue();
        assertThat(sources.removeLast(2)).isFalse();
    }
}
