package dev.vaultwatch.plugin;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.NoticeListener;
import org.jspecify.annotations.Nullable;

/**
 * The host's listeners, with a note of the thread that is in one; one thread at a time is. What they throw goes on as a
 * {@link CallbackFailure}.
 */
final class Listeners implements AlertListener, NoticeListener {
    private final AlertListener alerts;
    private final NoticeListener notices;
    private volatile @Nullable Thread inside;

    Listeners(AlertListener alerts, NoticeListener notices) {
        this.alerts = alerts;
        this.notices = notices;
    }

    /** Whether the calling thread is in a listener. */
    boolean isInside() {
        return inside == Thread.currentThread();
    }

    @Override
    public void onEarly(Alert alert) {
        enter(() -> alerts.onEarly(alert));
    }

    @Override
    public void onAlert(Alert alert) {
        enter(() -> alerts.onAlert(alert));
    }

    @Override
    public void onRevised(Alert alert) {
        enter(() -> alerts.onRevised(alert));
    }

    @Override
    public void onNotice(Notice notice) {
        enter(() -> notices.onNotice(notice));
    }

    private void enter(Runnable callback) {
        inside = Thread.currentThread();
        try {
            callback.run();
        } catch (Throwable e) {
            throw new CallbackFailure(e);
        } finally {
            inside = null;
        }
    }
}
