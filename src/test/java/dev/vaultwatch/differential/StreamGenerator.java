package dev.vaultwatch.differential;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.vaultwatch.differential.EventStream.Message;
import dev.vaultwatch.differential.Fact.Column;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * Makes streams that live where detections break: at the edges of minutes and thresholds, between people who are nearly the
 * same and actions that are nearly in the rule, out of order, in every wire shape at once.
 *
 * <p>A stream is made in two steps that share nothing but facts: first what happened (minutes, people, bursts), then how it
 * is written down and in which order it arrives.
 */
final class StreamGenerator {

    /** The twenty actions of the rule, once more and by hand: the generator must not learn them from what it tests. */
    static final List<String> ACTIONS = List.of(
            "VaultGet",
            "KeyGet",
            "KeyList",
            "KeyListVersions",
            "KeyGetDeleted",
            "KeyListDeleted",
            "SecretGet",
            "SecretList",
            "SecretListVersions",
            "SecretGetDeleted",
            "SecretListDeleted",
            "CertificateGet",
            "CertificateList",
            "CertificateListVersions",
            "CertificateGetDeleted",
            "CertificateListDeleted",
            "CertificatePolicyGet",
            "CertificateContactsGet",
            "CertificateIssuerGet",
            "CertificateIssuersList");

    /** What a sloppy comparison would take for one of them. */
    static final List<String> NEAR_MISSES = List.of(
            "SecretSet",
            "secretget",
            "SECRETGET",
            "SecretGet ",
            " SecretGet",
            "SecretGet\u0000",
            "SecretGets",
            "Secret",
            "Get",
            "SecretBackup",
            "KeyRotationPolicyGet",
            "KeyGetRotationPolicy",
            "KeyWrap",
            "VaultPut",
            "VaultList",
            "vaultGet",
            "CertificatePendingGet",
            "CertificateIssuersGet",
            "CertificateIssuerList",
            "CertificatePolicySet",
            "\uFF33ecretGet",
            "Authentication");

    /** People whom folding case, trimming or normalizing merges, as Entra does, and whom escaping would lose. */
    private static final List<String> PEOPLE = List.of(
            "ada@contoso.example",
            "Ada@contoso.example",
            "ADA@CONTOSO.EXAMPLE",
            "ada@contoso.example ",
            "grace@contoso.example",
            "miles.o'brien@contoso.example",
            "\"quoted\"@contoso.example",
            "back\\slash@contoso.example",
            "zo\u00EB@contoso.example",
            "zoe\u0308@contoso.example",
            "\u674E\u96F7@\u4F8B\u5B50.example",
            "\uD83D\uDD11@contoso.example",
            "\uFF5Eada@contoso.example",
            "a,b;[c]={d}@contoso.example",
            "line\nbreak\ttab@contoso.example",
            "guest_fabrikam.example#EXT#@contoso.onmicrosoft.example",
            "i@contoso.example",
            "\u0130@contoso.example",
            "long." + "name.".repeat(200) + "@contoso.example");

    private static final List<String> TEXTS = List.of(
            "Z\u00FCrich",
            "S\u00E3o Paulo",
            "\u6771\u4EAC",
            "O'Fallon",
            "\"The Hague\"",
            "\uD83C\uDFD9",
            "\uFFFD",
            "x".repeat(3_000));
    private static final List<String> IPS = List.of(
            "192.0.2.1",
            "192.0.2.10",
            "198.51.100.7",
            "203.0.113.255",
            "2001:db8::1",
            "2001:db8:0:1::ffff",
            "10.0.0.4");
    private static final List<String> VAULTS = List.of("kv-prod-weu", "KV-PROD-WEU", "kv-dev", "hr-payroll-vault");
    private static final List<String> GROUPS = List.of("rg-prod", "RG-PROD", "rg_dev.(eu)");
    private static final List<String> RESULTS = List.of("Success", "success", "Failure", "none");
    private static final List<String> SIGNATURES = List.of("OK", "Forbidden", "Not Found", "Unauthorized");
    private static final List<Integer> BURSTS = List.of(1, 2, 9, 9, 10, 10, 10, 11, 11, 12, 25);

    /** Each seed has its own time, later than those of smaller ones, so that a plugin can take one stream after the other. */
    private static final Instant BEGINNING = Instant.parse("2015-12-01T23:57:00Z");

    private static final Duration SLOT = Duration.ofDays(30);

    /** 100 ns, the step of Azure's clock. */
    private static final long TICKS_PER_SECOND = 10_000_000;

    private static final long TICKS_PER_MINUTE = 60 * TICKS_PER_SECOND;

    /** First and last instants of a minute: to the tick, to the millisecond, and a tick beside the millisecond. */
    private static final List<Long> EDGES = List.of(
            0L,
            1L,
            9_999L,
            10_000L,
            TICKS_PER_MINUTE - 1,
            TICKS_PER_MINUTE - 9_999,
            TICKS_PER_MINUTE - 10_000,
            TICKS_PER_MINUTE - 10_001);

