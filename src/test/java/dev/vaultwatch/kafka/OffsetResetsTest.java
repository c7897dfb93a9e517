package dev.vaultwatch.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A partition whose next offset the brokers don't have")
class OffsetResetsTest {
    private static final TopicPartition RAW = new TopicPartition("raw", 0);

    private final MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");

    @BeforeEach
    void brokers() {
        consumer.assign(List.of(RAW));
        consumer.updateBeginningOffsets(Map.of(RAW, 100L));
        consumer.updateEndOffsets(Map.of(RAW, 200L));
    }

    private static InvalidOffsetException at(long offset) {
        return new OffsetOutOfRangeException(Map.of(RAW, offset));
    }

    @Test
    @DisplayName("is read on from its beginning, and what retention deleted unread is counted and said")
    void deleted() {
        OffsetResets resets = new OffsetResets("earliest");

        resets.reset(consumer, at(40));

        assertThat(consumer.position(RAW)).isEqualTo(100);
        assertThat(resets.lost()).isEqualTo(60);
        assertThat(resets.ofConsumer()).isEqualTo("none");
    }

    @Test
    @DisplayName("is read on from its end where that is configured, and all up to there counts as lost")
    void latest() {
        OffsetResets resets = new OffsetResets("latest");

        resets.reset(consumer, at(40));

        assertThat(consumer.position(RAW)).isEqualTo(200);
        assertThat(resets.lost()).isEqualTo(160);
    }

    @Test
    @DisplayName(
            "of a topic that was made anew, which is shorter, is read from its beginning, and nothing counts as lost")
    void shorter() {
        OffsetResets resets = new OffsetResets("earliest");

        resets.reset(consumer, at(1_000));

        assertThat(consumer.position(RAW)).isEqualTo(100);
        assertThat(resets.lost()).isZero();
    }

    @Test
    @DisplayName("ends the host where the configuration says so")
    void none() {
        OffsetResets resets = new OffsetResets("none");
        InvalidOffsetException gone = at(40);

        assertThatThrownBy(() -> resets.reset(consumer, gone)).isSameAs(gone);
    }

    @Test
    @DisplayName("is read from where the policy says if nothing was committed yet")
    void first() {
        OffsetResets resets = new OffsetResets("earliest");

        assertThatThrownBy(() -> consumer.poll(Duration.ZERO))
                .isInstanceOfSatisfying(InvalidOffsetException.class, e -> {
                    resets.reset(consumer, e);
                    assertThat(consumer.position(RAW)).isEqualTo(100);
                    assertThat(resets.lost()).isZero();
                });
    }
}
