package dev.vaultwatch.log;

import dev.vaultwatch.event.KeyVaultEvent;
import dev.vaultwatch.event.KeyVaultEventBuilder;
import dev.vaultwatch.event.Property;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Events as the journal writes them, big-endian. Fields were added at the end, so older entries are read as they are:
 *
 * <pre>
 *   8  time, milliseconds since the epoch
 *   4  which of the fields below are there, bit i for field i up to bit 30; bit 31: another 4 bytes follow
 *   4  if so, which of the fields from the 31st on are there
 *   …  each field there is: 4 bytes of length and UTF-8, in the order of {@link Property} without the time; numbers are decimal
 * </pre>
 */
public final class EventCodec {
    /** Every property but the time; bit i is that of the i-th. */
    private static final List<Property> FIELDS =
            Property.all().subList(1, Property.all().size());

    private static final int FIRST_BITS = 31;
    private static final int FIRST_MASK = 0x7FFF_FFFF;
    private static final int MORE = 1 << FIRST_BITS;

    private byte[] bytes = new byte[1024];
    private int size;

    /** Starts a new entry. */
    public void reset() {
        size = 0;
    }

    public byte[] bytes() {
        return bytes;
    }

    public int size() {
        return size;
    }

    public void putByte(int value) {
        room(1);
        bytes[size++] = (byte) value;
    }

    public void putInt(int value) {
        room(4);
        for (int shift = 24; shift >= 0; shift -= 8) {
            bytes[size++] = (byte) (value >>> shift);
        }
    }

    public void putLong(long value) {
        putInt((int) (value >>> 32));
        putInt((int) value);
    }

    /** Writes bytes as they are. */
    public void putBytes(byte[] from, int length) {
        room(length);
        System.arraycopy(from, 0, bytes, size, length);
        size += length;
    }

    public void putText(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        putInt(utf8.length);
        room(utf8.length);
        System.arraycopy(utf8, 0, bytes, size, utf8.length);
        size += utf8.length;
    }

    public void putEvent(KeyVaultEvent event) {
        putLong(event.time());
        long there = 0;
        for (Property property : FIELDS) {
            if (property.get(event) != null) {
                there |= 1L << bit(property);
            }
        }
        long further = there >>> FIRST_BITS;
        putInt((int) (there & FIRST_MASK) | (further == 0 ? 0 : MORE));
        if (further != 0) {
            putInt((int) further);
        }
        for (Property property : FIELDS) {
            Object value = property.get(event);
            if (value != null) {
                putText(value.toString());
            }
        }
    }

    private static int bit(Property property) {
        return property.index() - 1;
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
    public static String text(ByteBuffer from) {
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
    public static KeyVaultEvent event(ByteBuffer from, UnaryOperator<String> texts) {
        long time = from.getLong();
        int first = from.getInt();
        long there = first & FIRST_MASK;
        if ((first & MORE) != 0) {
            there |= (from.getInt() & 0xFFFF_FFFFL) << FIRST_BITS;
        }
        if ((there & 1) == 0) {
            throw new IllegalArgumentException("An event without an action.");
        }
        if (there >>> FIELDS.size() != 0) {
            throw new IllegalArgumentException("An event with a field of a later version.");
        }
        KeyVaultEventBuilder event = KeyVaultEvent.builder(time, "");
        for (Property property : FIELDS) {
            if ((there & 1L << bit(property)) != 0) {
                String text = text(from);
                event.with(property, property.type() == String.class ? texts.apply(text) : property.parse(text));
            }
        }
        return event.build();
    }
}
