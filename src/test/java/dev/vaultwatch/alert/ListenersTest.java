package dev.vaultwatch.alert;

import static dev.vaultwatch.alert.Judgements.judgement;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Acknowledgement;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.AlertStage;
import dev.vaultwatch.api.Notice;
import dev.vaultwatch.api.PluginContext;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What of the host is called, and what of its failures is kept. */
class ListenersTest {
    private final List<String> called = new ArrayList<>();

    private final AlertListener plain = new AlertListener() {
        @Override
        public void onAlert(Alert alert) {
            called.add("ON_TIME");
        }

        @Override
        public void onEarly(Alert alert) {
            called.add("EARLY");
        }

        @Override
        public void onRevised(Alert alert) {
            called.add("REVISED");
        }

        @Override
        public void onRetracted(Alert alert) {
            called.add("RETRACTED");
        }
    };

    private final Acknowledgement receipt = new Acknowledgement() {
        @Override
        public void acknowledge() {
            called.add("acknowledged");
        }

        @Override
        public void retry() {
            called.add("retry");
        }
    };

    private static Alert alert(AlertStage stage) {
        Judgement judgement = judgement(Judgements.rule(8), 0, "ann", 12);
        return Said.of(judgement, judgement.id(), stage, 0, 3).alert();
    }

    @ParameterizedTest
    @EnumSource(AlertStage.class)
    @DisplayName("A listener of the context hears each stage by its own method, and acknowledges by returning")
    void stages(AlertStage stage) {
        Listeners listeners =
                Listeners.of(PluginContext.builder().onAlert(plain).build());

        listeners.alerts().onAlert(alert(stage), receipt);

        assertThat(called).containsExactly(stage.name(), "acknowledged");
    }

    @Test
    @DisplayName("A listener of the context that acknowledges is given the means, and nothing is acknowledged for it")
    void acknowledging() {
        Listeners listeners = Listeners.of(PluginContext.builder()
                .onAlertToAcknowledge((alert, acknowledgement) -> called.add("given"))
                .build());

        listeners.alerts().onAlert(alert(AlertStage.ON_TIME), receipt);

        assertThat(called).containsExactly("given");
    }

    @Test
    @DisplayName("Notices go to the context's listener")
    void notices() {
        List<Notice> heard = new ArrayList<>();
        Listeners listeners = Listeners.of(
                PluginContext.builder().onAlert(plain).onNotice(heard::add).build());
        Notice notice = Notice.of(Notice.Kind.LISTENER_STUCK, "text", 1);

        listeners.notices().onNotice(notice);

        assertThat(heard).containsExactly(notice);
    }

    @Test
    @DisplayName("What a callback threw is kept with classes, frames and causes, and without messages")
    void failure() {
        Throwable thrown = new IllegalStateException("user ann", new IllegalArgumentException("secret"));

        CallbackFailure kept = new CallbackFailure(thrown);

        assertThat(kept).hasMessage("java.lang.IllegalStateException");
        assertThat(kept.getStackTrace()).isEqualTo(thrown.getStackTrace());
        assertThat(kept)
                .cause()
                .hasMessage("java.lang.IllegalArgumentException")
                .hasNoCause();
    }

    @Test
    @DisplayName("Of causes that are a circle, eight are kept")
    void circle() {
        Throwable one = new IllegalStateException();
        Throwable other = new IllegalArgumentException(one);
        one.initCause(other);
        int causes = 0;
        for (Throwable at = new CallbackFailure(one).getCause(); at != null; at = at.getCause()) {
            causes++;
        }

        assertThat(causes).isEqualTo(8);
    }
}
