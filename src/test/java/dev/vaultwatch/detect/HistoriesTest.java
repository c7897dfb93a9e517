package dev.vaultwatch.detect;

import static dev.vaultwatch.detect.DetectorUnderTest.ONE;
import static dev.vaultwatch.detect.DetectorUnderTest.OTHER;
import static dev.vaultwatch.detect.DetectorUnderTest.START;
import static dev.vaultwatch.detect.DetectorUnderTest.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.store.Budget;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The events of each key, in order. */
@DisplayName("Histories")
class HistoriesTest {
    private final Budget budget = new Budget(1 << 20);
    private final Histories histories = new Histories(budget, true);

    private void add(double second, String upn, @Nullable String tenant, int source) {
        histories.add(upn, event(second, "SecretGet", upn, tenant), source, false);
    }

    private List<Double> seconds(List<KeyVaultEvent> events) {
        return events.stream().map(each -> (each.time() - START) / 1_000.0).toList();
    }

    private List<Double> collected(String key, double from, double to) {
        List<KeyVaultEvent> into = new ArrayList<>();
        histories.collect(key, START + Math.round(from * 1_000), START + Math.round(to * 1_000), into);
        return seconds(into);
    }

    @Test
    @DisplayName("give a key's events in order, whatever the order of arrival")
    void order() {
        add(3, "ann", null, 0);
        add(1, "ann", null, 0);
        add(2, "ann", null, 0);
        add(2.5, "bob", null, 0);

        assertThat(collected("ann", 1, 3)).containsExactly(1.0, 2.0);
        assertThat(collected("ann", 1.001, 3.001)).containsExactly(2.0, 3.0);
        assertThat(collected("eve", 0, 9)).isEmpty();
        assertThat(seconds(histories.between(START + 2_000, START + 3_000))).containsExactly(2.0, 2.5);
        assertThat(histories.oldest()).isEqualTo(START + 1_000);
        assertThat(histories.isEmpty()).isFalse();
        for (String user : List.of("f", "e", "d", "c", "b", "a")) {
            add(20 - user.charAt(0) % 16, user, null, 0);
        }
        assertThat(seconds(histories.between(START + 10_000, START + 30_000)))
                .isSorted()
                .hasSize(6);
    }

    @Test
    @DisplayName(
            "say of which keys they have events, and what texts of unusual length an event brought that no earlier one holds")
    void keysAndTexts() {
        assertThat(histories.has("ann")).isFalse();
        KeyVaultEvent wide = KeyVaultEvent.builder(START, "SecretGet")
                .upn("ann")
                .vault("v".repeat(Property.VAULT.usualLength() + 5))
                .build();
        histories.add("ann", wide, 0, true);
        assertThat(histories.texts()).isEqualTo(5);
        histories.add("ann", wide, 0, true);
        assertThat(histories.texts()).isZero();
        histories.add("ann", wide, 0, false);
        assertThat(histories.texts()).isZero();
        assertThat(histories.has("ann")).isTrue();
        assertThat(histories.has("bob")).isFalse();
    }

    @Test
    @DisplayName("let go of what is old, and of its heap")
    void forget() {
        assertThat(histories.isEmpty()).isTrue();
        assertThat(histories.oldest()).isEqualTo(Long.MAX_VALUE);
        add(1, "ann", null, 0);
        long one = histories.bytes();
        assertThat(one).isGreaterThan(160 + 16);
        assertThat(budget.used()).isEqualTo(160 + 16);
        add(2, "ann", null, 0);
        long two = histories.bytes();
        add(1, "bob", null, 0);

        histories.forgetBefore(START + 1_000);
        assertThat(histories.bytes()).isEqualTo(two + one);
        histories.forgetBefore(START + 1_001);
        assertThat(collected("ann", 0, 9)).containsExactly(2.0);
        assertThat(collected("bob", 0, 9)).isEmpty();
        assertThat(histories.bytes()).isEqualTo(one);
        histories.forgetBefore(START + 9_000);
        assertThat(histories.isEmpty()).isTrue();
        assertThat(histories.bytes()).isZero();
        assertThat(budget.used()).isZero();
    }

    @Test
    @DisplayName("let go of what is old, and of no more, whatever came when and was let go of before")
    void forgetAny() {
        for (long seed = 1; seed <= 40; seed++) {
            Random random = new Random(seed);
            Histories any = new Histories(new Budget(1 << 20), true);
            List<KeyVaultEvent> left = new ArrayList<>();
            long now = START;
            for (int step = 0; step < 200; step++) {
                now += random.nextInt(700);
                String user = "u" + random.nextInt(6);
                double late = random.nextInt(5) == 0 ? random.nextInt(9_000) : 0;
                KeyVaultEvent event = event((now - START - late) / 1_000, "SecretGet", user);
                any.add(user, event, random.nextInt(3), false);
                left.add(event);
                if (random.nextInt(6) == 0) {
                    long time = now - random.nextInt(8_000);
                    any.forgetBefore(time);
                    left.removeIf(each -> each.time() < time);
                }
                if (random.nextInt(50) == 0) {
                    any.revoke(random.nextInt(3)).values().forEach(left::removeAll);
                }
                assertThat(any.oldest())
                        .describedAs("seed %d, step %d", seed, step)
                        .isEqualTo(left.stream()
                                .mapToLong(KeyVaultEvent::time)
                                .min()
                                .orElse(Long.MAX_VALUE));
            }
            assertThat(any.between(0, Long.MAX_VALUE))
                    .describedAs("seed %d", seed)
                    .containsExactlyInAnyOrderElementsOf(left);
        }
    }

