package dev.vaultwatch.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vaultwatch.api.Admission;
import dev.vaultwatch.api.Alert;
import dev.vaultwatch.api.AlertListener;
import dev.vaultwatch.api.DetectionPlugin;
import dev.vaultwatch.api.DetectionPluginFactory;
import dev.vaultwatch.api.OffsetRange;
import dev.vaultwatch.api.PluginContext;
import dev.vaultwatch.api.PluginHealth;
import dev.vaultwatch.api.Source;
import dev.vaultwatch.api.SourceSpec;
import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records of a host's that hands them over in every form at once: maps and bytes, alone and in envelopes and tables, with offsets of
 * which a part was given before, in a part of one buffer of 3 MB that it writes over after each call. Each record is answered for
 * what it is, and the alerts are those that all of them deserve. {@code -Dfuzz.seed}, {@code -Dfuzz.runs} and {@code -Dfuzz.from} as
 * in {@link Fuzzing}.
 */
class ShapesFuzzTest {
    private static final long ORIGIN = 1_772_323_200_000L;
    private static final int LONG_TEXT = 150_000;
    private static final FuzzRule RULE = FuzzRule.shipped(3, 1);

    @TempDir
    Path folder;

    private String form = "";
    private final byte[] buffer = new byte[3 << 20];
    private final List<Alert> alerts = new ArrayList<>();
    private int number;

    /** What a record is to be answered as. */
    private enum Kind {
        KEPT,
        UNWANTED,
        STRANGER,
        TIMELESS
    }

    private record Drawn(Kind kind, Item item, Map<String, Object> record) {}

    private final class Ears implements AlertListener {
        @Override
        public void onAlert(Alert alert) {
            alerts.add(alert);
        }
    }

    private Drawn drawn(Dice dice, long time, boolean large) {
        Kind kind = dice.oneIn(6) ? dice.oneOf(Kind.UNWANTED, Kind.STRANGER, Kind.TIMELESS) : Kind.KEPT;
        Item item = new Item(
                number++,
                kind == Kind.STRANGER
                        ? Item.Kind.STRANGER
                        : kind == Kind.TIMELESS ? Item.Kind.TIMELESS : Item.Kind.EVENT,
                time,
                kind == Kind.UNWANTED ? "SecretSet" : dice.oneOf("SecretGet", "SecretList", "KeyGet"),
                dice.oneOf("ann@contoso.example", "zoë.müller@contoso.example", "李雷@contoso.example"),
                "oid",
                "VAULT" + dice.below(3),
                "192.0.2." + dice.below(4));
        Map<String, Object> record = new LinkedHashMap<>(item.record());
        if (kind != Kind.STRANGER && large && dice.oneIn(3)) {
            record.put("properties", new LinkedHashMap<>(Map.of("trace", text(dice))));
        }
        return new Drawn(kind, item, record);
    }

    /** As long as a part of a record may be, with all that JSON escapes. */
    private static String text(Dice dice) {
        String some = dice.oneOf("x", "ü", "\"", "\\", "\n", "{", "]}", "李", "\uD83D\uDE00", "time\":\"");
        return some.repeat(dice.below(LONG_TEXT) / some.length());
    }

    /** A tree around records: maps, lists, texts. */
    private static Object wrapped(List<Map<String, Object>> records, Dice dice) {
        return switch (dice.below(records.size() == 1 ? 8 : 6)) {
            case 0 -> map("records", records);
            case 1 -> map("value", records, "odata.nextLink", "none");
            case 2 -> table(records);
            case 3 -> map("tables", List.of(table(records)));
            case 4 -> {
                int cut = dice.below(records.size() + 1);
                List<Object> tables = new ArrayList<>();
                List.of(records.subList(0, cut), records.subList(cut, records.size()))
                        .forEach(some -> tables.add(table(some)));
                yield records.isEmpty() || cut == 0 || cut == records.size()
                        ? map("results", records)
                        : map("tables", tables);
            }
            case 5 -> fits(records) ? map("batch", map("records", records)) : map("records", records);
            case 6 -> map("_index", "logs", "_source", records.get(0));
            default -> records.get(0);
        };
    }

