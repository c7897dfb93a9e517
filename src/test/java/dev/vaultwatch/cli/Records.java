package dev.vaultwatch.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;

/** Audit records as a vault's diagnostic setting writes them, with what the command line's tests need. */
final class Records {
    /** The start of a minute, in the past. */
    static final Instant MINUTE = Instant.parse("2026-11-03T02:41:00Z");

    private Records() {}

    /** One line, without the line end. */
    static String record(Instant time, String action, String upn) {
        return """
                {"time":"%s","category":"AuditEvent","operationName":"%s","resultType":"Success",\
                "callerIpAddress":"203.0.113.7","identity":{"claim":{"oid":"30a6c29d-de7c-4830-815f-9b3bb366e975",\
                "appid":"04b07795-8ddb-461a-bbee-02f9e1bf7b46","upn":"%s"}},\
                "properties":{"id":"https://kv-contoso.vault.azure.net/secrets/db","httpStatusCode":200},\
                "resourceId":"/SUBSCRIPTIONS/A921D5D4-BDB7-43C3-AA01-88C6AE24992F/RESOURCEGROUPS/RG/PROVIDERS/\
                MICROSOFT.KEYVAULT/VAULTS/KV-CONTOSO","operationVersion":"7.0","resultSignature":"OK"}""".formatted(time, action, upn);
    }

    /** Lines of one user who lists and fetches secrets, one a second from the given time. */
    static String reads(Instant from, int count, String upn) {
        return IntStream.range(0, count)
                .mapToObj(i -> record(from.plusSeconds(i), i % 2 == 0 ? "SecretList" : "SecretGet", upn) + "\n")
                .collect(Collectors.joining());
    }

    /** What {@code gzip} makes of it. */
    static byte[] gzip(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
