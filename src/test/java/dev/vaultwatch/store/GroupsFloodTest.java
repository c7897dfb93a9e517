package dev.vaultwatch.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.store.Groups.Taken;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A flood of keys or events: what is kept, what is counted, and what of it is known")
class GroupsFloodTest {
    private static final long MINUTE = 60_000;
    private static final int MANY = 1_000_000;
    private static final long MUCH = 1L << 40;
    private static final String ONE = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
    private static final String OTHER = "1a1b2c3d-4e5f-6789-abcd-ef0123456789";

    private static Groups groups(int minEvents, int keys, int events, boolean byDirectory, Property... key) {
        return new Groups(
                new Bounds(keys, events, MANY, MANY, MUCH),
                new Budget(MUCH),
                true,
                List.of(key),
                minEvents,
                byDirectory,
                7);
    }

    private static Groups groups(int minEvents, int keys, int events) {
        return groups(minEvents, keys, events, true, Property.UPN);
    }

    private static @Nullable Group add(Groups groups, String upn, String action) {
        return groups.add(0, upn, Reads.read(1, upn, action), 0, false, false);
    }

    private static @Nullable Group addOf(Groups groups, String upn, @Nullable String tenant) {
        KeyVaultEvent event = KeyVaultEvent.builder(1, "SecretGet")
                .with(Property.UPN, upn)
                .tenant(tenant)
                .build();
        return groups.add(0, upn, event, 0, false, false);
    }

    @Test
    @DisplayName("Events of one user name that name two directories divide their group")
    void divided() {
        Groups groups = groups(1, MANY, MANY);

        assertThat(Objects.requireNonNull(addOf(groups, "a", ONE)).isDivided()).isFalse();
        assertThat(Objects.requireNonNull(addOf(groups, "a", null)).isDivided()).isFalse();
        assertThat(Objects.requireNonNull(addOf(groups, "b", OTHER)).isDivided())
                .isFalse();
        assertThat(Objects.requireNonNull(addOf(groups, "a", OTHER)).isDivided())
                .isTrue();
    }

    @Test
    @DisplayName("They do not where the rule asks for the tenant itself, or where no user is in its key")
    void undivided() {
        for (Groups groups : List.of(
                groups(1, MANY, MANY, false, Property.UPN),
                groups(1, MANY, MANY, true, Property.UPN, Property.TENANT),
                groups(1, MANY, MANY, true, Property.OBJECT_ID))) {
            addOf(groups, "a", ONE);

            assertThat(Objects.requireNonNull(addOf(groups, "a", OTHER)).isDivided())
                    .isFalse();
        }
    }

    @Test
    @DisplayName("A key that was counted is divided by the events that are kept of it once it comes out")
    void dividedBeyond() {
        Groups groups = groups(2, 1, MANY);
        addOf(groups, "kept", ONE);
        addOf(groups, "counted", null);

        assertThat(Objects.requireNonNull(addOf(groups, "counted", ONE)).isDivided())
                .isFalse();
        assertThat(Objects.requireNonNull(addOf(groups, "counted", OTHER)).isDivided())
                .isTrue();
    }

    @Test
    @DisplayName(
            "A window's last event that fits may be a new key's; of a key that has just enough, the next one is counted")
    void lastEvent() {
        Groups groups = groups(2, MANY, 3);
        add(groups, "a", "SecretGet");
        add(groups, "a", "SecretGet");
        add(groups, "b", "SecretGet");
        assertThat(groups.taken()).isEqualTo(Taken.KEPT);
        assertThat(groups.find(0, "b")).isNotNull();

        Group enough = add(groups, "a", "SecretGet");

        assertThat(groups.taken()).isEqualTo(Taken.COUNTED);
        assertThat(Objects.requireNonNull(enough).size()).isEqualTo(2);
        assertThat(enough.countedOnly()).isEqualTo(1);
    }

    @Test
    @DisplayName(
            "All events that were counted are told, those of windows that are gone among them; the one that brings a key out is kept")
    void cut() {
        Groups groups = groups(3, 1, MANY);
        add(groups, "kept", "SecretGet");
        add(groups, "counted", "SecretGet");
        add(groups, "counted", "SecretGet");
        assertThat(groups.taken()).isEqualTo(Taken.COUNTED);
        assertThat(groups.cut()).isEqualTo(2);

        assertThat(add(groups, "counted", "SecretGet")).isNotNull();
        assertThat(groups.taken()).isEqualTo(Taken.KEPT);
        long cut = groups.cut(0);
        groups.forgetBefore(MINUTE);

        assertThat(groups.cut()).isEqualTo(cut);
        assertThat(groups.cut(0)).isZero();
    }

