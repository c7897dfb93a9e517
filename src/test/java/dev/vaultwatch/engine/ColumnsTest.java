package dev.vaultwatch.engine;

import static dev.vaultwatch.engine.Events.AT_02_41;
import static dev.vaultwatch.engine.Events.MALLORY;
import static dev.vaultwatch.engine.Events.MINUTE;
import static org.assertj.core.api.Assertions.assertThat;

import com.espertech.esper.common.client.EventBean;
import com.espertech.esper.common.client.EventType;
import com.espertech.esper.common.client.configuration.Configuration;
import com.espertech.esper.common.internal.event.bean.core.BeanEventBean;
import com.espertech.esper.common.internal.event.map.MapEventBean;
import com.espertech.esper.runtime.client.EPRuntime;
import com.espertech.esper.runtime.client.EPRuntimeProvider;
import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.Property;
import dev.vaultwatch.gate.EplGate;
import dev.vaultwatch.rule.GroupingKey;
import dev.vaultwatch.rule.Rule;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A statement's rows, as findings")
class ColumnsTest {
    private static final Rule RULE = Rules.of("rule", "select 1").toBuilder()
            .key(GroupingKey.of(Property.VAULT, Property.UPN))
            .build();

    private static EPRuntime engine;
    private static EventType plain;
    private static EventType sized;
    private static EventType whole;

    /** Types of rows as Esper makes them, without compiling. */
    @BeforeAll
    static void types() {
        Configuration configuration = EsperConfiguration.create();
        Map<String, Object> row = new LinkedHashMap<>();
        for (String name : List.of("vault", "x", "upn")) {
            row.put(name, Object.class);
        }
        configuration.getCommon().addEventType("Plain", row);
        row.put(Columns.GROUP_SIZE, Object.class);
        configuration.getCommon().addEventType("Sized", row);
        engine = EPRuntimeProvider.getRuntime("columns-" + UUID.randomUUID(), configuration);
        plain = engine.getEventTypeService().getEventTypePreconfigured("Plain");
        sized = engine.getEventTypeService().getEventTypePreconfigured("Sized");
        whole = engine.getEventTypeService().getEventTypePreconfigured(EsperConfiguration.EVENT);
    }

    @AfterAll
    static void end() {
        engine.destroy();
    }

    private static Columns columns() {
        return new Columns(plain, Rules.uncompiled(RULE));
    }

    private static EventBean row(EventType type, @Nullable Object x, @Nullable Object size) {
        Map<String, Object> values = new HashMap<>();
        values.put("upn", MALLORY);
        values.put("vault", "v1");
        values.put("x", x);
        values.put(Columns.GROUP_SIZE, size);
        return new MapEventBean(values, type);
    }

    /** The column as an alert carries it; "absent" where it has none. */
    private static Object shown(@Nullable Object x) {
        return columns()
                .finding(row(plain, x, null), false, AT_02_41)
                .orElseThrow()
                .columns()
                .getOrDefault("x", "absent");
    }

    @Test
    @DisplayName("A finding has its rule, its time, its key in the key's order, and the columns in the clause's")
    void finding() {
        Finding finding =
                columns().finding(row(plain, "some", null), true, AT_02_41).orElseThrow();

        assertThat(columns().shown()).containsExactly("vault", "x", "upn");
        assertThat(finding.rule()).isEqualTo(RULE);
        assertThat(finding.early()).isTrue();
        assertThat(finding.time()).isEqualTo(AT_02_41);
        assertThat(finding.key()).isEqualTo(List.of(MALLORY, "v1"));
        assertThat(List.copyOf(finding.columns().entrySet()))
                .isEqualTo(List.of(Map.entry("vault", "v1"), Map.entry("x", "some"), Map.entry("upn", MALLORY)));
    }

    @Test
    @DisplayName("A group without events gives none; the column that tells its size is not shown")
    void size() {
        Columns all = new Columns(sized, Rules.uncompiled(RULE));

        assertThat(all.shown()).containsExactly("vault", "x", "upn");
        assertThat(all.finding(row(sized, "some", 0L), false, AT_02_41)).isEmpty();
        assertThat(all.finding(row(sized, "some", 1L), false, AT_02_41)
                        .orElseThrow()
                        .columns())
                .containsOnlyKeys("vault", "x", "upn");
    }

    @Test
    @DisplayName(
            "Numbers are longs and doubles, texts and truths stay, and what has no form of its own becomes its text")
    void scalars() {
        assertThat(shown(7)).isEqualTo(7L);
        assertThat(shown((short) 7)).isEqualTo(7L);
        assertThat(shown((byte) 7)).isEqualTo(7L);
        assertThat(shown(7L)).isEqualTo(7L);
        assertThat(shown(1.5f)).isEqualTo(1.5);
        assertThat(shown(1.5)).isEqualTo(1.5);
        assertThat(shown("text")).isEqualTo("text");
        assertThat(shown(true)).isEqualTo(true);
        assertThat(shown(new BigDecimal("1.50"))).isEqualTo("1.50");
        assertThat(shown(null)).isEqualTo("absent");
    }

