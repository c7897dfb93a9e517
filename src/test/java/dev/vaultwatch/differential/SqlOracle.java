package dev.vaultwatch.differential;

import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.differential.Fact.Column;
import dev.vaultwatch.fuzz.FuzzRule;
import dev.vaultwatch.fuzz.Group;
import java.sql.Array;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.text.Normalizer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/**
 * The rule's question asked of another engine. DuckDB sees the facts, never the plugin's reading of them, and all of them at
 * once: there is no clock here, no order, no window that opens or closes. One thread.
 */
final class SqlOracle implements AutoCloseable {
    static final String EVENT_COUNT = "Esql.event_count";

    /** The question, with what a test may turn. */
    record Question(String table, String upn, String objectId, int minEvents, int minActions) {

        /** As shipped: whichever claim names the person. */
        static final Question MERGED = new Question(
                "folded",
                "coalesce(claim_upn, claim_url_upn)",
                "coalesce(claim_objectid, claim_oid, claim_url_oid)",
                10,
                2);

        /** As upstream: the pipeline folds neither the URL-named claims nor {@code oid}. */
        static final Question UPSTREAM = new Question("fact", "claim_upn", "claim_objectid", 10, 2);

        Question withMinEvents(int other) {
            return new Question(table, upn, objectId, other, minActions);
        }

        Question withMinActions(int other) {
            return new Question(table, upn, objectId, minEvents, other);
        }

        /** DESIGN §2, line by line, and the signature, which the rule adds because the type does not tell a denied read. */
        private String sql(String events) {
            return """
            select
              minute,
              upn                     as "azure.platformlogs.identity.claim.upn",
              values_of(upn)          as "Esql_priv.azure_platformlogs_identity_claim_upn_values",
              count(distinct upn)     as "Esql.azure_platformlogs_identity_claim_upn_count_distinct",
              values_of(app_id)       as "Esql.azure_platformlogs_identity_claim_appid_values",
              values_of(object_id)    as "Esql.azure_platformlogs_identity_claim_objectid_values",
              count(*)                as "Esql.event_count",
              values_of(action)       as "Esql.event_action_values",
              count(distinct action)  as "Esql.event_action_count_distinct",
              values_of(result_type)  as "Esql.azure_platformlogs_result_type_values",
              values_of(result_signature) as "vaultwatch.result_signature_values",
              values_of(source_ip)    as "Esql.source_ip_values",
              values_of(city)         as "Esql.geo_city_values",
              values_of(region)       as "Esql.geo_region_values",
              values_of(country)      as "Esql.geo_country_values",
              values_of(organization) as "Esql.source_as_organization_name_values",
              values_of(vault)        as "Esql.azure_resource_name_values",
              count(distinct vault)   as "Esql.azure_resource_name_count_distinct",
              values_of(resource_group)  as "Esql.azure_resource_group_values",
              values_of(subscription_id) as "Esql.azure_subscription_id_values",
              values_of(resource_id)  as "Esql.azure_resource_id_values",
              values_of(cloud_region) as "Esql.cloud_region_values",
              values_of(agent)        as "Esql.agent_name_values"
            from (%s)
            group by minute, upn
            having count(distinct upn) = 1 and count(*) >= %d and count(distinct action) >= %d
            """.formatted(events, minEvents, minActions);
        }

        /** Every read of a vault. */
        private String reads() {
            return """
            select *, date_trunc('minute', time) as minute, %s as upn, %s as object_id
            from %s
            where dataset = 'azure.platformlogs' and action in (%s)
            """.formatted(
                            upn,
                            objectId,
                            table,
                            StreamGenerator.ACTIONS.stream().collect(Collectors.joining("', '", "'", "'")));
        }

        /** The reads of each person and minute, in order of arrival, up to the one that crosses both thresholds. */
        private String readsUntilCrossing() {
            return """
            select * from (
              select *, coalesce(
                  count(*) over before >= %d and count(distinct action) over before >= %d, false) as crossed_before
              from (%s)
              window before as (
                partition by minute, upn order by arrival rows between unbounded preceding and 1 preceding))
            where not crossed_before
            """.formatted(minEvents, minActions, reads());
        }
    }

