package dev.vaultwatch.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.DeadLetter.Reason;
import dev.vaultwatch.event.KeyVaultEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three reads by one user of one vault, in each of the forms in which shippers, APIs and exports write them: a file for each form,
 * the same three events from all.
 */
@DisplayName("The same records in every surrounding")
class InputsTest {
    private static final Path FOLDER = Path.of("src/test/resources/inputs");
    private static final long SEED = Long.getLong("vaultwatch.fuzz.seed", 20261125);
    private static final int CASES = Outcome.cases(4_000) / 100;
    private static final long START = Instant.parse("2026-11-03T02:41:00.123Z").toEpochMilli();

    /** Dates with the month first, none of which has a day over 12. */
    private static final List<String> AMBIGUOUS = List.of(
            "portal-export.csv",
            "portal-export-local-time.csv",
            "portal-export-zone.csv",
            "time-narrow-space.ndjson",
            "time-portal.ndjson");

    /** What stands beside the three records: objects of the tool's own, such as the frames around a table of records. */
    private static final Map<String, Integer> UNRECOGNISED =
            Map.of("data-explorer-v2.json", 3, "elasticsearch-bulk.ndjson", 3, "splunk-rows-last.ndjson", 1);

    static Stream<String> files() throws IOException {
        try (Stream<Path> paths = Files.list(FOLDER)) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    @DisplayName("given to a decoder as a whole")
    void whole(String file) throws IOException {
        check(Outcome.of(bytes(file), IdentityMode.MERGED), file);
    }

    @ParameterizedTest
    @MethodSource("files")
    @DisplayName("read as a stream")
    void streamed(String file) throws IOException {
        check(Outcome.read(bytes(file), Outcome.MAX_BYTES), file);
    }

    @ParameterizedTest
    @MethodSource("files")
    @DisplayName("read from a pipe that gives a byte at a time, with room for little more than a record")
    void trickled(String file) throws IOException {
        InputStream slow = new ByteArrayInputStream(bytes(file)) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(1, length));
            }
        };

        // The proof of the order of day and month comes too late for those before it.
        if (!file.equals("time-day-first.ndjson")) {
            check(Outcome.read(slow, 1 << 15), file);
        }
    }

    @Test
    @DisplayName("all files of JSON lines, one behind the other")
    void mixed() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        List<String> lines = files().filter(file ->
                        file.endsWith(".ndjson") && !file.startsWith("utf16") && !file.equals("time-day-first.ndjson"))
                .toList();
        lines.forEach(file -> {
            try {
                all.writeBytes(bytes(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });

        for (Outcome outcome : List.of(
                Outcome.of(all.toByteArray(), IdentityMode.MERGED),
                Outcome.read(all.toByteArray(), Outcome.MAX_BYTES))) {
            assertThat(lines).hasSizeGreaterThan(30);
            assertThat(outcome.events).hasSize(3 * lines.size());
            assertThat(outcome.unrecognised).hasSize(4);
            assertThat(outcome.records()).isEqualTo(3 * lines.size() + 4);
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    @DisplayName("with one byte changed: every record is still reported, and those on other lines are read")
    void mutated(String file) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] bytes = bytes(file);
        boolean lines = file.endsWith(".ndjson") && !file.startsWith("utf16") && !file.startsWith("time-day-first");
        for (int i = 0; i < CASES; i++) {
            byte[] changed = bytes.clone();
            int at = random.nextInt(changed.length);
            changed[at] = (byte) "{}[]\",:\\'x0 \u00ff".charAt(random.nextInt(13));
            for (Outcome outcome :
                    List.of(Outcome.of(changed, IdentityMode.MERGED), Outcome.read(changed, Outcome.MAX_BYTES))) {
                String said = "seed " + SEED + ", byte " + at + " is now " + changed[at] + ": " + outcome;
                assertThat(outcome.letters).as(said).noneMatch(letter -> letter.reason() == Reason.INTERNAL);
                assertThat(outcome.records()).as(said).isPositive();
                if (lines && bytes[at] != '\n') {
                    assertThat(outcome.events).as(said).hasSizeGreaterThanOrEqualTo(2);
                    assertThat(outcome.records()).as(said).isGreaterThanOrEqualTo(3);
                }
            }
        }
    }

    private static void check(Outcome outcome, String file) {
        boolean dayFirst = file.equals("time-day-first.ndjson");
        assertThat(outcome.letters).isEmpty();
        int others = UNRECOGNISED.getOrDefault(file, 0);
        assertThat(outcome.unrecognised).hasSize(others);
        assertThat(outcome.records()).as(outcome.toString()).isEqualTo(others + (dayFirst ? 4 : 3));
        assertThat(outcome.actions().subList(0, 3)).containsExactly("SecretList", "SecretGet", "SecretGet");
        for (int i = 0; i < 3; i++) {
            KeyVaultEvent event = outcome.events.get(i);
            assertThat(event.time()).isEqualTo(START + i * 1000L);
            assertThat(event.upn()).isEqualTo("grace@contoso.example");
            assertThat(event.sourceIp()).isEqualTo("203.0.113.66");
            assertThat(event.vault()).isEqualTo("CONTOSO-PAY");
        }
        boolean local = file.contains("local-time");
        assertThat(outcome.notes).hasSize((AMBIGUOUS.contains(file) ? 1 : 0) + (local ? 1 : 0));
        assertThat(outcome.notes.stream().anyMatch(note -> note.contains("local time")))
                .isEqualTo(local);
        assertThat(outcome.userless).isEmpty();
    }

    private static byte[] bytes(String file) throws IOException {
        return Files.readAllBytes(FOLDER.resolve(file));
    }
}
