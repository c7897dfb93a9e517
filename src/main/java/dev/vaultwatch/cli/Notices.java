package dev.vaultwatch.cli;

import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.NoticeListener;
import java.util.HashSet;
import java.util.Set;

/** Says each notice once: a rule that fails on every event says the same each time, and the summary has the number. */
final class Notices implements NoticeListener {
    /** Bounds the memory of a stream that never ends; beyond it a notice may be said again. */
    private static final int REMEMBERED = 1_000;

    private final Screen screen;
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
            screen.say(notice.message());
        }
    }
}
