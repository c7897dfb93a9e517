package dev.vaultwatch.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The event store")
class EventStoreTest {
    private static final long MINUTE = 60_000;

    private final EventStore store = new EventStore();

    private static KeyVaultEvent at(long time) {
        return KeyVaultEvent.bare(time, "SecretGet", "u");
    }

    private List<Long> times(long from) {
        return store.from(from).stream().map(kept -> kept.event().time()).toList();
    }

    @Test
    @DisplayName("has nothing at first")
    void empty() {
        assertThat(store.size()).isZero();
        assertThat(store.oldest()).isEmpty();
        assertThat(store.from(0)).isEmpty();
    }

    @Test
    @DisplayName("gives events from a time on, minute by minute, with their sources")
    void from() {
        store.add(at(MINUTE + 5), 1);
        store.add(at(3), 2);
        store.add(at(MINUTE + 4), 3);

        assertThat(times(0)).containsExactly(3L, MINUTE + 5, MINUTE + 4);
        assertThat(times(MINUTE + 5)).containsExactly(MINUTE + 5);
        assertThat(times(4)).containsExactly(MINUTE + 5, MINUTE + 4);
        assertThat(store.from(0)).extracting(EventStore.Kept::source).containsExactly(2, 1, 3);
        assertThat(store.size()).isEqualTo(3);
        assertThat(store.oldest()).hasValue(0);
    }

    @Test
    @DisplayName("keeps more events of a minute than its first array holds")
    void grows() {
        for (int i = 0; i < 20; i++) {
            store.add(at(i), i);
        }

        assertThat(times(0)).hasSize(20).isSorted();
        assertThat(store.from(0)).extracting(EventStore.Kept::source).contains(0, 7, 8, 19);
    }

    @Test
    @DisplayName("tells sources apart beyond what two bytes hold")
    void manySources() {
        store.add(at(1), 40_000);
        store.add(at(2), 40_000 - 65_536);
        store.add(at(3), 40_000 + 65_536);

        assertThat(store.from(0)).extracting(EventStore.Kept::source).containsExactly(40_000, -25_536, 105_536);

        store.revoke(40_000);

        assertThat(times(0)).containsExactly(2L, 3L);
    }

    @Test
    @DisplayName("forgets whole minutes")
    void forgets() {
        store.add(at(3), 0);
        store.add(at(MINUTE), 0);
        store.add(at(2 * MINUTE), 0);

        assertThat(store.forgottenBefore()).isEqualTo(Long.MIN_VALUE);
        store.forgetBefore(2 * MINUTE - 1);

        assertThat(store.forgottenBefore()).isEqualTo(MINUTE);
        store.forgetBefore(MINUTE);
        assertThat(store.forgottenBefore()).isEqualTo(MINUTE);
        assertThat(times(0)).containsExactly(MINUTE, 2 * MINUTE);
        assertThat(store.size()).isEqualTo(2);
        assertThat(store.oldest()).hasValue(MINUTE);
    }

    @Test
    @DisplayName("lets go of what a source brought, and of nothing else")
    void revokes() {
        store.add(at(1), 1);
        store.add(at(2), 2);
        store.add(at(3), 1);

        store.revoke(1);

        assertThat(times(0)).containsExactly(2L);
        assertThat(store.from(0)).extracting(EventStore.Kept::source).containsExactly(2);
        assertThat(store.size()).isEqualTo(1);
    }

    @Test
    @DisplayName("gives the events that pass a test, minute by minute")
    void where() {
        store.add(at(MINUTE + 5), 1);
        store.add(at(3), 2);
        store.add(at(4), 3);

        assertThat(store.where(event -> event.time() != 3))
                .extracting(KeyVaultEvent::time)
                .containsExactly(4L, MINUTE + 5);
        assertThat(store.where(event -> false)).isEmpty();
    }
}
