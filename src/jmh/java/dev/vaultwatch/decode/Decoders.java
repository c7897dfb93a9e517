package dev.vaultwatch.decode;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.event.KeyVaultEvent;
import java.util.function.Predicate;

/** Lets benchmarks see the decoder with and without its fast path, which nobody else may choose. */
public final class Decoders {
    private Decoders() {}

    /** What a decoder that is only measured gives its results to. */
    public static final class Counts implements EventSink {
        public long events;
        public long ignored;
        public long bad;
        public long check;

        @Override
        public void event(KeyVaultEvent event) {
            events++;
            check += event.time() + (event.upn() == null ? 0 : event.upn().hashCode());
        }

        @Override
        public void ignored() {
            ignored++;
        }

        @Override
        public void deadLetter(DeadLetter letter) {
            bad++;
        }
    }

    /** A decoder for whole inputs. */
    public static KeyVaultDecoder of(boolean takesFlat) {
        return new KeyVaultDecoder(IdentityMode.MERGED, 1 << 20, takesFlat);
    }

    /** Decodes all of an input. */
    public static Counts decode(KeyVaultDecoder decoder, Iterable<byte[]> inputs, Predicate<String> wanted) {
        Counts counts = new Counts();
        for (byte[] input : inputs) {
            decoder.decode(input, 0, input.length, wanted, counts);
        }
        return counts;
    }

    /** The scan alone: well-formed, and where the fields stand. */
    public static long scan(Iterable<byte[]> inputs) {
        FlatRecord flat = new FlatRecord(new Interned(), new Callers());
        flat.source(new DayOrder(), 0, 0);
        long bytes = 0;
        for (byte[] input : inputs) {
            for (int at = 0; at < input.length; ) {
                int next = flat.read(input, at, input.length);
                bytes += next - at;
                at = next + 1;
            }
        }
        return bytes;
    }
}
