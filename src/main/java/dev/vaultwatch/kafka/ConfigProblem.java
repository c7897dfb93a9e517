package dev.vaultwatch.kafka;

/** A configuration that can't be used; the message says where, what was wrong and what was expected. */
public final class ConfigProblem extends Exception {
    ConfigProblem(String message) {
        super(message);
    }

    ConfigProblem(String message, Throwable cause) {
        super(message, cause);
    }
}
