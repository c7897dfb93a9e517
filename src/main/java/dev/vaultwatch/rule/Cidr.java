package dev.vaultwatch.rule;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A network of IP addresses, such as 10.0.0.0/8 or 2001:db8::/32; an address alone is a network of one. Reads literals alone and
 * never asks a name server. Immutable; any thread may use it.
 */
public final class Cidr {
    private static final int V4_BYTES = 4;
    private static final int V6_BYTES = 16;

    private final byte[] network;
    private final int bits;

    private Cidr(byte[] network, int bits) {
        this.network = network;
        this.bits = bits;
    }

    /** Reads a block; empty if the text is none. */
    public static Optional<Cidr> of(String text) {
        int slash = text.indexOf('/');
        byte @Nullable [] network = address(slash < 0 ? text : text.substring(0, slash));
        if (network == null) {
            return Optional.empty();
        }
        if (slash < 0) {
            return Optional.of(new Cidr(network, network.length * Byte.SIZE));
        }
        String length = text.substring(slash + 1);
        if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > network.length * Byte.SIZE) {
            return Optional.empty();
        }
        return Optional.of(new Cidr(network, Integer.parseInt(length)));
    }

    /** Whether the text is an address in the block. An IPv4 address written as IPv6 is the IPv4 address. */
    public boolean contains(String text) {
        byte @Nullable [] address = address(text);
        if (address == null || address.length != network.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >> (i % Byte.SIZE);
            if ((address[i / Byte.SIZE] & mask) != (network[i / Byte.SIZE] & mask)) {
                return false;
            }
        }
        return true;
    }

    /** The network's bytes in hexadecimal digits and its bits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(network) + "/" + bits;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Cidr block && block.bits == bits && Arrays.equals(block.network, network);
    }

    @Override
    public int hashCode() {
        return 31 * bits + Arrays.hashCode(network);
    }

    /** The bytes of an address; absent if it is none. No name is ever looked up. */
    private static byte @Nullable [] address(String text) {
        if (text.indexOf(':') < 0) {
            return v4(text);
        }
        byte @Nullable [] six = v6(text);
        if (six == null) {
            return null;
        }
        for (int i = 0; i < V6_BYTES - V4_BYTES; i++) {
            if (six[i] != (i < V6_BYTES - V4_BYTES - 2 ? 0 : (byte) 0xFF)) {
                return six;
            }
        }
        return Arrays.copyOfRange(six, V6_BYTES - V4_BYTES, V6_BYTES);
    }

    private static byte @Nullable [] v4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != V4_BYTES) {
            return null;
        }
        byte[] bytes = new byte[V4_BYTES];
        for (int i = 0; i < V4_BYTES; i++) {
            if (!parts[i].matches("\\d{1,3}") || Integer.parseInt(parts[i]) > 0xFF) {
                return null;
            }
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return bytes;
    }

    private static byte @Nullable [] v6(String text) {
        int gap = text.indexOf("::");
        if (gap != text.lastIndexOf("::")) {
            return null;
        }
        byte @Nullable [] head = groups(gap < 0 ? text : text.substring(0, gap));
        byte @Nullable [] tail = groups(gap < 0 ? "" : text.substring(gap + 2));
        if (head == null || tail == null) {
            return null;
        }
        int length = head.length + tail.length;
        if (gap < 0 ? length != V6_BYTES : length >= V6_BYTES) {
            return null;
        }
        byte[] bytes = new byte[V6_BYTES];
        System.arraycopy(head, 0, bytes, 0, head.length);
        System.arraycopy(tail, 0, bytes, V6_BYTES - tail.length, tail.length);
        return bytes;
    }

    private static byte @Nullable [] groups(String text) {
        if (text.isEmpty()) {
            return new byte[0];
        }
        String[] parts = text.split(":", -1);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < parts.length; i++) {
            if (i == parts.length - 1 && parts[i].indexOf('.') >= 0) {
                byte @Nullable [] four = v4(parts[i]);
                if (four == null) {
                    return null;
                }
                bytes.writeBytes(four);
            } else if (parts[i].matches("\\p{XDigit}{1,4}")) {
                int group = Integer.parseInt(parts[i], 16);
                bytes.write(group >> Byte.SIZE);
                bytes.write(group);
            } else {
                return null;
            }
        }
        return bytes.toByteArray();
    }
}
