package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Notice;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

final class NoticesTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Notices notices = notices(true);

    private Notices notices(boolean live) {
        return new Notices(new Screen(new PrintStream(err, true, StandardCharsets.UTF_8), false), live);
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    @DisplayName("the same notice is said once")
    void once() {
        notices.onNotice(Notice.of(Notice.Kind.RULE_FAILED, "a rule failed", 1));
        notices.onNotice(Notice.of(Notice.Kind.RULE_FAILED, "a rule failed", 1));

        assertThat(said().lines()).containsExactly("a rule failed");
    }

    @Test
    @DisplayName(
            "of objects that were not recognised the first is kept for the summary; it is said at once where records are watched")
    void unrecognised() {
        Notices ofFiles = notices(false);
        for (Notices each : new Notices[] {ofFiles, notices}) {
            each.onNotice(Notice.of(Notice.Kind.UNRECOGNISED, "members are a\u001b[2J", 1));
            each.onNotice(Notice.of(Notice.Kind.UNRECOGNISED, "members are b", 1));
        }

        assertThat(ofFiles.firstUnrecognised()).contains("members are a\ufffd[2J");
        assertThat(said().lines()).containsExactly("members are a\ufffd[2J", "members are b");
    }

    @Test
    @DisplayName(
            "of many notices of a kind the first ten are said, and that there are more; other kinds are not held up")
    void many() {
        for (int i = 0; i < 1_000; i++) {
            notices.onNotice(Notice.of(Notice.Kind.LATE_LOSS, "window " + i, 1));
        }
        notices.onNotice(Notice.of(Notice.Kind.JOURNAL, "the journal", 1));

        assertThat(said().lines())
                .hasSize(12)
                .contains("window 9", "More notices LATE_LOSS follow, which are not shown.", "the journal")
                .doesNotContain("window 10");
    }

    @Test
    @DisplayName("what became of an edited file is said each time, the same again, too")
    void edits() {
        for (int i = 0; i < 20; i++) {
            notices.onNotice(Notice.of(Notice.Kind.RULES_RELOADED, "refused", 1));
        }

        assertThat(said().lines()).hasSize(20);
    }

    @Test
    @DisplayName("what a record or a file put into a notice can't steer the terminal, nor begin a line")
    void clean() {
        notices.onNotice(Notice.of(Notice.Kind.ALERTS_WITHHELD, "eve\u001b[2J\n[CRITICAL 99] \u202Eforged", 1));
        new Screen(new PrintStream(err, true, StandardCharsets.UTF_8), false).say("a\u0007.json can't be read");

        assertThat(said().lines())
                .containsExactly("eve\uFFFD[2J\uFFFD[CRITICAL 99] \uFFFDforged", "a\uFFFD.json can't be read");
    }
}
