package dev.vaultwatch.bench;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** One raw record of a person by number, for measurements that choose who reads when. */
final class Raw {
    static final String[] ACTIONS = {"SecretGet", "KeyGet"};

    private Raw() {}

    static byte[] record(Instant time, String action, int upn) {
        return ("{\"time\":\"" + time + "\",\"category\":\"AuditEvent\",\"operationName\":\"" + action
                        + "\",\"resultType\":\"Success\",\"resultSignature\":\"OK\",\"callerIpAddress\":\"192.0.2."
                        + upn % 200
                        + "\",\"identity\":{\"claim\":{\"upn\":\"user" + upn
                        + "@contoso.example\",\"oid\":\"00000000-0000-4000-8000-"
                        + upn
                        + "\",\"appid\":\"00000000-0000-4000-8000-00000000a991\"}},\"properties\":{\"httpStatusCode\":200},"
                        + "\"resourceId\":\"/SUBSCRIPTIONS/00000000-0000-4000-8000-0000000005B1/RESOURCEGROUPS/RG-EXAMPLE-PLATFORM-01"
                        + "/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/CONTOSO-EXAMPLE-" + upn % 100 + "\"}")
                .getBytes(StandardCharsets.UTF_8);
    }
}
