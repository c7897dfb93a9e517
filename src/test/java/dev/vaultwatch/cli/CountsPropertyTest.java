package dev.vaultwatch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Counter;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.samples.Wrappers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing vanishes: what becomes of a record is known when it is made, and counted so wherever it is fed and whatever is around it. */
@DisplayName("Each record is in one count, and in the right one")
class CountsPropertyTest {
    private static final long SEED = Long.getLong("vaultwatch.fuzz.seed", 20261125);
    private static final Instant START = Instant.parse("2026-11-03T02:41:00Z");
    private static final Counter[] ENDS = {
        Counter.KEPT, Counter.IGNORED, Counter.UNRECOGNISED, Counter.REPEATED, Counter.LATE, Counter.BAD
    };

    @TempDir
    Path folder = Path.of("");

    private final Wrappers wrappers = new Wrappers();

    /** Records in documents, and what is due to become of them. */
    private static final class Stream {
        private final SplittableRandom random;
        private final List<List<Object>> documents = new ArrayList<>();
        private final Map<Counter, Long> due = new EnumMap<>(Counter.class);
        private int made;

        private final Instant start;

        Stream(SplittableRandom random, int number) {
            this.random = random;
            this.start = START.plusSeconds(3_600L * number);
            int count = 3 + random.nextInt(6);
            for (int i = 0; i < count; i++) {
                List<Object> elements = new ArrayList<>();
                // What is unrecognised through and through counts as one, whatever it holds.
                elements.add(read(start));
                due(Counter.KEPT);
                for (int more = i == 0 ? 0 : random.nextInt(5); more > 0; more--) {
                    elements.add(element(elements.get(0)));
                }
                documents.add(elements);
            }
        }

        private void due(Counter counter) {
            due.merge(counter, 1L, Long::sum);
        }

        private Map<String, Object> read(Object time) {
            Map<String, Object> record = new LinkedHashMap<>();
            record.put("time", time.toString());
            record.put("category", "AuditEvent");
            record.put("operationName", made % 2 == 0 ? "SecretGet" : "SecretList");
            record.put("correlationId", start + "-" + made++);
            record.put("identity", Map.of("claim", Map.of("upn", "user" + made + "@contoso.example", "oid", "o")));
            return record;
        }

        private Object element(Object before) {
            Map<String, Object> record = read(start.plusMillis(random.nextInt(1_000)));
            return switch (random.nextInt(9)) {
                case 0 -> {
                    due(Counter.IGNORED);
                    record.put("operationName", "KeySign");
                    yield record;
                }
                case 1 -> {
                    due(Counter.IGNORED);
                    record.put("category", "Administrative");
                    yield record;
                }
                case 2 -> {
                    due(Counter.UNRECOGNISED);
                    yield Map.of("udm", Map.of("metadata", "x"));
                }
                case 3 -> {
                    due(Counter.REPEATED);
                    yield before;
                }
                case 4 -> {
                    due(Counter.LATE);
                    yield read(start.minusSeconds(86_400));
                }
                case 5 -> {
                    due(Counter.BAD);
                    yield read("soon");
                }
                case 6 -> {
                    due(Counter.BAD);
                    yield "a text that is no record";
                }
                case 7 -> {
                    due(Counter.KEPT);
                    record.put("identity", Map.of("claim", Map.of("appid", "a", "idtyp", "app")));
                    yield record;
                }
                default -> {
                    due(Counter.KEPT);
                    yield record;
                }
            };
        }

        long count(Counter counter) {
            return due.getOrDefault(counter, 0L);
        }

