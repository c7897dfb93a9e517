package dev.vaultwatch.engine;

import com.espertech.esper.common.client.EPCompiled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Gives compiled rules the matchers that take linear time: in the constant pools of the classes that Esper made (JVM
 * specification, 4.4) the names of Java's and Esper's matchers become those of ours, which have the same methods. So no spelling of
 * a pattern in a rule can miss it, and {@link dev.vaultwatch.gate.EplGate} refuses what still refers to the old names.
 */
final class LinearTime {
    private static final Map<String, String> RENAMED = Map.of(
            "java/util/regex/Pattern", "dev/vaultwatch/engine/LinearPattern",
            "java/util/regex/Matcher", "com/google/re2j/Matcher",
            "com/espertech/esper/common/internal/util/LikeUtil", "dev/vaultwatch/engine/LinearLike",
            // Makes the patterns, by a static method.
            "com/espertech/esper/common/internal/epl/expression/ops/ExprRegexpNodeForgeNonconstEval",
                    "dev/vaultwatch/engine/LinearPattern");

    private LinearTime() {}

    /**
     * The same rule with linear matchers.
     *
     * @throws IllegalArgumentException if a text of the rule is one of the names, which it then shares with the code
     */
    static EPCompiled of(EPCompiled compiled) {
        Map<String, byte[]> classes = new HashMap<>();
        new TreeMap<>(compiled.getClasses()).forEach((name, bytes) -> classes.put(name, renamed(bytes)));
        return new EPCompiled(classes, compiled.getManifest());
    }

    private static byte[] renamed(byte[] bytes) {
        try {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
            ByteArrayOutputStream made = new ByteArrayOutputStream(bytes.length);
            DataOutputStream out = new DataOutputStream(made);
            out.writeInt(in.readInt());
            out.writeInt(in.readInt());
            int size = in.readUnsignedShort();
            out.writeShort(size);
            boolean[] changed = new boolean[size];
            int[] texts = new int[size];
            for (int i = 1; i < size; i++) {
                int kind = in.readUnsignedByte();
                out.writeByte(kind);
                switch (kind) {
                    case 1 -> {
                        String text = in.readUTF();
                        String other = renamed(text);
                        changed[i] = !other.equals(text);
                        out.writeUTF(other);
                    }
                    case 3, 4, 9, 10, 11, 12, 17, 18 -> out.writeInt(in.readInt());
                    case 5, 6 -> {
                        out.writeLong(in.readLong());
                        i++;
                    }
                    case 7, 16, 19, 20 -> out.writeShort(in.readUnsignedShort());
                    case 8 -> {
                        texts[i] = in.readUnsignedShort();
                        out.writeShort(texts[i]);
                    }
                    case 15 -> {
                        out.writeByte(in.readUnsignedByte());
                        out.writeShort(in.readUnsignedShort());
                    }
                    default -> throw new IOException("constant of kind " + kind);
                }
            }
            for (int text : texts) {
                if (changed[text]) {
                    throw new IllegalArgumentException("A text of the rule is the name of a Java class of patterns");
                }
            }
            in.transferTo(out);
            return made.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("Esper made a class that can't be read.", e);
        }
    }

    /** A class's name, or a descriptor with one in it, and nothing else that has the name somewhere. */
    private static String renamed(String text) {
        for (Map.Entry<String, String> each : RENAMED.entrySet()) {
            if (text.equals(each.getKey())) {
                return each.getValue();
            }
        }
        String other = text;
        if (text.indexOf(';') >= 0) {
            for (Map.Entry<String, String> each : RENAMED.entrySet()) {
                other = other.replace("L" + each.getKey() + ";", "L" + each.getValue() + ";");
            }
        }
        return other;
    }
}
