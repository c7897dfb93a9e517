package dev.vaultwatch.samples;

import java.time.Instant;
import java.util.List;

/**
 * What the rule must say of one person's minute.
 *
 * @param minute the minute's start, UTC
 * @param upn the person
 * @param eventCount reads in the minute
 * @param actions the distinct operations, sorted
 */
public record ExpectedAlert(Instant minute, String upn, int eventCount, List<String> actions) {

    public ExpectedAlert {
        actions = List.copyOf(actions);
    }
}