        long records() {
            return due.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    @Test
    @DisplayName("through accept with bytes and with maps, in answers and in health()")
    void accept() {
        Map<Counter, Long> due = new EnumMap<>(Counter.class);
        long records = 0;
        try (DetectionPlugin plugin = plugin()) {
            for (int run = 0; run < 200; run++) {
                SplittableRandom random = new SplittableRandom(SEED + run);
                Stream stream = new Stream(random, run);
                boolean maps = run % 2 == 0;
                Map<Counter, Long> answered = new EnumMap<>(Counter.class);
                StringBuilder fed = new StringBuilder("seed " + (SEED + run) + (maps ? ", as maps:\n" : ":\n"));
                for (List<Object> elements : stream.documents) {
                    Map<String, Object> document = wrappers.wrap(elements, random);
                    String line = wrappers.line(document, random);
                    fed.append(maps ? wrappers.text(document) + "\n" : line);
                    add(
                            answered,
                            maps ? plugin.accept(document) : plugin.accept(line.getBytes(StandardCharsets.UTF_8)));
                }
                PluginHealth health = plugin.health();
                records += stream.records();
                for (Counter end : ENDS) {
                    due.merge(end, stream.count(end), Long::sum);
                    assertThat(answered.getOrDefault(end, 0L))
                            .as("%s, %s", end, fed)
                            .isEqualTo(stream.count(end));
                    assertThat(health.value(end)).as("%s, %s", end, fed).isEqualTo(due.get(end));
                }
                assertThat(health.value(Counter.RECORDS)).as(fed.toString()).isEqualTo(records);
            }
        }
    }

    @Test
    @DisplayName("through replay, in the summary")
    void replay() throws IOException {
        for (int run = 0; run < 4; run++) {
            SplittableRandom random = new SplittableRandom(SEED + run);
            Stream stream = new Stream(random, 0);
            StringBuilder lines = new StringBuilder();
            for (List<Object> elements : stream.documents) {
                lines.append(wrappers.line(wrappers.wrap(elements, random), random));
            }
            Path file = Files.writeString(folder.resolve("log"), lines);

            CommandLineRun ran = CommandLineRun.of("replay", "--assume-sorted", "--dedupe", "content", file);

            String said = "seed " + (SEED + run) + ":\n" + lines + ran.err();
            assertThat(number(ran, "read")).as(said).isEqualTo(stream.records());
            assertThat(number(ran, "kept")).as(said).isEqualTo(stream.count(Counter.KEPT));
            assertThat(number(ran, "ignored")).as(said).isEqualTo(stream.count(Counter.IGNORED));
            assertThat(number(ran, "unknown")).as(said).isEqualTo(stream.count(Counter.UNRECOGNISED));
            assertThat(number(ran, "repeated")).as(said).isEqualTo(stream.count(Counter.REPEATED));
            assertThat(number(ran, "late")).as(said).isEqualTo(stream.count(Counter.LATE));
            assertThat(number(ran, "bad")).as(said).isEqualTo(stream.count(Counter.BAD));
        }
    }

    private static long number(CommandLineRun run, String label) {
        return run.errLines().stream()
                .filter(line -> line.startsWith(label + " "))
                .mapToLong(
                        line -> Long.parseLong(line.strip().split(" +", -1)[1].replace(",", "")))
                .findFirst()
                .orElse(0);
    }

    private static void add(Map<Counter, Long> to, Admission answer) {
        to.merge(Counter.KEPT, (long) answer.kept(), Long::sum);
        to.merge(Counter.IGNORED, (long) answer.ignored(), Long::sum);
        to.merge(Counter.UNRECOGNISED, (long) answer.unrecognised(), Long::sum);
        to.merge(Counter.REPEATED, (long) answer.repeated(), Long::sum);
        to.merge(Counter.LATE, (long) answer.late(), Long::sum);
        to.merge(Counter.BAD, (long) answer.bad(), Long::sum);
    }

    private static DetectionPlugin plugin() {
        DetectionPlugin plugin = ServiceLoader.load(DetectionPluginFactory.class)
                .findFirst()
                .orElseThrow()
                .create(PluginContext.builder()
                        .config("dedupe", "content")
                        .config("time.idle-timeout", "PT0S")
                        .onAlert(alert -> {})
                        .wallClock(() -> START.plusSeconds(86_400 * 30))
                        .build());
        plugin.start();
        return plugin;
    }
}
