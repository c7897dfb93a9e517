package dev.vaultwatch.alert;

import dev.vaultwatch.rule.Rule;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the tests of the desk share: editions of rules, and judgements about users in minutes. */
public final class Judgements {
    static final long MINUTE = 60_000;

    /** The start of a capped period of eight minutes. */
    public static final long START = Instant.parse("2026-11-03T02:40:00Z").toEpochMilli();

    private Judgements() {}

    /** The shipped rule with a cap. */
    public static RuleEdition rule(int cap) {
        return edition(Alerts.capped(Alerts.shippedRule(), cap), "");
    }

    /** The same rule after its text changed. */
    static RuleEdition changed(RuleEdition rule) {
        return edition(rule.rule(), "changed");
    }

    static RuleEdition edition(Rule rule, String json) {
        return RuleEdition.of(rule, json);
    }

    public static Map<String, String> key(String user) {
        return Map.of("upn", user);
    }

    /** So many events of a user in the minute with that number, counted from {@link #START}. */
    public static Judgement judgement(RuleEdition rule, int minute, String user, long events) {
        Map<String, Object> columns = new LinkedHashMap<>();
        columns.put("upn", user);
        columns.put("Esql.event_count", events);
        long start = START + minute * MINUTE;
        return Judgement.ofWindow(rule, key(user), start, start + MINUTE, columns);
    }
}
