package dev.vaultwatch.alert;

import org.jspecify.annotations.Nullable;

/**
 * What a callback of the host threw, fit for a log: classes and frames, but no message, since that may hold the alert or the
 * record that the callback was given. A host that wants its messages logs them itself.
 */
public final class CallbackFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Causes beyond it are left out; a chain may be a circle. */
    private static final int MOST_CAUSES = 8;

    public CallbackFailure(Throwable thrown) {
        this(thrown, MOST_CAUSES);
    }

    private CallbackFailure(Throwable thrown, int causes) {
        super(thrown.getClass().getName(), cause(thrown, causes), false, true);
        setStackTrace(thrown.getStackTrace());
    }

    private static @Nullable CallbackFailure cause(Throwable thrown, int causes) {
        Throwable cause = thrown.getCause();
        return cause == null || causes == 0 ? null : new CallbackFailure(cause, causes - 1);
    }
}
