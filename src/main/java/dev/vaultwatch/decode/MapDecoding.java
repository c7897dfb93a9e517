package dev.vaultwatch.decode;

import dev.vaultwatch.api.DeadLetter;
import dev.vaultwatch.api.DeadLetter.Reason;
import dev.vaultwatch.decode.envelope.AnswerMarks;
import dev.vaultwatch.decode.envelope.Carriers;
import dev.vaultwatch.decode.envelope.Rows;
import dev.vaultwatch.decode.envelope.TableRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decodes one map of a host's, with the wrappers that may be around its records: the same as for bytes, on values. */
final class MapDecoding {
    /** Each wrapper and each envelope is a level of its own here. */
    private static final int MAX_LEVELS = 2 * Tools.MAX_LEVELS;

    private final Tools tools;
    private final Reporter reporter;
    private final FlatPath flat;

    /** The maps around the one that is being looked at: a host's may hold themselves. */
    private final Set<Map<?, ?>> around = Collections.newSetFromMap(new IdentityHashMap<>());

    MapDecoding(Tools tools, Reporter reporter, FlatPath flat) {
        this.tools = tools;
        this.reporter = reporter;
        this.flat = flat;
    }

    void run(Map<String, ?> event) {
        try {
            map(event, "", 0);
        } catch (RuntimeException | StackOverflowError failure) {
            reporter.rethrowOwn(failure);
            reporter.deadLetter(Letters.internal(failure).at("", MapText.of(event)), true);
        }
    }

    private void element(@Nullable Object element, String pointer, int level) {
        if (element instanceof Map<?, ?> map) {
            map(map, pointer, level);
            return;
        }
        if (element instanceof CharSequence text && text(text.toString(), pointer, level)) {
            return;
        }
        List<?> cells = level < MAX_LEVELS ? list(element) : null;
        if (cells != null && cells(cells, pointer, level + 1)) {
            return;
        }
        noRecord(element, pointer);
    }

    /** Decodes what stands in a row without columns; false if none of it carries a record, and nothing was reported then. */
    private boolean cells(List<?> cells, String pointer, int level) {
        boolean found = false;
        for (int i = 0; i < cells.size(); i++) {
            Object cell = cells.get(i);
            if (!(cell instanceof Map || cell instanceof CharSequence || list(cell) != null)) {
                continue;
            }
            Reporter.Probe probe = reporter.probe();
            element(cell, pointer + "/" + i, level);
            boolean recognised = reporter.end(probe);
            if (found
                    && !recognised
                    && cell instanceof CharSequence text
                    && text.toString().indexOf('{') >= 0) {
                noRecord(cell, pointer + "/" + i);
            }
            found |= recognised;
        }
        return found;
    }

    private void noRecord(@Nullable Object element, String pointer) {
        reporter.deadLetter(
                new DeadLetter(
                        Reason.NOT_A_RECORD,
                        pointer,
                        "An element of the envelope is not a map.",
                        "A map of fields.",
                        MapText.of(element)),
                false);
    }

    private void map(Map<?, ?> map, String pointer, int level) {
        if (around.add(map)) {
            try {
                distinct(map, pointer, level);
            } finally {
                around.remove(map);
            }
        }
    }

    private void distinct(Map<?, ?> map, String pointer, int level) {
        RecordFields fields = tools.newFields(reporter.order());
        try {
            fields.read(map);
        } catch (RuntimeException | StackOverflowError failure) {
            reporter.deadLetter(Letters.internal(failure).at(pointer, MapText.of(map)), true);
            return;
        }
        String action = fields.auditAction();
        if (!fields.namesOperation() && isEnvelope(map, fields, pointer, level)) {
            return;
        }
        if (action != null || fields.isOtherLog()) {
            if (!reporter.judge(fields, action, new byte[0], 0, 0)) {
                reporter.deadLetter(Letters.badTime(fields, pointer, MapText.of(map)), true);
            }
        } else if (fields.firstKeys().equals(Rows.DAMAGED)) {
            reporter.deadLetter(Letters.DAMAGED_ROW.at(pointer, MapText.of(map)), true);
        } else if (members(fields, pointer, level)) {
            if (map.containsKey(AnswerMarks.PARTIAL)) {
                partial(map, pointer);
            } else if (Boolean.TRUE.equals(map.get(AnswerMarks.PREVIEW))) {
                reporter.order().preview();
            }
        } else {
            if (fields.isUnderstood()) {
                reporter.ignored(fields.whyNoAction());
            } else {
                reporter.unrecognised(fields.firstKeys());
            }
        }
    }