    @Test
    @DisplayName("Collections and arrays are lists of such values, in their order and without what is absent")
    void lists() {
        assertThat(shown(Arrays.asList("b", null, 7, List.of("a", 1.5f))))
                .isEqualTo(List.of("b", 7L, List.of("a", 1.5)));
        assertThat(shown(new Object[] {null, "b", (short) 7})).isEqualTo(List.of("b", 7L));
        assertThat(shown(new int[] {3, 1, 2})).isEqualTo(List.of(3L, 1L, 2L));
        assertThat(shown(new boolean[0])).isEqualTo(List.of());
        assertThat(shown(new ArrayList<>())).isEqualTo(List.of());
    }

    @Test
    @DisplayName("A whole event is shown in its ECS form, which has nothing confidential, be it wrapped or not")
    void events() {
        KeyVaultEvent event =
                Events.read(AT_02_41, "SecretGet", MALLORY, "v1").toBuilder().build();

        assertThat(shown(event)).isEqualTo(event.toEcs().toString());
        assertThat(shown(new EventBean[] {new BeanEventBean(event, whole)}))
                .isEqualTo(List.of(event.toEcs().toString()));
    }

    @Test
    @DisplayName("A row that is an event gives the event's properties")
    void rowOfEvent() {
        KeyVaultEvent event = Events.read(AT_02_41, "SecretGet", MALLORY, "v1");
        Finding finding = new Columns(whole, Rules.uncompiled(RULE))
                .finding(new BeanEventBean(event, whole), false, AT_02_41)
                .orElseThrow();

        assertThat(finding.key()).isEqualTo(List.of(MALLORY, "v1"));
        assertThat(finding.columns()).containsEntry("action", "SecretGet").containsEntry("vault", "v1");
    }

    @Test
    @DisplayName("A star with a column beside it gives both, and a name with a dot is a name")
    void star() {
        Rule rule = Rules.of(
                "star",
                "@name('alert') select *, count(*) as n, count(*) + 1 as `vault.count` from"
                        + " KeyVaultEvent#time_batch(1 min, 0L) group by upn having count(*) >= 1;");
        try (RuleCompiler compiler =
                        new RuleCompiler(new EplGate.Permissions(true, true), Optional.empty(), complaint -> {});
                Lane lane = compiler.compile(List.of(rule)).rules().get(0).newLane()) {
            lane.send(AT_02_41, Events.read(AT_02_41, "SecretGet", MALLORY, "v1"));
            lane.closeWindow();

            assertThat(lane.takeFindings()).isNotEmpty().allSatisfy(finding -> {
                assertThat(finding.key()).isEqualTo(MALLORY);
                assertThat(finding.columns())
                        .containsEntry("vault", "v1")
                        .containsEntry("n", 1L)
                        .containsEntry("vault.count", 2L);
            });
        }
    }

    @Test
    @DisplayName(
            "Of rules read off at the window's close each group has one row, in the order in which the groups began")
    void firstOfGroup() {
        Rule rule = Rules.of(
                        "read-off",
                        "@name('alert') select vault, upn, count(*) as n, distinct_values(action) as actions from"
                                + " KeyVaultEvent#time_batch(1 min, 0L) group by upn, vault having count(*) >= 2;")
                .toBuilder()
                .key(GroupingKey.of(Property.UPN, Property.VAULT))
                .build();
        try (Lane lane = Rules.lane(rule)) {
            for (int window = 0; window < 2; window++) {
                long start = AT_02_41 + window * MINUTE;
                for (String action : List.of("SecretGet", "SecretList")) {
                    lane.send(start, Events.read(start, action, MALLORY, "v2"));
                    lane.send(start, Events.read(start, action, MALLORY, "v1"));
                    lane.send(start, Events.read(start, action, Events.TRENT, "v1"));
                }
                lane.send(start, Events.read(start, "SecretGet", Events.TRENT, "v3"));
                assertThat(lane.takeFindings()).hasSize(3).allMatch(Finding::early);

                lane.closeWindow();

                List<Finding> found = lane.takeFindings();
                assertThat(found).noneMatch(Finding::early);
                assertThat(found)
                        .extracting(Finding::key)
                        .containsExactly(List.of(MALLORY, "v2"), List.of(MALLORY, "v1"), List.of(Events.TRENT, "v1"));
                assertThat(found)
                        .allSatisfy(each -> assertThat(each.columns())
                                .containsEntry("n", 2L)
                                .containsEntry("actions", List.of("SecretGet", "SecretList")));
            }
            assertThat(lane.takeFailures()).isEmpty();
        }
    }
}
