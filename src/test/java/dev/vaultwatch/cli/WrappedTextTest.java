package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.AlertFormat;
import dev.vaultwatch.testkit.AlertBuilder;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

final class WrappedTextTest {

    @Test
    @DisplayName("a line breaks between words, and goes on under its own text")
    void hangs() {
        String text = "  vaults  kv-one, kv-two, kv-three, kv-four, kv-five";

        assertThat(WrappedText.of(text, 30))
                .isEqualTo("  vaults  kv-one, kv-two,\n          kv-three, kv-four,\n          kv-five");
    }

    @Test
    @DisplayName("a first line, which has no label, hangs by two")
    void headline() {
        assertThat(WrappedText.of("[MEDIUM 43] mallory@contoso.example: 12 events", 41))
                .isEqualTo("[MEDIUM 43] mallory@contoso.example: 12\n  events");
    }

    @Test
    @DisplayName("a line that fits is left as it is")
    void fits() {
        assertThat(WrappedText.of("  from    203.0.113.7\n\n  end", 80)).isEqualTo("  from    203.0.113.7\n\n  end");
    }

    @Test
    @DisplayName("a word without room is cut")
    void longWord() {
        assertThat(WrappedText.of("  id      " + "x".repeat(50), 30))
                .isEqualTo("  id      " + "x".repeat(20) + "\n          " + "x".repeat(20) + "\n          "
                        + "x".repeat(10));
    }

    @Test
    @DisplayName("colour takes no room, and a character beyond 16 bits takes one column")
    void columns() {
        String coloured = "\u001b[33m[MEDIUM 43]\u001b[0m a \ud83d\ude00 b";

        assertThat(WrappedText.of(coloured, 17)).isEqualTo(coloured);
    }

    @Test
    @DisplayName("no words are lost and no line is too long, whatever the text and the width")
    void property() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 2_000; round++) {
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "  label   " : "");
            int words = random.nextInt(1, 30);
            for (int word = 0; word < words; word++) {
                text.append(word == 0 ? "" : " ").append("w".repeat(random.nextInt(1, 15)));
            }
            int width = random.nextInt(36, 120);

            String wrapped = WrappedText.of(text.toString(), width);

            assertThat(wrapped.lines())
                    .as("seed %d", seed)
                    .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(width));
            assertThat(Arrays.asList(wrapped.strip().split("\\s+")))
                    .as("seed %d", seed)
                    .isEqualTo(Arrays.asList(text.toString().strip().split("\\s+")));
        }
    }

    @Test
    @DisplayName("an alert's text is wrapped, and its name stays")
    void format() {
        WrappedText wrapped = new WrappedText(AlertFormat.named("text"), 60);

        String text = wrapped.render(AlertBuilder.alert()
                .output("vaultwatch.note", "a word ".repeat(30).strip())
                .build());

        assertThat(wrapped.name()).isEqualTo("text");
        assertThat(text.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(60));
    }
}
