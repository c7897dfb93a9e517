package dev.vaultwatch.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@DisplayName("The event store")
class EventStoreTest {
    private static final long MINUTE = 60_000;

    private final Budget budget = new Budget(1 << 20);
    private final EventStore store = new EventStore(budget);

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
        store.add(at(MINUTE + 5), 1, 0);
        store.add(at(3), 2, 0);
        store.add(at(MINUTE + 4), 3, 0);

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
            store.add(at(i), i, 0);
        }

        assertThat(times(0)).hasSize(20).isSorted();
        assertThat(store.from(0)).extracting(EventStore.Kept::source).contains(0, 7, 8, 19);
    }

    @Test
    @DisplayName("tells sources apart beyond what two bytes hold")
    void manySources() {
        store.add(at(1), 40_000, 0);
        store.add(at(2), 40_000 - 65_536, 0);
        store.add(at(3), 40_000 + 65_536, 0);

        assertThat(store.from(0)).extracting(EventStore.Kept::source).containsExactly(40_000, -25_536, 105_536);

        store.revoke(40_000, event -> false);

        assertThat(times(0)).containsExactly(2L, 3L);
    }

    @Test
    @DisplayName("forgets whole minutes")
    void forgets() {
        store.add(at(3), 0, 0);
        store.add(at(MINUTE), 0, 0);
        store.add(at(2 * MINUTE), 0, 0);

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
        store.add(at(1), 1, 0);
        store.add(at(2), 2, 0);
        store.add(at(3), 1, 0);

        store.revoke(1, event -> false);

        assertThat(times(0)).containsExactly(2L);
        assertThat(store.from(0)).extracting(EventStore.Kept::source).containsExactly(2);
        assertThat(store.size()).isEqualTo(1);
    }

    @Test
    @DisplayName("charges each event with its place and its own texts, and gives all of it back")
    void charges() {
        long one = (long) at(3).heapBytes() + EventStore.SLOT_BYTES;
        store.add(at(3), 0, 0);
        assertThat(budget.used()).isEqualTo(one);
        store.add(at(4), 1, 1_000);
        store.add(at(MINUTE), 0, 0);
        assertThat(budget.used()).isEqualTo(3 * one + 1_000);
        assertThat(store.added()).isEqualTo(3 * one + 1_000);

        store.revoke(0, event -> event.time() == 3);
        assertThat(budget.used()).isEqualTo(2 * one + 1_000);
        store.revoke(1, event -> false);
        assertThat(budget.used()).isEqualTo(one);
        store.forgetBefore(MINUTE);
        assertThat(budget.used()).isZero();
        assertThat(store.added()).isEqualTo(3 * one + 1_000);
    }

    @Test
    @DisplayName("forgets a part of a minute where that is asked for, and gives its heap back")
    void forgetsAll() {
        for (int i = 0; i < 40; i++) {
            store.add(at(MINUTE + 100 - i), 0, i);
        }
        store.forgetAllBefore(MINUTE + 99);

        assertThat(times(0)).containsExactly(MINUTE + 100, MINUTE + 99);
        assertThat(budget.used()).isEqualTo(2L * at(0).heapBytes() + 2L * EventStore.SLOT_BYTES + 1);
        assertThat(store.forgottenBefore()).isEqualTo(MINUTE + 99);
        store.add(at(MINUTE + 101), 0, 7);
        store.forgetAllBefore(MINUTE + 99);
        store.forgetAllBefore(5 * MINUTE);
        assertThat(store.size()).isZero();
        assertThat(budget.used()).isZero();
    }

    @Test
    @DisplayName("has forgotten nothing of a part of a minute in which nothing lies")
    void forgetsNothing() {
        store.add(at(MINUTE + 100), 0, 0);
        store.forgetAllBefore(MINUTE + 100);

        assertThat(store.size()).isOne();
        assertThat(store.forgottenBefore()).isEqualTo(Long.MIN_VALUE);
    }

    @Nested
    @DisplayName("is thinned of what nobody needs")
    class Thinned {
        private final List<String> gone = new ArrayList<>();

        /** Needed are the odd ones, and of the minutes that end so early. */
        private EventStore.Needs odd(long evenFrom) {
            return new EventStore.Needs() {
                private boolean isEvenToo;

                @Override
                public List<String> of(long end) {
                    isEvenToo = end > evenFrom;
                    return isEvenToo ? List.of("odd", "even") : List.of("odd");
                }

                @Override
                public boolean isNeeded(KeyVaultEvent event) {
                    return isEvenToo || event.time() % 2 == 1;
                }

                @Override
                public void gone(KeyVaultEvent event, long end) {
                    gone.add(event.time() + " of " + end);
                }
            };
        }

        private void add(long... times) {
            for (long time : times) {
                store.add(at(time), 0, 0);
            }
        }

        @Test
        @DisplayName("the oldest minute first, until that is enough")
        void enough() {
            add(1, 2, MINUTE, MINUTE + 1, 2 * MINUTE);
            long one = budget.used() / 5;

            assertThat(store.thin(odd(9 * MINUTE), 5 * one)).isFalse();
            assertThat(store.thin(odd(9 * MINUTE), 4 * one)).isTrue();
            assertThat(gone).containsExactly("2 of 60000");
            assertThat(budget.used()).isEqualTo(4 * one);
            assertThat(store.thin(odd(9 * MINUTE), 0)).isTrue();
            assertThat(times(0)).containsExactly(1L, MINUTE + 1);
            assertThat(store.size()).isEqualTo(2);
            assertThat(store.forgottenBefore()).isEqualTo(Long.MIN_VALUE);
        }

        @Test
        @DisplayName("again where others need it than did, or more has come")
        void again() {
            add(1, 2, MINUTE, MINUTE + 1);
            assertThat(store.thin(odd(MINUTE), 0)).isTrue();
            assertThat(times(0)).containsExactly(1L, MINUTE, MINUTE + 1);
            assertThat(store.thin(odd(MINUTE), 0)).isFalse();
            add(4);

            assertThat(store.thin(odd(2 * MINUTE), 0)).isTrue();
            assertThat(times(0)).containsExactly(1L, MINUTE + 1);
            assertThat(gone).containsExactly("2 of 60000", "4 of 60000", "60000 of 120000");
        }
    }

    @Test
    @DisplayName("gives the events that pass a test, minute by minute")
    void where() {
        store.add(at(MINUTE + 5), 1, 0);
        store.add(at(3), 2, 0);
        store.add(at(4), 3, 0);

        assertThat(store.where(event -> event.time() != 3))
                .extracting(KeyVaultEvent::time)
                .containsExactly(4L, MINUTE + 5);
        assertThat(store.where(event -> false)).isEmpty();
    }
}
