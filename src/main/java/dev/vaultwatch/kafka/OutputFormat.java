package dev.vaultwatch.kafka;

import dev.vaultwatch.api.Alert;
import java.nio.charset.StandardCharsets;

/** What an alert's record holds. */
enum OutputFormat {
    ECS {
        @Override
        String of(Alert alert) {
            return alert.toEcsJson();
        }
    },
    TEXT {
        @Override
        String of(Alert alert) {
            return alert.toText();
        }
    };

    abstract String of(Alert alert);

    byte[] bytes(Alert alert) {
        return of(alert).getBytes(StandardCharsets.UTF_8);
    }
}
