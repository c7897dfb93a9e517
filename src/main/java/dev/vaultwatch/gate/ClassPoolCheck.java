package dev.vaultwatch.gate;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * The last of the gate's three checks, between compiling and deploying: the constant pools of the classes that Esper made. A
 * class can touch nothing that its pool does not name, so what slipped through the grammar, or was smuggled into the generated
 * source, shows here. Allowed is what the rules that {@link Grammar} lets pass were seen to need (Esper 9.0.0, Janino
 * 3.1.12).
 */
final class ClassPoolCheck {
    private static final int MAGIC = 0xCAFEBABE;

    private static final String ESPER = "com/espertech/esper/common/";

    /** Packages of Esper's that evaluate and keep state; not those for scripts, files, databases, sockets and reflection. */
    private static final Set<String> ESPER_PACKAGES = Set.of(
            "client/",
            "client/hook/aggmultifunc/",
            "client/meta/",
            "client/serde/",
            "client/type/",
            "internal/collection/",
            "internal/compile/stage1/spec/",
            "internal/compile/stage2/",
            "internal/context/",
            "internal/epl/agg/",
            "internal/epl/enummethod/",
            "internal/epl/expression/core/",
            "internal/epl/expression/ops/",
            "internal/epl/expression/time/",
            "internal/epl/expression/prior/",
            "internal/epl/index/",
            "internal/epl/join/",
            "internal/epl/lookup/",
            "internal/epl/output/",
            "internal/epl/pattern/",
            "internal/epl/resultset/",
            "internal/epl/rowrecog/",
            "internal/epl/subselect/",
            "internal/epl/variable/",
            "internal/event/arr/",
            "internal/event/core/",
            "internal/event/map/",
            "internal/event/path/",
            "internal/filterspec/",
            "internal/schedule/",
            "internal/serde/serdeset/",
            "internal/statement/",
            "internal/type/",
            "internal/view/");

    /** Single classes of packages that also hold what finds classes and calls methods by name. */
    private static final Set<String> ESPER_CLASSES = Set.of(
            "client/util/EventTypeBusModifier",
            "client/util/EventUnderlyingType",
            "client/util/HashableMultiKey",
            "client/util/MultiKey",
            "client/util/NameAccessModifier",
            "client/util/StateMgmtSetting",
            "client/util/StatementProperty",
            "client/util/StatementType",
            // Joins name these two types in a method's parameters; no rule has one.
            "internal/epl/namedwindow/core/NamedWindow",
            "internal/epl/table/core/Table",
            "internal/epl/expression/dot/core/ExprDotMethodForgeNoDuckEvalPlain",
            "internal/settings/ClasspathImportServiceBase",
            "internal/settings/ClasspathImportServiceRuntime",
            "internal/util/CollectionUtil",
            "internal/util/LongValue",
            "internal/util/SimpleNumberCoercerFactory$SimpleNumberCoercerDouble",
            "internal/util/SimpleNumberCoercerFactory$SimpleNumberCoercerLong");

    private static final Set<String> JAVA = Set.of(
            "java/io/DataInput",
            "java/io/DataOutput",
            "java/io/IOException",
            "java/lang/Boolean",
            "java/lang/Byte",
            "java/lang/CharSequence",
            "java/lang/Character",
            "java/lang/Comparable",
            "java/lang/Double",
            "java/lang/Exception",
            "java/lang/Float",
            "java/lang/IllegalArgumentException",
            "java/lang/IllegalStateException",
            "java/lang/Integer",
            "java/lang/Iterable",
            "java/lang/Long",
            "java/lang/Math",
            "java/lang/Number",
            "java/lang/Object",
            "java/lang/RuntimeException",
            "java/lang/Short",
            "java/lang/String",
            "java/lang/StringBuffer",
            "java/lang/StringBuilder",
            "java/lang/Throwable",
            "java/lang/UnsupportedOperationException",
            "java/lang/annotation/Annotation",
            "java/math/BigDecimal",
            "java/math/BigInteger",
            "java/util/ArrayDeque",
            "java/util/ArrayList",
            "java/util/Arrays",
            "java/util/Calendar",
            "java/util/Collection",
            "java/util/Collections",
            "java/util/Comparator",
            "java/util/Deque",
            "java/util/HashMap",
            "java/util/HashSet",
            "java/util/Iterator",
            "java/util/LinkedHashMap",
            "java/util/LinkedHashSet",
            "java/util/LinkedList",
            "java/util/List",
            "java/util/Map",
            "java/util/Map$Entry",
            "java/util/Objects",
            "java/util/Set",
            "java/util/SortedMap",
            "java/util/NavigableSet",
            "java/util/SortedSet",
            "java/util/TimeZone",
            "java/util/TreeMap",
            "java/util/TreeSet",
            "java/util/concurrent/atomic/AtomicLong");

