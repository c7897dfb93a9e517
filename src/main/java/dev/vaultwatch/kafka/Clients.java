package dev.vaultwatch.kafka;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Picks what one kind of client knows: the others would warn of it. */
final class Clients {
    private Clients() {}

    static Map<String, Object> of(Map<String, String> settings, Collection<String> known) {
        Map<String, Object> picked = new HashMap<>();
        settings.forEach((key, value) -> {
            if (known.contains(key)) {
                picked.put(key, value);
            }
        });
        return picked;
    }
}
