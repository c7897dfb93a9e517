package dev.vaultwatch.journal;

import dev.vaultwatch.event.KeyVaultEvent;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Events as the journal writes them. Version 1, big-endian:
 *
 * <pre>
 *   8  time, milliseconds since the epoch
 *   4  which of the fields below are there, bit i for field i
 *   …  each field there is: 4 bytes of length and UTF-8, in the record's order; httpStatus is a decimal number
 * </pre>
 */
final class EventCodec {
    private byte[] bytes = new byte[1024];
    private int size;

    /** Starts a new entry. */
    void reset() {
        size = 0;
    }

    byte[] bytes() {
        return bytes;
    }

    int size() {
        return size;
    }

    void putByte(int value) {
        room(1);
        bytes[size++] = (byte) value;
    }

    void putInt(int value) {
        room(4);
        for (int shift = 24; shift >= 0; shift -= 8) {
            bytes[size++] = (byte) (value >>> shift);
        }
    }

    void putLong(long value) {
        putInt((int) (value >>> 32));
        putInt((int) value);
    }

    void putText(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        putInt(utf8.length);
        room(utf8.length);
        System.arraycopy(utf8, 0, bytes, size, utf8.length);
        size += utf8.length;
    }

    void putEvent(KeyVaultEvent event) {
        putLong(event.time());
        @Nullable
        String[] fields = {
            event.action(),
            event.upn(),
            event.appId(),
            event.objectId(),
            event.sourceIp(),
            event.sourceAddress(),
            event.city(),
            event.region(),
            event.country(),
            event.organization(),
            event.vault(),
            event.resultType(),
            event.resultSignature(),
            event.httpStatus() == null ? null : event.httpStatus().toString(),
            event.cloudRegion(),
            event.agent(),
            event.subscriptionId(),
            event.resourceGroup(),
            event.resourceId()
        };
        int there = 0;
        for (int i = 0; i < fields.length; i++) {
            if (fields[i] != null) {
                there |= 1 << i;
            }
        }
        putInt(there);
        for (String field : fields) {
            if (field != null) {
                putText(field);
            }
        }
    }

    private void room(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }

    /**
     * Reads what {@link #putText} wrote.
     *
     * @throws BufferUnderflowException if the entry is too short
     */
    static String text(ByteBuffer from) {
        int length = from.getInt();
        if (length < 0 || length > from.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] utf8 = new byte[length];
        from.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /**
     * Reads what {@link #putEvent} wrote.
     *
     * @param texts gives a text for an equal one: perhaps one that is held already
     * @throws RuntimeException if the entry is not of this form
     */
    static KeyVaultEvent event(ByteBuffer from, UnaryOperator<String> texts) {
        long time = from.getLong();
        int there = from.getInt();
        @Nullable String[] f = new @Nullable String[19];
        for (int i = 0; i < f.length; i++) {
            if ((there & 1 << i) != 0) {
                f[i] = texts.apply(text(from));
            }
        }
        String action = f[0];
        if (action == null) {
            throw new IllegalArgumentException("An event without an action.");
        }
        String status = f[13];
        return new KeyVaultEvent(
                time,
                action,
                f[1],
                f[2],
                f[3],
                f[4],
                f[5],
                f[6],
                f[7],
                f[8],
                f[9],
                f[10],
                f[11],
                f[12],
                status == null ? null : Integer.valueOf(status),
                f[14],
                f[15],
                f[16],
                f[17],
                f[18]);
    }
}
