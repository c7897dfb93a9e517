package dev.vaultwatch.tool.cases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.vaultwatch.api.RuleFault;
import dev.vaultwatch.tuning.JsonFile;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * A tuning that stands in a case. A plugin reads it from a file of its own, which is gone when a person looks for it: its faults are told at
 * their places in the case. Immutable.
 *
 * @param text of the {@code tuning.json}
 * @param file of cases
 * @param pointer where the tuning stands in it
 */
record CaseTuning(String text, JsonFile file, String pointer) {

    /**
     * Takes a tuning out of a case. Files that it lists begin beside the file of cases, as those of a {@code tuning.json} do beside it.
     *
     * @param said the tuning, whole or not
     */
    static CaseTuning of(JsonNode said, Path cases, JsonFile file, String pointer) {
        JsonNode tuning = said.deepCopy();
        if (tuning.get("lists") instanceof ObjectNode lists) {
            said.get("lists").properties().stream()
                    .filter(list -> list.getValue().isTextual())
                    .forEach(list -> lists.put(
                            list.getKey(), beside(cases, list.getValue().textValue())));
        }
        return new CaseTuning(tuning.toString(), file, pointer);
    }

    private static String beside(Path cases, String path) {
        try {
            return cases.resolveSibling(path).toAbsolutePath().toString();
        } catch (InvalidPathException e) {
            // Told by who reads it.
            return path;
        }
    }

    /** The same fault at its place in the case. */
    RuleFault inCase(RuleFault fault) {
        String problem = fault.problem();
        int end = problem.startsWith("/") ? problem.indexOf(' ') : 0;
        return end > 0
                ? file.fault(pointer + problem.substring(0, end), problem.substring(end + 1))
                : file.fault(pointer, problem);
    }
}