    /** Decodes the elements of an envelope; false if the map is none. */
    private boolean isEnvelope(Map<?, ?> map, RecordFields fields, String pointer, int level) {
        if (level >= MAX_LEVELS) {
            return false;
        }
        boolean empty = false;
        boolean any = false;
        for (RecordFields.Member member : fields.members()) {
            Object value = member.value();
            String place = AuditFields.pointer(member.name());
            boolean envelope = Carriers.isEnvelope(member.name());
            if (Carriers.isHits(member.name()) && value instanceof Map<?, ?> hits) {
                value = hits.get(member.name());
                place += place;
                envelope = true;
            }
            List<?> elements = envelope ? list(value) : null;
            if (elements == null) {
                continue;
            }
            empty |= elements.isEmpty();
            if (any ? holdsObjects(elements) : !elements.isEmpty()) {
                any = true;
                elements(elements, pointer + place, level);
            }
        }
        boolean found =
                any || table(map, pointer, level) || tables(map, pointer, level) || (empty && !fields.isAzure());
        if (found) {
            partial(map, pointer);
        }
        return found;
    }

    private static boolean holdsObjects(List<?> elements) {
        return !elements.isEmpty() && (elements.get(0) instanceof Map || list(elements.get(0)) != null);
    }

    /** Tells of an answer that says that it is partial. */
    private void partial(Map<?, ?> answer, String pointer) {
        AnswerMarks marks = new AnswerMarks();
        for (Map.Entry<?, ?> member : answer.entrySet()) {
            if (member.getKey() instanceof String name && member.getValue() != null && AnswerMarks.isMark(name)) {
                marks.member(name, member.getValue());
            }
        }
        if (marks.isPartial()) {
            reporter.deadLetter(Letters.partial(marks.sentence()).at(pointer, MapText.of(answer)), false);
        }
    }

    /** Decodes the rows of an answer of tables, which may have none; false if none of them is a table. */
    private boolean tables(Map<?, ?> map, String pointer, int level) {
        boolean any = false;
        for (String name : TableRows.TABLES) {
            int index = 0;
            for (Object table : Objects.requireNonNullElse(list(map.get(name)), List.of())) {
                String place = pointer + "/" + name + "/" + index++;
                any |= table instanceof Map<?, ?> its && table(its, place, level + 1);
            }
        }
        return any;
    }

    private void elements(List<?> elements, String pointer, int level) {
        int index = 0;
        for (Object element : elements) {
            element(element, pointer + "/" + index++, level + 1);
        }
    }

    private boolean table(Map<?, ?> map, String pointer, int level) {
        List<?> fields = list(map.get(TableRows.FIELDS));
        List<?> columns = fields != null
                ? fields
                : TableRows.COLUMNS.stream()
                        .map(name -> list(map.get(name)))
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(List.of());
        if (columns.isEmpty()) {
            return false;
        }
        List<?> turned = fields == null ? null : list(map.get("columns"));
        if (turned != null) {
            columns(columns, turned, pointer + "/columns/", level);
            return true;
        }
        for (String name : TableRows.ROWS) {
            List<?> rows = list(map.get(name));
            if (rows == null) {
                continue;
            }
            int index = 0;
            for (Object row : rows) {
                List<?> cells = list(row);
                element(cells == null ? row : row(columns, cells), pointer + "/" + name + "/" + index++, level + 1);
            }
            return true;
        }
        return false;
    }

