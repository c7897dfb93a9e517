package dev.vaultwatch.model;

import dev.vaultwatch.fuzz.FuzzRule;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One read of a vault, as the model knows it and as a raw record. */
record Read(long time, String action, @Nullable String upn, String ip, String vault) implements FuzzRule.Event {
    static final List<String> WANTED = List.of("SecretGet", "SecretList", "KeyGet", "CertificateGet");
    static final String UNWANTED = "KeySign";

    @Override
    public String value(String property) {
        return switch (property) {
            case "action" -> action;
            case "upn" -> upn == null ? "" : upn;
            case "objectId" -> objectId();
            case "sourceIp" -> ip;
            case "vault" -> vault;
            default -> throw new IllegalArgumentException(property);
        };
    }

    /** Two users share one. */
    private String objectId() {
        return "00000000-0000-0000-0000-00000000000" + (upn == null ? 9 : upn.length() % 2);
    }

    /** What accept is given for reads that come together; for none, something that is no record. */
    static String json(List<Read> reads) {
        return switch (reads.size()) {
            case 0 -> "{\"time\": ";
            case 1 -> reads.get(0).json(Integer.toHexString(reads.hashCode()));
            default ->
                IntStream.range(0, reads.size())
                        .mapToObj(i -> reads.get(i).json(Integer.toHexString(reads.hashCode()) + "-" + i))
                        .collect(Collectors.joining(",", "{\"records\":[", "]}"));
        };
    }

    /** Two reads are one operation if they have the same correlation id. */
    private String json(String correlation) {
        return "{\"correlationId\":\"" + correlation + "\",\"time\":\"" + Instant.ofEpochMilli(time)
                + "\",\"category\":\"AuditEvent\",\"operationName\":\""
                + action
                + "\",\"resultType\":\"Success\",\"callerIpAddress\":\"" + ip + "\",\"identity\":{\"claim\":{"
                + "\"oid\":\"" + objectId() + "\","
                + (upn == null ? "\"appid\":\"app\"" : "\"upn\":\"" + upn + "\"")
                + "}},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/" + vault
                + "\"}";
    }

    /** What a rule says of the reads of one key in one window: how many, and which values. */
    record Totals(long count, Set<String> actions, Set<String> ips, Set<String> vaults) {
        static Totals of(List<Read> reads) {
            return new Totals(
                    reads.size(),
                    reads.stream().map(Read::action).collect(Collectors.toSet()),
                    reads.stream().map(Read::ip).collect(Collectors.toSet()),
                    reads.stream().map(Read::vault).collect(Collectors.toSet()));
        }
    }
}
