package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import dev.vaultwatch.rule.Window;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The forms of rules, read off statements that are parsed and not compiled")
class FormsTest {
    private static final Window.Ordered ORDERED = new Window.Ordered(Duration.ofMinutes(5), Duration.ofMinutes(5));

    private static final GroupingKey UPN = GroupingKey.of(Property.UPN);

    private static EPStatementObjectModel model(String epl) {
        return Rules.models(Rules.of("rule", epl)).get(0);
    }

    @Nested
    @DisplayName("Tumbling")
    class Tumbling {
        private static List<String> faults(String epl, Duration length, GroupingKey key) {
            Rule rule = Rules.of("rule", length, epl).toBuilder().key(key).build();
            return TumblingForm.faults(model(epl), rule, length);
        }

        private static List<String> faults(String from) {
            return faults("select upn from " + from, Duration.ofMinutes(1), UPN);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "KeyVaultEvent#time_batch(1 min, 0L) group by upn",
                    "KeyVaultEvent#time_batch(60 sec, 0) group by upn",
                    "KeyVaultEvent#time_batch(60, 0L) as e group by e.upn"
                })
        @DisplayName("is one aligned window of the length that is declared, grouped by the key")
        void form(String from) {
            assertThat(faults(from)).isEmpty();
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                KeyVaultEvent#time_batch(1 min, 0L) as a, KeyVaultEvent#time_batch(1 min, 0L) as b group by a.upn | something else than one stream
                pattern [every a=KeyVaultEvent] group by upn                        | something else than one stream
                KeyVaultEvent group by upn                                          | no window, or several
                KeyVaultEvent#time_batch(1 min, 0L)#length(3) group by upn          | no window, or several
                KeyVaultEvent#time(1 min) group by upn                              | the window 'time';
                KeyVaultEvent#time_batch(1 min) group by upn                        | not aligned
                KeyVaultEvent#time_batch(1 min, 1L) group by upn                    | not aligned
                KeyVaultEvent#time_batch(61 sec, 0L) group by upn                   | another length
                KeyVaultEvent#time_batch(1 min, 0L)                                 | does not group
                KeyVaultEvent#time_batch(1 min, 0L) group by rollup(upn)            | groups by sets of columns
                KeyVaultEvent#time_batch(1 min, 0L) group by httpStatus + 1         | groups by 'httpStatus+1'
                KeyVaultEvent#time_batch(1 min, 0L) group by upn, vault             | groups by 'vault' too
                KeyVaultEvent#time_batch(1 min, 0L) group by upn output every 2 events | limits its output itself
                """)
        @DisplayName("is told what is wrong with it")
        void faults(String from, String says) {
            assertThat(TumblingForm.faults(
                            model("select upn from " + from), Rules.of("rule", ""), Duration.ofMinutes(1)))
                    .singleElement()
                    .asString()
                    .contains(says);
        }

        @Test
        @DisplayName("groups by all of its key, in any order, and stands in no context")
        void key() {
            GroupingKey both = GroupingKey.of(Property.UPN, Property.VAULT);
            String by = "select upn, vault from KeyVaultEvent#time_batch(1 min, 0L) group by ";

            assertThat(faults(by + "vault, upn", Duration.ofMinutes(1), both)).isEmpty();
            assertThat(faults(by + "upn", Duration.ofMinutes(1), both))
                    .singleElement()
                    .asString()
                    .contains("by less than the key");
            assertThat(faults("context Own " + by + "upn, vault", Duration.ofMinutes(1), both))
                    .singleElement()
                    .asString()
                    .contains("has a context, 'Own'");
        }

        @ParameterizedTest
        @CsvSource({"7200, 2 hours", "3600, 1 hours", "5400, 90 min", "60, 1 min", "90, 90 sec", "1, 1 sec"})
        @DisplayName("is shown the window that was expected, as a rule would write it")
        void expected(int seconds, String written) {
            assertThat(faults("select upn from KeyVaultEvent group by upn", Duration.ofSeconds(seconds), UPN))
                    .singleElement()
                    .asString()
                    .contains("#time_batch(" + written + ", 0L)");
        }
    }

    @Nested
    @DisplayName("Ordered")
    class Ordered {
        private static final String RECOGNIZE =
                " match_recognize (partition by upn measures A.upn as upn pattern (A) define A as A.upn is not null)";

        private static List<String> faults(String epl, boolean alert) {
            return OrderedForm.faults(model(epl), alert, ORDERED);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "select upn from KeyVaultEvent#time(5 min)",
                    "select upn from KeyVaultEvent#length(5)",
                    "select a.upn as upn from pattern [every a=KeyVaultEvent]",
                    "select * from KeyVaultEvent" + RECOGNIZE,
                    "create variable int x = 1"
                })
        @DisplayName("is a window that slides within the reach, a pattern, or match_recognize")
        void form(String epl) {
            assertThat(faults(epl, true)).isEmpty();
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                select upn from KeyVaultEvent                         | has no window
                select upn from KeyVaultEvent#time(301 sec)           | longer than the reach
                select upn from KeyVaultEvent#keepall                 | 'keepall' does not slide
                select upn from KeyVaultEvent#time_batch(1 min, 0L)   | declare the window kind "tumbling"
                context Own select upn from KeyVaultEvent#time(1 min) | has a context, 'Own'
                """)
        @DisplayName("is told what is wrong with it")
        void faults(String epl, String says) {
            assertThat(faults(epl, true)).singleElement().asString().contains(says);
        }

