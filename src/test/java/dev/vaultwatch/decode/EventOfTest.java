package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("What an event has of its record")
class EventOfTest {
    private static final String RECORD = "\"time\":\"2026-11-03T02:41:00Z\",\"operationName\":\"SecretGet\"";
    private static final String ECS = "\"@timestamp\":\"2026-11-03T02:41:00Z\",\"event\":{\"action\":\"SecretGet\","
            + "\"dataset\":\"azure.platformlogs\"}";
    private static final String CLAIMS = "\"identity\":{\"claim\":{%s}}";

    private static KeyVaultEvent event(IdentityMode mode, String head, String... members) {
        String json = "{" + head + (members.length == 0 ? "" : ",") + String.join(",", members) + "}";
        return Outcome.of(json.getBytes(StandardCharsets.UTF_8), mode).event();
    }

    private static KeyVaultEvent raw(String... members) {
        return event(IdentityMode.MERGED, RECORD, members);
    }

    private static KeyVaultEvent ecs(String... members) {
        return event(IdentityMode.MERGED, ECS, members);
    }

    private static @Nullable Object get(Property property, String member) {
        return property.get(raw(member));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
            CITY           | '"source.geo.city_name":"Bonn"'                     | Bonn
            CITY           | '"geo.city_name":"Bonn"'                            | Bonn
            CITY           | '"source.geo.city_name":"A","geo.city_name":"B"'    | A
            REGION         | '"source.geo.region_name":"A","geo.region_name":"B"' | A
            REGION         | '"geo.region_name":"B"'                             | B
            COUNTRY        | '"source.geo.country_name":"A","geo.country_name":"B"' | A
            COUNTRY        | '"geo.country_name":"B"'                            | B
            ORGANIZATION   | '"source.as.organization.name":"Org"'               | Org
            CLOUD_REGION   | '"Region":"westeurope"'                             | westeurope
            AGENT          | '"agent.name":"beat"'                               | beat
            COUNTRY_ISO    | '"geo.country_iso_code":"DE"'                       | DE
            AS_NUMBER      | '"source.as.number":64496'                          | 64496
            AS_NUMBER      | '"source.as.number":"x"'                            |
            CLIENT         | '"properties":{"clientInfo":"az"}'                  | az
            TLS_VERSION    | '"properties":{"tlsVersion":"TLS1_3"}'              | TLS1_3
            IDENTITY_TYPE  | '"identity":{"claim":{"idtyp":"app"}}'              | app
            APP_ID_ACR     | '"identity":{"claim":{"appidacr":"2"}}'             | 2
            AUTH_METHODS   | '"identity":{"claim":{"amr":"pwd"}}'                | pwd
            AUTH_METHODS   | '"identity_claim_amr_s":"[\\"pwd\\", \\"mfa\\"]"'   | 'pwd,mfa'
            AUTH_METHODS   | '"identity_claim_amr_s":"pwd [x]"'                  | 'pwd [x]'
            RBAC_AUTHORIZED | '"properties":{"isRbacAuthorized":true}'           | true
            RBAC_AUTHORIZED | '"properties":{"isRbacAuthorized":"False"}'        | false
            RBAC_AUTHORIZED | '"properties":{"isRbacAuthorized":"TRUE"}'         | true
            RBAC_AUTHORIZED | '"properties":{"isRbacAuthorized":"maybe"}'        |
            CORRELATION_ID | '"correlationId":"c"'                               | c
            DURATION_MS    | '"durationMs":"17"'                                 | 17
            DURATION_MS    | '"event":{"duration":17999999}'                     | 17
            DURATION_MS    | '"durationMs":3,"event":{"duration":17000000}'      | 3
            DURATION_MS    | '"durationMs":"x"'                                  |
            RESULT_TYPE    | '"resultType":"Success"'                            | Success
            RESULT_SIGNATURE | '"resultSignature":"OK"'                          | OK
            REQUEST_URI    | '"properties":{"requestUri":"https://v/x"}'         | https://v/x
            """)
    @DisplayName("each property is there as the record has it")
    void properties(Property property, String member, @Nullable String value) {
        Object found = get(property, member);

        assertThat(found == null ? null : found.toString()).isEqualTo(value);
        assertThat(property.get(raw())).as("and absent where it has none").isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            200          | 200
            "200"        | 200
            200.0        | 200
            "200.000"    | 200
            0            | 0
            9            | 9
            999          | 999
            1000         | 1000
            10000        | 10000
            -1           | -1
            "+7"         | 7
            200.5        |
            "200.0x"     |
            "OK"         |
            "99999999999" |
            ".0"         |
            """)
    @DisplayName("a status is a whole number, also one that is written as a double or a text")
    void status(String written, @Nullable Integer status) {
        assertThat(raw("\"httpStatusCode\":" + written).httpStatus()).isEqualTo(status);
        assertThat(raw().httpStatus()).isNull();
    }

