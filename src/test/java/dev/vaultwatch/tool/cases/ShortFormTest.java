package dev.vaultwatch.tool.cases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.vaultwatch.tool.cases.ShortForm.Misspelt;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShortFormTest {
    private static final LocalDate DAY = LocalDate.of(2026, 3, 2);

    private static List<CaseEvent> read(String text) throws Misspelt {
        return ShortForm.read(text, DAY);
    }

    @Test
    @DisplayName("The first event is at the time, the last the duration later, the others evenly between")
    void spread() throws Misspelt {
        assertThat(read("5 x SecretGet over 40s at 10:00:51"))
                .extracting(event -> event.time().toString())
                .containsExactly(
                        "2026-03-02T10:00:51Z",
                        "2026-03-02T10:01:01Z",
                        "2026-03-02T10:01:11Z",
                        "2026-03-02T10:01:21Z",
                        "2026-03-02T10:01:31Z");
    }

    @Test
    @DisplayName("The n-th event has the n-th of each list, which begins again at its end")
    void cycles() throws Misspelt {
        List<CaseEvent> events = read("3 x SecretGet,SecretList by user7,user8..9 at 10:00");
        assertThat(events.get(0).json()).contains("\"SecretGet\"", "user7@contoso.example");
        assertThat(events.get(1).json()).contains("\"SecretList\"", "user8@contoso.example");
        assertThat(events.get(2).json()).contains("\"SecretGet\"", "user9@contoso.example");
    }

    @Test
    @DisplayName("Without a number there is one event for each element of the longest list")
    void longestList() throws Misspelt {
        assertThat(read("SecretGet of pay1..12 on kv-a,kv-b at 10:00")).hasSize(12);
    }

    @Test
    @DisplayName("Each record says what Azure would, and when, as the plugin reads it")
    void readable() throws Misspelt {
        CaseEvent event = read("SecretGet by user1 on kv-pay status 403 with country=DE at 10:00:51.250")
                .get(0);
        assertThat(RecordEvent.of(event.json())).contains(event);
        assertThat(event.time()).isEqualTo(Instant.parse("2026-03-02T10:00:51.250Z"));
        assertThat(event.json())
                .contains("\"resultSignature\":\"Forbidden\"", "\"resultType\":\"Success\"", "vaults/kv-pay")
                .contains("\"source.geo.country_name\":\"DE\"");
    }

    @Test
    @DisplayName("An application without a user has an object id and no UPN; nobody has neither")
    void principals() throws Misspelt {
        assertThat(read("SecretGet as app1 at 10:00").get(0).json())
                .doesNotContain("upn")
                .contains("\"idtyp\":\"app\"", Names.objectId("app1"), Names.appId("app1"));
        assertThat(read("SecretGet by nobody at 10:00").get(0).json()).doesNotContain("upn", "oid");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "at 10:00                          | 0  | says no action",
                "SecretGet by user1                | 18 | says no time",
                "SecretGet bye user1 at 10:00      | 10 | did you mean \"by\"?",
                "0 x SecretGet at 10:00            | 0  | whole number from 1 to 100000",
                "SecretGet, SecretList at 10:00    | 11 | a list has no blanks behind its commas",
                "SecretGet by user1,,user2 at 10:00| 19 | comma without a value",
                "SecretGet at 25:00                | 13 | expected a time of day in UTC",
                "SecretGet over 4 at 10:00         | 15 | expected such as 40s",
                "SecretGet status ok at 10:00      | 17 | expected such as 200 or 403",
                "SecretGet with contry=DE at 10:00 | 15 | did you mean 'country'",
                "SecretGet with city=B,vault=kv9 at 10:00 | 22 | as in \"on kv1\"",
                "SecretGet with objectName=x at 10:00 | 15 | as in \"of object1\"",
                "SecretGet with sourceIp=10.0.0.1 at 10:00 | 15 | as in \"from 203.0.113.10\"",
                "SecretGet with objectType=keys at 10:00 | 15 | a record in place of the sentence",
                "SecretGet with action=KeyGet at 10:00 | 15 | the action first",
                "SecretGet with time=1 at 10:00 | 15 | as in \"at 10:00:51\"",
                "SecretGet by user1 by user2 at 10:00 | 19 | says \"by\" twice",
                "SecretGet by user9..1 at 10:00    | 13 | lesser number first",
                "SecretGet by                      | 10 | needs a value"
            })
    @DisplayName("A fault names its place in the sentence and what to write")
    void faults(String text, int offset, String problem) {
        assertThatExceptionOfType(Misspelt.class).isThrownBy(() -> read(text)).satisfies(fault -> {
            assertThat(fault.problem()).contains(problem);
            assertThat(fault.offset()).isEqualTo(offset);
        });
    }
}
