package dev.vaultwatch.decode;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;

/** What a decoder's calls share: factories, limits and texts that repeat. Thread-safe. */
final class Tools {

    /** Real records nest 5 deep, Elastic's documents 6; this leaves room and is far from any stack's end. */
    static final int MAX_DEPTH = 100;

    /** Wrappers inside wrappers are looked into so far; four are the most that was seen. */
    static final int MAX_LEVELS = 8;

    final int maxRecordBytes;
    final JsonFactory json;
    final JsonFactory jsonText;

    /** Values that repeat, once for all threads. */
    final Interned interned = new Interned();

    final Callers callers = new Callers();

    Tools(int maxRecordBytes) {
        if (maxRecordBytes < 1) {
            throw new IllegalArgumentException(
                    "The most bytes of a record must be at least 1, not " + maxRecordBytes + ".");
        }
        this.maxRecordBytes = maxRecordBytes;
        this.json = factory(maxRecordBytes).build();
        // Upstream takes single quotes in the text of properties, too.
        this.jsonText = factory(maxRecordBytes)
                .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
                .build();
    }

    static JsonFactoryBuilder factory(int maxRecordBytes) {
        return new JsonFactoryBuilder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(maxRecordBytes)
                        .maxNameLength(maxRecordBytes)
                        .build())
                // Jackson's default pool is thread-local: in a host that unloads plugins, it would hold them.
                .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
                // Names come from outside. Interned, they would outlive the plugin.
                // What is edited by hand, and what some exporters write.
                .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
                .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
                .configure(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION, false);
    }

    RecordFields newFields(DayOrder order) {
        RecordFields fields = new RecordFields(jsonText, interned);
        fields.source(order);
        return fields;
    }

    /** What is beyond the limit need not be looked at to know that it is too large. */
    int limit(int start, int end) {
        return (int) Math.min(end, (long) start + maxRecordBytes);
    }
}
