package dev.vaultwatch.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.vaultwatch.decode.Decoders;
import dev.vaultwatch.decode.KeyVaultDecoder;
import dev.vaultwatch.samples.Operations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** What each step of decoding brings, one thread, nothing behind the decoder. */
final class Steps {
    private Steps() {}

    /** Nanoseconds of CPU time and bytes allocated a record, by step; the best of some rounds. */
    static Map<String, double[]> run(Blocks data, int rounds) {
        KeyVaultDecoder full = Decoders.of(false);
        KeyVaultDecoder flat = Decoders.of(true);
        Yardstick yardstick = new Yardstick();
        long[] expected = {-1};
        Map<String, LongSupplier> steps = new LinkedHashMap<>();
        steps.put("lines cut", () -> {
            long[] bytes = {0};
            data.blocks().forEach(each -> Blocks.lines(each, (block, from, to) -> bytes[0] += to - from));
            return bytes[0];
        });
        steps.put("Jackson's tokens alone", () -> {
            JsonFactory json = new JsonFactory();
            long tokens = 0;
            for (byte[] block : data.blocks()) {
                try (JsonParser parser = json.createParser(block)) {
                    while (parser.nextToken() != null) {
                        tokens++;
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return tokens;
        });
        steps.put("yardstick's parse", () -> {
            long[] events = {0};
            data.blocks()
                    .forEach(each -> Blocks.lines(each, (block, from, to) -> {
                        yardstick.read(block, from, to, event -> events[0]++);
                    }));
            return events[0];
        });
        steps.put("full parse", () -> same(expected, Decoders.decode(full, data.blocks(), Operations::isRead)));
        steps.put("byte scan alone", () -> Decoders.scan(data.blocks()));
        steps.put("byte scan, all refused", () -> Decoders.decode(flat, data.blocks(), action -> false).ignored);
        steps.put("byte scan, events", () -> same(expected, Decoders.decode(flat, data.blocks(), Operations::isRead)));

        Map<String, double[]> results = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            steps.forEach((name, step) -> {
                Clocks clocks = Clocks.of(1, () -> Check.that(step.getAsLong() != 0, name));
                double nanos = (double) clocks.cpu() / data.records();
                double bytes = (double) clocks.allocated() / data.records();
                results.merge(name, new double[] {nanos, bytes}, (a, b) -> a[0] <= b[0] ? a : b);
            });
        }
        return results;
    }

    private static long same(long[] expected, Decoders.Counts counts) {
        Check.that(counts.bad == 0, "dead letters");
        if (expected[0] == -1) {
            expected[0] = counts.check;
        }
        Check.that(expected[0] == counts.check, "events differ");
        return counts.events;
    }
}
