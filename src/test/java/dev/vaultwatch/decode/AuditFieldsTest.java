package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("What the fields of a record say of it")
class AuditFieldsTest {

    /** Fields that were given, as {@code NAME=text} or a name alone. */
    private static final class Given extends AuditFields {
        private final Map<Field, String> values = new EnumMap<>(Field.class);

        Given(@Nullable String fields) {
            for (String each : fields == null ? new String[0] : fields.split(" +")) {
                String[] parts = each.split("=", 2);
                values.put(Field.valueOf(parts[0]), parts.length > 1 ? parts[1] : "x");
            }
        }

        @Override
        boolean has(Field field) {
            return values.containsKey(field);
        }

        @Override
        @Nullable
        String get(Field field) {
            return values.get(field);
        }

        @Override
        long millis(Field field) {
            return 7;
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            EVENT_ACTION              | true
            EVENT_DATASET             | true
            DATA_STREAM_DATASET       | true
            TIMESTAMP                 | true
            TIMESTAMP OPERATION_NAME  | false
            EVENT_ACTION OPERATION_NAME | true
            EVENT_ACTION OPERATION_NAME CATEGORY=AuditEvent        | false
            EVENT_DATASET OPERATION_NAME CATEGORY=auditevent       | false
            DATA_STREAM_DATASET OPERATION_NAME CATEGORY=AuditEvent | false
            EVENT_DATASET OPERATION_NAME CATEGORY=SignInLogs       | true
            EVENT_DATASET CATEGORY=AuditEvent                      | true
            EVENT_DATASET=azure.platformlogs OPERATION_NAME CATEGORY=AuditEvent | true
            OPERATION_NAME            | false
            TIME                      | false
                                      | false
            """)
    @DisplayName("a document of an Elastic pipeline has its fields, or its time without an operation's name")
    void ecs(@Nullable String fields, boolean ecs) {
        assertThat(new Given(fields).isEcs()).isEqualTo(ecs);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            OPERATION_NAME | true
            EVENT_ACTION   | true
            CATEGORY       | true
            TIME           | true
            TIME_GENERATED | true
            TIMESTAMP      | true
            UPN            | false
            EVENT_DATASET  | false
                           | false
            """)
    @DisplayName("a record has an operation, an action, a category or a time")
    void record(@Nullable String fields, boolean record) {
        assertThat(new Given(fields).isRecord()).isEqualTo(record);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            OPERATION_NAME      | true
            EVENT_ACTION        | true
            EVENT_DATASET       | true
            DATA_STREAM_DATASET | true
            TIME_GENERATED      | true
            RESOURCE_ID         | true
            ROW_RESOURCE_ID     | true
            ECS_RESOURCE_ID     | true
            CALLER_IP           | true
            UPN                 | true
            CATEGORY TIME       | true
            CATEGORY            | false
            TIME                | false
            TIMESTAMP           | false
            CITY AGENT          | false
                                | false
            """)
    @DisplayName("it is Azure's by a field that is Azure's own: a time, a place or an agent may be anyone's")
    void azure(@Nullable String fields, boolean azure) {
        assertThat(new Given(fields).isAzure()).isEqualTo(azure);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            OPERATION_NAME=O CATEGORY=AuditEvent                     | O |        | false
            OPERATION_NAME=O CATEGORY=AUDITEVENT                     | O |        | false
            OPERATION_NAME=O                                         | O |        | false
            OPERATION_NAME=O CATEGORY=Other                          |   | CATEGORY | true
            CATEGORY=Other                                           |   | CATEGORY | false
            CATEGORY=AuditEvent                                      |   | ACTION | false
            UPN                                                      |   | ACTION | false
            EVENT_ACTION=A EVENT_DATASET=azure.platformlogs          | A |        | false
            EVENT_ACTION=A DATA_STREAM_DATASET=azure.platformlogs    | A |        | false
            EVENT_DATASET=azure.platformlogs                         |   | ACTION | false
            EVENT_ACTION=A EVENT_DATASET=other                       |   | CATEGORY | false
            EVENT_ACTION=A                                           |   | CATEGORY | false
            EVENT_ACTION=A OPERATION_NAME=O CATEGORY=Other           |   | CATEGORY | false
            """)
    @DisplayName("an audit record has an action; of any other it is said why it has none")
    void action(String fields, @Nullable String action, @Nullable Ignored why, boolean otherLog) {
        Given given = new Given(fields);

        assertThat(given.auditAction()).isEqualTo(action);
        if (why != null) {
            assertThat(given.whyNoAction()).isEqualTo(why);
        }
        assertThat(given.isOtherLog()).isEqualTo(otherLog);
        assertThat(given.auditAction()).as("asked again").isEqualTo(action);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                                      | false
            CITY                      | false
            OPERATION_NAME            | true
            EVENT_ACTION              | true
            CALLER_IP                 | false
            CALLER_IP CATEGORY=Other  | true
            CALLER_IP CATEGORY=AuditEvent | false
            EVENT_DATASET=other       | true
            EVENT_DATASET=azure.platformlogs | false
            """)
    @DisplayName("an audit record whose operation nobody can find was not understood")
    void understood(@Nullable String fields, boolean understood) {
        assertThat(new Given(fields).isUnderstood()).isEqualTo(understood);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            TIME TIME_GENERATED TIMESTAMP OPERATION_NAME | TIME
            TIME_GENERATED TIMESTAMP OPERATION_NAME      | TIME_GENERATED
            TIMESTAMP OPERATION_NAME                     |
            TIMESTAMP TIME                               | TIMESTAMP
            EVENT_ACTION TIME                            |
            UPN                                          |
            """)
    @DisplayName("its time is the operation's, not when a shipper took it")
    void time(String fields, @Nullable Field time) {
        Given given = new Given(fields);

        assertThat(given.timeField()).isEqualTo(time);
        assertThat(given.hasTime()).isEqualTo(time != null);
        assertThat(given.time()).isEqualTo(time == null ? TimeText.UNREADABLE : 7);
        assertThat(given.timePointer()).isEmpty();
    }

