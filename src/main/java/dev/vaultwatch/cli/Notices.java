package dev.vaultwatch.cli;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.NoticeListener;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Says each notice once, and {@value #EACH_KIND} of a kind: a rule that fails on every event says the same each time, late records are
 * told once a window, and the summary has the number. What is said of objects that were not recognised is kept for the summary, unless
 * somebody watches records as they come. Thread-safe.
 */
final class Notices implements NoticeListener {
    /** Bounds the memory of a stream that never ends; beyond it a notice may be said again. */
    private static final int REMEMBERED = 1_000;

    /** What a person reads before the rest is a number. */
    private static final int EACH_KIND = 10;

    private final Screen screen;
    private final boolean live;
    private Optional<String> firstUnrecognised = Optional.empty();
    private String reading = "";
    private final Map<Notice.Kind, Integer> kinds = new EnumMap<>(Notice.Kind.class);
    private final Set<String> said = new HashSet<>();

    /**
     * Makes one.
     *
     * @param live whether records are read as they are written
     */
    Notices(Screen screen, boolean live) {
        this.screen = screen;
        this.live = live;
    }

    /** What was said of the first object that was not recognised; empty if every one was. */
    synchronized Optional<String> firstUnrecognised() {
        return firstUnrecognised;
    }

    /** Whether a rule was suspended, and found nothing for a while. */
    synchronized boolean isAnySuspended() {
        return kinds.containsKey(Notice.Kind.RULE_SUSPENDED);
    }

    /** Says where what comes next is from. */
    synchronized void reading(String file) {
        reading = file;
    }

    @Override
    public synchronized void onNotice(Notice notice) {
        // The names in it are the input's: nothing of them may steer a terminal.
        String message = notice.message().replaceAll("\\p{Cntrl}", "?");
        if (notice.kind() == Notice.Kind.UNRECOGNISED) {
            firstUnrecognised = firstUnrecognised.or(
                    () -> Optional.of(reading.isEmpty() ? message : "In " + reading + ": " + message));
            if (!live) {
                return;
            }
        }
        if (notice.kind() == Notice.Kind.RULES_RELOADED) {
            // The answer to an edit: whoever makes the same mistake again waits for it, too.
            screen.say(message);
            return;
        }
        if (said.size() >= REMEMBERED) {
            said.clear();
        }
        if (said.add(message)) {
            int before = kinds.merge(notice.kind(), 1, Integer::sum) - 1;
            if (before < EACH_KIND) {
                screen.say(message);
            } else if (before == EACH_KIND) {
                screen.say("More notices " + notice.kind() + " follow, which are not shown.");
            }
        }
    }
}