    @Nested
    @DisplayName("The object")
    class TheObject {
        private static final String URI = "https://v.vault.azure.net/secrets/S/0a?api-version=7.4";

        private void check(@Nullable String type, @Nullable String name, @Nullable String version, String member) {
            KeyVaultEvent event = raw(member);
            assertThat(event.objectType()).as(member).isEqualTo(type);
            assertThat(event.objectName()).as(member).isEqualTo(name);
            assertThat(event.objectVersion()).as(member).isEqualTo(version);
        }

        @Test
        @DisplayName("is read off its address, or where that says nothing, off the request's")
        void addresses() {
            check("secrets", "S", "0a", "\"properties\":{\"id\":\"" + URI + "\"}");
            check("secrets", "S", "0a", "\"properties\":{\"requestUri\":\"" + URI + "\"}");
            check("secrets", "S", "0a", "\"properties\":{\"id\":\"x\",\"requestUri\":\"" + URI + "\"}");
            check("keys", "K", null, "\"properties\":{\"id\":\"https://v/keys/K\",\"requestUri\":\"" + URI + "\"}");
            check(null, null, null, "\"properties\":{\"id\":\"x\"}");
            check(null, null, null, "\"x\":1");
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                https://v/secrets                     | secrets        |   |
                https://v/secrets/                    | secrets        |   |
                https://v/secrets?api-version=7.4     | secrets        |   |
                https://v/secrets/S                   | secrets        | S |
                https://v/secrets/S/                  | secrets        | S |
                https://v/secrets/S/0123456789abcdefABCDEF0123456789   | secrets | S | 0123456789abcdefABCDEF0123456789
                https://v/secrets/S/0123456789abcdefABCDEF01234567890  | secrets | S |
                https://v/keys/K/decrypt              | keys           | K |
                https://v/keys/K/0a/decrypt           | keys           | K | 0a
                https://v/keys/K/0a?x=/y              | keys           | K | 0a
                https://v/certificates//0a            | certificates   |   |
                https://v/storage/A                   | storage        | A |
                https://v/deletedsecrets/S            | deletedsecrets | S |
                https://v/deletedkeys/S               | deletedkeys    | S |
                https://v/deletedcertificates/S       | deletedcertificates | S |
                https://v/deletedstorage/S            | deletedstorage | S |
                https://v/Secrets/S                   |                |   |
                https://v/other/S                     |                |   |
                https://v                             |                |   |
                https://                              |                |   |
                /secrets/S                            |                |   |
                secrets/S                             |                |   |
                """)
        @DisplayName("has a collection, a name and a version, as far as the address says")
        void parts(String text, @Nullable String type, @Nullable String name, @Nullable String version) {
            assertThat(ObjectUri.of(text)).isEqualTo(new ObjectUri(type, name, version));
        }
    }

    @Nested
    @DisplayName("The resource")
    class Resource {
        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                /subscriptions/s/resourceGroups/g/providers/N/T/v      | s | g | v
                /SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/N/T/V      | S | G | V
                /x/subscriptions/s/resourceGroups/g/providers/N/T/v/w  | s | g | v/w
                x/subscriptions/s                                      | s |   |
                /subscriptions/s/                                      | s |   |
                /subscriptions/s/resourceGroups/                       | s |   |
                /subscriptions/s/resourceGroups/g                      | s | g |
                /subscriptions/s/resourceGroups/g/providers/N          | s | g |
                /subscriptions/s/resourceGroups/g/providers/N/T        | s | g |
                /subscriptions/s/resourceGroups/g/providers/N/T/       | s | g |
                /subscriptions/s/other/g/providers/N/T/v               | s |   |
                /subscriptions/s/resourceGroups/g/other/N/T/v          | s | g |
                /subscriptions/                                        |   |   |
                /subscriptions//resourceGroups/g                       |   |   |
                subscriptions/s                                        |   |   |
                x                                                      |   |   |
                """)
        @DisplayName("id has a subscription, a group and a name, as far as it goes")
        void parts(String text, @Nullable String subscription, @Nullable String group, @Nullable String name) {
            assertThat(ResourceId.of(text)).isEqualTo(new ResourceId(subscription, group, name));
        }

