package dev.vaultwatch.log;

import dev.vaultwatch.alert.Said;
import dev.vaultwatch.api.AlertStage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is owed to the host, by message, in order. Not thread-safe. */
final class Owed {
    private final Map<String, Said> messages = new LinkedHashMap<>();

    private static String name(String id, AlertStage stage, int revision) {
        return id + " " + stage + " " + revision;
    }

    void add(Said message) {
        messages.put(name(message.id(), message.stage(), message.revision()), message);
    }

    void remove(String id) {
        messages.values().removeIf(message -> message.id().equals(id));
    }

    void remove(String id, AlertStage stage, int revision) {
        messages.remove(name(id, stage, revision));
    }

    List<Said> messages() {
        return List.copyOf(messages.values());
    }

    List<Said> take() {
        List<Said> all = List.copyOf(messages.values());
        messages.clear();
        return all;
    }
}