    private static final List<ObjectMapper> MAPPERS = List.of(
            new JsonMapper(),
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build());

    private final long seed;
    private final Random random;

    private StreamGenerator(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    /** The stream of that seed, which is 1 or more. */
    static EventStream stream(long seed) {
        return new StreamGenerator(seed).stream();
    }

    private record Recorded(Fact fact, WireShape shape) {}

    private EventStream stream() {
        // Five seconds is the default. With none, arrival is in order; with three minutes, several minutes close at
        // once.
        Duration slack = pick(List.of(
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ZERO,
                Duration.ofMillis(1),
                Duration.ofMinutes(3)));
        return new EventStream(seed, slack, messages(arrival(whatHappened(), slack)));
    }

    // ---- what happened

    private List<Recorded> whatHappened() {
        List<String> people = new ArrayList<>(PEOPLE);
        Collections.shuffle(people, random);
        // The first four differ in case and a blank only; most streams must have two of them.
        people = new ArrayList<>(people.subList(0, 3));
        people.addAll(List.of(PEOPLE.get(random.nextInt(2)), PEOPLE.get(2 + random.nextInt(2))));

        List<Recorded> happened = new ArrayList<>();
        // Shortly before midnight UTC, so that days, and in the first stream a millennium, end in it.
        long minute = BEGINNING.plus(SLOT.multipliedBy(seed)).getEpochSecond() / 60 + random.nextInt(3);
        int minutes = 2 + random.nextInt(7);
        for (int i = 0; i < minutes; i++) {
            int bursts = 1 + random.nextInt(3);
            for (int burst = 0; burst < bursts; burst++) {
                burst(minute, people, happened);
            }
            minute += gap();
        }
        return happened;
    }

    private int gap() {
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3, 4 -> 1;
            case 5, 6 -> 2 + random.nextInt(4);
            case 7, 8 -> 10 + random.nextInt(300);
            default -> 1_440 * (1 + random.nextInt(3));
        };
    }

    /** One person's reads in one minute: a number of events near the threshold over a number of actions near the threshold. */
    private void burst(long minute, List<String> people, List<Recorded> happened) {
        int events = pick(BURSTS);
        int kinds = Math.min(events, pick(List.of(1, 1, 2, 2, 3, 20)));
        List<String> actions = new ArrayList<>(ACTIONS);
        Collections.shuffle(actions, random);
        actions = new ArrayList<>(actions.subList(0, kinds));
        if (kinds == 2 && random.nextInt(3) == 0) {
            actions.set(0, "VaultGet"); // the action whose record names the person in another way
        }
        String person = random.nextInt(8) == 0 ? "" : pick(people);
        int placing = random.nextInt(5);
        for (int i = 0; i < events; i++) {
            String action = actions.get(i < kinds ? i : random.nextInt(kinds));
            Recorded read = recorded(minute, placing, action, person);
            happened.add(read);
            if (random.nextInt(30) == 0) {
                happened.add(read); // equal records are two events
            }
        }
        int noise = random.nextInt(4);
        for (int i = 0; i < noise; i++) {
            happened.add(recorded(minute, placing, pick(NEAR_MISSES), person));
        }
    }

    private Recorded recorded(long minute, int placing, String action, String person) {
        long ticks = switch (placing) {
            case 0 -> pick(EDGES);
            case 1 -> random.nextLong(2 * TICKS_PER_SECOND);
            case 2 -> TICKS_PER_MINUTE - 1 - random.nextLong(2 * TICKS_PER_SECOND);
            case 3 -> random.nextLong(60_000) * 10_000;
            default -> random.nextLong(TICKS_PER_MINUTE);
        };
        Instant time = Instant.ofEpochSecond(minute * 60 + ticks / TICKS_PER_SECOND, ticks % TICKS_PER_SECOND * 100);
        WireShape shape = pick(List.of(WireShape.values()));
        Map<Column, String> columns = new EnumMap<>(Column.class);
        columns.put(Column.ACTION, action);
        columns.put(Column.DATASET, "azure.platformlogs");
        identity(action, person, columns);
        mostly(columns, Column.APP_ID, "00000000-0000-4000-8000-00000000000" + random.nextInt(3));
        mostly(columns, Column.SOURCE_IP, pick(IPS));
        mostly(columns, Column.RESULT_TYPE, pick(RESULTS));
        mostly(columns, Column.RESULT_SIGNATURE, pick(SIGNATURES));
        resource(shape, columns);
        mostly(columns, Column.CITY, pick(TEXTS));
        mostly(columns, Column.REGION, pick(TEXTS));
        mostly(columns, Column.COUNTRY, pick(TEXTS));
        mostly(columns, Column.ORGANIZATION, pick(TEXTS));
        mostly(columns, Column.CLOUD_REGION, pick(List.of("westeurope", "WestEurope", "eastus2")));
        mostly(columns, Column.AGENT, pick(List.of("agent-1", "agent-2")));
        if (!shape.derivesResource() && random.nextInt(15) == 0) {
            columns.put(
                    Column.DATASET, pick(List.of("azure.auditlogs", "azure.platformlogs.other", "Azure.Platformlogs")));
        }
        columns.keySet().removeAll(shape.unfit());
        return new Recorded(new Fact(time, columns), shape);
    }

