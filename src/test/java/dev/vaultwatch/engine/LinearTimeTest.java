package dev.vaultwatch.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.espertech.esper.common.client.EPCompiled;
import com.espertech.esper.common.client.EPCompiledManifest;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The matchers in what Esper compiled become those that take linear time")
class LinearTimeTest {
    private static final String PATTERN = "java/util/regex/Pattern";
    private static final EPCompiledManifest MANIFEST = new EPCompiledManifest("9.0.0", "generated.Module", null, false);

    /** A class file of which only the constant pool is laid out as one (JVM specification, 4.4). */
    private static final class ClassFile {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final DataOutputStream out = new DataOutputStream(bytes);
        private int size = 1;

        ClassFile text(String text) throws IOException {
            out.writeByte(1);
            out.writeUTF(text);
            size++;
            return this;
        }

        /** A constant of so many bytes, none of them 0, which takes up one or two places. */
        ClassFile constant(int kind, int length, int places) throws IOException {
            out.writeByte(kind);
            for (int i = 0; i < length; i++) {
                out.writeByte(kind + 16 * i);
            }
            size += places;
            return this;
        }

        /** A text constant, which is the text at a place of the pool. */
        ClassFile string(int place) throws IOException {
            out.writeByte(8);
            out.writeShort(place);
            size++;
            return this;
        }

        byte[] whole() throws IOException {
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            DataOutputStream head = new DataOutputStream(file);
            head.writeInt(0xCAFEBABE);
            head.writeInt(61);
            head.writeShort(size);
            head.write(bytes.toByteArray());
            head.writeUTF("what follows: " + PATTERN);
            return file.toByteArray();
        }
    }

    private static byte[] renamed(byte[] file) {
        EPCompiled renamed = LinearTime.of(new EPCompiled(Map.of("generated.Module", file), MANIFEST));
        assertThat(renamed.getManifest()).isSameAs(MANIFEST);
        assertThat(renamed.getClasses()).containsOnlyKeys("generated.Module");
        return renamed.getClasses().getOrDefault("generated.Module", new byte[0]);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            java/util/regex/Pattern                         | dev/vaultwatch/engine/LinearPattern
            java/util/regex/Matcher                         | com/google/re2j/Matcher
            com/espertech/esper/common/internal/util/LikeUtil | dev/vaultwatch/engine/LinearLike
            com/espertech/esper/common/internal/epl/expression/ops/ExprRegexpNodeForgeNonconstEval | dev/vaultwatch/engine/LinearPattern
            (ILjava/util/regex/Pattern;)Ljava/util/regex/Matcher; | (ILdev/vaultwatch/engine/LinearPattern;)Lcom/google/re2j/Matcher;
            [Ljava/util/regex/Pattern;                      | [Ldev/vaultwatch/engine/LinearPattern;
            java/util/regex/Patterns                        | java/util/regex/Patterns
            a java/util/regex/Pattern                       | a java/util/regex/Pattern
            java.util.regex.Pattern                         | java.util.regex.Pattern
            Ljava/util/regex/Pattern                        | Ljava/util/regex/Pattern
            (Ljava/util/regex/PatternSyntaxException;)V     | (Ljava/util/regex/PatternSyntaxException;)V
            """)
    @DisplayName("A name, or a descriptor with one in it, is renamed, and nothing else that has it somewhere")
    void names(String before, String after) throws IOException {
        assertThat(renamed(new ClassFile().text(before).whole()))
                .isEqualTo(new ClassFile().text(after).whole());
    }

    @Test
    @DisplayName("Constants of every kind stay byte for byte, and so does what follows the pool")
    void others() throws IOException {
        ClassFile before = new ClassFile();
        ClassFile after = new ClassFile();
        for (ClassFile each : new ClassFile[] {before, after}) {
            for (int kind : new int[] {3, 4, 9, 10, 11, 12, 17, 18}) {
                each.constant(kind, 4, 1);
            }
            each.constant(5, 8, 2).constant(6, 8, 2);
            for (int kind : new int[] {7, 16, 19, 20}) {
                each.constant(kind, 2, 1);
            }
            each.constant(15, 3, 1).text("of the rule").string(18);
        }
        before.text(PATTERN);
        after.text("dev/vaultwatch/engine/LinearPattern");

        assertThat(renamed(before.whole())).isEqualTo(after.whole());
    }

    @Test
    @DisplayName("A text of the rule that is such a name is refused, since renaming would change it")
    void text() throws IOException {
        byte[] file = new ClassFile().string(2).text(PATTERN).whole();

        assertThatThrownBy(() -> renamed(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the name of a Java class of patterns");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 13, 14, 21})
    @DisplayName("A constant of a kind that is not known is an error, not a guess")
    void unknown(int kind) throws IOException {
        byte[] file = new ClassFile().constant(kind, 4, 1).whole();

        assertThatThrownBy(() -> renamed(file))
                .isInstanceOf(UncheckedIOException.class)
                .hasRootCauseMessage("constant of kind " + kind);
    }

    @Test
    @DisplayName("A class that ends within its pool is an error")
    void cut() throws IOException {
        byte[] whole = new ClassFile().text("a text of some length").whole();

        assertThatThrownBy(() -> renamed(Arrays.copyOf(whole, 20))).isInstanceOf(UncheckedIOException.class);
    }
}
