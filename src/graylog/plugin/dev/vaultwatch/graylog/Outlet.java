package dev.vaultwatch.graylog;

import com.google.inject.Inject;
import com.google.inject.Provider;
import org.graylog2.buffers.OutputBuffer;
import org.graylog2.plugin.Message;
import org.graylog2.plugin.streams.DefaultStream;
import org.graylog2.plugin.streams.Stream;

/** The way of an alert that comes while no message is being processed: a source fell silent, and its minute closed. */
@FunctionalInterface
interface Outlet {

    /**
     * Hands a message to Graylog's outputs, and waits while they have no room. Processors and stream rules do not see it.
     *
     * @throws RuntimeException if Graylog does not take it; the plugin delivers the alert again then
     */
    void emit(Message message);

    /** Graylog's output buffer, into its default stream. */
    final class Buffered implements Outlet {
        private final Provider<OutputBuffer> buffer;
        private final Provider<Stream> defaultStream;

        @Inject
        Buffered(Provider<OutputBuffer> buffer, @DefaultStream Provider<Stream> defaultStream) {
            this.buffer = buffer;
            this.defaultStream = defaultStream;
        }

        @Override
        public void emit(Message message) {
            message.addStream(defaultStream.get());
            buffer.get().insertBlocking(message);
        }
    }
}
