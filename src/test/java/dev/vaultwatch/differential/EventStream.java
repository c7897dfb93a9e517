package dev.vaultwatch.differential;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * One generated stream. Immutable.
 *
 * @param seed what it was made from: the same seed makes the same stream
 * @param slack no record trails the newest one before it by more than this
 * @param messages in order of arrival
 */
record EventStream(long seed, Duration slack, List<Message> messages) {

    /** What goes to the plugin in one call, and what it says. */
    record Message(String text, List<Fact> facts) {
        Message {
            facts = List.copyOf(facts);
        }

        byte[] json() {
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }

    EventStream {
        messages = List.copyOf(messages);
    }

    /** Every fact, in order of arrival. */
    List<Fact> facts() {
        return messages.stream().flatMap(message -> message.facts().stream()).toList();
    }

    Instant newest() {
        return facts().stream().map(Fact::time).max(Comparator.naturalOrder()).orElseThrow();
    }
}