        @Test
        @DisplayName("is that of the id; what the id does not say comes from the columns; names are in capitals")
        void raws() {
            KeyVaultEvent event = raw(
                    "\"resourceId\":\"/subscriptions/s/resourceGroups/g\",\"Resource\":\"v\",\"ResourceGroup\":\"other\","
                            + "\"SubscriptionId\":\"other\"");
            assertThat(event.vault()).isEqualTo("V");
            assertThat(event.subscriptionId()).isEqualTo("S");
            assertThat(event.resourceGroup()).isEqualTo("G");
            assertThat(event.resourceId()).isEqualTo("/SUBSCRIPTIONS/S/RESOURCEGROUPS/G");

            KeyVaultEvent columns = raw("\"Resource\":\"v\",\"ResourceGroup\":\"g\",\"SubscriptionId\":\"s\"");
            assertThat(columns.vault()).isEqualTo("V");
            assertThat(columns.subscriptionId()).isEqualTo("S");
            assertThat(columns.resourceGroup()).isEqualTo("G");
            assertThat(columns.resourceId()).isNull();

            KeyVaultEvent upstream = event(
                    IdentityMode.UPSTREAM,
                    RECORD,
                    "\"_ResourceId\":\"/subscriptions/s/resourceGroups/g/providers/N/T/v\"");
            assertThat(upstream.vault()).isEqualTo("v");
            assertThat(upstream.resourceId()).isEqualTo("/subscriptions/s/resourceGroups/g/providers/N/T/v");
        }

        @Test
        @DisplayName("of a document of Elastic's has fields of its own, the older names before the newer")
        void documents() {
            KeyVaultEvent old = ecs(
                    "\"azure\":{\"resource\":{\"name\":\"v\",\"group\":\"g\",\"id\":\"i\"},\"subscription_id\":\"s\","
                            + "\"resource_group\":{\"name\":\"g2\"}},\"cloud\":{\"account\":{\"id\":\"s2\"},\"resource_id\":\"i2\"}");
            assertThat(old.vault()).isEqualTo("V");
            assertThat(old.resourceGroup()).isEqualTo("G");
            assertThat(old.resourceId()).isEqualTo("I");
            assertThat(old.subscriptionId()).isEqualTo("S");
            KeyVaultEvent renamed = ecs("\"azure\":{\"resource_group\":{\"name\":\"g2\"}},"
                    + "\"cloud\":{\"account\":{\"id\":\"s2\"},\"resource_id\":\"i2\"}");
            assertThat(renamed.resourceGroup()).isEqualTo("G2");
            assertThat(renamed.resourceId()).isEqualTo("I2");
            assertThat(renamed.subscriptionId()).isEqualTo("S2");
        }
    }

