package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Preview's page in a browser without a head: {@code mvn -Pbrowser test}. Any Chromium will do, {@code -Dvaultwatch.browser=PATH} names
 * another than the usual places have.
 */
@DisplayName("Preview's page in a browser")
@EnabledIfSystemProperty(
        named = "vaultwatch.browser",
        matches = ".*",
        disabledReason = "mvn -Pbrowser test looks at the page in a browser")
class PageInBrowserTest {
    private static final int WIDTH = 1200;
    private static final int HEIGHT = 1800;
    private static final List<String> USUAL =
            List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome");

    @TempDir
    Path folder;

    private String browser = "";
    private Path page = Path.of("");

    @BeforeEach
    void write() throws IOException {
        String named = System.getProperty("vaultwatch.browser", "");
        Optional<String> found = Stream.concat(Stream.of(named), USUAL.stream())
                .filter(path -> !path.isEmpty() && Files.isExecutable(Path.of(path)))
                .findFirst();
        Assumptions.assumeTrue(
                found.isPresent(),
                "No browser was found, so nobody looked at the page: expected Chromium at one of " + USUAL
                        + ", or -Dvaultwatch.browser=PATH.");
        browser = found.orElseThrow();
        CommandLineRun run = CommandLineRun.of(
                "preview",
                "--set",
                "min_events=20",
                "--sweep",
                "min_events=2..40",
                "--format",
                "html",
                "src/samples/quiet-hour.auditevent.ndjson");
        assertThat(run.exitCode()).as(run.err()).isZero();
        page = Files.writeString(folder.resolve("page.html"), run.out());
    }

    private Path run(String name, String... options) throws Exception {
        Path out = folder.resolve(name);
        List<String> command = new ArrayList<>(List.of(
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--user-data-dir=" + folder.resolve("profile"),
                "--window-size=" + WIDTH + "," + HEIGHT));
        command.addAll(List.of(options));
        command.add(page.toUri().toString());
        Process process = new ProcessBuilder(command)
                .redirectOutput(folder.resolve(name + ".out").toFile())
                .redirectErrorStream(false)
                .redirectError(folder.resolve(name + ".err").toFile())
                .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS))
                    .as("the browser ended")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return out;
    }

    private BufferedImage screenshot(String name, String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--screenshot=" + folder.resolve(name));
        BufferedImage image = ImageIO.read(run(name, all.toArray(String[]::new)).toFile());
        Path kept = Files.createDirectories(Path.of("target/browser")).resolve(name);
        ImageIO.write(image, "png", kept.toFile());
        assertThat(image.getWidth()).isEqualTo(WIDTH);
        return image;
    }

    /** How many points of a colour there are. */
    private static int points(BufferedImage image, int colour) {
        int points = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                points += (image.getRGB(x, y) & 0xffffff) == colour ? 1 : 0;
            }
        }
        return points;
    }

    /** The first and the last row with so many points of a colour. */
    private static int rows(BufferedImage image, int colour) {
        int rows = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            int inRow = 0;
            for (int x = 0; x < image.getWidth(); x++) {
                inRow += (image.getRGB(x, y) & 0xffffff) == colour ? 1 : 0;
            }
            rows += inRow > 3 ? 1 : 0;
        }
        return rows;
    }

    @Test
    @DisplayName("shows bars of both rules, the sweep and text, in light and in dark")
    void colours() throws Exception {
        BufferedImage light = screenshot("light.png");
        assertThat(points(light, 0xffffff)).as("the ground").isGreaterThan(WIDTH * HEIGHT / 2);
        assertThat(points(light, 0x8a8fa3)).as("bars of today").isGreaterThan(300);
        assertThat(points(light, 0xb4232c)).as("bars of the changed rules").isGreaterThan(300);
        assertThat(points(light, 0xd9737a)).as("bars of the sweep").isGreaterThan(3_000);
        assertThat(rows(light, 0xd9737a)).as("the highest bar of the sweep").isBetween(60, 400);
        assertThat(points(light, 0x1b1b1f)).as("text").isGreaterThan(500);

        BufferedImage dark = screenshot("dark.png", "--blink-settings=preferredColorScheme=0");
        assertThat(points(dark, 0x16161a)).as("the ground").isGreaterThan(WIDTH * HEIGHT / 2);
        assertThat(points(dark, 0xff7b83)).as("bars of the changed rules").isGreaterThan(300);
        assertThat(points(dark, 0xb4555c)).as("bars of the sweep").isGreaterThan(3_000);
        assertThat(points(dark, 0xe9e9ee)).as("text").isGreaterThan(500);
    }

    @Test
    @DisplayName("has every number of the report in its tables, and prints")
    void numbers() throws Exception {
        String report = CommandLineRun.of(
                        "preview",
                        "--sweep",
                        "min_events=2..40",
                        "--format",
                        "json",
                        "src/samples/quiet-hour.auditevent.ndjson")
                .out();
        run("page.dom", "--dump-dom");
        String dom = Files.readString(folder.resolve("page.dom.out"), StandardCharsets.UTF_8)
                .replaceAll("<[^>]*>", " ")
                .replaceAll("\\s+", " ");
        int values = 0;
        for (JsonNode value : new ObjectMapper().readTree(report).at("/sweep/values")) {
            values++;
            assertThat(dom)
                    .contains(" " + value.get("value").asText() + " "
                            + value.get("alerts").asText() + " ");
        }
        assertThat(values).isEqualTo(39);
        assertThat(dom).contains("Alerts over time", "excessive-secret-retrieval", "2026-11-03T02:01:00Z");

        Path pdf = folder.resolve("page.pdf");
        run("page.pdf", "--print-to-pdf=" + pdf);
        assertThat(Files.readString(pdf, StandardCharsets.ISO_8859_1)).startsWith("%PDF-");
        assertThat(Files.size(pdf)).isGreaterThan(10_000);
    }
}