    /** Of a class that can do more, just these. Esper's generated {@code equals} compares classes and names them in errors. */
    private static final Map<String, Set<String>> ONLY = Map.of(
            "java/lang/Class",
            Set.of("getName"),
            // What our functions throw goes there.
            ESPER + "internal/epl/expression/dot/core/ExprDotNodeForgeStaticMethodEval",
            Set.of("staticMethodEvalHandleInvocationException"));

    /** Of a class that is allowed, not these: they read the host's system properties, or its settings. */
    private static final Set<String> NOT = Set.of(
            "java/lang/Boolean.getBoolean",
            "java/lang/Integer.getInteger",
            "java/lang/Long.getLong",
            "java/lang/Object.wait",
            "java/lang/Object.notify",
            "java/lang/Object.notifyAll",
            "java/util/TimeZone.setDefault",
            // How a rule in EPL spells the way into reflection; Esper's own code asks java.lang.Object.
            "java/lang/String.getClass",
            "java/lang/Integer.getClass",
            "java/lang/Long.getClass");

    /** Of Esper's, not these: matchers that may take for ever. The compiler puts ours in their place. */
    private static final Set<String> NOT_ESPER =
            Set.of("internal/epl/expression/ops/ExprRegexpNodeForgeNonconstEval", "internal/util/LikeUtil");

    private final Set<String> ours;

    /**
     * A check.
     *
     * @param ours classes of the plugin's that rules may use, with slashes
     */
    ClassPoolCheck(Set<String> ours) {
        this.ours = Set.copyOf(ours);
    }

    /** What compiled classes refer to and rules may not, in Java's notation and sorted; empty if nothing. */
    NavigableSet<String> foreign(Map<String, byte[]> classes) {
        NavigableSet<String> foreign = new TreeSet<>();
        for (Map.Entry<String, byte[]> each : classes.entrySet()) {
            try {
                read(each.getValue(), classes, foreign);
            } catch (IOException | RuntimeException e) {
                foreign.add(each.getKey() + ", which is no class file that can be read");
            }
        }
        return foreign;
    }

    /** Reads one constant pool, as laid out in the JVM specification, 4.4. */
    private void read(byte[] bytes, Map<String, byte[]> classes, NavigableSet<String> foreign) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        if (in.readInt() != MAGIC) {
            throw new IOException("no class file");
        }
        in.readInt();
        int size = in.readUnsignedShort();
        int[] kinds = new int[size];
        int[] first = new int[size];
        int[] second = new int[size];
        String[] texts = new String[size];
        for (int i = 1; i < size; i++) {
            kinds[i] = in.readUnsignedByte();
            switch (kinds[i]) {
                case 1 -> texts[i] = in.readUTF();
                case 3, 4 -> in.readInt();
                case 5, 6 -> {
                    in.readLong();
                    i++;
                }
                case 7, 8 -> first[i] = in.readUnsignedShort();
                case 9, 10, 11, 12 -> {
                    first[i] = in.readUnsignedShort();
                    second[i] = in.readUnsignedShort();
                }
                // Method handles and what is linked at run time: a way to call that the pool does not name.
                default -> throw new IOException("constant of kind " + kinds[i]);
            }
        }
        for (int i = 1; i < size; i++) {
            if (kinds[i] == 7) {
                String name = element(texts[first[i]]);
                if (!isAllowed(name, classes)) {
                    foreign.add(name.replace('/', '.'));
                }
            } else if (kinds[i] >= 9 && kinds[i] <= 11) {
                String owner = element(texts[first[first[i]]]);
                String member = texts[first[second[i]]];
                Set<String> only = ONLY.get(owner);
                if ((only != null && !only.contains(member)) || NOT.contains(owner + "." + member)) {
                    foreign.add(owner.replace('/', '.') + "." + member);
                }
            }
        }
    }

    private boolean isAllowed(String name, Map<String, byte[]> classes) {
        if (name.length() == 1) {
            // An array of primitives.
            return true;
        }
        if (name.startsWith(ESPER)) {
            String within = name.substring(ESPER.length());
            return ONLY.containsKey(name)
                    || (!NOT_ESPER.contains(within) && (ESPER_CLASSES.contains(within) || isInAllowedPackage(within)));
        }
        return JAVA.contains(name)
                || ONLY.containsKey(name)
                || ours.contains(name)
                || classes.containsKey(name)
                || classes.containsKey(name.replace('/', '.'));
    }

    private static boolean isInAllowedPackage(String within) {
        String folder = within.substring(0, within.lastIndexOf('/') + 1);
        for (int end = folder.length(); end > 0; end = folder.lastIndexOf('/', end - 2) + 1) {
            String candidate = folder.substring(0, end);
            if (ESPER_PACKAGES.contains(candidate)) {
                // The client's own package is open, those below it are not.
                return end == folder.length() || !candidate.startsWith("client/");
            }
        }
        return false;
    }

    /** The class itself, or what an array holds. */
    private static String element(String name) {
        if (!name.startsWith("[")) {
            return name;
        }
        String element = name.replaceFirst("^\\[+", "");
        return element.startsWith("L") ? element.substring(1, element.length() - 1) : element;
    }
}