    private final DuckDBConnection duckDb;

    SqlOracle() throws SQLException {
        duckDb = (DuckDBConnection) DriverManager.getConnection("jdbc:duckdb:");
        run("set threads = 1"); // two hundred rows at a time gain nothing from more
        for (String table : List.of("fact", "folded")) {
            run("create table " + table + " (arrival bigint, time timestamp, "
                    + Arrays.stream(Column.values())
                            .map(column -> name(column) + " varchar")
                            .collect(Collectors.joining(", "))
                    + ")");
        }
        run("create macro values_of(x) as list_distinct(list(x))");
    }

    /**
     * Takes the facts, in order of arrival, in place of those before. Times go in as microseconds, cut: DuckDB's date_trunc
     * rounds nanoseconds to them first, and so 59.9999999 up into the next minute.
     */
    void load(List<Fact> facts) throws SQLException {
        load(facts, "fact", (column, value) -> value);
        load(facts, "folded", SqlOracle::folded);
    }

    /** One form for each person and each name in Azure's resource tree; SQL's own small letters are others than Java's. */
    private static String folded(Column column, String value) {
        return switch (column) {
            case CLAIM_UPN, CLAIM_URL_UPN ->
                Normalizer.normalize(value.strip(), Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
            case VAULT, RESOURCE_GROUP, SUBSCRIPTION_ID, RESOURCE_ID -> value.toUpperCase(Locale.ROOT);
            default -> value;
        };
    }

    private void load(List<Fact> facts, String table, BiFunction<Column, String, String> form) throws SQLException {
        run("truncate " + table);
        try (DuckDBAppender appender = duckDb.createAppender(table)) {
            for (int arrival = 0; arrival < facts.size(); arrival++) {
                Fact fact = facts.get(arrival);
                Instant time = fact.time();
                appender.beginRow().append((long) arrival);
                appender.appendEpochMicros(time.getEpochSecond() * 1_000_000 + time.getNano() / 1_000);
                for (Column column : Column.values()) {
                    String value = fact.get(column);
                    if (value == null) {
                        appender.appendNull();
                    } else {
                        appender.append(form.apply(column, value));
                    }
                }
                appender.endRow();
            }
        }
    }

    /** The alerts that the facts deserve when their minutes close. */
    List<AlertRow> onTime(Question question) throws SQLException {
        return rows(AlertStage.ON_TIME, question.sql(question.reads()));
    }

    /** The same alerts at the record that crosses the threshold, if the facts come one after another. */
    List<AlertRow> early(Question question) throws SQLException {
        return rows(AlertStage.EARLY, question.sql(question.readsUntilCrossing()));
    }

    /**
     * What stands of a rule in the end: scope and key, and of a window also how many events and distinct values. Times are cut to
     * milliseconds, in which windows and bursts are measured.
     */
    Set<Standing> standing(FuzzRule rule) throws SQLException {
        String keys = String.join(", ", rule.key());
        String events = """
                select epoch_us(time) // 1000 as ms, %s as counted, %s
                from folded
                where dataset = 'azure.platformlogs' and action in (%s)
                """.formatted(
                        column(rule.distinct()),
                        rule.key().stream()
                                .map(property -> column(property) + " as " + property)
                                .collect(Collectors.joining(", ")),
                        rule.actions().stream().collect(Collectors.joining("', '", "'", "'")));
        String wanted = "select * from (" + events + ") where "
                + rule.key().stream().map(property -> property + " is not null").collect(Collectors.joining(" and "));
        String sql = switch (rule.kind()) {
            case TUMBLING -> """
                    select ms // %1$d * %1$d as scope, count(*) as n, count(distinct counted) as d, %2$s
                    from (%3$s)
                    group by scope, %2$s
                    having n >= %4$d and d >= %5$d
                    """.formatted(rule.length(), keys, wanted, rule.least(), rule.leastDistinct());
            case ORDERED ->
                """
                    select min(ms) as scope, max(n) as n, first(d order by n desc, ms) as d, %2$s from (
                      select *, sum(begins) over (partition by %2$s order by ms) as session from (
                        select *, case when ms - lag(ms) over (partition by %2$s order by ms) <= %6$d
                          then 0 else 1 end as begins from (
                            select distinct ms, n, d, %2$s from (
                              select *, count(*) over back as n, count(distinct counted) over back as d
                              from (%3$s)
                              window back as (
                                partition by %2$s order by ms range between %1$d preceding and current row))
                            where n >= %4$d and d >= %5$d)))
                    group by session, %2$s
                    """.formatted(rule.length() - 1, keys, wanted, rule.least(), rule.leastDistinct(), rule.quiet());
            case EVENT -> "select distinct ms as scope, 0 as n, 0 as d, %s from (%s)".formatted(keys, wanted);
        };
        Set<Standing> standing = new HashSet<>();
        try (Statement statement = duckDb.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                List<String> key = new ArrayList<>();
                for (int i = 0; i < rule.key().size(); i++) {
                    key.add(result.getString(4 + i));
                }
                standing.add(new Standing(
                        new Group(rule.id(), result.getLong(1), Group.keyOf(key)),
                        result.getLong(2),
                        result.getLong(3)));
            }
        }
        return standing;
    }

