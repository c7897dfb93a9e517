package dev.vaultwatch.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What compiled rules may refer to, told by the constant pools of their classes; these are written by hand. */
@DisplayName("The gate, between compiling and deploying")
class ClassPoolTest {
    private static final int FIELD = 9;
    private static final int METHOD = 10;
    private static final int INTERFACE_METHOD = 11;

    private final ClassPoolCheck check = new ClassPoolCheck(Set.of("com/google/re2j/Matcher"));

    /** A class file as far as the end of its constant pool. */
    private static final class Pool {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final DataOutputStream out = new DataOutputStream(bytes);
        private int size = 1;

        int text(String text) throws IOException {
            out.writeByte(1);
            out.writeUTF(text);
            return size++;
        }

        int type(String name) throws IOException {
            int text = text(name);
            out.writeByte(7);
            out.writeShort(text);
            return size++;
        }

        void member(int kind, String owner, String name) throws IOException {
            int type = type(owner);
            int text = text(name);
            out.writeByte(12);
            out.writeShort(text);
            out.writeShort(text);
            int both = size++;
            out.writeByte(kind);
            out.writeShort(type);
            out.writeShort(both);
            size++;
        }

        /** A constant that refers to nothing, of so many bytes, which takes up one or two places. */
        void constant(int kind, int length, int places) throws IOException {
            out.writeByte(kind);
            out.write(new byte[length]);
            size += places;
        }

        byte[] file() throws IOException {
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            DataOutputStream head = new DataOutputStream(file);
            head.writeInt(0xCAFEBABE);
            head.writeInt(61);
            head.writeShort(size);
            head.write(bytes.toByteArray());
            return file.toByteArray();
        }
    }

    private NavigableSet<String> foreign(Pool pool) throws IOException {
        return check.foreign(Map.of("Rule", pool.file()));
    }

    private NavigableSet<String> foreign(String type) throws IOException {
        Pool pool = new Pool();
        pool.type(type);
        return foreign(pool);
    }

    @ParameterizedTest
    @DisplayName("what evaluates and keeps state passes, and arrays of it")
    @ValueSource(
            strings = {
                "java/util/TreeMap",
                "java/lang/Class",
                "[Ljava/lang/String;",
                "[[Ljava/lang/String;",
                "[I",
                "[[J",
                "com/google/re2j/Matcher",
                "com/espertech/esper/common/client/EventBean",
                "com/espertech/esper/common/client/hook/aggmultifunc/AggregationMultiFunctionState",
                "com/espertech/esper/common/client/util/MultiKey",
                "com/espertech/esper/common/internal/epl/agg/core/AggregationRow",
                "com/espertech/esper/common/internal/view/core/View",
                "com/espertech/esper/common/internal/util/CollectionUtil",
                "com/espertech/esper/common/internal/epl/expression/dot/core/ExprDotNodeForgeStaticMethodEval",
                "Rule"
            })
    void passes(String type) throws IOException {
        assertThat(foreign(type)).isEmpty();
    }

    @ParameterizedTest
    @DisplayName("whatever else is named is foreign, in an array, too")
    @CsvSource({
        "java/lang/Runtime, java.lang.Runtime",
        "[Ljava/lang/Runtime;, java.lang.Runtime",
        "[[Ljava/lang/Runtime;, java.lang.Runtime",
        "java/util/TreeMaps, java.util.TreeMaps",
        "com/google/re2j/Pattern, com.google.re2j.Pattern",
        "Rules, Rules",
        "com/espertech/esper/common/client/util/ClassForNameProvider, com.espertech.esper.common.client.util.ClassForNameProvider",
        "com/espertech/esper/common/client/hook/aggmultifunc/sub/X, com.espertech.esper.common.client.hook.aggmultifunc.sub.X",
        "com/espertech/esper/common/internal/util/LikeUtil, com.espertech.esper.common.internal.util.LikeUtil",
        "com/espertech/esper/common/internal/epl/expression/ops/ExprRegexpNodeForgeNonconstEval,"
                + " com.espertech.esper.common.internal.epl.expression.ops.ExprRegexpNodeForgeNonconstEval",
        "com/espertech/esper/common/internal/epl/script/core/ScriptCompiler,"
                + " com.espertech.esper.common.internal.epl.script.core.ScriptCompiler",
        "com/espertech/esper/common/X, com.espertech.esper.common.X",
        "com/espertech/esper/runtime/client/EPRuntime, com.espertech.esper.runtime.client.EPRuntime"
    })
    void foreignTypes(String type, String said) throws IOException {
        assertThat(foreign(type)).containsExactly(said);
    }

    @ParameterizedTest
    @DisplayName("of a class that can do more, one member passes and others don't, however they are reached")
    @ValueSource(ints = {FIELD, METHOD, INTERFACE_METHOD})
    void members(int kind) throws IOException {
        Pool pool = new Pool();
        pool.member(kind, "java/lang/Class", "getName");
        pool.member(kind, "java/lang/Integer", "valueOf");
        pool.member(kind, "[Ljava/lang/Integer;", "clone");
        assertThat(foreign(pool)).isEmpty();

        pool.member(kind, "java/lang/Class", "forName");
        pool.member(kind, "java/lang/Integer", "getInteger");
        pool.member(kind, "java/lang/Object", "wait");
        assertThat(foreign(pool))
                .containsExactly("java.lang.Class.forName", "java.lang.Integer.getInteger", "java.lang.Object.wait");
    }

    @Test
    @DisplayName("numbers and texts are passed over, the long ones with the place behind them")
    void constants() throws IOException {
        Pool pool = new Pool();
        pool.constant(3, 4, 1);
        pool.constant(4, 4, 1);
        pool.constant(5, 8, 2);
        pool.constant(6, 8, 2);
        pool.constant(8, 2, 1);
        pool.type("java/lang/Runtime");

        assertThat(foreign(pool)).containsExactly("java.lang.Runtime");
    }

    @ParameterizedTest
    @DisplayName("a constant that links at run time makes the class one that can't be read")
    @ValueSource(ints = {15, 16, 17, 18, 19, 20, 2, 13})
    void unknownKinds(int kind) throws IOException {
        Pool pool = new Pool();
        pool.constant(kind, 8, 1);

        assertThat(foreign(pool)).containsExactly("Rule, which is no class file that can be read");
    }

    @Test
    @DisplayName("so does what is no class, or breaks off; other classes are read all the same")
    void damaged() throws IOException {
        Pool pool = new Pool();
        pool.type("java/lang/Runtime");
        byte[] whole = pool.file();
        byte[] cut = java.util.Arrays.copyOf(whole, whole.length - 1);

        assertThat(check.foreign(Map.of("A", new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 0, 0}, "B", cut, "C", whole)))
                .containsExactly(
                        "A, which is no class file that can be read",
                        "B, which is no class file that can be read",
                        "java.lang.Runtime");
    }

    @Test
    @DisplayName("classes of one rule may refer to each other, whichever way their names are written")
    void eachOther() throws IOException {
        Pool pool = new Pool();
        pool.type("a/Other");

        assertThat(check.foreign(Map.of("Rule", pool.file(), "a.Other", new Pool().file())))
                .isEmpty();
        assertThat(check.foreign(Map.of("Rule", pool.file(), "a/Other", new Pool().file())))
                .isEmpty();
        assertThat(foreign(pool)).containsExactly("a.Other");
    }
}
