package dev.vaultwatch.rule;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.regex.Pattern;

/**
 * Makes a tree of a small JSON file. Jackson's object mapper gives the same tree, and takes a tenth of a second for its own start in a
 * plugin that needs it for nothing else. A name that stands twice in an object is an error, and so is what follows the value.
 */
public final class JsonTree {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** What Jackson adds where it may not quote its source. */
    private static final Pattern START_MARKER = Pattern.compile(" \\(start marker at \\[Source: .*?]\\)");

    private JsonTree() {}

    /** What keeps a text from being JSON, as a sentence without the place. */
    public static String problem(JsonProcessingException notJson) {
        return "Not JSON: " + START_MARKER.matcher(notJson.getOriginalMessage()).replaceAll("") + ".";
    }

    /**
     * The tree of a text; a {@link MissingNode} if there is nothing in it.
     *
     * @throws JsonProcessingException if it is not JSON; it says where
     */
    public static JsonNode of(String text) throws JsonProcessingException {
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            return document(parser);
        } catch (JsonProcessingException e) {
            throw e;
        } catch (IOException e) {
            throw new IllegalStateException("A text can't be read.", e);
        }
    }

    /**
     * The same of a file that is packed with the plugin.
     *
     * @throws IOException if it can't be read, or is not JSON
     */
    public static JsonNode of(InputStream in) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(in)) {
            return document(parser);
        }
    }

    private static JsonNode document(JsonParser parser) throws IOException {
        parser.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
        if (parser.nextToken() == null) {
            return MissingNode.getInstance();
        }
        JsonNode root = value(parser);
        if (parser.nextToken() != null) {
            throw new JsonParseException(
                    parser, "Something follows the end of the value", parser.currentTokenLocation());
        }
        return root;
    }

    /** The value at the current token; the parser itself refuses what nests more than a thousand deep. */
    private static JsonNode value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                ObjectNode object = NODES.objectNode();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    object.set(name, value(parser));
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(value(parser));
                }
                yield array;
            }
            case VALUE_NUMBER_INT ->
                switch (parser.getNumberType()) {
                    case INT -> NODES.numberNode(parser.getIntValue());
                    case LONG -> NODES.numberNode(parser.getLongValue());
                    default -> NODES.numberNode(parser.getBigIntegerValue());
                };
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDoubleValue());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NULL -> NODES.nullNode();
            default -> NODES.textNode(parser.getText());
        };
    }
}