    /** An alert that is not taken back, with its counts: of a sliding rule at its height; none of a rule over single events. */
    record Standing(Group group, long events, long distinct) {}

    private static String column(String property) {
        return switch (property) {
            case "upn" -> Question.MERGED.upn();
            case "objectId" -> Question.MERGED.objectId();
            case "vault" -> "vault";
            case "sourceIp" -> "source_ip";
            case "action" -> "action";
            default -> throw new IllegalArgumentException(property);
        };
    }

    /** How many persons' minutes there are with each number of reads and kinds, for asking whether streams are any good. */
    Map<Size, Long> sizes() throws SQLException {
        String sizes = """
                select events, actions, count(*) from (
                  select count(*) as events, count(distinct action) as actions
                  from (%s) where upn is not null group by minute, upn)
                group by events, actions
                """.formatted(Question.MERGED.reads());
        Map<Size, Long> found = new LinkedHashMap<>();
        try (Statement statement = duckDb.createStatement();
                ResultSet result = statement.executeQuery(sizes)) {
            while (result.next()) {
                found.put(new Size(result.getLong(1), result.getLong(2)), result.getLong(3));
            }
        }
        return found;
    }

    /** What a person did in a minute. */
    record Size(long events, long actions) {}

    private List<AlertRow> rows(AlertStage stage, String sql) throws SQLException {
        List<AlertRow> rows = new ArrayList<>();
        try (Statement statement = duckDb.createStatement();
                ResultSet result =
                        statement.executeQuery("select epoch_ms(minute), * exclude (minute) from (" + sql + ")")) {
            ResultSetMetaData columns = result.getMetaData();
            while (result.next()) {
                Map<String, Object> outputs = new LinkedHashMap<>();
                for (int column = 2; column <= columns.getColumnCount(); column++) {
                    outputs.put(columns.getColumnLabel(column), plain(result.getObject(column)));
                }
                rows.add(new AlertRow(stage, Instant.ofEpochMilli(result.getLong(1)), result.getString(2), outputs));
            }
        }
        return rows;
    }

    /** Lists are put in the plugin's order here: SQL sorts by code point, Java by UTF-16 unit, and both are right. */
    private static Object plain(Object value) throws SQLException {
        if (value instanceof Array list) {
            return Arrays.stream((Object[]) list.getArray())
                    .map(Object::toString)
                    .sorted()
                    .toList();
        }
        return value;
    }

    private void run(String sql) throws SQLException {
        try (Statement statement = duckDb.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String name(Column column) {
        return column.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void close() throws SQLException {
        duckDb.close();
    }
}