    @Test
    @DisplayName("Thousands of counted keys are charged to the heap as their table grows, and given back with it")
    void countedHeap() {
        Groups groups = groups(3, 1, MANY);
        add(groups, "kept", "SecretGet");
        add(groups, "counted", "SecretGet");
        long few = groups.bytes();
        for (int i = 0; i < 4_000; i++) {
            add(groups, "user" + i, "SecretGet");
        }
        assertThat(groups.bytes()).isGreaterThan(few + 4_000);

        groups.forgetBefore(MINUTE);

        assertThat(groups.bytes()).isZero();
    }

    @Test
    @DisplayName("Events that are put in place of counted ones are charged, and given back")
    void uncountedHeap() {
        Groups groups = new Groups(
                new Bounds(MANY, MANY, 3, MANY, MUCH), new Budget(MUCH), true, List.of(Property.UPN), 2, true, 7);
        for (int i = 0; i < 6; i++) {
            add(groups, "a", "SecretGet");
        }
        Group group = Objects.requireNonNull(groups.find(0, "a"));
        assertThat(group.size()).isEqualTo(3);
        long before = groups.bytes();

        groups.minEvents(5);

        assertThat(group.size()).isEqualTo(5);
        assertThat(group.countedOnly()).isEqualTo(1);
        assertThat(groups.bytes()).isGreaterThan(before);
        groups.clear();
        assertThat(groups.bytes()).isZero();
    }

    @Test
    @DisplayName("What was kept of an event shares its texts with the one before it, or is the event itself")
    void kept() {
        Groups groups = groups(2, 2, MANY);
        add(groups, "first", "SecretGet");
        KeyVaultEvent anew = Reads.read(1, new String("first".toCharArray()), "KeyGet");
        groups.add(0, anew.upn(), anew, 0, false, false);
        assertThat(groups.kept(anew)).isNotSameAs(anew).isEqualTo(anew);
        assertThat(groups.kept(anew).upn())
                .isSameAs(Objects.requireNonNull(groups.find(0, "first")).key());

        KeyVaultEvent second = Reads.read(1, "second", "SecretGet");
        groups.add(0, "second", second, 0, false, false);
        assertThat(groups.kept(second)).isSameAs(second);

        groups.add(0, anew.upn(), anew, 0, false, false);
        add(groups, "counted", "SecretGet");
        KeyVaultEvent out = Reads.read(1, "counted", "SecretGet");
        assertThat(groups.add(0, "counted", out, 0, false, false)).isNotNull();
        assertThat(groups.kept(out)).isSameAs(out);
    }

    @Test
    @DisplayName("A window that was let go of begins anew with its next event")
    void again() {
        Groups groups = groups(1, MANY, MANY);
        add(groups, "a", "SecretGet");
        groups.forgetBefore(MINUTE);

        add(groups, "b", "SecretGet");

        assertThat(groups.find(0, "a")).isNull();
        assertThat(groups.find(0, "b")).isNotNull();
        assertThat(groups.suspectCount(0)).isEqualTo(1);
    }

    @Test
    @DisplayName("No heap left: a counted key comes out all the same while the engine has room for it")
    void roomInTheEngine() {
        Groups groups =
                new Groups(new Bounds(8, MANY, MANY, MANY, 1), new Budget(1), true, List.of(Property.UPN), 2, true, 7);
        add(groups, "first", "SecretGet");
        assertThat(add(groups, "first", "SecretGet")).isNotNull();
        assertThat(groups.engineKeys()).isEqualTo(2);
        add(groups, "second", "SecretGet");
        assertThat(add(groups, "second", "SecretGet")).isNotNull();
        assertThat(groups.taken()).isEqualTo(Taken.KEPT);

        add(groups, "third", "SecretGet");
        assertThat(groups.taken()).isEqualTo(Taken.COUNTED);
        assertThat(add(groups, "third", "SecretGet")).isNull();
        assertThat(groups.taken()).isEqualTo(Taken.LIMITED);
    }
}
