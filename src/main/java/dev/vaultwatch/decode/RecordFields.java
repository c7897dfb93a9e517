package dev.vaultwatch.decode;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.vaultwatch.decode.envelope.Carriers;
import dev.vaultwatch.decode.envelope.PowerShellText;
import dev.vaultwatch.decode.envelope.TableRows;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one record: read from JSON or a map, then asked what the record is. Used again for the next record after
 * {@link #clear()}.
 *
 * <p>An absent value is {@code null}, a missing name, an empty text or the text {@code None}, which is how some exports
 * write a null. An absent value never replaces one that is there; otherwise the last of several wins. Of a list, the first
 * value that is there counts: Elasticsearch makes no difference between a value and a list of it.
 *
 * <p>Not thread-safe.
 */
final class RecordFields extends AuditFields {

    /** Known paths are at most 7 names long, a few more under {@code _source} and in columns that moved. */
    private static final int MAX_NAMES = 24;

    /** Members of unknown names that are looked into for records; real wrappers have some twenty. */
    private static final int MAX_MEMBERS = 256;

    /** The same of objects and lists, which may be rows by their number. */
    private static final int MAX_ROWS = 10_000;

    /** JSON text may hold JSON text: columns that moved, and the claims among them. */
    private static final int MAX_TEXTS = 2;

    private final JsonFactory jsonText;

    private final FieldValues values;

    private final String[] names = new String[MAX_NAMES];
    private int depth;
    private int texts;

    /** Where each time stood, by field, for the dead letter that may be due. */
    private final Map<Field, String> timePointers = new EnumMap<>(Field.class);

    private final List<String> firstKeys = new ArrayList<>();
    private final List<Member> members = new ArrayList<>();
    private boolean membersCut;
    private boolean emptyEnvelope;
    private byte[] bytes = new byte[0];
    private int start;
    private boolean envelopes;

    /** A member that is no field of ours: its value in bytes, a text already read, or as a host has it. */
    record Member(String name, int from, int to, @Nullable Object value) {}

    /** What makes an object an envelope, and where the first element is due. */
    record Envelope(List<String> names, int first, boolean table) {}

    private DayOrder order = new DayOrder();

    /** Takes the factory that reads JSON text inside JSON, and where texts are that repeat. */
    RecordFields(JsonFactory jsonText, Interned interned) {
        this.jsonText = jsonText;
        this.values = new FieldValues(interned);
    }

    void clear() {
        values.clear();
        depth = 0;
        texts = 0;
        firstKeys.clear();
        members.clear();
        membersCut = false;
        emptyEnvelope = false;
    }

    /** Says what source the records are of. */
    void source(DayOrder daysAndMonths) {
        order = daysAndMonths;
    }

    /**
     * Reads the object whose opening bracket the parser has just passed, to its end. In an envelope it stops at the array.
     *
     * @param source what the parser reads
     * @param from where in it the parser began
     * @param intoEnvelopes whether to stop at an envelope's array; if not, it is passed over
     * @return the envelope; absent for anything else
     * @throws IOException if it is not well-formed; {@link #pointer} then says where, as far as names are known
     */
    @Nullable
    Envelope read(JsonParser parser, byte[] source, int from, boolean intoEnvelopes) throws IOException {
        bytes = source;
        start = from;
        envelopes = intoEnvelopes;
        return object(parser, FieldTree.ROOT);
    }

    private @Nullable Envelope object(JsonParser parser, FieldTree node) throws IOException {
        boolean root = node == FieldTree.ROOT;
        for (String name = name(parser, node); name != null; name = name(parser, node)) {
            FieldTree child = node.at(name);
            if (child != null) {
                // Before the value is looked at, so that a damaged one has its name in the pointer.
                enter(name);
            }
            JsonToken token = parser.nextToken();
            if (root) {
                key(name);
            }
            if (child == null && !root) {
                parser.skipChildren();
                continue;
            }
            boolean member = root && mayCarry(token, child);
            int begin = member ? offset(parser.currentTokenLocation()) : 0;
            if (child != null) {
                value(parser, token, child);
                depth--;
            } else {
                Envelope envelope = envelopes && token.isStructStart() ? envelope(parser, name, token) : null;
                if (envelope != null) {
                    return envelope;
                }
                parser.skipChildren();
            }
            if (member) {
                member(name, begin, token.isStructStart() ? offset(parser.currentLocation()) : begin, null);
            }
        }
        return null;
    }

    private int offset(JsonLocation location) {
        return start + (int) location.getByteOffset();
    }

    /** Notes a member that may hold a record; of a text the end is where it begins, and what it says may be known. */
    void member(String name, int from, int to, @Nullable JsonText text) {
        if (members.size() < (to > from ? MAX_ROWS : MAX_MEMBERS) || Carriers.isKnown(name)) {
            members.add(new Member(name, from, to, text));
        } else {
            membersCut = true;
        }
    }

    /** Whether there were more members that may hold a record than are looked into. */
    boolean hasMoreMembers() {
        return membersCut;
    }

    /** Notes a time under a name of the object itself. */
    void time(String name, Field field, String value) {
        key(name);
        enter(name);
        put(field, value);
        depth--;
    }

    /** Notes the name of a member of the object itself. */
    void key(String name) {
        if (firstKeys.size() < KeyVaultDecoder.FIRST_KEYS) {
            firstKeys.add(name.length() <= KeyVaultDecoder.MAX_KEY ? name : name.substring(0, KeyVaultDecoder.MAX_KEY));
        }
    }

    private static boolean mayCarry(JsonToken token, @Nullable FieldTree child) {
        return (token.isStructStart() || token == JsonToken.VALUE_STRING)
                && (child == null || (child.field() == null && !child.jsonText()));
    }

    /** The envelope that a member makes of this object; the parser is then inside its array, else where it was or at its end. */
    private @Nullable Envelope envelope(JsonParser parser, String name, JsonToken token) throws IOException {
        if (namesOperation()) {
            return null;
        }
        if (token == JsonToken.START_ARRAY) {
            if (TableRows.isTable(name)) {
                return new Envelope(List.of(name), 0, true);
            }
            return Carriers.isEnvelope(name) ? array(parser, List.of(name)) : null;
        }
        if (!Carriers.isHits(name)) {
            return null;
        }
        for (String inner = parser.nextFieldName(); inner != null; inner = parser.nextFieldName()) {
            if (parser.nextToken() == JsonToken.START_ARRAY && Carriers.isHits(inner)) {
                Envelope hits = array(parser, List.of(name, inner));
                if (hits != null) {
                    return hits;
                }
            }
            parser.skipChildren();
        }
        return null;
    }

    private @Nullable Envelope array(JsonParser parser, List<String> names) throws IOException {
        int first = offset(parser.currentLocation());
        int next = first;
        while (next < bytes.length
                && (bytes[next] == ' ' || bytes[next] == '\n' || bytes[next] == '\r' || bytes[next] == '\t')) {
            next++;
        }
        if (next < bytes.length && bytes[next] == ']') {
            emptyEnvelope = true;
            return null;
        }
        return new Envelope(names, first, false);
    }

    /** Whether it is an envelope without a record in it. */
    boolean isEmptyEnvelope() {
        return emptyEnvelope && !isAzure();
    }

    /** Names of the first members. */
    List<String> firstKeys() {
        return List.copyOf(firstKeys);
    }

    /** The members that may hold a record, those first that are known to. */
    List<Member> members() {
        List<Member> sorted = new ArrayList<>(members);
        sorted.sort(Comparator.comparingInt(member -> Carriers.rank(member.name())));
        return sorted;
    }

    /** The next member's name; absent at the object's end. */
    private @Nullable String name(JsonParser parser, FieldTree node) throws IOException {
        try {
            return parser.nextFieldName();
        } catch (IOException damaged) {
            // The parser looks at the value with the name. An unknown name may be a value in the wrong place: not told.
            String name = parser.currentName();
            if (name != null && node.at(name) != null) {
                enter(name);
            }
            throw damaged;
        }
    }

    private void value(JsonParser parser, JsonToken token, FieldTree node) throws IOException {
        Field field = node.field();
        switch (token) {
            case START_OBJECT -> {
                if (node.isLeaf()) {
                    parser.skipChildren();
                } else {
                    object(parser, node);
                }
            }
            case START_ARRAY -> {
                boolean found = field == null;
                for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                    if (next.isStructStart()) {
                        parser.skipChildren();
                    } else if (!found && field != null && next != JsonToken.VALUE_NULL) {
                        put(field, parser.getText());
                        found = true;
                    } else if (field == Field.AUTH_METHODS && next == JsonToken.VALUE_STRING) {
                        put(field, get(field) + "," + parser.getText());
                    }
                }
            }
            case VALUE_NULL -> {}
            default -> {
                if (field != null) {
                    put(field, parser.getText());
                } else if (node.jsonText() && token == JsonToken.VALUE_STRING) {
                    text(parser.getText(), node);
                }
            }
        }
    }

    /** Reads the fields of a map, whatever its values are. */
    void read(Map<?, ?> map) {
        map(map, FieldTree.ROOT);
    }

    private void member(String name, @Nullable Object value, @Nullable FieldTree child) {
        key(name);
        if (value != null
                && (isStruct(value) || value instanceof CharSequence)
                && (child == null || (child.field() == null && !child.jsonText()))) {
            members.add(new Member(name, 0, 0, value));
        }
    }

    private void map(Map<?, ?> map, FieldTree node) {
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            FieldTree child = entry.getKey() instanceof String name ? node.at(name) : null;
            if (node == FieldTree.ROOT && entry.getKey() instanceof String name) {
                member(name, entry.getValue(), child);
            }
            if (child != null) {
                enter((String) entry.getKey());
                hostValue(entry.getValue(), child);
                depth--;
            }
        }
    }

    private void hostValue(@Nullable Object given, FieldTree node) {
        Field field = node.field();
        Object value = given instanceof Object[] array ? Arrays.asList(array) : given;
        if (value instanceof Map<?, ?> map) {
            if (!node.isLeaf()) {
                map(map, node);
            }
        } else if (value instanceof Iterable<?> list) {
            for (Object element : list) {
                if (element != null && !isStruct(element)) {
                    hostValue(element, node);
                    return;
                }
            }
        } else if (value != null && field != null && !isStruct(value)) {
            Long millis = isTime(field) ? TimeText.hostMillis(value) : null;
            if (millis != null) {
                timePointers.put(field, pointer());
                values.put(field, millis);
            } else {
                put(field, value instanceof InetAddress address ? address.getHostAddress() : value.toString());
            }
        } else if (node.jsonText() && value instanceof CharSequence) {
            text(value.toString(), node);
        }
    }

    /** What has no text of its own: an array's would be its address, another at each run. */
    private static boolean isStruct(Object value) {
        return value instanceof Map
                || value instanceof Iterable
                || value.getClass().isArray();
    }

    static boolean isTime(Field field) {
        return field == Field.TIMESTAMP || field == Field.TIME || field == Field.TIME_GENERATED;
    }

    private void enter(String name) {
        names[depth++] = name;
    }

    private void put(Field field, String value) {
        if (!value.isEmpty() && !value.equals("None")) {
            values.put(field, value);
            if (isTime(field)) {
                timePointers.put(field, pointer());
            }
        }
    }

    /** Reads an object that comes as its own JSON text; any other text may be a name where claims are due. */
    private void text(String text, FieldTree node) {
        if (texts == MAX_TEXTS) {
            return;
        }
        Map<String, String> cut = PowerShellText.members(text);
        if (!cut.isEmpty()) {
            map(cut, node);
            return;
        }
        if (text.stripLeading().startsWith("{")) {
            Map<Field, Object> before = values.copy();
            int depthBefore = depth;
            texts++;
            try (JsonParser parser = jsonText.createParser(text)) {
                parser.nextToken();
                object(parser, node);
                return;
            } catch (IOException notJson) {
                values.restore(before);
            } finally {
                depth = depthBefore;
                texts--;
            }
        }
        if (node.isIdentity()) {
            put(Field.IDENTITY_TEXT, text);
        }
    }

    /** Where the reading stopped, or would have, as a JSON pointer of known names. */
    String pointer() {
        return pointer(Arrays.copyOf(names, depth));
    }

    @Override
    boolean has(Field field) {
        return values.has(field);
    }

    @Override
    @Nullable
    String get(Field field) {
        return values.text(field);
    }

    @Override
    void findAll(Wanted wanted) {
        longTexts(values.findAll(wanted));
    }

    @Override
    @Nullable
    String folded(Field field) {
        Interned.Entry entry = values.entry(field);
        return entry == null ? super.folded(field) : entry.folded();
    }

    @Override
    @Nullable
    String upper(Field field) {
        Interned.Entry entry = values.entry(field);
        return entry == null ? super.upper(field) : entry.upper();
    }

    @Override
    ObjectUri object(Field field) {
        Interned.Entry entry = field.isUnique() ? null : values.entry(field);
        return entry == null ? super.object(field) : entry.object();
    }

    @Override
    ResourceId upperParts(Field field) {
        Interned.Entry entry = values.entry(field);
        return entry == null ? super.upperParts(field) : entry.upperParts();
    }

    @Override
    String timePointer() {
        Field field = timeField();
        return field == null ? "" : timePointers.getOrDefault(field, "");
    }

    @Override
    ResourceId resourceParts(Field field) {
        Interned.Entry entry = values.entry(field);
        return entry == null ? super.resourceParts(field) : entry.parts();
    }

    @Override
    long millis(Field field) {
        Long millis = values.millis(field);
        if (millis != null) {
            return millis;
        }
        String text = values.text(field);
        return text == null ? TimeText.UNREADABLE : TimeText.millis(text, order);
    }

    @Override
    public String toString() {
        // Never the values: they are someone's log.
        return String.format(Locale.ROOT, "RecordFields[%s]", pointer());
    }
}
