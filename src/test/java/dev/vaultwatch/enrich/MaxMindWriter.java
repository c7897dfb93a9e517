package dev.vaultwatch.enrich;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes small databases in the MaxMind DB format, from its public specification (2.0): a binary tree over 128 bits with records of
 * 32 bits, a data section, and metadata behind a marker. IPv4 networks lie under ::/96.
 */
final class MaxMindWriter {
    private static final int TYPE_TEXT = 2;
    private static final int TYPE_UINT16 = 5;
    private static final int TYPE_UINT32 = 6;
    private static final int TYPE_MAP = 7;
    private static final int TYPE_UINT64 = 9;
    private static final int TYPE_ARRAY = 11;
    private static final byte[] MARKER = {
        (byte) 0xAB, (byte) 0xCD, (byte) 0xEF, 'M', 'a', 'x', 'M', 'i', 'n', 'd', '.', 'c', 'o', 'm'
    };

    private final String type;
    private final List<Object[]> nodes = new ArrayList<>();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    MaxMindWriter(String type) {
        this.type = type;
        nodes.add(new Object[2]);
    }

    /** What the database says of a network, such as {@code 81.2.69.0/24}; maps, lists, texts and integers. */
    MaxMindWriter put(String network, Map<String, ?> record) {
        String[] parts = network.split("/", -1);
        byte[] bytes = address(parts[0]);
        boolean v4 = bytes.length == 4;
        byte[] full = v4 ? Arrays.copyOf(new byte[12], 16) : bytes;
        if (v4) {
            System.arraycopy(bytes, 0, full, 12, 4);
        }
        int length = Integer.parseInt(parts[1]) + (v4 ? 96 : 0);
        int node = 0;
        for (int bit = 0; bit < length - 1; bit++) {
            int side = full[bit / 8] >> (7 - bit % 8) & 1;
            if (nodes.get(node)[side] == null) {
                nodes.get(node)[side] = nodes.size();
                nodes.add(new Object[2]);
            }
            node = (Integer) nodes.get(node)[side];
        }
        int last = length - 1;
        nodes.get(node)[full[last / 8] >> (7 - last % 8) & 1] = new Leaf(data.size());
        write(record);
        return this;
    }

    private record Leaf(int offset) {}

    byte[] bytes() {
        ByteBuffer tree = ByteBuffer.allocate(nodes.size() * 8);
        for (Object[] node : nodes) {
            for (Object side : node) {
                if (side instanceof Leaf leaf) {
                    tree.putInt(nodes.size() + 16 + leaf.offset());
                } else {
                    tree.putInt(side == null ? nodes.size() : (Integer) side);
                }
            }
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(tree.array());
        file.writeBytes(new byte[16]);
        file.writeBytes(data.toByteArray());
        file.writeBytes(MARKER);
        data.reset();
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("node_count", (long) nodes.size());
        metadata.put("record_size", 32);
        metadata.put("ip_version", 6);
        metadata.put("database_type", type);
        metadata.put("languages", List.of("en"));
        metadata.put("binary_format_major_version", 2);
        metadata.put("binary_format_minor_version", 0);
        metadata.put("build_epoch", new Uint64(1_790_000_000L));
        metadata.put("description", Map.of("en", "written by a test"));
        write(metadata);
        file.writeBytes(data.toByteArray());
        return file.toByteArray();
    }

    private record Uint64(long value) {}

    private void write(Object value) {
        if (value instanceof Map<?, ?> map) {
            control(TYPE_MAP, map.size());
            map.forEach((key, each) -> {
                write(key);
                write(each);
            });
        } else if (value instanceof List<?> list) {
            control(TYPE_ARRAY, list.size());
            list.forEach(this::write);
        } else if (value instanceof Integer number) {
            control(TYPE_UINT16, 2);
            data.writeBytes(ByteBuffer.allocate(2).putShort(number.shortValue()).array());
        } else if (value instanceof Long number) {
            control(TYPE_UINT32, 4);
            data.writeBytes(ByteBuffer.allocate(4).putInt(number.intValue()).array());
        } else if (value instanceof Uint64 number) {
            control(TYPE_UINT64, 8);
            data.writeBytes(ByteBuffer.allocate(8).putLong(number.value()).array());
        } else {
            byte[] text = value.toString().getBytes(StandardCharsets.UTF_8);
            control(TYPE_TEXT, text.length);
            data.writeBytes(text);
        }
    }

    /** Type in three bits, or 0 and a byte more; size in five, up to 28, or one byte more. */
    private void control(int kind, int size) {
        int shown = Math.min(size, 29);
        data.write((kind <= 7 ? kind << 5 : 0) | shown);
        if (kind > 7) {
            data.write(kind - 7);
        }
        if (size >= 29) {
            data.write(size - 29);
        }
    }

    private static byte[] address(String literal) {
        try {
            return InetAddress.getByName(literal).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(literal, e);
        }
    }
}
