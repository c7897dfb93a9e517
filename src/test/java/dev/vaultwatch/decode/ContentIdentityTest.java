package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.KeyVaultEventBuilder;
import dev.vaultwatch.event.Property;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What tells one operation from all others")
class ContentIdentityTest {
    private static final Set<Property> ALWAYS = EnumSet.of(
            Property.CORRELATION_ID,
            Property.VAULT,
            Property.OBJECT_TYPE,
            Property.OBJECT_NAME,
            Property.OBJECT_VERSION);

    private static final Set<Property> WITHOUT_CORRELATION = EnumSet.of(
            Property.VAULT,
            Property.OBJECT_TYPE,
            Property.OBJECT_NAME,
            Property.OBJECT_VERSION,
            Property.UPN,
            Property.OBJECT_ID,
            Property.APP_ID,
            Property.SOURCE_IP,
            Property.SOURCE_ADDRESS,
            Property.REQUEST_URI,
            Property.HTTP_STATUS,
            Property.SUBSCRIPTION_ID,
            Property.RESOURCE_GROUP,
            Property.RESOURCE_ID,
            Property.RESULT_SIGNATURE);

    private static KeyVaultEvent event(boolean correlated, @Nullable Property changed, @Nullable String to) {
        KeyVaultEventBuilder event = KeyVaultEvent.builder(5, "SecretGet");
        for (Property property : Property.all()) {
            if (property == Property.TIME
                    || property == Property.ACTION
                    || (property == Property.CORRELATION_ID && !correlated)) {
                continue;
            }
            String usual = property.type() == String.class
                    ? "value of " + property
                    : property.type() == Boolean.class ? "true" : "200";
            String text = property == changed ? to : usual;
            event.with(property, text == null ? null : property.type() == String.class ? text : property.parse(text));
        }
        return event.build();
    }

    private static ContentIdentity of(boolean correlated, @Nullable Property changed, @Nullable String to) {
        return ContentIdentity.of(event(correlated, changed, to));
    }

    @Test
    @DisplayName(
            "with a correlation id: it, the operation, the time, the vault and the object; without, the caller and the result too")
    void properties() {
        for (boolean correlated : new boolean[] {true, false}) {
            ContentIdentity usual = of(correlated, null, null);
            assertThat(of(correlated, null, null)).isEqualTo(usual);
            for (Property property : Property.all()) {
                if (property == Property.TIME
                        || property == Property.ACTION
                        || (property == Property.CORRELATION_ID && !correlated)) {
                    continue;
                }
                boolean counts = (correlated ? ALWAYS : WITHOUT_CORRELATION).contains(property);
                String other = property.type() == String.class
                        ? "another"
                        : property.type() == Boolean.class ? "false" : "403";
                assertThat(!of(correlated, property, other).equals(usual))
                        .as("%s, with correlation %s", property, correlated)
                        .isEqualTo(counts);
                if (property != Property.CORRELATION_ID) {
                    assertThat(!of(correlated, property, null).equals(usual))
                            .as("no %s, with correlation %s", property, correlated)
                            .isEqualTo(counts);
                }
            }
        }
    }

    @Test
    @DisplayName("the operation and its time in milliseconds count")
    void actionAndTime() {
        ContentIdentity usual =
                ContentIdentity.of(KeyVaultEvent.builder(5, "SecretGet").build());

        assertThat(ContentIdentity.of(KeyVaultEvent.builder(6, "SecretGet").build()))
                .isNotEqualTo(usual);
        assertThat(ContentIdentity.of(KeyVaultEvent.builder(5, "KeyGet").build()))
                .isNotEqualTo(usual);
        assertThat(ContentIdentity.of(KeyVaultEvent.builder(5, "SecretGet").build()))
                .isEqualTo(usual);
        assertThat(usual.high()).isNotEqualTo(usual.low());
    }

    @Test
    @DisplayName(
            "names that Azure compares without regard to case are the same in any; an empty text is not an absent one")
    void cases() {
        for (Property property :
                new Property[] {Property.VAULT, Property.SUBSCRIPTION_ID, Property.RESOURCE_GROUP, Property.RESOURCE_ID
                }) {
            assertThat(of(false, property, "AbC")).as("%s", property).isEqualTo(of(false, property, "aBc"));
            assertThat(of(false, property, "")).as("%s", property).isNotEqualTo(of(false, property, null));
        }
        assertThat(of(true, Property.CORRELATION_ID, "AbC")).isEqualTo(of(true, Property.CORRELATION_ID, "aBc"));
        assertThat(of(true, Property.OBJECT_NAME, "AbC")).isNotEqualTo(of(true, Property.OBJECT_NAME, "aBc"));
    }

    private static ContentIdentity nameless(@Nullable String requestUri) {
        return ContentIdentity.of(KeyVaultEvent.builder(5, "SecretList")
                .with(Property.CORRELATION_ID, "11111111-1111-4111-8111-111111111111")
                .with(Property.REQUEST_URI, requestUri)
                .build());
    }

    @Test
    @DisplayName(
            "pages of a list, and objects that an address hides, differ under one correlation id, which a client may choose")
    void nameless() {
        String list = "https://kv.vault.azure.net/secrets?$skiptoken=";
        assertThat(nameless(list + 1)).isEqualTo(nameless(list + 1)).isNotEqualTo(nameless(list + 2));
        assertThat(nameless("https://kv.vault.azure.net/SECRETS/a"))
                .isNotEqualTo(nameless("https://kv.vault.azure.net/SECRETS/b"));
        assertThat(nameless(null)).isEqualTo(nameless(null)).isNotEqualTo(nameless(list));
    }
}
