package dev.vaultwatch.alert.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.api.AlertStage;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** When an alert is written, and by what. */
class RenderedTest {
    private final AtomicInteger written = new AtomicInteger();

    private final AlertFormat counting = new AlertFormat() {
        @Override
        public String name() {
            return "counting";
        }

        @Override
        public String render(Alert alert) {
            return "written " + written.incrementAndGet();
        }
    };

    @Test
    @DisplayName("An alert is written when asked, and once per format")
    void once() {
        Rendered rendered = new Rendered();
        Alert alert = Sample.of(AlertStage.ON_TIME);
        assertThat(written).hasValue(0);

        assertThat(rendered.in(counting, alert)).isEqualTo("written 1");
        assertThat(rendered.in(counting, alert)).isEqualTo("written 1");
    }

    @Test
    @DisplayName("What a format throws is not kept: the next to ask gets another try")
    void failure() {
        Rendered rendered = new Rendered();
        Alert alert = Sample.of(AlertStage.ON_TIME);
        AlertFormat failing = new AlertFormat() {
            @Override
            public String name() {
                return "failing";
            }

            @Override
            public String render(Alert each) {
                if (written.incrementAndGet() == 1) {
                    throw new IllegalStateException("not yet");
                }
                return "now";
            }
        };

        assertThatThrownBy(() -> rendered.in(failing, alert)).hasMessage("not yet");
        assertThat(rendered.in(failing, alert)).isEqualTo("now");
    }

    @Test
    @DisplayName("The four formats are found by name")
    void named() {
        assertThat(AlertFormat.all()).extracting(AlertFormat::name).containsExactly("cef", "ecs", "ocsf", "text");
        assertThat(AlertFormat.named("ocsf")).isInstanceOf(OcsfFormat.class);
        assertThat(List.of(AlertFormats.cef(), AlertFormats.ecs(), AlertFormats.ocsf(), AlertFormats.text()))
                .extracting(AlertFormat::name)
                .containsExactly("cef", "ecs", "ocsf", "text");
    }

    @Test
    @DisplayName("A name that is none says which there are")
    void unknown() {
        assertThatThrownBy(() -> AlertFormat.named("leef"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("There is no alert format \"leef\"; known are cef, ecs, ocsf, text.");
    }

    @Test
    @DisplayName("The product's version is the descriptor's")
    void version() throws Exception {
        assertThat(java.nio.file.Files.readString(java.nio.file.Path.of("plugin-descriptor.json")))
                .contains("\"version\": \"" + Product.VERSION + "\"");
    }
}
