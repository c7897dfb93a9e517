package dev.vaultwatch.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Directories tell people of one name apart")
class DirectoriesTest {
    private static final String ONE = "0a1b2c3d-4e5f-6789-abcd-ef0123456789";
    private static final String OTHER = "FFFFFFFF-AAAA-0000-9999-FFFFFFFFFFFF";

    private static KeyVaultEvent read(long time, @Nullable String tenant) {
        return KeyVaultEvent.builder(time, "SecretGet").tenant(tenant).build();
    }

    @ParameterizedTest
    @ValueSource(strings = {ONE, OTHER, "99999999-0000-9999-0000-999999999999", "aaaaaaaa-ffff-AAAA-FFFF-aaaaaaaaaaaf"})
    @DisplayName("a tenant id names one")
    void ids(String tenant) {
        assertThat(Directories.of(read(0, tenant))).isEqualTo(tenant);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "contoso",
                "00000000-0000-0000-0000-000000000000",
                "0a1b2c3d-4e5f-6789-abcd-ef012345678",
                "0a1b2c3d-4e5f-6789-abcd-ef01234567890",
                "0a1b2c3d04e5f-6789-abcd-ef0123456789",
                "0a1b2c3d-4e5f06789-abcd-ef0123456789",
                "0a1b2c3d-4e5f-67890abcd-ef0123456789",
                "0a1b2c3d-4e5f-6789-abcd0ef0123456789",
                "-a1b2c3d-4e5f-6789-abcd-ef0123456789",
                "/a1b2c3d-4e5f-6789-abcd-ef0123456789",
                ":a1b2c3d-4e5f-6789-abcd-ef0123456789",
                "@a1b2c3d-4e5f-6789-abcd-ef0123456789",
                "Ga1b2c3d-4e5f-6789-abcd-ef0123456789",
                "`a1b2c3d-4e5f-6789-abcd-ef0123456789",
                "0a1b2c3d-4e5f-6789-abcd-ef012345678g"
            })
    @DisplayName("what a shipper or a person has put in its place names none")
    void noIds(String tenant) {
        assertThat(Directories.of(read(0, tenant))).isNull();
        assertThat(Directories.of(read(0, null))).isNull();
    }

    @Test
    @DisplayName("each person has the events of the own directory and those that name none, in their order")
    void divided() {
        KeyVaultEvent first = read(1, ONE);
        KeyVaultEvent second = read(2, null);
        KeyVaultEvent third = read(3, OTHER);
        KeyVaultEvent fourth = read(4, ONE);

        assertThat(Directories.divide(List.of(first, second, third, fourth)))
                .containsExactly(
                        Map.entry(ONE, List.of(first, second, fourth)), Map.entry(OTHER, List.of(second, third)));
    }

    @Test
    @DisplayName("events that name none are nobody's in particular")
    void nobody() {
        assertThat(Directories.divide(List.of(read(1, null), read(2, "contoso"))))
                .isEmpty();
    }

    @Test
    @DisplayName("they matter to a key of users that has no directory in it")
    void keys() {
        assertThat(Directories.matterTo(GroupingKey.of(Property.UPN))).isTrue();
        assertThat(Directories.matterTo(GroupingKey.of(Property.UPN, Property.VAULT)))
                .isTrue();
        assertThat(Directories.matterTo(GroupingKey.of(Property.UPN, Property.TENANT)))
                .isFalse();
        assertThat(Directories.matterTo(GroupingKey.of(Property.OBJECT_ID))).isFalse();
    }
}
