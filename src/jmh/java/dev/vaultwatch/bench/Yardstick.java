package dev.vaultwatch.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.vaultwatch.samples.ExpectedAlert;
import dev.vaultwatch.samples.ExpectedAlerts;
import dev.vaultwatch.samples.Operations;
import dev.vaultwatch.samples.Profile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a good programmer writes by hand for this one rule and one wire shape: Jackson's streaming parser takes the needed
 * fields, hash maps group. No late events, no damage, no other shape, no reload. It keeps a group's events, from which every
 * output of the rule can be made.
 */
final class Yardstick {

    /** Nobody's minute changes so long after it, with the disorder of the generated records. */
    private static final long SETTLED_MILLIS = 120_000;

    private final JsonFactory json = new JsonFactory();
    private final Fields fields;
    private final boolean enveloped;
    private final Map<Long, Map<String, Group>> minutes = new HashMap<>();
    private final List<ExpectedAlert> alerts = new ArrayList<>();
    private long newestMinute = Long.MIN_VALUE;

    /** For raw records alone. */
    Yardstick() {
        this(Yardstick::raw, false);
    }

    private Yardstick(Fields fields, boolean enveloped) {
        this.fields = fields;
        this.enveloped = enveloped;
    }

    static Yardstick of(Profile profile) {
        boolean enveloped = profile.recordsPerLine() > 1;
        return new Yardstick(profile.isRaw() || enveloped ? Yardstick::raw : new ShapeFields()::read, enveloped);
    }

    private static final class Group {
        private final List<Event> events = new ArrayList<>(1);
        private final Set<String> actions = new HashSet<>(2);
    }

    /** A read with what the rule puts out. */
    record Event(
            long time,
            String action,
            String upn,
            @Nullable String appId,
            @Nullable String objectId,
            @Nullable String ip,
            @Nullable String resourceId,
            @Nullable String resultType,
            @Nullable String signature) {}

    /** Takes the events of a line that the rule wants. */
    void read(byte[] bytes, int from, int to, Consumer<Event> events) {
        try (JsonParser parser = json.createParser(bytes, from, to - from)) {
            parser.nextToken();
            if (!enveloped) {
                give(fields.read(parser), events);
                return;
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                boolean records = parser.nextToken() == JsonToken.START_ARRAY && name.equals("records");
                if (!records) {
                    parser.skipChildren();
                    continue;
                }
                while (parser.nextToken() == JsonToken.START_OBJECT) {
                    give(fields.read(parser), events);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void give(@Nullable Event event, Consumer<Event> events) {
        if (event != null) {
            events.accept(event);
        }
    }

    /** The fields of one shape. */
    interface Fields {
        /** The event of an object whose opening bracket was read; absent if the rule does not want it. */
        @Nullable
        Event read(JsonParser parser) throws IOException;
    }

    private static @Nullable Event raw(JsonParser parser) throws IOException {
        String time = null;
        String category = null;
        String action = null;
        String upn = null;
        String upnByUrl = null;
        String appId = null;
        String objectId = null;
        String ip = null;
        String resourceId = null;
        String resultType = null;
        String signature = null;
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            switch (name) {
                case "time" -> time = parser.nextTextValue();
                case "category" -> category = parser.nextTextValue();
                case "operationName" -> action = parser.nextTextValue();
                case "callerIpAddress" -> ip = parser.nextTextValue();
                case "resourceId" -> resourceId = parser.nextTextValue();
                case "resultType" -> resultType = parser.nextTextValue();
                case "resultSignature" -> signature = parser.nextTextValue();
                case "identity" -> {
                    parser.nextToken();
                    for (String in = parser.nextFieldName(); in != null; in = parser.nextFieldName()) {
                        if (!in.equals("claim") || parser.nextToken() != JsonToken.START_OBJECT) {
                            parser.skipChildren();
                            continue;
                        }
                        for (String claim = parser.nextFieldName(); claim != null; claim = parser.nextFieldName()) {
                            switch (claim) {
                                case "upn" -> upn = parser.nextTextValue();
                                case "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn" ->
                                    upnByUrl = parser.nextTextValue();
                                case "appid" -> appId = parser.nextTextValue();
                                case "oid" -> objectId = parser.nextTextValue();
                                default -> {
                                    parser.nextToken();
                                    parser.skipChildren();
                                }
                            }
                        }
                    }
                }
                default -> {
                    parser.nextToken();
                    parser.skipChildren();
                }
            }
        }
        if (upn == null) {
            upn = upnByUrl;
        }
        if (!"AuditEvent".equals(category)) {
            return null;
        }
        return event(time, action, upn, appId, objectId, ip, resourceId, resultType, signature);
    }

    static @Nullable Event event(
            @Nullable String time,
            @Nullable String action,
            @Nullable String upn,
            @Nullable String appId,
            @Nullable String objectId,
            @Nullable String ip,
            @Nullable String resourceId,
            @Nullable String resultType,
            @Nullable String signature) {
        return action == null || time == null || upn == null || !Operations.isRead(action)
                ? null
                : new Event(millis(time), action, upn, appId, objectId, ip, resourceId, resultType, signature);
    }

    void add(Event event) {
        long minute = Math.floorDiv(event.time(), 60_000L);
        Group group =
                minutes.computeIfAbsent(minute, m -> new HashMap<>()).computeIfAbsent(event.upn(), upn -> new Group());
        group.events.add(event);
        group.actions.add(event.action());
        if (minute > newestMinute) {
            newestMinute = minute;
            settleBefore((minute * 60_000 - SETTLED_MILLIS) / 60_000);
        }
    }

    private void settleBefore(long minute) {
        minutes.entrySet().removeIf(entry -> {
            if (entry.getKey() >= minute) {
                return false;
            }
            entry.getValue().forEach((upn, group) -> {
                if (group.events.size() >= ExpectedAlerts.MIN_EVENTS
                        && group.actions.size() >= ExpectedAlerts.MIN_ACTIONS) {
                    alerts.add(new ExpectedAlert(
                            Instant.ofEpochMilli(entry.getKey() * 60_000),
                            upn.toLowerCase(Locale.ROOT),
                            group.events.size(),
                            group.actions.stream().sorted().toList()));
                }
            });
            return true;
        });
    }

    List<ExpectedAlert> finish() {
        settleBefore(Long.MAX_VALUE);
        alerts.sort(Comparator.comparing(ExpectedAlert::minute).thenComparing(ExpectedAlert::upn));
        return alerts;
    }

    /** Of a time such as 2026-11-03T00:00:01.1331231Z. */
    private static long millis(String t) {
        long day =
                LocalDate.of(number(t, 0, 4), number(t, 5, 7), number(t, 8, 10)).toEpochDay();
        return day * 86_400_000L
                + number(t, 11, 13) * 3_600_000L
                + number(t, 14, 16) * 60_000L
                + number(t, 17, 19) * 1_000L
                + number(t, 20, 23);
    }

    private static int number(String text, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            number = number * 10 + text.charAt(i) - '0';
        }
        return number;
    }
}
