package dev.vaultwatch.tool.sigma;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A node of a YAML document, with its place. Immutable.
 *
 * @param kind what it is
 * @param text of a scalar, as YAML reads it; empty for others
 * @param items of a list
 * @param entries of a map, in the file's order
 * @param line from 1
 * @param column from 1; of a quoted text, behind its quotation mark
 */
record YamlNode(Kind kind, String text, List<YamlNode> items, List<Entry> entries, int line, int column) {

    /** What a node is. */
    enum Kind {
        MAP("a map"),
        LIST("a list"),
        /** Text, number or boolean: Sigma compares them all as texts. */
        TEXT("a value"),
        NULL("nothing");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    /** A key and its value. */
    record Entry(YamlNode key, YamlNode value) {}

    /** What makes a file no YAML. */
    static final class NotYaml extends Exception {
        private static final long serialVersionUID = 1L;
        private final int line;
        private final int column;

        NotYaml(int line, int column, String problem) {
            super(problem);
            this.line = line;
            this.column = column;
        }

        int line() {
            return line;
        }

        int column() {
            return column;
        }
    }

    /** The documents of a file, in order. Anchors are followed; the library bounds how often. */
    static List<YamlNode> documents(String yaml) throws NotYaml {
        LoadSettings settings = LoadSettings.builder().setUseMarks(true).build();
        List<YamlNode> documents = new ArrayList<>();
        try {
            for (Node node : new Compose(settings).composeAllFromString(yaml)) {
                documents.add(of(node, 0));
            }
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark();
            throw new NotYaml(
                    mark.map(its -> its.getLine() + 1).orElse(0),
                    mark.map(its -> its.getColumn() + 1).orElse(0),
                    "This is no YAML: " + e.getProblem() + ".");
        } catch (YamlEngineException e) {
            throw new NotYaml(0, 0, "This is no YAML: " + e.getMessage() + ".");
        }
        return documents;
    }

    /** Deeper than any rule; a file can hold a node that contains itself. */
    private static final int DEEPEST = 32;

    private static YamlNode of(Node node, int depth) throws NotYaml {
        int line = node.getStartMark().map(its -> its.getLine() + 1).orElse(0);
        int column = node.getStartMark().map(its -> its.getColumn() + 1).orElse(0);
        if (depth > DEEPEST) {
            throw new NotYaml(line, column, "The file is nested deeper than " + DEEPEST + " levels.");
        }
        if (node instanceof ScalarNode scalar) {
            boolean nothing = scalar.getTag().equals(Tag.NULL) && scalar.getScalarStyle() == ScalarStyle.PLAIN;
            boolean quoted = scalar.getScalarStyle() == ScalarStyle.SINGLE_QUOTED
                    || scalar.getScalarStyle() == ScalarStyle.DOUBLE_QUOTED;
            return new YamlNode(
                    nothing ? Kind.NULL : Kind.TEXT,
                    scalar.getValue(),
                    List.of(),
                    List.of(),
                    line,
                    column + (quoted ? 1 : 0));
        }
        if (node instanceof SequenceNode sequence) {
            List<YamlNode> items = new ArrayList<>();
            for (Node item : sequence.getValue()) {
                items.add(of(item, depth + 1));
            }
            return new YamlNode(Kind.LIST, "", List.copyOf(items), List.of(), line, column);
        }
        List<Entry> entries = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (var tuple : ((MappingNode) node).getValue()) {
            YamlNode key = of(tuple.getKeyNode(), depth + 1);
            // Nodes are composed without the library's own check, which comes with the values.
            if (!names.add(key.text())) {
                throw new NotYaml(
                        key.line(),
                        key.column(),
                        "The key \"" + key.text()
                                + "\" is there before in the same map; expected each key once, and several"
                                + " values of a field as a list.");
            }
            entries.add(new Entry(key, of(tuple.getValueNode(), depth + 1)));
        }
        return new YamlNode(Kind.MAP, "", List.of(), List.copyOf(entries), line, column);
    }

    /** The value under a key of a map. */
    Optional<YamlNode> get(String key) {
        return entries.stream()
                .filter(each -> each.key().text().equals(key))
                .map(Entry::value)
                .findFirst();
    }

    /** The text under a key of a map; empty if there is none, or if it is no scalar. */
    Optional<String> text(String key) {
        return get(key).filter(each -> each.kind() == Kind.TEXT).map(YamlNode::text);
    }

    /** The list's items, or the node itself as a list of one. */
    List<YamlNode> each() {
        return kind == Kind.LIST ? items : List.of(this);
    }
}
