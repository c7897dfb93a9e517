package dev.vaultwatch.engine.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vaultwatch.api.RuleException;
import dev.vaultwatch.engine.CompiledRules;
import dev.vaultwatch.engine.Finding;
import dev.vaultwatch.engine.Lane;
import dev.vaultwatch.engine.RuleCompiler;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.RuleFolder;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What analysts do to rules passes the gate and works. */
class AnalystRuleTest {
    private static final String SHIPPED = "excessive-secret-retrieval";
    private static final long MINUTE = 60_000;

    /** A piece of the shipped rule and what it becomes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "min_events = 10 -> min_events = 3",
                "constant variable int min_events -> variable int min_events",
                "'VaultGet', -> 'VaultGet', 'SecretBackup', 'KeyBackup',",
                "upn is not null) -> upn is not null, (httpStatus is null or httpStatus < 400))",
                "upn is not null) -> upn is not null, (appId is null or appId not in ('509e4652')))",
                "upn is not null) -> upn is not null, upn not like '%@service.example', upn like '%@%')",
                "upn is not null) -> upn is not null, upn regexp '[a-z]+@.*')",
                "upn is not null) -> upn is not null, httpStatus between 200 and 499)",
                "upn is not null) -> upn is not null, not (vault = 'sandbox' and country != 'CH'))",
                "upn is not null) -> upn is not null, upn.toLowerCase().endsWith('.example'))",
                "upn is not null) -> upn is not null, upn not in ('a@example', \"it's@example\"))",
                "0L) -> 0L) as e",
                "group by upn -> where vault is not null group by upn",
                "group by upn -> group by upn, country",
                "distinct_count(upn) -> distinct_values(resultSignature) as signatures, distinct_count(upn)",
                "distinct_count(upn) -> count(*, filter: httpStatus >= 400) as denied, distinct_count(upn)",
                "distinct_count(upn) -> case when count(*) > 20 then 'high' else 'low' end as grade, distinct_count(upn)",
                "distinct_count(upn) -> count(*) * 100 / 7 + 1 as score, distinct_count(upn)",
                "distinct_count(upn) -> distinct_values(vault || '/' || action) as paths, distinct_count(upn)",
                "distinct_count(upn) -> min(time) as earliest, max(time) - min(time) as spread, distinct_count(upn)",
                "distinct_count(upn) -> window(*).countOf(r => r.httpStatus = 200) as granted, distinct_count(upn)",
                "distinct_count(upn) -> window(*).where(r => r.vault is not null).selectFrom(v => v.vault).distinctOf()"
                        + ".orderBy() as vaults, distinct_count(upn)",
                "distinct_count(upn) -> window(vault).distinctOf().take(3) as three, distinct_count(upn)",
                "distinct_count(upn) -> window(*).firstOf().vault as one, last(*).vault as other, distinct_count(upn)",
                "distinct_count(upn) -> coalesce(first(city), 'nowhere') as city, distinct_count(upn)",
                "distinct_count(upn) -> cast(count(*), string) as text, -1 as minus, distinct_count(upn)",
                "distinct_count(upn) -> min(time.getHourOfDay()) as earliest_hour, distinct_count(upn)",
                "distinct_count(upn) -> avg(httpStatus) as a, sum(httpStatus) as s, median(httpStatus) as m,"
                        + " stddev(httpStatus) as d, distinct_count(upn)",
                "count(distinct action) >= -> distinct_count(vault) >= 1 and count(distinct action) >=",
                "min_distinct_actions; -> min_distinct_actions order by count(*) desc;",
                "@name('alert') -> @name('alert') @description('Mine; \"really\"') @tag(name='owner', value='soc')",
            })
    void givenAChangeThatAnAnalystMakesWhenCompiledThenTheRuleSpeaks(String change) {
        String[] parts = change.split(" -> ", 2);
        Rule shipped = shipped();
        assertThat(shipped.epl()).contains(parts[0]);

        assertThat(finalRows(withEpl(
                        shipped,
                        shipped.epl().replaceFirst(Pattern.quote(parts[0]), Matcher.quoteReplacement(parts[1])))))
                .singleElement()
                .satisfies(row -> assertThat(row.columns()).containsEntry("Esql.event_count", 12L));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into Reads select * from KeyVaultEvent(action = 'SecretGet'); "
                        + "@name('alert') select upn, count(*) as n from Reads#time_batch(1 min, 0L) group by upn;",
                "insert into Reads select upn, vault, time / 1000 as sec_of from KeyVaultEvent; "
                        + "@name('alert') select upn, count(*) as n, max(r.sec_of) as s"
                        + " from Reads#time_batch(1 min, 0L) as r group by upn;",
                "insert into A(upn, what) select upn, action from KeyVaultEvent; "
                        + "insert into A(upn, what) select upn, action from KeyVaultEvent(action = 'VaultGet'); "
                        + "@name('alert') select upn, count(*) as n from A#time_batch(1 min, 0L) group by upn;",
                "create constant variable string[] wanted = {'SecretGet', 'SecretList'}; "
                        + "@name('alert') select upn, count(*) as n from KeyVaultEvent(action in (wanted))"
                        + "#time_batch(1 min, 0L) group by upn;",
                "@name('alert') select upn, count(*) as n, (select count(*) from KeyVaultEvent#time(1 min) as k"
                        + " where k.upn = e.upn) as seen from KeyVaultEvent#time_batch(1 min, 0L) as e group by upn;",
                "insert into Known select upn from KeyVaultEvent as e"
                        + " where exists (select * from KeyVaultEvent#length(100) as k where k.vault = e.vault); "
                        + "@name('alert') select upn, count(*) as n from Known#time_batch(1 min, 0L) group by upn;",
                """
                /* a block */ @name("alert") // a line
                SELECT upn, COUNT(*) AS n FROM KeyVaultEvent#time_batch(1 MIN, 0L) GROUP BY upn HAVING COUNT(*) > 2;
                """,
            })
    void givenARuleOfItsOwnWhenCompiledThenItSpeaks(String epl) {
        assertThat(finalRows(Rule.builder("own").epl(epl).build())).isNotEmpty();
    }

    @Test
    void givenFiveMinutesInBothFilesWhenCompiledThenTheRuleSpeaks() {
        Rule shipped = shipped();
        Rule five = with(
                shipped, shipped.epl().replace("1 min, 0L", "5 min, 0L"), new Window.Tumbling(Duration.ofMinutes(5)));

        assertThat(finalRows(five)).hasSize(1);
    }

    @Test
    void givenAListOfFiveThousandUsersWhenCompiledThenTheRuleSpeaks() {
        Rule shipped = shipped();
        String users = IntStream.range(0, 5_000)
                .mapToObj(i -> "'user." + i + "@contoso.example'")
                .reduce((one, other) -> one + ", " + other)
                .orElseThrow();

        assertThat(finalRows(withEpl(
                        shipped,
                        shipped.epl().replace("upn is not null)", "upn is not null, upn not in (" + users + "))"))))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into S select upn from KeyVaultEvent#keepall;",
                "insert into S select upn, count(*) as n from KeyVaultEvent group by upn;",
                "insert into S select a.upn as u from pattern [every a=KeyVaultEvent -> b=KeyVaultEvent(vault = a.vault)];",
                "insert into S select a.upn as u from KeyVaultEvent#keepall as a, KeyVaultEvent#keepall as b"
                        + " where a.upn = b.upn;",
                "insert into S select a.upn as u from KeyVaultEvent#keepall as a left outer join KeyVaultEvent#keepall as b"
                        + " on a.upn = b.upn;",
                "insert into S select upn from KeyVaultEvent output every 10 events;",
                "create context Ctx start KeyVaultEvent end after 1 hour; "
                        + "context Ctx select count(*) as n from KeyVaultEvent;",
                "insert into S select * from KeyVaultEvent match_recognize"
                        + " (measures A.upn as u pattern (A B) define B as B.upn = A.upn);",
            })
    void givenStateWithoutAnEndWhenTheSiteAllowsItThenTheRuleSpeaksAndElseItIsRefused(String statement) {
        Rule shipped = shipped();
        Rule rule = withEpl(shipped, statement + "\n" + shipped.epl());

        assertThat(finalRows(rule, new RuleCompiler(true))).hasSize(1);
        RuleException refused =
                catchThrowableOfType(RuleException.class, () -> new RuleCompiler().compile(List.of(rule)));
        assertThat(refused.faults())
                .allSatisfy(
                        fault -> assertThat(fault.problem()).endsWith("unless the site allows rules without bounds."));
    }

    private static Rule shipped() {
        return RuleFolder.packed(List.of(SHIPPED)).read().get(0);
    }

    private static Rule withEpl(Rule rule, String epl) {
        return with(rule, epl, rule.window());
    }

    private static Rule with(Rule rule, String epl, Window window) {
        // Grouped by another property, the rule needs another key; the gate is what is asked here.
        boolean two = epl.contains("upn, country");
        return rule.toBuilder()
                .window(window)
                .key(two ? GroupingKey.of(Property.UPN, Property.COUNTRY) : rule.key())
                .eventCount(Optional.empty())
                .epl(two ? epl.replace("select\n", "select country,\n") : epl)
                .build();
    }

    private static List<Finding> finalRows(Rule rule) {
        return finalRows(rule, new RuleCompiler());
    }

    private static List<Finding> finalRows(Rule rule, RuleCompiler compiler) {
        CompiledRules compiled = compiler.compile(List.of(rule));
        try (Lane lane = compiled.rules().get(0).newLane()) {
            long start = 30L * MINUTE;
            for (KeyVaultEvent event : harvest(start)) {
                lane.send(start, event);
            }
            lane.closeWindow();
            assertThat(lane.takeFailures()).isEmpty();
            return lane.takeFindings().stream().filter(row -> !row.early()).toList();
        }
    }

    private static List<KeyVaultEvent> harvest(long start) {
        List<KeyVaultEvent> events = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            events.add(KeyVaultEvent.builder(start + i * 100L, i % 2 == 0 ? "SecretGet" : "SecretList")
                    .with(Property.UPN, "mallory@contoso.example")
                    .with(Property.APP_ID, "app")
                    .with(Property.OBJECT_ID, "object")
                    .with(Property.SOURCE_IP, "192.0.2.1")
                    .with(Property.CITY, "Bern")
                    .with(Property.COUNTRY, "CH")
                    .with(Property.VAULT, "vault-" + i % 3)
                    .with(Property.RESULT_TYPE, "Success")
                    .with(Property.RESULT_SIGNATURE, "OK")
                    .with(Property.HTTP_STATUS, 200)
                    .build());
        }
        return events;
    }
}
