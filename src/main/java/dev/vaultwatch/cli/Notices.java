package dev.vaultwatch.cli;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.NoticeListener;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Says each notice once, and {@value #EACH_KIND} of a kind: a rule that fails on every event says the same each time, late records are
 * told once a window, and the summary has the number. Thread-safe.
 */
final class Notices implements NoticeListener {
    /** Bounds the memory of a stream that never ends; beyond it a notice may be said again. */
    private static final int REMEMBERED = 1_000;

    /** What a person reads before the rest is a number. */
    private static final int EACH_KIND = 10;

    private final Screen screen;
    private final Map<Notice.Kind, Integer> kinds = new EnumMap<>(Notice.Kind.class);
    private final Set<String> said = new HashSet<>();

    Notices(Screen screen) {
        this.screen = screen;
    }

    @Override
    public synchronized void onNotice(Notice notice) {
        if (said.size() >= REMEMBERED) {
            said.clear();
        }
        if (said.add(notice.message())) {
            int before = kinds.merge(notice.kind(), 1, Integer::sum) - 1;
            if (before < EACH_KIND) {
                screen.say(notice.message());
            } else if (before == EACH_KIND) {
                screen.say("More notices " + notice.kind() + " follow, which are not shown.");
            }
        }
    }
}
