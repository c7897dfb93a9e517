package dev.vaultwatch.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.samples.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Figures of speed stand in three places: what a benchmark wrote, the tables of docs/benchmarks, the README. All say the same. */
@DisplayName("Figures of speed")
class FiguresTest {
    private static final Path FOLDER = Path.of("docs/benchmarks");
    private static final Pattern RAW = Pattern.compile("(?i)raw output: `([^`]+)`");

    /** A profile's line, of raw output or of a table: records a second in thousands, and ratios. */
    private record Line(
            long yardstick, long plugin, double wall, double cpu, double aRecord, double two, double twoYardsticks) {

        /** As the benchmark writes it. */
        static Line raw(String line) {
            String[] cells = line.replace(",", "").split("[\\s|]+", -1);
            return new Line(
                    Long.parseLong(cells[3]),
                    Long.parseLong(cells[5]),
                    Double.parseDouble(cells[7]),
                    Double.parseDouble(cells[8]),
                    Double.parseDouble(cells[10]),
                    Double.parseDouble(cells[cells.length - 2]),
                    Double.parseDouble(cells[cells.length - 1]));
        }

        /** A row of a page's table. */
        static Line row(String line) {
            String[] cells = line.split("\\s*\\|\\s*", -1);
            return new Line(
                    thousands(cells[2]),
                    thousands(cells[3]),
                    Double.parseDouble(cells[4]),
                    Double.parseDouble(cells[5]),
                    Double.parseDouble(cells[6]),
                    Double.parseDouble(cells[7]),
                    Double.parseDouble(cells[8]));
        }
    }

    private static long thousands(String text) {
        return Long.parseLong(text.replace(",000", "").replace(",", "").replace("/s", ""));
    }

    /** The text of docs/benchmarks from a heading to the next one. */
    private static String section(String heading) throws IOException {
        String page = Files.readString(FOLDER.resolve("README.md"));
        int start = page.indexOf("# " + heading + "\n");
        assertThat(start).as(heading).isPositive();
        int end = page.indexOf("\n#", start);
        return page.substring(start, end < 0 ? page.length() : end);
    }

    private static List<Line> rows(String section) {
        return section.lines()
                .filter(line -> line.matches("\\| [^|]+ \\| [\\d,]+/s \\|.*"))
                .map(Line::row)
                .toList();
    }

    /** The lines of the raw output that a section names, in the order of the profiles. */
    private static List<Line> raw(String section) throws IOException {
        Matcher name = RAW.matcher(section);
        assertThat(name.find()).as("a file of raw output is named").isTrue();
        List<String> lines = Files.readAllLines(FOLDER.resolve(name.group(1)));
        return Arrays.stream(Profile.values())
                .map(profile -> profile.name().toLowerCase(Locale.ROOT) + " .*\\|.*\\|.*")
                .flatMap(pattern -> lines.stream().filter(line -> line.matches(pattern)))
                .map(Line::raw)
                .toList();
    }

    @Test
    @DisplayName("The table of all profiles says what the benchmark wrote")
    void profiles() throws IOException {
        List<Line> rows = rows(section("Figures"));

        assertThat(rows).hasSize(Profile.values().length).isEqualTo(raw(section("Figures")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Each in a process of its own", "Three further shapes, each in a process of its own"})
    @DisplayName("So do those of processes of their own")
    void apart(String heading) throws IOException {
        String section = section(heading);

        assertThat(rows(section)).isNotEmpty().isEqualTo(raw(section));
    }

    @Test
    @DisplayName("The README shows the best profile, the worst and that of the largest records")
    void readme() throws IOException {
        String readme = Files.readString(Path.of("README.md")).replaceAll("\\s+", " ");
        List<Line> rows = rows(section("Figures"));
        List<Line> apart = rows(section("Each in a process of its own"));

        assertThat(readme)
                .contains("best " + said(most(rows, Line::plugin), " records/s"))
                .contains("worst " + said(least(rows, Line::wall), "/s"))
                .contains("records of 2.5 KB "
                        + said(rows.get(Arrays.asList(Profile.values()).indexOf(Profile.ECS_NESTED)), "/s"))
                .contains(String.format(
                        Locale.ROOT, "%.1f to %.1f x.", least(apart, Line::wall).wall, most(apart, Line::wall).wall));
    }

    private static Line most(List<Line> lines, ToDoubleFunction<Line> by) {
        return lines.stream().max(Comparator.comparingDouble(by)).orElseThrow();
    }

    private static Line least(List<Line> lines, ToDoubleFunction<Line> by) {
        return lines.stream().min(Comparator.comparingDouble(by)).orElseThrow();
    }

    private static String said(Line line, String unit) {
        return String.format(Locale.ROOT, "%,d%s, %.1f x", line.plugin * 1000, unit, line.wall);
    }
}