    @Test
    @DisplayName("what a field has is also had in its other forms, and absent where it has none")
    void forms() {
        String uri = "https://v/secrets/S/0a";
        String id = "/subscriptions/s/resourceGroups/g/providers/N/T/v";
        Given given = new Given("UPN=Ada@X CALLER_IP=192.0.2.1:443 ISSUER=https://sts.windows.net/T/ OBJECT_URI=" + uri
                + " RESOURCE_ID=" + id + " AS_NUMBER=12.9");

        assertThat(given.unique(Field.UPN)).isEqualTo("Ada@X");
        assertThat(given.folded(Field.UPN)).isEqualTo("ada@x");
        assertThat(given.upper(Field.UPN)).isEqualTo("ADA@X");
        assertThat(given.address(Field.CALLER_IP)).isEqualTo("192.0.2.1");
        assertThat(given.issuer(Field.ISSUER)).isEqualTo("T");
        assertThat(given.object(Field.OBJECT_URI)).isEqualTo(ObjectUri.of(uri));
        assertThat(given.resourceParts(Field.RESOURCE_ID)).isEqualTo(ResourceId.of(id));
        assertThat(given.upperParts(Field.RESOURCE_ID)).isEqualTo(ResourceId.of(id.toUpperCase(java.util.Locale.ROOT)));
        assertThat(given.whole(Field.AS_NUMBER)).isEqualTo(12);
        assertThat(given.whole(Field.UPN)).isNull();
        for (Field absent : new Field[] {Field.CITY, Field.AGENT}) {
            assertThat(given.unique(absent)).isNull();
            assertThat(given.folded(absent)).isNull();
            assertThat(given.upper(absent)).isNull();
            assertThat(given.address(absent)).isNull();
            assertThat(given.issuer(absent)).isNull();
            assertThat(given.whole(absent)).isNull();
        }
        assertThat(given.small("ABC")).isEqualTo("abc");
        assertThat(given.small("Abd")).isEqualTo("abd");
        assertThat(given.hasLongTexts()).isFalse();
        given.longTexts(true);
        assertThat(given.hasLongTexts()).isTrue();
    }

    @Test
    @DisplayName("a caller has the user's name as it stands or folded, and the address as far as it is one")
    void caller() {
        Given given = new Given("UPN=Ada@X APP_ID=app OID=o CALLER_IP=192.0.2.1:443 EVENT_IP=192.0.2.1");

        Callers.Caller merged = given.caller(Field.UPN, Field.OID, Field.CALLER_IP, true);
        assertThat(merged.upn()).isEqualTo("ada@x");
        assertThat(merged.appId()).isEqualTo("app");
        assertThat(merged.objectId()).isEqualTo("o");
        assertThat(merged.sourceIp()).isEqualTo("192.0.2.1");
        assertThat(merged.sourceAddress()).isEqualTo("192.0.2.1:443");
        Callers.Caller upstream = given.caller(Field.UPN, Field.OBJECT_ID, Field.CALLER_IP, false);
        assertThat(upstream.upn()).isEqualTo("Ada@X");
        assertThat(upstream.objectId()).isNull();
        assertThat(upstream.sourceIp()).isNull();
        assertThat(upstream.sourceAddress()).isEqualTo("192.0.2.1:443");
        Callers.Caller plain = given.caller(null, Field.OID, Field.EVENT_IP, false);
        assertThat(plain.upn()).isNull();
        assertThat(plain.sourceIp()).isEqualTo("192.0.2.1");
        assertThat(plain.sourceAddress()).isNull();
        Callers.Caller nowhere = given.caller(null, Field.OID, Field.SOURCE_IP, true);
        assertThat(nowhere.sourceIp()).isNull();
        assertThat(nowhere.sourceAddress()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'event':{'dataset':'azure_eventhub.generic'},'data_stream':{'dataset':'azure_eventhub.generic'}",
                "'event.dataset':'azure.eventhub'",
                "'event':{'action':'ship','kind':'event'}"
            })
    @DisplayName("a raw record stays one, whatever data set or action an agent adds to it")
    void added(String added) {
        String json = ("{'@timestamp':'2026-11-03T02:45:00Z'," + added + ",'time':'2026-11-03T02:41:00Z',"
                        + "'category':'AuditEvent','operationName':'SecretGet',"
                        + "'identity':{'claim':{'upn':'mallory@contoso.example'}}}")
                .replace('\'', '"');

        for (Outcome outcome : List.of(Outcome.of(json), Outcome.read(json))) {
            assertThat(outcome.event().action()).isEqualTo("SecretGet");
            assertThat(outcome.event().time())
                    .isEqualTo(Instant.parse("2026-11-03T02:41:00Z").toEpochMilli());
        }
    }
}