        @Test
        @DisplayName("needs no window where it does not alert")
        void other() {
            assertThat(faults("insert into S select upn from KeyVaultEvent", false))
                    .isEmpty();
        }

        @Test
        @DisplayName("speaks when time passes if it is a pattern or match_recognize, and not if it is a sliding window")
        void speaks() {
            assertThat(OrderedForm.speaksOnTime(model("select upn from KeyVaultEvent#time(5 min)")))
                    .isFalse();
            assertThat(OrderedForm.speaksOnTime(model("select a.upn as upn from pattern [every a=KeyVaultEvent]")))
                    .isTrue();
            assertThat(OrderedForm.speaksOnTime(model("select * from KeyVaultEvent" + RECOGNIZE)))
                    .isTrue();
        }

        @Test
        @DisplayName("loses its output clause, and match_recognize gets a window just beyond the reach if it has none")
        void completed() {
            EPStatementObjectModel plain = model("select upn from KeyVaultEvent#time(5 min)");
            assertThat(OrderedForm.complete(plain, ORDERED.reach())).isFalse();

            EPStatementObjectModel output = model("select upn from KeyVaultEvent#time(5 min) output every 3 events");
            assertThat(OrderedForm.complete(output, ORDERED.reach())).isTrue();
            assertThat(output.toEPL()).doesNotContain("output").contains("time(5 minutes)");

            EPStatementObjectModel unbounded = model("select * from KeyVaultEvent" + RECOGNIZE);
            assertThat(OrderedForm.complete(unbounded, ORDERED.reach())).isTrue();
            assertThat(unbounded.toEPL()).contains("#time(300.001d)");

            EPStatementObjectModel bounded = model("select * from KeyVaultEvent#time(1 min)" + RECOGNIZE);
            assertThat(OrderedForm.complete(bounded, ORDERED.reach())).isFalse();
            assertThat(bounded.toEPL()).contains("time(1 minutes)").doesNotContain("300");
        }
    }

    @Nested
    @DisplayName("Of single events")
    class Single {
        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                select upn from KeyVaultEvent(action = 'SecretPurge')         | ''
                select upn from KeyVaultEvent#length(2)                       | has the window 'length'
                select a.upn as upn from pattern [every a=KeyVaultEvent]      | something else than one stream
                select a.upn as upn from KeyVaultEvent as a unidirectional, KeyVaultEvent#length(2) as b | something else than one stream
                select upn from KeyVaultEvent group by upn                    | 'group by' or 'having'
                select upn from KeyVaultEvent having upn is not null          | 'group by' or 'having'
                select upn from KeyVaultEvent output every 2 events           | no 'output' clause
                context Own select upn from KeyVaultEvent                     | has a context, 'Own'
                select * from KeyVaultEvent match_recognize (measures A.upn as upn pattern (A) define A as A.upn is not null) | something else than one stream
                """)
        @DisplayName("is one stream without memory, and is told what else is wrong with it")
        void faults(String epl, String says) {
            List<String> faults = SingleForm.faults(model(epl));

            if (says.isEmpty()) {
                assertThat(faults).isEmpty();
            } else {
                assertThat(faults).singleElement().asString().contains(says);
            }
        }
    }

    @Nested
    @DisplayName("The key's columns")
    class Key {
        private static KeyColumns of(String epl) {
            return KeyColumns.of(Rules.of("rule", epl), model(epl));
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                select vault, upn from KeyVaultEvent                              | upn
                select upn as who from KeyVaultEvent                              | who
                select a.upn from pattern [every a=KeyVaultEvent]                 | a.upn
                select a.upn as who from pattern [every a=KeyVaultEvent]          | who
                select * from KeyVaultEvent                                       | upn
                select *, 1 as one from KeyVaultEvent                             | upn
                select * from KeyVaultEvent match_recognize (measures A.vault as v, A.upn as upn pattern (A) define A as A.upn is not null) | upn
                """)
        @DisplayName("are those that select it as it is, under any name, or all, or a measure of its name")
        void columns(String epl, String column) {
            assertThat(of(epl).faults()).isEmpty();
            assertThat(of(epl).columns()).containsExactly(column);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "select vault from KeyVaultEvent",
                    "select 1 as one from KeyVaultEvent",
                    "select upn || 'x' as upn from KeyVaultEvent",
                    "select vault as upn from KeyVaultEvent",
                    "select * from KeyVaultEvent match_recognize (measures A.vault as upn pattern (A) define A as A.upn is not null)",
                    "select * from KeyVaultEvent match_recognize (measures A.upn as who pattern (A) define A as A.upn is not null)"
                })
        @DisplayName("are missed where it is not selected, or something else under its name")
        void missed(String epl) {
            assertThat(of(epl).faults()).singleElement().asString().contains("does not select 'upn'");
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                insert into S select vault as upn from KeyVaultEvent            | true
                insert into S(upn) select vault from KeyVaultEvent              | true
                insert into S(who, upn) select upn, vault from KeyVaultEvent    | true
                insert into S(upn, vault) select upn, vault from KeyVaultEvent  | false
                insert into S select upn from KeyVaultEvent                     | false
                insert into S select * from KeyVaultEvent                       | false
                select vault as upn from KeyVaultEvent                          | false
                """)
        @DisplayName("are not made up by a stream of the rule's own")
        void staged(String epl, boolean refused) {
            assertThat(KeyColumns.staged(Rules.of("rule", epl), model(epl))).hasSize(refused ? 1 : 0);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''                                                                              | from KeyVaultEvent                                                   | false
            create constant variable int least = 3                                          | from KeyVaultEvent                                                   | false
            insert into S select upn from KeyVaultEvent                                     | from S                                                               | false
            insert into S select upn from KeyVaultEvent#time(1 hour)                        | from S                                                               | true
            insert into S select upn, count(*) as c from KeyVaultEvent group by upn         | from S                                                               | true
            insert into S select a.upn as upn from pattern [every a=KeyVaultEvent]          | from S                                                               | true
            insert into S select * from KeyVaultEvent match_recognize (measures A.upn as upn pattern (A) define A as A.upn is not null) | from S | true
            ''                                                                              | from KeyVaultEvent(exists (select * from KeyVaultEvent#length(3)))   | true
            insert into S select upn, count(*) as c from KeyVaultEvent                      | from S                                                               | true
            insert into S select upn, Max(httpStatus) as c from KeyVaultEvent               | from S                                                               | true
            insert into S select upn, lower(action) as c from KeyVaultEvent                 | from S                                                               | false
            insert into S select upn from KeyVaultEvent having count(*) > 3                 | from S                                                               | true
            insert into S select upn from KeyVaultEvent output first every 5 min            | from S                                                               | true
            create context C partition by upn from KeyVaultEvent; context C insert into S select upn from KeyVaultEvent | from S                                   | true
            """)
    @DisplayName("A tumbling rule remembers more than its window by a subquery, or by what another statement holds")
    void remembers(String before, String from, boolean expected) {
        String alert = "select upn " + from + "#time_batch(1 min, 0L) group by upn";
        List<EPStatementObjectModel> all =
                Rules.models(Rules.of("rule", before.isEmpty() ? alert : before + ";\n" + alert));

        assertThat(Models.remembers(all, all.get(all.size() - 1))).isEqualTo(expected);
    }
}
