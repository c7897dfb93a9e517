package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The form in which steps travel and are logged. */
class RoutedTest {
    private static final byte[] JSON = "{\"user\":\"Zoë\"}".getBytes(StandardCharsets.UTF_8);

    @Test
    @DisplayName("a record is read as it was written, behind other bytes too, and written again the same")
    void roundTrip() {
        byte[] form =
                Routed.record("raw-1", 1L << 40, "user.domain,user.name", JSON).bytes(8);
        Routed read = Routed.of(form, 8);
        assertThat(read.kind()).isEqualTo(Routed.Kind.RECORD);
        assertThat(read.source()).isEqualTo("raw-1");
        assertThat(read.position()).isEqualTo(1L << 40);
        assertThat(read.grouping()).isEqualTo("user.domain,user.name");
        assertThat(read.payload()).isEqualTo(JSON);
        assertThat(read.bytes(8)).isEqualTo(form);
    }

    @Test
    @DisplayName("a watermark keeps its time")
    void watermark() {
        Instant time = Instant.parse("2026-11-03T08:00:00.123Z");
        assertThat(Routed.of(Routed.watermark("raw-1", time).bytes(), 0).time()).isEqualTo(time);
    }

    @Test
    @DisplayName(
            "what is cut short anywhere, too long, or of an unknown kind or version is refused, and never read as something else")
    void damaged() {
        byte[] form = Routed.record("raw-1", 7, "user.name", JSON).bytes();
        for (int length = 0; length < form.length; length++) {
            byte[] cut = Arrays.copyOf(form, length);
            assertThatThrownBy(() -> Routed.of(cut, 0)).as("%d bytes", length).isInstanceOf(KafkaException.class);
        }
        assertThatThrownBy(() -> Routed.of(Arrays.copyOf(form, form.length + 1), 0))
                .hasMessageContaining("bytes follow");
        byte[] kind = form.clone();
        kind[1] = 9;
        assertThatThrownBy(() -> Routed.of(kind, 0)).hasMessageContaining("of kind 9");
        byte[] version = form.clone();
        version[0] = 1;
        assertThatThrownBy(() -> Routed.of(version, 0))
                .hasMessageContaining("of version 1")
                .hasMessageContaining("reads version 2");
    }
}
