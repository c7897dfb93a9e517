package dev.vaultwatch.engine;

import org.jspecify.annotations.Nullable;

/** A network of IP addresses, such as {@code 10.0.0.0/8}. Reads literals alone and never asks a name server. Immutable. */
final class Cidr {
    private static final int IPV4 = 4;
    private static final int IPV6 = 16;
    private static final int GROUPS = 8;

    private final byte[] network;
    private final int bits;

    private Cidr(byte[] network, int bits) {
        this.network = network;
        this.bits = bits;
    }

    /**
     * Reads a network.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Cidr of(String text) {
        int slash = text.indexOf('/');
        byte[] address = slash < 0 ? null : address(text.substring(0, slash));
        String length = text.substring(slash + 1);
        if (address == null || !length.matches("\\d{1,3}") || Integer.parseInt(length) > address.length * Byte.SIZE) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no network; expected one such as '10.0.0.0/8' or '2001:db8::/32'");
        }
        return new Cidr(address, Integer.parseInt(length));
    }

    /** Whether the text is an address in the network. */
    boolean contains(String text) {
        byte[] address = address(text);
        if (address == null || address.length != network.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >> (i % Byte.SIZE);
            if (((address[i / Byte.SIZE] ^ network[i / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    /** The bytes of an address, 4 or 16; {@code null} if it is none. */
    private static byte @Nullable [] address(String text) {
        if (text.indexOf(':') < 0) {
            return ipv4(text);
        }
        byte[] bytes = ipv6(text);
        if (bytes == null) {
            return null;
        }
        for (int i = 0; i < 10; i++) {
            if (bytes[i] != 0) {
                return bytes;
            }
        }
        boolean mapped = bytes[10] == -1 && bytes[11] == -1;
        return mapped ? new byte[] {bytes[12], bytes[13], bytes[14], bytes[15]} : bytes;
    }

    private static byte @Nullable [] ipv4(String text) {
        String[] parts = text.split("\\.", -1);
        byte[] bytes = new byte[IPV4];
        if (parts.length != IPV4) {
            return null;
        }
        for (int i = 0; i < IPV4; i++) {
            if (!parts[i].matches("\\d{1,3}") || Integer.parseInt(parts[i]) > 255) {
                return null;
            }
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return bytes;
    }

    private static byte @Nullable [] ipv6(String given) {
        String text = given;
        int lastColon = text.lastIndexOf(':');
        if (text.indexOf('.') >= 0) {
            byte[] tail = ipv4(text.substring(lastColon + 1));
            if (tail == null) {
                return null;
            }
            text = text.substring(0, lastColon + 1)
                    + Integer.toHexString(((tail[0] & 0xFF) << 8) | (tail[1] & 0xFF))
                    + ":"
                    + Integer.toHexString(((tail[2] & 0xFF) << 8) | (tail[3] & 0xFF));
        }
        int gap = text.indexOf("::");
        if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
            return null;
        }
        String[] before = groups(gap < 0 ? text : text.substring(0, gap));
        String[] after = gap < 0 ? new String[0] : groups(text.substring(gap + 2));
        int given16 = before.length + after.length;
        if (gap < 0 ? given16 != GROUPS : given16 >= GROUPS) {
            return null;
        }
        byte[] bytes = new byte[IPV6];
        return put(before, bytes, 0) && put(after, bytes, GROUPS - after.length) ? bytes : null;
    }

    private static String[] groups(String text) {
        return text.isEmpty() ? new String[0] : text.split(":", -1);
    }

    private static boolean put(String[] groups, byte[] bytes, int at) {
        for (int i = 0; i < groups.length; i++) {
            if (!groups[i].matches("[0-9A-Fa-f]{1,4}")) {
                return false;
            }
            int value = Integer.parseInt(groups[i], 16);
            bytes[2 * (at + i)] = (byte) (value >> 8);
            bytes[2 * (at + i) + 1] = (byte) value;
        }
        return true;
    }
}
