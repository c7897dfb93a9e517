package dev.vaultwatch.rule;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.vaultwatch.api.RuleFault;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Where the values of a {@code rule.json} stand in its text, by JSON pointer. Immutable. */
public final class FactPlaces {
    private final String file;
    private final Map<String, JsonLocation> places;

    private FactPlaces(String file, Map<String, JsonLocation> places) {
        this.file = file;
        this.places = places;
    }

    /**
     * Reads where values stand.
     *
     * @param file as faults are to name it
     * @throws IOException if the text is no JSON
     */
    static FactPlaces of(String file, String text) throws IOException {
        Map<String, JsonLocation> places = new HashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isStructStart() || token.isScalarValue()) {
                    places.put(parser.getParsingContext().pathAsPointer().toString(), parser.currentTokenLocation());
                }
            }
        }
        return new FactPlaces(file, places);
    }

    /**
     * A fault at a value of a rule's {@code rule.json}, which is read again for it: hardly a rule has one. Of a rule that was made
     * without such a text the place is not known.
     */
    public static RuleFault fault(Rule rule, String pointer, String problem) {
        String file = rule.file().replace("rule.epl", "rule.json");
        FactPlaces places;
        try {
            places = of(file, rule.json());
        } catch (IOException e) {
            // A rule that a program made has no text, or its own.
            places = new FactPlaces(file, Map.of());
        }
        return places.fault(pointer, problem);
    }

    /** The pointer of a member of an object, whatever stands in its name. */
    public static String member(String object, String name) {
        return object + "/" + name.replace("~", "~0").replace("/", "~1");
    }

    /** A fault at a value; of one that is missing, at what encloses it. */
    RuleFault fault(String pointer, String problem) {
        String at = pointer;
        JsonLocation place = places.get(at);
        while (place == null && !at.isEmpty()) {
            at = at.substring(0, at.lastIndexOf('/'));
            place = places.get(at);
        }
        return new RuleFault(
                file, place == null ? 0 : place.getLineNr(), place == null ? 0 : place.getColumnNr(), problem);
    }
}
