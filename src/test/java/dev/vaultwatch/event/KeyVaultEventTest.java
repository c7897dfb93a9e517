package dev.vaultwatch.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
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

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "An event differs from another in the properties whose value is another object, and in no other that both have by themselves")
    void differing(Property property) {
        KeyVaultEvent event = BARE.toBuilder().with(property, value(property)).build();

        long differing = event.differing(BARE);

        assertThat(differing & (1L << property.index())).isNotZero();
        assertThat(event.differing(event)).isZero();
        for (Property other : Property.all()) {
            // What few events have is compared as a whole.
            boolean together = (differing & (1L << other.index())) != 0 && other != property;
            assertThat(together && (isCommon(property) || isCommon(other))).isFalse();
        }
    }

    private static boolean isCommon(Property property) {
        return Set.of(
                        Property.TIME,
                        Property.ACTION,
                        Property.UPN,
                        Property.APP_ID,
                        Property.OBJECT_ID,
                        Property.SOURCE_IP,
                        Property.VAULT,
                        Property.RESULT_TYPE,
                        Property.RESULT_SIGNATURE,
                        Property.HTTP_STATUS,
                        Property.SUBSCRIPTION_ID,
                        Property.RESOURCE_GROUP,
                        Property.RESOURCE_ID,
                        Property.IDENTITY_CLAIM,
                        Property.TENANT)
                .contains(property);
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"TIME", "ACTION"})
    @DisplayName("A property that is removed is gone, and what was built before keeps it")
    void removed(Property property) {
        KeyVaultEventBuilder builder = BARE.toBuilder().with(property, value(property));
        KeyVaultEvent with = builder.build();

        assertThat(builder.with(property, null).build()).isEqualTo(BARE);
        assertThat(property.get(with)).isEqualTo(value(property));
        assertThat(builder.with(property, null).build().heapBytes()).isEqualTo(BARE.heapBytes());
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("A text is long from one character beyond what Azure writes on")
    void longTexts(Property property) {
        if (property.type() == String.class) {
            String usual = "x".repeat(property.usualLength());

            assertThat(BARE.toBuilder().with(property, usual).build().hasLongTexts())
                    .isFalse();
            assertThat(BARE.toBuilder().with(property, usual + "x").build().hasLongTexts())
                    .isTrue();
        }
    }

    @Test
    @DisplayName("An event of which little is known has its time, its action and its user, and nothing else")
    void bare() {
        KeyVaultEvent event = KeyVaultEvent.bare(8, "KeyGet", "ann");

        assertThat(event)
                .isEqualTo(KeyVaultEvent.builder(8, "KeyGet").upn("ann").build());
        assertThat(event.toString()).contains("KeyGet", "ann");
    }

    @Test
    @DisplayName("Names that Azure compares without regard to case have one case each")
    void letterCase() {
        assertThat(Property.UPN.letterCase().of("aNn")).isEqualTo("ann");
        assertThat(Property.TENANT.letterCase()).isEqualTo(LetterCase.SMALL);
        assertThat(Property.VAULT.letterCase().of("aNn")).isEqualTo("ANN");
        assertThat(Property.ACTION.letterCase().of("aNn")).isEqualTo("aNn");
        assertThat(Property.VAULT.letterCase().of("i")).isEqualTo("I");
    }

    @Test
    @DisplayName("What an event holds is counted: its parts where it has them, and a correlation id with its length")
    void heapOfParts() {
        int origin = heap(Property.CITY) - BARE.heapBytes();
        int request = heap(Property.TLS_VERSION) - BARE.heapBytes();
        KeyVaultEvent both = BARE.toBuilder()
                .with(Property.CITY, "x")
                .with(Property.TLS_VERSION, "x")
                .build();

        assertThat(origin).isPositive();
        assertThat(request).isPositive();
        assertThat(both.heapBytes()).isEqualTo(BARE.heapBytes() + origin + request);
        assertThat(correlated(10).heapBytes()).isEqualTo(correlated(1).heapBytes() + 9);
        assertThat(correlated(1).heapBytes()).isGreaterThan(BARE.heapBytes() + request + 1);
        assertThat(heap(Property.VAULT)).isEqualTo(BARE.heapBytes());
    }

    private static int heap(Property property) {
        return BARE.toBuilder().with(property, value(property)).build().heapBytes();
    }

    private static KeyVaultEvent correlated(int length) {
        return BARE.toBuilder()
                .with(Property.CORRELATION_ID, "x".repeat(length))
                .build();
    }

    @Test
    @DisplayName("The builder's own methods set what they name")
    void shortForms() {
        KeyVaultEvent event = KeyVaultEvent.builder(7, "SecretGet")
                .upn("upn value")
                .appId("appId value")
                .objectId("objectId value")
                .sourceIp("sourceIp value")
                .vault("vault value")
                .resultType("resultType value")
                .resultSignature("resultSignature value")
                .httpStatus(42)
                .subscriptionId("subscriptionId value")
                .resourceGroup("resourceGroup value")
                .resourceId("resourceId value")
                .identityClaim("identityClaim value")
                .tenant("tenant value")
                .build();

        for (Property property : Property.all()) {
            if (isCommon(property) && property != Property.TIME && property != Property.ACTION) {
                assertThat(property.get(event)).isEqualTo(value(property));
            }
        }
    }

    @Test
    @DisplayName("Events of other properties hash otherwise, and say what they are")
    void hash() {
        Set<Integer> hashes = new HashSet<>();
        for (Property property : Property.all()) {
            hashes.add(BARE.toBuilder().with(property, value(property)).build().hashCode());
        }

        assertThat(hashes).hasSizeGreaterThan(Property.all().size() - 3);
        assertThat(BARE.toString()).contains("SecretGet");
    }

    @Test
    @DisplayName("The operations that are known are Key Vault's, sorted")
    void operations() {
        List<String> known = List.copyOf(Operations.known());

        assertThat(known)
                .contains("Authentication", "SecretGet", "KeyUnwrap", "CertificateExpiredEventGridNotification")
                .isSorted()
                .hasSizeGreaterThan(80);
    }

    @Test
    @DisplayName("A value is read from its text, of the property's type")
    void parse() {
        assertThat(Property.HTTP_STATUS.parse("42")).isEqualTo(42);
        assertThat(Property.DURATION_MS.parse("42")).isEqualTo(42L);
        assertThat(Property.RBAC_AUTHORIZED.parse("true")).isEqualTo(true);
        assertThat(Property.UPN.parse("42")).isEqualTo("42");
        assertThat(Property.DURATION_MS.ecsText(BARE)).isNull();
    }
}
