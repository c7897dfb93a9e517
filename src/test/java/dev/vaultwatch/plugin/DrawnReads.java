package dev.vaultwatch.plugin;

import static dev.vaultwatch.plugin.PluginUnderTest.NOON;

import dev.vaultwatch.fuzz.FuzzRule;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/** Reads by few people of few vaults, in the order in which they are given. */
final class DrawnReads {
    static final List<String> ACTIONS = List.of("SecretGet", "SecretList", "KeyGet");

    private DrawnReads() {}

    record Read(long time, Map<String, String> values) implements FuzzRule.Event {
        @Override
        public String value(String property) {
            return Objects.requireNonNull(values.get(property));
        }

        byte[] json() {
            return ("{\"time\":\"" + Instant.ofEpochMilli(time) + "\",\"category\":\"AuditEvent\",\"operationName\":\""
                            + value("action") + "\",\"callerIpAddress\":\"" + values.get("sourceIp")
                            + "\",\"identity\":{\"claim\":{\"oid\":\"" + values.get("objectId") + "\",\"upn\":\""
                            + values.get("upn")
                            + "\"}},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/"
                            + values.get("vault") + "\"}")
                    .getBytes(StandardCharsets.UTF_8);
        }
    }

    /** Some come late, by so many milliseconds at most. */
    static List<Read> of(int count, int latest, Random random) {
        Map<Read, Long> arrival = new HashMap<>();
        List<Read> reads = new ArrayList<>();
        long time = NOON.toEpochMilli();
        int pace = List.of(400, 2_000, 9_000).get(random.nextInt(3));
        int oneInSo = 3 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            time += 1L + random.nextInt(pace);
            Read read = new Read(
                    time,
                    Map.of(
                            "action",
                            ACTIONS.get(random.nextInt(ACTIONS.size())),
                            "objectId",
                            "00000000-0000-0000-0000-00000000000" + random.nextInt(2),
                            "upn",
                            "u" + random.nextInt(3),
                            "vault",
                            "V" + random.nextInt(2),
                            "sourceIp",
                            "192.0.2." + random.nextInt(3)));
            reads.add(read);
            arrival.put(read, time + (random.nextInt(oneInSo) == 0 ? random.nextInt(latest) : 0));
        }
        reads.sort(Comparator.comparingLong(arrival::get));
        return reads;
    }
}
