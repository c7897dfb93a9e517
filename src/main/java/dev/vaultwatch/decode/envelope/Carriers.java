package dev.vaultwatch.decode.envelope;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The members in which shippers, brokers and APIs carry a record: as an object, an array, or as JSON text. A member of any other name
 * may carry one as well; the names say which is looked into first, since of two copies of a record in one document one counts.
 */
public final class Carriers {

    /**
     * Best first: what holds the record alone before what may be a rendering of it.
     *
     * <p>Elasticsearch and Elastic Agent ({@code _source}, {@code fields}, {@code event.original}, {@code message}); Log
     * Analytics, Graph and Azure Monitor ({@code Records}, {@code value}, {@code results}); Logstash's split ({@code records});
     * Splunk's HTTP event collector and exports ({@code event}, {@code result}, {@code _raw}), Cribl ({@code _raw}); Kafka
     * Connect ({@code payload}); CloudEvents, Wazuh ({@code data}, {@code full_log}); Event Hubs Capture ({@code Body});
     * GELF ({@code full_message}, {@code short_message}); Fluentd, Fluent Bit and Docker ({@code record}, {@code log}).
     */
    private static final List<String> NAMES = List.of(
            "records",
            "Records",
            "value",
            "results",
            "_source",
            "event",
            "original",
            "result",
            "payload",
            "data",
            "data_base64",
            "Body",
            "body",
            "record",
            "log",
            "_raw",
            "full_log",
            "full_message",
            "message",
            "short_message",
            "fields");

    /** Names of the arrays that make an object an envelope: each element is a record. */
    private static final Set<String> ENVELOPES = Set.of("records", "Records", "value", "results");

    /** The shortest text that can be a record with an operation and a time. */
    private static final int SHORTEST = 20;

    private Carriers() {}

    /** The order in which members are looked into, lowest first. */
    public static int rank(String name) {
        int rank = NAMES.indexOf(name);
        return rank < 0 ? NAMES.size() : rank;
    }

    /** Whether that is a name under which records are known to be carried. */
    public static boolean isKnown(String name) {
        return NAMES.contains(name);
    }

    /** Whether an array under that name makes the object around it an envelope. */
    public static boolean isEnvelope(String name) {
        return ENVELOPES.contains(name);
    }

    /** Whether an object under that name may hold the array of Elasticsearch's hits, under the same name. */
    public static boolean isHits(String name) {
        return name.equals("hits");
    }

    /** Whether what a text carries begins as an object: it is one thing by itself, a record or not. */
    public static boolean isObject(byte[] payload) {
        return payload[0] == '{';
    }

    /** What a text carries, in UTF-8: itself, or what it is the Base64 of; absent if that can't be a record. */
    public static byte @Nullable [] payload(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (!isLongEnough(bytes.length)) {
            return null;
        }
        return isText(bytes, bytes.length) ? bytes : base64(bytes, bytes.length);
    }

    /** Whether a text of so many bytes can carry a record. */
    public static boolean isLongEnough(int length) {
        return length >= SHORTEST;
    }

    /** Whether a text may carry a record as it is. */
    public static boolean isText(byte[] text, int length) {
        for (int i = 0; i < length; i++) {
            if (text[i] == '{') {
                return true;
            }
        }
        return false;
    }

    /** What a text is the Base64 of; absent if that can't be a record. */
    public static byte @Nullable [] base64(byte[] text, int length) {
        // The Base64 of what begins with a bracket begins with one of these.
        if (text[0] != 'e' && text[0] != 'W' && text[0] != 'C') {
            return null;
        }
        try {
            byte[] bytes = Base64.getMimeDecoder().decode(Arrays.copyOf(text, length));
            return bytes.length > 1 && (bytes[0] == '{' || bytes[0] == '[' || bytes[0] == '\n') ? bytes : null;
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
    }
}
