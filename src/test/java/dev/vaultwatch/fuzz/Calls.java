package dev.vaultwatch.fuzz;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.fuzz.Scenario.Places;
import dev.vaultwatch.fuzz.Step.Shape;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The calls by which records are given. */
final class Calls {
    /** Three bytes before a part of an array, and some behind it. */
    private static final int PADDING = 7;

    private Calls() {}

    /**
     * Gives records to a plugin, by a host that writes into its buffer again as soon as the call has returned.
     *
     * @param source empty for the default source
     * @param first the index of the first record
     */
    static Admission give(
            DetectionPlugin plugin, Optional<Source> source, Reading feed, int first, List<Item> items, Shape shape) {
        boolean isPart = shape == Shape.PART_OF_ARRAY && feed.feeder.places() != Places.POSITIONS;
        byte[] json = isPart ? padded(json(items, shape)) : json(items, shape);
        Admission admission = give(plugin, source, feed, first, items, shape, json);
        Arrays.fill(json, (byte) '#');
        return admission;
    }

    private static Admission give(
            DetectionPlugin plugin,
            Optional<Source> source,
            Reading feed,
            int first,
            List<Item> items,
            Shape shape,
            byte[] json) {
        OffsetRange range = new OffsetRange(feed.offset(first), feed.offset(first + items.size() - 1));
        if (feed.feeder.name().isEmpty()) {
            return switch (shape) {
                case MAP -> plugin.accept(items.get(0).record());
                case PART_OF_ARRAY -> plugin.accept(json, 3, json.length - PADDING);
                default -> plugin.accept(json);
            };
        }
        Source named = source.orElseThrow();
        return switch (feed.feeder.places()) {
            case POSITIONS -> plugin.accept(new SourcePosition(feed.feeder.name(), range.first()), json);
            case OFFSETS ->
                switch (shape) {
                    case MAP -> named.accept(range, items.get(0).record());
                    case PART_OF_ARRAY -> named.accept(range, json, 3, json.length - PADDING);
                    default -> named.accept(range, json);
                };
            case NONE ->
                switch (shape) {
                    case MAP -> named.accept(items.get(0).record());
                    case PART_OF_ARRAY -> named.accept(json, 3, json.length - PADDING);
                    default -> named.accept(json);
                };
        };
    }

    /** Whether a source's records can be given several at a time. */
    static boolean isBlock(Reading feed, Shape shape) {
        boolean placeless = feed.feeder.places() == Places.NONE;
        boolean dense = feed.feeder.places() == Places.OFFSETS && feed.feeder.gap() == 1;
        return (placeless || dense) && (shape == Shape.LINES || shape == Shape.ENVELOPE || shape == Shape.ARRAY);
    }

    private static byte[] padded(byte[] json) {
        byte[] wider = new byte[json.length + PADDING];
        System.arraycopy(json, 0, wider, 3, json.length);
        return wider;
    }

    private static byte[] json(List<Item> items, Shape shape) {
        String text = switch (shape) {
            case ENVELOPE -> items.stream().map(Item::json).collect(Collectors.joining(",", "{\"records\":[", "]}"));
            case ARRAY -> items.stream().map(Item::json).collect(Collectors.joining(",", "[", "]"));
            default -> items.stream().map(Item::json).collect(Collectors.joining("\n"));
        };
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
