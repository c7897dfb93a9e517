package dev.vaultwatch.differential;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a record says, kept apart from the bytes that say it: the bytes go to the plugin, these columns to the oracle, and so a
 * fault in decoding can't hide in both. Immutable.
 *
 * @param time to 100 ns, as Azure writes it
 * @param columns what the record carries; a column that it does not carry has no entry
 */
record Fact(Instant time, Map<Column, String> columns) {

    /** The oracle's columns, in the words of the records and before any reading of them, such as which claim is the person. */
    enum Column {
        DATASET,
        ACTION,
        CLAIM_UPN,
        CLAIM_URL_UPN,
        CLAIM_OBJECTID,
        CLAIM_OID,
        CLAIM_URL_OID,
        APP_ID,
        SOURCE_IP,
        CITY,
        REGION,
        COUNTRY,
        ORGANIZATION,
        VAULT,
        RESOURCE_GROUP,
        SUBSCRIPTION_ID,
        RESOURCE_ID,
        RESULT_TYPE,
        RESULT_SIGNATURE,
        CLOUD_REGION,
        AGENT
    }

    Fact {
        columns = Map.copyOf(columns);
    }

    @Nullable
    String get(Column column) {
        return columns.get(column);
    }
}