    @Nested
    @DisplayName("The caller")
    class TheCaller {
        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
                '"upn":"Ada@X","unique_name":"b@x"'                         | ada@x | upn
                '"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"Ada@X","unique_name":"b@x"' | ada@x | http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn
                '"unique_name":"Ada@X","preferred_username":"b@x"'          | ada@x | unique_name
                '"preferred_username":"Ada@X","oid":"o"'                    | ada@x | preferred_username
                '"oid":"o","idtyp":"user"'                                  | o     | oid
                '"oid":"o","scp":"x"'                                       | o     | oid
                '"oid":"o","amr":"pwd"'                                     | o     | oid
                '"oid":"o"'                                                 |       |
                '"oid":"o","idtyp":"app","unique_name":"b@x"'               |       |
                '"oid":"o","idtyp":"other","scp":"x"'                       |       |
                """)
        @DisplayName("is a user by the best of the claims; of an application there is none")
        void user(String claims, @Nullable String upn, @Nullable String claim) {
            KeyVaultEvent event = raw(CLAIMS.formatted(claims));

            assertThat(event.upn()).isEqualTo(upn);
            assertThat(Property.IDENTITY_CLAIM.get(event)).isEqualTo(claim);
        }

        @Test
        @DisplayName("is the user whose name stands where the claims are due")
        void text() {
            KeyVaultEvent event = raw("\"identity\":\"ada@x\"");
            assertThat(event.upn()).isEqualTo("ada@x");
            assertThat(Property.IDENTITY_CLAIM.get(event)).isEqualTo("identity");
            assertThat(raw("\"identity\":\"somebody\"").upn()).isNull();
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
                '"x":1'                                        | NO_IDENTITY
                '"identity":"somebody"'                        | UNREADABLE_IDENTITY
                '"identity":{"claim":{"appid":"a"}}'           | APPLICATION
                '"identity":{"claim":{"oid":"o"}}'             | APPLICATION
                '"identity":{"claim":{"objectid":"o"}}'        | APPLICATION
                '"identity":{"claim":{"http://schemas.microsoft.com/identity/claims/objectidentifier":"o"}}' | APPLICATION
                '"identity":{"claim":{"idtyp":"app"}}'         | APPLICATION
                '"identity":{"claim":{"idtyp":"user"}}'        | GUEST_WITHOUT_UPN
                """)
        @DisplayName("if none is a user, is said why")
        void userless(String member, Userless cause) {
            Outcome outcome = Outcome.of("{" + RECORD + "," + member + "}");

            assertThat(outcome.userless).containsExactly(cause);
        }

        @Test
        @DisplayName("with the upstream's identity has a name in the claim upn alone, as it stands")
        void upstream() {
            for (String claims : new String[] {
                "\"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn\":\"a@x\"",
                "\"unique_name\":\"a@x\"",
                "\"preferred_username\":\"a@x\"",
                "\"oid\":\"o\",\"scp\":\"x\""
            }) {
                byte[] json = ("{" + RECORD + "," + CLAIMS.formatted(claims) + "}").getBytes(StandardCharsets.UTF_8);
                Outcome outcome = Outcome.of(json, IdentityMode.UPSTREAM);
                assertThat(outcome.event().upn()).as(claims).isNull();
                assertThat(outcome.userless).as(claims).containsExactly(Userless.GUEST_WITHOUT_UPN);
            }
            KeyVaultEvent event =
                    event(IdentityMode.UPSTREAM, RECORD, CLAIMS.formatted("\"upn\":\"Ada@X\",\"oid\":\"o\""));
            assertThat(event.upn()).isEqualTo("Ada@X");
            assertThat(event.objectId()).as("the upstream knows no oid").isNull();
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
                '"objectid":"1","oid":"2"'                                                                  | 1
                '"oid":"2","http://schemas.microsoft.com/identity/claims/objectidentifier":"3"'             | 2
                '"http://schemas.microsoft.com/identity/claims/objectidentifier":"3"'                       | 3
                """)
        @DisplayName("has the object id of the first of its claims that is there")
        void objectId(String claims, String id) {
            assertThat(raw(CLAIMS.formatted(claims)).objectId()).isEqualTo(id);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
                '"tid":"T","iss":"https://sts.windows.net/I/"' | t
                '"iss":"https://sts.windows.net/I/"'           | i
                '"iss":"https://sts.windows.net/I"'            | i
                '"iss":"https://sts.windows.net/I/v2"'         | i
                '"iss":"https://sts.windows.net/"'             |
                '"iss":"https://sts.windows.net//x"'           |
                '"iss":"https://sts.windows.net"'              |
                '"iss":"://h/I"'                               | i
                '"iss":"I/x"'                                  |
                """)
        @DisplayName("is of the directory that the token names, or its issuer")
        void tenant(String claims, @Nullable String tenant) {
            assertThat(raw(CLAIMS.formatted(claims)).tenant()).isEqualTo(tenant);
        }

