package dev.vaultwatch.flink;

import dev.vaultwatch.api.Notice;

/**
 * A {@link Notice} of one subtask's plugin.
 *
 * @param subtask its index, from 0
 * @param kind what it is about
 * @param message one sentence for a person
 * @param count the number it is about; 0 where there is none
 */
public record SubtaskNotice(int subtask, Notice.Kind kind, String message, long count) {
    static SubtaskNotice of(int subtask, Notice notice) {
        return new SubtaskNotice(subtask, notice.kind(), notice.message(), notice.count());
    }
}
