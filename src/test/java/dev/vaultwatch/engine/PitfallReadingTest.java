package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Pitfalls, read off statements that are parsed and not compiled")
class PitfallReadingTest {
    private static final Window TUMBLING = new Window.Tumbling(Duration.ofMinutes(1));
    private static final Window ORDERED = new Window.Ordered(Duration.ofMinutes(5), Duration.ofMinutes(5));

    private static final String ALERT = "select upn, count(*) as n from KeyVaultEvent";
    private static final String MINUTE = "#time_batch(1 min, 0L) group by upn";

    /** Of the last statement; those before it are variables. */
    private static Pitfalls of(String epl, Window window, boolean alert) {
        Rule rule = Rules.of("rule", epl).toBuilder()
                .window(window)
                .eventCount(Optional.of("n"))
                .build();
        List<EPStatementObjectModel> models = Rules.models(rule);
        EPStatementObjectModel last = models.get(models.size() - 1);
        return Pitfalls.of(rule, last, epl, alert, Models.variables(models));
    }

    /** What is said of a condition, be it a fault or a warning. */
    private static List<String> ofFilter(String condition) {
        Pitfalls found = of(ALERT + "(" + condition + ")" + MINUTE + " having count(*) > 1", TUMBLING, true);
        return found.faults().isEmpty() ? found.warnings() : found.faults();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            action = 'SecretGte'                         | 'SecretGte' is none of Key Vault's that are known here; did you mean 'SecretGet'?
            'SecretGte' = action                         | 'SecretGte'
            action != 'SecretGte'                        | 'SecretGte'
            action is 'SecretGte'                        | 'SecretGte'
            action is not 'SecretGte'                    | 'SecretGte'
            action in ('KeyGet', 'SecretGte')            | 'SecretGte'
            action not in ('KeyGet', 'SecretGte')        | 'SecretGte'
            not (upn is null or action = 'SecretGte')    | 'SecretGte'
            action = 'secretget'                         | 'secretget' never comes, since actions have their case; did you mean 'SecretGet'?
            action in ('SecretGet', 'KEYGET')            | did you mean 'KeyGet'?
            sourceIp like '10.*'                         | 'like' has % for any characters
            sourceIp like '*.1'                          | stands for itself
            vault = 'kv-pay'                             | never comes as vault, which is in capitals in every event unless identity=upstream; expected 'KV-PAY'
            'kv-pay' = vault                             | expected 'KV-PAY'
            vault is 'kv-pay'                            | expected 'KV-PAY'
            vault in ('KV-WEB', 'kv-pay')                | expected 'KV-PAY'
            vault like 'kv-%'                            | expected 'KV-%'
            upn = 'Ann@Contoso.example'                  | which is in small letters in every event unless identity=upstream; expected 'ann@contoso.example'
            action = any ({'secretget'})                 | did you mean 'SecretGet'?
            (case action when 'secretget' then 1 else 0 end) = 1 | did you mean 'SecretGet'?
            action like 'secret%'                        | The pattern 'secret%' never comes in an action, since actions have their case; in another it would be in 'SecretBackup'
            action not like '%get'                       | '%get' never comes in an action
            action like 'Vaults%'                        | The pattern 'Vaults%' comes in none of Key Vault's actions
            action regexp 'secret.*'                     | The expression 'secret.*' never comes in an action
            action.startsWith('secret')                  | The beginning 'secret' never comes in an action
            action.endsWith('list')                      | The end 'list' never comes in an action
            action.contains('PURGE')                     | The part 'PURGE' never comes in an action
            vault.startsWith('kv')                       | expected 'KV'
            lower(action) = 'SecretGet'                  | The text 'SecretGet' never comes of 'lower(action)', which gives small letters; expected 'secretget'
            action.toLowerCase() in ('a', 'SecretGet')   | expected 'secretget'
            upn.toUpperCase() = 'ann'                    | which gives capitals; expected 'ANN'
            cidr_match(sourceIp, '10.0.0.0/33')          | '10.0.0.0/33' is no network
            CIDR_MATCH ( sourceIp , "10.0.0.0" )         | '10.0.0.0' is no network
            """)
    @DisplayName("A condition that is probably not meant is told of, once")
    void told(String condition, String says) {
        assertThat(ofFilter(condition)).singleElement().asString().contains(says);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "action = 'SecretGet'",
                "action in ('SecretGet', 'KeyGet')",
                "action = upn",
                "action > 'SecretGte'",
                "action like 'Secret%'",
                "action like '%List%'",
                "action regexp '(Secret|Key).*'",
                "action regexp '(?i)secretget'",
                "action.startsWith('Secret') or action.endsWith('List') or action.contains('Backup')",
                "lower(action) = 'secretget'",
                "lower(action) = lower(upn)",
                "lower(action) || upn || lower(vault) = 'A'",
                "lower(action).toUpperCase() = 'SECRETGET'",
                "(case action when 'SecretGet' then 'secretget' else 'keyget' end) = 'secretget'",
                "vault = 'SECRETGTE'",
                "vault = upn",
                "vault > 'kv-pay'",
                "vault = 'KV-PAY'",
                "upn = 'ann@contoso.example'",
                "client = 'Some Client'",
                "httpStatus = 200",
                "sourceIp like '10.%'",
                "sourceIp like vault",
                "sourceIp = '10.*'",
                "cidr_match(sourceIp, '10.0.0.0/8') or cidr_match(sourceIp, \"2001:db8::/32\")"
            })
    @DisplayName("A condition that can be meant is not told of")
    void silent(String condition) {
        assertThat(ofFilter(condition)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            action = 'SecretGet', action = 'KeyGet'                        | 'action="SecretGet"' and 'action="KeyGet"' never hold at once
            action in ('SecretGet', 'KeyGet') and 'SecretList' = action    | never hold at once, so that nothing is found; did you mean 'or'
            httpStatus = 403, httpStatus < 400                             | never hold at once
            httpStatus > 500 and httpStatus < 400                          | never hold at once
            httpStatus >= 500, httpStatus < 500                            | never hold at once
            500 < httpStatus, httpStatus <= 500.0                          | never hold at once
            durationMs > 5, durationMs < 9, durationMs > 9                 | never hold at once
            """)
    @DisplayName("Conditions that never hold at once are told of")
    void unmeetable(String condition, String says) {
        assertThat(ofFilter(condition)).singleElement().asString().contains(says);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "action in ('SecretGet', 'KeyGet'), action = 'KeyGet'",
                "action = 'SecretGet' or action = 'KeyGet'",
                "action = 'SecretGet', upn = 'ann@contoso.example'",
                "httpStatus >= 500, httpStatus <= 500",
                "httpStatus = 403.0, httpStatus = 403, httpStatus < 404",
                "httpStatus > 400, httpStatus < 500, httpStatus != 403",
                "httpStatus > 400, httpStatus > 300, httpStatus < 500, httpStatus < 600",
                "action not in ('SecretGet', 'KeyGet'), action = 'KeyList'",
                "vault > 'KV-A', vault < 'KV-B'"
            })
    @DisplayName("Conditions that can hold at once are not")
    void meetable(String condition) {
        assertThat(ofFilter(condition)).isEmpty();
    }

    @Test
    @DisplayName("So are those of a group")
    void unmeetableOfGroup() {
        assertThat(of(ALERT + MINUTE + " having count(*) >= 5 and count(*) < 3", TUMBLING, true)
                        .warnings())
                .singleElement()
                .asString()
                .contains("'count(*)>=5' and 'count(*)<3' never hold at once");
        assertThat(of(ALERT + MINUTE + " having count(*) >= 5 and count(distinct vault) < 3", TUMBLING, true)
                        .warnings())
                .isEmpty();
    }

    @Test
    @DisplayName("What a pattern asks of an earlier event says nothing of the later one")
    void earlier() {
        assertThat(of(
                                "select a.upn as upn from pattern [every a=KeyVaultEvent(action = 'SecretList') ->"
                                        + " (b=KeyVaultEvent(action = 'SecretGet', a.action = 'SecretList'))]",
                                ORDERED,
                                true)
                        .warnings())
                .noneMatch(warning -> warning.contains("never hold"));
    }

    @Test
    @DisplayName("Something that is like no action at all is told of without a guess")
    void noGuess() {
        assertThat(ofFilter("action = 'Quetzalcoatl'"))
                .singleElement()
                .asString()
                .endsWith("is none of Key Vault's that are known here");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            count(*, action = 'secretget')                          | 'secretget' never comes
            sum(case when action = 'secretget' then 1 else 0 end)   | 'secretget' never comes
            window(*).countOf(e => e.action = 'secretget')          | 'secretget' never comes
            max(case when action in (wanted) then 1 else 0 end)     | 'keyget' of the variable 'wanted' never comes
            count(*, action = one)                                  | 'secretget' of the variable 'one' never comes
            count(*, action like begins)                            | 'secret%' of the variable 'begins' never comes
            count(*, vault = own)                                   | 'kv-1' of the variable 'own' never comes as vault
            """)
    @DisplayName("So it is in a column, in what is given to a method, and where the text stands in a variable")
    void elsewhere(String column, String says) {
        String epl = "create constant variable string[] wanted = {'SecretGet', 'keyget'};\n"
                + "create constant variable string one = 'secretget';\n"
                + "create constant variable string begins = 'secret%';\n"
                + "create constant variable string own = 'kv-1';\n"
                + "select upn, count(*) as n, " + column + " as c from KeyVaultEvent" + MINUTE
                + " having count(*) > 1";
        Pitfalls found = of(epl, TUMBLING, true);

        assertThat(found.faults().isEmpty() ? found.warnings() : found.faults())
                .singleElement()
                .asString()
                .contains(says);
    }

    private static List<String> ofColumn(String column) {
        return of("select upn, " + column + " from KeyVaultEvent" + MINUTE + " having count(*) > 1", TUMBLING, true)
                .warnings();
    }

    @Test
    @DisplayName("A comment and a text are no logic")
    void comments() {
        assertThat(ofColumn("count(*) as n /* stddev(durationMs), cidr_match(sourceIp, 'x') */, 'stddev(x)' as t"))
                .isEmpty();
        assertThat(ofColumn("count(*) as n, // cidr_match(sourceIp, 'x')\nstddev(durationMs) as t"))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            sum(durationMs) / count(httpStatus) as x                                             | true
            count(*, httpStatus = 403) / count(*, httpStatus = 200) as x                         | true
            100 * count(*, httpStatus = 403) / count(*) as x                                     | false
            sum(durationMs) / 1000 as x                                                          | false
            case when count(httpStatus) > 0 then sum(durationMs) / count(httpStatus) end as x    | false
            """)
    @DisplayName("A division by what may be zero is told of")
    void division(String column, boolean told) {
        assertThat(ofColumn(column)).hasSize(told ? 1 : 0).allMatch(each -> each.contains("gives infinity where"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            not exists (select * from KeyVaultEvent#time(1 hour) as p where p.upn = e.upn and p.vault = e.vault)              | 'not exists' is never true
            not exists (select * from KeyVaultEvent(action in ('SecretGet', 'KeyGet'))#time(1 hour) as p where p.upn = e.upn) | such as p.time < e.time
            upn != 'x' and exists (select * from KeyVaultEvent(upn is not null)#time(1 hour) as p where p.upn = e.upn)        | 'exists' is always true
            not exists (select * from KeyVaultEvent#time(1 hour) as p where p.upn = e.upn and p.time < e.time)                |
            not exists (select * from KeyVaultEvent(action = 'SecretList')#time(1 hour) as p where p.upn = e.upn)             |
            not exists (select * from KeyVaultEvent(httpStatus = 403)#time(1 hour) as p where p.upn = e.upn)                  |
            """)
    @DisplayName("A subquery whose window certainly holds the event at hand is told of")
    void askedOfItself(String where, @Nullable String says) {
        List<String> told = of(
                        "select e.upn as upn from KeyVaultEvent(action = 'SecretGet', upn is not null)#time(1 hour) as e where "
                                + where,
                        ORDERED,
                        true)
                .warnings();
        assertThat(told).hasSize(says == null ? 0 : 1).allMatch(each -> each.contains(String.valueOf(says)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            exists (select * from KeyVaultEvent(action = 'secretlist')#time(1 hour) as p where p.upn = e.upn)                       | did you mean 'SecretList'?
            exists (select * from KeyVaultEvent#time(1 hour) as p where p.upn = e.upn and p.action in ('secretlist'))               | did you mean 'SecretList'?
            exists (select * from KeyVaultEvent#time(1 hour) as p where p.upn = e.upn and p.httpStatus != null)                     | did you mean 'p.httpStatus is not null'?
            e.upn in (select p.upn from KeyVaultEvent(action = 'secretlist')#time(1 hour) as p)                                     | did you mean 'SecretList'?
            (select count(*) from KeyVaultEvent(action = 'secretlist')#time(1 hour) as p where p.upn = e.upn) > 3                   | did you mean 'SecretList'?
            (select count(*, p.action = 'secretlist') from KeyVaultEvent#time(1 hour) as p where p.upn = e.upn) > 3                 | did you mean 'SecretList'?
            exists (select * from KeyVaultEvent(vault = 'kv1')#time(1 hour) as p where p.upn = e.upn)                               | expected 'KV1'
            exists (select * from KeyVaultEvent(action = 'SecretList')#time(1 hour) as p where p.upn = upn)                         | compares an event with itself
            exists (select * from KeyVaultEvent(action = 'SecretList')#time(1 hour) where upn = upn)                                | compares an event with itself
            exists (select * from KeyVaultEvent(action = 'SecretList', upn = upn)#time(1 hour) as p)                                | compares an event with itself
            exists (select * from KeyVaultEvent(action = 'SecretList')#time(1 hour) where upn = e.upn)                              |
            exists (select * from KeyVaultEvent(action = 'SecretList')#time(1 hour) as p where e.upn = p.upn and time < e.time)     |
            e.upn = upn                                                                                                             | compares an event with itself
            upn = vault                                                                                                             |
            """)
    @DisplayName("A subquery is read like the statement around it, and what compares an event with itself is told of")
    void subquery(String where, @Nullable String says) {
        Pitfalls found = of(
                "select e.upn as upn from KeyVaultEvent(action = 'SecretGet', upn is not null)#time(1 hour) as e where "
                        + where,
                ORDERED,
                true);

        List<String> told = found.faults().isEmpty() ? found.warnings() : found.faults();
        assertThat(told).hasSize(says == null ? 0 : 1).allMatch(each -> each.contains(String.valueOf(says)));
    }

    @Test
    @DisplayName("Each network of a statement is read")
    void networks() {
        assertThat(ofFilter("cidr_match(sourceIp, '10.0.0.0/8') or cidr_match(sourceIp, '10.0.0.0/99')"
                        + " or cidr_match(sourceIp, 'x')"))
                .hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select upn from KeyVaultEvent where action = 'SecretGte'",
                "select upn from KeyVaultEvent#length(5) having action = 'SecretGte'",
                "select a.upn as upn from pattern [every a=KeyVaultEvent(action = 'SecretGte')]",
                "select a.upn as upn from pattern [every (a=KeyVaultEvent -> b=KeyVaultEvent(action = 'SecretGte'))]",
                "select * from KeyVaultEvent match_recognize (partition by upn measures A.upn as upn pattern (A)"
                        + " define A as A.action = 'SecretGte')"
            })
    @DisplayName("Conditions are read wherever a statement has them")
    void everywhere(String epl) {
        assertThat(of(epl, ORDERED, false).warnings()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            count(*) >= 1       | true
            count(*) >= 0       | true
            count(*) > 0        | true
            count(*) > -1       | true
            count(*) >= least   | true
            count(*) > least    | false
            count(*) > 1        | false
            count(*) >= 2       | false
            count(*) < 1        | false
            count(*) = 1        | false
            sum(httpStatus) > 0 | false
            count(distinct vault) >= 1 | false
            count(*) >= httpStatus | false
            """)
    @DisplayName("A count that every group reaches is told of, whether it is written out or a variable's")
    void alwaysTrue(String having, boolean told) {
        Pitfalls found =
                of("create constant variable int least = 1;\n" + ALERT + MINUTE + " having " + having, TUMBLING, true);

        assertThat(found.faults()).isEmpty();
        assertThat(found.warnings().stream().filter(each -> each.contains("is always true")))
                .hasSize(told ? 1 : 0);
    }

    @Test
    @DisplayName("An alert statement of windows without a condition is told of; no other is")
    void noCondition() {
        assertThat(of(ALERT + MINUTE, TUMBLING, true).warnings())
                .singleElement()
                .asString()
                .contains("no 'having'");
        assertThat(of(ALERT + MINUTE, TUMBLING, false).warnings()).isEmpty();
        assertThat(of(ALERT + "#time(1 min) group by upn", ORDERED, true).warnings())
                .isEmpty();
    }

    @Test
    @DisplayName("An alert statement that hides findings is refused; another of the rule's may have its limit")
    void limit() {
        String epl = ALERT + MINUTE + " having count(*) > 1 limit 5";

        assertThat(of(epl, TUMBLING, true).faults()).singleElement().asString().contains("'limit'", "/cap");
        assertThat(of(epl, TUMBLING, false).faults()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            int x = '10'       | true
            integer x = "10"   | true
            Long x = '10'      | true
            short x = '10'     | true
            byte x = '10'      | true
            float x = '10'     | true
            DOUBLE x = '10'    | true
            int x = 10         | false
            int x              | false
            string x = '10'    | false
            """)
    @DisplayName("A number that is given a text is refused")
    void variables(String variable, boolean refused) {
        Pitfalls found = of("create variable " + variable, TUMBLING, false);

        assertThat(found.faults()).hasSize(refused ? 1 : 0);
        if (refused) {
            assertThat(found.faults().get(0))
                    .isEqualTo(
                            "The variable 'x' is a number and is given the text '10'; expected the number without quotes");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            every a=KeyVaultEvent -> b=KeyVaultEvent where timer:within(1 min)     | true
            every (a=KeyVaultEvent -> b=KeyVaultEvent) where timer:within(1 min)   | false
            every (a=KeyVaultEvent -> b=KeyVaultEvent where timer:within(1 min))   | true
            every a=KeyVaultEvent -> b=KeyVaultEvent while (b.upn is null)         | false
            every a=KeyVaultEvent -> b=KeyVaultEvent                               | false
            """)
    @DisplayName("A time limit that holds for the last event alone is told of")
    void within(String pattern, boolean told) {
        assertThat(of("select a.upn as upn from pattern [" + pattern + "]", ORDERED, true)
                        .warnings())
                .hasSize(told ? 1 : 0);
    }
}
