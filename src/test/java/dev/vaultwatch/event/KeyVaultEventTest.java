package dev.vaultwatch.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The event and its schema. */
class KeyVaultEventTest {
    private static final KeyVaultEvent BARE = KeyVaultEvent.bare(7, "SecretGet", null);

    private static Object value(Property property) {
        if (property.type() == Boolean.class) {
            return true;
        }
        return property.type() == String.class ? property.epl() + " value" : property.parse("42");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A property is read by the accessor of its name in EPL, and by no other")
    void accessor(Property property) throws ReflectiveOperationException {
        KeyVaultEvent event = BARE.toBuilder().with(property, value(property)).build();

        assertThat(KeyVaultEvent.class.getMethod(property.epl()).invoke(event)).isEqualTo(value(property));
        for (Property other : Property.all()) {
            if (other != property) {
                assertThat(other.get(event)).isEqualTo(other.get(BARE));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("Events that differ in one property differ, and a copy is equal")
    void equality(Property property) {
        KeyVaultEvent event = BARE.toBuilder().with(property, value(property)).build();

        assertThat(event).isNotEqualTo(BARE).isEqualTo(event.toBuilder().build());
        assertThat(event.hashCode()).isEqualTo(event.toBuilder().build().hashCode());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A value of another type is refused")
    void wrongType(Property property) {
        KeyVaultEventBuilder builder = BARE.toBuilder();

        assertThatThrownBy(() -> builder.with(property, 'x'))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(property.epl());
    }

    @Test
    @DisplayName("An event without an action can't be made")
    void noAction() {
        assertThatThrownBy(() -> BARE.toBuilder().with(Property.ACTION, null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("The ECS form has each property that is present, but nothing confidential")
    void ecs(Property property) {
        KeyVaultEvent event = BARE.toBuilder().with(property, value(property)).build();

        assertThat(event.toEcs().containsKey(property.ecs())).isEqualTo(!property.isConfidential());
    }

    @Test
    @DisplayName("A duration is in nanoseconds in ECS")
    void duration() {
        KeyVaultEvent event = BARE.toBuilder().with(Property.DURATION_MS, 42L).build();

        assertThat(event.toEcs()).containsEntry("event.duration", "42000000");
    }

    @Test
    @DisplayName("Names are found by EPL name and by ECS field")
    void names() {
        Set<String> names = new HashSet<>();
        for (Property property : Property.all()) {
            assertThat(names.add(property.epl()) && names.add(property.ecs())).isTrue();
            assertThat(Property.named(property.epl())).contains(property);
            assertThat(Property.ofEcs(property.ecs())).contains(property);
            assertThat(Property.all().get(property.index())).isEqualTo(property);
        }
        assertThat(Property.named("Upn")).isEmpty();
    }

    @Test
    @DisplayName("Equal texts of two events are held once")
    void sharing() {
        KeyVaultEvent earlier = BARE.toBuilder()
                .with(Property.UPN, "ada")
                .with(Property.CITY, "Oslo")
                .build();
        KeyVaultEvent event = KeyVaultEvent.builder(8, "KeyGet")
                .with(Property.UPN, new String("ada".toCharArray()))
                .with(Property.CITY, new String("Oslo".toCharArray()))
                .with(Property.VAULT, "v")
                .build();

        KeyVaultEvent shared = event.sharing(earlier);

        assertThat(shared).isEqualTo(event);
        assertThat(shared.upn()).isSameAs(earlier.upn());
        assertThat(shared.city()).isSameAs(earlier.city());
    }

    @Test
    @DisplayName("An event without the rarer properties takes less heap")
    void heap() {
        KeyVaultEvent enriched = BARE.toBuilder().with(Property.CITY, "Oslo").build();
        KeyVaultEvent full = enriched.toBuilder()
                .with(Property.CORRELATION_ID, "x".repeat(36))
                .build();

        assertThat(BARE.heapBytes()).isLessThan(enriched.heapBytes());
        assertThat(full.heapBytes()).isGreaterThan(enriched.heapBytes() + 72 + 36);
    }
}
