package dev.vaultwatch.tuning;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.rule.JsonTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A JSON file that a person wrote, with the line and column of each of its values, so that a fault names its place. Immutable;
 * any thread may read it.
 */
public final class JsonFile {
    /** The most bytes that a file may have: an inline list of some 20,000 values. */
    private static final int MAX_BYTES = 1 << 20;

    private final String name;
    private final JsonNode root;
    private final Map<String, JsonLocation> places;

    private JsonFile(String name, JsonNode root, Map<String, JsonLocation> places) {
        this.name = name;
        this.root = root;
        this.places = places;
    }

    /**
     * Reads a file.
     *
     * @param name of the file in faults
     * @param faults is given what is wrong if the file can't be read or is not JSON; the answer is empty then
     */
    public static Optional<JsonFile> read(Path file, String name, List<RuleFault> faults) {
        try {
            return parse(name, text(file), faults);
        } catch (IOException e) {
            faults.add(new RuleFault(name, 0, 0, "The file can't be read: " + problem(e) + "."));
            return Optional.empty();
        }
    }

    /** The same for a text that was read already. */
    public static Optional<JsonFile> parse(String name, String text, List<RuleFault> faults) {
        try {
            JsonNode root = JsonTree.of(text);
            if (root.isMissingNode()) {
                faults.add(new RuleFault(name, 1, 1, "The file is empty; expected JSON."));
                return Optional.empty();
            }
            return Optional.of(new JsonFile(name, root, places(text)));
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            faults.add(new RuleFault(
                    name, at == null ? 0 : at.getLineNr(), at == null ? 0 : at.getColumnNr(), JsonTree.problem(e)));
            return Optional.empty();
        } catch (IOException e) {
            faults.add(new RuleFault(name, 0, 0, "The file can't be read: " + problem(e) + "."));
            return Optional.empty();
        }
    }

    /**
     * The text of a file, which must be UTF-8 and no larger than a megabyte; without a byte order mark. A device or a pipe,
     * which may never end, is refused.
     */
    static String text(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            if (Files.notExists(file)) {
                throw new NoSuchFileException(file.toString());
            }
            throw new IOException("it is no regular file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("it has more than " + MAX_BYTES + " bytes");
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        }
    }

    /** In words: several of Java's messages are the path alone, which the fault names anyway. */
    static String problem(IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return "there is none";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission is denied";
        }
        if (failure instanceof CharacterCodingException) {
            return "it is not UTF-8";
        }
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    /** Where each value starts, by JSON pointer. */
    private static Map<String, JsonLocation> places(String text) throws IOException {
        Map<String, JsonLocation> places = new HashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                places.putIfAbsent(
                        parser.getParsingContext().pathAsPointer().toString(), parser.currentTokenLocation());
            }
        }
        return places;
    }

    /** The file's name, as it stands in faults. */
    public String name() {
        return name;
    }

    /** The whole document. */
    public JsonNode root() {
        return root;
    }

    /** The line of a value, from 1. */
    public int line(String pointer) {
        return place(pointer).getLineNr();
    }

    /** A fault at the value; where there is none, at the nearest one that encloses it. */
    public RuleFault fault(String pointer, String problem) {
        return within(pointer, 0, problem);
    }

    /**
     * A fault inside a text value.
     *
     * @param offset characters behind the value's beginning; 0 for the value itself
     */
    public RuleFault within(String pointer, int offset, String problem) {
        JsonLocation at = place(pointer);
        String where = pointer.isEmpty() ? "" : pointer + " ";
        return new RuleFault(name, at.getLineNr(), at.getColumnNr() + offset, where + problem);
    }

    private JsonLocation place(String pointer) {
        String at = pointer;
        JsonLocation place = places.get(at);
        while (place == null && !at.isEmpty()) {
            at = at.substring(0, at.lastIndexOf('/'));
            place = places.get(at);
        }
        return place == null ? JsonLocation.NA : place;
    }
}
