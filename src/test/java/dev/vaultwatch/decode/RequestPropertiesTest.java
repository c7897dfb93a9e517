package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.samples.Fact;
import dev.vaultwatch.samples.KeyVaultScenario;
import dev.vaultwatch.samples.WireShapes;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("How an operation was asked for")
class RequestPropertiesTest {
    private static final String READ =
            "\"time\":\"2026-11-03T02:41:00.123Z\",\"category\":\"AuditEvent\",\"operationName\":\"SecretGet\"";

    private final WireShapes shapes = new WireShapes();

    private static KeyVaultEvent event(String members) {
        return Outcome.of("{" + READ + "," + members + "}").event();
    }

    @Test
    @DisplayName("is the same from every shape, by both ways of reading")
    void shapes() {
        for (Fact fact : KeyVaultScenario.quietHour().subList(0, 120)) {
            KeyVaultEvent raw = Outcome.of(shapes.json(shapes.raw(fact)), IdentityMode.MERGED)
                    .event();
            for (Map<String, Object> shape : List.of(
                    shapes.azureDiagnostics(fact),
                    shapes.auditLogs(fact),
                    shapes.auditLogsWithTextIdentity(fact),
                    shapes.ecs(fact))) {
                KeyVaultEvent event =
                        Outcome.of(shapes.json(shape), IdentityMode.MERGED).event();
                for (Property property : List.of(
                        Property.OBJECT_TYPE,
                        Property.OBJECT_NAME,
                        Property.OBJECT_VERSION,
                        Property.REQUEST_URI,
                        Property.CLIENT,
                        Property.CORRELATION_ID,
                        Property.DURATION_MS,
                        Property.RBAC_AUTHORIZED,
                        Property.TLS_VERSION,
                        Property.IDENTITY_CLAIM)) {
                    assertThat(property.get(event))
                            .as("%s of %s in %s", property, raw, shape)
                            .isEqualTo(property.get(raw));
                }
                assertThat(ContentIdentity.of(event)).isEqualTo(ContentIdentity.of(raw));
            }
            assertThat(ContentIdentity.of(Outcome.of(shapes.json(shapes.ecsDotted(fact)), IdentityMode.MERGED)
                            .event()))
                    .isEqualTo(ContentIdentity.of(raw));
            assertThat(raw.correlationId()).isEqualTo(fact.correlationId());
            assertThat(raw.client()).isEqualTo(fact.caller().clientInfo());
            assertThat(raw.objectName()).isEqualTo(fact.objectName());
            assertThat(raw.objectVersion()).isEqualTo(fact.objectVersion());
            assertThat(raw.durationMs()).isEqualTo((long) fact.durationMs());
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "https://v.vault.azure.net/secrets/pay/0123456789abcdef0123456789abcdef, secrets, pay, 0123456789abcdef0123456789abcdef",
                "https://v.vault.azure.net/secrets/pay/?api-version=7.4, secrets, pay, -",
                "https://v.vault.azure.net/secrets?api-version=7.4, secrets, -, -",
                "https://v.vault.azure.net:8443/keys/k/0a/sign?api-version=7.4, keys, k, 0a",
                "https://v.vault.azure.net/keys/k/backup, keys, k, -",
                "https://v.vault.azure.net/deletedsecrets/s, deletedsecrets, s, -",
                "https://v.vault.azure.net/, -, -, -",
                "https://management.azure.com/subscriptions/s/resourceGroups/g, -, -, -",
                "no address, -, -, -"
            })
    @DisplayName("the object is read off its address, or off the address that was called")
    void objects(String uri, @Nullable String type, @Nullable String name, @Nullable String version) {
        for (String field : List.of(
                "\"properties\":{\"id\":\"%s\"}",
                "\"properties\":{\"requestUri\":\"%s\"}",
                "\"properties\":{\"id\":\"https://v.vault.azure.net/\",\"requestUri\":\"%s\"}",
                "\"id_s\":\"%s\"",
                "\"RequestUri\":\"%s\"")) {
            KeyVaultEvent event = event(field.formatted(uri));
            assertThat(event.objectType()).isEqualTo(type);
            assertThat(event.objectName()).isEqualTo(name);
            assertThat(event.objectVersion()).isEqualTo(version);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "\"identity\":{\"claim\":{\"iss\":\"https://sts.windows.net/0000AAAA/\"}} | 0000aaaa",
                "\"identity\":{\"claim\":{\"iss\":\"https://login.microsoftonline.com/T/v2.0\",\"tid\":\"u\"}} | u",
                "\"tenantId\":\"t\" | t",
                "\"TenantId\":\"t\" | t",
                "\"TenantId\":\"workspace\",\"TimeGenerated\":\"2026-11-03T02:41:00Z\" | -",
                "\"identity\":{\"claim\":{\"iss\":\"x\"}} | -"
            })
    @DisplayName("the tenant is the token's, and never a workspace")
    void tenants(String members, @Nullable String tenant) {
        assertThat(event(members).tenant()).isEqualTo(tenant);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"\"pwd\" | pwd", "[\"pwd\",\"mfa\"] | pwd,mfa", "\"[\\\"pwd\\\", \\\"mfa\\\"]\" | pwd,mfa"})
    @DisplayName("the ways of signing in are a list with commas")
    void signIn(String amr, String expected) {
        assertThat(event("\"identity\":{\"claim\":{\"amr\":" + amr + "}}").authMethods())
                .isEqualTo(expected);
    }

    @Test
    @DisplayName("numbers and flags are read from either form")
    void values() {
        for (String members : List.of(
                "\"durationMs\":\"41\",\"properties\":{\"isRbacAuthorized\":true},\"source\":{\"as\":{\"number\":64500}}",
                "\"DurationMs\":41.0,\"isRbacAuthorized_b\":\"True\",\"source.as.number\":\"64500\"")) {
            KeyVaultEvent event = event(members);
            assertThat(event.durationMs()).isEqualTo(41);
            assertThat(event.rbacAuthorized()).isTrue();
            assertThat(event.asNumber()).isEqualTo(64500);
        }
        assertThat(event("\"durationMs\":\"long\",\"isRbacAuthorized_b\":\"maybe\"")
                        .durationMs())
                .isNull();
    }

    @Test
    @DisplayName("what a sink has no use for is left out, and all else is there")
    void wanted() {
        byte[] json = ("{" + READ + ",\"correlationId\":\"c\",\"properties\":{\"clientInfo\":\"az\",\"requestUri\":"
                        + "\"https://v.vault.azure.net/secrets/s\"},\"identity\":{\"claim\":{\"upn\":\"a@x.example\"}}}")
                .getBytes(StandardCharsets.UTF_8);
        Outcome outcome = new Outcome() {
            @Override
            public Set<Property> properties() {
                return EnumSet.of(Property.CLIENT);
            }
        };

        new KeyVaultDecoder(IdentityMode.MERGED, 1000).decode(json, 0, json.length, Outcome.ALL, outcome);

        assertThat(outcome.event().client()).isEqualTo("az");
        assertThat(outcome.event().upn()).isEqualTo("a@x.example");
        assertThat(outcome.event().correlationId()).isNull();
        assertThat(outcome.event().objectName()).isNull();
    }

    @Test
    @DisplayName("two operations have two identities")
    void identities() {
        Set<ContentIdentity> identities = new HashSet<>();
        for (String members : List.of(
                "\"correlationId\":\"a\"",
                "\"correlationId\":\"b\"",
                "\"correlationId\":\"\",\"x\":1",
                "\"callerIpAddress\":\"192.0.2.1\"",
                "\"correlationId\":\"a\",\"properties\":{\"id\":\"https://v.vault.azure.net/secrets/s\"}",
                "\"correlationId\":\"a\",\"properties\":{\"id\":\"https://v.vault.azure.net/secrets/t\"}",
                "\"correlationId\":\"a\",\"time\":\"2026-11-03T02:41:00.124Z\"",
                "\"correlationId\":\"a\",\"operationName\":\"SecretList\"")) {
            identities.add(ContentIdentity.of(event(members)));
        }

        assertThat(identities).hasSize(8);
        assertThat(ContentIdentity.of(event("\"correlationId\":\"A\",\"callerIpAddress\":\"x\"")))
                .isEqualTo(ContentIdentity.of(event("\"correlationId\":\"a\"")));
    }
}
