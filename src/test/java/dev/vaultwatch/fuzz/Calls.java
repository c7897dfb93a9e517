package dev.vaultwatch.fuzz;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourcePosition;
import dev.vaultwatch.fuzz.Scenario.Places;
import dev.vaultwatch.fuzz.Step.Shape;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The calls by which records are given. */
final class Calls {
    private Calls() {}

    /**
     * Gives records to a plugin.
     *
     * @param source empty for the default source
     * @param first the index of the first record
     */
    static Admission give(
            DetectionPlugin plugin, Optional<Source> source, Reading feed, int first, List<Item> items, Shape shape) {
        byte[] json = json(items, shape);
        OffsetRange range = new OffsetRange(feed.offset(first), feed.offset(first + items.size() - 1));
        if (feed.feeder.name().isEmpty()) {
            return switch (shape) {
                case MAP -> plugin.accept(items.get(0).record());
                case PART_OF_ARRAY -> plugin.accept(padded(json), 3, json.length);
                default -> plugin.accept(json);
            };
        }
        Source named = source.orElseThrow();
        return switch (feed.feeder.places()) {
            case POSITIONS -> plugin.accept(new SourcePosition(feed.feeder.name(), range.first()), json);
            case OFFSETS ->
                switch (shape) {
                    case MAP -> named.accept(range, items.get(0).record());
                    case PART_OF_ARRAY -> named.accept(range, padded(json), 3, json.length);
                    default -> named.accept(range, json);
                };
            case NONE ->
                switch (shape) {
                    case MAP -> named.accept(items.get(0).record());
                    case PART_OF_ARRAY -> named.accept(padded(json), 3, json.length);
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
        byte[] wider = new byte[json.length + 7];
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