        @Test
        @DisplayName("is of the record's tenant where the token names none; a row's own is its workspace's")
        void tenantOfTheRecord() {
            assertThat(raw("\"tenantId\":\"T\",\"TenantId\":\"R\"").tenant()).isEqualTo("t");
            assertThat(raw("\"TenantId\":\"R\"").tenant()).isEqualTo("r");
            assertThat(raw("\"TenantId\":\"R\",\"TimeGenerated\":\"2026-11-03T02:41:00Z\"")
                            .tenant())
                    .isNull();
            assertThat(event(IdentityMode.UPSTREAM, RECORD, "\"tenantId\":\"T\"")
                            .tenant())
                    .isEqualTo("T");
        }

        @Test
        @DisplayName(
                "called from the address in the field, whatever stands beside it; what is no plain address is kept too")
        void addresses() {
            assertThat(raw("\"callerIpAddress\":\"192.0.2.1\"").sourceIp()).isEqualTo("192.0.2.1");
            assertThat(raw("\"callerIpAddress\":\"192.0.2.1\"").sourceAddress()).isNull();
            assertThat(raw("\"callerIpAddress\":\"192.0.2.1:443\"").sourceIp()).isEqualTo("192.0.2.1");
            assertThat(raw("\"callerIpAddress\":\"192.0.2.1:443\"").sourceAddress())
                    .isEqualTo("192.0.2.1:443");
            assertThat(raw("\"callerIpAddress\":\"masked\"").sourceIp()).isNull();
            assertThat(raw("\"callerIpAddress\":\"masked\"").sourceAddress()).isEqualTo("masked");
            assertThat(raw("\"EventIpAddress\":\"192.0.2.2\"").sourceIp()).isEqualTo("192.0.2.2");
            assertThat(raw("\"EventIpAddress\":\"192.0.2.2\",\"callerIpAddress\":\"192.0.2.1\"")
                            .sourceIp())
                    .isEqualTo("192.0.2.1");
            assertThat(ecs("\"source\":{\"ip\":\"192.0.2.1\",\"address\":\"proxy\"}")
                            .sourceAddress())
                    .isEqualTo("proxy");
            assertThat(ecs("\"source\":{\"ip\":\"192.0.2.1\"}").sourceAddress()).isNull();
            assertThat(raw("\"source\":{\"address\":\"proxy\"}").sourceAddress())
                    .isNull();
            KeyVaultEvent upstream = event(IdentityMode.UPSTREAM, RECORD, "\"callerIpAddress\":\"192.0.2.1:443\"");
            assertThat(upstream.sourceIp()).isNull();
            assertThat(upstream.sourceAddress()).isEqualTo("192.0.2.1:443");
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
                Ada@X                                   | ada@x
                ' ada@x '                               | ada@x
                live.com#Ada@X                          | ada@x
                ada_x.org#EXT#@contoso.example          | ada_x.org#ext#@contoso.example
                '#ada@x'                                | #ada@x
                a#b@c@d                                 | a#b@c@d
                'A#@x'                                  | a#@x
                a#B@x                                   | b@x
                live.com#                               | live.com#
                '  '                                    | '  '
                'u\u0308@x'                             | '\u00fc@x'
                '\u00dc@x'                              | '\u00fc@x'
                """)
        @DisplayName("has one name, whatever form a record has")
        void folded(String name, String folded) {
            assertThat(UserName.fold(name)).isEqualTo(folded);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
                a@b        | true
                ' a@b '    | true
                @b         | false
                a@         | false
                ab         | false
                'a b@c'    | false
                'a"b@c'    | false
                '{a@b'     | false
                'a@b,c@d'  | false
                'a@b;c'    | false
                """)
        @DisplayName("is named by what looks like a user principal name")
        void upn(String text, boolean upn) {
            assertThat(UserName.isUpn(text)).isEqualTo(upn);
        }
    }
}
