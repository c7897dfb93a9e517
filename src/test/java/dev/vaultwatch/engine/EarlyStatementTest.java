package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.espertech.esper.common.client.soda.EPStatementObjectModel;
import com.espertech.esper.common.client.soda.FilterStream;
import com.espertech.esper.common.client.soda.OrderByClause;
import com.espertech.esper.common.client.soda.OutputLimitSelector;
import com.espertech.esper.common.client.soda.OutputLimitUnit;
import com.espertech.esper.common.client.soda.View;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The statement that finds early, derived from statements that are parsed and not compiled")
class EarlyStatementTest {
    private static final GroupingKey KEY = GroupingKey.of(Property.UPN, Property.TENANT);

    private static final String WINDOW = "#time_batch(1 min, 0L) group by upn, tenant having count(*) >= 2";

    private static EPStatementObjectModel model(String epl) {
        return Rules.models(Rules.of("rule", epl)).get(0);
    }

    private static boolean suffices(EPStatementObjectModel model) {
        Rule rule = Rules.of("rule", "").toBuilder().key(KEY).build();
        return EarlyStatement.suffices(model, RuleShape.of(rule, model, List.of(model)), KEY);
    }

    private static List<View> views(EPStatementObjectModel model) {
        return ((FilterStream) model.getFromClause().getStreams().get(0)).getViews();
    }

    @Test
    @DisplayName("reads the same events in a window from its first event to its end, and lets each group speak once")
    void derived() {
        EPStatementObjectModel early = EarlyStatement.derive(
                model("@name('alert') select upn, max(httpStatus) as m from KeyVaultEvent(vault = 'V')" + WINDOW),
                false,
                KEY);

        assertThat(Models.isNamed(early, EarlyStatement.NAME)).isTrue();
        assertThat(Models.isNamed(early, RuleCompiler.ALERT)).isFalse();
        assertThat(early.getContextName()).isEqualTo(EarlyStatement.CONTEXT);
        assertThat(views(early)).isEmpty();
        assertThat(early.getOutputLimitClause().getSelector()).isEqualTo(OutputLimitSelector.FIRST);
        assertThat(early.getOutputLimitClause().getUnit()).isEqualTo(OutputLimitUnit.EVENTS);
        assertThat(early.getOutputLimitClause().getFrequency()).isEqualTo(Integer.MAX_VALUE);
        assertThat(early.toEPL())
                .contains(
                        "select upn, max(httpStatus) as m",
                        "KeyVaultEvent(vault=\"V\")",
                        "group by upn, tenant",
                        "having count(*)>=2");
        assertThat(EarlyStatement.context())
                .isEqualTo("create context VaultwatchOpenWindow start KeyVaultEvent end VaultwatchWindowEnd");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("keeps the window's events where the rule looks at all of them")
    void keepsAll(boolean readOff) {
        EPStatementObjectModel early = EarlyStatement.derive(
                model("select upn, window(*).selectFrom(e => e.vault) as v from KeyVaultEvent" + WINDOW), readOff, KEY);

        assertThat(views(early))
                .singleElement()
                .satisfies(view -> assertThat(view.getName()).isEqualTo("keepall"));
    }

    @Test
    @DisplayName("keeps the first event of each group where it is read off at the window's end")
    void keepsFirst() {
        EPStatementObjectModel early =
                EarlyStatement.derive(model("select upn, count(*) as n from KeyVaultEvent" + WINDOW), true, KEY);

        assertThat(views(early)).singleElement().satisfies(view -> {
            assertThat(view.getNamespace()).isEqualTo("vaultwatch");
            assertThat(view.getName()).isEqualTo("first_of_group");
            assertThat(view.getParameters())
                    .singleElement()
                    .satisfies(keys -> assertThat(Models.asText(keys)).isEqualTo("\"tenant,upn\""));
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            select upn, tenant, count(*) as n                            | true
            select upn, distinct_values(vault) as v                        | true
            select upn, distinct_count(vault) as v                         | true
            select upn, count(distinct vault) as v                         | true
            select upn, count(vault) as v                                  | true
            select upn, count(*, httpStatus = 403) as v                    | false
            select upn, count(distinct httpStatus + 1) as v                | false
            select distinct upn, count(*) as n                             | false
            select irstream upn, count(*) as n                             | false
            select rstream upn, count(*) as n                              | false
            insert into Others select upn, count(*) as n                   | false
            select *                                                       | false
            select upn, vault                                              | false
            select upn, max(httpStatus) as m                               | false
            select upn, count(*) + 1 as n                                  | false
            """)
    @DisplayName("serves for the alert statement where each column is of a group as a whole")
    void columns(String select, boolean suffices) {
        assertThat(suffices(model(select + " from KeyVaultEvent" + WINDOW))).isEqualTo(suffices);
    }

    @Test
    @DisplayName("does not serve for it where rows are put in order, or a property beside the action decides")
    void rest() {
        String select = "select upn, count(*) as n from KeyVaultEvent";
        EPStatementObjectModel unordered = model(select + WINDOW);
        unordered.setOrderByClause(OrderByClause.create());

        assertThat(suffices(unordered)).isTrue();
        assertThat(suffices(model(select + WINDOW + " order by upn"))).isFalse();
        assertThat(suffices(model(select + "(vault = 'V')" + WINDOW))).isFalse();
    }
}