    /** Whether what is around them is surely no larger than a record may be: a letter takes 6 bytes at most. */
    private static boolean fits(List<Map<String, Object>> records) {
        return records.stream().mapToInt(record -> record.toString().length()).sum() < 170_000;
    }

    private static Map<String, Object> map(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i].toString(), pairs[i + 1]);
        }
        return map;
    }

    /** Log Analytics' form: a record's members are columns, and what it does not have is empty. */
    private static Map<String, Object> table(List<Map<String, Object>> records) {
        LinkedHashSet<String> names = new LinkedHashSet<>();
        records.forEach(record -> names.addAll(record.keySet()));
        List<Object> columns = new ArrayList<>();
        names.forEach(name -> columns.add(map("name", name, "type", "string")));
        List<Object> rows = new ArrayList<>();
        for (Map<String, Object> record : records) {
            List<Object> row = new ArrayList<>();
            names.forEach(name -> row.add(record.getOrDefault(name, "")));
            rows.add(row);
        }
        return map("name", "PrimaryResult", "columns", columns, "rows", rows);
    }

    private static void json(Object value, StringBuilder to, Dice dice) {
        if (dice.oneIn(10)) {
            to.append(dice.oneOf(" ", "\n", "\t"));
        }
        if (value instanceof Map<?, ?> map) {
            String separator = "{";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                to.append(separator);
                json(entry.getKey(), to, dice);
                to.append(':');
                json(entry.getValue(), to, dice);
                separator = ",";
            }
            to.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof List<?> list) {
            String separator = "[";
            for (Object each : list) {
                to.append(separator);
                json(each, to, dice);
                separator = ",";
            }
            to.append(list.isEmpty() ? "[]" : "]");
        } else if (value instanceof Number) {
            to.append(value);
        } else {
            to.append('"');
            value.toString().chars().forEach(each -> {
                if (each == '"' || each == '\\') {
                    to.append('\\').append((char) each);
                } else if (each < ' ') {
                    to.append(String.format("\\u%04x", each));
                } else {
                    to.append((char) each);
                }
            });
            to.append('"');
        }
    }

    /** The same values in containers of other kinds. */
    private static Object asOthers(Object value, Dice dice) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> other = dice.coin() ? new LinkedHashMap<>() : new TreeMap<>();
            map.forEach((name, each) -> other.put(name.toString(), asOthers(each, dice)));
            return other;
        }
        if (value instanceof List<?> list) {
            List<Object> other = new ArrayList<>();
            list.forEach(each -> other.add(asOthers(each, dice)));
            return dice.oneIn(3) ? other.toArray() : other;
        }
        return value instanceof String text && dice.oneIn(4) ? CharBuffer.wrap(text) : value;
    }

    @SuppressWarnings("unchecked")
    private Admission give(Source source, boolean placed, OffsetRange range, List<Drawn> some, Dice dice) {
        List<Map<String, Object>> records = some.stream().map(Drawn::record).toList();
        if (dice.oneIn(3)) {
            Object wrapped = wrapped(records, dice);
            form = "map " + brief(wrapped);
            Map<String, Object> tree = (Map<String, Object>) asOthers(wrapped, dice);
            return placed ? source.accept(range, tree) : source.accept(tree);
        }
        StringBuilder text = new StringBuilder();
        switch (dice.below(3)) {
            case 0 ->
                records.forEach(record -> {
                    StringBuilder line = new StringBuilder();
                    json(record, line, dice);
                    text.append(line.toString().replace('\n', ' ')).append('\n');
                });
            case 1 -> json(records, text, dice);
            default -> json(wrapped(records, dice), text, dice);
        }
        form = "bytes " + brief(text);
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        int offset = dice.below(buffer.length - bytes.length);
        System.arraycopy(bytes, 0, buffer, offset, bytes.length);
        Admission admission = placed
                ? source.accept(range, buffer, offset, bytes.length)
                : source.accept(buffer, offset, bytes.length);
        Arrays.fill(buffer, offset, offset + bytes.length, (byte) "\"{9\n".charAt(dice.below(4)));
        return admission;
    }

    private static String brief(Object tree) {
        String text = tree.toString();
        return text.substring(0, Math.min(500, text.length()));
    }

    private static int count(List<Drawn> some, Kind kind) {
        return (int) some.stream().filter(each -> each.kind() == kind).count();
    }

    private List<String> differences(long seed) throws IOException {
        Dice dice = new Dice(seed);
        List<String> wrong = new ArrayList<>();
        alerts.clear();
        number = 0;
        DetectionPluginFactory factory =
                ServiceLoader.load(DetectionPluginFactory.class).findFirst().orElseThrow();
        List<Drawn> all = new ArrayList<>();
        long given = 0;
        try (DetectionPlugin plugin = factory.create(PluginContext.builder()
                .config("rules.dir", folder.resolve("rules").toString())
                .config("rules.cache-dir", folder.resolve("cache").toString())
                .config("rules.watch", "false")
                .config("time.idle-timeout", "PT0S")
                .config("time.max-future", "PT0S")
                .config("alerts.early", "false")
                .config("alerts.cap", "false")
                .config("alerts.max-values", "100000")
                .onAlert(new Ears())
                .build())) {
            plugin.start();
            Source placedSource = plugin.source(SourceSpec.of("placed"));
            Source other = plugin.source(SourceSpec.of("other"));
            List<Drawn> placed = new ArrayList<>();
            boolean large = dice.oneIn(3);
            for (int call = 0; call < 30; call++) {
                List<Drawn> some = new ArrayList<>();
                for (int i = dice.oneOf(1, 1, 5, large ? 12 : 60); i > 0; i--) {
                    some.add(drawn(dice, ORIGIN + call * 7_000L + dice.below(7_000), large));
                }
                boolean isPlaced = dice.coin();
                int again = isPlaced ? dice.below(Math.min(placed.size(), 6) + 1) : 0;
                List<Drawn> told = new ArrayList<>(placed.subList(placed.size() - again, placed.size()));
                told.addAll(some);
                OffsetRange range = new OffsetRange(placed.size() - again, placed.size() + some.size() - 1L);
                Admission admission = give(isPlaced ? placedSource : other, isPlaced, range, told, dice);
                given += told.size();
                all.addAll(some);
                if (isPlaced) {
                    placed.addAll(some);
                }
                boolean right = admission.status() == Admission.Status.TAKEN
                        && admission.kept() == count(some, Kind.KEPT)
                        && admission.ignored() == count(some, Kind.UNWANTED)
                        && admission.unrecognised() == count(some, Kind.STRANGER)
                        && admission.bad() == count(some, Kind.TIMELESS)
                        && admission.repeated() == again;
                if (!right) {
                    wrong.add("call " + call + ": " + admission + " to " + again + " again and "
                            + some.stream().map(each -> each.kind().toString()).collect(Collectors.joining(","))
                            + " as " + form);
                }
            }
            plugin.endOfInput();
            PluginHealth health = plugin.health();
            if (health.records() != given) {
                wrong.add(given + " records were given, and " + health.records() + " are counted");
            }
        }
        judge(all, wrong);
        return wrong;
    }

    private void judge(List<Drawn> all, List<String> wrong) {
        TreeMap<Group, TreeSet<Integer>> expected = new TreeMap<>(Group.ORDER);
        List<Item> items = all.stream()
                .filter(each -> each.kind() == Kind.KEPT)
                .map(Drawn::item)
                .toList();
        RULE.deserved(items)
                .forEach(group -> expected.put(
                        group,
                        items.stream()
                                .filter(item -> RULE.group(item).equals(group))
                                .map(Item::number)
                                .collect(Collectors.toCollection(TreeSet::new))));
        TreeMap<Group, TreeSet<Integer>> heard = new TreeMap<>(Group.ORDER);
        for (Alert alert : alerts) {
            Message message = Message.of(0, 0, alert, RULE);
            heard.put(message.group(), new TreeSet<>(message.marks()));
        }
        if (!heard.equals(expected)) {
            wrong.add("heard " + heard + ", expected " + expected);
        }
    }

    @Test
    @DisplayName("Records in any form and any buffer count once each")
    void random() throws IOException {
        Folders.writeRules(folder.resolve("rules"), List.of(RULE), "");
        Files.createDirectories(folder.resolve("cache"));
        for (long seed : Fuzzing.seeds("SHAPES", 10).toArray()) {
            assertThat(differences(seed)).as("seed " + seed).isEmpty();
        }
    }
}