    /** Records of the data plane say {@code upn}; those that come through ARM, VaultGet first of all, have URLs for names. */
    private void identity(String action, String person, Map<Column, String> columns) {
        String oid = "00000000-0000-4000-9000-00000000000" + random.nextInt(2);
        boolean byUrl = action.startsWith("Vault") ? random.nextInt(10) > 0 : random.nextInt(20) == 0;
        mostly(columns, byUrl ? Column.CLAIM_URL_OID : Column.CLAIM_OID, oid);
        if (random.nextInt(10) == 0) {
            columns.put(Column.CLAIM_OBJECTID, oid.replace('9', '7'));
        }
        if (!person.isEmpty()) {
            columns.put(byUrl ? Column.CLAIM_URL_UPN : Column.CLAIM_UPN, person);
            if (!byUrl && random.nextInt(20) == 0) {
                columns.put(Column.CLAIM_URL_UPN, pick(PEOPLE)); // claim.upn goes before it
            }
        }
    }

    private void resource(WireShape shape, Map<Column, String> columns) {
        if (random.nextInt(10) == 0) {
            return;
        }
        String subscription = "00000000-0000-4000-a000-00000000000" + random.nextInt(2);
        String group = pick(GROUPS);
        String vault = pick(VAULTS);
        String id = "/subscriptions/" + subscription + "/resourceGroups/" + group
                + "/providers/Microsoft.KeyVault/vaults/" + vault;
        if (random.nextBoolean()) {
            // As Key Vault writes it.
            subscription = subscription.toUpperCase(Locale.ROOT);
            group = group.toUpperCase(Locale.ROOT);
            vault = vault.toUpperCase(Locale.ROOT);
            id = id.toUpperCase(Locale.ROOT);
        }
        if (!shape.derivesResource() && random.nextInt(5) == 0) {
            group = pick(TEXTS);
            vault = pick(TEXTS);
        }
        columns.put(Column.SUBSCRIPTION_ID, subscription);
        columns.put(Column.RESOURCE_GROUP, group);
        columns.put(Column.VAULT, vault);
        if (shape.derivesResource() || random.nextInt(5) > 0) {
            columns.put(Column.RESOURCE_ID, id);
        }
    }

    private void mostly(Map<Column, String> columns, Column column, String value) {
        if (random.nextInt(10) > 0) {
            columns.put(column, value);
        }
    }

    // ---- how it arrives

    /**
     * Delays each record by up to the slack and sorts by the time of arrival. So whatever overtakes a record is newer than it
     * by the slack at most.
     */
    private List<Recorded> arrival(List<Recorded> happened, Duration slack) {
        record Delayed(Recorded recorded, Instant arrival) {}
        long most = slack.toNanos() / 100;
        int style = random.nextInt(3);
        List<Recorded> shuffled = new ArrayList<>(happened);
        Collections.shuffle(shuffled, random);
        return shuffled.stream()
                .map(recorded -> {
                    long delay = switch (style) {
                        case 0 -> 0;
                        case 1 -> random.nextBoolean() ? most : 0;
                        default -> random.nextLong(most + 1);
                    };
                    return new Delayed(recorded, recorded.fact().time().plusNanos(delay * 100));
                })
                .sorted(Comparator.comparing(Delayed::arrival))
                .map(Delayed::recorded)
                .toList();
    }

    private List<Message> messages(List<Recorded> arrival) {
        List<Message> messages = new ArrayList<>();
        int from = 0;
        while (from < arrival.size()) {
            int size = random.nextInt(3) > 0 ? 1 : 1 + random.nextInt(8);
            List<Recorded> together = arrival.subList(from, Math.min(arrival.size(), from + size));
            messages.add(new Message(
                    text(together), together.stream().map(Recorded::fact).toList()));
            from += size;
        }
        return messages;
    }

    private String text(List<Recorded> together) {
        ObjectMapper mapper = pick(MAPPERS);
        List<String> records = together.stream()
                .map(recorded -> recorded.shape().write(recorded.fact(), random))
                .map(record -> text(mapper, record))
                .toList();
        String joined = String.join(",", records);
        return switch (random.nextInt(4)) {
            case 0 -> "[" + joined + "]";
            case 1 -> "{\"records\":[" + joined + "]}";
            case 2 -> "{\"value\":[" + joined + "]}";
            default -> records.stream().map(line -> line + "\n").collect(Collectors.joining());
        };
    }

    private static String text(ObjectMapper mapper, Map<String, Object> record) {
        try {
            Map<String, Object> plain = new LinkedHashMap<>(record);
            for (Map.Entry<String, Object> entry : plain.entrySet()) {
                if (entry.getValue() instanceof WireShape.JsonText inner) {
                    entry.setValue(mapper.writeValueAsString(inner.value()));
                }
            }
            return mapper.writeValueAsString(plain);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