    @Test
    @DisplayName("charge the key and the event's place alone: the event's own heap is the store's to charge")
    void charged() {
        KeyVaultEvent event = event(1, "SecretGet", "ann");
        histories.add("ann", event, 0, false);
        assertThat(histories.bytes()).isEqualTo(160 + 16 + event.heapBytes());
        assertThat(budget.used()).isEqualTo(160 + 16);
        histories.clear();
        assertThat(histories.bytes()).isZero();
        assertThat(budget.used()).isZero();
        assertThat(histories.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("say which keys are of several people: those whose events name several directories")
    void people() {
        add(1, "ann", ONE, 0);
        add(2, "ann", null, 0);
        add(3, "bob", ONE, 0);
        long before = histories.division();
        assertThat(histories.dividesNone()).isTrue();
        assertThat(histories.people("ann")).isEmpty();
        add(4, "ann", OTHER, 0);
        add(5, "ann", OTHER, 0);

        assertThat(histories.division()).isEqualTo(before + 1);
        assertThat(histories.dividesNone()).isFalse();
        assertThat(histories.people("ann")).containsExactly(ONE, OTHER);
        assertThat(histories.people("bob")).isEmpty();
        assertThat(histories.people("eve")).isEmpty();
        assertThat(histories.people("ann", START + 1_000, START + 4_000)).containsExactly(ONE, OTHER);
        assertThat(histories.people("ann", START + 1_001, START + 4_000)).containsExactly(OTHER);
        assertThat(histories.people("ann", START + 1_000, START + 3_999)).containsExactly(ONE);
        assertThat(histories.people("bob", START, START + 9_000)).isEmpty();
    }

    @Test
    @DisplayName("make one person of a key again when the other's events are gone")
    void peopleGone() {
        add(1, "ann", ONE, 0);
        add(2, "ann", OTHER, 0);
        long divided = histories.division();
        histories.forgetBefore(START + 1_500);

        assertThat(histories.people("ann")).isEmpty();
        assertThat(histories.dividesNone()).isTrue();
        assertThat(histories.division()).isEqualTo(divided + 1);
        add(3, "ann", OTHER, 0);
        assertThat(histories.dividesNone()).isTrue();
        add(4, "ann", ONE, 0);
        assertThat(histories.people("ann")).containsExactly(ONE, OTHER);
        histories.forgetBefore(START + 9_000);
        assertThat(histories.dividesNone()).isTrue();
        add(10, "ann", ONE, 0);
        assertThat(histories.dividesNone()).isTrue();
    }

    @Test
    @DisplayName("keep both people while events of both are left")
    void peopleLeft() {
        add(1, "ann", ONE, 0);
        add(2, "ann", ONE, 0);
        add(3, "ann", OTHER, 0);
        long divided = histories.division();
        histories.forgetBefore(START + 1_500);

        assertThat(histories.people("ann")).containsExactly(ONE, OTHER);
        assertThat(histories.division()).isEqualTo(divided);
    }

    @Test
    @DisplayName("divide nothing where the site does not want it")
    void undivided() {
        Histories plain = new Histories(budget, false);
        plain.add("ann", event(1, "SecretGet", "ann", ONE), 0, false);
        plain.add("ann", event(2, "SecretGet", "ann", OTHER), 0, false);

        assertThat(plain.dividesNone()).isTrue();
    }

    @Test
    @DisplayName("let go of the keys that only a source brought")
    void revoke() {
        add(1, "ann", ONE, 1);
        add(2, "ann", OTHER, 1);
        add(1, "bob", null, 1);
        add(2, "bob", null, 2);
        long divided = histories.division();

        assertThat(histories.revoke(1)).containsOnlyKeys("ann");
        assertThat(histories.dividesNone()).isTrue();
        assertThat(histories.division()).isEqualTo(divided + 1);
        assertThat(collected("ann", 0, 9)).isEmpty();
        assertThat(collected("bob", 0, 9)).containsExactly(1.0, 2.0);
        assertThat(seconds(histories.revoke(2).getOrDefault("bob", List.of()))).containsExactly(1.0, 2.0);
        assertThat(histories.bytes()).isZero();
        assertThat(histories.revoke(2)).isEmpty();
    }

    @Test
    @DisplayName("are of nobody when all is let go")
    void cleared() {
        add(1, "ann", ONE, 1);
        add(2, "ann", OTHER, 1);
        long divided = histories.division();
        histories.clear();

        assertThat(histories.dividesNone()).isTrue();
        assertThat(histories.division()).isEqualTo(divided + 1);
        assertThat(histories.people("ann")).isEmpty();
    }
}
