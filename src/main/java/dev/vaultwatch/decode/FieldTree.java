package dev.vaultwatch.decode;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The known paths as a tree that a reader walks while it reads. From each node, every way to spell each node below it is
 * one look-up: {@code source.geo.city_name} is found under {@code source}, {@code source.geo} and the whole dotted name, so
 * nested, dotted and half-dotted documents cost the same, and names need no splitting. Immutable.
 */
final class FieldTree {

    private static final Set<String> MAY_BE_JSON_TEXT = Set.of(
            "identity",
            "Identity",
            "identity_s",
            "Identity_s",
            "identity.claim",
            "Identity.claim",
            "azure.platformlogs.identity.claim",
            "identity_claim",
            "identity_claim_s",
            "azure.platformlogs.identity",
            "properties",
            "properties_s",
            "Properties",
            "azure.platformlogs.properties");

    /** Names of the same object, each of which stands for the other's tree. */
    private static final Map<String, String> ALSO = Map.of(
            "identity_s", "identity",
            "Identity_s", "identity",
            "identity_claim", "identity.claim",
            "identity_claim_s", "identity.claim",
            "properties_s", "properties",
            "Properties", "properties");

    /** Where AzureDiagnostics puts the columns for which a full workspace has no room. */
    private static final List<String> MORE_COLUMNS = List.of("AdditionalFields", "AdditionalFields_s");

    /** Where a record begins. Elasticsearch hits carry the record one level down, under {@code _source}. */
    static final FieldTree ROOT = root();

    /** Where such a hit's record begins. */
    static final @Nullable FieldTree SOURCE = ROOT.at("_source");

    private final @Nullable Field field;
    private final boolean jsonText;
    private final Map<String, FieldTree> below;

    /** The names below as bytes, by hash, with empty slots between; and what each leads to. */
    private final @Nullable Literal[] names;

    private final @Nullable FieldTree[] children;

    /** For each length, the last bytes that a name of it has, a bit each: most names that nobody asks for end here. */
    private final long[] lastBytes = new long[Long.SIZE];

    private FieldTree(@Nullable Field field, boolean jsonText, Map<String, FieldTree> below) {
        this.field = field;
        this.jsonText = jsonText;
        this.below = below;
        int slots = Integer.highestOneBit(Math.max(1, below.size())) * 4;
        this.names = new Literal[slots];
        this.children = new FieldTree[slots];
        below.forEach((name, child) -> {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            int slot = slot(bytes, 0, bytes.length);
            while (names[slot] != null) {
                slot = (slot + 1) & (slots - 1);
            }
            names[slot] = new Literal(bytes);
            lastBytes[bytes.length & 63] |= 1L << bytes[bytes.length - 1];
            children[slot] = child;
        });
    }

    private int slot(byte[] bytes, int from, int to) {
        return (int) (Bytes.hashOfEnd(bytes, from, to) >>> 40) & (names.length - 1);
    }

    /** The field whose value stands here, if one does. */
    @Nullable
    Field field() {
        return field;
    }

    /** Whether the object expected here also comes as that object's JSON text. */
    boolean jsonText() {
        return jsonText;
    }

    /** Whether claims are due here, directly or one level down. */
    boolean isIdentity() {
        return below.containsKey("claim") || below.containsKey("upn");
    }

    boolean isLeaf() {
        return below.isEmpty();
    }

    /** The node that a name leads to, dotted or not; absent for a name nobody asks for. */
    @Nullable
    FieldTree at(String name) {
        return below.get(name);
    }

    /** The same for a name in bytes that holds ASCII alone and no escapes. */
    @Nullable
    FieldTree at(byte[] bytes, int from, int to) {
        if (from == to || (lastBytes[(to - from) & 63] >>> bytes[to - 1] & 1) == 0) {
            return null;
        }
        for (int slot = slot(bytes, from, to); ; slot = (slot + 1) & (names.length - 1)) {
            Literal name = names[slot];
            if (name == null) {
                return null;
            }
            if (name.length() == to - from && name.isAt(bytes, from, to)) {
                return children[slot];
            }
        }
    }

    /**
     * Whether a member may make an envelope of its object: by length and first letters; the parser looks closer. The second letter is
     * looked at where one is enough for {@code host}, which Filebeat's documents have, as well as for {@code hits}.
     */
    static boolean mayBeEnvelope(int value, byte[] bytes, int name, int nameEnd) {
        int first = name < nameEnd ? bytes[name] | 0x20 : 0;
        if (value != '[') {
            return value == '{' && nameEnd - name == 4 && first == 'h' && (bytes[name + 1] | 0x20) == 'i';
        }
        return switch (nameEnd - name) {
            case 5 -> first == 'v';
            case 6 -> first == 't' || first == 'f';
            case 7 -> first == 'r' || first == 'c';
            default -> false;
        };
    }

    private static FieldTree root() {
        Map<String, Field> paths = new LinkedHashMap<>();
        for (Field field : Field.values()) {
            for (String path : field.paths()) {
                paths.put(path, field);
            }
        }
        Map<String, FieldTree> names = new HashMap<>(node("", paths).below);
        ALSO.forEach((name, same) -> {
            FieldTree node = names.get(same);
            if (node != null) {
                names.put(name, new FieldTree(null, true, node.below));
            }
        });
        FieldTree more = new FieldTree(null, true, Map.copyOf(names));
        MORE_COLUMNS.forEach(name -> names.put(name, more));
        FieldTree source = new FieldTree(null, false, Map.copyOf(names));
        Map<String, FieldTree> below = new HashMap<>();
        // GELF puts an underscore before each field that is not its own.
        names.forEach((name, node) -> below.put("_" + name, node));
        below.putAll(names);
        below.put("_source", source);
        return new FieldTree(null, false, below);
    }

    private static FieldTree node(String path, Map<String, Field> paths) {
        Map<String, FieldTree> below = new HashMap<>();
        String prefix = path.isEmpty() ? "" : path + ".";
        for (String full : paths.keySet()) {
            if (!full.startsWith(prefix) || full.equals(path)) {
                continue;
            }
            for (int dot = prefix.length(); dot >= 0; ) {
                dot = full.indexOf('.', dot);
                String upTo = dot < 0 ? full : full.substring(0, dot);
                if (!below.containsKey(upTo.substring(prefix.length()))) {
                    below.put(upTo.substring(prefix.length()), node(upTo, paths));
                }
                dot = dot < 0 ? -1 : dot + 1;
            }
        }
        return new FieldTree(paths.get(path), MAY_BE_JSON_TEXT.contains(path), below);
    }
}
