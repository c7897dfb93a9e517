package dev.vaultwatch.model;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One read of a vault, as the model knows it and as a raw record. */
record Read(long time, String action, @Nullable String upn, String ip, String vault) {
    static final List<String> WANTED = List.of("SecretGet", "SecretList", "KeyGet", "CertificateGet");
    static final String UNWANTED = "KeySign";

    boolean isWanted() {
        return !action.equals(UNWANTED);
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
                + (upn == null ? "\"appid\":\"app\"" : "\"upn\":\"" + upn + "\"")
                + "}},\"resourceId\":\"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/" + vault
                + "\"}";
    }

    /** What the rule says of one user's reads in one minute: how many, and which values. */
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
