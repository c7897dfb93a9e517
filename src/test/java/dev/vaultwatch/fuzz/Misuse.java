package dev.vaultwatch.fuzz;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Source;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Calls that a careless host makes. */
final class Misuse {
    private Misuse() {}

    /** Makes them all, and says which were not refused as documented. */
    static List<String> all(Life life, int index, boolean closed, Ceiling ceiling) {
        List<String> wrong = new ArrayList<>();
        Source source = life.sources.get(index);
        if (source == null) {
            return wrong;
        }
        if (!refused(life.plugin::start)) {
            wrong.add("started twice");
        }
        if (closed) {
            source.close();
            if (!refused(() -> source.accept("{}".getBytes(StandardCharsets.UTF_8)))) {
                wrong.add("a closed source took a record");
            }
        } else {
            ceiling.told(index, 0);
            source.advanceTo(Instant.EPOCH);
            ceiling.toldAll(0);
            life.plugin.advanceTo(Instant.EPOCH);
        }
        return wrong;
    }

    /** Gives a record that ends in its middle; the number of records that were read. */
    static int garbage(Life life, int index, Consumer<String> wrong) {
        byte[] text = "{\"time\": \"2026-".getBytes(StandardCharsets.UTF_8);
        Source named = life.sources.get(index);
        Admission admission = named == null ? life.plugin.accept(text) : named.accept(text);
        if (admission.status() == Admission.Status.TAKEN && admission.bad() != 1) {
            wrong.accept("garbage was answered with " + admission);
        }
        life.bad();
        return admission.status() == Admission.Status.TAKEN ? admission.records() : 0;
    }

    private static boolean refused(Runnable call) {
        try {
            call.run();
            return false;
        } catch (IllegalStateException documented) {
            return true;
        }
    }
}