    /** Decodes rows of which the columns stand one after the other. */
    private void columns(List<?> names, List<?> columns, String pointer, int level) {
        int rows = columns.stream()
                .mapToInt(column ->
                        Objects.requireNonNullElse(list(column), List.of()).size())
                .max()
                .orElse(0);
        for (int i = 0; i < rows; i++) {
            List<@Nullable Object> cells = new ArrayList<>();
            for (Object column : columns) {
                List<?> values = list(column);
                cells.add(values == null || i >= values.size() ? null : values.get(i));
            }
            element(row(names, cells), pointer + i, level + 1);
        }
    }

    private static Map<String, @Nullable Object> row(List<?> columns, List<?> cells) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        for (int i = 0; i < Math.min(columns.size(), cells.size()); i++) {
            row.put(column(columns.get(i)), cells.get(i));
        }
        return columns.size() == cells.size() ? row : Map.of(Rows.DAMAGED.get(0), row);
    }

    private static String column(@Nullable Object column) {
        if (column instanceof Map<?, ?> named) {
            return TableRows.NAMES.stream()
                    .filter(named::containsKey)
                    .map(name -> String.valueOf(named.get(name)))
                    .findFirst()
                    .orElse("");
        }
        return String.valueOf(column);
    }

    private boolean members(RecordFields fields, String pointer, int level) {
        if (level >= MAX_LEVELS) {
            return false;
        }
        for (RecordFields.Member member : fields.members()) {
            Reporter.Probe probe = reporter.probe();
            member(member, pointer, level);
            if (reporter.end(probe)) {
                others(fields.members(), member, Reporter.correlation(probe), Reporter.isSingle(probe), pointer, level);
                return true;
            }
        }
        return false;
    }

    private void member(RecordFields.Member member, String pointer, int level) {
        String place = pointer + AuditFields.pointer(member.name());
        Object value = member.value();
        List<?> elements = list(value);
        if (elements != null) {
            elements(elements, place, level);
        } else if (value instanceof Map<?, ?> map) {
            map(map, place, level + 1);
        } else if (value instanceof CharSequence text) {
            text(text.toString(), place, level);
        }
    }

    /**
     * As {@link Unwrapper#members}: what stands beside a record is another one if it has a correlation id of its own, or if it stands
     * under a name of nobody's and has the record's first field.
     */
    private void others(
            List<RecordFields.Member> members,
            RecordFields.Member read,
            String correlation,
            boolean single,
            String pointer,
            int level) {
        boolean rows = read.value() instanceof Map<?, ?> first && !first.isEmpty() && !Carriers.isKnown(read.name());
        List<Runnable> known = new ArrayList<>();
        known.add(() -> member(read, pointer, level));
        List<Runnable> unsure = new ArrayList<>();
        for (RecordFields.Member other : members.subList(members.indexOf(read) + 1, members.size())) {
            boolean row = rows && isSibling(read.value(), other.value());
            boolean one = row || (single && known.size() == 1);
            String value = String.valueOf(list(other.value()) == null ? other.value() : list(other.value()));
            Unwrapper.report(
                    reporter,
                    SecondRecord.of(correlation, one, read.name(), other.name(), value),
                    row,
                    () -> member(other, pointer, level),
                    known,
                    unsure);
        }
        Unwrapper.compare(reporter, known, unsure);
    }

    private static boolean isSibling(@Nullable Object read, @Nullable Object other) {
        return read instanceof Map<?, ?> first
                && other instanceof Map<?, ?> map
                && map.containsKey(first.keySet().iterator().next())
                && !map.equals(first);
    }

    private boolean text(String text, String pointer, int level) {
        byte[] payload = Carriers.payload(text);
        if (payload == null) {
            return false;
        }
        if (Carriers.isObject(payload)) {
            return Framing.inner(tools, reporter, flat, payload, pointer, level / 2 + 1);
        }
        Reporter.Probe probe = reporter.probe();
        Framing.inner(tools, reporter, flat, payload, pointer, level / 2 + 1);
        return reporter.end(probe);
    }

    private static @Nullable List<?> list(@Nullable Object value) {
        if (value instanceof Object[] array) {
            return Arrays.asList(array);
        }
        if (value instanceof List<?> list) {
            return list;
        }
        if (value instanceof Iterable<?> some) {
            List<Object> list = new ArrayList<>();
            some.forEach(list::add);
            return list;
        }
        return null;
    }
}
