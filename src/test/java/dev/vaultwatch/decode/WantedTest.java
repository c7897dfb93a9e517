package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.Property;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The properties that events are to have")
class WantedTest {

    private static List<Field> useless(Wanted wanted) {
        return Arrays.stream(Field.values())
                .filter(field -> (wanted.useless() >>> field.index() & 1) != 0)
                .toList();
    }

    @Test
    @DisplayName("a field that one property alone is read from is of no use where nobody wants that")
    void useless() {
        assertThat(useless(Wanted.ALL)).isEmpty();
        assertThat(useless(new Wanted(Set.of(Property.UPN))))
                .contains(Field.CORRELATION_ID, Field.CLIENT, Field.DURATION_MS, Field.TLS_VERSION)
                .doesNotContain(Field.UPN, Field.TIME)
                .isEqualTo(Arrays.stream(Field.values())
                        .filter(field -> field.only() != null)
                        .toList());
        assertThat(useless(new Wanted(Set.of(Property.CORRELATION_ID))))
                .doesNotContain(Field.CORRELATION_ID)
                .contains(Field.CLIENT);
    }

    @Test
    @DisplayName("what an address says of an object is wanted as one, and nothing else is")
    void object() {
        Set<Property> object = EnumSet.of(Property.OBJECT_TYPE, Property.OBJECT_NAME, Property.OBJECT_VERSION);
        for (Property one : object) {
            Wanted wanted = new Wanted(Set.of(one));

            assertThat(Arrays.stream(Property.values()).filter(wanted::has))
                    .containsExactlyInAnyOrderElementsOf(object);
        }
        Wanted other = new Wanted(Set.of(Property.UPN, Property.CLIENT));
        assertThat(Arrays.stream(Property.values()).filter(other::has))
                .containsExactlyInAnyOrder(Property.UPN, Property.CLIENT);
        assertThat(new Wanted(Set.of()).has(Property.UPN)).isFalse();
    }

    @Test
    @DisplayName("is known again by the very set it was made of")
    void same() {
        Set<Property> set = EnumSet.of(Property.UPN);

        assertThat(new Wanted(set).isOf(set)).isTrue();
        assertThat(new Wanted(set).isOf(EnumSet.of(Property.UPN))).isFalse();
    }

    @Test
    @DisplayName("fields differ in which values repeat, how long these are, and their place")
    void fields() {
        assertThat(Arrays.stream(Field.values()).filter(Field::isUnique))
                .containsExactlyInAnyOrder(
                        Field.CORRELATION_ID, Field.REQUEST_URI, Field.DURATION_MS, Field.DURATION_NANOS);
        assertThat(Field.UPN.usualLength()).isEqualTo(Property.UPN.usualLength());
        assertThat(Field.RESOURCE_ID.usualLength()).isEqualTo(Property.RESOURCE_ID.usualLength());
        assertThat(Field.CLIENT.usualLength()).isEqualTo(Property.REQUEST_URI.usualLength());
        assertThat(Arrays.stream(Field.values()).map(Field::index).distinct()).hasSize(Field.values().length);
        assertThat(Field.UPN.paths()).contains("identity.claim.upn");
    }
}
