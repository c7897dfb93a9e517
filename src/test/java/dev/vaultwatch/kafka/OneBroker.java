package dev.vaultwatch.kafka;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A real broker in a JVM of its own, for all tests of a class. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OneBroker {
    private @Nullable Broker started;

    @BeforeAll
    void startBroker(@TempDir Path folder) throws Exception {
        started = Broker.start(folder);
    }

    @AfterAll
    void stopBroker() {
        broker().close();
    }

    final Broker broker() {
        if (started == null) {
            throw new IllegalStateException("The broker is not started.");
        }
        return started;
    }
}
