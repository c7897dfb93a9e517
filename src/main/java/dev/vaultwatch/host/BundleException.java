package dev.vaultwatch.host;

import java.io.IOException;

/**
 * A bundle that is refused. The message says what was wrong, where, and what was expected, one fault a line. Nothing of the
 * bundle has run, and nothing of it is left behind.
 */
public final class BundleException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Takes the whole message. */
    public BundleException(String message) {
        super(message);
    }

    /** Takes the whole message and what it came from. */
    public BundleException(String message, Throwable cause) {
        super(message, cause);
    }
}
